//! A database that is moved, deleted or replaced while it is open.

use crate::support::{Database, batch, copy, execute, totals};
use ctm_facts::{Depth, UsageFilter};
use ctm_storage::{StorageError, Store, inspect};
use std::fs;
use std::path::{Path, PathBuf};

/// A database with one response in it, whose log holds it still.
async fn filled() -> Database {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    assert!(log(database.store.path()).metadata().unwrap().len() > 0);
    database
}

/// Another database, closed, with three responses.
async fn other(database: &Database) -> PathBuf {
    let path = database.dir().join("other.db");
    let store = Store::open(&path, &[]).await.unwrap();
    let mut writer = store.writer();
    let copies = ["x", "y", "z"].map(|key| copy(key, "t", 0, 1)).to_vec();
    writer.apply(&[batch("t", 30, copies)]).await.unwrap();
    store.close().await;
    writer.close().await.unwrap();
    path
}

fn log(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

async fn check_sound(path: &Path, responses: u64) {
    let found = inspect(path, Depth::Thorough).await.unwrap();
    assert_eq!((found.responses, found.problems), (responses, Vec::new()), "{}", path.display());
}

/// Checks that neither questions nor writes reach a file that is not at the path.
async fn check_refused(database: &mut Database) {
    assert!(database.store.is_moved());
    let error = database.store.usage(&UsageFilter::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::Moved { .. }), "{error:?}");
    let next = [batch("u", 30, vec![copy("b", "u", 0, 2)])];
    let error = database.writer.apply(&next).await.unwrap_err();
    assert!(matches!(error, StorageError::Moved { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_takes_the_place_is_read_and_written_instead() {
    let mut database = filled().await;
    let path = database.store.path().to_owned();
    let version = database.store.data_version().await.unwrap();
    fs::rename(other(&database).await, &path).unwrap();
    check_refused(&mut database).await;
    database.writer.reopen().await.unwrap();
    assert!(!database.store.is_moved());
    assert_eq!(database.totals().await.0, 3);
    assert!(database.store.data_version().await.unwrap() > version);
    database.writer.apply(&[batch("u", 30, vec![copy("b", "u", 0, 2)])]).await.unwrap();
    assert_eq!(database.totals().await.0, 4);
    database.store.close().await;
    database.writer.close().await.unwrap();
    check_sound(&path, 4).await;
}

#[tokio::test]
async fn a_database_that_takes_the_place_before_closing_is_unchanged() {
    let database = filled().await;
    let path = database.store.path().to_owned();
    let other = other(&database).await;
    let before = fs::read(&other).unwrap();
    fs::rename(other, &path).unwrap();
    database.store.close().await;
    database.writer.close().await.unwrap();
    assert!(!log(&path).exists() && fs::read(&path).unwrap() == before);
    check_sound(&path, 3).await;
}

#[tokio::test]
async fn a_database_that_is_moved_away_takes_its_log_along() {
    let mut database = filled().await;
    let (path, away) = (database.store.path().to_owned(), database.dir().join("away.db"));
    fs::rename(&path, &away).unwrap();
    check_refused(&mut database).await;
    database.writer.reopen().await.unwrap();
    assert_eq!(database.totals().await.0, 0);
    check_sound(&away, 1).await;
    check_sound(&path, 0).await;
}

#[tokio::test]
async fn a_database_that_reappears_is_used_again() {
    let mut database = filled().await;
    let (path, away) = (database.store.path().to_owned(), database.dir().join("away.db"));
    fs::rename(&path, &away).unwrap();
    check_refused(&mut database).await;
    fs::rename(&away, &path).unwrap();
    // It is left at once, and its log may be another program's by now.
    check_refused(&mut database).await;
    let other = Store::open(&path, &[]).await.unwrap();
    let mut writer = other.writer();
    writer.apply(&[batch("t", 30, vec![copy("b", "t", 0, 2)])]).await.unwrap();
    database.writer.reopen().await.unwrap();
    assert!(log(&path).exists());
    assert_eq!(database.totals().await.0, 2);
    check_sound(&path, 2).await;
}

#[tokio::test]
async fn a_deleted_database_is_created_again() {
    for with_log in [true, false] {
        let mut database = filled().await;
        let path = database.store.path().to_owned();
        let version = database.store.data_version().await.unwrap();
        fs::remove_file(&path).unwrap();
        if with_log {
            fs::remove_file(log(&path)).unwrap();
            fs::remove_file(path.with_extension("db-shm")).unwrap();
        }
        check_refused(&mut database).await;
        database.writer.reopen().await.unwrap();
        assert!(database.store.data_version().await.unwrap() > version);
        database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
        assert_eq!(database.totals().await.0, 1);
        check_sound(&path, 1).await;
    }
}

#[tokio::test]
async fn the_log_of_the_new_database_stays() {
    let mut database = filled().await;
    let path = database.store.path().to_owned();
    // Both files of a database that is open elsewhere: a copy of the one here, before it is closed.
    let copied = database.dir().join("copied.db");
    fs::copy(&path, &copied).unwrap();
    fs::copy(log(&path), log(&copied)).unwrap();
    fs::rename(&copied, &path).unwrap();
    fs::rename(log(&copied), log(&path)).unwrap();
    fs::remove_file(path.with_extension("db-shm")).unwrap();
    database.writer.reopen().await.unwrap();
    assert_eq!(database.totals().await.0, 1);
}

#[tokio::test]
async fn a_foreign_database_in_the_place_is_unchanged() {
    let mut database = filled().await;
    let path = database.store.path().to_owned();
    let foreign = database.dir().join("foreign.db");
    execute(&foreign, "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')").await;
    let before = fs::read(&foreign).unwrap();
    fs::rename(&foreign, &path).unwrap();
    for _ in 0..2 {
        let error = database.writer.reopen().await.unwrap_err();
        assert!(matches!(error, StorageError::Foreign { .. }), "{error:?}");
        check_refused(&mut database).await;
    }
    let opened = Store::open(&path, &[]).await.unwrap_err();
    assert!(matches!(opened, StorageError::Foreign { .. }), "{opened:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::remove_file(&path).unwrap();
    database.writer.reopen().await.unwrap();
    assert_eq!(totals(&database.usage().await).0, 0);
    check_sound(&path, 0).await;
}

#[tokio::test]
async fn an_empty_file_is_a_database_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    fs::write(&path, "").unwrap();
    Store::open(&path, &[]).await.unwrap();
    // So is one in which the first migration was not done.
    let begun = dir.path().join("begun.db");
    execute(
        &begun,
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
             execution_time BIGINT NOT NULL)",
    )
    .await;
    Store::open(&begun, &[]).await.unwrap();
}
