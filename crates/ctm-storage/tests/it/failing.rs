//! After a failure the writer works again, and nothing is lost or doubled.

use crate::support::{Database, batch, copy, gone, next_batch, path_of};
use ctm_storage::StorageError;
use ctm_types::printable::with_causes;
use ctm_types::{EpochMs, PicoUsd, StatsCache, TokenCounts, TokenUnit, UsageSnapshot};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Ends the transaction like SQLite on a full disk.
async fn break_off(database: &Database, change: &str) {
    let trigger =
        format!("CREATE TRIGGER sabotage BEFORE {change} BEGIN SELECT RAISE(ROLLBACK, 'sabotage'); END");
    database.execute(&trigger).await;
}

/// Fails at the commit itself: a row refers to nothing then.
async fn break_at_commit(database: &Database, change: &str) {
    let trigger = format!(
        "CREATE TRIGGER sabotage AFTER {change} BEGIN
             INSERT INTO source_file (home_id, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash,
                                      tail_hash, lines, copies, gone)
             VALUES (99, hex(randomblob(8)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
         END"
    );
    database.execute(&trigger).await;
}

async fn repair(database: &Database) {
    database.execute("DROP TRIGGER sabotage").await;
}

#[tokio::test]
async fn batches_are_stored_whole_after_a_transaction_that_sqlite_ended() {
    let mut database = Database::new().await;
    let first = batch("s", 30, vec![copy("a", "s", 0, 2)]);
    let second = next_batch("s", 30, 60, vec![copy("b", "s", 30, 3), copy("a", "s", 40, 4)]);
    database.writer.apply(&[first]).await.unwrap();
    for change in ["INSERT ON event", "UPDATE ON state", "INSERT ON superseded"] {
        break_off(&database, change).await;
        for _ in 0..2 {
            let error = database.writer.apply(std::slice::from_ref(&second)).await.unwrap_err();
            assert!(with_causes(&error).contains("sabotage"), "{change}: {error}");
        }
        assert_eq!((database.totals().await.0, database.known().await.len()), (1, 1));
        repair(&database).await;
    }
    let applied = database.writer.apply(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!((applied.stale.len(), database.totals().await), (0, (2, [2, 7, 200, 20, 2_000])));
    // The same once more is overtaken, and changes nothing.
    let applied = database.writer.apply(&[second]).await.unwrap();
    assert_eq!((applied.stale.len(), database.totals().await.0), (1, 2));
}

#[tokio::test]
async fn a_failed_commit_stores_nothing_and_the_next_one_everything() {
    let mut database = Database::new().await;
    break_at_commit(&database, "UPDATE ON state").await;
    let batches = [batch("s", 30, vec![copy("a", "s", 0, 2)]), batch("t", 30, vec![copy("b", "t", 0, 3)])];
    for _ in 0..2 {
        let error = database.writer.apply(&batches).await.unwrap_err();
        assert!(with_causes(&error).contains("FOREIGN KEY"), "{error}");
        assert_eq!(database.totals().await.0, 0);
        assert_eq!(database.number("SELECT count(*) FROM session").await, 0);
    }
    repair(&database).await;
    database.writer.apply(&batches).await.unwrap();
    assert_eq!(database.totals().await, (2, [2, 5, 200, 20, 2_000]));
    assert_eq!(database.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
}

#[tokio::test]
async fn every_kind_of_writing_works_again_after_a_failure() {
    let snapshot = UsageSnapshot {
        taken_at_ms: EpochMs(10),
        data_version: 1,
        price_version: String::new(),
        tokens: TokenCounts::default(),
        web_searches: 0,
        responses: 0,
        sessions: 0,
        unfinalised: 0,
        unpriced_tokens: 0,
        cost: None,
        cache_saving: PicoUsd(0),
    };
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    database.execute("UPDATE usage_day SET usage = NULL").await;
    let changes = [gone(path_of("s"))];
    let cache = StatsCache {
        version: None,
        last_computed_date: None,
        activity: Vec::new(),
        tokens: Vec::new(),
        token_unit: TokenUnit::All,
        models: Vec::new(),
    };

    break_off(&database, "UPDATE ON source_file").await;
    database.writer.mark(&changes).await.unwrap_err();
    database.writer.forget_checkpoints().await.unwrap_err();
    repair(&database).await;
    break_off(&database, "INSERT ON stats_cache").await;
    database.writer.store_stats_cache("/r", 1, &cache).await.unwrap_err();
    repair(&database).await;
    break_off(&database, "UPDATE ON usage_day").await;
    database.writer.settle().await.unwrap_err();
    repair(&database).await;
    // Old snapshots are not deleted, and the new one is not there: both or neither.
    database.writer.add_snapshot(&snapshot, EpochMs(0)).await.unwrap();
    break_off(&database, "DELETE ON snapshot").await;
    database.writer.add_snapshot(&snapshot, EpochMs(20)).await.unwrap_err();
    assert_eq!(database.number("SELECT count(*) FROM snapshot").await, 1);
    repair(&database).await;

    database.writer.mark(&changes).await.unwrap();
    database.writer.store_stats_cache("/r", 1, &cache).await.unwrap();
    database.writer.settle().await.unwrap();
    database.writer.add_snapshot(&snapshot, EpochMs(0)).await.unwrap();
    database.writer.forget_checkpoints().await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM source_file WHERE gone").await, 1);
    assert_eq!(database.number("SELECT count(*) FROM usage_day WHERE usage IS NULL").await, 1);
    assert_eq!(database.number("SELECT count(*) FROM snapshot").await, 2);
    assert_eq!(database.number("SELECT count(*) FROM stats_cache").await, 1);
}

/// Returns whether a future ends when it may continue so many times; then it is dropped.
async fn ends_within(times: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| match left {
        0 => Poll::Ready(false),
        _ => {
            left -= 1;
            future.as_mut().poll(context).map(|_| true)
        }
    })
    .await
}

#[tokio::test]
async fn a_write_that_is_cancelled_at_any_point_leaves_a_working_writer() {
    let batches = [batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 3)])];
    let mut database = Database::new().await;
    let mut points = 0;
    while !ends_within(points, database.writer.apply(&batches)).await {
        points += 1;
        // The next write of the same writer, from where the database is.
        database.writer.settle().await.unwrap();
    }
    assert!(points > 0, "no write was cancelled");
    database.writer.apply(&batches).await.unwrap();
    assert_eq!(database.totals().await, (1, [1, 3, 100, 10, 1_000]));
    assert_eq!(database.number("SELECT count(*) FROM superseded").await, 1);
    assert_eq!(database.number("SELECT copies FROM source_file").await, 2);
}

#[tokio::test]
async fn limits_are_stored_after_a_failure() {
    use ctm_types::{LimitSample, LimitWindow};
    let database = Database::new().await;
    let sample = LimitSample {
        home: "/r".to_owned(),
        session: "s".to_owned(),
        window: LimitWindow::ALL[0],
        used_percentage: 5.0,
        resets_at_ms: None,
        first_at_ms: EpochMs(1),
        last_at_ms: EpochMs(1),
    };
    let patience = std::time::Duration::ZERO;
    break_off(&database, "INSERT ON limit_sample").await;
    database.store.add_samples(std::slice::from_ref(&sample), &[], patience).await.unwrap_err();
    repair(&database).await;
    database.store.add_samples(&[sample], &[], patience).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM limit_sample").await, 1);
}

#[tokio::test]
async fn the_cause_of_a_blocked_writer_is_reported() {
    let database = Database::new().await;
    let path = database.store.path().to_owned();
    let mut holder =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    let error = database.store.add_samples(&[], &[], std::time::Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error:?}");
}
