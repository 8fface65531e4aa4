//! A range of days cut into hours, days, weeks or months.
//!
//! # Design
//!
//! A bucket is identified by its start, and a slot belongs to the last one that
//! has begun. So hours, which are not calendar days, and days, which need not have 24 hours, are
//! found in the same way; and where clocks are set back, the repeated hour is two buckets.
//!
//! A range of many years has more buckets than any list can hold. Then the buckets without usage
//! are omitted, so that their number depends on the usage, not on its dates.

use crate::base::Base;
use crate::calendar::{Bucket, DateRange, Step, day_of_ms, day_of_slot, day_start_ms, instant, local_ms};
use chrono::{NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use ctm_types::{EpochMs, Slot};
use std::collections::BTreeSet;

/// Start of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketStart {
    /// An hour, in UTC epoch milliseconds.
    Hour(EpochMs),
    /// A day, or the first day of a week or month, which can precede the range.
    Day(NaiveDate),
}

/// The buckets of a range, in order: all of them, or those with usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    starts: Vec<BucketStart>,
    /// Start of each within the range, in UTC epoch milliseconds.
    starts_ms: Vec<EpochMs>,
    end_ms: EpochMs,
}

impl Buckets {
    /// Cuts a range of days of a zone into buckets, without gaps.
    #[must_use]
    pub fn new(range: DateRange, step: Step, tz: Tz) -> Self {
        let mut buckets = Self::none(range, tz);
        match step {
            Step::Hour => range.days().for_each(|day| buckets.push_hours(day, tz)),
            Step::Calendar(bucket) => {
                range.parts(bucket).for_each(|part| buckets.push_part(part, bucket, tz));
            }
        }
        buckets
    }

    /// Cuts a range of days of a zone into buckets, and omits those without a slot.
    #[must_use]
    pub fn with_usage(range: DateRange, step: Step, tz: Tz, slots: impl Iterator<Item = Slot>) -> Self {
        let mut buckets = Self::none(range, tz);
        let slots: BTreeSet<Slot> = slots.collect();
        let days: BTreeSet<NaiveDate> =
            slots.iter().map(|slot| day_of_slot(*slot, tz)).filter(|day| range.contains(*day)).collect();
        match step {
            Step::Hour => {
                days.into_iter().for_each(|day| buckets.push_hours(day, tz));
                let used: BTreeSet<usize> = slots.iter().filter_map(|slot| buckets.index_of(*slot)).collect();
                buckets.starts = used.iter().map(|index| buckets.starts[*index]).collect();
                buckets.starts_ms = used.iter().map(|index| buckets.starts_ms[*index]).collect();
            }
            Step::Calendar(bucket) => {
                let parts: BTreeSet<NaiveDate> =
                    days.into_iter().map(|day| bucket.first_day(day).max(range.from())).collect();
                parts.into_iter().for_each(|day| buckets.push_part(DateRange::day(day), bucket, tz));
            }
        }
        buckets
    }

    /// Returns the buckets of a base: one for each bucket of the range, at the distance of the base. Hours lie on
    /// the hour that clocks show, so that a change of clocks moves none.
    #[must_use]
    pub fn of_base(range: DateRange, step: Step, tz: Tz, base: &Base) -> Self {
        let mut buckets = Self::new(range, step, tz);
        let moved = |start: &BucketStart, first_day: NaiveDate| match start {
            BucketStart::Hour(at_ms) => {
                let shown = instant(*at_ms).with_timezone(&tz).naive_local();
                local_ms(base.shift.start(shown.date()).and_time(shown.time()), tz)
            }
            BucketStart::Day(day) => day_start_ms(base.shift.start((*day).max(first_day)), tz),
        };
        buckets.starts_ms = buckets.starts.iter().map(|start| moved(start, range.from())).collect();
        let mut before_ms = None;
        for start_ms in &mut buckets.starts_ms {
            // An hour that clocks show twice is one of the earlier day: the second has no time.
            let shown_ms = *start_ms;
            *start_ms = if before_ms == Some(shown_ms) { shown_ms + HOUR_MS } else { shown_ms };
            before_ms = Some(shown_ms);
        }
        buckets.end_ms = base.end_ms(tz);
        buckets
    }

    /// Returns whether a bucket has any time: one of a base has none where the earlier month lacks its day, or
    /// after the end of the base.
    #[must_use]
    pub fn has_time(&self, index: usize) -> bool {
        self.starts_ms.get(index).is_some_and(|start| *start < self.end_of(index))
    }

    /// Returns the day of a zone on which a bucket ends; `None` if it has no time.
    #[must_use]
    pub fn last_day(&self, index: usize, tz: Tz) -> Option<NaiveDate> {
        self.has_time(index).then(|| day_of_ms(self.end_of(index).saturating_sub(1), tz))
    }

    fn end_of(&self, index: usize) -> EpochMs {
        self.starts_ms.get(index + 1).map_or(self.end_ms, |next| (*next).min(self.end_ms))
    }

    /// Returns the buckets that are not complete, by index: a week or month that the range cuts off, and what is
    /// not over at `now_ms`.
    #[must_use]
    pub fn partial(&self, range: DateRange, step: Step, tz: Tz, now_ms: EpochMs) -> Vec<usize> {
        let today = day_of_ms(now_ms, tz);
        let is_partial = |start: &BucketStart| match (start, step) {
            (BucketStart::Day(first), Step::Calendar(bucket)) => {
                let last = bucket.last_day(*first);
                *first < range.from() || last > range.to() || last >= today
            }
            (BucketStart::Hour(at_ms), _) => *at_ms + HOUR_MS > now_ms,
            (BucketStart::Day(_), Step::Hour) => false,
        };
        let starts = self.starts.iter().enumerate();
        starts.filter(|(_, start)| is_partial(start)).map(|(index, _)| index).collect()
    }

    /// Returns approximately how many buckets a range has without gaps: clock changes add or remove an hour.
    #[must_use]
    pub fn count(range: DateRange, step: Step) -> usize {
        match step {
            Step::Hour => range.day_count().saturating_mul(24),
            Step::Calendar(bucket) => range.part_count(bucket),
        }
    }

    fn none(range: DateRange, tz: Tz) -> Self {
        Self { starts: Vec::new(), starts_ms: Vec::new(), end_ms: range.bounds_ms(tz).end }
    }

    /// Adds the bucket that begins with a part of the range.
    fn push_part(&mut self, part: DateRange, bucket: Bucket, tz: Tz) {
        self.starts.push(BucketStart::Day(bucket.first_day(part.from())));
        self.starts_ms.push(part.bounds_ms(tz).start);
    }

    /// Adds the hours of a day.
    fn push_hours(&mut self, day: NaiveDate, tz: Tz) {
        let end_ms = day.succ_opt().map_or(EpochMs::MAX, |next| day_start_ms(next, tz));
        let mut from_ms = DateRange::day(day).bounds_ms(tz).start;
        for start_ms in hours(day_start_ms(day, tz), end_ms, tz) {
            self.starts.push(BucketStart::Hour(start_ms));
            // The first hour of the calendar includes everything before it.
            self.starts_ms.push(from_ms.min(start_ms));
            from_ms = EpochMs::MAX;
        }
    }

    /// Returns the start of each bucket.
    #[must_use]
    pub fn starts(&self) -> &[BucketStart] {
        &self.starts
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns whether the list is empty, as on a day that the zone skipped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the index of the bucket that contains a slot; `None` outside the range. Slots outside
    /// all buckets of [`with_usage`](Self::with_usage) must not be passed.
    #[must_use]
    pub fn index_of(&self, slot: Slot) -> Option<usize> {
        let at_ms = slot.start();
        let begun = self.starts_ms.partition_point(|start| *start <= at_ms);
        (at_ms < self.end_ms).then(|| begun.checked_sub(1)).flatten()
    }
}

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Returns the start of each hour of a zone's local time.
fn hours(start_ms: EpochMs, end_ms: EpochMs, tz: Tz) -> impl Iterator<Item = EpochMs> {
    let next = move |at_ms: &EpochMs| {
        let shown_ms = at_ms.0 + offset_ms(*at_ms, tz);
        Some(*at_ms + (HOUR_MS - shown_ms.rem_euclid(HOUR_MS))).filter(|next| *next < end_ms)
    };
    std::iter::successors(Some(start_ms).filter(|start| *start < end_ms), next)
}

/// Returns the zone's offset from UTC.
pub(crate) fn offset_ms(at_ms: EpochMs, tz: Tz) -> i64 {
    i64::from(tz.offset_from_utc_datetime(&instant(at_ms).naive_utc()).fix().local_minus_utc()) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Shift;
    use chrono::{DateTime, Weekday};
    use proptest::prelude::*;

    fn range(from: &str, to: &str) -> DateRange {
        DateRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn hours_of(day: &str, tz: Tz) -> Vec<String> {
        let buckets = Buckets::new(range(day, day), Step::Hour, tz);
        let shown = buckets.starts_ms.iter().map(|at| {
            DateTime::from_timestamp_millis(at.0).unwrap().with_timezone(&tz).format("%H:%M").to_string()
        });
        shown.collect()
    }

    #[test]
    fn a_day_has_the_hours_that_its_clocks_show() {
        assert_eq!(hours_of("2026-03-10", Tz::Asia__Kolkata).len(), 24);
        let forward = hours_of("2026-03-08", Tz::America__New_York);
        assert_eq!(
            (forward.len(), &forward[1..4]),
            (23, &["01:00", "03:00", "04:00"].map(str::to_owned)[..])
        );
        let back = hours_of("2026-11-01", Tz::America__New_York);
        assert_eq!((back.len(), &back[1..3]), (25, &["01:00", "01:00"].map(str::to_owned)[..]));
        // Lord Howe Island moves its clocks by half an hour.
        let half = hours_of("2026-10-04", Tz::Australia__Lord_Howe);
        assert_eq!((half.len(), &half[1..4]), (24, &["01:00", "02:30", "03:00"].map(str::to_owned)[..]));
    }

    #[test]
    fn weeks_and_months_begin_on_their_first_day_even_before_the_range() {
        let check = |bucket, expected: &[&str]| {
            let buckets =
                Buckets::new(range("2026-03-05", "2026-04-02"), Step::Calendar(bucket), Tz::Asia__Kolkata);
            let expected: Vec<_> =
                expected.iter().map(|day| BucketStart::Day(day.parse().unwrap())).collect();
            assert_eq!(buckets.starts(), expected);
        };
        check(Bucket::Month, &["2026-03-01", "2026-04-01"]);
        check(
            Bucket::Week(Weekday::Mon),
            &["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"],
        );
    }

    /// Returns, for each bucket, how many slots of its base are in it; `None` without any time.
    fn slots_of_base(days: (&str, &str), step: Step, shift: Shift, tz: Tz, now: &str) -> Vec<Option<usize>> {
        let range = range(days.0, days.1);
        let now_ms = EpochMs(DateTime::parse_from_rfc3339(now).unwrap().timestamp_millis());
        let base = Base::new(range, shift, now_ms, day_of_ms(now_ms, tz), tz);
        let buckets = Buckets::of_base(range, step, tz, &base);
        let mut counts = vec![0; buckets.len()];
        let bounds = base.days.bounds_ms(tz);
        for slot in Slot::of(bounds.start).0..Slot::after(bounds.end).0 {
            if let Some(index) = buckets.index_of(Slot(slot)) {
                counts[index] += 1;
            }
        }
        let count = |(index, count)| buckets.has_time(index).then_some(count);
        counts.into_iter().enumerate().map(count).collect()
    }

    const LATER: &str = "2027-01-01T00:00:00Z";

    #[test]
    fn buckets_of_a_base_lie_on_the_buckets_of_the_range() {
        let month = Step::Calendar(Bucket::Month);
        let days = |counts: Vec<Option<usize>>| -> Vec<_> {
            counts.into_iter().map(|count| count.map(|slots| slots / 96)).collect()
        };
        let quarter = ("2026-08-31", "2026-11-28");
        let lengths = slots_of_base(quarter, month, Shift::Months(3), Tz::UTC, LATER);
        assert_eq!(days(lengths), [1, 30, 31, 28].map(Some), "31 May, June, July, 1 to 28 August");
        let november = ("2026-11-01", "2026-11-28");
        let cut = slots_of_base(november, month, Shift::Months(1), Tz::UTC, "2026-11-28T12:00:00Z");
        assert_eq!(cut, [Some(27 * 96 + 48)], "until noon of 28 October");
        let march = slots_of_base(
            ("2026-03-01", "2026-03-31"),
            Step::Calendar(Bucket::Day),
            Shift::Months(1),
            Tz::UTC,
            LATER,
        );
        assert_eq!(days(march), [vec![Some(1); 28], vec![None; 3]].concat());
    }

    #[test]
    fn hours_of_a_base_are_those_that_clocks_show() {
        let hours =
            |day: &str| slots_of_base((day, day), Step::Hour, Shift::Days(1), Tz::America__New_York, LATER);
        // The second 01:00 has no hour of the day before.
        let back = hours("2026-11-01");
        assert_eq!((back.len(), back[1], back[2], back[3]), (25, Some(4), None, Some(4)));
        // The day after has the hour twice in its base.
        assert_eq!(hours("2026-11-02")[1], Some(8));
        // 02:00 is skipped, so that the hour of the day before is with 01:00.
        let forward = hours("2026-03-08");
        assert_eq!((forward.len(), forward[1], forward[2]), (23, Some(8), Some(4)));
    }

    #[test]
    fn what_is_cut_off_or_not_over_is_partial() {
        let check = |days: (&str, &str), step, now: &str, expected: &[usize]| {
            let range = range(days.0, days.1);
            let now_ms = EpochMs(DateTime::parse_from_rfc3339(now).unwrap().timestamp_millis());
            let partial = Buckets::new(range, step, Tz::UTC).partial(range, step, Tz::UTC, now_ms);
            assert_eq!(partial, expected, "{step:?} of {range:?}");
        };
        let quarter = ("2026-08-31", "2026-11-28");
        check(quarter, Step::Calendar(Bucket::Month), "2026-11-28T12:00:00Z", &[0, 3]);
        check(quarter, Step::Calendar(Bucket::Day), "2026-11-28T12:00:00Z", &[89]);
        check(quarter, Step::Calendar(Bucket::Week(Weekday::Mon)), LATER, &[12]);
        check(("2026-09-01", "2026-09-30"), Step::Calendar(Bucket::Month), LATER, &[]);
        let hours: Vec<_> = (13..24).collect();
        check(("2026-11-28", "2026-11-28"), Step::Hour, "2026-11-28T13:30:00Z", &hours);
    }

    #[test]
    fn buckets_without_usage_are_left_out_of_a_range_of_ages() {
        let ages = range("0001-01-01", "9999-12-31");
        let ms = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        let times = [i64::MIN, 0, ms("2026-03-08T06:30:00Z"), ms("2026-03-08T07:15:00Z"), i64::MAX];
        let slots = times.map(|at_ms| Slot::of(EpochMs(at_ms)));
        let check = |step, tz, expected: &[&str]| {
            let buckets = Buckets::with_usage(ages, step, tz, slots.into_iter());
            let starts = buckets.starts().iter().map(|start| match start {
                BucketStart::Hour(at_ms) => DateTime::from_timestamp_millis(at_ms.0).unwrap().to_rfc3339(),
                BucketStart::Day(day) => day.to_string(),
            });
            assert_eq!(starts.collect::<Vec<_>>(), expected, "{step:?}");
            let found: BTreeSet<usize> =
                slots.iter().map(|slot| buckets.index_of(*slot).expect("a bucket")).collect();
            assert_eq!(found.len(), buckets.len());
        };
        let days = ["0001-01-01", "1970-01-01", "2026-03-08", "9999-12-31"];
        check(Step::Calendar(Bucket::Day), Tz::UTC, &days);
        let months = ["0001-01-01", "1970-01-01", "2026-03-01", "9999-12-01"];
        check(Step::Calendar(Bucket::Month), Tz::UTC, &months);
        // The skipped hour is between the two of this day.
        let hours = [
            "0001-01-01T04:56:02+00:00",
            "1970-01-01T00:00:00+00:00",
            "2026-03-08T06:00:00+00:00",
            "2026-03-08T07:00:00+00:00",
            "+10000-01-01T04:00:00+00:00",
        ];
        check(Step::Hour, Tz::America__New_York, &hours);
    }

    proptest! {
        #[test]
        fn leaving_buckets_out_moves_no_usage(
            times in prop::collection::vec(0..400 * 86_400_000_i64, 1..20),
            step in prop::sample::select(vec![
                Step::Hour,
                Step::Calendar(Bucket::Day),
                Step::Calendar(Bucket::Week(Weekday::Mon)),
                Step::Calendar(Bucket::Month),
            ]),
        ) {
            let start = 1_767_225_600_000_i64;
            let slots: Vec<Slot> = times.iter().map(|at| Slot::of(EpochMs(start + at))).collect();
            for tz in [Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe] {
                let year = range("2026-02-11", "2026-12-20");
                let all = Buckets::new(year, step, tz);
                let used = Buckets::with_usage(year, step, tz, slots.iter().copied());
                prop_assert!(used.len() <= slots.len());
                for slot in &slots {
                    let start = |buckets: &Buckets| buckets.index_of(*slot).map(|index| buckets.starts()[index]);
                    prop_assert_eq!(start(&all), start(&used));
                }
            }
        }

        #[test]
        fn every_slot_of_a_day_is_in_a_bucket_of_that_day(slot in 1_767_225_600_000_i64 / Slot::MILLIS..1_830_297_600_000 / Slot::MILLIS) {
            let slot = Slot(slot);
            for tz in [Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Pacific__Chatham] {
                let day = day_of_slot(slot, tz);
                let around = DateRange::new(day.pred_opt().unwrap(), day.succ_opt().unwrap()).unwrap();
                let days = Buckets::new(around, Step::Calendar(Bucket::Day), tz);
                prop_assert_eq!(days.index_of(slot), Some(1));
                let hours = Buckets::new(DateRange::day(day), Step::Hour, tz);
                let index = hours.index_of(slot).unwrap();
                prop_assert!((0..HOUR_MS).contains(&slot.start().since(hours.starts_ms[index])));
                let other = Buckets::new(DateRange::day(day.succ_opt().unwrap()), Step::Hour, tz);
                prop_assert_eq!(other.index_of(slot), None);
            }
        }
    }
}
