//! Examining, copying, having alone, reading again.

use crate::support::{Database, T0, batch, call, copy, known};
use ctm_facts::Depth;
use ctm_storage::{Alone, StorageError, Store, inspect, newest_schema_version};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::fs;

async fn filled() -> Database {
    let mut database = Database::new().await;
    database
        .writer
        .apply(&[batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5)])])
        .await
        .unwrap();
    database
}

#[tokio::test]
async fn the_status_counts_the_contents() {
    let database = filled().await;
    for depth in [Depth::Quick, Depth::Thorough] {
        let inspection = inspect(database.store.path(), depth).await.unwrap();
        assert_eq!((inspection.responses, inspection.transcripts, inspection.transcripts_gone), (1, 1, 0));
        assert_eq!((inspection.schema_version, inspection.data_version), (newest_schema_version(), 1));
        assert_eq!(inspection.problems, [""; 0]);
        assert!(inspection.size_bytes > 0);
    }
}

#[tokio::test]
async fn dangling_references_are_reported() {
    let database = filled().await;
    let options = SqliteConnectOptions::new().filename(database.store.path()).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("DELETE FROM conversation").execute(&mut connection).await.unwrap();
    let inspection = inspect(database.store.path(), Depth::Thorough).await.unwrap();
    assert_eq!(inspection.problems, ["1 rows of event refer to nothing"]);
}

#[tokio::test]
async fn a_schema_that_ctm_did_not_make_is_found() {
    for (statement, problem) in [
        ("CREATE TABLE notes (text TEXT)", "the table `notes` is not part of the schema"),
        ("CREATE INDEX more ON event (output)", "the index `more` is not part of the schema"),
        ("DROP INDEX event_at", "the index `event_at` is missing"),
        (
            "ALTER TABLE snapshot ADD COLUMN more TEXT DEFAULT (hex(randomblob(8)))",
            "the table `snapshot` differs from the schema",
        ),
        (
            "ALTER TABLE prompt ADD COLUMN more INTEGER AS (at_ms * 2)",
            "the table `prompt` differs from the schema",
        ),
    ] {
        let database = filled().await;
        let options = SqliteConnectOptions::new().filename(database.store.path());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        let inspection = inspect(database.store.path(), Depth::Thorough).await.unwrap();
        assert_eq!(inspection.problems, [problem]);
    }
}

#[tokio::test]
async fn wrong_daily_totals_are_reported() {
    let mut database = filled().await;
    let mut later = copy("b", "t", 0, 7);
    later.attribution.at_ms = later.attribution.at_ms + 86_400_000;
    later.tool_calls = vec![call("toolu_1", "Read")];
    database.writer.apply(&[batch("t", 30, vec![later])]).await.unwrap();
    database.writer.settle().await.unwrap();
    let day = ctm_types::UtcDay::of(T0).0;
    let differing = async || {
        database.store.differing_days().await.unwrap().into_iter().map(i64::from).collect::<Vec<_>>()
    };
    assert_eq!(differing().await, [0; 0]);
    database.number("UPDATE event SET output = output + 1 WHERE key = 'a' RETURNING 1").await;
    assert_eq!(differing().await, [day]);
    database.number("DELETE FROM tool_call RETURNING 1").await;
    assert_eq!(differing().await, [day, day + 1]);
    database.number("DELETE FROM usage_day WHERE true RETURNING 1").await;
    assert_eq!(differing().await, [day, day + 1]);
}

#[tokio::test]
async fn foreign_files_are_refused_and_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.db");
    assert!(matches!(inspect(&missing, Depth::Quick).await, Err(StorageError::Open { .. })));
    assert!(!missing.exists());

    let letter = dir.path().join("letter");
    fs::write(&letter, "this is a letter to a friend, and no database at all").unwrap();
    assert!(matches!(inspect(&letter, Depth::Quick).await, Err(StorageError::Corrupt { .. })));

    let foreign = dir.path().join("foreign.db");
    let options = SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE notes (text TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(&foreign).unwrap();
    assert!(matches!(inspect(&foreign, Depth::Quick).await, Err(StorageError::Foreign { .. })));
    assert!(matches!(Alone::open(&foreign).await, Err(StorageError::Foreign { .. })));
    assert!(matches!(ctm_storage::copy(&foreign, &missing).await, Err(StorageError::Foreign { .. })));
    assert_eq!(fs::read(&foreign).unwrap(), before);

    let database = filled().await;
    database
        .number(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99991231235959, 'later', TRUE, x'00', 0) RETURNING 1",
        )
        .await;
    let error = inspect(database.store.path(), Depth::Quick).await.unwrap_err();
    assert!(matches!(error, StorageError::Newer { version: 99_991_231_235_959, .. }), "{error:?}");
}

#[tokio::test]
async fn a_copy_is_whole_while_others_write() {
    let mut database = filled().await;
    let target = database.dir().join("copy.db");
    ctm_storage::copy(database.store.path(), &target).await.unwrap();
    database.writer.apply(&[batch("t", 30, vec![copy("b", "t", 0, 2)])]).await.unwrap();
    let copied = Store::open(&target, &[]).await.unwrap();
    assert_eq!((copied.data_version().await.unwrap(), known(&copied).await.len()), (1, 1));
    // An existing file is not overwritten.
    let error = ctm_storage::copy(database.store.path(), &target).await.unwrap_err();
    assert!(error.to_string().contains("copy.db"), "{error}");
}

#[tokio::test]
async fn exclusive_access_requires_no_other_process() {
    let database = filled().await;
    let path = database.store.path().to_owned();
    let error = Alone::open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::InUse { .. }), "{error:?}");
    database.store.close().await;
    database.writer.close().await.unwrap();
    let mut alone = Alone::open(&path).await.unwrap();
    alone.vacuum().await.unwrap();
    alone.close().await.unwrap();
    assert!(!path.with_extension("db-wal").exists());
    let store = Store::open(&path, &[]).await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 1);
}

#[tokio::test]
async fn reading_again_does_not_change_facts() {
    let mut database = filled().await;
    let gone = batch("gone", 30, vec![copy("b", "gone", 0, 9)]);
    database.writer.apply(std::slice::from_ref(&gone)).await.unwrap();
    database.writer.mark(&[crate::support::gone(gone.file.clone())]).await.unwrap();
    let before = (database.totals().await, database.store.line_totals().await.unwrap());
    let identities = |files: Vec<ctm_facts::KnownFile>| -> Vec<_> {
        files.into_iter().map(|file| file.identity).collect()
    };
    let before_forgetting = identities(database.known().await);
    database.writer.forget_checkpoints().await.unwrap();
    assert_eq!(database.totals().await, before.0);
    let forgotten = identities(database.known().await);
    assert!(before_forgetting.iter().zip(&forgotten).all(|(known, forgotten)| known != forgotten));
    database
        .writer
        .apply(&[batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5)])])
        .await
        .unwrap();
    database.writer.settle().await.unwrap();
    assert_eq!((database.totals().await, database.store.line_totals().await.unwrap()), before);
}
