//! Forecast of the active block, by the method of [`crate::forecast`].
//!
//! The stretches are the earlier blocks at the same time since their starts, of which something was used by then. Like the active one, they
//! had their first response half an hour before: a younger block says too little of its rest, and has no forecast.
//!
//! Usage is known by slot. Of a slot that a time divides, the part before it counts as large as its part of the time.

use crate::blocks::{PROJECTED_AFTER_MS, Window, active};
use crate::forecast::{Forecast, LEAST, LEVEL, MOST, RECENT, adapted};
use ctm_types::{EpochMs, Slot};

const RECENT_MS: i64 = RECENT as i64 * 24 * 60 * 60 * 1000;

/// Usage since the first slot with any, as sums up to a time.
struct Sums<'a> {
    slots: &'a [(Slot, i128)],
    /// The sum before each slot.
    before: Vec<i128>,
    now_ms: EpochMs,
}

/// A block at the same time since its start as the active one.
struct Stretch {
    rest: i128,
    /// The usage of the latest days by then.
    recent: i128,
}

/// Returns the forecast of the active block from the usage of each slot, in order, and all windows, in order; `None` if no block is active.
#[must_use]
pub fn block_forecast(slots: &[(Slot, i128)], windows: &[Window], now_ms: EpochMs) -> Option<Forecast> {
    let window = active(windows, now_ms)?;
    let sums = Sums::new(slots, now_ms);
    let elapsed_ms = now_ms.since(window.start_ms);
    let used = sums.between(window.start_ms, now_ms);
    let is_young = |window: &Window, at_ms: EpochMs| at_ms.since(window.first_ms) < PROJECTED_AFTER_MS;
    let recent = sums.recent(now_ms).filter(|_| !is_young(&window, now_ms));
    let Some(recent) = recent else { return Some(Forecast { used, stretches: 0, at_end: None }) };
    let earlier = windows.iter().take_while(|earlier| earlier.start_ms < window.start_ms);
    let stretches: Vec<Stretch> = earlier
        .filter_map(|earlier| {
            let at_ms = earlier.start_ms.saturating_add(elapsed_ms);
            let is_comparable = !is_young(earlier, at_ms) && sums.between(earlier.start_ms, at_ms) > 0;
            let recent = sums.recent(at_ms).filter(|_| is_comparable)?;
            Some(Stretch { rest: sums.between(at_ms, earlier.end_ms()), recent })
        })
        .collect();
    Some(Forecast::new(used, &rests(&stretches, recent), || share(&stretches)))
}

/// Returns the share of rests that contains the truth in [`LEVEL`] of the forecasts of blocks.
fn share(stretches: &[Stretch]) -> f64 {
    let mut share = LEVEL;
    for (index, stretch) in stretches.iter().enumerate() {
        let rests = rests(&stretches[..index], stretch.recent);
        if rests.len() >= LEAST {
            share = adapted(share, &rests, stretch.rest);
        }
    }
    share
}

/// Returns the rests of the latest blocks, each scaled to the usage of the latest days, sorted.
fn rests(stretches: &[Stretch], recent: i128) -> Vec<i128> {
    let latest = stretches.iter().rev().take(MOST);
    let mut rests: Vec<i128> =
        latest.map(|stretch| stretch.rest.saturating_mul(recent) / stretch.recent).collect();
    rests.sort_unstable();
    rests
}

impl<'a> Sums<'a> {
    fn new(slots: &'a [(Slot, i128)], now_ms: EpochMs) -> Self {
        let before = slots.iter().scan(0, |sum, (_, amount)| {
            let before = *sum;
            *sum += amount;
            Some(before)
        });
        Self { slots, before: before.collect(), now_ms }
    }

    /// Returns what is used before a time. The last slot extends up to now.
    fn up_to(&self, at_ms: EpochMs) -> i128 {
        let begun = self.slots.partition_point(|(slot, _)| slot.start() < at_ms);
        let Some(last) = begun.checked_sub(1) else { return 0 };
        let (slot, amount) = self.slots[last];
        let length_ms = self.now_ms.since(slot.start()).clamp(1, Slot::MILLIS);
        let elapsed_ms = at_ms.since(slot.start()).min(length_ms);
        self.before[last] + amount.saturating_mul(elapsed_ms.into()) / i128::from(length_ms)
    }

    fn between(&self, from_ms: EpochMs, to_ms: EpochMs) -> i128 {
        self.up_to(to_ms) - self.up_to(from_ms)
    }

    /// Returns the usage of the latest days before a time, of which there is some; `None` if they began before the first slot.
    fn recent(&self, at_ms: EpochMs) -> Option<i128> {
        let from_ms = at_ms.saturating_sub(RECENT_MS);
        let is_known = self.slots.first().is_some_and(|(slot, _)| slot.start() <= from_ms);
        is_known.then(|| self.between(from_ms, at_ms)).filter(|used| *used > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::BLOCK_MS;
    use crate::forecast::Interval;

    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;
    const MINUTE_MS: i64 = 60_000;

    /// Returns windows at noon of days, and the usage of each in slots: ten units in its first slot and, on all days but the last, a rest in its third hour.
    fn days(days: i64, rest: i128) -> (Vec<(Slot, i128)>, Vec<Window>) {
        let noon = |day: i64| EpochMs(day * DAY_MS + 12 * HOUR_MS);
        let windows = (0..days).map(|day| Window {
            start_ms: noon(day),
            first_ms: noon(day),
            last_ms: noon(day).saturating_add(2 * HOUR_MS),
        });
        let slots = (0..days).flat_map(|day| {
            let later = (day + 1 < days).then(|| (Slot::of(noon(day).saturating_add(2 * HOUR_MS)), rest));
            [(Slot::of(noon(day)), 10)].into_iter().chain(later)
        });
        (slots.collect(), windows.collect())
    }

    /// Returns the forecast of the last of several days, some time after the start of its block.
    fn forecast_of(number: i64, after_ms: i64) -> Option<Forecast> {
        let (slots, windows) = days(number, 30);
        let now_ms = windows.last().unwrap().start_ms.saturating_add(after_ms);
        block_forecast(&slots, &windows, now_ms)
    }

    #[test]
    fn the_rest_is_that_of_earlier_blocks() {
        let forecast = forecast_of(40, HOUR_MS).unwrap();
        let end = Interval { low: 40, median: 40, high: 40 };
        // Of 39 earlier days, the first fourteen have too little before them.
        assert_eq!(forecast, Forecast { used: 10, stretches: 25, at_end: Some(end) });
    }

    #[test]
    fn a_young_block_and_a_short_history_have_no_forecast() {
        let young = forecast_of(40, 30 * MINUTE_MS - 1).unwrap();
        assert_eq!(young, Forecast { used: 10, stretches: 0, at_end: None });
        assert!(forecast_of(40, 30 * MINUTE_MS).unwrap().at_end.is_some());
        assert_eq!(forecast_of(23, HOUR_MS).unwrap().at_end, None);
        assert!(forecast_of(24, HOUR_MS).unwrap().at_end.is_some());
        assert_eq!(forecast_of(40, BLOCK_MS), None);
    }

    #[test]
    fn a_divided_slot_counts_in_part() {
        let slots = [(Slot(0), 90), (Slot(1), 60)];
        let sums = Sums::new(&slots, EpochMs(Slot::MILLIS + 5 * MINUTE_MS));
        let at = |minutes: i64| sums.up_to(EpochMs(minutes * MINUTE_MS));
        // The second slot has lasted for five minutes.
        assert_eq!([at(-1), at(0), at(5), at(15), at(16), at(20), at(99)], [0, 0, 30, 90, 102, 150, 150]);
    }
}
