//! Databases of before the first release, as their own builds wrote them (`testdata/databases`).

use ctm_facts::{Depth, UsageFilter};
use ctm_storage::{StorageError, Store, inspect};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const EARLIER: &str = include_str!("../../../../testdata/databases/20261125000000.sql");
const LAST: &str = include_str!("../../../../testdata/databases/20261127090000.sql");

/// The rows of each table, as JSON lists by column names.
type Rows = BTreeMap<String, Vec<String>>;

/// Makes a database in a folder of its own from a dump and more statements.
async fn database(dump: &str, more: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ctm.db");
    let mut connection = connect(&path).await;
    for statements in [dump, more] {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    (dir, path)
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn texts(connection: &mut SqliteConnection, statement: String) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(connection).await.unwrap()
}

async fn columns(connection: &mut SqliteConnection, table: &str) -> Vec<String> {
    texts(connection, format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name")).await
}

/// Returns all rows with the columns of each table, or of `only`.
async fn rows(
    path: &Path,
    only: Option<&BTreeMap<String, Vec<String>>>,
) -> (BTreeMap<String, Vec<String>>, Rows) {
    let mut connection = connect(path).await;
    let mut all = Rows::new();
    let mut shapes = BTreeMap::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('_sqlx_migrations', 'sqlite_sequence')";
    for table in texts(&mut connection, tables.to_owned()).await {
        let mut shape = columns(&mut connection, &table).await;
        if let Some(only) = only {
            let wanted = only.get(&table).map(Vec::as_slice).unwrap_or_default();
            shape.retain(|column| wanted.contains(column));
        }
        let values: Vec<String> = shape
            .iter()
            .map(|column| format!("'{column}', iif(typeof({column}) = 'blob', hex({column}), {column})"))
            .collect();
        let select = format!("SELECT json_object({}) FROM {table} ORDER BY 1", values.join(", "));
        all.insert(table.clone(), texts(&mut connection, select).await);
        shapes.insert(table, shape);
    }
    connection.close().await.unwrap();
    (shapes, all)
}

/// Intended changes of a conversion: transcripts of several homes are read again, and keys no longer contain
/// the path of the home.
const CHANGED: &str = "UPDATE source_file SET device = 0, inode = 0; DELETE FROM event WHERE key LIKE 'at:%'";

async fn execute(path: &Path, statements: &str) {
    let mut connection = connect(path).await;
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Compares the rows that a database had with those after it was opened, by the columns that both have.
async fn check_kept(dump: &str) {
    let (_dir, path) = database(dump, "").await;
    let (_other, compared) = database(dump, CHANGED).await;
    Store::open(&path, &[]).await.unwrap().close().await;
    // It equals a newly created one.
    let inspection = inspect(&path, Depth::Thorough).await.unwrap();
    assert_eq!(inspection.problems, Vec::<String>::new());
    execute(&path, CHANGED).await;
    let (shapes, _) = rows(&path, None).await;
    let (shared, before) = rows(&compared, Some(&shapes)).await;
    let (_, after) = rows(&path, Some(&shared)).await;
    let facts = |rows: &Rows| {
        rows.iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, _)| table.clone()).collect::<Vec<_>>()
    };
    assert!(facts(&before).len() > 20, "{:?}", facts(&before));
    for (table, rows) in before.iter().filter(|(table, _)| after.contains_key(*table)) {
        assert_eq!(&after[table], rows, "{table}");
    }
    let gone: Vec<_> =
        before.iter().filter(|(table, rows)| !after.contains_key(*table) && !rows.is_empty()).collect();
    assert!(gone.iter().all(|(table, _)| *table == "embedded_response"), "{gone:?}");
    let mut connection = connect(&path).await;
    let prefixed =
        texts(&mut connection, "SELECT name FROM sqlite_schema WHERE name LIKE 'former%'".to_owned()).await;
    assert_eq!(prefixed, Vec::<String>::new());
}

#[tokio::test]
async fn both_schemas_are_converted_with_all_rows() {
    check_kept(LAST).await;
    check_kept(EARLIER).await;
}

#[tokio::test]
async fn transcripts_are_read_again_because_a_former_schema_lacks_facts() {
    let one_home = "UPDATE source_file SET home_id = 1, path = path || id; DELETE FROM home WHERE id > 1";
    for (dump, more) in [(LAST, ""), (LAST, one_home), (EARLIER, one_home)] {
        let (_dir, path) = database(dump, more).await;
        Store::open(&path, &[]).await.unwrap().close().await;
        let read_on = "SELECT path FROM source_file WHERE device <> -1 OR inode <> -1".to_owned();
        assert_eq!(texts(&mut connect(&path).await, read_on).await, Vec::<String>::new(), "{more}");
    }
}

#[tokio::test]
async fn keys_of_lines_lose_the_path_of_the_home() {
    for dump in [EARLIER, LAST] {
        let (_dir, path) = database(dump, "").await;
        Store::open(&path, &[]).await.unwrap().close().await;
        let keys = "SELECT key FROM event WHERE key LIKE 'at:%' ORDER BY key".to_owned();
        let keys = texts(&mut connect(&path).await, keys).await;
        let of_deleted = "at:projects/-home-u-gone/eeeeeeee-0000-4000-8000-000000000001.jsonl|";
        assert!(keys.len() == 2 && keys[0].starts_with(of_deleted), "{keys:?}");
        let store = Store::open(&path, &[]).await.unwrap();
        assert!(store.response(&keys[0]).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_missing_file_owner_is_derived_from_the_name() {
    for dump in [EARLIER, LAST] {
        let (_dir, path) = database(dump, "").await;
        let select =
            "SELECT json_array(event_id, file_id, offset_bytes, in_own_file) FROM superseded ORDER BY 1";
        let before = texts(&mut connect(&path).await, select.to_owned()).await;
        assert!(before.iter().any(|row| row.ends_with(",1]")), "{before:?}");
        let (_dir, path) = database(dump, "UPDATE superseded SET in_own_file = NULL").await;
        Store::open(&path, &[]).await.unwrap().close().await;
        assert_eq!(texts(&mut connect(&path).await, select.to_owned()).await, before);
    }
}

#[tokio::test]
async fn numbers_of_deleted_rows_are_not_given_again() {
    let (_dir, path) =
        database(LAST, "DELETE FROM snapshot; UPDATE sqlite_sequence SET seq = 70 WHERE name = 'snapshot'")
            .await;
    Store::open(&path, &[]).await.unwrap().close().await;
    let kept = texts(
        &mut connect(&path).await,
        "SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY name".to_owned(),
    )
    .await;
    assert_eq!(kept, ["forgetting 1", "snapshot 70"]);
}

#[tokio::test]
async fn a_conversion_that_fails_changes_nothing() {
    for (dump, table) in [(EARLIER, "former_home"), (LAST, "notes")] {
        let (_dir, path) =
            database(dump, &format!("CREATE TABLE {table} (text TEXT); INSERT INTO {table} VALUES ('mine')"))
                .await;
        let before = rows(&path, None).await;
        let error = Store::open(&path, &[]).await.unwrap_err();
        assert!(matches!(error, StorageError::Altered { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("table `{table}`")), "{error}");
        assert!(rows(&path, None).await == before, "{table}");
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE {table}")))
            .execute(&mut connect(&path).await)
            .await
            .unwrap();
        let store = Store::open(&path, &[]).await.unwrap();
        assert!(!store.usage(&UsageFilter::default()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn other_schemas_of_before_the_first_release_are_refused_and_left() {
    let between = "DELETE FROM _sqlx_migrations WHERE version = 20261127090000";
    let first = "DELETE FROM _sqlx_migrations WHERE version > 20261122000000";
    let unhashed = "UPDATE event SET key_hash = 0 WHERE id = 1";
    for more in [between, first, unhashed] {
        let (_dir, path) = database(LAST, more).await;
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path, &[]).await.unwrap_err();
        assert!(matches!(error, StorageError::TooOld { .. }), "{more}: {error:?}");
        if more != unhashed {
            let error = Store::open_to_read(&path, &[]).await.unwrap_err();
            assert!(matches!(error, StorageError::TooOld { .. }), "{more}: {error:?}");
            // Not even the mode of its journal.
            assert!(fs::read(&path).unwrap() == before, "{more}");
        }
    }
}

#[tokio::test]
async fn a_reader_does_not_convert() {
    for dump in [EARLIER, LAST] {
        let (_dir, path) = database(dump, "").await;
        let before = fs::read(&path).unwrap();
        let error = Store::open_to_read(&path, &[]).await.unwrap_err();
        assert!(matches!(error, StorageError::Older { .. }), "{error:?}");
        assert!(fs::read(&path).unwrap() == before);
    }
}

#[tokio::test]
async fn two_processes_that_open_it_at_once_convert_it_once() {
    let (_dir, path) = database(EARLIER, "").await;
    let open = || {
        let path = path.clone();
        tokio::spawn(async move { Store::open(&path, &[]).await.map(|_| ()) })
    };
    let opened = [open(), open(), open()];
    for opened in opened {
        opened.await.unwrap().unwrap();
    }
    assert_eq!(inspect(&path, Depth::Thorough).await.unwrap().problems, Vec::<String>::new());
}
