//! Official limits over time.
//!
//! Every session keeps showing its last value, so that samples of several sessions are
//! interleaved. Within a window usage only rises: only a value above all previous ones counts.

use ctm_types::{EpochMs, LimitSample, LimitWindow};
use std::collections::HashMap;

/// The utilization of the current windows.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentLimits<'a> {
    /// The Claude home of the account; empty when unknown.
    pub home: &'a str,
    /// The 5-hour window, if one is active and was reported.
    pub five_hour: Option<CurrentLimit<'a>>,
    /// The 7-day window, if one is active and was reported.
    pub seven_day: Option<CurrentLimit<'a>>,
    /// Current windows of single models and of spending, if any were reported.
    pub others: Vec<CurrentLimit<'a>>,
}

/// The utilization of a current window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentLimit<'a> {
    /// The sample with the highest value.
    pub sample: &'a LimitSample,
    /// The pace of the last part of the window; `None` when too few samples are known.
    pub pace: Option<LimitPace>,
}

/// The pace at which a limit is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitPace {
    /// Percent per hour.
    pub percent_per_hour: f64,
    /// Time at which 100 % is reached at this pace, in UTC epoch milliseconds; `None` when the limit resets before, or
    /// is reached already.
    pub runs_out_ms: Option<EpochMs>,
}

/// A pace is measured over the last part of a window: an hour of five, a day and a half of seven days.
const PACE_PART: i64 = 5;

/// A pace is known after this part of a window: 10 minutes of five hours, five hours of seven days.
const SHORTEST_PART: i64 = 30;

/// Number of new maxima in that time from which on a pace is known.
const FEWEST_RISES: usize = 2;

/// Windows whose ends differ by less are the same, in milliseconds.
const SAME_END_MS: i64 = 60_000;

const HOUR_MS: i64 = 3_600_000;

/// Identity of a window: its home, its kind, and the minute of its end.
type Key<'a> = (&'a str, LimitWindow, Option<i64>);

fn key(sample: &LimitSample) -> Key<'_> {
    let end =
        sample.resets_at_ms.map(|at_ms| at_ms.saturating_add(SAME_END_MS / 2).0.div_euclid(SAME_END_MS));
    (&sample.home, sample.window, end)
}

/// Returns, of samples in the order of their first report, the new maxima
/// in the same window.
#[must_use]
pub fn rises(samples: &[LimitSample]) -> Vec<&LimitSample> {
    rises_with_before(samples).map(|(sample, _)| sample).collect()
}

/// Returns, of samples in the order of their first report, those at which a limit was
/// reached: 100 % or more, after less in the same window.
#[must_use]
pub fn hits(samples: &[LimitSample]) -> Vec<&LimitSample> {
    let reached = rises_with_before(samples).filter(|(sample, before)| {
        sample.used_percentage >= 100.0 && before.is_none_or(|before| before < 100.0)
    });
    reached.map(|(sample, _)| sample).collect()
}

fn rises_with_before<'a>(
    samples: impl IntoIterator<Item = &'a LimitSample>,
) -> impl Iterator<Item = (&'a LimitSample, Option<f64>)> {
    let mut highest: HashMap<Key<'_>, f64> = HashMap::new();
    samples.into_iter().filter_map(move |sample| {
        let before = highest.get(&key(sample)).copied();
        if before.is_some_and(|before| before >= sample.used_percentage) {
            return None;
        }
        highest.insert(key(sample), sample.used_percentage);
        Some((sample, before))
    })
}

/// Returns the windows that are active at `now_ms`, in UTC epoch milliseconds, of the
/// home with the latest sample.
///
/// A sample dated in the future comes from a wrong clock: it only counts if there is no other.
#[must_use]
pub fn current(samples: &[LimitSample], now_ms: EpochMs) -> Option<CurrentLimits<'_>> {
    let is_past = |sample: &LimitSample| sample.first_at_ms <= now_ms;
    let is_any_past = samples.iter().any(is_past);
    let known = || samples.iter().filter(|sample| is_past(sample) || !is_any_past);
    let home = &*known().max_by_key(|sample| sample.last_at_ms.min(now_ms))?.home;
    let newest = |window| {
        let of_window = known().filter(|sample| sample.home == home && sample.window == window);
        // The latest window; in it, the highest value, reported most recently.
        let newest = of_window.max_by(|one, other| {
            let by_end = key(one).2.cmp(&key(other).2);
            let by_use = one.used_percentage.total_cmp(&other.used_percentage);
            by_end.then(by_use).then(one.last_at_ms.cmp(&other.last_at_ms))
        });
        let sample = newest.filter(|sample| is_active(sample, now_ms))?;
        let of_window: Vec<_> = known().filter(|other| key(other) == key(sample)).collect();
        Some(CurrentLimit { sample, pace: pace(&of_window, sample, now_ms) })
    };
    let [five_hour, seven_day] = [LimitWindow::FiveHour, LimitWindow::SevenDay].map(newest);
    let others: Vec<_> = LimitWindow::ALL[2..].iter().filter_map(|window| newest(*window)).collect();
    let is_any = five_hour.is_some() || seven_day.is_some() || !others.is_empty();
    is_any.then_some(CurrentLimits { home, five_hour, seven_day, others })
}

/// Returns the pace of a window, from its samples in the order of their first report and the highest of them.
///
/// Usage between the last two reports is in the latter, so that a pace is measured from one maximum to now.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a pace is for showing only"
)]
fn pace(samples: &[&LimitSample], highest: &LimitSample, now_ms: EpochMs) -> Option<LimitPace> {
    let length_ms = highest.window.hours() * HOUR_MS;
    let from_ms = now_ms.saturating_sub(length_ms / PACE_PART);
    let rises: Vec<_> = rises_with_before(samples.iter().copied()).map(|(sample, _)| sample).collect();
    let recent = rises.partition_point(|sample| sample.first_at_ms <= from_ms);
    let first = rises.get(recent.saturating_sub(1))?;
    let is_recent = |sample: &&&LimitSample| sample.first_at_ms > first.first_at_ms.max(from_ms);
    if rises.iter().filter(is_recent).count() < FEWEST_RISES {
        return None;
    }
    let elapsed_ms = now_ms.since(first.first_at_ms.max(from_ms));
    if elapsed_ms < length_ms / SHORTEST_PART {
        return None;
    }
    let percent_per_ms = (highest.used_percentage - first.used_percentage) / elapsed_ms as f64;
    let left = 100.0 - highest.used_percentage;
    let runs_out_ms = now_ms.saturating_add((left / percent_per_ms).ceil() as i64);
    let is_before_reset = highest.resets_at_ms.is_none_or(|resets_at_ms| runs_out_ms < resets_at_ms);
    Some(LimitPace {
        percent_per_hour: percent_per_ms * HOUR_MS as f64,
        runs_out_ms: Some(runs_out_ms).filter(|_| left > 0.0 && is_before_reset),
    })
}

/// Returns whether the window of a sample is current. If its end is not known, the sample is valid for
/// the length of the window.
fn is_active(sample: &LimitSample, now_ms: EpochMs) -> bool {
    let length_ms = sample.window.hours() * HOUR_MS;
    let at_ms = if sample.last_at_ms > now_ms { sample.first_at_ms } else { sample.last_at_ms };
    now_ms < sample.resets_at_ms.unwrap_or_else(|| at_ms.saturating_add(length_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_HOURS: EpochMs = EpochMs(5 * 3_600_000);

    fn sample(home: &str, window: LimitWindow, used: f64, resets_at_ms: i64, at_ms: i64) -> LimitSample {
        LimitSample {
            home: home.to_owned(),
            session: String::new(),
            window,
            used_percentage: used,
            resets_at_ms: Some(EpochMs(resets_at_ms)),
            first_at_ms: EpochMs(at_ms),
            last_at_ms: EpochMs(at_ms + 5),
        }
    }

    fn samples() -> Vec<LimitSample> {
        use LimitWindow::{FiveHour, SevenDay};
        let (first_end, second_end) = (1_000_000, 20_000_000);
        vec![
            sample("a", FiveHour, 10.0, first_end, 100),
            sample("a", FiveHour, 60.0, first_end, 200),
            // Another session, with an older report.
            sample("a", FiveHour, 10.0, first_end, 210),
            // Another account.
            sample("b", FiveHour, 5.0, first_end, 220),
            sample("a", FiveHour, 100.0, first_end + 900, 300),
            sample("a", FiveHour, 101.0, first_end, 310),
            sample("a", SevenDay, 12.0, second_end, 320),
            sample("a", FiveHour, 3.0, second_end, 1_000_400),
        ]
    }

    fn times(samples: &[&LimitSample]) -> Vec<i64> {
        samples.iter().map(|sample| sample.first_at_ms.0).collect()
    }

    #[test]
    fn only_new_maxima_are_reported() {
        assert_eq!(times(&rises(&samples())), [100, 200, 220, 300, 310, 320, 1_000_400]);
    }

    #[test]
    fn a_limit_is_reached_once_in_a_window() {
        assert_eq!(times(&hits(&samples())), [300]);
        let late = [sample("a", LimitWindow::SevenDay, 130.0, 9, 1)];
        assert_eq!(times(&hits(&late)), [1], "a limit that was never reported below 100 % was reached too");
    }

    #[test]
    fn the_current_windows_are_the_last_ones_until_they_end() {
        let samples = samples();
        let at = |now_ms, count| {
            let current = current(&samples[..count], EpochMs(now_ms))?;
            let used = |limit: Option<CurrentLimit<'_>>| limit.map(|limit| limit.sample.used_percentage);
            Some((current.home, used(current.five_hour), used(current.seven_day)))
        };
        assert_eq!(at(215, 3), Some(("a", Some(60.0), None)));
        assert_eq!(at(225, 4), Some(("b", Some(5.0), None)));
        assert_eq!(at(330, 7), Some(("a", Some(101.0), Some(12.0))));
        assert_eq!(at(999_999, 7), Some(("a", Some(101.0), Some(12.0))));
        assert_eq!(at(1_000_000, 7), Some(("a", None, Some(12.0))));
        assert_eq!(at(1_000_401, 8), Some(("a", Some(3.0), Some(12.0))));
        assert_eq!(at(20_000_000, 8), None);
        assert_eq!(at(1, 0), None);
    }

    #[test]
    fn a_figure_from_a_clock_that_was_ahead_hides_no_other() {
        let ahead = 10 * 365 * 86_400_000_i64;
        let mut samples = samples();
        samples.push(sample("b", LimitWindow::FiveHour, 99.0, 1_000_000, ahead));
        let shown = current(&samples, EpochMs(215))
            .map(|limits| (limits.home, limits.five_hour.map(|of| of.sample.first_at_ms.0)));
        assert_eq!(shown, Some(("a", Some(200))));
        assert!(current(&samples[samples.len() - 1..], EpochMs(215)).is_some(), "what is known is shown");
        // A sample that a fast clock repeated is valid from its first occurrence.
        let repeated = LimitSample {
            resets_at_ms: None,
            last_at_ms: EpochMs(ahead),
            ..sample("a", LimitWindow::FiveHour, 7.0, 0, 0)
        };
        let samples = [repeated];
        assert!(current(&samples, FIVE_HOURS - 1).is_some());
        assert!(current(&samples, FIVE_HOURS).is_none());
    }

    #[test]
    fn a_figure_without_an_end_holds_for_as_long_as_its_window_is() {
        let samples = [LimitSample { resets_at_ms: None, ..sample("a", LimitWindow::FiveHour, 7.0, 0, 0) }];
        assert!(current(&samples, FIVE_HOURS).is_some());
        assert!(current(&samples, FIVE_HOURS + 5).is_none());
    }

    /// Returns the pace at a time in minutes, of a window of five hours that ends after 300 minutes.
    fn pace_at(now: i64, values: &[(i64, f64)]) -> Option<(f64, Option<i64>)> {
        const MINUTE: i64 = 60_000;
        let sample =
            |(at, used): &(i64, f64)| sample("a", LimitWindow::FiveHour, *used, 300 * MINUTE, at * MINUTE);
        let samples: Vec<_> = values.iter().map(sample).collect();
        let pace = current(&samples, EpochMs(now * MINUTE))?.five_hour?.pace?;
        Some((pace.percent_per_hour.round(), pace.runs_out_ms.map(|at_ms| at_ms.0 / MINUTE)))
    }

    #[test]
    fn a_limit_runs_out_at_the_pace_of_the_last_hour() {
        // 40 % in the last hour: 20 % are left for half an hour.
        let steep = [(10, 1.0), (100, 40.0), (130, 60.0), (160, 80.0)];
        assert_eq!(pace_at(160, &steep), Some((40.0, Some(190))));
        // A pause lowers the pace.
        assert_eq!(pace_at(190, &[(130, 60.0), (140, 70.0), (150, 80.0)]), Some((20.0, Some(250))));
        // Until the reset.
        assert_eq!(pace_at(160, &[(100, 40.0), (130, 41.0), (160, 42.0)]), Some((2.0, None)));
        assert_eq!(pace_at(160, &[(100, 40.0), (130, 80.0), (160, 104.0)]), Some((64.0, None)));
    }

    #[test]
    fn few_samples_have_no_pace() {
        assert_eq!(pace_at(160, &[(100, 40.0), (160, 80.0)]), None);
        assert_eq!(pace_at(160, &[(100, 80.0), (130, 60.0), (160, 80.0)]), None);
        // Nothing was used for more than an hour.
        assert_eq!(pace_at(250, &[(100, 40.0), (130, 60.0), (160, 80.0)]), None);
        // Less than ten minutes.
        assert_eq!(pace_at(9, &[(0, 1.0), (4, 2.0), (8, 3.0)]), None);
        assert_eq!(pace_at(10, &[(0, 1.0), (4, 2.0), (8, 3.0)]), Some((12.0, None)));
    }
}
