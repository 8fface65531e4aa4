//! Comparison of a backup with a database.
//!
//! Both are opened by SQLite alone, also while this process has the database open: see `ctm_sqlite::place`.

use crate::connect::{BUSY_TIMEOUT, plain};
use crate::schema;
use ctm_facts::{Comparison, Missing};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{execute, one, values};
use ctm_types::EpochMs;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::path::Path;

/// Compares the responses of a backup with those of a database, by their keys.
///
/// # Errors
///
/// Fails with [`StorageError::Older`] when one of them does not have the newest schema, and when one cannot be
/// read.
pub async fn compare(backup: &Path, database: &Path) -> Result<Comparison, StorageError> {
    let only_in_database = missing(database, backup).await?;
    Ok(Comparison { only_in_backup: missing(backup, database).await?, only_in_database })
}

/// Returns the responses of a database that another one does not contain.
async fn missing(of: &Path, other: &Path) -> Result<Missing, StorageError> {
    let options = plain(of).read_only(true).busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await.at(of)?;
    let counted = count(&mut connection, of, other).await;
    let closed = connection.close().await.at(of);
    let missing = counted?;
    closed.map(|()| missing)
}

async fn count(connection: &mut SqliteConnection, of: &Path, other: &Path) -> Result<Missing, StorageError> {
    const MISSING: &str = include_str!("sql/compare/missing.sql");
    let version = schema::check_ours(connection, of).await?;
    if version != schema::newest_version() {
        return Err(StorageError::Older { path: of.to_owned(), version });
    }
    let attached = other.to_string_lossy().into_owned();
    execute(connection, "ATTACH ?1 AS other", values![attached]).await.at(other)?;
    let row: (i64, i64, i64, Option<i64>, Option<i64>) = one(connection, MISSING, values![]).await.at(of)?;
    let (responses, tokens, days, first_ms, last_ms) = row;
    Ok(Missing {
        responses: responses.unsigned_abs(),
        tokens: tokens.unsigned_abs(),
        days: days.unsigned_abs(),
        first_ms: first_ms.map(EpochMs),
        last_ms: last_ms.map(EpochMs),
    })
}
