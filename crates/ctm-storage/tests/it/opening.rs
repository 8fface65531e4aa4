use crate::support::{Database, batch, copy, known, totals};
use ctm_facts::UsageFilter;
use ctm_storage::{StorageError, Store};
use ctm_types::printable::with_causes;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::fs;
use std::path::Path;

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
    assert_eq!(known(&store).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_database_is_created_by_several_processes_at_once() {
    for _ in 0..40 {
        let dir = tempfile::tempdir().unwrap();
        let open = |_| {
            let path = dir.path().join("ctm.db");
            tokio::spawn(async move { Store::open(&path, &[]).await.map(drop) })
        };
        let opened: Vec<_> = (0..4).map(open).collect();
        for opened in opened {
            opened.await.unwrap().unwrap();
        }
    }
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
async fn an_invalid_database_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    fs::write(&path, "this is a letter to a friend, and no database at all").unwrap();
    let error = Store::open(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("ctm.db"), "{error}");
    assert_eq!(fs::read(&path).unwrap().len(), 52);
}

/// Makes a database of another program, closed.
async fn foreign(path: &Path, statements: &str) -> Vec<u8> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    fs::read(path).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    for statements in [
        "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')",
        "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT)",
        "CREATE VIEW notes AS SELECT 1",
        // Another program that keeps its migrations in the same way.
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT);
         INSERT INTO _sqlx_migrations VALUES (1, 'notes', NULL, 1, x'00', 1); CREATE TABLE event (id INTEGER)",
        "CREATE TABLE event (id INTEGER); CREATE TABLE state (id INTEGER)",
        "PRAGMA application_id = 1234",
        "PRAGMA user_version = 3",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.sqlite");
        let before = foreign(&path, statements).await;
        for opened in [Store::open(&path, &[]).await, Store::open_to_read(&path, &[]).await] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StorageError::Foreign { .. }), "{statements}: {error:?}");
        }
        assert!(fs::read(&path).unwrap() == before, "{statements}");
    }
    // Opening it leaves nothing beside it either.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.sqlite");
    foreign(&path, "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT)").await;
    assert!(Store::open(&path, &[]).await.is_err());
    assert_eq!(names(dir.path()), ["other.sqlite"]);
    // Its last commits may be in its log alone.
    let options = SqliteConnectOptions::new().filename(&path);
    let mut writing = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE more (text TEXT)").execute(&mut writing).await.unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path, &[]).await, Err(StorageError::Foreign { .. })));
    assert!(fs::read(&path).unwrap() == before);
}

#[tokio::test]
async fn a_file_without_tables_is_a_new_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    fs::write(&path, "").unwrap();
    assert_eq!(Store::open(&path, &[]).await.unwrap().data_version().await.unwrap(), 0);
    // As a process leaves it that was killed before the first migration, or before it was done.
    for statements in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode = WAL; CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY,
             description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
             success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    ] {
        let path = dir.path().join("killed.db");
        foreign(&path, statements).await;
        assert_eq!(Store::open(&path, &[]).await.unwrap().data_version().await.unwrap(), 0);
        fs::remove_file(&path).unwrap();
        for log in ["db-wal", "db-shm"] {
            let _ = fs::remove_file(path.with_extension(log));
        }
    }
}

#[tokio::test]
async fn a_database_has_an_application_id() {
    let database = Database::new().await;
    assert_eq!(database.number("SELECT application_id FROM pragma_application_id").await, 0x6374_6D64);
    let copied = database.dir().join("copy.db");
    ctm_storage::copy(database.store.path(), &copied).await.unwrap();
    assert_eq!(Store::open_to_read(&copied, &[]).await.unwrap().data_version().await.unwrap(), 0);
}

#[tokio::test]
async fn triggers_and_views_are_refused() {
    for (statement, object) in [
        (
            "CREATE TRIGGER more AFTER INSERT ON event BEGIN UPDATE event SET output = 0; END",
            "trigger `more`",
        ),
        ("CREATE VIEW usage AS SELECT * FROM event", "view `usage`"),
    ] {
        let database = Database::new().await;
        let path = database.store.path().to_owned();
        foreign(&path, statement).await;
        for opened in [Store::open(&path, &[]).await, Store::open_to_read(&path, &[]).await] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StorageError::Altered { .. }), "{error:?}");
            assert!(error.to_string().contains(object), "{error}");
        }
    }
}

#[tokio::test]
async fn a_database_is_read_without_being_changed() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    let path = database.store.path().to_owned();
    let read = Store::open_to_read(&path, &[]).await.unwrap();
    assert_eq!(totals(&read.usage(&UsageFilter::default()).await.unwrap()).0, 1);
    // It sees what others commit.
    database.writer.apply(&[batch("t", 30, vec![copy("b", "t", 0, 2)])]).await.unwrap();
    assert_eq!(totals(&read.usage(&UsageFilter::default()).await.unwrap()).0, 2);
    // A database of an older version would have to be changed.
    database.execute("DELETE FROM _sqlx_migrations WHERE version > 20261128000000").await;
    let error = Store::open_to_read(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Older { .. }), "{error:?}");
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

#[cfg(unix)]
#[tokio::test]
async fn a_device_or_a_socket_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for path in [socket, link] {
        let opened = Store::open(&path, &[]).await.unwrap_err();
        let inspected = ctm_storage::inspect(&path, ctm_facts::Depth::Quick).await.unwrap_err();
        for error in [opened, inspected] {
            assert!(matches!(error, StorageError::Open { .. }), "{error:?}");
            assert!(with_causes(&error).contains("not a regular file"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_unchanged() {
    let database = Database::new().await;
    database
        .number(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99991231235959, 'later', TRUE, x'00', 0) RETURNING 1",
        )
        .await;
    let error = Store::open(database.store.path(), &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Newer { .. }), "{error:?}");
    assert!(database.dir().exists());
}
