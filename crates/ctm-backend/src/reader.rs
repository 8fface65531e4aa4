//! The reading half: questions that every back end answers.

use crate::each::each;
use crate::memory::MemoryStore;
use crate::sqlite;
use ctm_facts::imports::StoredImport;
use ctm_facts::telemetry::UnloggedRequest;
use ctm_facts::{CatalogNames, StorageError, UsageFilter};
use ctm_storage::Store;
use ctm_team::TeamStore;
use ctm_types::{
    Billing, BillingId, Catalog, DaySpan, EpochMs, FolderId, Projects, SessionDetails, StoredStatsCache,
    UsageRow,
};
use std::collections::HashMap;

/// Reads facts; clones share the back end.
#[derive(Debug, Clone)]
pub enum FactsReader {
    /// Facts of a database.
    Sqlite(Store),
    /// Facts of transcripts that were read by this process.
    Memory(MemoryStore),
    /// Facts that machines pushed to a hub on PostgreSQL.
    Team(TeamStore),
}

impl From<Store> for FactsReader {
    fn from(store: Store) -> Self {
        Self::Sqlite(store)
    }
}

impl From<MemoryStore> for FactsReader {
    fn from(memory: MemoryStore) -> Self {
        Self::Memory(memory)
    }
}

impl From<TeamStore> for FactsReader {
    fn from(team: TeamStore) -> Self {
        Self::Team(team)
    }
}

/// All of them fail when the back end cannot be read; memory always can.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl FactsReader {
    /// Returns the database of one machine, for what only such a one answers; `None` in memory and of a team.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::Sqlite(store) => Some(store),
            Self::Memory(_) | Self::Team(_) => None,
        }
    }

    /// Returns the number that rises when the facts change; 0 in memory.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        each!(self, Sqlite | Memory | Team, facts => facts.data_version().await)
    }

    /// Returns the times of the first and of the last response, in UTC epoch milliseconds.
    pub async fn time_span(&self) -> Result<Option<(EpochMs, EpochMs)>, StorageError> {
        each!(self, Sqlite | Memory | Team, facts => facts.time_span().await)
    }

    /// Returns the usage that passes the filter.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        each!(self, Sqlite | Memory | Team, facts => facts.usage(filter).await)
    }

    /// Passes the same usage to `take` in parts, so that it is not in memory as a whole.
    pub async fn each_usage(
        &self,
        filter: &UsageFilter,
        take: impl FnMut(&[UsageRow]) + Send,
    ) -> Result<(), StorageError> {
        each!(self, Sqlite | Memory | Team, facts => facts.each_usage(filter, take).await)
    }

    /// Returns the requests that telemetry reports and no transcript has a response to; none in memory.
    pub async fn unlogged(&self, filter: &UsageFilter) -> Result<Vec<UnloggedRequest>, StorageError> {
        match self {
            Self::Sqlite(store) => store.unlogged(filter).await,
            // Telemetry is only stored in the database of a machine, and no machine pushes it.
            Self::Memory(_) | Self::Team(_) => Ok(Vec::new()),
        }
    }

    /// Returns the names behind the numbers of usage.
    pub async fn catalog(&self, names: CatalogNames) -> Result<Catalog, StorageError> {
        match self {
            Self::Sqlite(store) => sqlite::catalog(store, names).await,
            // It is there as a whole.
            Self::Memory(memory) => Ok(memory.catalog()),
            Self::Team(team) => team.catalog(names).await,
        }
    }

    /// Returns every folder by its number, and the rules by which folders are called after their projects.
    pub async fn folders(&self) -> Result<(HashMap<FolderId, String>, Projects), StorageError> {
        match self {
            Self::Sqlite(store) => store.folders().await,
            Self::Memory(memory) => memory.folders().await,
            // Projects are called as the machines name them.
            Self::Team(team) => Ok((team.folders(), Projects::default())),
        }
    }

    /// Returns all models and price terms that were ever billed, by number.
    pub async fn billings(&self) -> Result<HashMap<BillingId, Billing>, StorageError> {
        each!(self, Sqlite | Memory | Team, facts => facts.billings().await)
    }

    /// Returns the details of these sessions besides usage; unknown ones are omitted.
    pub async fn session_details(&self, sessions: &[&str]) -> Result<Vec<SessionDetails>, StorageError> {
        match self {
            Self::Sqlite(store) => store.session_details(sessions).await,
            Self::Memory(memory) => memory.session_details(sessions).await,
            // No machine discloses any.
            Self::Team(_) => Ok(Vec::new()),
        }
    }

    /// Returns the number of lines with replies that count no tokens, as logged by some gateways.
    pub async fn uncounted_lines(&self) -> Result<u64, StorageError> {
        match self {
            Self::Sqlite(store) => sqlite::uncounted_lines(store).await,
            Self::Memory(memory) => Ok(memory.uncounted_lines()),
            Self::Team(_) => Ok(0),
        }
    }

    /// Returns the imported files of other programs with their figures; none in memory.
    pub async fn imports(&self) -> Result<Vec<StoredImport>, StorageError> {
        match self {
            Self::Sqlite(store) => store.imports().await,
            // They are only stored in the database of a machine.
            Self::Memory(_) | Self::Team(_) => Ok(Vec::new()),
        }
    }

    /// Returns the first and the last day that another program counted by itself; `None` in memory.
    pub async fn import_span(&self) -> Result<Option<DaySpan>, StorageError> {
        match self {
            Self::Sqlite(store) => store.import_span().await,
            Self::Memory(_) | Self::Team(_) => Ok(None),
        }
    }

    /// Returns the first and the last day of Claude Code's own statistics.
    pub async fn stats_cache_span(&self) -> Result<Option<DaySpan>, StorageError> {
        match self {
            Self::Sqlite(store) => store.stats_cache_span().await,
            Self::Memory(memory) => memory.stats_cache_span().await,
            Self::Team(_) => Ok(None),
        }
    }

    /// Returns Claude Code's own statistics, by home.
    pub async fn stored_stats_caches(&self) -> Result<Vec<StoredStatsCache>, StorageError> {
        match self {
            Self::Sqlite(store) => store.stored_stats_caches().await,
            Self::Memory(memory) => memory.stored_stats_caches().await,
            Self::Team(_) => Ok(Vec::new()),
        }
    }
}
