//! The one writer: batches of facts in, one transaction each time.

use crate::days::{self, Form};
use crate::dictionary::{Dictionary, Names};
use crate::error::{AtPath, StorageError};
use crate::events::EventChanges;
use crate::files::Placed;
use crate::seen::Seen;
use crate::sessions::days_of_calls;
use crate::store::Store;
use ctm_types::{Batch, Billing, Conversation, Slot, StatsCache, TranscriptPath, UsageSnapshot};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection, Transaction};
use std::path::Path;
use std::sync::Arc;

pub(crate) type Tx<'a> = Transaction<'a, Sqlite>;

/// Writes facts. There is one in a process; another process's waits its turn.
#[derive(Debug)]
pub struct Writer {
    pub(crate) path: Arc<Path>,
    form: Arc<Form>,
    pub(crate) connection: SqliteConnection,
    dictionary: Dictionary,
    seen: Seen,
}

/// What a commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The data version after the commit.
    pub data_version: u64,
    /// Responses that are new or changed, or have new tool calls: when, in which project and session, by which model.
    pub changed: Vec<Change>,
    /// Files whose batch did not begin where the stored checkpoint is, because another process
    /// read on: nothing of it was stored. Read them again from their stored checkpoint.
    pub stale: Vec<TranscriptPath>,
}

/// Where responses are new or changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// When.
    pub slot: Slot,
    /// In which conversation.
    pub conversation: Arc<Conversation>,
    /// By which model; of their first parts.
    pub billing: Arc<Billing>,
}

/// Days that a commit computes anew at once; more are left to [`Writer::settle`], so that reading
/// everything for the first time does not compute each day over and over.
const DAYS_AT_ONCE: usize = 3;

impl Writer {
    pub(crate) fn new(store: &Store, connection: SqliteConnection) -> Self {
        Self {
            path: Arc::clone(&store.path),
            form: Arc::clone(&store.form),
            connection,
            dictionary: Dictionary::default(),
            seen: Seen::default(),
        }
    }

    /// Stores the facts of `batches` and their checkpoints, all or nothing.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn apply(&mut self, batches: &[Batch]) -> Result<Applied, StorageError> {
        let result = self.try_apply(batches).await;
        if result.is_err() {
            self.dictionary = Dictionary::default();
            self.seen = Seen::default();
        }
        result.at(&self.path)
    }

    async fn try_apply(&mut self, batches: &[Batch]) -> sqlx::Result<Applied> {
        let dictionary = &mut self.dictionary;
        let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let Placed { fresh, stale, came_back, .. } =
            crate::files::store(&mut tx, dictionary, batches).await?;
        let mut changes = EventChanges::load(&mut tx, dictionary, &mut self.seen, &fresh).await?;
        changes.absorb(&fresh);
        changes.leave_out_stored_calls(&mut tx).await?;
        self.seen.add(changes.new_keys());

        let mut names = Names::default();
        changes.names(&mut names);
        names
            .sessions
            .extend(fresh.iter().flat_map(|(_, batch)| &batch.prompts).map(|prompt| prompt.session.as_str()));
        dictionary.learn(&mut tx, &names).await?;
        changes.store(&mut tx, dictionary).await?;
        let news = crate::sessions::store(&mut tx, dictionary, &fresh).await?;

        let changed = changes.changes();
        let mut touched_days = changes.days();
        if !news.tool_errors.is_empty() {
            touched_days.extend(days_of_calls(&mut tx, &news.tool_errors).await?);
        }
        if !touched_days.is_empty() {
            days::mark(&mut tx, &touched_days).await?;
            if touched_days.len() <= DAYS_AT_ONCE {
                days::compute_marked(&mut tx, &self.form).await?;
            }
        }
        let data_version = bump(&mut tx, !touched_days.is_empty() || news.prompts || came_back).await?;
        tx.commit().await?;
        Ok(Applied { data_version, changed, stale })
    }

    /// Sums the days that commits left to be summed, so that questions need not.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn settle(&mut self) -> Result<(), StorageError> {
        self.try_settle().await.at(&self.path)
    }

    async fn try_settle(&mut self) -> sqlx::Result<()> {
        if days::is_any_to_compute(&mut self.connection, &self.form).await? {
            let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            days::compute_marked(&mut tx, &self.form).await?;
            tx.commit().await?;
            // What was much to write is not written again soon.
            sqlx::query("PRAGMA shrink_memory").execute(&mut self.connection).await?;
        }
        Ok(())
    }

    /// Marks transcripts as gone, or as there again. Their facts stay.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn mark_gone(&mut self, files: &[(TranscriptPath, bool)]) -> Result<(), StorageError> {
        crate::files::mark_gone(&mut self.connection, files).await.at(&self.path)
    }

    /// Stores what a home's stats cache of that time says, beside the days that earlier ones said.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn store_stats_cache(
        &mut self,
        root: &str,
        modified_ns: i64,
        cache: &StatsCache,
    ) -> Result<(), StorageError> {
        crate::stats_cache::store(&mut self.connection, root, modified_ns, cache).await.at(&self.path)
    }

    /// Stores a snapshot of the totals, and deletes those that were taken before a time in UTC epoch
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn add_snapshot(
        &mut self,
        snapshot: &UsageSnapshot,
        keep_from_ms: i64,
    ) -> Result<(), StorageError> {
        crate::snapshots::add(&mut self.connection, snapshot, keep_from_ms).await.at(&self.path)
    }

    /// Closes the database. The last connection to close moves everything from the write-ahead log
    /// into it.
    ///
    /// # Errors
    ///
    /// Fails when the database is full, damaged or gone.
    pub async fn close(self) -> Result<(), StorageError> {
        self.connection.close().await.at(&self.path)
    }
}

/// Returns the data version, raised if reports changed.
pub(crate) async fn bump(tx: &mut Tx<'_>, changed: bool) -> sqlx::Result<u64> {
    let version: i64 =
        sqlx::query_scalar("UPDATE state SET data_version = data_version + ?1 RETURNING data_version")
            .bind(i64::from(changed))
            .fetch_one(&mut **tx)
            .await?;
    Ok(version.unsigned_abs())
}
