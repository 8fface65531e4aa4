//! Sums of days whose events come in any order, in bounded memory.

use crate::days::{DayForm, KeptDay};
use ctm_types::UtcDay;
use std::collections::BTreeMap;

/// Sums of the events of many days.
///
/// Sums take ten times as much memory as their packed form, so that they are packed from time to time. The parts of a
/// day are joined at the end, one day at a time.
#[derive(Debug)]
pub struct PartialDays<T: KeptDay> {
    sums: BTreeMap<UtcDay, T::Sums>,
    /// Number of events in them.
    events: usize,
    most_events: usize,
    packed: BTreeMap<UtcDay, Vec<Vec<u8>>>,
}

impl<T: KeptDay> PartialDays<T> {
    /// Creates sums that are packed when they contain this number of events.
    #[must_use]
    pub fn new(most_events: usize) -> Self {
        Self { sums: BTreeMap::new(), events: 0, most_events, packed: BTreeMap::new() }
    }

    /// Adds an event; one that is not summed only makes its day known.
    pub fn add(&mut self, event: &T::Event, is_summed: bool, form: &DayForm) {
        let sums = self.sums.entry(T::day(event)).or_default();
        if is_summed {
            T::add(sums, event, form);
        }
        self.events += 1;
        if self.events >= self.most_events {
            self.pack();
        }
    }

    fn pack(&mut self) {
        for (day, sums) in std::mem::take(&mut self.sums) {
            self.packed.entry(day).or_default().push(T::of(sums).pack(day));
        }
        self.events = 0;
    }

    /// Returns each day with its sums, in their order.
    pub fn into_days(mut self) -> impl Iterator<Item = (UtcDay, T)> {
        if !self.packed.is_empty() {
            self.pack();
        }
        let whole = self.sums.into_iter().map(|(day, sums)| (day, T::of(sums)));
        whole.chain(self.packed.into_iter().map(|(day, parts)| (day, joined(day, &parts))))
    }
}

fn joined<T: KeptDay>(day: UtcDay, parts: &[Vec<u8>]) -> T {
    let mut sums = T::Sums::default();
    for part in parts {
        T::unpack(day, part).expect("a part was packed here").join(day, &mut sums);
    }
    T::of(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::{DayTools, DayUsage};
    use proptest::prelude::*;

    /// Packs the days of events, `most` of which are summed at once.
    fn packed<T: KeptDay>(events: &[Vec<i64>], most: usize) -> Vec<(UtcDay, Vec<u8>)> {
        let mut days = PartialDays::<T>::new(most);
        for columns in events {
            days.add(&T::event(columns).unwrap(), columns[1] != 3, &DayForm::new(&[20]));
        }
        days.into_days().map(|(day, of_day)| (day, of_day.pack(day))).collect()
    }

    proptest! {
        #[test]
        fn days_do_not_depend_on_when_they_are_packed(
            events in prop::collection::vec(
                (-5 * 3_600_000_i64..100 * 3_600_000, prop::collection::vec(0_i64..4, 15)), 0..60),
            most in 1_usize..40,
        ) {
            let columns = |(at_ms, columns): &(i64, Vec<i64>)| {
                std::iter::once(*at_ms).chain(columns.iter().copied()).collect::<Vec<i64>>()
            };
            let events: Vec<_> = events.iter().map(columns).collect();
            prop_assert_eq!(packed::<DayUsage>(&events, most), packed::<DayUsage>(&events, usize::MAX));
            prop_assert_eq!(packed::<DayTools>(&events, most), packed::<DayTools>(&events, usize::MAX));
        }
    }
}
