use crate::support::{Database, batch, copy};
use ctm_storage::{StorageError, Store};
use std::fs;

#[tokio::test]
async fn facts_are_there_after_closing_and_opening() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    let path = database.store.path().to_owned();
    database.store.close().await;
    database.writer.close().await.unwrap();
    assert!(fs::metadata(path.with_extension("db-wal")).map_or(0, |wal| wal.len()) == 0);
    let store = Store::open(&path, &[]).await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 1);
    assert_eq!(store.known_files().await.unwrap().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn folders_are_made_and_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/deeper/ctm.db");
    Store::open(&path, &[]).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn what_is_no_database_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    fs::write(&path, "this is a letter to a friend, and no database at all").unwrap();
    let error = Store::open(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("ctm.db"), "{error}");
    assert_eq!(fs::read(&path).unwrap().len(), 52);
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for path in [dir.path().join("file/ctm.db"), dir.path().to_owned()] {
        let error = Store::open(&path, &[]).await.unwrap_err();
        assert!(matches!(error, StorageError::Open { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let database = Database::new().await;
    database
        .number(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99991231235959, 'later', TRUE, x'00', 0) RETURNING 1",
        )
        .await;
    let error = Store::open(database.store.path(), &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Schema { .. }), "{error:?}");
    assert!(database.dir().exists());
}
