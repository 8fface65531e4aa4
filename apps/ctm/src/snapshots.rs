//! Snapshots of the totals: what was reported, when.
//!
//! Usage itself is kept for ever and priced anew with every question, so that it cannot tell what
//! was reported last week. Snapshots can: they stay as they were taken.

use crate::clock::Clock;
use crate::error::AppError;
use crate::ingest::Ingestor;
use crate::report::Reporter;
use crate::settings::Settings;
use ctm_storage::Store;

const DAY_MS: i64 = 86_400_000;

/// Takes a snapshot whenever one is due and something has changed since the last.
pub struct Snapshots {
    store: Store,
    reporter: Reporter,
    clock: Clock,
    interval_ms: i64,
    retention_ms: i64,
    /// When to think of the next one, in UTC epoch milliseconds.
    due_ms: i64,
}

impl Snapshots {
    /// Begins where the last snapshot was taken.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn begin(
        settings: &Settings,
        store: Store,
        reporter: Reporter,
        clock: Clock,
    ) -> Result<Self, AppError> {
        let interval_ms = i64::try_from(settings.snapshot_interval.as_millis()).unwrap_or(i64::MAX);
        let days = i64::try_from(settings.retention_days).unwrap_or(i64::MAX);
        let last = store.last_snapshot().await?;
        Ok(Self {
            due_ms: last.map_or(i64::MIN, |last| last.taken_at_ms.saturating_add(interval_ms)),
            retention_ms: days.saturating_mul(DAY_MS),
            interval_ms,
            store,
            reporter,
            clock,
        })
    }

    /// Takes a snapshot if one is due and shows something else than the last one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn take_if_due(&mut self, ingestor: &mut Ingestor) -> Result<(), AppError> {
        let now_ms = self.clock.now_ms();
        if now_ms < self.due_ms {
            return Ok(());
        }
        let last = self.store.last_snapshot().await?;
        let last = last.map(|last| (last.data_version, last.price_version));
        let shown = (self.store.data_version().await?, self.reporter.prices().version().to_owned());
        if last.as_ref() != Some(&shown) {
            let snapshot = self.reporter.snapshot().await?;
            ingestor.add_snapshot(&snapshot, now_ms.saturating_sub(self.retention_ms)).await?;
        }
        self.due_ms = now_ms.saturating_add(self.interval_ms);
        Ok(())
    }
}
