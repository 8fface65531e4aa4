//! Values that no version of ctm stores: none of them is a panic, and what can be repaired is.

use crate::support::{Database, T0, batch, call, conversation, copy, next_batch, part, totals};
use ctm_facts::{
    Depth, PersonalRecord, PersonalRecords, ResponseFilter, ResponsePage, Selection, SnapshotPage, TimeOrder,
    UsageFilter,
};
use ctm_storage::{StorageError, Store, inspect};
use ctm_types::{
    Agent, Batch, CacheSample, EpochMs, IssueKind, LimitSample, LimitWindow, LineIssue, NamedRequest,
    PicoUsd, Prompt, PromptCache, RequestKey, StatsCache, StatsCacheActivity, StatsCacheModel,
    StatsCacheTokens, TokenUnit, ToolError, UsageSnapshot, UtcDay, Witness,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

const EVERYTHING: std::ops::Range<EpochMs> = EpochMs::MIN..EpochMs::MAX;

/// Facts for every table.
fn batches() -> Vec<Batch> {
    let mut first = copy("a", "s", 0, 2);
    first.tool_calls = vec![call("toolu_1", "Read")];
    let mut better = copy("a", "s", 10, 5);
    better.snapshot.is_final = true;
    better.snapshot.parts.push(part("claude-haiku-4-5", 3));
    better.details = crate::support::details(2_186);
    let mut of_agent = copy("b", "t", 20, 7);
    of_agent.attribution.at_ms = of_agent.attribution.at_ms + 86_400_000;
    conversation(&mut of_agent).agent = Some("x".to_owned());
    conversation(&mut of_agent).sidechain = true;
    of_agent.details.request = Some(NamedRequest { at_ms: T0, request: RequestKey(71) });
    let mut whole = batch("s", 30, vec![first, better]);
    whole.prompts = vec![Prompt { uuid: "u".to_owned(), session: "s".to_owned(), at_ms: T0 }];
    whole.tool_errors = vec![ToolError { id: "toolu_1".to_owned() }];
    whole.issues = vec![LineIssue { offset_bytes: 5, kind: IssueKind::BadCount }];
    whole.sessions = crate::details::full("s").sessions;
    let mut other = batch("t", 30, vec![of_agent]);
    other.agent = Some(Agent { id: "x".to_owned(), kind: Some("Explore".to_owned()) });
    vec![whole, other]
}

/// Facts that are forgotten before the damage.
fn forgotten_batch() -> Batch {
    batch("old", 30, vec![copy("old", "old", 0, 1)])
}

fn stats_cache() -> StatsCache {
    StatsCache {
        version: Some(2),
        last_computed_date: Some("2026-03-09".to_owned()),
        token_unit: TokenUnit::InputOutput,
        activity: vec![StatsCacheActivity {
            date: "2026-03-08".to_owned(),
            messages: 1,
            sessions: 1,
            tool_calls: 1,
        }],
        tokens: vec![StatsCacheTokens { date: "2026-03-08".to_owned(), model: "m".to_owned(), tokens: 5 }],
        models: vec![StatsCacheModel {
            model: "m".to_owned(),
            input: 5,
            output: 5,
            cache_read: 0,
            cache_write: 0,
        }],
    }
}

fn snapshot() -> UsageSnapshot {
    UsageSnapshot {
        taken_at_ms: T0,
        data_version: 1,
        price_version: "2026-11-20".to_owned(),
        tokens: ctm_types::TokenCounts::default(),
        web_searches: 0,
        responses: 2,
        sessions: 2,
        unfinalised: 0,
        unpriced_tokens: 0,
        cost: Some(PicoUsd(5)),
        cache_saving: PicoUsd(1),
    }
}

fn limit() -> LimitSample {
    LimitSample {
        home: crate::support::HOME.to_owned(),
        session: "s".to_owned(),
        window: LimitWindow::FiveHour,
        used_percentage: 12.5,
        resets_at_ms: Some(T0),
        first_at_ms: T0,
        last_at_ms: T0,
    }
}

fn cache() -> CacheSample {
    let cache = PromptCache {
        expires_at_ms: Some(T0),
        is_of_an_hour: true,
        recache_tokens: Some(7),
        requests: Some(9),
        misses: Some(1),
        expected_rebuilds: Some(1),
        written_tokens: Some(8),
        missed_tokens: Some(7),
        last_miss_at_ms: Some(T0),
        last_miss: vec!["tools_changed".to_owned()],
        miss_causes: [("tools_changed".to_owned(), 1)].into(),
    };
    CacheSample {
        home: crate::support::HOME.to_owned(),
        session: "s".to_owned(),
        title: Some("Title".to_owned()),
        model: Some("m".to_owned()),
        cache,
        first_at_ms: T0,
        last_at_ms: T0,
    }
}

fn add_record(records: &mut PersonalRecords) -> Result<(), ()> {
    let record = PersonalRecord { created_at_ms: T0, changed_at_ms: T0, content: "{}".to_owned() };
    records.insert(records.len().to_string(), record);
    Ok(())
}

/// Telemetry of a response that is not final, of a final one and of a request without a response.
fn witnesses() -> [Witness; 3] {
    [71, 72, 73].map(|request| {
        let mut witness = crate::telemetry::report(request, "t", 90);
        witness.report.version = Some("2.1.331".to_owned());
        witness.report.circumstance = crate::support::details(2_186).circumstance;
        witness
    })
}

/// A database with something in every table, closed: all of it is in the one file.
async fn filled() -> Database {
    let mut database = Database::new().await;
    database.writer.apply(&batches()).await.unwrap();
    database.writer.settle().await.unwrap();
    database.writer.store_stats_cache(crate::support::HOME, 7, &stats_cache()).await.unwrap();
    database.writer.add_snapshot(&snapshot(), EpochMs(0)).await.unwrap();
    database.store.add_samples(&[limit()], &[cache()], Duration::from_secs(5)).await.unwrap();
    database.store.edit_personal_records("note", add_record).await.unwrap().unwrap();
    assert!(database.store.add_seal(&crate::seals::seal("2026-03"), 0).await.unwrap());
    database.store.add_seal_corrections(&[crate::seals::correction("2026-03-09")], 0).await.unwrap();
    database.store.add_witnesses(&witnesses()).await.unwrap();
    crate::machines::import_some(&database, &["a", "c"]).await;
    crate::imports::import(&database.store).await;
    let forgotten = Selection { sessions: vec!["old".to_owned()], ..Selection::default() };
    database.writer.apply(&[forgotten_batch()]).await.unwrap();
    assert_eq!(database.store.forget(&forgotten, T0).await.unwrap().decision, Some(1));
    let mut connection = open(database.store.path()).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    database
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).foreign_keys(false))
        .await
        .unwrap()
}

async fn execute(path: &Path, statement: String) {
    let mut connection = open(path).await;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Every column of every table with its type and whether it may be NULL, as the schema has them now.
async fn columns(path: &Path) -> Vec<(String, String, String, bool)> {
    let mut connection = open(path).await;
    let columns = sqlx::query_as(
        "SELECT tables.name, columns.name, columns.type, columns.\"notnull\"
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite#_%' ESCAPE '#'
               AND tables.name <> '_sqlx_migrations'
         ORDER BY tables.name, columns.cid",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    columns
}

/// Values that no version stores, of a type.
fn values(kind: &str, not_null: bool) -> Vec<&'static str> {
    let mut values = match kind {
        "INTEGER" => vec!["-1", "2", "9223372036854775807", "-9223372036854775807 - 1"],
        "TEXT" => vec!["''", "CAST(x'ff' AS TEXT)", "CAST(x'6100' AS TEXT)"],
        "REAL" => vec!["-1.0", "1e308", "9e999"],
        "BLOB" => vec!["x''", "x'00'", "randomblob(64)"],
        other => panic!("no values of type {other}"),
    };
    if !not_null {
        values.push("NULL");
    }
    values
}

/// Runs all queries of a store. The results depend on the damage.
async fn ask(store: &Store) -> Vec<StorageError> {
    let mut errors = Vec::new();
    macro_rules! note {
        ($($answer:expr),* $(,)?) => { $( errors.extend($answer.await.map(|_| ()).err()); )* };
    }
    let all = UsageFilter::default();
    let some = UsageFilter {
        models: vec!["claude-opus-5".to_owned()],
        sessions: vec!["s".to_owned()],
        ..UsageFilter::default()
    };
    for order in [TimeOrder::OldestFirst, TimeOrder::NewestFirst] {
        for filter in [&all, &some] {
            let page = ResponsePage { after: None, limit: 2, order, ..ResponsePage::default() };
            note!(store.responses(filter, &page));
        }
        note!(store.snapshots(&EVERYTHING, &SnapshotPage { after: None, limit: 9, order }));
    }
    for filter in [&all, &some] {
        note!(
            store.usage(filter),
            store.tool_usage(filter),
            store.count_responses(filter, &ResponseFilter::default()),
            store.responses_by_copies(filter),
        );
    }
    note!(
        store.data_version(),
        store.machines(),
        store.imports(),
        store.import_span(),
        store.pepper(),
        store.schema_version(),
        store.size_bytes(),
        store.session_names(),
        store.project_names(),
        store.home_names(),
        store.billings(),
        store.time_span(),
        store.known_files(|_| {}),
        store.day_files(),
        store.line_totals(),
        store.line_issues(9),
        store.embedded_copies(),
        store.due_files(crate::support::HOME, &crate::support::clean_up(i64::MAX), 9),
        store.session_details(&["s", "t"]),
        store.session_tools("s"),
        store.cost_states(&["s", "t"]),
        store.session_titles(&["s", "t"]),
        store.session_versions("s"),
        store.session_branches("s"),
        store.session_files("s"),
        store.last_snapshot(),
        store.last_snapshot_times(9),
        store.limit_samples(&EVERYTHING, &[]),
        store.cache_samples(&EVERYTHING, &[]),
        store.limits_version(),
        store.personal_records("note"),
        store.personal_version(),
        store.seals(),
        store.seal_corrections(),
        store.telemetry_counts(),
        store.unlogged(&all),
        store.stats_caches(),
        store.stats_cache_span(),
        store.stored_stats_caches(),
        store.response("a"),
        store.response("b"),
        store.differing_days(),
        store.forgettings(),
        store.forgotten_version(),
        store.forgetting_of_response("old"),
        store.selected(&Selection::default()),
    );
    errors
}

/// Reads a damaged database, writes to it and repairs it.
async fn use_all(path: &Path) -> Vec<StorageError> {
    let store = match Store::open(path, &[]).await {
        Ok(store) => store,
        Err(error) => return vec![error],
    };
    let mut errors = ask(&store).await;
    errors.extend(inspect(path, Depth::Thorough).await.err());
    let mut writer = store.writer();
    let later = next_batch("s", 30, 60, vec![copy("a", "s", 40, 90), copy("new", "s", 50, 1)]);
    errors.extend(writer.apply(&[later]).await.err());
    errors.extend(writer.settle().await.err());
    errors.extend(writer.mark(&[crate::support::gone(crate::support::path_of("s"))]).await.err());
    errors.extend(writer.store_stats_cache(crate::support::HOME, 9, &stats_cache()).await.err());
    errors.extend(writer.add_snapshot(&snapshot(), EpochMs(0)).await.err());
    errors.extend(store.add_samples(&[limit()], &[cache()], Duration::from_secs(5)).await.err());
    errors.extend(store.edit_personal_records("note", add_record).await.err());
    errors.extend(store.add_witnesses(&witnesses()).await.err());
    errors.extend(writer.forget_checkpoints().await.err());
    errors.extend(writer.apply(&batches()).await.err());
    errors.extend(writer.settle().await.err());
    errors.extend(ask(&store).await);
    store.close().await;
    errors.extend(writer.close().await.err());
    errors
}

/// Damages a copy of a database at `path` and uses it; returns what panicked.
async fn use_damaged(whole: &Path, path: &Path, damage: &str) -> Option<String> {
    fs::copy(whole, path).unwrap();
    for log in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(path.with_extension(log));
    }
    let mut connection = open(path).await;
    // A condition of the table itself refuses some.
    let done = sqlx::query(AssertSqlSafe(damage.to_owned())).execute(&mut connection).await;
    connection.close().await.unwrap();
    done.ok()?;
    let damaged = path.to_owned();
    let used = async { tokio::task::spawn_local(async move { use_all(&damaged).await }).await };
    match tokio::task::LocalSet::new().run_until(used).await {
        Ok(errors) => {
            for error in errors {
                let is_said = matches!(
                    error,
                    StorageError::Damaged { .. }
                        | StorageError::Statement { .. }
                        | StorageError::Foreign { .. }
                        | StorageError::Corrupt { .. }
                );
                // No number is left for another snapshot, until that is repaired.
                let is_said = is_said || damage.contains("snapshot SET id");
                assert!(is_said, "{damage}: {error:?}");
            }
            None
        }
        Err(error) => Some(format!("{damage}: {error}")),
    }
}

#[tokio::test]
async fn no_stored_value_is_a_panic() {
    let database = filled().await;
    let mut damages: Vec<String> = Vec::new();
    for (table, column, kind, not_null) in columns(database.store.path()).await {
        for value in values(&kind, not_null) {
            damages.push(format!("UPDATE OR IGNORE {table} SET {column} = {value}"));
        }
        damages.push(format!("DELETE FROM {table}"));
    }
    damages.sort();
    damages.dedup();
    assert!(damages.len() > 300, "{}", damages.len());
    // Each waits for the disk more than it computes.
    let workers = 2 * thread::available_parallelism().unwrap().get();
    let damages = Mutex::new(damages.into_iter());
    let work = |worker: usize| {
        let path = database.dir().join(format!("damaged-{worker}.db"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut panics = Vec::new();
        loop {
            let Some(damage) = damages.lock().unwrap().next() else { return panics };
            panics.extend(runtime.block_on(use_damaged(database.store.path(), &path, &damage)));
        }
    };
    let panics: Vec<String> = thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(panics.is_empty(), "{panics:#?}");
}

#[tokio::test]
async fn unreadable_sums_are_recomputed_and_stored_again() {
    let mut database = filled().await;
    let before = (database.totals().await, database.store.tool_usage(&UsageFilter::default()).await.unwrap());
    let day = UtcDay::of(T0).0;
    let sums = format!("(SELECT usage FROM usage_day WHERE day = {day})");
    for damage in [
        "usage = x''".to_owned(),
        "usage = x'0000'".to_owned(),
        "usage = randomblob(200)".to_owned(),
        "tools = x'00'".to_owned(),
        "usage = substr(usage, 1, length(usage) - 1)".to_owned(),
        // Valid sums, but of another day.
        format!("usage = {sums}"),
        "tools = usage".to_owned(),
    ] {
        execute(database.store.path(), format!("UPDATE usage_day SET {damage}")).await;
        let tools = database.store.tool_usage(&UsageFilter::default()).await.unwrap();
        assert_eq!((database.totals().await, tools), before, "{damage}");
        assert!(!database.store.differing_days().await.unwrap().is_empty(), "{damage}");
        database.writer.settle().await.unwrap();
        assert!(database.store.differing_days().await.unwrap().is_empty(), "{damage}");
    }
    // Days that are not there at all are found, and are back after everything was read again.
    execute(database.store.path(), "UPDATE usage_day SET day = day + 1000".to_owned()).await;
    assert!(!database.store.differing_days().await.unwrap().is_empty());
    database.writer.forget_checkpoints().await.unwrap();
    database.writer.settle().await.unwrap();
    assert_eq!(database.totals().await, before.0);
}

#[tokio::test]
async fn dangling_references_count_and_are_replaced_by_reading_again() {
    for damage in [
        "DELETE FROM conversation",
        "DELETE FROM billing",
        "DELETE FROM source_file",
        "UPDATE event SET conversation_id = 999",
        "UPDATE event SET billing_id = -1",
        "UPDATE event SET winner_file_id = 999",
        "UPDATE event SET origin_file_id = 0",
        "UPDATE event SET input = -1",
        "UPDATE event SET final = 7",
        "UPDATE event SET part = 5 WHERE part = 1",
        "UPDATE event SET part = 1 WHERE part = 0 AND key = 'b'",
        "UPDATE event SET key_hash = key_hash + 1",
        "INSERT INTO event SELECT id + 100, key, key_hash, part, at_ms, conversation_id, origin_file_id,
             origin_offset_bytes, billing_id, input, output, cache_read, cache_write_5m, cache_write_1h,
             web_searches, ttl_assumed, final, winner_file_id, winner_offset_bytes, winner_after_ms,
             winner_more_output, winner_sidechain, winner_in_own_file, winner_embedded, circumstance_id,
             thinking_tokens, cache_missed_tokens, request, request_at_ms,
             witness_output, logged_billing_id FROM event",
        "UPDATE event SET witness_output = output + 1",
        "UPDATE event SET logged_billing_id = 999",
        "UPDATE witness SET billing_id = 999, event_id = 999",
        "UPDATE witness SET session_id = 999, query_source_id = 999, version_id = 999, circumstance_id = 999",
        "UPDATE source_file SET home_id = 999",
        "DELETE FROM home",
        "UPDATE superseded SET file_id = 999",
        "UPDATE tool_call SET tool_id = 999",
        "UPDATE prompt SET session_id = 999",
        "DELETE FROM term",
        "DELETE FROM circumstance",
        "UPDATE session_record SET session_id = 999",
        "UPDATE session_name SET kind = '' WHERE kind = 'title'",
        "DELETE FROM cost_state",
        "DELETE FROM state",
        "UPDATE snapshot SET cost = 'much'",
        "UPDATE limit_sample SET name = 'six_hour'",
        "UPDATE cache_sample SET misses = -1",
        "UPDATE cache_sample SET last_miss = 'much'",
        "UPDATE personal_record SET content = 'much'",
        "UPDATE state SET personal_version = -1",
        "UPDATE skipped_line SET lines = -4",
        "UPDATE OR IGNORE event SET id = 9223372036854775807",
        "UPDATE OR IGNORE source_file SET id = -5",
        "UPDATE OR IGNORE snapshot SET id = 9223372036854775807",
        "DELETE FROM forgetting",
        "UPDATE forgetting SET tokens = -1",
        "UPDATE forgetting_name SET kind = ''",
        "UPDATE state SET forgotten_version = -1",
    ] {
        let mut database = filled().await;
        let before = (database.totals().await, database.store.line_totals().await.unwrap());
        database.store.close().await;
        execute(database.store.path(), damage.to_owned()).await;
        let store = Store::open(database.store.path(), &[]).await.unwrap();
        let problems = inspect(store.path(), Depth::Thorough).await.map(|found| found.problems);
        let is_found = problems.as_ref().map_or(true, |problems| !problems.is_empty());
        assert!(is_found || !store.differing_days().await.unwrap().is_empty(), "{damage}: {problems:?}");
        let is_of_the_sums = damage.contains("event SET part") || damage.contains("INSERT");
        let is_of_the_counts = damage.contains("input");
        if !is_of_the_sums && !is_of_the_counts && !damage.contains("state") {
            // The stored sums and the responses of the days show it.
            for sums in ["usage_day", "usage_day SET usage = NULL, tools = NULL --"] {
                execute(store.path(), format!("UPDATE {sums} SET day = day")).await;
                let usage = store.usage(&UsageFilter::default()).await.unwrap();
                assert_eq!(totals(&usage), before.0, "{damage}");
            }
        }
        database.writer = store.writer();
        database.store = store;
        database.writer.forget_checkpoints().await.unwrap();
        database.writer.apply(&batches()).await.unwrap();
        database.writer.apply(&[forgotten_batch()]).await.unwrap();
        database.writer.settle().await.unwrap();
        let after = (database.totals().await, database.store.line_totals().await.unwrap());
        assert_eq!(after, before, "{damage}");
        database.writer.add_snapshot(&snapshot(), EpochMs(0)).await.unwrap();
        let problems = inspect(database.store.path(), Depth::Thorough).await.unwrap().problems;
        assert_eq!(problems, [""; 0], "{damage}");
        assert!(database.store.differing_days().await.unwrap().is_empty(), "{damage}");
        let explained = database.store.response("a").await.unwrap().unwrap();
        assert_eq!((explained.copies.len(), explained.response.session.as_str()), (2, "s"), "{damage}");
    }
}
