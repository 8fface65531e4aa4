//! Runs of hooks, and the time that they take.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::Query;
use super::wire::{HookItem, HookStats, HookTimes, Time};
use ctm_facts::CatalogNames;
use ctm_facts::hooks::{Durations, HookUsage};
use ctm_types::{EpochMs, SessionId};
use std::collections::HashSet;

impl DatabaseReports {
    /// Returns how often each hook ran, and for how long, the longest time first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hooks(&self, query: &Query) -> Result<HookStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let usage = self.store.hook_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        let (mut durations, mut sessions) = (Durations::default(), HashSet::<SessionId>::new());
        for of in &usage {
            durations.extend(&of.durations);
            sessions.extend(&of.sessions);
        }
        let runs = usage.iter().map(|of| of.runs).sum();
        let last_ms = usage.iter().map(|of| of.last_ms).max();
        let totals = times(runs, &durations, &sessions, last_ms);
        Ok(HookStats {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            items: usage.into_iter().map(|of| item(of, totals.total_ms)).collect(),
            totals,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is for showing only")]
fn item(of: HookUsage, all_ms: u64) -> HookItem {
    let times = times(of.runs, &of.durations, &of.sessions, Some(of.last_ms));
    let share_time = (all_ms > 0).then(|| times.total_ms as f64 / all_ms as f64);
    HookItem { program: of.program, share_time, times }
}

fn times(
    runs: u64,
    durations: &Durations,
    sessions: &HashSet<SessionId>,
    last_ms: Option<EpochMs>,
) -> HookTimes {
    HookTimes {
        runs,
        timed_runs: durations.count(),
        total_ms: durations.total_ms(),
        median_ms: durations.quantile_ms(50),
        p95_ms: durations.quantile_ms(95),
        max_ms: durations.max_ms(),
        sessions: sessions.len() as u64,
        last_at: last_ms.map(Time::of),
    }
}
