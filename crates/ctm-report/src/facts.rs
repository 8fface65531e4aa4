//! Source of the facts of a report: the database, or transcripts that were just read.

use super::stats_cache::StatsCacheDays;
use ctm_aggregate::DateRange;
use ctm_facts::{MemoryFacts, UsageFilter};
use ctm_storage::{StorageError, Store};
use ctm_types::{Billing, Catalog, EpochMs, FolderId, Projects, SessionDetails, UsageRow};
use std::collections::HashMap;
use std::sync::Arc;

/// The facts behind reports.
#[derive(Debug, Clone)]
pub enum Facts {
    /// Facts of a database.
    Stored(Store),
    /// Facts of the present transcripts, without a database.
    Read(Arc<MemoryFacts>),
}

/// Names in a response body, besides those of models and homes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Names {
    None,
    Projects,
    SessionsAndProjects,
}

impl Facts {
    /// Returns the number that rises when the facts change; 0 without a database.
    pub(super) async fn data_version(&self) -> Result<u64, StorageError> {
        match self {
            Self::Stored(store) => store.data_version().await,
            Self::Read(_) => Ok(0),
        }
    }

    /// Returns the times of the first and of the last response, in UTC epoch milliseconds.
    pub(super) async fn time_span(&self) -> Result<Option<(EpochMs, EpochMs)>, StorageError> {
        match self {
            Self::Stored(store) => store.time_span().await,
            Self::Read(read) => Ok(read.time_span()),
        }
    }

    /// Returns the first and the last day of Claude Code's own statistics, in UTC.
    pub(super) async fn stats_cache_span(&self) -> Result<Option<DateRange>, StorageError> {
        let span = match self {
            Self::Stored(store) => store.stats_cache_span().await?,
            Self::Read(read) => read.stats_cache_span(),
        };
        Ok(span.and_then(|(first, last)| DateRange::new(first.parse().ok()?, last.parse().ok()?).ok()))
    }

    /// Returns Claude Code's own statistics by day, of some homes, or of all if none is
    /// named.
    pub(super) async fn stats_cache_days(&self, homes: &[String]) -> Result<StatsCacheDays, StorageError> {
        match self {
            Self::Stored(store) => StatsCacheDays::load(store, homes).await,
            Self::Read(read) => Ok(StatsCacheDays::of(read.stats_caches(), homes)),
        }
    }

    /// Returns the usage that passes the filter.
    pub(super) async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        match self {
            Self::Stored(store) => store.usage(filter).await,
            Self::Read(read) => Ok(read.usage(filter)),
        }
    }

    /// Returns the names behind the numbers of usage.
    pub(super) async fn catalog(&self, names: Names) -> Result<Catalog, StorageError> {
        match self {
            Self::Stored(store) => Ok(Catalog {
                billings: store.billings().await?,
                homes: store.home_names().await?,
                projects: if names >= Names::Projects {
                    store.project_names().await?
                } else {
                    HashMap::new()
                },
                sessions: if names >= Names::SessionsAndProjects {
                    store.session_names().await?
                } else {
                    HashMap::new()
                },
            }),
            Self::Read(read) => Ok(read.catalog()),
        }
    }

    /// Returns every folder by its number, with its project name.
    pub(super) async fn folders(&self) -> Result<(HashMap<FolderId, String>, Projects), StorageError> {
        match self {
            Self::Stored(store) => store.folders().await,
            Self::Read(read) => Ok(read.folders()),
        }
    }

    /// Returns all models and price terms that were ever billed.
    pub(super) async fn billings(&self) -> Result<Vec<Billing>, StorageError> {
        match self {
            Self::Stored(store) => Ok(store.billings().await?.into_values().collect()),
            Self::Read(read) => Ok(read.billings()),
        }
    }

    /// Returns the details of these sessions besides usage; unknown ones are omitted.
    pub(super) async fn session_details(
        &self,
        sessions: &[&str],
    ) -> Result<Vec<SessionDetails>, StorageError> {
        match self {
            Self::Stored(store) => store.session_details(sessions).await,
            Self::Read(read) => Ok(read.session_details(sessions)),
        }
    }
}
