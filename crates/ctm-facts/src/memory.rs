//! The back end without a database: facts of transcripts that were read just now.

use crate::{FactKey, ResolvedFilter, Sums, Tally, UsageFilter};
use ctm_types::{Billing, Catalog, EpochMs, FolderId, Projects, SessionDetails, StoredStatsCache, UsageRow};
use std::collections::{HashMap, HashSet};

/// The facts of transcripts that were read without a database.
#[derive(Debug)]
pub struct MemoryFacts {
    tally: Tally,
    sums: Sums,
    stats_caches: Vec<StoredStatsCache>,
}

impl MemoryFacts {
    /// Sums the facts read, in context bands by these long-context thresholds, with Claude Code's own
    /// statistics next to it. The rules determine the names of projects.
    #[must_use]
    pub fn new(
        tally: Tally,
        context_thresholds: &[u64],
        rules: &Projects,
        stats_caches: Vec<StoredStatsCache>,
    ) -> Self {
        Self { sums: tally.sums(context_thresholds, rules), tally, stats_caches }
    }

    /// Returns the times of the first and of the last response, in UTC epoch milliseconds.
    #[must_use]
    pub fn time_span(&self) -> Option<(EpochMs, EpochMs)> {
        let first_ms = self.sums.rows.iter().map(|row| row.first_ms).min();
        first_ms.zip(self.sums.rows.iter().map(|row| row.last_ms).max())
    }

    /// Returns Claude Code's own statistics, by home.
    #[must_use]
    pub fn stats_caches(&self) -> &[StoredStatsCache] {
        &self.stats_caches
    }

    /// Returns the first and the last day of Claude Code's own statistics.
    #[must_use]
    pub fn stats_cache_span(&self) -> Option<(String, String)> {
        let dates = || self.stats_caches.iter().flat_map(|stored| &stored.cache.tokens);
        let first = dates().map(|figure| figure.date.clone()).min();
        first.zip(dates().map(|figure| figure.date.clone()).max())
    }

    /// Returns the usage that passes the filter.
    #[must_use]
    pub fn usage(&self, filter: &UsageFilter) -> Vec<UsageRow> {
        let resolved = self.resolve(filter);
        self.sums.rows.iter().filter(|row| resolved.takes(&FactKey::from(*row))).copied().collect()
    }

    /// Looks up the names of a filter.
    fn resolve(&self, filter: &UsageFilter) -> ResolvedFilter {
        let Catalog { sessions, projects, homes, billings } = &self.sums.catalog;
        ResolvedFilter {
            from: filter.from,
            until: filter.until,
            projects: filter.projects_among(projects.iter().map(|(id, name)| (*id, name.as_str()))),
            folders: filter.folders_among(self.sums.folders.iter().map(|(id, path)| (*id, path.as_str()))),
            billings: filter.billings_among(billings.iter().map(|(id, of)| (*id, of.model.as_str()))),
            sessions: filter.sessions_among(sessions.iter().map(|(id, name)| (*id, name.as_str()))),
            homes: filter.homes_among(homes.iter().map(|(id, root)| (*id, root.as_str()))),
            sidechain: filter.sidechain,
            without: filter.without.clone(),
        }
    }

    /// Returns the names behind the numbers of usage.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.sums.catalog.clone()
    }

    /// Returns every folder by its number, and how folders are called after their projects.
    #[must_use]
    pub fn folders(&self) -> (HashMap<FolderId, String>, Projects) {
        (self.sums.folders.clone(), self.sums.naming.clone())
    }

    /// Returns all models and price terms that were billed.
    #[must_use]
    pub fn billings(&self) -> Vec<Billing> {
        self.sums.catalog.billings.values().cloned().collect()
    }

    /// Returns details of these sessions besides usage; unknown sessions are omitted.
    #[must_use]
    pub fn session_details(&self, sessions: &[&str]) -> Vec<SessionDetails> {
        let sessions: HashSet<&str> = sessions.iter().copied().collect();
        let wanted = |session: &SessionDetails| sessions.contains(session.session.as_str());
        self.tally.session_details().into_iter().filter(wanted).collect()
    }

    /// Returns how many lines are replies that count no tokens.
    #[must_use]
    pub fn uncounted_lines(&self) -> u64 {
        self.tally.uncounted_lines()
    }
}
