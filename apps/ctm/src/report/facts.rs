//! Source of the facts of a report: the database, or transcripts that were just read.

use super::stats_cache::StatsCacheDays;
use ctm_aggregate::{DateRange, Sums, Tally};
use ctm_storage::{StorageError, Store, UsageFilter};
use ctm_types::project::normalised;
use ctm_types::{Billing, Catalog, Projects, SessionDetails, StoredStatsCache, UsageRow};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Facts to answer from.
#[derive(Debug, Clone)]
pub enum Facts {
    /// Those of a database.
    Stored(Store),
    /// Those of transcripts that are there now, without a database.
    Read(Arc<ReadFacts>),
}

/// The facts of transcripts that were read without a database.
#[derive(Debug)]
pub struct ReadFacts {
    tally: Tally,
    sums: Sums,
    stats_caches: Vec<StoredStatsCache>,
}

impl ReadFacts {
    /// Sums up the usage that was read, split by these long-context thresholds, and puts Claude Code's
    /// own statistics beside it. Projects are called by the rules.
    #[must_use]
    pub fn new(
        tally: Tally,
        context_thresholds: &[u64],
        rules: &Projects,
        stats_caches: Vec<StoredStatsCache>,
    ) -> Self {
        Self { sums: tally.sums(context_thresholds, rules), tally, stats_caches }
    }
}

/// Names that an answer shows, beside those of models and homes.
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
    pub(super) async fn time_span(&self) -> Result<Option<(i64, i64)>, StorageError> {
        match self {
            Self::Stored(store) => store.time_span().await,
            Self::Read(read) => {
                let rows = || read.sums.rows.iter().map(|(row, _)| row);
                let first_ms = rows().map(|row| row.first_ms).min();
                Ok(first_ms.zip(rows().map(|row| row.last_ms).max()))
            }
        }
    }

    /// Returns the first and the last day of Claude Code's own statistics, in UTC.
    pub(super) async fn stats_cache_span(&self) -> Result<Option<DateRange>, StorageError> {
        let span = match self {
            Self::Stored(store) => store.stats_cache_span().await?,
            Self::Read(read) => {
                let dates = || read.stats_caches.iter().flat_map(|stored| &stored.cache.tokens);
                let first = dates().map(|figure| figure.date.clone()).min();
                first.zip(dates().map(|figure| figure.date.clone()).max())
            }
        };
        Ok(span.and_then(|(first, last)| DateRange::new(first.parse().ok()?, last.parse().ok()?).ok()))
    }

    /// Returns what Claude Code's own statistics say by day, of some homes, or of all where none is
    /// named.
    pub(super) async fn stats_cache_days(&self, homes: &[String]) -> Result<StatsCacheDays, StorageError> {
        match self {
            Self::Stored(store) => StatsCacheDays::load(store, homes).await,
            Self::Read(read) => Ok(StatsCacheDays::of(&read.stats_caches, homes)),
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
            Self::Read(read) => Ok(read.sums.catalog.clone()),
        }
    }

    /// Returns every folder by its number, and how folders are called after their projects.
    pub(super) async fn folders(&self) -> Result<(HashMap<i64, String>, Projects), StorageError> {
        match self {
            Self::Stored(store) => store.folders().await,
            Self::Read(read) => Ok((read.sums.folders.clone(), read.sums.naming.clone())),
        }
    }

    /// Returns all models and price terms that were ever billed.
    pub(super) async fn billings(&self) -> Result<Vec<Billing>, StorageError> {
        match self {
            Self::Stored(store) => Ok(store.billings().await?.into_values().collect()),
            Self::Read(read) => Ok(read.sums.catalog.billings.values().cloned().collect()),
        }
    }

    /// Returns what these sessions have beside usage; unknown ones are left out.
    pub(super) async fn session_details(
        &self,
        sessions: &[&str],
    ) -> Result<Vec<SessionDetails>, StorageError> {
        match self {
            Self::Stored(store) => store.session_details(sessions).await,
            Self::Read(read) => {
                let sessions: HashSet<&str> = sessions.iter().copied().collect();
                let wanted = |session: &SessionDetails| sessions.contains(session.session.as_str());
                Ok(read.tally.session_details().into_iter().filter(wanted).collect())
            }
        }
    }
}

impl ReadFacts {
    /// Returns how many lines are replies that count no tokens.
    pub(super) fn uncounted_lines(&self) -> u64 {
        self.tally.uncounted_lines()
    }

    fn usage(&self, filter: &UsageFilter) -> Vec<UsageRow> {
        let Catalog { sessions, projects, homes, billings } = &self.sums.catalog;
        let among =
            |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
        let folders: HashSet<String> = filter.folders.iter().map(|folder| normalised(folder)).collect();
        let taken = |(row, sidechain): &&(UsageRow, bool)| {
            filter.from.is_none_or(|from| row.slot >= from)
                && filter.until.is_none_or(|until| row.slot < until)
                && filter.sidechain.is_none_or(|wanted| wanted == *sidechain)
                && among(&filter.sessions, &sessions[&row.session])
                && among(&filter.projects, &projects[&row.project])
                && (folders.is_empty() || folders.contains(&normalised(&self.sums.folders[&row.folder])))
                && among(&filter.homes, &homes[&row.home])
                && among(&filter.models, &billings[&row.billing].model)
        };
        self.sums.rows.iter().filter(taken).map(|(row, _)| *row).collect()
    }
}
