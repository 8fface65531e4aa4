//! The writing half: what was read, and where reading resumes.

use crate::each::each;
use crate::memory::{MemoryStore, MemoryWriter};
use crate::sqlite;
use ctm_facts::{Applied, KnownFile, PresenceChange, StorageError, Tally};
use ctm_storage::{Store, Writer};
use ctm_types::{Batch, Checkpoint, StatsCache};
use std::collections::HashMap;

/// Writes facts. There is one per process.
#[derive(Debug)]
pub enum FactsWriter {
    /// Writes into a database.
    Sqlite(Writer),
    /// Writes into the memory of this process.
    Memory(MemoryWriter),
}

impl From<Store> for FactsWriter {
    fn from(store: Store) -> Self {
        Self::Sqlite(store.writer())
    }
}

impl From<MemoryStore> for FactsWriter {
    fn from(memory: MemoryStore) -> Self {
        Self::Memory(memory.writer())
    }
}

/// The part of a writer on a reading thread.
///
/// A database has one writer, to which threads send their batches. Memory takes a batch on the thread that read
/// it, so that counting is as parallel as reading.
#[derive(Debug)]
pub enum Intake {
    /// Looks up checkpoints, and leaves batches to the writer.
    Sqlite(Store),
    /// Counts batches itself.
    Memory(Box<Tally>),
}

/// All of them fail when the back end cannot be used, and then nothing was stored; memory always can be used.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl FactsWriter {
    /// Returns the writer of the database, for what only a database stores; `None` in memory.
    #[must_use]
    pub fn database(&mut self) -> Option<&mut Writer> {
        match self {
            Self::Sqlite(writer) => Some(writer),
            Self::Memory(_) => None,
        }
    }

    /// Returns the number that rises when facts are forgotten or remembered: what is known from before is void then.
    pub async fn forgotten_version(&self) -> Result<i64, StorageError> {
        match self {
            Self::Sqlite(writer) => writer.store().forgotten_version().await,
            Self::Memory(_) => Ok(0),
        }
    }

    /// Hands all transcripts that were read before over to `take`, gone ones included, and returns when the known
    /// stats caches of homes were modified, in nanoseconds since the epoch.
    ///
    /// What a scan that was not completed left in memory is dropped.
    pub async fn resume(
        &mut self,
        take: impl FnMut(KnownFile),
    ) -> Result<HashMap<String, i64>, StorageError> {
        match self {
            Self::Sqlite(writer) => sqlite::resume(writer, take).await,
            Self::Memory(writer) => Ok(writer.resume()),
        }
    }

    /// Hands the stored paths of transcripts over to `take` that are at paths of a home, or below them.
    pub async fn files_below(
        &self,
        home: &str,
        paths: &[&str],
        take: impl FnMut(String),
    ) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(writer) => writer.store().files_below(home, paths, take).await,
            // A transcript that is gone was never read.
            Self::Memory(_) => Ok(()),
        }
    }

    /// Returns a part for a reading thread, to be given back with [`FactsWriter::collect`].
    #[must_use]
    pub fn intake(&self) -> Intake {
        match self {
            Self::Sqlite(writer) => Intake::Sqlite(writer.store().clone()),
            Self::Memory(writer) => Intake::Memory(Box::new(writer.tally())),
        }
    }

    /// Takes back the part of a thread that has read everything.
    pub fn collect(&mut self, intake: Intake) {
        match (self, intake) {
            (Self::Memory(writer), Intake::Memory(tally)) => writer.add(*tally),
            // Its batches were applied.
            (_, Intake::Sqlite(_)) | (Self::Sqlite(_), Intake::Memory(_)) => {}
        }
    }

    /// Stores the facts of `batches` and their checkpoints, all or nothing.
    pub async fn apply(&mut self, batches: &[Batch]) -> Result<Applied, StorageError> {
        each!(self, Sqlite | Memory, writer => writer.apply(batches).await)
    }

    /// Stores that transcripts are gone, or exist again. Their facts stay.
    pub async fn mark(&mut self, changes: &[PresenceChange]) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(writer) => writer.mark(changes).await,
            Self::Memory(_) => Ok(()),
        }
    }

    /// Stores a home's stats cache of that time.
    pub async fn store_stats_cache(
        &mut self,
        home: &str,
        modified_ns: i64,
        cache: &StatsCache,
    ) -> Result<(), StorageError> {
        each!(self, Sqlite | Memory, writer => writer.store_stats_cache(home, modified_ns, cache).await)
    }

    /// Sums up what was left to be summed, so that questions need not. Memory is read as of here.
    pub async fn settle(&mut self) -> Result<(), StorageError> {
        each!(self, Sqlite | Memory, writer => writer.settle().await)
    }

    /// Forgets how far transcripts were read: all are read from their first byte next.
    pub async fn forget_checkpoints(&mut self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(writer) => writer.forget_checkpoints().await,
            // It has none.
            Self::Memory(_) => Ok(()),
        }
    }

    /// Returns whether the back end is no longer where it was opened.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        match self {
            Self::Sqlite(writer) => writer.store().is_moved(),
            Self::Memory(_) => false,
        }
    }

    /// Releases it, so that it can be replaced. Queries fail until [`FactsWriter::reopen`].
    pub async fn leave(&mut self) {
        match self {
            Self::Sqlite(writer) => writer.leave().await,
            Self::Memory(_) => {}
        }
    }

    /// Opens what is at that place now.
    pub async fn reopen(&mut self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(writer) => writer.reopen().await,
            Self::Memory(_) => Ok(()),
        }
    }

    /// Closes it, after the readers.
    pub async fn close(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(writer) => writer.close().await,
            Self::Memory(_) => Ok(()),
        }
    }
}

impl Intake {
    /// Returns the checkpoints of a home's transcripts, by their paths below it.
    ///
    /// # Errors
    ///
    /// Fails when the back end cannot be read.
    pub async fn checkpoints(
        &self,
        home: &str,
        paths: &[&str],
    ) -> Result<HashMap<String, Checkpoint>, StorageError> {
        match self {
            Self::Sqlite(store) => store.checkpoints(home, paths).await,
            Self::Memory(_) => Ok(HashMap::new()),
        }
    }

    /// Takes a batch, or returns it to be [applied](FactsWriter::apply).
    #[must_use]
    pub fn take(&mut self, batch: Batch) -> Option<Batch> {
        match self {
            Self::Sqlite(_) => Some(batch),
            Self::Memory(tally) => {
                tally.add(batch);
                None
            }
        }
    }
}
