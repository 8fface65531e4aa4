//! The back end without a database: the facts of one scan, in memory.
//!
//! # Design
//!
//! Nothing is kept that resumes reading: a scan reads every transcript from its first byte, and readers see it as a
//! whole when it is [settled](MemoryWriter::settle). The next scan replaces it. Each reading thread counts into a
//! tally of its own, and these are merged at the end, which takes less time than handing every batch to one thread.

use ctm_facts::{Applied, FactKey, ResolvedFilter, StorageError, Sums, Tally, UsageFilter};
use ctm_types::{
    Batch, Billing, BillingId, Catalog, DaySpan, EpochMs, FolderId, Projects, SessionDetails, StatsCache,
    StoredStatsCache, UsageRow, UtcDay,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// Facts in memory; clones share them.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    /// Long-context thresholds that split usage, in tokens and ascending.
    context_thresholds: Arc<[u64]>,
    /// Rules of project names.
    rules: Projects,
    /// Returns an empty tally of what is counted.
    empty: fn() -> Tally,
    facts: Arc<RwLock<Arc<Facts>>>,
}

/// The facts of a scan.
#[derive(Debug, Default)]
struct Facts {
    tally: Tally,
    sums: Sums,
    stats_caches: Vec<StoredStatsCache>,
}

impl MemoryStore {
    /// Creates an empty store. Usage is split by `context_thresholds`: prompt sizes in tokens, in ascending order.
    #[must_use]
    pub fn new(context_thresholds: &[u64], rules: Projects) -> Self {
        Self {
            context_thresholds: context_thresholds.into(),
            rules,
            empty: Tally::default,
            facts: Arc::default(),
        }
    }

    /// Counts also for [`MemoryStore::session_details`], which are left out by default.
    #[must_use]
    pub fn with_session_details(self) -> Self {
        Self { empty: Tally::with_session_details, ..self }
    }

    /// Returns a writer.
    #[must_use]
    pub fn writer(&self) -> MemoryWriter {
        MemoryWriter { store: self.clone(), counted: (self.empty)(), stats_caches: BTreeMap::new() }
    }

    fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.facts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the names behind the numbers of usage.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.facts().sums.catalog.clone()
    }

    /// Returns how many lines are replies that count no tokens.
    #[must_use]
    pub fn uncounted_lines(&self) -> u64 {
        self.facts().tally.uncounted_lines()
    }
}

/// The questions of [`FactsReader`](crate::FactsReader); none of them fails.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl MemoryStore {
    /// Returns 0: nothing is compared with an earlier state.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        Ok(0)
    }

    /// Returns the times of the first and of the last response, in UTC epoch milliseconds.
    pub async fn time_span(&self) -> Result<Option<(EpochMs, EpochMs)>, StorageError> {
        let facts = self.facts();
        let first_ms = facts.sums.rows.iter().map(|row| row.first_ms).min();
        Ok(first_ms.zip(facts.sums.rows.iter().map(|row| row.last_ms).max()))
    }

    /// Returns the usage that passes the filter.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        let facts = self.facts();
        let resolved = facts.resolve(filter);
        Ok(facts.sums.rows.iter().filter(|row| resolved.takes(&FactKey::from(*row))).copied().collect())
    }

    /// Passes the same rows to `take`: all in one part, because they are in no order.
    pub async fn each_usage(
        &self,
        filter: &UsageFilter,
        mut take: impl FnMut(&[UsageRow]) + Send,
    ) -> Result<(), StorageError> {
        take(&self.usage(filter).await?);
        Ok(())
    }

    /// Returns every folder by its number, and how folders are called after their projects.
    pub async fn folders(&self) -> Result<(HashMap<FolderId, String>, Projects), StorageError> {
        let facts = self.facts();
        Ok((facts.sums.folders.clone(), facts.sums.naming.clone()))
    }

    /// Returns all models and price terms that were billed, by number.
    pub async fn billings(&self) -> Result<HashMap<BillingId, Billing>, StorageError> {
        Ok(self.facts().sums.catalog.billings.clone())
    }

    /// Returns what these sessions have beside usage; unknown ones are left out.
    pub async fn session_details(&self, sessions: &[&str]) -> Result<Vec<SessionDetails>, StorageError> {
        let sessions: HashSet<&str> = sessions.iter().copied().collect();
        let wanted = |session: &SessionDetails| sessions.contains(session.session.as_str());
        Ok(self.facts().tally.session_details().into_iter().filter(wanted).collect())
    }

    /// Returns the first and the last day of Claude Code's own statistics.
    pub async fn stats_cache_span(&self) -> Result<Option<DaySpan>, StorageError> {
        let facts = self.facts();
        let tokens = facts.stats_caches.iter().flat_map(|stored| &stored.cache.tokens);
        Ok(DaySpan::of(tokens.filter_map(|figure| UtcDay::of_date(&figure.date))))
    }

    /// Returns Claude Code's own statistics, by home.
    pub async fn stored_stats_caches(&self) -> Result<Vec<StoredStatsCache>, StorageError> {
        Ok(self.facts().stats_caches.clone())
    }
}

impl Facts {
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
            homes: filter.homes_among(homes.iter().map(|(id, path)| (*id, path.as_str()))),
            sidechain: filter.sidechain,
            without: filter.without.clone(),
            // Memory has no telemetry.
            unlogged: false,
        }
    }
}

/// Fills a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryWriter {
    store: MemoryStore,
    /// Batches of the scan in progress.
    counted: Tally,
    /// The stats cache of each home, with its time of modification.
    stats_caches: BTreeMap<String, (i64, StoredStatsCache)>,
}

impl MemoryWriter {
    /// Drops what a scan that was not completed left, and returns when the known stats caches were modified.
    pub(crate) fn resume(&mut self) -> HashMap<String, i64> {
        self.counted = self.tally();
        self.stats_caches.iter().map(|(home, (modified_ns, _))| (home.clone(), *modified_ns)).collect()
    }

    /// Returns an empty tally for a reading thread.
    pub(crate) fn tally(&self) -> Tally {
        (self.store.empty)()
    }

    /// Adds the tally of a thread.
    pub(crate) fn add(&mut self, tally: Tally) {
        self.counted.merge(tally);
    }

    /// Counts batches; nobody is notified of single ones.
    ///
    /// # Errors
    ///
    /// Never fails.
    pub async fn apply(&mut self, batches: &[Batch]) -> Result<Applied, StorageError> {
        batches.iter().for_each(|batch| self.counted.add(batch.clone()));
        Ok(Applied::default())
    }

    /// Keeps a home's stats cache of that time.
    ///
    /// # Errors
    ///
    /// Never fails.
    pub async fn store_stats_cache(
        &mut self,
        home: &str,
        modified_ns: i64,
        cache: &StatsCache,
    ) -> Result<(), StorageError> {
        let stored = StoredStatsCache {
            home: home.to_owned(),
            units: vec![cache.token_unit; cache.tokens.len()],
            cache: cache.clone(),
        };
        self.stats_caches.insert(home.to_owned(), (modified_ns, stored));
        Ok(())
    }

    /// Sums up the scan, and shows it to readers in place of the one before.
    ///
    /// # Errors
    ///
    /// Never fails.
    pub async fn settle(&mut self) -> Result<(), StorageError> {
        let empty = self.tally();
        let tally = std::mem::replace(&mut self.counted, empty);
        let MemoryStore { context_thresholds, rules, facts, .. } = &self.store;
        let sums = tally.sums(context_thresholds, rules);
        let stats_caches = self.stats_caches.values().map(|(_, stored)| stored.clone()).collect();
        let settled = Arc::new(Facts { tally, sums, stats_caches });
        *facts.write().unwrap_or_else(PoisonError::into_inner) = settled;
        Ok(())
    }
}
