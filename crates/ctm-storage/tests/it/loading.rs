//! Loading into an empty database, which has no indexes of keys, times and calls meanwhile.

use crate::support::{Database, T0, batch, call, copy, next_batch, part, totals};
use ctm_facts::{Depth, ResponseFilter, ResponsePage, StorageError, TimeOrder, UsageFilter};
use ctm_storage::{FacetDetails, Store, inspect};
use ctm_types::{Batch, Billing, LoggedCopy, Part, Prompt, Start, ToolError};
use std::sync::Arc;

const INDEXES: &str = "SELECT count(*) FROM sqlite_schema
     WHERE name IN ('event_key', 'event_at', 'tool_call_id') AND type = 'index'";

/// Responses of a first commit that begins a load.
const MANY: u64 = 4_100;

/// A response of the session `file`, at so many milliseconds and bytes.
fn response(number: u64, file: &str, at: u64, output: u64) -> LoggedCopy {
    let mut copy = copy(&format!("key {number}"), file, at, output);
    copy.attribution.at_ms = T0 + i64::try_from(at).unwrap() * 60_000;
    copy.tool_calls = vec![call(&format!("call {number}"), "Read")];
    copy
}

/// A home whose later batches say more about responses of the first one: greater outputs, further parts, fewer parts,
/// copies in a fork, why a request was refused, failed calls.
fn batches() -> Vec<Batch> {
    let refused = part("claude-fable-5", 2);
    let billing =
        Billing { refusal: Some(Billing::UNCATEGORISED.to_owned()), ..Billing::clone(&refused.billing) };
    let refused = Part { billing: Arc::new(billing), ..refused };
    let mut first: Vec<LoggedCopy> = (0..MANY).map(|number| response(number, "s", number, 5)).collect();
    for copy in &mut first[100..200] {
        copy.snapshot.parts.push(part("claude-haiku-5", 7));
    }
    first[7].snapshot.parts.push(refused);
    first[7].refused_request = Some("req_7".to_owned());
    let mut grown: Vec<LoggedCopy> =
        (50..150).map(|number| response(number, "s", MANY + number, 9)).collect();
    for copy in &mut grown[..70] {
        copy.snapshot.parts.push(part("claude-haiku-5", 8));
    }
    let mut grown = next_batch("s", MANY, MANY + 500, grown);
    grown.refusals.insert("req_7".to_owned(), "bio".to_owned());
    grown.tool_errors = vec![ToolError { id: "call 3".to_owned() }];
    let prompt = |session: &str, at: i64| Prompt {
        uuid: "asked".to_owned(),
        session: session.to_owned(),
        at_ms: T0 + at,
    };
    grown.prompts = vec![prompt("s", 1)];
    // A fork is read before its original by its times, and has responses of its own.
    let mut copied: Vec<LoggedCopy> =
        (120..140).map(|number| response(number, "fork", number - 100, 5)).collect();
    copied.extend((0..30).map(|number| response(MANY + number, "fork", 2 * MANY + number, 3)));
    for copy in &mut copied[..10] {
        copy.snapshot.parts.push(part("claude-haiku-5", 7));
    }
    let mut fork = batch("fork", 100, copied);
    fork.forks = [("fork".to_owned(), ["s".to_owned()].into())].into();
    fork.prompts = vec![prompt("fork", 0)];
    let last = batch("t", 10, vec![response(9_000, "t", 3, 1)]);
    vec![batch("s", MANY, first), grown, fork, last]
}

/// The content of a database.
async fn everything(store: &Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let all = UsageFilter::default();
    let totals = totals(&store.usage(&all).await.unwrap());
    let page = ResponsePage {
        after: None,
        limit: 10_000,
        order: TimeOrder::OldestFirst,
        only: ResponseFilter::default(),
    };
    let responses = store.responses(&all, &page).await.unwrap();
    assert!(responses.len() > 4_000);
    let tools = store.tool_usage(&all).await.unwrap();
    let sessions = store.session_details(&["s", "fork", "t"]).await.unwrap();
    let lines = store.response("key 130").await.unwrap();
    (totals, responses, tools, sessions, lines)
}

/// A database that stored the same with both indexes, because its first commit was small.
async fn indexed() -> Database {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 0, vec![])]).await.unwrap();
    for batch in batches() {
        let (first, rest) = batch.copies.split_at(batch.copies.len().min(10));
        let start = Batch { copies: first.to_vec(), ..batch.clone() };
        let rest =
            Batch { start: Start::Checkpoint(batch.next.offset_bytes), copies: rest.to_vec(), ..batch };
        for batch in [start, rest] {
            database.writer.apply(&[batch]).await.unwrap();
            assert_eq!(database.number(INDEXES).await, 3);
        }
    }
    database.writer.settle().await.unwrap();
    database
}

async fn check(database: &Database) {
    assert_eq!(database.number(INDEXES).await, 3);
    let inspected = inspect(database.store.path(), Depth::Thorough).await.unwrap();
    assert_eq!(inspected.problems, [""; 0]);
    assert!(database.store.differing_days().await.unwrap().is_empty());
}

#[tokio::test]
async fn queries_of_single_responses_wait_for_the_end_of_a_load() {
    let mut database = Database::new().await;
    let loading = database.writer.apply(&batches()[..1]).await.unwrap().data_version;
    let all = UsageFilter::default();
    let page = ResponsePage {
        after: None,
        limit: 1,
        order: TimeOrder::NewestFirst,
        only: ResponseFilter::default(),
    };
    let check = |failed: Option<StorageError>| {
        assert!(matches!(failed, Some(StorageError::Filling { .. })), "{failed:?}");
    };
    let store = &database.store;
    check(store.responses(&all, &page).await.err());
    check(store.cache_usage(&all).await.err());
    check(store.each_outline(&all, &page.only, |_| {}).await.err());
    check(store.facet_usage(&all, FacetDetails::default()).await.unwrap().next().await.err());
    database.writer.settle().await.unwrap();
    assert!(database.store.data_version().await.unwrap() > loading);
    assert_eq!(database.store.responses(&all, &page).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_load_stores_what_small_commits_store() {
    let expected = indexed().await;
    let mut database = Database::new().await;
    for batch in batches() {
        database.writer.apply(&[batch]).await.unwrap();
        assert_eq!(database.number(INDEXES).await, 0);
        let inspected = inspect(database.store.path(), Depth::Thorough).await.unwrap();
        assert_eq!(inspected.problems, [""; 0]);
    }
    // Tokens are exact meanwhile; sessions of shared responses and categories of refusals wait for the end.
    assert_eq!(database.totals().await, expected.totals().await);
    database.writer.settle().await.unwrap();
    check(&database).await;
    assert_eq!(everything(&database.store).await, everything(&expected.store).await);
}

#[tokio::test]
async fn a_load_that_was_broken_off_is_completed_by_the_next_writer() {
    let expected = indexed().await;
    for stored in 1..=batches().len() {
        let mut database = Database::new().await;
        for batch in &batches()[..stored] {
            database.writer.apply(std::slice::from_ref(batch)).await.unwrap();
        }
        // As after a crash: nothing that this writer knows is left.
        let store = Store::open(database.store.path(), &[]).await.unwrap();
        database.writer = store.writer();
        for batch in batches().into_iter().skip(stored) {
            database.writer.apply(&[batch]).await.unwrap();
            assert_eq!(database.number(INDEXES).await, 3);
        }
        database.writer.settle().await.unwrap();
        check(&database).await;
        assert_eq!(everything(&database.store).await, everything(&expected.store).await, "{stored}");
    }
}

#[tokio::test]
async fn another_writer_in_the_middle_of_a_load_ends_it_and_both_continue() {
    let expected = indexed().await;
    for settles in [true, false] {
        let mut database = Database::new().await;
        let store = Store::open(database.store.path(), &[]).await.unwrap();
        let mut other = store.writer();
        let [first, grown, fork, last] = batches().try_into().unwrap();
        database.writer.apply(&[first]).await.unwrap();
        if settles {
            other.settle().await.unwrap();
        } else {
            other.apply(std::slice::from_ref(&last)).await.unwrap();
        }
        assert_eq!(database.number(INDEXES).await, 3);
        database.writer.apply(&[grown]).await.unwrap();
        other.apply(&[fork]).await.unwrap();
        database.writer.apply(&[last]).await.unwrap();
        database.writer.settle().await.unwrap();
        check(&database).await;
        assert_eq!(everything(&database.store).await, everything(&expected.store).await, "{settles}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_of_the_end_of_a_load_hold_what_another_writer_stores_meanwhile() {
    let expected = indexed().await;
    let [first, grown, fork, last] = batches().try_into().unwrap();
    for _ in 0..5 {
        let mut database = Database::new().await;
        let store = Store::open(database.store.path(), &[]).await.unwrap();
        let mut other = store.writer();
        database.writer.apply(std::slice::from_ref(&first)).await.unwrap();
        database.writer.apply(std::slice::from_ref(&grown)).await.unwrap();
        let batches = [fork.clone(), last.clone()];
        let (settled, applied) = tokio::join!(database.writer.settle(), other.apply(&batches));
        settled.unwrap();
        applied.unwrap();
        check(&database).await;
        database.writer.settle().await.unwrap();
        assert_eq!(everything(&database.store).await, everything(&expected.store).await);
    }
}

#[tokio::test]
async fn a_load_continues_after_a_failure() {
    let expected = indexed().await;
    let mut database = Database::new().await;
    for batch in batches() {
        database
            .execute("CREATE TRIGGER sabotage BEFORE UPDATE ON state BEGIN SELECT RAISE(ROLLBACK, 'sabotage'); END")
            .await;
        database.writer.apply(std::slice::from_ref(&batch)).await.unwrap_err();
        database.execute("DROP TRIGGER sabotage").await;
        database.writer.apply(&[batch]).await.unwrap();
    }
    database.writer.settle().await.unwrap();
    check(&database).await;
    assert_eq!(everything(&database.store).await, everything(&expected.store).await);
}

#[tokio::test]
async fn a_lost_index_changes_no_sum_and_is_built_by_the_next_writer() {
    for index in ["event_key", "event_at", "tool_call_id"] {
        let mut database = Database::new().await;
        let [first, grown, _, _] = batches().try_into().unwrap();
        database.writer.apply(&[first]).await.unwrap();
        database.writer.settle().await.unwrap();
        let totals = database.totals().await;
        database.execute(&format!("DROP INDEX {index}")).await;
        assert_eq!(database.totals().await, totals, "{index}");
        database.writer.apply(&[grown]).await.unwrap();
        database.writer.settle().await.unwrap();
        check(&database).await;
    }
}
