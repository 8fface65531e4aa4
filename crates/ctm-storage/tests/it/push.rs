//! The journal of responses that changed: whatever happens, what is after the entry that a hub has is all it lacks.

use crate::support::{Database, T0, batch, call, conversation, copy, next_batch, part};
use crate::telemetry::report;
use ctm_facts::push::{MOST_LOGGED, MOST_REFUSED};
use ctm_facts::{Depth, LoggedPush, PushHub, PushProgress, RefusedClaim, Selection};
use ctm_push_format::{Level, Pepper, Push};
use ctm_storage::{StorageError, Store, inspect, known_response};
use ctm_types::{
    CallSearches, EpochMs, EventId, KeyDigest, LoggedCopy, MachineClaim, NamedRequest, Projects, RequestKey,
    SessionStart,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TRIGGERS: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'";

fn hub(url: &str) -> PushHub {
    PushHub {
        url: url.to_owned(),
        hub: "0f".repeat(16),
        name: "laptop".to_owned(),
        most_level: "names".to_owned(),
        certificate: None,
        plain_http: false,
        pepper: b"pepper of the hub".to_vec(),
        enrolled_at_ms: T0,
    }
}

fn beginning() -> PushProgress {
    PushProgress::beginning("names".to_owned(), "ab".repeat(16), 1)
}

/// What a hub has, and up to which entry.
#[derive(Default)]
struct Hub {
    acked: u64,
    claims: BTreeMap<KeyDigest, MachineClaim>,
}

impl Hub {
    /// Takes everything after the last entry. Returns how many claims that was.
    async fn take(&mut self, store: &Store, limit: usize) -> usize {
        let mut taken = 0;
        loop {
            let page = store.push_page(self.acked, limit).await.unwrap();
            assert!(page.entries.len() <= limit);
            let Some(to) = page.to else { return taken };
            for entry in &page.entries {
                assert!((self.acked + 1..=to).contains(&entry.seq));
                let revision = Push::revision(1, entry.seq);
                let known = known_response(&entry.response, revision);
                let claim = Level::Names.disclose(&Pepper::new(b"pepper"), &known);
                let former = self.claims.insert(claim.key, claim);
                assert!(former.is_none_or(|former| former.revision < revision));
            }
            (self.acked, taken) = (to, taken + page.entries.len());
        }
    }
}

/// What a file of facts has.
async fn exported(store: &Store) -> BTreeMap<KeyDigest, MachineClaim> {
    let all = store.reported_responses(EpochMs::MIN, EventId(i64::MIN), 10_000).await.unwrap();
    let claim = |response| Level::Names.disclose(&Pepper::new(b"pepper"), &known_response(response, 0));
    all.iter().map(claim).map(|claim| (claim.key, claim)).collect()
}

/// What the hub has of responses that are exported.
fn present(hub: &Hub, exported: &BTreeMap<KeyDigest, MachineClaim>) -> BTreeMap<KeyDigest, MachineClaim> {
    let of =
        |(key, claim): (&KeyDigest, &MachineClaim)| (*key, MachineClaim { revision: 0, ..claim.clone() });
    hub.claims.iter().filter(|(key, _)| exported.contains_key(*key)).map(of).collect()
}

#[derive(Debug, Clone)]
enum Step {
    /// Copies with key, session, output and number of parts.
    Read(Vec<(u8, u8, u64, usize)>),
    /// Telemetry of a response.
    Witness(u8, u64),
    /// Searches of the call of a response.
    Search(u8, u64),
    /// A session's start folder.
    Start(u8, u8, i64),
    /// A worktree's repository.
    Worktree(u8),
    /// A rule for the name of a folder.
    Rule(u8),
    Forget(u8),
    Rebuild,
    Push(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let copies = prop::collection::vec((0..6_u8, 0..3_u8, 1..5_u64, 1..4_usize), 1..5);
    let step = prop_oneof![
        6 => copies.prop_map(Step::Read),
        2 => (0..6_u8, 5..9_u64).prop_map(|(key, output)| Step::Witness(key, output)),
        2 => (0..6_u8, 1..4_u64).prop_map(|(key, searches)| Step::Search(key, searches)),
        2 => (0..3_u8, 0..3_u8, 0..100_i64).prop_map(|(session, folder, at)| Step::Start(session, folder, at)),
        1 => (0..3_u8).prop_map(Step::Worktree),
        1 => (0..3_u8).prop_map(Step::Rule),
        1 => (0..3_u8).prop_map(Step::Forget),
        1 => Just(Step::Rebuild),
        4 => (1..4_usize).prop_map(Step::Push),
    ];
    prop::collection::vec(step, 1..12)
}

fn folder(number: u8) -> String {
    format!("/home/u/folder{number}")
}

/// A copy with a call and a request of its own.
fn read(key: u8, session: u8, output: u64, parts: usize, offset: u64) -> LoggedCopy {
    let mut copy = copy(&format!("r{key}"), "s", offset, output);
    let further = (1..parts).map(|number| part("claude-haiku-4-5", number as u64));
    copy.snapshot.parts.extend(further);
    copy.snapshot.output += (1..parts as u64).sum::<u64>();
    copy.attribution.at_ms = T0 + i64::from(key);
    conversation(&mut copy).session = format!("s{session}");
    conversation(&mut copy).folder = folder(session);
    copy.details.request = Some(NamedRequest { at_ms: T0, request: RequestKey(i64::from(key)) });
    copy.tool_calls = vec![call(&format!("toolu_{key}"), "WebSearch")];
    copy
}

/// Applies a step, as a batch from an offset. Returns the next offset.
async fn apply(database: &mut Database, step: &Step, offset: u64) -> u64 {
    let copies = match step {
        Step::Read(copies) => {
            (offset..).zip(copies).map(|(at, of)| read(of.0, of.1, of.2, of.3, at)).collect()
        }
        _ => Vec::new(),
    };
    let end = offset + copies.len() as u64 + 1;
    let mut batch = if offset == 0 { batch("s", end, copies) } else { next_batch("s", offset, end, copies) };
    match step {
        Step::Witness(key, output) => {
            let witness = report(i64::from(*key), "s0", *output);
            database.store.add_witnesses(&[witness]).await.unwrap();
        }
        Step::Search(key, searches) => {
            batch.searches = vec![CallSearches { id: format!("toolu_{key}"), searches: *searches }];
        }
        Step::Start(session, at, ms) => {
            let (session, at_ms) = (format!("s{session}"), EpochMs(*ms));
            batch.starts = vec![SessionStart { session, folder: folder(*at), at_ms, in_own_file: true }];
        }
        Step::Worktree(number) => {
            batch.worktrees = [(folder(*number), "/home/u/repository".to_owned())].into();
        }
        Step::Rule(number) => {
            let rules = [("named".to_owned(), [folder(*number)].into())].into();
            database.store.set_projects(Projects::by_rules(&rules));
        }
        Step::Forget(session) => {
            let selection = Selection { sessions: vec![format!("s{session}")], ..Selection::default() };
            database.store.forget(&selection, T0).await.unwrap();
        }
        Step::Rebuild => database.writer.forget_checkpoints().await.unwrap(),
        Step::Read(_) | Step::Push(_) => {}
    }
    database.writer.apply(&[batch]).await.unwrap();
    end
}

async fn check(before: Vec<Step>, after: Vec<Step>) {
    let mut database = Database::new().await;
    let (mut one, mut other) = (Hub::default(), Hub::default());
    let mut offset = 0;
    for step in &before {
        offset = apply(&mut database, step, offset).await;
    }
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    for step in &after {
        offset = apply(&mut database, step, offset).await;
        if let Step::Push(limit) = step {
            one.take(&database.store, *limit).await;
            assert_eq!(one.take(&database.store, *limit).await, 0, "all was taken");
            let expected = exported(&database.store).await;
            assert_eq!(present(&one, &expected), expected, "after {step:?} of {before:?} {after:?}");
        }
    }
    // A hub that is new, or lost everything, begins at the first entry.
    for hub in [&mut one, &mut other] {
        hub.take(&database.store, 3).await;
        let expected = exported(&database.store).await;
        assert_eq!(present(hub, &expected), expected, "after {before:?} {after:?}");
    }
    assert_eq!(other.claims.len(), exported(&database.store).await.len());
    let inspection = inspect(database.store.path(), Depth::Thorough).await.unwrap();
    assert!(inspection.problems.is_empty(), "{:?}", inspection.problems);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_after_the_last_entry_is_all_that_a_hub_lacks(before in steps(), after in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(before, after));
    }
}

#[tokio::test]
async fn without_a_hub_there_is_no_trigger_and_no_journal() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 10, vec![copy("a", "s", 0, 1)])]).await.unwrap();
    let left = "SELECT (SELECT count(*) FROM push_journal) + (SELECT count(*) FROM push_project)
                + (SELECT count(*) FROM push_log) + (SELECT count(*) FROM push_refused)";
    assert_eq!((database.number(TRIGGERS).await, database.number(left).await), (0, 0));
    database.store.add_push_target(&hub("https://one.example"), &beginning()).await.unwrap();
    database.store.add_push_target(&hub("https://two.example"), &beginning()).await.unwrap();
    assert_eq!(Hub::default().take(&database.store, 10).await, 1);
    let [one, two] = &database.store.push_targets().await.unwrap()[..] else { panic!() };
    let push = LoggedPush { at_ms: T0, responses: 1, bytes: 200, outcome: "taken".to_owned() };
    let refused = [RefusedClaim { revision: 1, reason: "no".to_owned() }];
    for target in [one, two] {
        database.store.store_push(target.id, &beginning(), Some(&push), &refused).await.unwrap();
    }
    assert!(database.store.remove_push_target(one.id).await.unwrap());
    assert!(!database.store.remove_push_target(one.id).await.unwrap());
    assert_eq!(database.store.pushes_due(0).await.unwrap(), 1);
    assert!(database.store.remove_push_target(two.id).await.unwrap());
    assert_eq!((database.number(TRIGGERS).await, database.number(left).await), (0, 0));
    // A writer that was open all the time continues, and a later journal has later entries.
    database.writer.apply(&[next_batch("s", 10, 20, vec![copy("b", "s", 10, 1)])]).await.unwrap();
    database.store.add_push_target(&hub("https://one.example"), &beginning()).await.unwrap();
    let page = database.store.push_page(0, 10).await.unwrap();
    let seqs: Vec<u64> = page.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [2, 3]);
}

#[tokio::test]
async fn how_far_a_hub_is_the_last_pushes_and_refused_responses_are_stored() {
    let database = Database::new().await;
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    let [target] = &database.store.push_targets().await.unwrap()[..] else { panic!() };
    assert_eq!((&target.hub, &target.progress), (&hub("https://hub.example"), &beginning()));
    let progress = PushProgress {
        acked: 7,
        sent: 9,
        receipt: Some("receipt".to_owned()),
        forked_at_ms: Some(T0),
        stopped: Some("removed".to_owned()),
        ..beginning()
    };
    let push = |number: usize| LoggedPush {
        at_ms: T0 + number as i64,
        responses: number as u64,
        bytes: 200,
        outcome: "taken".to_owned(),
    };
    let refused = |number: usize| RefusedClaim { revision: number as u64, reason: format!("no {number}") };
    let all: Vec<RefusedClaim> = (0..MOST_REFUSED + 5).map(refused).collect();
    database.store.store_push(target.id, &progress, None, &all).await.unwrap();
    assert_eq!(database.store.refused_pushes(target.id).await.unwrap(), all[5..]);
    for number in 0..MOST_LOGGED + 3 {
        database.store.store_push(target.id, &progress, Some(&push(number)), &[]).await.unwrap();
    }
    let log = database.store.push_log(target.id).await.unwrap();
    assert_eq!(log, (3..MOST_LOGGED + 3).rev().map(push).collect::<Vec<_>>());
    assert_eq!(database.store.push_targets().await.unwrap()[0].progress, progress);
    // Another enrolment begins anew.
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    let [again] = &database.store.push_targets().await.unwrap()[..] else { panic!() };
    assert_eq!((again.id, &again.progress), (target.id, &beginning()));
    assert_eq!(database.store.refused_pushes(target.id).await.unwrap(), []);
}

#[tokio::test]
async fn a_first_reading_while_there_is_a_hub_is_in_the_journal() {
    let mut database = Database::new().await;
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    let copies = (0..4_100).map(|number| copy(&format!("key {number}"), "s", number, 5)).collect();
    database.writer.apply(&[batch("s", 5_000, copies)]).await.unwrap();
    assert_eq!(Hub::default().take(&database.store, 1_000).await, 4_100);
    // One that began before ends when the machine is enrolled.
    let mut database = Database::new().await;
    let copies = (0..4_100).map(|number| copy(&format!("key {number}"), "s", number, 5)).collect();
    database.writer.apply(&[batch("s", 5_000, copies)]).await.unwrap();
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    database.writer.apply(&[next_batch("s", 5_000, 5_010, vec![copy("last", "s", 5_000, 1)])]).await.unwrap();
    assert_eq!(Hub::default().take(&database.store, 5_000).await, 4_101);
}

#[tokio::test]
async fn a_trigger_that_is_not_as_it_was_created_is_refused() {
    let mut database = Database::new().await;
    database.store.add_push_target(&hub("https://hub.example"), &beginning()).await.unwrap();
    let path = database.store.path().to_owned();
    let copied = database.dir().join("copy.db");
    ctm_storage::copy(&path, &copied).await.unwrap();
    let copied = Store::open(&copied, &[]).await.unwrap();
    assert_eq!(copied.push_targets().await.unwrap(), database.store.push_targets().await.unwrap());
    // A missing one is a problem that a thorough inspection names.
    database.execute("DROP TRIGGER push_event_new").await;
    let problems = inspect(&path, Depth::Thorough).await.unwrap().problems;
    assert_eq!(problems, ["the trigger `push_event_new` is missing"]);
    database.writer.forget_checkpoints().await.unwrap();
    assert!(inspect(&path, Depth::Thorough).await.unwrap().problems.is_empty());
    database
        .execute(
            "DROP TRIGGER push_event_new;
             CREATE TRIGGER push_event_new AFTER INSERT ON event BEGIN UPDATE event SET output = 0; END",
        )
        .await;
    let error = Store::open(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Altered { .. }), "{error:?}");
    assert!(error.to_string().contains("trigger `push_event_new`"), "{error}");
}
