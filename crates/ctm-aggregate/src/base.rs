//! The period that another one is compared with.
//!
//! # Design
//!
//! Both periods have to cover as much: today is compared with yesterday until the same time, a month until
//! the same day of the month before. So a base is the period moved back by whole days or whole months, and
//! where the period is not over yet, it ends at the same time of its day.
//!
//! Months are moved by the calendar. A day that the earlier month does not have belongs to no bucket, so
//! that no amount is counted beside two days.

use crate::calendar::{Bucket, DateRange, RangePreset, Step, local_ms, minus_days, minus_months, plus_days};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use ctm_types::{EpochMs, Slot};

/// The distance from a period back to its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// So many days.
    Days(u64),
    /// So many calendar months.
    Months(u32),
}

impl Shift {
    /// A year, by the calendar.
    pub const YEAR: Self = Self::Months(12);

    /// Returns the distance to the period right before a range: a week before a week, a month before a
    /// month or the begun one, and else as many days as the range has.
    #[must_use]
    pub fn to_previous(range: DateRange, preset: Option<RangePreset>) -> Self {
        match preset {
            Some(RangePreset::ThisWeek(_)) => Self::Days(7),
            Some(RangePreset::ThisMonth) => Self::Months(1),
            Some(RangePreset::LastYear) => Self::YEAR,
            _ if is_of_months(range) => Self::Months(months(range)),
            _ => Self::Days(range.day_count() as u64),
        }
    }

    /// Returns the shortest distance that leads before a range, to the same days of the week.
    #[must_use]
    pub fn to_same_weekdays(range: DateRange) -> Self {
        Self::Days((range.day_count() as u64).div_ceil(7) * 7)
    }

    /// Returns the distance at which the weeks or months of a range lie on whole weeks or months: the shortest
    /// one that leads before the range, and 52 weeks for a year.
    #[must_use]
    pub fn aligned(self, range: DateRange, step: Step) -> Self {
        match (step, self) {
            (Step::Calendar(Bucket::Week(_)), Self::YEAR) => Self::Days(52 * 7),
            (Step::Calendar(Bucket::Week(_)), _) => Self::to_same_weekdays(range),
            (Step::Calendar(Bucket::Month), Self::Days(_)) => {
                let is_before = |count: &u32| minus_months(range.to(), *count) < range.from();
                Self::Months((1..).find(is_before).unwrap_or(1))
            }
            _ => self,
        }
    }

    /// Returns a day moved back; the last one of a month that is too short.
    fn day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Days(days) => minus_days(day, days),
            Self::Months(months) => minus_months(day, months),
        }
    }

    /// Returns the first day that is not before a day moved back: of a day that a month does not have, the
    /// first one of the next month.
    pub(crate) fn start(self, day: NaiveDate) -> NaiveDate {
        let moved = self.day(day);
        if self.is_cut(day) { plus_days(moved, 1) } else { moved }
    }

    /// Returns whether the earlier month does not have the day.
    fn is_cut(self, day: NaiveDate) -> bool {
        matches!(self, Self::Months(_)) && self.day(day).day() != day.day()
    }
}

/// Returns whether a range consists of whole calendar months.
fn is_of_months(range: DateRange) -> bool {
    range.from().day() == 1 && Bucket::Month.last_day(range.to()) == range.to()
}

fn months(range: DateRange) -> u32 {
    u32::try_from(range.part_count(Bucket::Month)).unwrap_or(u32::MAX)
}

/// A period of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Its days.
    pub days: DateRange,
    /// Its distance to the period.
    pub shift: Shift,
    /// The minute of its last day at which it ends, if it ends before that day does. A slot that has begun by then
    /// counts whole, as the present one does.
    pub until_ms: Option<EpochMs>,
}

impl Base {
    /// Returns the base of a range at a distance; of a range with today it ends at the same time of the day.
    #[must_use]
    pub fn new(range: DateRange, shift: Shift, now_ms: EpochMs, today: NaiveDate, tz: Tz) -> Self {
        let whole = Self { days: Self::whole(range, shift), shift, until_ms: None };
        if !range.contains(today) {
            return whole;
        }
        let last = shift.day(today).clamp(whole.days.from(), whole.days.to());
        let days = DateRange::new(whole.days.from(), last).unwrap_or(DateRange::day(last));
        if shift.is_cut(today) {
            return Self { days, ..whole };
        }
        let time = crate::calendar::instant(now_ms).with_timezone(&tz).time();
        let until_ms = to_the_minute(local_ms(last.and_time(time), tz));
        let until_ms = Some(until_ms).filter(|until| end_of_slot(*until) < days.bounds_ms(tz).end);
        Self { days, shift, until_ms }
    }

    /// Returns the base with all of its days, also those that are still to come in the range.
    #[must_use]
    pub fn whole_days(self, range: DateRange) -> Self {
        Self { days: Self::whole(range, self.shift), until_ms: None, ..self }
    }

    fn whole(range: DateRange, shift: Shift) -> DateRange {
        let (from, to) = (shift.day(range.from()), shift.day(range.to()));
        let to = if is_of_months(range) && matches!(shift, Shift::Months(_)) {
            Bucket::Month.last_day(to)
        } else {
            to
        };
        DateRange::new(from, to).unwrap_or(DateRange::day(from))
    }

    /// Returns the end, in UTC epoch milliseconds.
    #[must_use]
    pub fn end_ms(self, tz: Tz) -> EpochMs {
        self.until_ms.map_or(self.days.bounds_ms(tz).end, end_of_slot)
    }
}

/// Returns the end of the slot that contains a moment.
fn end_of_slot(ms: EpochMs) -> EpochMs {
    Slot::after(ms).start()
}

fn to_the_minute(EpochMs(ms): EpochMs) -> EpochMs {
    EpochMs(ms - ms.rem_euclid(60_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Weekday};

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(from: &str, to: &str) -> DateRange {
        DateRange::new(date(from), date(to)).unwrap()
    }

    fn ms(rfc3339: &str) -> EpochMs {
        EpochMs(DateTime::parse_from_rfc3339(rfc3339).unwrap().timestamp_millis())
    }

    /// Checks the base of a preset at 13:07:30 UTC on a day.
    fn check(preset: &str, today: &str, expected: (&str, &str), until: Option<&str>) {
        let preset: RangePreset = preset.parse().unwrap();
        let days = preset.resolve(date(today), None);
        let shift = Shift::to_previous(days, Some(preset));
        let now_ms = ms(&format!("{today}T13:07:30Z"));
        let base = Base::new(days, shift, now_ms, date(today), Tz::UTC);
        assert_eq!(base.days, range(expected.0, expected.1), "{preset} on {today}");
        assert_eq!(base.until_ms, until.map(ms), "{preset} on {today}");
    }

    #[test]
    fn what_is_not_over_is_compared_until_the_same_time() {
        check("today", "2025-03-05", ("2025-03-04", "2025-03-04"), Some("2025-03-04T13:07:00Z"));
        check("7d", "2025-03-05", ("2025-02-20", "2025-02-26"), Some("2025-02-26T13:07:00Z"));
        check("this-week", "2025-03-05", ("2025-02-24", "2025-02-26"), Some("2025-02-26T13:07:00Z"));
        check("this-month", "2025-03-05", ("2025-02-01", "2025-02-05"), Some("2025-02-05T13:07:00Z"));
        check("1y", "2025-03-05", ("2023-03-06", "2024-03-05"), Some("2024-03-05T13:07:00Z"));
    }

    #[test]
    fn what_is_over_is_compared_with_a_whole_period() {
        check("yesterday", "2025-03-05", ("2025-03-03", "2025-03-03"), None);
        check("last-week", "2025-03-05", ("2025-02-17", "2025-02-23"), None);
        check("last-month", "2025-03-05", ("2025-01-01", "2025-01-31"), None);
        check("last-month", "2025-04-05", ("2025-02-01", "2025-02-28"), None);
    }

    #[test]
    fn a_month_without_the_day_counts_whole() {
        check("this-month", "2025-03-31", ("2025-02-01", "2025-02-28"), None);
        check("this-month", "2025-02-28", ("2025-01-01", "2025-01-28"), Some("2025-01-28T13:07:00Z"));
    }

    #[test]
    fn days_of_whole_months_are_compared_with_months() {
        let previous = |from: &str, to: &str| {
            let days = range(from, to);
            let today = date("2026-01-01");
            let shift = Shift::to_previous(days, None);
            Base::new(days, shift, ms("2026-01-01T00:00:00Z"), today, Tz::UTC).days
        };
        assert_eq!(previous("2025-09-01", "2025-09-30"), range("2025-08-01", "2025-08-31"));
        assert_eq!(previous("2025-04-01", "2025-06-30"), range("2025-01-01", "2025-03-31"));
        assert_eq!(previous("2025-09-01", "2025-09-29"), range("2025-08-03", "2025-08-31"));
        assert_eq!(previous("2024-02-29", "2024-02-29"), range("2024-02-28", "2024-02-28"));
    }

    #[test]
    fn the_time_is_that_of_the_clock() {
        let tz: Tz = "America/New_York".parse().unwrap();
        // 13:00 in New York, an hour after the day before by the sun.
        let (today, now_ms) = (date("2025-03-09"), ms("2025-03-09T17:00:00Z"));
        let base = Base::new(DateRange::day(today), Shift::Days(1), now_ms, today, tz);
        assert_eq!(base.until_ms, Some(ms("2025-03-08T18:00:00Z")));
        // 23:59 belongs to the last slot, which ends with the day.
        let late = Base::new(DateRange::day(today), Shift::Days(1), ms("2025-03-10T03:59:00Z"), today, tz);
        assert_eq!(late.until_ms, None);
    }

    #[test]
    fn buckets_lie_on_buckets() {
        let check = |(from, to), shift: Shift, step, expected| {
            assert_eq!(shift.aligned(range(from, to), step), expected, "{from} to {to}");
        };
        let (week, month) = (Step::Calendar(Bucket::Week(Weekday::Mon)), Step::Calendar(Bucket::Month));
        let quarter = ("2026-08-31", "2026-11-28");
        check(quarter, Shift::Days(90), Step::Calendar(Bucket::Day), Shift::Days(90));
        check(quarter, Shift::Days(90), week, Shift::Days(91));
        check(quarter, Shift::Days(90), month, Shift::Months(3));
        check(quarter, Shift::YEAR, month, Shift::YEAR);
        check(quarter, Shift::YEAR, week, Shift::Days(364));
        check(("2026-11-01", "2026-11-28"), Shift::Months(1), week, Shift::Days(28));
        check(("2026-11-23", "2026-11-28"), Shift::Days(7), week, Shift::Days(7));
    }
}
