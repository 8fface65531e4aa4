//! Snapshots of the totals, as they were reported at a time.
//!
//! Usage is kept permanently and priced again with every query, so it cannot show the totals reported last
//! week. Snapshots can: they never change.
//!
//! # Design
//!
//! A clock can be wrong for a while, by years. When the next snapshot is due and which ones are old
//! therefore follows from the times of the stored ones too: a time that differs from now by the
//! interval or more, in either direction, is not recent; and age is counted from no later than the
//! snapshot before, which a jump of the clock cannot move.

use crate::error::IngestError;
use ctm_config::settings::Settings;
use ctm_report::Reporter;
use ctm_report::clock::Clock;
use ctm_storage::{Store, Writer};
use ctm_types::EpochMs;

const DAY_MS: i64 = 86_400_000;

/// Number of stored snapshots that a new time is compared with.
const COMPARED: usize = 30;

/// If these and now are further apart, a clock was wrong, and the earliest of them is trusted.
const FAR_MS: i64 = 2 * 365 * DAY_MS;

/// Takes a snapshot whenever one is due and the totals have changed since the last one.
pub struct SnapshotTaker {
    store: Store,
    reporter: Reporter,
    clock: Clock,
    interval_ms: i64,
    retention_ms: i64,
    /// Time of the last snapshot or comparison, in UTC epoch milliseconds.
    last_ms: Option<EpochMs>,
}

impl SnapshotTaker {
    /// Continues after the last stored snapshot.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn begin(
        settings: &Settings,
        store: Store,
        reporter: Reporter,
        clock: Clock,
    ) -> Result<Self, IngestError> {
        let interval_ms = i64::try_from(settings.snapshot_interval.as_millis()).unwrap_or(i64::MAX);
        let days = i64::try_from(settings.retention_days).unwrap_or(i64::MAX);
        let last = store.last_snapshot().await?;
        Ok(Self {
            last_ms: last.map(|last| last.taken_at_ms),
            retention_ms: days.saturating_mul(DAY_MS),
            interval_ms,
            store,
            reporter,
            clock,
        })
    }

    /// Takes a snapshot if one is due and the totals differ from the last one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn take_if_due(&mut self, writer: &mut Writer) -> Result<(), IngestError> {
        let now_ms = self.clock.now_ms();
        if !is_due(now_ms, self.last_ms, self.interval_ms) {
            return Ok(());
        }
        let last = self.store.last_snapshot().await?;
        let last = last.map(|last| (last.data_version, last.price_version));
        let shown =
            (self.reporter.facts().data_version().await?, self.reporter.prices().version().to_owned());
        if last.as_ref() != Some(&shown) {
            let snapshot = self.reporter.snapshot().await?;
            let taken_ms = self.store.last_snapshot_times(COMPARED).await?;
            writer.add_snapshot(&snapshot, keep_from_ms(now_ms, &taken_ms, self.retention_ms)).await?;
        }
        self.last_ms = Some(now_ms);
        Ok(())
    }
}

/// Returns whether the next snapshot is due; one from the future was taken by a wrong clock.
fn is_due(now_ms: EpochMs, last_ms: Option<EpochMs>, interval_ms: i64) -> bool {
    last_ms.is_none_or(|last_ms| now_ms.0.abs_diff(last_ms.0) >= interval_ms.unsigned_abs())
}

/// Returns the time before which snapshots are old, given the times of the last stored ones, the
/// latest first.
fn keep_from_ms(now_ms: EpochMs, taken_ms: &[EpochMs], retention_ms: i64) -> EpochMs {
    let Some(before_ms) = taken_ms.first() else { return EpochMs::MIN };
    let latest_ms = now_ms.min(*before_ms);
    let earliest_ms = taken_ms.iter().fold(latest_ms, |earliest, taken| earliest.min(*taken));
    let is_far = latest_ms.since(earliest_ms) > FAR_MS;
    let believed_ms = if is_far { earliest_ms } else { latest_ms };
    believed_ms.saturating_sub(retention_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMs = EpochMs(1_773_136_800_000);
    const DECADE_MS: i64 = 10 * 365 * DAY_MS;
    const RETENTION_MS: i64 = 30 * DAY_MS;

    #[test]
    fn a_snapshot_is_due_when_the_last_is_not_recent_on_either_side() {
        let check = |last_ms, expected| assert_eq!(is_due(NOW, last_ms, DAY_MS), expected, "{last_ms:?}");
        check(None, true);
        check(Some(NOW), false);
        check(Some(NOW - DAY_MS + 1), false);
        check(Some(NOW - DAY_MS), true);
        // A clock that is set back a little delays the next snapshot, one that was years ahead does not.
        check(Some(NOW + 3_600_000), false);
        check(Some(NOW + DECADE_MS), true);
        check(Some(EpochMs::MAX), true);
        check(Some(EpochMs::MIN), true);
    }

    #[test]
    fn old_snapshots_are_those_that_are_old_by_any_clock() {
        let check = |now_ms: EpochMs, taken_ms: &[EpochMs], expected: EpochMs| {
            assert_eq!(keep_from_ms(now_ms, taken_ms, RETENTION_MS), expected, "{now_ms}: {taken_ms:?}");
        };
        // The first one expires none.
        check(NOW, &[], EpochMs::MIN);
        check(NOW, &[NOW - DAY_MS, NOW - 2 * DAY_MS], NOW - DAY_MS - RETENTION_MS);
        // A gap of a year is trusted from the second snapshot after it.
        let pause = NOW - 365 * DAY_MS;
        check(NOW, &[pause, pause - DAY_MS], pause - RETENTION_MS);
        check(NOW + DAY_MS, &[NOW, pause], NOW - RETENTION_MS);
        // A clock ten years ahead expires none, regardless of the number of snapshots.
        check(NOW + DECADE_MS, &[NOW, NOW - DAY_MS], NOW - RETENTION_MS);
        let ahead = [NOW + DECADE_MS + DAY_MS, NOW + DECADE_MS, NOW];
        check(NOW + DECADE_MS + 2 * DAY_MS, &ahead, NOW - RETENTION_MS);
        // Nor does it when it is right again, or was far behind.
        check(NOW + DAY_MS, &ahead, NOW + DAY_MS - RETENTION_MS);
        check(EpochMs(0), &[NOW, NOW - DAY_MS], EpochMs(-RETENTION_MS));
        check(NOW, &[EpochMs(0), NOW - DAY_MS], EpochMs(-RETENTION_MS));
        check(EpochMs::MAX, &[EpochMs::MIN, EpochMs::MAX], EpochMs::MIN);
    }
}
