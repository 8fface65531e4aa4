//! Reports of a limit as rises, and as resets.

use ctm_types::{EpochMs, LimitSample};
use std::collections::HashMap;

/// The rise of a window between two reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// Time of the first report, in UTC epoch milliseconds.
    pub from_ms: EpochMs,
    /// Time of the last report, in UTC epoch milliseconds.
    pub to_ms: EpochMs,
    /// The rise in percent of the limit, at least [`LEAST_PERCENT`].
    pub percent: f64,
}

/// A window that was reset before its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyReset {
    /// Time of the first report after it, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Time at which the window should have ended, in UTC epoch milliseconds.
    pub due_ms: EpochMs,
    /// Utilization before, in percent.
    pub before: f64,
    /// Utilization after, in percent.
    pub after: f64,
}

/// Rises are joined until they are as large, in percent: reports are often rounded to whole ones.
pub const LEAST_PERCENT: f64 = 1.0;

/// Limits that are reached may rise no further, whatever is used.
const FULL: f64 = 100.0;

/// Windows whose ends differ by less are the same, in milliseconds.
const SAME_END_MS: i64 = 60_000;

/// What is known of a window.
#[derive(Debug, Clone, Copy)]
struct Seen {
    end_ms: EpochMs,
    /// The report that the next rise is measured from.
    from: (EpochMs, f64),
    highest: f64,
}

/// Follows the reports of one limit of an account.
#[derive(Debug, Default)]
pub(super) struct Reports<'s> {
    current: Option<Seen>,
    /// The last report of each session, with the end of its window.
    sessions: HashMap<&'s str, (EpochMs, f64)>,
    pub(super) windows: usize,
    pub(super) rises: Vec<Rise>,
    pub(super) early_resets: Vec<EarlyReset>,
}

impl<'s> Reports<'s> {
    /// Adds a report; they come in the order of their first time. Without the end of its window it belongs to none.
    pub(super) fn add(&mut self, sample: &'s LimitSample) {
        let Some(end_ms) = sample.resets_at_ms else { return };
        let (at_ms, used) = (sample.first_at_ms, sample.used_percentage);
        let said = self.sessions.insert(&sample.session, (end_ms, used));
        match self.current {
            Some(seen) if is_same(seen.end_ms, end_ms) => {
                let fell =
                    said.is_some_and(|(end, before)| is_same(end, end_ms) && before - used >= LEAST_PERCENT);
                if fell { self.reset(&seen, sample, end_ms) } else { self.rise(seen, at_ms, used) }
            }
            // A session that shows an older window.
            Some(seen) if end_ms < seen.end_ms => {}
            Some(seen) if at_ms.saturating_add(SAME_END_MS) < seen.end_ms && used < seen.highest => {
                self.windows += 1;
                self.reset(&seen, sample, end_ms);
            }
            _ => {
                self.windows += 1;
                self.begin(sample, end_ms);
            }
        }
    }

    fn begin(&mut self, sample: &LimitSample, end_ms: EpochMs) {
        let used = sample.used_percentage;
        self.current = Some(Seen { end_ms, from: (sample.first_at_ms, used), highest: used });
    }

    fn reset(&mut self, seen: &Seen, sample: &LimitSample, end_ms: EpochMs) {
        self.early_resets.push(EarlyReset {
            at_ms: sample.first_at_ms,
            due_ms: seen.end_ms,
            before: seen.highest,
            after: sample.used_percentage,
        });
        self.begin(sample, end_ms);
    }

    fn rise(&mut self, mut seen: Seen, at_ms: EpochMs, used: f64) {
        seen.highest = seen.highest.max(used);
        let (from_ms, before) = seen.from;
        let percent = used - before;
        if percent >= LEAST_PERCENT {
            if used < FULL {
                self.rises.push(Rise { from_ms, to_ms: at_ms, percent });
            }
            seen.from = (at_ms, used);
        }
        self.current = Some(seen);
    }
}

fn is_same(one_ms: EpochMs, other_ms: EpochMs) -> bool {
    one_ms.since(other_ms).abs() < SAME_END_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::LimitWindow;

    /// The end of the first window, in minutes.
    const END: i64 = 300;

    /// A report: the session, the minute, the utilization, and the minute at which the window ends.
    type Report = (&'static str, i64, f64, i64);

    fn samples(reports: &[Report]) -> Vec<LimitSample> {
        let minute = |minute: i64| EpochMs(minute * 60_000);
        let sample = |(session, at, used, end): &Report| LimitSample {
            home: String::new(),
            session: (*session).to_owned(),
            window: LimitWindow::FiveHour,
            used_percentage: *used,
            resets_at_ms: Some(minute(*end)),
            first_at_ms: minute(*at),
            last_at_ms: minute(*at),
        };
        reports.iter().map(sample).collect()
    }

    /// Checks the rises as minutes with percent, and the early resets as minutes.
    fn check(reports: &[Report], rises: &[(i64, i64, f64)], resets: &[i64], windows: usize) {
        let samples = samples(reports);
        let mut of = Reports::default();
        samples.iter().for_each(|sample| of.add(sample));
        let minute = |at_ms: EpochMs| at_ms.0 / 60_000;
        let found: Vec<_> =
            of.rises.iter().map(|rise| (minute(rise.from_ms), minute(rise.to_ms), rise.percent)).collect();
        assert_eq!(found, rises, "{reports:?}");
        let found: Vec<_> = of.early_resets.iter().map(|reset| minute(reset.at_ms)).collect();
        assert_eq!((&*found, of.windows), (resets, windows), "{reports:?}");
    }

    #[test]
    fn rises_are_joined_to_a_percent_and_end_before_the_limit() {
        let reports = [("a", 1, 10.0, END), ("a", 2, 10.5, END), ("a", 3, 11.5, END), ("a", 9, 14.0, END)];
        check(&reports, &[(1, 3, 1.5), (3, 9, 2.5)], &[], 1);
        check(&[("a", 1, 97.0, END), ("a", 2, 99.0, END), ("a", 3, 100.0, END)], &[(1, 2, 2.0)], &[], 1);
    }

    #[test]
    fn sessions_that_repeat_an_old_figure_change_nothing() {
        let reports = [("a", 1, 10.0, END), ("b", 2, 12.0, END), ("a", 3, 10.5, END), ("b", 4, 13.0, END)];
        check(&reports, &[(1, 2, 2.0), (2, 4, 1.0)], &[], 1);
        let reports =
            [("a", 1, 50.0, END), ("b", 310, 1.0, 600), ("a", 311, 51.0, END), ("b", 312, 3.0, 600)];
        check(&reports, &[(310, 312, 2.0)], &[], 2);
    }

    #[test]
    fn a_window_that_begins_or_falls_before_the_end_is_an_early_reset() {
        check(
            &[("a", 1, 60.0, END), ("a", 100, 2.0, 400), ("a", 110, 4.0, 400)],
            &[(100, 110, 2.0)],
            &[100],
            2,
        );
        check(
            &[("a", 1, 60.0, END), ("a", 100, 2.0, END), ("a", 110, 4.0, END)],
            &[(100, 110, 2.0)],
            &[100],
            1,
        );
        check(&[("a", 1, 60.0, END), ("a", 301, 2.0, 600)], &[], &[], 2);
        // Seconds of difference are no other window, and a new session has no report before.
        check(&[("a", 1, 60.0, END), ("b", 2, 2.0, END)], &[], &[], 1);
    }
}
