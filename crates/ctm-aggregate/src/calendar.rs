//! Calendar days in a named time zone, with ranges and buckets of days.
//!
//! # Design
//!
//! A day is a stretch of time: it begins when its date first shows on a clock of the zone and
//! ends when the next day begins. [`DateRange::bounds_ms`] and [`day_of_ms`] both follow from
//! [`day_start_ms`] alone, so that a time that one places in a day is in that day for the other
//! too. Using the date that the clock shows was rejected: where clocks were once turned back from
//! 00:01 to 23:01 (Newfoundland until 2011) a day would be two stretches with another in between.
//!
//! A day need not have 24 hours, or any: where a zone jumped over the date line, the skipped
//! day exists and is empty.
//!
//! The calendar has the years 1 to 9999, which RFC 3339 can write. A time outside belongs to the
//! nearest day inside: the first day has no beginning, and the last one no end.

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc, Weekday,
};
use chrono_tz::{GapInfo, Tz};
use ctm_types::{EpochMs, Slot};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Returns the start of a day in a zone, in UTC epoch milliseconds.
///
/// This is midnight; the first midnight if clocks show it twice; the end of the gap if clocks skip it.
#[must_use]
pub fn day_start_ms(day: NaiveDate, tz: Tz) -> EpochMs {
    local_ms(day.and_time(NaiveTime::MIN), tz)
}

/// Returns when the clocks of a zone show a time, in UTC epoch milliseconds: the first time if they show it
/// twice; the end of the gap if they skip it.
pub(crate) fn local_ms(shown: NaiveDateTime, tz: Tz) -> EpochMs {
    EpochMs(match tz.offset_from_local_datetime(&shown).earliest() {
        Some(offset) => shown.and_utc().timestamp_millis() - i64::from(offset.fix().local_minus_utc()) * 1000,
        None => GapInfo::new(&shown, &tz)
            .and_then(|gap| gap.end)
            .expect("a local time without an offset is in a gap, and a gap ends")
            .timestamp_millis(),
    })
}

/// Returns the day that contains a time, in UTC epoch milliseconds.
///
/// Days outside the years 1 to 9999 count as the nearest one inside.
#[must_use]
pub fn day_of_ms(at_ms: EpochMs, tz: Tz) -> NaiveDate {
    let at_ms = within_years(at_ms);
    let shown = instant(at_ms).with_timezone(&tz).date_naive();
    // Clocks turned back over midnight show the previous day again.
    let next = plus_days(shown, 1);
    let day = if day_start_ms(next, tz) <= at_ms { next } else { shown };
    day.clamp(FIRST_DAY, LAST_DAY)
}

/// Returns a time, in UTC epoch milliseconds, as the nearest one in the years 1 to 9999.
#[must_use]
pub fn within_years(at_ms: EpochMs) -> EpochMs {
    at_ms.clamp(YEARS_MS.start, YEARS_MS.end - 1)
}

/// Returns the nearest time in the years 1 to 9999.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
pub fn instant(at_ms: EpochMs) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(within_years(at_ms).0)
        .expect("a time in the years 1 to 9999 is representable")
}

/// Returns the day that contains a slot.
#[must_use]
pub fn day_of_slot(slot: Slot, tz: Tz) -> NaiveDate {
    day_of_ms(slot.start(), tz)
}

/// The years 1 to 9999, which RFC 3339 can write, in UTC epoch milliseconds.
const YEARS_MS: Range<EpochMs> = EpochMs(-62_135_596_800_000)..EpochMs(253_402_300_800_000);

/// The first day of the calendar, 0001-01-01, and the last one, 9999-12-31.
const FIRST_DAY: NaiveDate = calendar_day(1, 1);
const LAST_DAY: NaiveDate = calendar_day(9999, 365);

const fn calendar_day(year: i32, day_of_year: u32) -> NaiveDate {
    match NaiveDate::from_yo_opt(year, day_of_year) {
        Some(day) => day,
        None => panic!("the calendar begins and ends with a day"),
    }
}

/// Returns the day a given number of days later, or the last representable one.
pub(crate) fn plus_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// Returns the day a given number of days earlier, or the first representable one.
pub(crate) fn minus_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// Returns the same day a given number of months earlier, or the last day of a month that is too short.
pub(crate) fn minus_months(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
}

/// An invalid range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The last day is before the first.
    #[error("the range from {from} to {to} ends before it begins")]
    Reversed {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// The text is not the name of a preset.
    #[error("`{0}` is not a range: use {names}", names = RangePreset::NAMES)]
    UnknownPreset(String),
}

/// A range of days, both ends included: at least one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateRange {
    from: NaiveDate,
    to: NaiveDate,
}

impl DateRange {
    /// Returns the range from one day to another, both included.
    ///
    /// # Errors
    ///
    /// Fails when `to` is before `from`.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, RangeError> {
        if to < from {
            return Err(RangeError::Reversed { from, to });
        }
        Ok(Self { from, to })
    }

    /// Returns the range of a single day.
    #[must_use]
    pub fn day(day: NaiveDate) -> Self {
        Self { from: day, to: day }
    }

    /// Returns the first day.
    #[must_use]
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// Returns the last day.
    #[must_use]
    pub fn to(self) -> NaiveDate {
        self.to
    }

    /// Returns how many days the range has, at least 1.
    #[must_use]
    pub fn day_count(self) -> usize {
        self.index_of_later(self.to) + 1
    }

    /// Returns whether a day is in the range.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Returns a day's index in the range, from 0, or `None` when it is outside.
    #[must_use]
    pub fn index_of(self, day: NaiveDate) -> Option<usize> {
        self.contains(day).then(|| self.index_of_later(day))
    }

    fn index_of_later(self, day: NaiveDate) -> usize {
        let days = day.signed_duration_since(self.from).num_days();
        usize::try_from(days).expect("the day is not before the range")
    }

    /// Returns the days in order.
    pub fn days(self) -> impl DoubleEndedIterator<Item = NaiveDate> + ExactSizeIterator + Clone {
        (0..self.day_count()).map(move |index| plus_days(self.from, index as u64))
    }

    /// Returns the time that the range spans in a zone, in UTC epoch milliseconds.
    ///
    /// It is empty only for a day that the zone skipped. It begins with [`EpochMs::MIN`] for the first day of the
    /// calendar, and ends with [`EpochMs::MAX`] for the last one, so that every time
    /// is in the day that [`day_of_ms`] returns.
    #[must_use]
    pub fn bounds_ms(self, tz: Tz) -> Range<EpochMs> {
        let start = if self.from <= FIRST_DAY { EpochMs::MIN } else { day_start_ms(self.from, tz) };
        let end = if self.to >= LAST_DAY { EpochMs::MAX } else { day_start_ms(plus_days(self.to, 1), tz) };
        start..end
    }

    /// Returns how many [`parts`](Self::parts) the range has, at least 1.
    #[must_use]
    pub fn part_count(self, bucket: Bucket) -> usize {
        let (first, last) = (bucket.first_day(self.from), bucket.first_day(self.to));
        match bucket {
            Bucket::Day => self.day_count(),
            Bucket::Week(_) => Self { from: first, to: last }.day_count() / 7 + 1,
            Bucket::Month => {
                let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
                usize::try_from(months(last) - months(first)).unwrap_or_default() + 1
            }
        }
    }

    /// Returns the parts of the range, one per bucket, in order.
    ///
    /// The first and the last part can be shorter than their bucket.
    pub fn parts(self, bucket: Bucket) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let from = rest?.from;
            let last = bucket.last_day(from);
            rest = (last < self.to).then(|| Self { from: plus_days(last, 1), to: self.to });
            Some(Self { from, to: last.min(self.to) })
        })
    }

    /// Returns the shortest range that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// A range that is named relative to today.
///
/// [`FromStr`] and [`Display`](fmt::Display) use the forms of the query string: `today`, `last-week`, `7d`,
/// `1y`, `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangePreset {
    /// Only today.
    Today,
    /// Only the day before today.
    Yesterday,
    /// The week of today, until today; it begins on this weekday.
    ThisWeek(Weekday),
    /// The week before it, whole.
    LastWeek(Weekday),
    /// The calendar month of today, until today.
    ThisMonth,
    /// The calendar month before it, whole.
    LastMonth,
    /// So many days, of which today is the last; 0 counts as 1.
    LastDays(u16),
    /// The year that ends today.
    LastYear,
    /// From the first day of use.
    All,
}

/// The presets with a name of their own; weeks begin on Monday (ISO 8601) unless
/// [another day](RangePreset::with_week_start) is given.
const NAMED: [(&str, RangePreset); 8] = [
    ("today", RangePreset::Today),
    ("yesterday", RangePreset::Yesterday),
    ("this-week", RangePreset::ThisWeek(Weekday::Mon)),
    ("last-week", RangePreset::LastWeek(Weekday::Mon)),
    ("this-month", RangePreset::ThisMonth),
    ("last-month", RangePreset::LastMonth),
    ("1y", RangePreset::LastYear),
    ("all", RangePreset::All),
];

impl RangePreset {
    /// The maximum number of days that a text can specify: ten years.
    pub const MAX_DAYS: u16 = 3660;

    /// All forms, for help and error messages.
    pub const NAMES: &str =
        "today, yesterday, this-week, last-week, this-month, last-month, 1d to 3660d, 1y or all";

    /// All forms, as a regular expression.
    pub const PATTERN: &str = "^(today|yesterday|(this|last)-(week|month)|1y|all|[1-9][0-9]{0,3}d)$";

    /// Returns the same preset with weeks that begin on a weekday.
    #[must_use]
    pub fn with_week_start(self, start: Weekday) -> Self {
        match self {
            Self::ThisWeek(_) => Self::ThisWeek(start),
            Self::LastWeek(_) => Self::LastWeek(start),
            other => other,
        }
    }

    /// Returns the days of the range.
    ///
    /// `used` spans the first to the last day of use, if there is one. [`RangePreset::All`] never
    /// ends before today; usage dated later than today, by a clock that was fast, is included.
    #[must_use]
    pub fn resolve(self, today: NaiveDate, used: Option<DateRange>) -> DateRange {
        let until_today = |from| DateRange { from, to: today };
        let before = |bucket: Bucket| {
            let last = minus_days(bucket.first_day(today), 1);
            DateRange { from: bucket.first_day(last), to: last }
        };
        match self {
            Self::Today => DateRange::day(today),
            Self::Yesterday => before(Bucket::Day),
            Self::ThisWeek(start) => until_today(Bucket::Week(start).first_day(today)),
            Self::LastWeek(start) => before(Bucket::Week(start)),
            Self::ThisMonth => until_today(Bucket::Month.first_day(today)),
            Self::LastMonth => before(Bucket::Month),
            Self::LastDays(days) => until_today(minus_days(today, u64::from(days.saturating_sub(1)))),
            Self::LastYear => until_today(plus_days(minus_months(today, 12), 1)),
            Self::All => used
                .map_or(DateRange::day(today), |used| DateRange { from: used.from, to: used.to.max(today) }),
        }
    }
}

impl fmt::Display for RangePreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::LastDays(days) = self {
            return f.pad(&format!("{days}d"));
        }
        let plain = self.with_week_start(Weekday::Mon);
        f.pad(NAMED.iter().find(|(_, preset)| *preset == plain).map_or("", |(name, _)| name))
    }
}

impl FromStr for RangePreset {
    type Err = RangeError;

    /// Parses a preset in one of the forms of [`NAMES`](Self::NAMES), in lower case.
    fn from_str(text: &str) -> Result<Self, RangeError> {
        if let Some((_, preset)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*preset);
        }
        text.strip_suffix('d')
            // `u16` alone would accept a plus sign.
            .filter(|days| days.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|days| days.parse().ok())
            .filter(|days| (1..=Self::MAX_DAYS).contains(days))
            .map(Self::LastDays)
            .ok_or_else(|| RangeError::UnknownPreset(text.to_owned()))
    }
}

/// Length of a calendar bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Single days.
    Day,
    /// Weeks that begin on this weekday.
    Week(Weekday),
    /// Calendar months.
    Month,
}

impl Bucket {
    /// Returns the first day of the bucket that contains a day.
    #[must_use]
    pub fn first_day(self, day: NaiveDate) -> NaiveDate {
        let days_into = match self {
            Self::Day => 0,
            Self::Week(start) => day.weekday().days_since(start),
            Self::Month => day.day0(),
        };
        minus_days(day, u64::from(days_into))
    }

    /// Returns the last day of the bucket that contains a day.
    #[must_use]
    pub fn last_day(self, day: NaiveDate) -> NaiveDate {
        let first = self.first_day(day);
        match self {
            Self::Day => first,
            Self::Week(_) => plus_days(first, 6),
            Self::Month => plus_days(first, u64::from(first.num_days_in_month()) - 1),
        }
    }
}

/// Length of a bucket of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// An hour of the zone's local time.
    Hour,
    /// Days, weeks or months.
    Calendar(Bucket),
}

impl Step {
    /// Returns the same step with weeks that begin on a weekday.
    #[must_use]
    pub fn with_week_start(self, start: Weekday) -> Self {
        match self {
            Self::Calendar(Bucket::Week(_)) => Self::Calendar(Bucket::Week(start)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_MS: i64 = 3_600_000;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(from: &str, to: &str) -> DateRange {
        DateRange::new(date(from), date(to)).unwrap()
    }

    fn zone(name: &str) -> Tz {
        name.parse().unwrap()
    }

    fn ms(rfc3339: &str) -> EpochMs {
        EpochMs(DateTime::parse_from_rfc3339(rfc3339).unwrap().timestamp_millis())
    }

    #[test]
    fn days_begin_at_the_zones_midnight() {
        let check = |tz: &str, day: &str, start: &str, hours: f64| {
            let bounds = DateRange::day(date(day)).bounds_ms(zone(tz));
            assert_eq!(bounds.start, ms(start), "{tz} {day} starts");
            #[expect(clippy::cast_precision_loss, reason = "a few hours")]
            let length = bounds.end.since(bounds.start) as f64 / HOUR_MS as f64;
            assert!((length - hours).abs() < 1e-9, "{tz} {day} has {length} hours");
        };
        check("UTC", "2025-06-01", "2025-06-01T00:00:00Z", 24.0);
        check("Asia/Shanghai", "2025-06-01", "2025-05-31T16:00:00Z", 24.0);
        check("Asia/Kolkata", "2025-06-01", "2025-05-31T18:30:00Z", 24.0);
        check("Asia/Kathmandu", "2025-06-01", "2025-05-31T18:15:00Z", 24.0);
        // Clocks change by day.
        check("America/New_York", "2025-03-09", "2025-03-09T05:00:00Z", 23.0);
        check("America/New_York", "2025-11-02", "2025-11-02T04:00:00Z", 25.0);
        check("Australia/Lord_Howe", "2025-04-06", "2025-04-05T13:00:00Z", 24.5);
        check("Australia/Lord_Howe", "2025-10-05", "2025-10-04T13:30:00Z", 23.5);
        // Midnight is skipped.
        check("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23.0);
        check("Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z", 23.0);
        check("Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z", 23.0);
        // The hour before midnight, or the one after it, occurs twice.
        check("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25.0);
        check("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z", 24.0);
        check("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", 25.0);
        // A skipped day is empty; the one before it and the one after it are whole.
        check("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24.0);
        check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0.0);
        check("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24.0);
    }

    #[test]
    fn day_boundary_follows_time_zone() {
        let check = |tz: &str, at: &str, day: &str| {
            assert_eq!(day_of_ms(ms(at), zone(tz)), date(day), "{at} in {tz}");
        };
        check("UTC", "2025-06-01T23:59:59.999Z", "2025-06-01");
        check("Asia/Kathmandu", "2025-06-01T18:14:59.999Z", "2025-06-01");
        check("Asia/Kathmandu", "2025-06-01T18:15:00Z", "2025-06-02");
        check("Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29");
        check("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31");
        check("UTC", "1969-12-31T23:59:59.999Z", "1969-12-31");
    }

    #[test]
    fn a_day_has_no_holes_when_clocks_go_back_over_midnight() {
        let tz = zone("America/St_Johns");
        // At 00:01 on 1 November 2009 clocks went back to 23:01.
        let start = ms("2009-11-01T02:30:00Z");
        assert_eq!(day_start_ms(date("2009-11-01"), tz), start);
        for (minutes, day) in [(-1, "2009-10-31"), (0, "2009-11-01"), (30, "2009-11-01")] {
            assert_eq!(day_of_ms(start + minutes * 60_000, tz), date(day), "{minutes}");
        }
    }

    #[test]
    fn absurd_times_have_a_day() {
        assert_eq!(day_of_slot(Slot(i64::MAX), Tz::UTC), date("9999-12-31"));
        assert_eq!(day_of_slot(Slot(i64::MIN), Tz::UTC), date("0001-01-01"));
    }

    #[test]
    fn every_time_is_within_its_day() {
        let edges =
            [EpochMs::MIN, YEARS_MS.start, EpochMs(-1), EpochMs(0), YEARS_MS.end - 1, EpochMs::MAX - 1];
        for tz in [Tz::UTC, zone("Asia/Kolkata"), zone("America/New_York"), zone("Pacific/Apia")] {
            for at_ms in edges {
                let day = day_of_ms(at_ms, tz);
                assert!(DateRange::day(day).bounds_ms(tz).contains(&at_ms), "{at_ms} in {tz} is on {day}");
                assert_eq!(day.to_string().len(), 10, "RFC 3339 can write {day}");
            }
        }
    }

    #[test]
    fn parts_are_counted_without_listing_them() {
        let check = |(from, to): (&str, &str)| {
            let range = range(from, to);
            for bucket in [Bucket::Day, Bucket::Week(Weekday::Mon), Bucket::Week(Weekday::Sun), Bucket::Month]
            {
                assert_eq!(range.part_count(bucket), range.parts(bucket).count(), "{range:?} {bucket:?}");
            }
        };
        check(("2025-03-02", "2025-03-02"));
        check(("2025-03-02", "2025-03-03"));
        check(("2024-12-31", "2025-03-01"));
        check(("1969-12-31", "2026-11-27"));
        assert_eq!(range("0001-01-01", "9999-12-31").part_count(Bucket::Month), 9_999 * 12);
    }

    #[test]
    fn ranges_include_both_ends_and_are_never_empty() {
        let january = range("2025-01-01", "2025-01-31");
        assert_eq!(january.day_count(), 31);
        assert_eq!(january.days().next_back(), Some(date("2025-01-31")));
        assert_eq!(january.index_of(date("2025-01-31")), Some(30));
        assert_eq!(january.index_of(date("2025-02-01")), None);
        assert_eq!(january.index_of(date("2024-12-31")), None);
        let reversed = DateRange::new(date("2025-01-02"), date("2025-01-01")).unwrap_err();
        assert_eq!(reversed.to_string(), "the range from 2025-01-02 to 2025-01-01 ends before it begins");
    }

    #[test]
    fn presets_resolve_against_today() {
        let between = |preset: &str, from: &str, to: &str| {
            let used = Some(range("2024-12-24", "2025-03-01"));
            let resolved = preset.parse::<RangePreset>().unwrap().resolve(date("2025-03-01"), used);
            assert_eq!(resolved, range(from, to), "{preset}");
        };
        let check = |preset: &str, from: &str| between(preset, from, "2025-03-01");
        between("yesterday", "2025-02-28", "2025-02-28");
        // 1 March 2025 was a Saturday.
        between("last-week", "2025-02-17", "2025-02-23");
        between("last-month", "2025-02-01", "2025-02-28");
        check("this-week", "2025-02-24");
        check("this-month", "2025-03-01");
        check("today", "2025-03-01");
        check("1d", "2025-03-01");
        check("7d", "2025-02-23");
        check("30d", "2025-01-31");
        check("1y", "2024-03-02");
        check("all", "2024-12-24");
    }

    #[test]
    fn weeks_begin_on_the_given_day() {
        let check = |preset: RangePreset, start: Weekday, from: &str, to: &str| {
            let resolved = preset.with_week_start(start).resolve(date("2025-03-02"), None);
            assert_eq!(resolved, range(from, to), "{preset} from {start}");
        };
        let (this, last) = (RangePreset::ThisWeek(Weekday::Mon), RangePreset::LastWeek(Weekday::Mon));
        // 2 March 2025 was a Sunday.
        check(this, Weekday::Mon, "2025-02-24", "2025-03-02");
        check(last, Weekday::Mon, "2025-02-17", "2025-02-23");
        check(this, Weekday::Sun, "2025-03-02", "2025-03-02");
        check(last, Weekday::Sun, "2025-02-23", "2025-03-01");
        check(this, Weekday::Sat, "2025-03-01", "2025-03-02");
        check(RangePreset::LastMonth, Weekday::Sat, "2025-02-01", "2025-02-28");
    }

    #[test]
    fn all_reaches_from_the_first_use_to_today_or_beyond() {
        let check = |used: Option<DateRange>, from: &str, to: &str| {
            assert_eq!(RangePreset::All.resolve(date("2025-03-01"), used), range(from, to));
        };
        check(None, "2025-03-01", "2025-03-01");
        check(Some(range("2025-01-01", "2025-02-01")), "2025-01-01", "2025-03-01");
        check(Some(range("2025-03-02", "2025-03-03")), "2025-03-02", "2025-03-03");
    }

    #[test]
    fn presets_are_written_as_they_are_read() {
        for text in ["1d", "90d", "3660d"].into_iter().chain(NAMED.map(|(name, _)| name)) {
            assert_eq!(text.parse::<RangePreset>().unwrap().to_string(), text);
        }
        let sunday = RangePreset::LastWeek(Weekday::Sun);
        assert_eq!(sunday.to_string(), "last-week", "the weekday is no part of the name");
        for text in [
            "week",
            "this-year",
            "last_week",
            "",
            "d",
            "0d",
            "3661d",
            "70000d",
            "-1d",
            "+1d",
            "7D",
            "2y",
            " 7d",
            "Today",
            "²d",
        ] {
            let refused = text.parse::<RangePreset>();
            assert_eq!(refused, Err(RangeError::UnknownPreset(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn buckets_begin_with_their_first_day() {
        let check = |bucket: Bucket, day: &str, first: &str| {
            assert_eq!(bucket.first_day(date(day)), date(first), "{bucket:?} of {day}");
        };
        check(Bucket::Day, "2025-03-02", "2025-03-02");
        // 2 March 2025 was a Sunday.
        check(Bucket::Week(Weekday::Mon), "2025-03-02", "2025-02-24");
        check(Bucket::Week(Weekday::Sun), "2025-03-02", "2025-03-02");
        check(Bucket::Week(Weekday::Mon), "2025-03-03", "2025-03-03");
        check(Bucket::Week(Weekday::Wed), "2025-03-04", "2025-02-26");
        check(Bucket::Week(Weekday::Wed), "2025-03-05", "2025-03-05");
        check(Bucket::Week(Weekday::Sun), "2025-03-01", "2025-02-23");
        check(Bucket::Month, "2024-02-29", "2024-02-01");
    }

    #[test]
    fn parts_cover_a_range_in_order() {
        let check = |bucket: Bucket, (from, to), expected: &[(&str, &str)]| {
            let parts: Vec<_> = range(from, to).parts(bucket).collect();
            let expected: Vec<_> = expected.iter().map(|(from, to)| range(from, to)).collect();
            assert_eq!(parts, expected, "{bucket:?}");
        };
        let days = ("2025-02-27", "2025-03-03");
        check(Bucket::Month, days, &[("2025-02-27", "2025-02-28"), ("2025-03-01", "2025-03-03")]);
        check(
            Bucket::Week(Weekday::Mon),
            days,
            &[("2025-02-27", "2025-03-02"), ("2025-03-03", "2025-03-03")],
        );
        check(
            Bucket::Week(Weekday::Sun),
            days,
            &[("2025-02-27", "2025-03-01"), ("2025-03-02", "2025-03-03")],
        );
        check(
            Bucket::Day,
            ("2025-02-28", "2025-03-01"),
            &[("2025-02-28", "2025-02-28"), ("2025-03-01", "2025-03-01")],
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn days_are_adjacent_and_hold_exactly_their_instants(
            tz in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
            at_ms in ms("1971-01-01T00:00:00Z").0..ms("2100-01-01T00:00:00Z").0,
        ) {
            let at_ms = EpochMs(at_ms);
            let day = day_of_ms(at_ms, tz);
            let bounds = DateRange::day(day).bounds_ms(tz);
            prop_assert!(bounds.contains(&at_ms), "{at_ms} in {tz}: {day} is {bounds:?}");
            prop_assert_eq!(day_of_ms(bounds.start, tz), day);
            prop_assert_eq!(day_of_ms(bounds.end - 1, tz), day);
        }
    }
}
