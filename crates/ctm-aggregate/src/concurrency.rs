//! How many sessions and subagents are active at once, over time.

use crate::buckets::Buckets;
use ctm_types::{Concurrency, Slot};

/// Time by how many are active at once, in buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrencyOverTime {
    /// Of each bucket.
    pub items: Vec<Concurrency>,
    /// Of all buckets.
    pub totals: Concurrency,
}

impl ConcurrencyOverTime {
    /// Returns sums of buckets without any time.
    #[must_use]
    pub fn new(buckets: &Buckets) -> Self {
        Self { items: vec![Concurrency::default(); buckets.len()], totals: Concurrency::default() }
    }

    /// Adds the time of slots, in any order; those outside of all buckets are ignored.
    pub fn add(&mut self, buckets: &Buckets, rows: &[(Slot, Concurrency)]) {
        for (slot, time) in rows {
            if let Some(item) = buckets.index_of(*slot).and_then(|index| self.items.get_mut(index)) {
                *item += *time;
                self.totals += *time;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DateRange, Step};
    use chrono_tz::Tz;
    use ctm_types::{AtOnce, EpochMs};

    #[test]
    fn buckets_add_up_to_the_totals() {
        let day = |day: &str| day.parse().unwrap();
        let range = DateRange::new(day("1970-01-01"), day("1970-01-02")).unwrap();
        let buckets = Buckets::new(range, Step::Hour, Tz::UTC);
        let row = |slot: i64, number: u64, minutes: i64| {
            let from_ms = Slot(slot).start();
            let sessions = AtOnce::of(number, from_ms, from_ms.saturating_add(minutes * 60_000));
            (Slot(slot), Concurrency { sessions, ..Concurrency::default() })
        };
        let mut over_time = ConcurrencyOverTime::new(&buckets);
        over_time.add(&buckets, &[row(0, 1, 5), row(3, 2, 10), row(5, 2, 15), row(-1, 9, 15)]);
        over_time.add(&buckets, &[row(0, 3, 1), row(192, 9, 15)]);
        let minute = 60_000;
        let of_first = over_time.items[0].sessions;
        assert_eq!((of_first.one_ms, of_first.two_ms, of_first.more_ms), (5 * minute, 10 * minute, minute));
        assert_eq!(of_first.peak, Some((3, EpochMs(0))));
        assert_eq!(over_time.items[1].sessions.two_ms, 15 * 60_000);
        let mut sum = Concurrency::default();
        over_time.items.iter().for_each(|item| sum += *item);
        assert_eq!((over_time.items.len(), over_time.totals), (48, sum));
    }
}
