//! Statements that a person writes.

use crate::support::{Database, T0, batch, call, conversation, copy, details, part};
use ctm_facts::UsageFilter;
use ctm_storage::{Bounds, Cut, PartPrice, SelectError, Selection, SqlFunctions, SqlValue, Store};
use ctm_types::{CacheSample, EpochMs, PicoUsd, PromptCache, TokenCounts};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(20), rows: 1_000, bytes: 1 << 20 };

/// Prices each token at one pico-dollar, except those of a model, which have none.
fn functions() -> SqlFunctions {
    SqlFunctions {
        price: Arc::new(|billing, _, tokens: &TokenCounts, _| {
            let is_priced = billing.model != "advisor";
            PartPrice {
                is_billed: billing.refusal.is_none(),
                cost: is_priced.then(|| PicoUsd(tokens.total().into())),
                unpriced_tokens: if is_priced { 0 } else { tokens.total() },
                is_partial: !is_priced,
            }
        }),
        time: |at_ms| at_ms.0.to_string(),
        local: Arc::new(|at_ms| (format!("day {}", at_ms.0.div_euclid(86_400_000)), 10)),
        home: Arc::new(|path| format!("home {path}")),
    }
}

async fn ask(store: &Store, statement: &str) -> Result<Selection, SelectError> {
    store.query_views(statement, functions(), BOUNDS).await
}

async fn rows(store: &Store, statement: &str) -> Vec<Vec<SqlValue>> {
    ask(store, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}")).rows
}

async fn refusal(store: &Store, statement: &str) -> String {
    match ask(store, statement).await {
        Err(SelectError::Refused(reason)) => reason,
        other => panic!("{statement}: {other:?}"),
    }
}

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_owned())
}

async fn some_usage() -> Database {
    let mut database = Database::new().await;
    let mut parts = copy("a", "s", 0, 9);
    parts.snapshot.parts.push(part("advisor", 4));
    parts.tool_calls = vec![call("1", "Bash"), call("2", "Read")];
    let mut of_subagent = copy("b", "s", 1, 5);
    conversation(&mut of_subagent).sidechain = true;
    database.writer.apply(&[batch("s", 30, vec![parts, of_subagent])]).await.unwrap();
    database
}

#[tokio::test]
async fn views_show_responses_with_their_names_and_their_price() {
    let database = some_usage().await;
    let store = &database.store;
    let usage = "SELECT response, part, responses, at_ms, day, session, project, folder, home, branch, version,
                        subagent, model, output_tokens, cost_pico_usd, unpriced_tokens FROM usage ORDER BY response, part";
    let of = |response: &str,
              part: i64,
              subagent: i64,
              model: &str,
              output: i64,
              cost: SqlValue,
              unpriced: i64| {
        let integer = SqlValue::Integer;
        let day = format!("day {}", T0.0.div_euclid(86_400_000));
        vec![
            text(response),
            integer(part),
            integer((part == 0).into()),
            integer(T0.0),
            text(&day),
            text("s"),
            text("/home/u/app"),
            text("/home/u/app"),
            text("home /home/u/.claude"),
            text("main"),
            text("2.1.200"),
            integer(subagent),
            text(model),
            integer(output),
            cost,
            integer(unpriced),
        ]
    };
    let found = rows(store, usage).await;
    let total = |at: usize| match &found[at][14] {
        SqlValue::Integer(cost) => *cost,
        other => panic!("{other:?}"),
    };
    let (first, last) = (total(0), total(2));
    let advisor = rows(store, "SELECT total_tokens FROM usage WHERE part = 1").await;
    let SqlValue::Integer(advisor) = advisor[0][0] else { panic!("{advisor:?}") };
    assert_eq!(
        found,
        [
            of("a", 0, 0, "claude-opus-5", 9, SqlValue::Integer(first), 0),
            of("a", 1, 0, "advisor", 4, SqlValue::Null, advisor),
            of("b", 0, 1, "claude-opus-5", 5, SqlValue::Integer(last), 0),
        ]
    );
    let responses =
        "SELECT response, output_tokens, cost_pico_usd, unpriced_tokens FROM responses ORDER BY response";
    let integer = SqlValue::Integer;
    assert_eq!(
        rows(store, responses).await,
        [
            vec![text("a"), integer(13), integer(first), integer(advisor)],
            vec![text("b"), integer(5), integer(last), integer(0)],
        ]
    );
    let sessions = "SELECT session, responses, cost_pico_usd FROM sessions";
    assert_eq!(rows(store, sessions).await, [[text("s"), integer(2), integer(first + last)]]);
    let calls = "SELECT tool, failed, count(*) FROM tool_calls GROUP BY 1, 2 ORDER BY 1";
    let call = |tool: &str| vec![text(tool), integer(0), integer(1)];
    assert_eq!(rows(store, calls).await, [call("Bash"), call("Read")]);
}

#[tokio::test]
async fn every_view_can_be_read_whole_and_counted() {
    let database = some_usage().await;
    let views = database.store.views().await.unwrap();
    assert_eq!(views.len(), 10);
    for (view, columns) in views {
        let found = ask(&database.store, &format!("SELECT * FROM {view}")).await.unwrap();
        assert_eq!(found.columns, columns);
        let distinct: std::collections::BTreeSet<_> = columns.iter().collect();
        assert_eq!(distinct.len(), columns.len(), "{view}: {columns:?}");
        let count = rows(&database.store, &format!("SELECT count(*) FROM {view}")).await;
        assert_eq!(count, [[SqlValue::Integer(found.rows.len() as i64)]], "{view}");
    }
}

#[tokio::test]
async fn the_causes_of_misses_can_be_counted() {
    let database = some_usage().await;
    let causes = [("model_changed", 1), ("tools_changed", 2)];
    let sample = CacheSample {
        home: "/home/u/.claude".to_owned(),
        session: "s".to_owned(),
        title: None,
        model: Some("claude-opus-4-5".to_owned()),
        cache: PromptCache {
            misses: Some(3),
            missed_tokens: Some(900),
            last_miss: vec!["tools_changed".to_owned()],
            miss_causes: causes.map(|(cause, misses)| (cause.to_owned(), misses)).into_iter().collect(),
            ..PromptCache::default()
        },
        first_at_ms: T0,
        last_at_ms: T0,
    };
    database.store.add_samples(&[], &[sample], BOUNDS.time).await.unwrap();
    let counted = "SELECT home, ttl_minutes, misses, missed_tokens, cause.key, cause.value
         FROM cache_samples JOIN json_each(miss_causes) AS cause ORDER BY cause.key";
    let of = |cause: &str, count| {
        let home = text("home /home/u/.claude");
        let [ttl, misses, tokens, count] = [5, 3, 900, count].map(SqlValue::Integer);
        vec![home, ttl, misses, tokens, text(cause), count]
    };
    assert_eq!(rows(&database.store, counted).await, [of("model_changed", 1), of("tools_changed", 2)]);
    let last = "SELECT last_miss_causes ->> 0, session FROM cache_samples";
    assert_eq!(rows(&database.store, last).await, [[text("tools_changed"), text("s")]]);
}

#[tokio::test]
async fn usual_statements_are_permitted() {
    let database = some_usage().await;
    for statement in [
        "WITH days AS (SELECT day, sum(cost_usd) AS cost FROM usage GROUP BY day) SELECT count(*) FROM days",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT sum(x) FROM n",
        "SELECT response, rank() OVER (PARTITION BY session ORDER BY total_tokens DESC) FROM responses",
        "SELECT u.day, count(DISTINCT u.session) FROM usage AS u JOIN sessions AS s USING (session) GROUP BY 1;",
        "SELECT value FROM json_each('[1, 2]')",
        "VALUES (1, 'a'), (2, x'00')",
        "-- a comment\nSELECT strftime('%w', day), upper(model) LIKE '%OPUS%' FROM Usage",
        "EXPLAIN QUERY PLAN SELECT * FROM responses",
        "SELECT * FROM (SELECT session FROM usage UNION SELECT session FROM prompts) ORDER BY 1 LIMIT 3 OFFSET 0",
    ] {
        assert!(!rows(&database.store, statement).await.is_empty(), "{statement}");
    }
}

#[tokio::test]
async fn nothing_but_the_views_can_be_read_and_nothing_written() {
    let database = some_usage().await;
    let before = std::fs::read(database.store.path()).unwrap();
    let elsewhere = database.dir().join("other.db");
    let attach = format!("ATTACH '{}' AS other", elsewhere.display());
    let copy = format!("VACUUM INTO '{}'", elsewhere.display());
    for statement in [
        "SELECT * FROM event",
        "SELECT key FROM main.event",
        "SELECT content FROM personal_record",
        "SELECT count(*) FROM personal_record",
        "SELECT count(*) FROM forgotten",
        "WITH usage AS (SELECT * FROM personal_record) SELECT * FROM usage",
        "WITH usage AS (SELECT kind FROM personal_record) SELECT * FROM usage",
        "WITH usage AS (SELECT request FROM event) SELECT * FROM usage",
        "SELECT * FROM usage WHERE EXISTS (SELECT 1 FROM state WHERE data_version > 0)",
        "SELECT * FROM ctm_part",
        "SELECT cost FROM temp.ctm_part",
        "SELECT ctm_cost(1, 0, 1, 1, 1, 1, 1, 1)",
        "SELECT name FROM sqlite_schema",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT name FROM sqlite_temp_master",
        "SELECT * FROM pragma_table_info('event')",
        "SELECT count(*) FROM pragma_database_list",
        "SELECT file FROM pragma_database_list",
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_dbpage",
        "PRAGMA query_only = OFF",
        "PRAGMA user_version",
        "PRAGMA writable_schema = ON",
        attach.as_str(),
        copy.as_str(),
        "DETACH main",
        "VACUUM",
        "ANALYZE",
        "REINDEX",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT randomblob(1000000000)",
        "SELECT zeroblob(1000000000)",
        "SELECT sqlite_compileoption_get(0)",
        "INSERT INTO usage VALUES (1)",
        "INSERT INTO event DEFAULT VALUES",
        "UPDATE event SET output = 0",
        "DELETE FROM event",
        "DELETE FROM usage RETURNING *",
        "DROP VIEW usage",
        "DROP TABLE event",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v AS SELECT * FROM event",
        "CREATE TEMP TRIGGER t INSTEAD OF INSERT ON usage BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
        "ALTER TABLE event RENAME TO t",
        "EXPLAIN DELETE FROM event",
        "SELECT 1; DELETE FROM event",
        "SELECT 1; SELECT 2",
        "SELECT 1\0; DELETE FROM event",
        "",
        "   -- nothing",
        ";",
        "SELECT",
        "SELECT nothing FROM usage",
        "SELECT * FROM nowhere",
        "SELECT abs(-9223372036854775807 - 1)",
        "SELECT replace(hex(printf('%.*c', 500000, 'a')), '6', 'long text')",
    ] {
        assert!(!refusal(&database.store, statement).await.is_empty());
    }
    let deep = format!("SELECT {}1", "1 + ".repeat(5_000));
    let wide = format!("SELECT {}", vec!["1"; 2_001].join(", "));
    let long = format!("SELECT '{}'", "a".repeat(70_000));
    let many = format!("SELECT 1 {}", "UNION ALL SELECT 1 ".repeat(60));
    for statement in [deep, wide, long, many] {
        refusal(&database.store, &statement).await;
    }
    assert!(!elsewhere.exists());
    assert!(before == std::fs::read(database.store.path()).unwrap(), "the database has changed");
    assert_eq!(rows(&database.store, "SELECT count(*) FROM responses").await, [[SqlValue::Integer(2)]]);
}

#[tokio::test]
async fn rows_bytes_and_time_are_bounded() {
    const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";
    let database = some_usage().await;
    let asked =
        async |statement: String, bounds| database.store.query_views(&statement, functions(), bounds).await;
    let few = Bounds { rows: 3, ..BOUNDS };
    let cut = asked(format!("{ENDLESS} SELECT x FROM n"), few).await.unwrap();
    assert_eq!((cut.rows.len(), cut.cut), (3, Some(Cut::Rows)));
    let exact = asked("VALUES (1), (2), (3)".to_owned(), few).await.unwrap();
    assert_eq!((exact.rows.len(), exact.cut), (3, None));
    let small = Bounds { bytes: 10_000, ..BOUNDS };
    let cut = asked(format!("{ENDLESS} SELECT printf('%.*c', 3000, 'a') FROM n"), small).await.unwrap();
    assert_eq!((cut.rows.len(), cut.cut), (3, Some(Cut::Bytes)));
    let short = Bounds { time: Duration::from_millis(50), ..BOUNDS };
    for tail in [
        "SELECT count(*) FROM n",
        "SELECT x FROM n ORDER BY -x",
        "SELECT a.x FROM n AS a, n AS b WHERE a.x < 0",
    ] {
        let late = asked(format!("{ENDLESS} {tail}"), short).await;
        assert!(matches!(late, Err(SelectError::TimedOut(_))), "{tail}: {late:?}");
    }
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_ends() {
    let database = some_usage().await;
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let hour = Bounds { time: Duration::from_secs(3_600), ..BOUNDS };
    let asked = tokio::time::timeout(
        Duration::from_millis(20),
        database.store.query_views(endless, functions(), hour),
    );
    assert!(asked.await.is_err());
    // The runtime waits for its threads when the test ends: an endless one would keep it.
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The sums of the views are those of the reports.
    #[test]
    fn sums_of_views_are_those_of_the_reports(
        said in prop::collection::vec((0..4_000_u32, 0..3_u8, any::<bool>(), 1..100_u64, 0..200_000_000_i64), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::new().await;
            for file in 0..3_u8 {
                let copies = said.iter().enumerate().filter(|(_, (_, of, ..))| *of == file);
                let copies = copies.map(|(at, (number, _, is_sidechain, output, after))| {
                    let mut copy = copy(&format!("k{at}"), &format!("s{file}"), at as u64, *output);
                    copy.attribution.at_ms = EpochMs(T0.0 + after);
                    copy.details = details(*number);
                    conversation(&mut copy).sidechain = *is_sidechain;
                    if number % 3 == 0 {
                        copy.snapshot.parts.push(part("advisor", 4));
                    }
                    copy
                });
                let copies = copies.collect();
                database.writer.apply(&[batch(&format!("s{file}"), 900, copies)]).await.unwrap();
            }
            let reported = database.store.usage(&UsageFilter::default()).await.unwrap();
            let tokens: TokenCounts = reported.iter().map(|row| row.tokens).sum();
            let responses: u64 = reported.iter().map(|row| row.responses).sum();
            for view in ["usage", "responses", "sessions"] {
                let count = if view == "responses" { "count(*)" } else { "sum(responses)" };
                let statement = format!("SELECT {count}, sum(total_tokens), sum(output_tokens) FROM {view}");
                let sums = rows(&database.store, &statement).await;
                let expected = [responses, tokens.total(), tokens.output].map(|sum| SqlValue::Integer(sum as i64));
                assert_eq!(sums, [expected], "{view}");
            }
        });
    }
}
