//! Runs of hooks, and the time that they take.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::Query;
use super::wire::{HookItem, HookStats, HookTimes, Time};
use ctm_facts::CatalogNames;
use ctm_facts::hooks::HookUsage;

impl DatabaseReports {
    /// Returns how often each hook ran, and for how long, the longest time first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hooks(&self, query: &Query) -> Result<HookStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let usage = self.machine_store()?.hook_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        let mut all = HookUsage::default();
        usage.iter().for_each(|of| all += of);
        let totals = times(&all);
        Ok(HookStats {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            items: usage.into_iter().map(|of| item(of, totals.total_ms)).collect(),
            totals,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is for showing only")]
fn item(of: HookUsage, all_ms: u64) -> HookItem {
    let times = times(&of);
    let share_time = (all_ms > 0).then(|| times.total_ms as f64 / all_ms as f64);
    HookItem { program: of.program, event: of.event, share_time, times }
}

fn times(of: &HookUsage) -> HookTimes {
    HookTimes {
        runs: of.runs,
        judged_runs: of.judged,
        failed_runs: of.failed,
        blocked_runs: of.blocked,
        timed_runs: of.durations.count(),
        total_ms: of.durations.total_ms(),
        median_ms: of.durations.quantile_ms(50),
        p95_ms: of.durations.quantile_ms(95),
        max_ms: of.durations.max_ms(),
        sessions: of.sessions.len() as u64,
        last_at: (of.runs > 0).then(|| Time::of(of.last_ms)),
    }
}
