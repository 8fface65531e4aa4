//! Telemetry: joined in any order with transcripts, forgotten, and requests without a response.

use crate::support::{Database, T0, batch, copy, next_batch, part, totals};
use ctm_facts::telemetry::WitnessesAdded;
use ctm_facts::{Selection, UsageFilter};
use ctm_types::{
    Batch, Billing, EpochMs, LoggedCopy, NamedRequest, ReportedTokens, RequestKey, RequestReport,
    TokenCounts, UsageRow, Witness,
};
use proptest::prelude::*;
use std::sync::Arc;

/// A copy of the response to a request.
fn answer(request: i64, session: &str, offset: u64, output: u64, is_final: bool) -> LoggedCopy {
    let mut copy = copy(&format!("r{request}"), session, offset, output);
    copy.details.request = Some(NamedRequest { at_ms: copy.attribution.at_ms, request: RequestKey(request) });
    copy.snapshot.is_final = is_final;
    copy
}

/// A report with the prompt of the copies above.
pub(crate) fn report(request: i64, session: &str, output: u64) -> Witness {
    let billing = Billing { model: "claude-opus-5".to_owned(), ..Billing::default() };
    let report = RequestReport {
        tokens: ReportedTokens { output, input: 1, cache_read: 100, cache_creation: 1_010 },
        at_ms: T0,
        session: Some(session.to_owned()),
        billing: Arc::new(billing),
        query_source: Some("repl_main_thread".to_owned()),
        ..RequestReport::default()
    };
    Witness::new(RequestKey(request), report)
}

/// The same at a speed.
fn at_speed(speed: &str, mut witness: Witness) -> Witness {
    let billing = (*witness.report.billing).clone();
    witness.report.billing = Arc::new(Billing { speed: Some(speed.to_owned()), ..billing });
    witness
}

/// Fast responses, and those of which telemetry says it.
async fn fast(database: &Database) -> (i64, i64) {
    const ALL: &str =
        "SELECT count(*) FROM event JOIN billing ON billing.id = billing_id WHERE speed = 'fast'";
    const REPORTED: &str =
        "SELECT count(logged_billing_id) FROM event JOIN billing ON billing.id = billing_id
         WHERE speed = 'fast'";
    (database.number(ALL).await, database.number(REPORTED).await)
}

async fn unlogged(database: &Database) -> Vec<(u64, Option<String>)> {
    let mut found: Vec<_> = database
        .store
        .unlogged(&UsageFilter::default())
        .await
        .unwrap()
        .into_iter()
        .map(|request| (request.usage.tokens.output, request.query_source))
        .collect();
    found.sort_unstable();
    found
}

async fn with_unlogged(database: &Database) -> Vec<UsageRow> {
    database.store.usage(&UsageFilter { unlogged: true, ..UsageFilter::default() }).await.unwrap()
}

async fn unfinalised(database: &Database) -> u64 {
    database.usage().await.iter().map(|row| row.unfinalised).sum()
}

#[tokio::test]
async fn telemetry_completes_a_response_whichever_comes_first() {
    let transcript = || [batch("s", 30, vec![answer(1, "s", 0, 3, false)])];
    let mut first = Database::new().await;
    first.writer.apply(&transcript()).await.unwrap();
    assert_eq!((first.totals().await.1[1], unfinalised(&first).await), (3, 1));
    let version = first.store.data_version().await.unwrap();
    let added = first.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    assert_eq!(added, WitnessesAdded { new: 1, ..WitnessesAdded::default() });
    assert!(first.store.data_version().await.unwrap() > version);

    let mut second = Database::new().await;
    second.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    assert_eq!(unlogged(&second).await, [(900, Some("repl_main_thread".to_owned()))]);
    second.writer.apply(&transcript()).await.unwrap();
    for database in [&first, &second] {
        assert_eq!(database.totals().await, (1, [1, 900, 100, 10, 1_000]));
        assert_eq!(unfinalised(database).await, 0);
        assert_eq!(unlogged(database).await, []);
        assert_eq!(with_unlogged(database).await, database.usage().await);
        let counts = database.store.telemetry_counts().await.unwrap();
        assert_eq!((counts.requests, counts.joined, counts.completed), (1, 1, 1));
    }
    // The same report again changes nothing.
    let version = first.store.data_version().await.unwrap();
    assert_eq!(first.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap(), WitnessesAdded::default());
    assert_eq!(first.store.data_version().await.unwrap(), version);
}

#[tokio::test]
async fn a_final_copy_takes_the_output_back() {
    let mut database = Database::new().await;
    database.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    database.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    assert_eq!(database.totals().await.1[1], 900);
    database.writer.apply(&[next_batch("s", 30, 40, vec![answer(1, "s", 30, 901, true)])]).await.unwrap();
    assert_eq!(database.totals().await.1[1], 901);
    assert_eq!(database.number("SELECT output - coalesce(witness_output, 0) FROM event").await, 901);
    // And a growing copy keeps what telemetry said.
    let mut growing = Database::new().await;
    growing.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    growing.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    growing.writer.apply(&[next_batch("s", 30, 40, vec![answer(1, "s", 30, 8, false)])]).await.unwrap();
    assert_eq!(growing.totals().await.1[1], 900);
    assert_eq!(growing.number("SELECT output - witness_output FROM event").await, 8);
}

#[tokio::test]
async fn telemetry_says_the_speed_until_a_transcript_does() {
    let reported = || [at_speed("fast", report(1, "s", 900))];
    let mut first = Database::new().await;
    first.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    first.store.add_witnesses(&reported()).await.unwrap();
    let mut second = Database::new().await;
    second.store.add_witnesses(&reported()).await.unwrap();
    second.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    for mut database in [first, second] {
        assert_eq!(fast(&database).await, (1, 1));
        let billings = database.usage().await.iter().map(|row| row.billing.0).collect::<Vec<_>>();
        assert_eq!(billings, [database.number("SELECT billing_id FROM event").await]);
        let growing = next_batch("s", 30, 40, vec![answer(1, "s", 30, 8, false)]);
        database.writer.apply(&[growing]).await.unwrap();
        assert_eq!((fast(&database).await, database.totals().await.1[1]), ((1, 1), 900));
        let mut last = answer(1, "s", 40, 901, true);
        let terms = &mut last.snapshot.parts[0].billing;
        *terms = Arc::new(Billing { speed: Some("standard".to_owned()), ..(**terms).clone() });
        database.writer.apply(&[next_batch("s", 40, 50, vec![last])]).await.unwrap();
        assert_eq!(fast(&database).await, (0, 0));
        let responses = database.number("SELECT count(*) FROM event WHERE witness_output IS NOT NULL").await;
        assert_eq!(responses, 0);
    }
}

#[tokio::test]
async fn a_speed_that_is_reported_later_applies_to_what_is_stored() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    database.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    assert_eq!(fast(&database).await, (0, 0));
    let version = database.store.data_version().await.unwrap();
    let added = database.store.add_witnesses(&[at_speed("fast", report(1, "s", 900))]).await.unwrap();
    assert_eq!((added.changed, fast(&database).await), (1, (1, 1)));
    assert!(database.store.data_version().await.unwrap() > version);
}

#[tokio::test]
async fn a_copy_under_a_later_request_is_no_other_request() {
    let mut later = answer(9, "t", 20, 3, false);
    later.key = answer(1, "s", 0, 3, false).key;
    later.attribution.at_ms = T0 + 5_000;
    later.details.request = Some(NamedRequest { at_ms: T0 + 5_000, request: RequestKey(9) });
    for copies in [vec![answer(1, "s", 0, 3, false), later.clone()], vec![later, answer(1, "s", 0, 3, false)]]
    {
        let mut database = Database::new().await;
        database.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
        for copy in copies {
            let session = copy.attribution.conversation.session.clone();
            database.writer.apply(&[batch(&session, 30, vec![copy])]).await.unwrap();
        }
        assert_eq!((database.totals().await.1[1], unlogged(&database).await.len()), (900, 0));
    }
}

#[tokio::test]
async fn parts_of_a_final_response_are_left_as_they_are() {
    let mut database = Database::new().await;
    let mut of_parts = answer(1, "s", 0, 5, true);
    of_parts.snapshot.parts.push(part("claude-haiku-4-5", 3));
    database.writer.apply(&[batch("s", 30, vec![of_parts])]).await.unwrap();
    database.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    assert_eq!(database.totals().await.1[1], 8);
    assert_eq!(unlogged(&database).await, []);
}

#[tokio::test]
async fn a_request_without_a_response_is_apart_and_counts_on_request() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 5, true)])]).await.unwrap();
    database.store.add_witnesses(&[report(1, "s", 5), report(2, "s", 7), report(3, "t", 11)]).await.unwrap();
    assert_eq!(database.totals().await, (1, [1, 5, 100, 10, 1_000]));
    let all = with_unlogged(&database).await;
    assert_eq!(totals(&all), (3, [3, 23, 300, 10 + 2 * 1_010, 1_000]));
    let of_session = UsageFilter { unlogged: true, sessions: vec!["s".to_owned()], ..UsageFilter::default() };
    assert_eq!(totals(&database.store.usage(&of_session).await.unwrap()).0, 2);
    // A request of a known session belongs to its project and home, another one to none.
    let place = |row: &UsageRow| (row.project.0 > 0, row.home.0 > 0);
    let mut places: Vec<_> = all.iter().map(place).collect();
    places.sort_unstable();
    assert_eq!(places, [(false, false), (true, true), (true, true)]);
}

#[tokio::test]
async fn a_request_that_may_be_a_response_without_a_request_is_not_unlogged() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 5)])]).await.unwrap();
    database.store.add_witnesses(&[report(2, "s", 7)]).await.unwrap();
    assert_eq!(unlogged(&database).await, []);
    let mut other = report(3, "s", 8);
    other.report.tokens.input = 2;
    database.store.add_witnesses(&[other, report(4, "t", 9)]).await.unwrap();
    assert_eq!(unlogged(&database).await.iter().map(|(output, _)| *output).collect::<Vec<_>>(), [8, 9]);
}

#[tokio::test]
async fn telemetry_that_comes_during_a_load_is_joined_at_its_end() {
    let mut database = Database::new().await;
    let copies = |offset: u64| {
        let answers = (0..4_100).map(|at| answer(i64::try_from(offset + at + 1).unwrap(), "s", at, 3, false));
        answers.collect::<Vec<_>>()
    };
    database.writer.apply(&[batch("s", 5_000, copies(0))]).await.unwrap();
    database.store.add_witnesses(&[report(7, "s", 900), report(5_007, "s", 70)]).await.unwrap();
    let more = batch("t", 5_000, copies(5_000));
    database.writer.apply(&[more]).await.unwrap();
    database.writer.settle().await.unwrap();
    assert_eq!(database.totals().await.1[1], 3 * 8_198 + 970);
    assert_eq!(unlogged(&database).await, []);
}

#[tokio::test]
async fn what_was_forgotten_is_not_reported_again() {
    let mut database = Database::new().await;
    let transcript = [
        batch("s", 30, vec![answer(1, "s", 0, 3, false)]),
        batch("t", 30, vec![answer(2, "t", 0, 3, false)]),
    ];
    database.writer.apply(&transcript).await.unwrap();
    let reports = [
        report(1, "s", 900),
        at_speed("fast", report(2, "t", 900)),
        report(3, "s", 5),
        report(4, "t", 6),
        report(5, "u", 7),
    ];
    database.store.add_witnesses(&reports).await.unwrap();
    let selection = Selection { sessions: vec!["s".to_owned()], ..Selection::default() };
    let removal = database.store.forget(&selection, T0).await.unwrap();
    assert_eq!(removal.removed.witnesses, 2);
    let added = database.store.add_witnesses(&reports).await.unwrap();
    assert_eq!(added, WitnessesAdded { forgotten: 2, ..WitnessesAdded::default() });
    assert_eq!((database.totals().await.1[1], fast(&database).await), (900, (1, 1)));
    assert_eq!(unlogged(&database).await.len(), 2);
    // Of a session that only telemetry knows.
    let selection = Selection { sessions: vec!["u".to_owned()], ..Selection::default() };
    assert_eq!(database.store.forget(&selection, T0).await.unwrap().removed.witnesses, 1);
    assert_eq!(unlogged(&database).await.len(), 1);
    assert_eq!(database.number("SELECT count(*) FROM session WHERE uuid IN ('s', 'u')").await, 0);
}

#[tokio::test]
async fn reports_that_differ_are_contested_and_the_greatest_holds() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![answer(1, "s", 0, 3, false)])]).await.unwrap();
    database.store.add_witnesses(&[report(1, "s", 900)]).await.unwrap();
    let added = database.store.add_witnesses(&[report(1, "s", 40)]).await.unwrap();
    assert_eq!((added.new, added.changed), (0, 1));
    assert_eq!(database.totals().await.1[1], 900);
    assert_eq!(database.store.telemetry_counts().await.unwrap().contested, 1);
}

/// Facts of a response, its reports and a report without a response, in pieces to be applied in any order.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Piece {
    Transcript(Batch),
    Reports(Vec<Witness>),
}

fn pieces() -> Vec<Piece> {
    let file = |name: &str, copies| Piece::Transcript(batch(name, 100, copies));
    vec![
        file("s", vec![answer(1, "s", 0, 3, false), answer(2, "s", 20, 50, true)]),
        file("t", vec![answer(1, "t", 40, 8, false), answer(3, "t", 60, 2, false)]),
        file("u", vec![answer(4, "u", 0, 4, false), answer(4, "u", 10, 44, true)]),
        Piece::Reports(vec![report(1, "s", 900), report(2, "s", 51)]),
        Piece::Reports(vec![at_speed("fast", report(3, "t", 30)), report(4, "u", 44), report(5, "s", 9)]),
        Piece::Reports(vec![report(1, "s", 900), report(3, "t", 1), report(6, "v", 10)]),
    ]
}

/// What is stored after pieces: usage, with and without unlogged requests, figures of telemetry, and fast responses.
async fn outcome(pieces: &[Piece]) -> (u64, [u64; 5], u64, [u64; 5], [u64; 4], (i64, i64)) {
    let mut database = Database::new().await;
    for piece in pieces {
        match piece {
            Piece::Transcript(batch) => {
                database.writer.apply(std::slice::from_ref(batch)).await.unwrap();
            }
            Piece::Reports(reports) => {
                database.store.add_witnesses(reports).await.unwrap();
            }
        }
    }
    let (responses, tokens) = database.totals().await;
    let (all, all_tokens) = totals(&with_unlogged(&database).await);
    let counts = database.store.telemetry_counts().await.unwrap();
    let counts = [counts.requests, counts.joined, counts.completed, counts.contested];
    (responses, tokens, all, all_tokens, counts, fast(&database).await)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn in_any_order_transcripts_and_telemetry_leave_the_same(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(3..6_usize, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let expected = TokenCounts { output: 900 + 50 + 30 + 44, ..TokenCounts::default() };
        let pieces = pieces();
        let order: Vec<Piece> = order.iter().chain(&again).map(|at| pieces[*at].clone()).collect();
        let (responses, tokens, all, all_tokens, counts, at_speed) = runtime.block_on(outcome(&order));
        prop_assert_eq!((responses, tokens[1]), (4, expected.output));
        prop_assert_eq!((all, all_tokens[1]), (6, expected.output + 19));
        prop_assert_eq!((counts, at_speed), ([6, 4, 2, 1], (1, 1)));
    }
}

#[tokio::test]
async fn the_time_of_a_request_decides_its_period() {
    let database = Database::new().await;
    let mut later = report(2, "s", 7);
    later.report.at_ms = EpochMs(T0.0 + 86_400_000);
    database.store.add_witnesses(&[report(1, "s", 5), later]).await.unwrap();
    let until = Some(ctm_types::Slot::of(T0 + 1_800_000));
    let filter = UsageFilter { unlogged: true, until, ..UsageFilter::default() };
    assert_eq!(totals(&database.store.usage(&filter).await.unwrap()).1[1], 5);
}
