//! Opening the database.

use crate::connect::{BUSY_TIMEOUT, WRITER_CACHE_KIB, check_regular, common};
use crate::{convert, schema};
use ctm_facts::days::DayForm;
use ctm_sqlite::error::{AtPath, StorageError, of, opening};
use ctm_sqlite::place::{identity_at, is_at, wait_for_former};
use ctm_sqlite::readers::{Access, Readers, open_to_read};
use ctm_sqlite::select::ReadConnection;
use ctm_sqlite::sql::{self, FromRow, Row, Tx, Values, Writing, values};
use ctm_types::{FileIdentity, Projects, UtcDay};
use sqlx::Connection;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Pages that gather in the log before they are moved into the database: 64 MiB. Reading a home for
/// the first time writes the same pages many times, and moves them less often so.
const WRITER_CHECKPOINT_PAGES: &str = "16384";

/// Number of read connections, the usual minimum of cores. Each has a thread with its own memory, so further
/// ones would cost more than they bring.
const READERS: u32 = 2;

/// Page cache of each reader, in KiB (negative means KiB to SQLite); the system caches the pages of the file
/// anyway.
const READER_CACHE_KIB: &str = "-1024";

/// Maximum wait for running queries before a moved file is released.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two attempts to change a new file to a write-ahead log.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// An open database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) path: Arc<Path>,
    pub(crate) form: Arc<DayForm>,
    /// The rules of project names, which can change while the database is open.
    pub(crate) projects: Arc<RwLock<Arc<Projects>>>,
    file: Arc<RwLock<OpenFile>>,
    /// The highest data version that was ever returned.
    newest_version: Arc<AtomicU64>,
    /// UTC days with unreadable sums, until they are recomputed.
    pub(crate) damaged_days: Arc<Mutex<BTreeSet<UtcDay>>>,
}

/// The open file, with its readers.
#[derive(Debug)]
struct OpenFile {
    readers: Readers,
    /// Identity of the file; `None` after it was released, even if it reappears.
    id: Option<FileIdentity>,
    /// `true` if nothing changes the file, which is on a read-only mount.
    is_immutable: bool,
    pushing: Pushing,
}

/// The connection of pushes to a hub, kept between them: a new one prepares every statement again, which takes most of the time of a
/// push. Locked while a push is stored.
pub(crate) type Pushing = Arc<tokio::sync::Mutex<Option<Writing>>>;

impl Store {
    /// Opens the database at `path`, creates it (readable by its owner only) if it does not exist, and
    /// migrates its schema.
    ///
    /// Usage is split by `context_thresholds`: prompt sizes in tokens, in ascending order.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be created, opened or locked, is not a database, is damaged, belongs to
    /// another program, or was written by a newer version. The file is unchanged then.
    pub async fn open(path: &Path, context_thresholds: &[u64]) -> Result<Self, StorageError> {
        let form = DayForm::new(context_thresholds);
        Ok(Self::of(path, form, open_file(path, None).await?))
    }

    /// Opens the database at `path` for reading only, also in a read-only folder. Its schema must be the
    /// newest.
    ///
    /// # Errors
    ///
    /// Fails with [`StorageError::Older`] when the schema is not the newest, and when the file cannot be
    /// read, is not a database, is damaged, belongs to another program, or was written by a newer version.
    pub async fn open_to_read(path: &Path, context_thresholds: &[u64]) -> Result<Self, StorageError> {
        Self::open_newest(path, context_thresholds, Access::Read).await
    }

    async fn open_newest(
        path: &Path,
        context_thresholds: &[u64],
        access: Access,
    ) -> Result<Self, StorageError> {
        let (readers, is_immutable) = schema::open_one_to_read(path, access).await?;
        let id = identity_at(path).map_err(opening(path))?;
        let version = schema::check_ours(&mut readers.begin().await.at(path)?, path).await?;
        if version != schema::newest_version() {
            return Err(StorageError::Older { path: path.to_owned(), version });
        }
        let file = OpenFile { readers, id: Some(id), is_immutable, pushing: Pushing::default() };
        Ok(Self::of(path, DayForm::new(context_thresholds), file))
    }

    /// Opens the database at `path` as [`Store::open`] does, with one reader in place of several: for a program that does
    /// nothing else while it reads. A database that needs no change is not opened to be written to, and the first write checks the rest.
    ///
    /// # Errors
    ///
    /// Fails as [`Store::open`] does.
    pub async fn open_with_one_reader(path: &Path, context_thresholds: &[u64]) -> Result<Self, StorageError> {
        match Self::open_newest(path, context_thresholds, Access::Close).await {
            Ok(store) => Ok(store),
            // Missing, older, or not writable: opened, or refused, by its writer.
            Err(_) => Self::open(path, context_thresholds).await?.with_one_reader(),
        }
    }

    fn with_one_reader(self) -> Result<Self, StorageError> {
        let opened = open_to_read(&self.path, Access::Close, BUSY_TIMEOUT).at(&self.path)?;
        self.file.write().unwrap_or_else(PoisonError::into_inner).readers = Readers::one(opened);
        Ok(self)
    }

    /// Returns whether nothing changes the file, which is on a read-only mount.
    fn is_immutable(&self) -> bool {
        self.file.read().unwrap_or_else(PoisonError::into_inner).is_immutable
    }

    fn of(path: &Path, form: DayForm, file: OpenFile) -> Self {
        Self {
            path: path.into(),
            form: Arc::new(form),
            projects: Arc::default(),
            file: Arc::new(RwLock::new(file)),
            newest_version: Arc::default(),
            damaged_days: Arc::default(),
        }
    }

    /// Opens the file at the path after the open file was moved or deleted. Clones use it too, and its data
    /// version is higher than all previous ones.
    ///
    /// # Errors
    ///
    /// Fails as [`Store::open`] does; then questions fail until it succeeds.
    pub async fn reopen(&self) -> Result<(), StorageError> {
        self.leave().await;
        let newest = self.newest_version.load(Ordering::Relaxed);
        let opened = open_file(&self.path, Some(newest)).await?;
        self.damaged_days.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.file.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
    }

    /// Returns whether the open file is no longer at its path: it was moved, deleted or replaced.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        let file = self.file.read().unwrap_or_else(PoisonError::into_inner);
        file.id.is_none_or(|id| !is_at(id, &self.path))
    }

    /// Checks that writes go to the file at the path.
    pub(crate) fn check_place(&self) -> Result<(), StorageError> {
        if self.is_moved() { Err(StorageError::Moved { path: self.path.to_path_buf() }) } else { Ok(()) }
    }

    /// Closes the connections to a file that is no longer at its path. A long query keeps that file open until it
    /// ends.
    pub(crate) async fn leave(&self) {
        let (readers, pushing) = {
            let mut file = self.file.write().unwrap_or_else(PoisonError::into_inner);
            file.id = None;
            (file.readers.clone(), Arc::clone(&file.pushing))
        };
        let closing = async { tokio::join!(close_pushing(&pushing), readers.close()) };
        let _ = tokio::time::timeout(LEAVE_TIMEOUT, closing).await;
    }

    /// Returns the connection of pushes to the open file.
    pub(crate) fn pushing(&self) -> Pushing {
        Arc::clone(&self.file.read().unwrap_or_else(PoisonError::into_inner).pushing)
    }

    /// Returns the readers. They are closed when the file is no longer at its path, because they would open
    /// another file.
    pub(crate) fn readers(&self) -> Readers {
        if self.is_moved() {
            let mut file = self.file.write().unwrap_or_else(PoisonError::into_inner);
            file.id = None;
            // Closed from here on; the release of the file waits for busy ones.
            drop(file.readers.close());
        }
        self.file.read().unwrap_or_else(PoisonError::into_inner).readers.clone()
    }

    /// Begins a transaction that reads one state of the database.
    pub(crate) async fn read(&self) -> sqlx::Result<Tx<'static>> {
        self.readers().begin().await
    }

    /// Opens a connection for one statement that a person writes.
    pub(crate) fn read_connection(&self) -> Result<ReadConnection, StorageError> {
        ReadConnection::open(&self.path, self.is_immutable()).at(&self.path)
    }

    /// Connects the writer.
    pub(crate) async fn connect_to_write(&self) -> Result<Writing, StorageError> {
        let options = options(&self.path)
            .pragma("cache_size", WRITER_CACHE_KIB)
            .pragma("wal_autocheckpoint", WRITER_CHECKPOINT_PAGES)
            .pragma("temp_store", "MEMORY");
        self.check_place()?;
        let mut connection = Writing::connect(&options).await.at(&self.path)?;
        self.check_place()?;
        migrate(&self.path, &mut connection).await?;
        Ok(connection)
    }

    /// Moves what is in the write-ahead log into the database, as far as no reader needs it there.
    pub(crate) async fn checkpoint(&self) -> sqlx::Result<()> {
        let mut connection = SqliteConnection::connect_with(&common(&self.path)).await?;
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await?;
        connection.close().await
    }

    pub(crate) fn write_options(&self) -> SqliteConnectOptions {
        options(&self.path)
    }

    /// Remembers a data version that is about to be returned.
    pub(crate) fn note_version(&self, data_version: u64) -> u64 {
        self.newest_version.fetch_max(data_version, Ordering::Relaxed);
        data_version
    }

    /// Returns the path of the database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the rows that a statement selects.
    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        values: Values,
    ) -> Result<Vec<Row>, StorageError> {
        let read = async { sql::rows(&mut self.readers().acquire().await?, statement, values).await };
        read.await.at(&self.path)
    }

    /// Returns the rows that a statement selects, as tuples of their columns.
    pub(crate) async fn all<T: FromRow>(
        &self,
        statement: &'static str,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        let read = async { sql::all(&mut self.readers().acquire().await?, statement, values).await };
        read.await.at(&self.path)
    }

    /// Returns the one row that a statement selects, as a tuple of its columns.
    pub(crate) async fn one<T: FromRow>(
        &self,
        statement: &'static str,
        values: Values,
    ) -> Result<T, StorageError> {
        let read = async { sql::one(&mut self.readers().acquire().await?, statement, values).await };
        read.await.at(&self.path)
    }

    /// Returns the only column of the rows that a statement selects.
    pub(crate) async fn column<T>(
        &self,
        statement: &'static str,
        values: Values,
    ) -> Result<Vec<T>, StorageError>
    where
        (T,): FromRow,
    {
        let rows: Vec<(T,)> = self.all(statement, values).await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// Returns the number that increases with every commit that changes a report.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        let (version,): (i64,) = self.one("SELECT data_version FROM state", values![]).await?;
        Ok(self.note_version(version.unsigned_abs()))
    }

    /// Returns the version of the schema, which is that of the newest migration.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn schema_version(&self) -> Result<i64, StorageError> {
        let version = self.one("SELECT max(version) FROM _sqlx_migrations", values![]).await;
        version.map(|(version,)| version)
    }

    /// Returns the size of the database in bytes, without its write-ahead log.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StorageError> {
        const SIZE: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let (size,): (i64,) = self.one(SIZE, values![]).await?;
        Ok(size.unsigned_abs())
    }

    /// Returns whether any usage is stored: a response, or days of Claude Code's own statistics or of other programs.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn has_usage(&self) -> Result<bool, StorageError> {
        const ANY: &str = "SELECT EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM stats_cache_tokens)
            OR EXISTS (SELECT 1 FROM machine_claim) OR EXISTS (SELECT 1 FROM import_figure)";
        let (any,): (i64,) = self.one(ANY, values![]).await?;
        Ok(any != 0)
    }

    /// Closes all readers, and the connection of pushes. Questions that come later fail.
    pub async fn close(&self) {
        self.readers().close().await;
        close_pushing(&self.pushing()).await;
    }
}

async fn close_pushing(pushing: &Pushing) {
    if let Some(connection) = pushing.lock().await.take() {
        // Nothing is pending on it.
        let _ = connection.close().await;
    }
}

/// Opens the file at the path, creates it if necessary, and migrates its schema. With `above`, its data
/// version becomes higher than that.
async fn open_file(path: &Path, above: Option<u64>) -> Result<OpenFile, StorageError> {
    check_regular(path).map_err(opening(path))?;
    // Before anything is read: the log of another file would be read along with it.
    wait_for_former(path).await?;
    schema::check_before_writing(path).await?;
    create_private(path).map_err(opening(path))?;
    let id = identity_at(path).map_err(opening(path))?;
    // References would keep a table that others refer to from being recreated.
    let options_to_migrate = options(path).foreign_keys(false);
    let mut connection = connect_first(path, &options_to_migrate).await?;
    schema::check_unaltered(&mut connection, path).await?;
    convert::convert(&mut connection, path).await?;
    migrate(path, &mut connection).await?;
    if let Some(above) = above {
        sqlx::query("UPDATE state SET data_version = max(data_version, ?1) + 1")
            .bind(above.cast_signed())
            .execute(&mut connection)
            .await
            .at(path)?;
    }
    connection.close().await.at(path)?;
    if !is_at(id, path) {
        return Err(StorageError::Moved { path: path.to_owned() });
    }
    let pushing = Pushing::default();
    Ok(OpenFile { readers: readers(path), id: Some(id), is_immutable: false, pushing })
}

/// Opens a connection that changes a new file to a write-ahead log.
///
/// SQLite does not wait for the lock of that change, whatever the busy timeout is: it has a read lock already, and
/// waiting with it could be a deadlock. So another process that creates the same database is waited for here.
async fn connect_first(
    path: &Path,
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, StorageError> {
    let started = Instant::now();
    loop {
        match SqliteConnection::connect_with(options).await.at(path) {
            Err(StorageError::Locked { .. }) if started.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
            connected => return connected,
        }
    }
}

/// Returns read connections, opened on demand.
fn readers(path: &Path) -> Readers {
    let options =
        common(path).read_only(true).busy_timeout(BUSY_TIMEOUT).pragma("cache_size", READER_CACHE_KIB);
    let pool = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(0)
        // Readers stay open: with either limit, sqlx sweeps idle connections, and the sweep of 0.9.0 never ends, on a
        // full core, if another thread takes a connection at a bad moment (transact-rs/sqlx#3645).
        .idle_timeout(None)
        .max_lifetime(None)
        // A file has no connection that is lost, and the test is a switch between two threads.
        .test_before_acquire(false)
        // SQLite ends a transaction in which a read failed, while sqlx still counts it as open: such a
        // connection would show the data of that moment permanently.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
    Readers::Several(pool.connect_lazy_with(options))
}

fn options(path: &Path) -> SqliteConnectOptions {
    common(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

/// Runs the missing migrations in one transaction: sqlx locks no database of SQLite meanwhile, and another process may
/// open it at the same time. A current schema is only compared with them, without a lock.
async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StorageError> {
    let failed = |source| match source {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => of(path, source),
        source => StorageError::Schema { path: path.to_owned(), source: source.into() },
    };
    // Fails where the list of migrations does not exist yet. `run_direct` is `run`, whose future the compiler cannot
    // prove to be `Send`.
    if schema::version(connection).await.is_ok_and(|version| version == schema::newest_version()) {
        return schema::MIGRATIONS.run_direct(None, connection, false).await.map_err(failed);
    }
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.at(path)?;
    schema::MIGRATIONS.run_direct(None, &mut *tx, false).await.map_err(failed)?;
    tx.commit().await.at(path)
}

/// Creates the file and its folders, accessible to their owner only.
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

#[cfg(test)]
mod tests {
    use super::*;

    // A sweep hung `ctm daily` at its end, on a full core.
    #[tokio::test]
    async fn idle_readers_are_not_swept() {
        let Readers::Several(pool) = readers(Path::new("nothing.db")) else { panic!("there are several") };
        let options = pool.options();
        assert_eq!((options.get_idle_timeout(), options.get_max_lifetime()), (None, None));
    }
}
