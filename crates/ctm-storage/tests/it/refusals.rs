use crate::support::{Database, HOME, T0, batch, copy, next_batch, part};
use ctm_facts::{ResponseFilter, ResponsePage, TimeOrder, UsageFilter};
use ctm_types::{Batch, Billing, LoggedCopy, Part};
use std::sync::Arc;

/// A part that the model refused before any output.
fn refused(model: &str, category: &str) -> Part {
    let billing = Billing { refusal: Some(category.to_owned()), ..Billing::clone(&part(model, 2).billing) };
    Part { billing: Arc::new(billing), ..part(model, 2) }
}

/// A response after a refusal of another model, without a line that gives the reason.
fn answered_by_another(offset_bytes: u64) -> LoggedCopy {
    let mut copy = copy("a", "s", offset_bytes, 40);
    copy.snapshot.parts.push(refused("claude-fable-5", Billing::UNCATEGORISED));
    copy.refused_request = Some("req_1".to_owned());
    copy
}

fn saying_why(mut batch: Batch, category: &str) -> Batch {
    batch.refusals.insert("req_1".to_owned(), category.to_owned());
    batch
}

/// Returns the categories of the refusals in the sums of days.
async fn categories(database: &Database) -> Vec<Option<String>> {
    let billings = database.store.billings().await.unwrap();
    let rows = database.store.usage(&UsageFilter::default()).await.unwrap();
    let mut categories: Vec<_> = rows.iter().map(|row| billings[&row.billing].refusal.clone()).collect();
    categories.sort();
    categories
}

#[tokio::test]
async fn the_line_with_the_category_may_come_first_or_last() {
    let why = |from, end| saying_why(next_batch("s", from, end, vec![]), "bio");
    let known = [None, Some("bio".to_owned())];
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 10, vec![answered_by_another(0)])]).await.unwrap();
    assert_eq!(categories(&database).await, [None, Some(Billing::UNCATEGORISED.to_owned())]);
    let before = database.store.data_version().await.unwrap();
    database.writer.apply(&[why(10, 20)]).await.unwrap();
    assert_eq!(categories(&database).await, known);
    assert_eq!(database.store.data_version().await.unwrap(), before + 1);
    // A later line of the response does not know it either.
    let mut again = answered_by_another(20);
    again.snapshot.output = 50;
    database.writer.apply(&[next_batch("s", 20, 30, vec![again])]).await.unwrap();
    assert_eq!(categories(&database).await, known);

    let mut database = Database::new().await;
    database.writer.apply(&[saying_why(batch("t", 10, vec![]), "bio")]).await.unwrap();
    database.writer.apply(&[batch("s", 10, vec![answered_by_another(0)])]).await.unwrap();
    assert_eq!(categories(&database).await, known);
}

#[tokio::test]
async fn of_two_categories_one_holds_in_any_order() {
    for order in [["bio", "cyber"], ["cyber", "bio"]] {
        let mut database = Database::new().await;
        for (file, category) in ["t", "u"].into_iter().zip(order) {
            database.writer.apply(&[saying_why(batch(file, 10, vec![]), category)]).await.unwrap();
        }
        database.writer.apply(&[batch("s", 10, vec![answered_by_another(0)])]).await.unwrap();
        assert_eq!(categories(&database).await, [None, Some("cyber".to_owned())]);
    }
}

#[tokio::test]
async fn a_response_that_is_nothing_but_a_refusal_can_be_left_out_of_lists() {
    let mut database = Database::new().await;
    let mut refusal = copy("r", "s", 5, 0);
    refusal.snapshot.parts = vec![refused("claude-fable-5", "cyber")];
    refusal.refused_request = Some("req_2".to_owned());
    database.writer.apply(&[batch("s", 10, vec![answered_by_another(0), refusal])]).await.unwrap();
    let refused = database.store.refused_responses().await.unwrap();
    let [refusal] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!((refusal.home.as_str(), refusal.at_ms), (HOME, T0));
    assert_eq!(refusal.billing.refusal.as_deref(), Some("cyber"));

    let filter = |without| UsageFilter { without, ..UsageFilter::default() };
    let page =
        ResponsePage { after: None, limit: 10, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    for (without, keys) in [(vec![], &["a", "r"][..]), (vec![refusal.id], &["a"])] {
        let filter = filter(without);
        let listed = database.store.responses(&filter, &page).await.unwrap();
        assert_eq!(listed.iter().map(|response| response.key.as_str()).collect::<Vec<_>>(), keys);
        assert_eq!(
            database.store.count_responses(&filter, &ResponseFilter::default()).await.unwrap(),
            keys.len() as u64
        );
        let by_copies = database.store.responses_by_copies(&filter).await.unwrap();
        assert_eq!(by_copies.into_iter().collect::<Vec<_>>(), [(1, keys.len() as u64)]);
    }
}

#[tokio::test]
async fn facts_stored_without_refusals_are_corrected_by_reading_again() {
    let mut database = Database::new().await;
    let mut before = copy("r", "s", 5, 0);
    before.snapshot.parts = vec![part("claude-fable-5", 0)];
    database.writer.apply(&[batch("s", 10, vec![before.clone()])]).await.unwrap();
    assert_eq!(categories(&database).await, [None]);
    let mut after = before;
    after.snapshot.parts = vec![refused("claude-fable-5", "cyber")];
    after.refused_request = Some("req_2".to_owned());
    database.writer.apply(&[batch("s", 10, vec![after])]).await.unwrap();
    assert_eq!(categories(&database).await, [Some("cyber".to_owned())]);
}
