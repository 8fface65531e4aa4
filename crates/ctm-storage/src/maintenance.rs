//! Maintenance of a database: examination, copies, exclusive access.
//!
//! # Design
//!
//! This module migrates no schema, so that a file can be examined before it is used, and one of another
//! version is reported as such. A copy is made by SQLite itself (`VACUUM INTO`) in one read transaction: it
//! is a consistent state, even while others write, and has no log next to it. Copying the bytes was rejected:
//! without the write-ahead log they are not a consistent state.
//!
//! Every process with an open database in WAL mode holds a shared lock on it, from its first statement on.
//! Leaving that mode requires the exclusive lock, which detects other processes.
//!
//! A database in WAL mode cannot be read in a folder where no log can be created, as on a read-only mount,
//! unless it is opened as immutable. This is only done there: elsewhere it would be wrong.

use crate::connect::plain;
use crate::loading;
use crate::schema::{self, check_ours, open_to_examine};
use crate::store::Store;
use crate::triggers;
use crate::values;
use crate::writer::Writer;
use ctm_facts::{Depth, Inspection};
use ctm_sqlite::error::{AtPath, StorageError, of};
use ctm_sqlite::sql::{Statements, Writing, all, column, execute, one, values};
use ctm_types::UtcDay;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Maximum wait for other connections to close.
const ALONE_TIMEOUT: Duration = Duration::from_millis(500);

/// Returns the version of the schema that this program uses.
#[must_use]
pub fn newest_schema_version() -> i64 {
    schema::newest_version()
}

/// Examines a database without changing it.
///
/// # Errors
///
/// Fails when the file cannot be read, is not a database of this program, or has a newer schema.
pub async fn inspect(path: &Path, depth: Depth) -> Result<Inspection, StorageError> {
    let mut connection = open_to_examine(path).await?;
    let inspected = try_inspect(&mut connection, path, depth).await;
    let closed = connection.close().await.at(path);
    let inspection = inspected?;
    closed.map(|()| inspection)
}

async fn try_inspect(
    connection: &mut SqliteConnection,
    path: &Path,
    depth: Depth,
) -> Result<Inspection, StorageError> {
    let schema_version = check_ours(connection, path).await?;
    examine(connection, schema_version, depth).await.at(path)
}

async fn examine(
    connection: &mut SqliteConnection,
    schema_version: i64,
    depth: Depth,
) -> sqlx::Result<Inspection> {
    const BROKEN: &str =
        "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY \"table\" ORDER BY \"table\"";
    let mut number = async |statement: &'static str| {
        one::<(i64,)>(connection, statement, values![]).await.map(|(number,)| number.unsigned_abs())
    };
    // A database of an older version has none.
    let can_forget = number("SELECT count(*) FROM sqlite_schema WHERE name = 'forgetting'").await? > 0;
    let page_bytes = number("SELECT page_size FROM pragma_page_size").await?;
    let mut inspection = Inspection {
        schema_version,
        data_version: number("SELECT data_version FROM state").await?,
        size_bytes: number("SELECT page_count FROM pragma_page_count").await? * page_bytes,
        free_bytes: number("SELECT freelist_count FROM pragma_freelist_count").await? * page_bytes,
        responses: number("SELECT count(*) FROM event WHERE part = 0").await?,
        transcripts: number("SELECT count(*) FROM source_file").await?,
        transcripts_gone: number("SELECT count(*) FROM source_file WHERE gone").await?,
        forgotten: match can_forget {
            true => number("SELECT coalesce(sum(responses), 0) FROM forgetting").await?,
            false => 0,
        },
        problems: Vec::new(),
    };
    let check = match depth {
        Depth::Quick => "PRAGMA quick_check(20)",
        Depth::Thorough => "PRAGMA integrity_check(20)",
    };
    let found: Vec<String> = column(connection, check, values![]).await?;
    inspection.problems.extend(found.into_iter().filter(|found| found != "ok"));
    if depth == Depth::Thorough {
        let broken: Vec<(String, i64)> = all(connection, BROKEN, values![]).await?;
        let problem = |(table, rows): &(String, i64)| format!("{rows} rows of {table} refer to nothing");
        inspection.problems.extend(broken.iter().map(problem));
        // Tables of older versions are not described here.
        if schema_version == schema::newest_version() {
            inspection.problems.extend(schema::differences(connection, schema_version).await?);
            // Without the indexes that a load leaves out, each would be looked for in all rows.
            if !loading::is_under_way(connection).await? {
                inspection.problems.extend(values::problems(connection).await?);
            }
        }
    }
    Ok(inspection)
}

/// Copies the present state of a database to a file that is empty or does not exist.
///
/// # Errors
///
/// Fails when the database cannot be read or is not one of this program, or the copy cannot be written.
pub async fn copy(from: &Path, to: &Path) -> Result<(), StorageError> {
    let mut connection = open_to_examine(from).await?;
    let copied = async {
        check_ours(&mut connection, from).await?;
        vacuum_into(&mut connection, from, to).await
    }
    .await;
    let closed = connection.close().await.at(from);
    copied?;
    closed
}

async fn vacuum_into(on: &mut impl Statements, from: &Path, to: &Path) -> Result<(), StorageError> {
    let target = to.to_string_lossy().into_owned();
    let copied = execute(on, "VACUUM INTO ?1", values![target]).await;
    copied.map(|_| ()).map_err(|source| match of(to, source) {
        StorageError::Corrupt { source, .. } => StorageError::Corrupt { path: from.to_owned(), source },
        error => error,
    })
}

/// A database that is open in no other process.
#[derive(Debug)]
pub struct Alone {
    path: PathBuf,
    connection: SqliteConnection,
}

impl Alone {
    /// Opens a database with exclusive access.
    ///
    /// # Errors
    ///
    /// Fails with [`StorageError::InUse`] when another process has it open, and when it cannot be used.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        // By the readers' rule first: no foreign file is written to.
        let mut connection = open_to_examine(path).await?;
        let ours = schema::check_owner(&mut connection, path).await;
        connection.close().await.at(path)?;
        ours?;
        let options = plain(path).busy_timeout(ALONE_TIMEOUT);
        let mut connection = SqliteConnection::connect_with(&options).await.at(path)?;
        let mode: Result<(String,), StorageError> =
            one(&mut connection, "PRAGMA journal_mode = DELETE", values![]).await.at(path);
        match mode {
            Ok((mode,)) if mode == "delete" => Ok(Self { path: path.to_owned(), connection }),
            Ok(_) | Err(StorageError::Locked { .. }) => Err(StorageError::InUse { path: path.to_owned() }),
            Err(error) => Err(error),
        }
    }

    /// Rewrites the database without unused pages (`VACUUM`).
    ///
    /// # Errors
    ///
    /// Fails when the disk is full or the database damaged; it is then as it was.
    pub async fn vacuum(&mut self) -> Result<(), StorageError> {
        execute(&mut self.connection, "VACUUM", values![]).await.at(&self.path)?;
        Ok(())
    }

    /// Closes the database; afterwards, all facts are in the one file.
    ///
    /// # Errors
    ///
    /// Fails when the database is damaged or gone.
    pub async fn close(self) -> Result<(), StorageError> {
        self.connection.close().await.at(&self.path)
    }
}

impl Store {
    /// Copies the present state to a file that is empty or does not exist. It takes one of
    /// the readers.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the copy cannot be written.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StorageError> {
        let mut reader = self.readers().acquire().await.at(&self.path)?;
        vacuum_into(&mut reader, &self.path, to).await
    }

    /// Returns the UTC days, counted from 1970-01-01, with stored sums that differ from their events.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn differing_days(&self) -> Result<BTreeSet<UtcDay>, StorageError> {
        let differing = async {
            let mut tx = self.read().await?;
            crate::days::differing(&mut tx, &self.form).await
        };
        differing.await.at(&self.path)
    }
}

impl Writer {
    /// Resets the checkpoints of transcripts and the sums of days, so that all existing transcripts are read
    /// again. All facts stay; invalid values are repaired or removed.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was forgotten.
    pub async fn forget_checkpoints(&mut self) -> Result<(), StorageError> {
        let form = Arc::clone(&self.store().form);
        let held = self.begin().await?;
        let forget = async {
            held.end_load(&form).await?;
            forget_checkpoints(&mut held.connection).await
        };
        let forgotten = forget.await;
        self.end(forgotten)
    }
}

/// References to rows that are removed here are repaired when the transcripts are read again. References
/// cannot be left unchecked within a transaction.
async fn forget_checkpoints(connection: &mut Writing) -> sqlx::Result<()> {
    execute(&mut **connection, "PRAGMA foreign_keys = OFF", values![]).await?;
    let forgotten = read_all_again(connection).await;
    execute(&mut **connection, "PRAGMA foreign_keys = ON", values![]).await?;
    forgotten
}

async fn read_all_again(connection: &mut Writing) -> sqlx::Result<()> {
    let mut tx = connection.begin().await?;
    values::repair(&mut tx).await?;
    // No file matches its checkpoint, so each is read from its beginning.
    execute(&mut tx, "UPDATE source_file SET device = ~device, inode = ~inode", values![]).await?;
    crate::days::mark_all(&mut tx).await?;
    if triggers::are_needed(&mut tx).await? {
        triggers::begin(&mut tx).await?;
    }
    tx.commit().await
}
