//! Databases of before the first release, converted to the schema of today.
//!
//! # Design
//!
//! Facts outlive their transcripts, so no database of an earlier build is discarded. Two pre-release schemas
//! are converted when a database is opened; they are recognised by their version. The conversion is one
//! transaction of the database itself: the old tables are renamed, the baseline creates its tables, rows are
//! copied column by column, and the renamed tables are dropped. A crash leaves the database unchanged, and
//! another process waits for the lock. A new file next to it was rejected, because a program with the open
//! database would continue to write into the old one.
//!
//! Facts that a former schema did not store are not invented: a later migration has all existing transcripts read
//! again; other facts are unchanged.

use crate::schema::{EARLIER, Owner, baseline, is_converted, is_former, owner, version};
use ctm_facts::hash_of;
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Tx, all, column, execute, one, script, values};
use ctm_types::ResponseKey;
use ctm_types::response::Identity;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};
use std::path::Path;

/// Converts the earlier schema into the last one.
const EARLIER_TO_LAST: &str = include_str!("sql/convert/20261125000000.sql");

/// Converts a database of an earlier version, if it is one. References must be unchecked on the connection.
pub(crate) async fn convert(connection: &mut SqliteConnection, path: &Path) -> Result<(), StorageError> {
    // A new file has no list of migrations yet.
    if owner(connection).await.at(path)? != Owner::Us || !is_former(version(connection).await.at(path)?) {
        return Ok(());
    }
    let mut tx = Tx::from(connection.begin_with("BEGIN IMMEDIATE").await.at(path)?);
    // Another process may have converted it meanwhile.
    let version = version(&mut tx).await.at(path)?;
    if !is_former(version) {
        return tx.rollback().await.at(path);
    }
    if !is_converted(version) || is_unfinished(&mut tx).await.at(path)? {
        return Err(StorageError::TooOld { path: path.to_owned(), version });
    }
    if version == EARLIER {
        script(&mut tx, EARLIER_TO_LAST).await.at(path)?;
    }
    // The baseline has the tables of the last schema, so that any other one is not from here.
    if let Some(table) = replace_tables(&mut tx).await.at(path)? {
        return Err(StorageError::Altered { path: path.to_owned(), object: format!("table `{table}`") });
    }
    tx.commit().await.at(path)
}

/// Returns whether the version that wrote the database was killed before it had hashed all ids.
async fn is_unfinished(tx: &mut Tx<'_>) -> sqlx::Result<bool> {
    const UNFINISHED: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'tool_call_with_text')
             OR EXISTS (SELECT 1 FROM event WHERE key_hash = 0)";
    let (unfinished,) = one(tx, UNFINISHED, values![]).await?;
    Ok(unfinished)
}

/// Replaces the tables of the last schema with those of the baseline, keeping the rows. Returns a table that
/// the baseline lacks, if there is one, and then stops.
async fn replace_tables(tx: &mut Tx<'_>) -> sqlx::Result<Option<String>> {
    const MIGRATED: &str =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (?1, ?2, TRUE, ?3, 0)";
    // Index names are unique in a database, and a renamed table keeps its indexes.
    for index in names(tx, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").await? {
        compose(tx, format!("DROP INDEX \"{index}\"")).await?;
    }
    let former = names(tx, TABLES).await?;
    for table in &former {
        compose(tx, format!("ALTER TABLE \"{table}\" RENAME TO \"former_{table}\"")).await?;
    }
    script(tx, baseline().sql.clone()).await?;
    let mut made = names(tx, TABLES).await?;
    made.retain(|table| former.iter().all(|former| *table != format!("former_{former}")));
    if let Some(other) = former.iter().find(|table| !made.contains(table)) {
        return Ok(Some(other.clone()));
    }
    for table in &former {
        copy_rows(tx, table).await?;
    }
    for table in &former {
        compose(tx, format!("DROP TABLE \"former_{table}\"")).await?;
    }
    rename_keys(tx).await?;
    execute(tx, "DELETE FROM _sqlx_migrations", values![]).await?;
    let baseline = values![baseline().version, &*baseline().description, &*baseline().checksum];
    execute(tx, MIGRATED, baseline).await?;
    Ok(None)
}

/// The tables of a schema, without what SQLite and the list of migrations need.
const TABLES: &str = "SELECT name FROM sqlite_schema
     WHERE type = 'table' AND name <> '_sqlx_migrations' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name";

/// Copies the rows of a table with the columns that both schemas have, and with the additional values of the
/// new one.
async fn copy_rows(tx: &mut Tx<'_>, table: &str) -> sqlx::Result<()> {
    const COLUMNS: &str =
        "SELECT name FROM pragma_table_info(?1) WHERE name IN (SELECT name FROM pragma_table_info(?2))";
    let columns: Vec<String> = column(tx, COLUMNS, values![table, format!("former_{table}")]).await?;
    let values: Vec<String> = columns.iter().map(|column| value_of(table, column)).collect();
    // A number that a row had is not given to another one, even if the row is gone.
    compose(
        tx,
        format!(
            "INSERT INTO sqlite_sequence (name, seq)
             SELECT '{table}', seq FROM sqlite_sequence WHERE name = 'former_{table}'"
        ),
    )
    .await?;
    let [columns, values] = [columns, values].map(|names| names.join(", "));
    compose(
        tx,
        format!("INSERT OR REPLACE INTO {table} ({columns}) SELECT {values} FROM former_{table} AS former"),
    )
    .await
}

/// Returns the expression for the value of a column that both schemas have.
fn value_of(table: &str, column: &str) -> String {
    match (table, column) {
        // Early rows do not store whether their file is named after their session: it is if it has the name
        // of a session.
        ("superseded", "in_own_file") => "coalesce(in_own_file, (
                 SELECT EXISTS (
                     SELECT 1 FROM session
                     WHERE uuid || '.jsonl' = replace(path, rtrim(path, replace(path, '/', '')), ''))
                 FROM former_source_file AS file WHERE file.id = former.file_id))"
            .to_owned(),
        _ => column.to_owned(),
    }
}

/// Gives responses that are known by nothing but their line the key that the line has now, without the path of the home.
/// If two homes have the same line, the second one keeps its key, as both were counted.
async fn rename_keys(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const KNOWN_BY_LINE: &str = "SELECT DISTINCT key, path, origin_offset_bytes
         FROM event JOIN source_file ON source_file.id = origin_file_id
         WHERE key LIKE 'at:%' ORDER BY event.id";
    const RENAME: &str = "UPDATE event SET key = ?3, key_hash = ?4 WHERE key_hash = ?1 AND key = ?2
         AND NOT EXISTS (SELECT 1 FROM event AS other WHERE other.key_hash = ?4 AND other.key = ?3
                                                        AND other.part = event.part)";
    let rows: Vec<(String, String, i64)> = all(tx, KNOWN_BY_LINE, values![]).await?;
    for (key, path, offset_bytes) in rows {
        let locus = (&*path, offset_bytes.cast_unsigned());
        let renamed = ResponseKey::of(&Identity { locus, ..Identity::default() });
        let renamed = renamed.as_str();
        execute(tx, RENAME, values![hash_of(&key), key, renamed, hash_of(renamed)]).await?;
    }
    Ok(())
}

async fn names(tx: &mut Tx<'_>, select: &'static str) -> sqlx::Result<Vec<String>> {
    column(tx, select, values![]).await
}

/// Executes a statement composed of names of the schema.
async fn compose(tx: &mut Tx<'_>, statement: String) -> sqlx::Result<()> {
    execute(tx, AssertSqlSafe(statement), values![]).await.map(drop)
}
