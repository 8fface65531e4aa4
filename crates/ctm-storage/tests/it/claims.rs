//! The owner of a response that several sessions have.

use crate::support::{Database, T0, batch, copy, next_batch};
use ctm_facts::{ForkedFrom, ResponsePage, TimeOrder, UsageFilter};
use ctm_types::{Batch, LoggedCopy, Prompt};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Sessions by name, whether they say that they are forks, and the numbers of their responses, which
/// are also the order in which these were made.
type Sessions = Vec<(&'static str, bool, Vec<i64>)>;

fn response(session: &str, number: i64, offset: u64) -> LoggedCopy {
    let mut copy = copy(&format!("response {number}"), session, offset, 5);
    copy.attribution.at_ms = T0 + number;
    copy
}

/// Returns the batches of a session, of so many responses each.
fn batches((session, is_fork, responses): &(&'static str, bool, Vec<i64>), size: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut offset = 0;
    for responses in responses.chunks(size) {
        let copies: Vec<LoggedCopy> =
            responses.iter().zip(offset..).map(|(number, at)| response(session, *number, at)).collect();
        let end = offset + copies.len() as u64;
        let mut batch =
            if offset == 0 { batch(session, end, copies) } else { next_batch(session, offset, end, copies) };
        if *is_fork {
            batch.forks = [((*session).to_owned(), Default::default())].into();
        }
        batches.push(batch);
        offset = end;
    }
    batches
}

/// Returns the owner of each response.
async fn owners(database: &Database) -> BTreeMap<i64, String> {
    let page =
        ResponsePage { after: None, limit: 1_000, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    let responses = database.store.responses(&UsageFilter::default(), &page).await.unwrap();
    let number = |key: &str| key.strip_prefix("response ").unwrap().parse().unwrap();
    responses.into_iter().map(|response| (number(&response.key), response.session)).collect()
}

/// Homes with forks, and to whom their responses belong.
fn homes() -> Vec<(Sessions, BTreeMap<i64, &'static str>)> {
    let owned = |owners: &[(&'static str, &[i64])]| {
        let pairs = owners.iter().flat_map(|(owner, of)| of.iter().map(move |number| (*number, *owner)));
        pairs.collect()
    };
    vec![
        // A fork, marked or not, of a session that was left.
        (
            vec![("z", false, vec![1, 2, 3]), ("a", false, vec![1, 2, 3, 9])],
            owned(&[("z", &[1, 2, 3]), ("a", &[9])]),
        ),
        (
            vec![("z", false, vec![1, 2, 3, 20]), ("a", true, vec![1, 2, 3, 9])],
            owned(&[("z", &[1, 2, 3, 20]), ("a", &[9])]),
        ),
        // Forks at several places, one of which is forked again.
        (
            vec![
                ("z", false, vec![1, 2, 3, 4, 5]),
                ("m", false, vec![1, 2, 6, 7]),
                ("c", false, vec![1, 2, 6, 7, 8]),
                ("a", false, vec![1, 2, 3, 4, 9]),
            ],
            owned(&[("z", &[1, 2, 3, 4, 5]), ("m", &[6, 7]), ("c", &[8]), ("a", &[9])]),
        ),
        // A fork of a fork whose original is not there.
        (
            vec![("m", false, vec![1, 2, 6, 7]), ("a", false, vec![1, 2, 6, 7, 8])],
            owned(&[("m", &[1, 2, 6, 7]), ("a", &[8])]),
        ),
        // Sessions that share nothing.
        (vec![("z", false, vec![1]), ("a", true, vec![2])], owned(&[("z", &[1]), ("a", &[2])])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_fork_never_takes_what_is_its_originals(home in 0..5_usize, size in 1..6_usize, order in any::<u64>()) {
        let (sessions, expected) = homes().remove(home);
        let mut queues: Vec<Vec<Batch>> = sessions.iter().map(|session| batches(session, size)).collect();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut database = Database::new().await;
            let mut order = order;
            // A batch of any session comes next, and sometimes another one with it.
            while queues.iter().any(|queue| !queue.is_empty()) {
                queues.retain(|queue| !queue.is_empty());
                let at = (order % queues.len() as u64) as usize;
                order = order.rotate_right(7).wrapping_mul(31).wrapping_add(1);
                let mut next = vec![queues[at].remove(0)];
                if order % 3 == 0 && !queues[at].is_empty() {
                    next.push(queues[at].remove(0));
                }
                database.writer.apply(&next).await.unwrap();
            }
            let found = owners(&database).await;
            let expected: BTreeMap<i64, String> =
                expected.into_iter().map(|(number, owner)| (number, owner.to_owned())).collect();
            assert_eq!(found, expected);

            // Reading all of it again changes nothing.
            let version = database.store.data_version().await.unwrap();
            let again: Vec<Batch> = sessions.iter().flat_map(|session| batches(session, 9)).collect();
            database.writer.apply(&again).await.unwrap();
            assert_eq!(database.store.data_version().await.unwrap(), version);
        });
    }
}

#[tokio::test]
async fn fork_markers_apply_whenever_they_are_read() {
    // The fork of a fork is continued before the fork is, and that before the original.
    let sessions: Sessions = vec![
        ("z", false, vec![1, 2, 30]),
        ("m", false, vec![1, 2, 5, 6, 20]),
        ("a", false, vec![1, 2, 5, 6, 8]),
    ];
    let mark = |from: &'static str, fork: &str| {
        let mut mark = batch(&format!("mark of {from}"), 1, vec![]);
        mark.forks = [(fork.to_owned(), [from.to_owned()].into())].into();
        mark
    };
    let parts: Vec<Batch> = sessions
        .iter()
        .flat_map(|session| batches(session, 9))
        .chain([mark("z", "m"), mark("m", "a")])
        .collect();
    let owned: [(&str, &[i64]); 3] = [("z", &[1, 2, 30]), ("m", &[5, 6, 20]), ("a", &[8])];
    let expected: BTreeMap<i64, String> =
        owned.iter().flat_map(|(owner, of)| of.iter().map(|number| (*number, (*owner).to_owned()))).collect();
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 1, 4, 0, 2], [2, 4, 0, 3, 1], [1, 2, 0, 4, 3]] {
        let mut database = Database::new().await;
        for at in order {
            database.writer.apply(&parts[at..=at]).await.unwrap();
        }
        assert_eq!(owners(&database).await, expected, "{order:?}");
    }
}

#[tokio::test]
async fn a_prompt_is_of_the_session_that_owns_the_responses_around_it() {
    // Both forks are left again before they have a response of their own; one has a smaller path.
    let prompts: [(&str, &[i64]); 3] = [("z", &[1, 2, 3]), ("a", &[1, 2, 9]), ("m", &[1])];
    let parts: Vec<Batch> = [("z", vec![1, 2, 30]), ("a", vec![1, 2, 40]), ("m", vec![1, 50])]
        .into_iter()
        .zip(prompts)
        .map(|((session, responses), (_, prompts))| {
            let mut part = batches(&(session, false, responses), 9).remove(0);
            part.prompts = prompts
                .iter()
                .map(|number| Prompt {
                    uuid: format!("prompt {number}"),
                    session: session.to_owned(),
                    at_ms: T0 + *number,
                })
                .collect();
            part
        })
        .collect();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut database = Database::new().await;
        for at in order {
            database.writer.apply(&parts[at..=at]).await.unwrap();
        }
        let check = async || {
            let details = database.store.session_details(&["z", "a", "m"]).await.unwrap();
            let counted: Vec<_> =
                details.iter().map(|details| (details.session.as_str(), details.prompts)).collect();
            assert_eq!(counted, [("a", 1), ("m", 0), ("z", 3)], "{order:?}");
        };
        check().await;
        let version = database.store.data_version().await.unwrap();
        database.writer.apply(&parts).await.unwrap();
        check().await;
        assert_eq!(database.store.data_version().await.unwrap(), version, "{order:?}");
    }
}

#[tokio::test]
async fn a_later_line_at_the_place_of_an_earlier_one_makes_no_response_later() {
    for has_fork in [false, true] {
        let line = |session, offset, at_ms| {
            let mut copy = response(session, 1, offset);
            copy.attribution.at_ms = T0 + at_ms;
            copy
        };
        let mut database = Database::new().await;
        let fork = batch("z", 10, vec![line("z", 0, 7), response("z", 9, 9)]);
        let original = batch("a", 20, vec![line("a", 0, 7), line("a", 10, 8)]);
        if has_fork {
            database.writer.apply(&[fork]).await.unwrap();
        }
        database.writer.apply(&[original]).await.unwrap();
        // The transcript was rewritten without its first line.
        database.writer.apply(&[batch("a", 10, vec![line("a", 0, 8)])]).await.unwrap();
        let page =
            ResponsePage { after: None, limit: 1, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
        let responses = database.store.responses(&UsageFilter::default(), &page).await.unwrap();
        assert_eq!((responses[0].session.as_str(), responses[0].at_ms), ("a", T0 + 7), "{has_fork}");
    }
}

#[tokio::test]
async fn reported_figures_do_not_change_when_a_fork_appears() {
    let mut database = Database::new().await;
    let (sessions, _) = homes().remove(0);
    database.writer.apply(&batches(&sessions[0], 9)).await.unwrap();
    let before = database.usage().await;
    database.writer.apply(&batches(&("a", false, vec![1, 2, 3]), 9)).await.unwrap();
    database.writer.apply(&[next_batch("a", 3, 4, vec![response("a", 9, 3)])]).await.unwrap();
    let after = database.usage().await;
    let of_first = |rows: &[ctm_types::UsageRow]| {
        let session = before[0].session;
        rows.iter().filter(|row| row.session == session).map(|row| row.responses).sum::<u64>()
    };
    assert_eq!((of_first(&before), of_first(&after)), (3, 3));
}

#[tokio::test]
async fn a_fork_names_its_original() {
    let mut database = Database::new().await;
    let (sessions, _) = homes().remove(2);
    let all: Vec<Batch> = sessions.iter().flat_map(|session| batches(session, 9)).collect();
    database.writer.apply(&all).await.unwrap();
    let mut from = Vec::new();
    for (session, ..) in &sessions {
        from.push(database.store.forked_from(session).await.unwrap());
    }
    let of = |session: &str, number, responses| {
        Some(ForkedFrom { session: session.to_owned(), at_ms: T0 + number, responses })
    };
    assert_eq!(from, [None, of("z", 2, 2), of("m", 7, 4), of("z", 4, 4)]);
}
