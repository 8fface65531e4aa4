//! What others counted: Claude Code's own statistics, and figures that other programs kept. Neither is added to anything.

use super::imports::ImportedUsages;
use super::query::Query;
use super::stats_cache::StatsCacheDays;
use super::wire;
use chrono::NaiveDate;
use ctm_aggregate::DateRange;
use ctm_backend::FactsReader;
use ctm_facts::StorageError;
use std::collections::BTreeSet;

/// The days that others counted.
#[derive(Debug, Default)]
pub(super) struct OtherCounts {
    /// Claude Code's own statistics.
    pub(super) stats_cache: StatsCacheDays,
    /// Figures that other programs kept.
    pub(super) imported: ImportedUsages,
}

impl OtherCounts {
    /// Loads the counts that suit the filter of a query.
    pub(super) async fn load(facts: &FactsReader, query: &Query) -> Result<Self, StorageError> {
        let homes = &query.filter.homes;
        let stats_cache = StatsCacheDays::load(facts, homes).await?;
        // Other programs do not distinguish homes.
        let imported = if homes.is_empty() {
            ImportedUsages::load(facts, &query.filter.models).await?
        } else {
            ImportedUsages::default()
        };
        Ok(Self { stats_cache, imported })
    }

    /// Returns the source of a day without events.
    pub(super) fn source(&self, date: NaiveDate) -> wire::FactSource {
        if self.stats_cache.day(date).is_some() {
            wire::FactSource::StatsCache
        } else if self.imported.of_day(date).next().is_some() {
            wire::FactSource::Imported
        } else {
            wire::FactSource::None
        }
    }

    /// Returns the days, in order.
    pub(super) fn days(&self) -> BTreeSet<NaiveDate> {
        self.stats_cache.days().chain(self.imported.days().map(|usage| usage.from)).collect()
    }

    /// Returns the first day.
    pub(super) fn first_day(&self) -> Option<NaiveDate> {
        let imported = self.imported.span().map(DateRange::from);
        self.stats_cache.first_day().into_iter().chain(imported).min()
    }
}
