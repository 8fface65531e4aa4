//! Working hours: by day and night, on weekdays, and more from month to month.

use crate::plan::Plan;
use crate::random::Random;
use chrono::{DateTime, SecondsFormat, Timelike as _, Utc};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Share of work in each hour of a weekday and of a weekend day.
const WEEKDAY: [u64; 24] =
    [4, 2, 1, 1, 1, 1, 3, 14, 45, 85, 100, 90, 45, 70, 98, 100, 92, 72, 36, 20, 30, 34, 22, 9];
const WEEKEND: [u64; 24] =
    [6, 4, 2, 1, 1, 1, 1, 2, 6, 14, 22, 24, 18, 14, 18, 22, 22, 18, 12, 12, 22, 26, 20, 12];

/// The time before a plan's end in which work continues in any case.
const AT_WORK: i64 = 4 * HOUR;

/// A day of the plan, in its local time.
#[derive(Debug, Clone)]
pub(crate) struct PlannedDay {
    /// Its midnight, in UTC epoch milliseconds.
    start_ms: i64,
    /// Share of work in each hour; nothing after the plan's end.
    hours: [u64; 24],
    /// Share of the plan's size that is written by its end, in millionths.
    pub(crate) done_by_end: u64,
}

/// Returns the days of a plan, the first one first.
pub(crate) fn days(plan: &Plan, random: &mut Random) -> Vec<PlannedDay> {
    let offset_ms = i64::from(plan.utc_offset_minutes) * MINUTE;
    // An activity that ends at midnight belongs to the day before.
    let last = (plan.until_ms - 1 + offset_ms).div_euclid(DAY);
    let count = i64::from(plan.days.max(1));
    let mut done = 0;
    let mut days: Vec<PlannedDay> = (0..count)
        .map(|index| {
            let number = last - (count - 1) + index;
            let start_ms = number * DAY - offset_ms;
            let hours = hours(number, start_ms, plan.until_ms);
            let growth = 100 + 200 * index.unsigned_abs() / count.unsigned_abs();
            let work = hours.iter().sum::<u64>() * growth * random.within(50..=150);
            // A new home is expected to contain usage of today.
            let least = if number == last { done / 80 } else { 0 };
            done += work.max(least);
            PlannedDay { start_ms, hours, done_by_end: done }
        })
        .collect();
    for day in &mut days {
        day.done_by_end = (day.done_by_end * 1_000_000).checked_div(done).unwrap_or(0);
    }
    days.last_mut().expect("there is at least one day").done_by_end = 1_000_000;
    days
}

/// Returns how much is done in each hour of the `number`th day since the epoch.
fn hours(number: i64, start_ms: i64, until_ms: i64) -> [u64; 24] {
    // The epoch was a Thursday.
    let weekend = matches!((number + 4).rem_euclid(7), 0 | 6);
    let mut hours = if weekend { WEEKEND } else { WEEKDAY };
    for (weight, hour) in hours.iter_mut().zip(0..) {
        let left = (until_ms - start_ms - hour * HOUR).clamp(0, HOUR);
        if until_ms - start_ms - hour * HOUR < AT_WORK {
            *weight = (*weight).max(80);
        }
        *weight = *weight * left.unsigned_abs() / HOUR.unsigned_abs();
    }
    hours
}

impl PlannedDay {
    /// Returns the time at which a session of the day begins, not after the plan's end.
    pub(crate) fn session_start(&self, random: &mut Random, until_ms: i64) -> i64 {
        let hour = random.weighted(&self.hours);
        let into_hour_ms = random.below(HOUR.unsigned_abs()).cast_signed();
        let hour = i64::try_from(hour).expect("an hour of a day");
        (self.start_ms + hour * HOUR + into_hour_ms).min(until_ms)
    }

    /// Returns the day's local midnight, in UTC epoch milliseconds.
    pub(crate) fn start_ms(&self) -> i64 {
        self.start_ms
    }
}

fn utc(at_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at_ms).unwrap_or_default()
}

/// Returns a time as Claude Code writes it: UTC with milliseconds and `Z`.
pub(crate) fn timestamp(at_ms: i64) -> String {
    utc(at_ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns the UTC day of a time, `YYYY-MM-DD`.
pub(crate) fn utc_day(at_ms: i64) -> String {
    utc(at_ms).date_naive().to_string()
}

/// Returns the UTC day before a time, `YYYY-MM-DD`.
pub(crate) fn utc_day_before(at_ms: i64) -> String {
    utc_day(at_ms - DAY)
}

/// Returns the first millisecond of the UTC day of a time.
pub(crate) fn utc_midnight(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(DAY)
}

/// Returns the UTC hour of a time.
pub(crate) fn utc_hour(at_ms: i64) -> u32 {
    utc(at_ms).hour()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 (a Sunday) at noon, UTC.
    const NOON: i64 = 1_795_348_800_000;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(timestamp(NOON), "2026-11-22T12:00:00.000Z");
        assert_eq!(utc_day(NOON), "2026-11-22");
        assert_eq!(utc_day_before(NOON), "2026-11-21");
    }

    #[test]
    fn weekends_are_calm_and_the_last_day_ends_with_the_plan() {
        let plan = Plan { days: 9, ..Plan::demo(1, NOON) };
        let days = days(&plan, &mut Random::new(1));
        assert_eq!(days.len(), 9);
        assert_eq!(days[8].start_ms(), NOON - 12 * HOUR);
        let check = |day: usize, hours: &[u64]| assert_eq!(days[day].hours, hours, "day {day}");
        check(6, &WEEKDAY);
        check(7, &WEEKEND);
        assert_eq!(days[8].hours[..9], WEEKEND[..9]);
        assert_eq!(days[8].hours[9..12], [80; 3]);
        assert_eq!(days[8].hours[12..], [0; 12]);
        assert!(days.is_sorted_by_key(|day| day.done_by_end));
        assert_eq!(days[8].done_by_end, 1_000_000);
        let mut random = Random::new(2);
        assert!((0..200).all(|_| days[8].session_start(&mut random, NOON) <= NOON));
    }

    #[test]
    fn an_end_at_midnight_belongs_to_the_day_before() {
        let check = |until_ms, expected: i64| {
            let days = days(&Plan { days: 1, ..Plan::demo(1, until_ms) }, &mut Random::new(1));
            assert_eq!(days[0].start_ms(), expected);
        };
        check(NOON + 12 * HOUR, NOON - 12 * HOUR);
        check(NOON + 12 * HOUR + 1, NOON + 12 * HOUR);
    }

    #[test]
    fn days_begin_at_local_midnight() {
        let plan = Plan { days: 1, utc_offset_minutes: 330, ..Plan::demo(1, NOON) };
        let days = days(&plan, &mut Random::new(1));
        assert_eq!(days[0].start_ms(), NOON - 17 * HOUR - 30 * MINUTE);
    }
}
