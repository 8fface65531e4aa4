//! How many sessions and subagents are active at once.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of_step};
use super::trends::buckets;
use super::wire::{self, ConcurrencyItem, ConcurrencyStats, Time};
use ctm_aggregate::{ConcurrencyOverTime, Step};
use ctm_facts::CatalogNames;
use ctm_types::{ACTIVE_MS, AtOnce, Slot};

impl DatabaseReports {
    /// Returns for how long how many sessions and subagents are active at once, in buckets.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the period has usage in too many buckets.
    pub async fn concurrency(&self, query: &Query, step: Step) -> Result<ConcurrencyStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let range = gathered.range;
        // A session is active for a while after its response, perhaps in the next slot.
        let slots = gathered.rows.iter().flat_map(|row| [row.slot, Slot(row.slot.0.saturating_add(1))]);
        let buckets = buckets(range, step, query.tz, slots)?;
        let bounds = range.bounds_ms(query.tz);
        let mut over_time = ConcurrencyOverTime::new(&buckets);
        let mut parts =
            self.machine_store()?.concurrency(&query.between_ms(bounds.start, bounds.end)).await?;
        while let Some(rows) = parts.next().await? {
            over_time.add(&buckets, &rows);
        }
        let items = buckets.starts().iter().zip(&over_time.items);
        Ok(ConcurrencyStats {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            bucket: name_of_step(step),
            active_minutes: ACTIVE_MS.unsigned_abs() / 60_000,
            items: items
                .map(|(start, of)| ConcurrencyItem {
                    start: (*start).into(),
                    sessions: (&of.sessions).into(),
                    subagents: (&of.subagents).into(),
                })
                .collect(),
            sessions: (&over_time.totals.sessions).into(),
            subagents: (&over_time.totals.subagents).into(),
        })
    }
}

impl From<&AtOnce> for wire::AtOnce {
    #[expect(clippy::cast_precision_loss, reason = "a mean is for showing only")]
    fn from(of: &AtOnce) -> Self {
        let active_ms = of.active_ms();
        Self {
            peak: of.peak.map_or(0, |(peak, _)| peak),
            peak_at: of.peak.map(|(_, at_ms)| Time::of(at_ms)),
            mean: (active_ms > 0).then(|| of.total_ms as f64 / active_ms as f64),
            active_ms,
            one_ms: of.one_ms,
            two_ms: of.two_ms,
            more_ms: of.more_ms,
            total_ms: of.total_ms,
        }
    }
}
