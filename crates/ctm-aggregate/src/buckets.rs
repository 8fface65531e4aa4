//! A range of days cut into hours, days, weeks or months.
//!
//! # Design
//!
//! Buckets are known by the moment at which each begins, and a slot belongs to the last one that
//! has begun. So hours, which are no calendar days, and days, which need not have 24 hours, are
//! found in the same way; and where clocks are put back, the hour that they show twice is two.

use crate::calendar::{Bucket, DateRange, day_start_ms};
use chrono::{DateTime, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use ctm_types::Slot;

/// How long a bucket of a trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// An hour as a clock of the zone shows it.
    Hour,
    /// Days, weeks or months.
    Calendar(Bucket),
}

/// When a bucket begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketStart {
    /// An hour, in UTC epoch milliseconds.
    Hour(i64),
    /// A day, or the first day of a week or month, which can be before the range.
    Day(NaiveDate),
}

/// The buckets of a range, in order, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    starts: Vec<BucketStart>,
    /// When each begins within the range, in UTC epoch milliseconds.
    starts_ms: Vec<i64>,
    end_ms: i64,
}

impl Buckets {
    /// Cuts a range of days of a zone into buckets.
    #[must_use]
    pub fn new(range: DateRange, step: Step, tz: Tz) -> Self {
        let bounds = range.bounds_ms(tz);
        let (starts, starts_ms) = match step {
            Step::Hour => hours(bounds.start, bounds.end, tz).map(|at| (BucketStart::Hour(at), at)).unzip(),
            Step::Calendar(bucket) => range
                .parts(bucket)
                .map(|part| (BucketStart::Day(bucket.first_day(part.from())), day_start_ms(part.from(), tz)))
                .unzip(),
        };
        Self { starts, starts_ms, end_ms: bounds.end }
    }

    /// Returns when each bucket begins.
    #[must_use]
    pub fn starts(&self) -> &[BucketStart] {
        &self.starts
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Tells whether there are none, as on a day that the zone skipped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the place of the bucket that a slot lies in; `None` outside the range.
    #[must_use]
    pub fn index_of(&self, slot: Slot) -> Option<usize> {
        let at_ms = slot.start_ms();
        let begun = self.starts_ms.partition_point(|start| *start <= at_ms);
        (at_ms < self.end_ms).then(|| begun.checked_sub(1)).flatten()
    }
}

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Returns when each hour of a zone's clocks begins.
fn hours(start_ms: i64, end_ms: i64, tz: Tz) -> impl Iterator<Item = i64> {
    let next = move |at_ms: &i64| {
        let shown_ms = at_ms + offset_ms(*at_ms, tz);
        Some(at_ms + HOUR_MS - shown_ms.rem_euclid(HOUR_MS)).filter(|next| *next < end_ms)
    };
    std::iter::successors(Some(start_ms).filter(|start| *start < end_ms), next)
}

/// Returns how far a zone's clocks are ahead of UTC.
pub(crate) fn offset_ms(at_ms: i64, tz: Tz) -> i64 {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    i64::from(tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day_of_slot;
    use chrono::Weekday;
    use proptest::prelude::*;

    fn range(from: &str, to: &str) -> DateRange {
        DateRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn hours_of(day: &str, tz: Tz) -> Vec<String> {
        let buckets = Buckets::new(range(day, day), Step::Hour, tz);
        let shown = buckets.starts_ms.iter().map(|at| {
            DateTime::from_timestamp_millis(*at).unwrap().with_timezone(&tz).format("%H:%M").to_string()
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

    proptest! {
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
                prop_assert!((0..HOUR_MS).contains(&(slot.start_ms() - hours.starts_ms[index])));
                let other = Buckets::new(DateRange::day(day.succ_opt().unwrap()), Step::Hour, tz);
                prop_assert_eq!(other.index_of(slot), None);
            }
        }
    }
}
