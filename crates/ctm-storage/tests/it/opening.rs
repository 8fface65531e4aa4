use crate::support::{Database, batch, call, copy, known, totals};
use ctm_storage::{StorageError, Store, UsageFilter};
use ctm_types::{Prompt, ToolError};
use sqlx::Connection;
use sqlx::migrate::Migrator;
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
async fn a_database_says_whose_it_is() {
    let database = Database::new().await;
    assert_eq!(database.number("SELECT application_id FROM pragma_application_id").await, 0x6374_6D64);
    let copied = database.dir().join("copy.db");
    ctm_storage::copy(database.store.path(), &copied).await.unwrap();
    assert_eq!(Store::open_to_read(&copied, &[]).await.unwrap().data_version().await.unwrap(), 0);
}

#[tokio::test]
async fn what_changes_statements_is_refused() {
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
    // One of an older version would have to be changed.
    database.number("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations) RETURNING 1").await;
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
        let inspected = ctm_storage::inspect(&path, ctm_storage::Depth::Quick).await.unwrap_err();
        for error in [opened, inspected] {
            assert!(matches!(error, StorageError::Open { .. }), "{error:?}");
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
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

/// A database as the first version left it: response `a` with three copies, one of them in a file
/// of another home, and two parts; response `b` by a subagent.
const FIRST_VERSION: &str = "
    INSERT INTO session (id, uuid) VALUES (1, 's'), (2, 't');
    INSERT INTO project (id, path) VALUES (1, '/p');
    INSERT INTO agent (id, name, kind) VALUES (1, 'x', 'Explore');
    INSERT INTO term (id, text) VALUES (1, 'main'), (2, 'Read');
    INSERT INTO billing (id, model, speed, service_tier, inference_geo) VALUES (1, 'm', '', '', ''), (2, 'n', '', '', '');
    INSERT INTO source_file (id, root, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash, tail_hash,
                             lines, copies, gone)
    VALUES (1, '/r', 'projects/-p/s.jsonl', 1, 1, 30, 1, 30, 0, 0, 3, 3, 0),
           (2, '/q', 'projects/-p/s.jsonl', 1, 2, 10, 1, 10, 0, 0, 1, 1, 1);
    INSERT INTO event (id, key, part, at_ms, session_id, project_id, branch_id, version_id, agent_id, sidechain,
                       origin_file_id, origin_offset_bytes, billing_id, input, output, cache_read, cache_write_5m,
                       cache_write_1h, web_searches, ttl_assumed, final, winner_file_id, winner_offset_bytes,
                       winner_output, winner_sidechain, winner_in_own_file)
    VALUES (1, 'a', 0, 86400000, 1, 1, 1, NULL, NULL, 0, 1, 0, 1, 1, 20, 0, 0, 0, 0, 0, 1, 1, 10, 20, 0, 1),
           (3, 'a', 1, 86400000, 1, 1, 1, NULL, NULL, 0, 1, 0, 2, 2, 5, 0, 0, 0, 0, 0, 1, 1, 10, 20, 0, 1),
           (2, 'b', 0, 86500000, 2, 1, NULL, NULL, 1, 1, 1, 20, 1, 4, 7, 0, 0, 0, 1, 0, 0, 1, 20, 7, 1, 0);
    INSERT INTO copy (file_id, offset_bytes, event_id, at_ms, final, sidechain, input, output, cache_read, cache_write_5m,
                      cache_write_1h)
    VALUES (1, 0, 1, 86400000, 0, 0, 1, 2, 0, 0, 0), (1, 10, 1, 86400900, 1, 0, 3, 25, 0, 0, 0),
           (1, 20, 2, 86500000, 0, 1, 4, 7, 0, 0, 0), (2, 0, 1, 86400000, 0, 0, 1, 2, 0, 0, 0);
    INSERT INTO tool_call (event_id, id, tool_id) VALUES (1, 'toolu_1', 2), (2, 'toolu_2', 2);
    INSERT INTO tool_error (id) VALUES ('toolu_2');
    INSERT INTO prompt (uuid, session_id, at_ms, file_id) VALUES ('u1', 1, 86400000, 1), ('u2', 1, 86400001, 1);
    INSERT INTO embedded_response (key) VALUES ('a'), ('z');
    UPDATE state SET data_version = 7;
";

#[tokio::test]
async fn a_database_of_the_first_version_keeps_all_it_knows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    let first = "20261122000000_usage_facts.sql";
    let migrations = dir.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    fs::copy(all.join(first), migrations.join(first)).unwrap();
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    Migrator::new(migrations).await.unwrap().run(&mut connection).await.unwrap();
    sqlx::raw_sql(FIRST_VERSION).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let store = Store::open(&path, &[]).await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 7);
    let files = known(&store).await;
    let files: Vec<_> = files.iter().map(|file| (file.path.full(), file.gone)).collect();
    let path = |root: &str| format!("{root}/projects/-p/s.jsonl");
    assert_eq!(files, [(path("/r"), false), (path("/q"), true)]);
    let check = async || {
        let rows = store.usage(&UsageFilter::default()).await.unwrap();
        let (responses, [input, output, ..]) = totals(&rows);
        assert_eq!((responses, input, output), (2, 7, 32));
        let homes = store.home_names().await.unwrap();
        assert!(homes.len() == 2 && rows.iter().all(|row| homes[&row.home] == "/r"));
        let details = store.session_details(&["s", "t"]).await.unwrap();
        assert_eq!((details[0].branch.as_deref(), details[0].tool_calls), (Some("main"), 1));
        assert_eq!((details[0].prompts, details[0].tool_errors), (2, 0));
        assert_eq!((details[1].subagents, details[1].tool_calls, details[1].tool_errors), (1, 1, 1));
        let tools = store.tool_usage(&UsageFilter::default()).await.unwrap();
        assert_eq!((tools[0].tool.as_str(), tools[0].calls, tools[0].errors), ("Read", 2, 1));
    };
    check().await;
    let mut writer = store.writer().await.unwrap();
    writer.settle().await.unwrap();
    check().await;

    // A copy that was there before changes nothing, one that outranks the winner replaces both parts.
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let mut number = async |statement: &'static str| {
        sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut connection).await.unwrap()
    };
    assert_eq!(number("SELECT count(*) FROM superseded WHERE event_id = 1").await, 2);
    assert_eq!(number("SELECT at_ms + winner_after_ms FROM event WHERE id = 1").await, 86_400_900);
    assert_eq!(number("SELECT output + winner_more_output FROM event WHERE id = 3").await, 20);
    assert_eq!(number("SELECT count(*) FROM event WHERE key_hash <> 0").await, 3);
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
    // Each file is read again, once: what was left out of it may count now.
    assert_eq!(number("SELECT count(*) FROM source_file WHERE device = -1 AND inode = -1").await, 2);
    let mut better = copy("a", "s", 40, 90);
    better.snapshot.is_final = true;
    // What was known by its text is known by its hash.
    better.tool_calls = vec![call("toolu_1", "Read")];
    let mut better = batch("s", 50, vec![better]);
    better.prompts = vec![Prompt { uuid: "u1".to_owned(), session: "s".to_owned(), at_ms: 86_400_000 }];
    better.tool_errors = vec![ToolError { id: "toolu_2".to_owned() }];
    writer.apply(&[better]).await.unwrap();
    assert_eq!(number("SELECT count(*) FROM tool_call").await, 2);
    assert_eq!(number("SELECT count(*) FROM prompt").await, 2);
    assert_eq!(number("SELECT count(*) FROM tool_error").await, 1);
    let rows = store.usage(&UsageFilter::default()).await.unwrap();
    assert_eq!((totals(&rows).0, totals(&rows).1[1]), (2, 97));
    assert_eq!(number("SELECT count(*) FROM superseded WHERE event_id = 1").await, 3);
}
