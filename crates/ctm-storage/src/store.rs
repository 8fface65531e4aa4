//! Opening the database.

use crate::days::Form;
use crate::error::{AtPath, StorageError};
use crate::writer::Writer;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How long a statement waits for another process.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What the writer keeps in memory of the database, in KiB (negative means KiB to SQLite). The
/// indexes of a first reading are written all over, and the default of 2 MiB would read them anew
/// for every commit.
const WRITER_CACHE_KIB: &str = "-12288";

/// Pages that gather in the log before they are moved into the database: 64 MiB. Reading a home for
/// the first time writes the same pages many times, and moves them less often so.
const WRITER_CHECKPOINT_PAGES: &str = "16384";

/// Connections that read at the same time: as many as computers have cores at least. Each has a thread
/// whose memory is its own, so that more of them would cost more than they bring.
const READERS: u32 = 2;

/// What each of them keeps in memory of the database, in KiB (negative means KiB to SQLite); the
/// system keeps the file's pages anyway.
const READER_CACHE_KIB: &str = "-1024";

/// An open database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) path: Arc<Path>,
    pub(crate) readers: SqlitePool,
    pub(crate) form: Arc<Form>,
}

impl Store {
    /// Opens the database at `path`, creates it (readable by its owner alone) if it is not
    /// there, and brings its schema up to date.
    ///
    /// Usage is told apart by `context_thresholds`: prompt sizes in tokens, in ascending order.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be created, opened or locked, is no database, is damaged, or
    /// was written by a newer version.
    pub async fn open(path: &Path, context_thresholds: &[u64]) -> Result<Self, StorageError> {
        let form = Form::new(context_thresholds);
        create_private(path).map_err(StorageError::opening(path))?;
        // References would keep a table that others refer to from being made anew.
        let options_to_migrate = options(path).foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&options_to_migrate).await.at(path)?;
        migrate(path, &mut connection).await?;
        crate::hashes::complete(&mut connection).await.at(path)?;
        connection.close().await.at(path)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .connect_lazy_with(options(path).read_only(true).pragma("cache_size", READER_CACHE_KIB));
        Ok(Self { path: path.into(), readers, form: Arc::new(form) })
    }

    /// Opens the connection for writing.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be opened.
    pub async fn writer(&self) -> Result<Writer, StorageError> {
        let options = options(&self.path)
            .pragma("cache_size", WRITER_CACHE_KIB)
            .pragma("wal_autocheckpoint", WRITER_CHECKPOINT_PAGES)
            .pragma("temp_store", "MEMORY");
        let connection = SqliteConnection::connect_with(&options).await.at(&self.path)?;
        Ok(Writer::new(self, connection))
    }

    pub(crate) fn write_options(&self) -> SqliteConnectOptions {
        options(&self.path)
    }

    /// Returns the path of the database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number that rises with every commit that changes what a report can say.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        let version: i64 = sqlx::query_scalar("SELECT data_version FROM state")
            .fetch_one(&self.readers)
            .await
            .at(&self.path)?;
        Ok(version.unsigned_abs())
    }

    /// Returns the version of the schema: that of the newest migration.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn schema_version(&self) -> Result<i64, StorageError> {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&self.readers)
            .await
            .at(&self.path)
    }

    /// Returns the size of the database in bytes, without its write-ahead log.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StorageError> {
        let size: i64 =
            sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                .fetch_one(&self.readers)
                .await
                .at(&self.path)?;
        Ok(size.unsigned_abs())
    }

    /// Closes all readers. Questions that come later fail.
    pub async fn close(&self) {
        self.readers.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StorageError> {
    MIGRATIONS.run(connection).await.map_err(|source| match source {
        MigrateError::Execute(source) => StorageError::of(path, source),
        source => StorageError::Schema { path: path.to_owned(), source },
    })
}

/// Refuses a database or a log of it that is there and no regular file: opening a pipe waits for its
/// other end, and no device holds a database.
pub(crate) fn check_regular(path: &Path) -> std::io::Result<()> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        if Path::new(&file).metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let which = if suffix.is_empty() { String::new() } else { format!("its `{suffix}` is ") };
            let reason = format!("{which}not a regular file");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason));
        }
    }
    Ok(())
}

/// Creates the file and the folders above it, closed to other people.
fn create_private(path: &Path) -> std::io::Result<()> {
    check_regular(path)?;
    let mut folder = std::fs::DirBuilder::new();
    let mut file = std::fs::File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|parent| *parent != PathBuf::new()) {
        folder.recursive(true).create(parent)?;
    }
    file.append(true).create(true).open(path)?;
    Ok(())
}
