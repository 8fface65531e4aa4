//! Details beside usage: of responses, joined over their lines, and of sessions.

use crate::support::{Database, HOME, T0, batch, conversation, copy, details, in_home, next_batch};
use ctm_facts::{Depth, ResponseFilter, Selection, UsageFilter};
use ctm_storage::inspect;
use ctm_types::{
    Batch, CostState, Details, EpochMs, HookOutcome, LoggedCopy, ModelCost, NameKind, PicoUsd, Recorded,
    Response, SessionName, SessionRecord, Start,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Everything that is stored of sessions, with names in place of numbers.
const SESSION_FACTS: &str = "
    SELECT group_concat(row, char(10)) FROM (
        SELECT json_array(session_record.id, kind, uuid, at_ms, source_file.path, term.text, event.text, duration_ms, outcome, number, url) AS row
        FROM session_record JOIN session ON session.id = session_id
        JOIN source_file ON source_file.id = file_id LEFT JOIN term ON term.id = name_id
        LEFT JOIN term AS event ON event.id = event_id
        UNION ALL SELECT json_array(uuid, kind, name, in_own_file, path, session_name.offset_bytes)
        FROM session_name JOIN session ON session.id = session_id JOIN source_file ON source_file.id = file_id
        UNION ALL SELECT json_array(uuid, cost, api_duration_ms, tool_duration_ms, duration_ms, lines_added, lines_removed)
        FROM cost_state JOIN session ON session.id = session_id
        UNION ALL SELECT json_array(uuid, model, cost, input, output, thinking, cache_read, cache_write, web_searches)
        FROM cost_state_model JOIN session ON session.id = session_id
        ORDER BY 1)";

fn with(said: u32, copy: LoggedCopy) -> LoggedCopy {
    LoggedCopy { details: details(said), ..copy }
}

/// Returns the stored details of the only response.
async fn stored(database: &Database) -> Details {
    database.store.response("a").await.unwrap().unwrap().response.details
}

fn turn(id: &str, session: &str, at_ms: EpochMs) -> SessionRecord {
    let what = Recorded::Turn { duration_ms: 55_312 };
    SessionRecord { id: id.to_owned(), session: session.to_owned(), at_ms, what }
}

fn hook(id: &str, session: &str, program: Option<&str>) -> SessionRecord {
    let what = Recorded::Hook {
        program: program.map(str::to_owned),
        event: program.map(|_| "PreToolUse".to_owned()),
        duration_ms: program.map(|_| 7),
        outcome: program.map(|_| HookOutcome::TimedOut),
    };
    SessionRecord { what, ..turn(id, session, T0) }
}

fn pull_request(id: &str, session: &str) -> SessionRecord {
    let url = Some("https://github.com/acme/shop/pull/5".to_owned());
    let what = Recorded::PullRequest { repository: "acme/shop".to_owned(), number: 5, url };
    SessionRecord { what, ..turn(id, session, T0) }
}

fn name(name: &str, offset_bytes: u64) -> SessionName {
    SessionName { name: name.to_owned(), offset_bytes, in_own_file: true }
}

fn cost_state(cost: i128, models: &[&str]) -> CostState {
    let model = ModelCost { cost: PicoUsd(cost), output: 3, thinking: 1, ..ModelCost::default() };
    CostState {
        cost: PicoUsd(cost),
        duration_ms: 9,
        models: models.iter().map(|name| ((*name).to_owned(), model)).collect(),
        ..CostState::default()
    }
}

/// A batch with something of each kind.
pub(crate) fn full(file: &str) -> Batch {
    let mut batch = batch(file, 30, vec![with(1_234, copy(&format!("of-{file}"), file, 0, 2))]);
    let facts = &mut batch.sessions;
    facts.records = vec![
        turn("t", file, T0),
        hook("h", file, Some("lint.sh")),
        hook("h2", file, None),
        pull_request("p", file),
    ];
    facts.names.insert((file.to_owned(), NameKind::Title), name("acme merger", 5));
    facts.names.insert((file.to_owned(), NameKind::Agent), name("acme merger", 6));
    facts.cost_states.insert(file.to_owned(), cost_state(70, &["x", "y"]));
    batch.forks.insert(file.to_owned(), Default::default());
    batch
}

#[tokio::test]
async fn a_later_line_adds_to_what_is_stored_whether_it_counts_or_not() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 9)])]).await.unwrap();
    assert_eq!(stored(&database).await, Details::default());
    let mut expected = Details::default();
    for (at, said) in [5, 40, 1_000, 2_186, 0].into_iter().enumerate() {
        let at = at as u64 + 1;
        let line = with(said, copy("a", "s", at, 1));
        database.writer.apply(&[next_batch("s", 30, 30, vec![line])]).await.unwrap();
        expected.join(&details(said));
        assert_eq!(stored(&database).await, expected);
    }
    assert_eq!(database.totals().await.0, 1);
    let version = database.store.data_version().await.unwrap();
    database.writer.apply(&[next_batch("s", 30, 30, vec![with(2_186, copy("a", "s", 4, 1))])]).await.unwrap();
    assert_eq!(database.store.data_version().await.unwrap(), version);
}

#[tokio::test]
async fn a_response_without_details_has_no_circumstance() {
    let mut database = Database::new().await;
    let mut parts = with(1_500, copy("b", "s", 1, 9));
    parts.snapshot.parts.push(parts.snapshot.parts[0].clone());
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 9), parts])]).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM circumstance").await, 1);
    let said = "SELECT count(*) FROM event
                WHERE circumstance_id IS NOT NULL OR thinking_tokens IS NOT NULL OR cache_missed_tokens IS NOT NULL";
    assert_eq!((database.number(said).await, database.number("SELECT count(*) FROM event").await), (1, 3));
}

#[tokio::test]
async fn details_that_cannot_be_right_cost_no_response_and_are_read_again() {
    for damage in [
        "DELETE FROM circumstance",
        "UPDATE event SET circumstance_id = 999",
        "UPDATE event SET thinking_tokens = -1",
        "UPDATE event SET cache_missed_tokens = 9223372036854775807",
    ] {
        let mut database = Database::new().await;
        let batches = [batch("s", 30, vec![with(2_186, copy("a", "s", 0, 9))])];
        database.writer.apply(&batches).await.unwrap();
        database.execute(&format!("PRAGMA foreign_keys = OFF; {damage}")).await;
        assert_ne!(stored(&database).await, details(2_186), "{damage}");
        let problems = inspect(database.store.path(), Depth::Thorough).await.unwrap().problems;
        assert!(!problems.is_empty(), "{damage}");
        database.writer.reopen().await.unwrap();
        database.writer.forget_checkpoints().await.unwrap();
        let problems = inspect(database.store.path(), Depth::Thorough).await.unwrap().problems;
        assert_eq!((problems, database.totals().await.0), (Vec::<String>::new(), 1), "{damage}");
        database.writer.apply(&batches).await.unwrap();
        assert_eq!(stored(&database).await, details(2_186), "{damage}");
    }
}

#[tokio::test]
async fn session_details_are_independent_of_order_and_repetition() {
    let batches = [full("s"), full("t"), in_home("/other/.claude", full("s"))];
    let mut expected = String::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut database = Database::new().await;
        for at in order {
            database.writer.apply(&[batches[at].clone()]).await.unwrap();
        }
        let once = database.text(SESSION_FACTS).await;
        for at in order {
            let again = Batch { start: Start::Checkpoint(30), ..batches[at].clone() };
            assert_eq!(database.writer.apply(&[again]).await.unwrap().stale, []);
        }
        assert_eq!(database.text(SESSION_FACTS).await, once);
        if expected.is_empty() {
            expected = once;
        }
        assert_eq!(database.text(SESSION_FACTS).await, expected);
    }
    assert_eq!(expected.matches("\"turn\"").count(), 1, "{expected}");
    assert_eq!(expected.matches("\"title\",\"acme merger\"").count(), 2, "{expected}");
}

#[tokio::test]
async fn of_totals_the_greatest_hold_and_of_names_the_latest() {
    let mut database = Database::new().await;
    let with = |cost, models: &[&str], title: &str, offset| {
        let mut batch = next_batch("s", 30, 30, vec![]);
        batch.sessions.cost_states.insert("s".to_owned(), cost_state(cost, models));
        batch.sessions.names.insert(("s".to_owned(), NameKind::Title), name(title, offset));
        batch
    };
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 1)])]).await.unwrap();
    let check = async |database: &Database, expected: &str| {
        const SAID: &str =
            "SELECT cost || ' ' || (SELECT group_concat(model) FROM cost_state_model) || ' ' || name
                            FROM cost_state JOIN session_name USING (session_id)";
        assert_eq!(database.text(SAID).await, expected);
    };
    for (batch, expected) in [
        (with(5, &["x", "y"], "one", 3), "5 x,y one"),
        (with(7, &["z"], "two", 9), "7 z two"),
        (with(6, &["x"], "before", 4), "7 z two"),
        (with(7, &["z"], "three", 10), "7 z three"),
    ] {
        database.writer.apply(&[batch]).await.unwrap();
        check(&database, expected).await;
    }
    // A rewritten transcript has the content of its present lines, however short it is.
    let rewritten = Batch { start: Start::Beginning, ..with(1, &["x"], "four", 2) };
    database.writer.apply(&[rewritten]).await.unwrap();
    check(&database, "7 z four").await;
}

#[tokio::test]
async fn session_details_are_forgotten_permanently() {
    const ROWS: &str = "SELECT (SELECT count(*) FROM session_record) + (SELECT count(*) FROM session_name)
        + (SELECT count(*) FROM cost_state) + (SELECT count(*) FROM cost_state_model)
        + (SELECT count(*) FROM circumstance)";
    let all = Selection::default;
    for selection in [
        Selection { sessions: vec!["s".to_owned()], ..all() },
        Selection { projects: vec!["/home/u/app".to_owned()], ..all() },
        Selection { homes: vec![HOME.to_owned()], ..all() },
        Selection { until_ms: Some(T0 + 1), ..all() },
    ] {
        let mut database = Database::new().await;
        database.writer.apply(&[full("s")]).await.unwrap();
        assert_eq!(database.number(ROWS).await, 10);
        let selected = database.store.forget(&selection, T0).await.unwrap().removed;
        assert_eq!(selected.session_facts, 7, "{selection:?}");
        database.store.erase().await.unwrap();
        assert_eq!(database.number(ROWS).await, 0, "{selection:?}");
        let bytes = std::fs::read(database.store.path()).unwrap();
        for text in ["acme", "lint.sh", "review"] {
            assert!(
                !bytes.windows(text.len()).any(|window| window == text.as_bytes()),
                "{text} {selection:?}"
            );
        }
        database.writer.apply(&[full("s")]).await.unwrap();
        assert_eq!(database.number(ROWS).await, 0, "{selection:?}");
        assert_eq!(
            database
                .store
                .count_responses(&UsageFilter::default(), &ResponseFilter::default())
                .await
                .unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn unselected_facts_stay_with_their_session() {
    let mut database = Database::new().await;
    database.writer.apply(&[full("s")]).await.unwrap();
    // A session of which nothing but this is known.
    let mut other = full("t");
    other.copies.clear();
    for record in &mut other.sessions.records {
        record.id.push('t');
    }
    database.writer.apply(&[other]).await.unwrap();
    // A later part of the session is left, and with it what has no time.
    let later = Selection { sessions: vec!["s".to_owned()], from_ms: Some(T0 + 1), ..Selection::default() };
    assert!(database.store.forget(&later, T0).await.unwrap().removed.is_empty());
    let session = Selection { sessions: vec!["s".to_owned()], ..Selection::default() };
    database.store.forget(&session, T0).await.unwrap();
    let left = database.text(SESSION_FACTS).await;
    assert_eq!((left.matches("\"t\"").count(), left.matches("\"s\"").count()), (9, 0), "{left}");
    let session = Selection { sessions: vec!["t".to_owned()], ..Selection::default() };
    assert_eq!(database.store.forget(&session, T0).await.unwrap().removed.session_facts, 7);
    assert_eq!(database.text(SESSION_FACTS).await, "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_database_joins_as_the_rule_does(
        said in prop::collection::vec((0..3_u64, 0..3_u32.pow(7), 0..2_u8), 1..9),
        stride in 1..9_usize,
    ) {
        let lines: Vec<LoggedCopy> = (0..).zip(&said).map(|(offset, (key, said, session))| {
            let mut line = with(*said, copy(&format!("key-{key}"), "s", offset, 1));
            conversation(&mut line).session = format!("session-{session}");
            line
        }).collect();
        let mut expected: BTreeMap<String, Response> = BTreeMap::new();
        for line in &lines {
            let response = expected.entry(line.key.to_string()).or_insert_with(|| Response::from_copy(line));
            response.absorb_snapshot(line);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::new().await;
            database.writer.apply(&[batch("s", 30, vec![])]).await.unwrap();
            for part in lines.chunks(stride) {
                let part = part.iter().rev().cloned().collect();
                database.writer.apply(&[next_batch("s", 30, 30, part)]).await.unwrap();
            }
            for (key, response) in expected {
                let explained = database.store.response(&key).await.unwrap().unwrap();
                assert_eq!(explained.response.details, response.details);
            }
        });
    }
}
