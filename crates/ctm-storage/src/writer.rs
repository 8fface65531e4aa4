//! The one writer: batches of facts in, one transaction each time.

use crate::dictionary::{Dictionary, Names};
use crate::error::{AtPath, StorageError};
use crate::events::EventChanges;
use crate::files::Placed;
use ctm_types::{Batch, StatsCache, TranscriptPath};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection, Transaction};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub(crate) type Tx<'a> = Transaction<'a, Sqlite>;

/// Writes facts. There is one in a process; another process's waits its turn.
#[derive(Debug)]
pub struct Writer {
    path: Arc<Path>,
    connection: SqliteConnection,
    dictionary: Dictionary,
}

/// What a commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The data version after the commit.
    pub data_version: u64,
    /// Responses that are new or changed: when, in which project and session, by which model.
    pub changed: Vec<Change>,
    /// Files whose batch did not begin where the stored checkpoint is, because another process
    /// read on: nothing of it was stored. Read them again from their stored checkpoint.
    pub stale: Vec<TranscriptPath>,
}

/// A response that is new or changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// Its session.
    pub session: String,
    /// Its project.
    pub project: String,
    /// The model of its first part.
    pub model: String,
}

impl Writer {
    pub(crate) fn new(path: Arc<Path>, connection: SqliteConnection) -> Self {
        Self { path, connection, dictionary: Dictionary::default() }
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
        }
        result.at(&self.path)
    }

    async fn try_apply(&mut self, batches: &[Batch]) -> sqlx::Result<Applied> {
        let dictionary = &mut self.dictionary;
        let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let Placed { fresh, stale, .. } = crate::files::store(&mut tx, dictionary, batches).await?;
        let mut changes = EventChanges::load(&mut tx, dictionary, &fresh).await?;
        changes.absorb(&fresh);

        let mut names = Names::default();
        changes.names(&fresh, &mut names);
        names
            .sessions
            .extend(fresh.iter().flat_map(|(_, batch)| &batch.prompts).map(|prompt| prompt.session.as_str()));
        dictionary.learn(&mut tx, &names).await?;
        changes.store(&mut tx, dictionary, &fresh).await?;
        crate::sessions::store(&mut tx, dictionary, &fresh).await?;

        let changed: Vec<_> = changes.changed().collect::<BTreeSet<_>>().into_iter().collect();
        let data_version = bump(&mut tx, !changed.is_empty()).await?;
        tx.commit().await?;
        Ok(Applied { data_version, changed, stale })
    }

    /// Marks the transcripts of `root` that are not among `present` as gone, and the others as
    /// there. Their facts stay.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn mark_gone(&mut self, root: &str, present: &BTreeSet<Arc<str>>) -> Result<(), StorageError> {
        crate::files::mark_gone(&mut self.connection, root, present).await.at(&self.path)
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
async fn bump(tx: &mut Tx<'_>, changed: bool) -> sqlx::Result<u64> {
    let version: i64 =
        sqlx::query_scalar("UPDATE state SET data_version = data_version + ?1 RETURNING data_version")
            .bind(i64::from(changed))
            .fetch_one(&mut **tx)
            .await?;
    Ok(version.unsigned_abs())
}
