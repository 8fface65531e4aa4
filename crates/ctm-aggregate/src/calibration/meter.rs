//! Usage between moments, event by event.

use crate::usage::Amounts;
use ctm_types::EpochMs;

/// Usage between any two of some moments.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageMeter {
    /// The moments, in order.
    moments: Vec<EpochMs>,
    /// The usage up to each moment, after the one before.
    sums: Vec<Amounts>,
}

impl UsageMeter {
    /// Creates a meter of moments, in UTC epoch milliseconds, in any order.
    #[must_use]
    pub fn new(moments: impl IntoIterator<Item = EpochMs>) -> Self {
        let mut moments: Vec<EpochMs> = moments.into_iter().collect();
        moments.sort_unstable();
        moments.dedup();
        let sums = vec![Amounts::default(); moments.len()];
        Self { moments, sums }
    }

    /// Returns the first and the last moment; `None` without any.
    #[must_use]
    pub fn span(&self) -> Option<(EpochMs, EpochMs)> {
        self.moments.first().copied().zip(self.moments.last().copied())
    }

    /// Adds usage at a time, in UTC epoch milliseconds; usage after the last moment is in no sum.
    pub fn add(&mut self, at_ms: EpochMs, amounts: Amounts) {
        let place = self.moments.partition_point(|moment| *moment < at_ms);
        if let Some(sum) = self.sums.get_mut(place) {
            *sum += amounts;
        }
    }

    /// Returns the usage after one moment until another.
    #[must_use]
    pub fn between(&self, from_ms: EpochMs, to_ms: EpochMs) -> Amounts {
        let after = |at_ms: EpochMs| self.moments.partition_point(|moment| *moment <= at_ms);
        let mut sum = Amounts::default();
        self.sums.iter().take(after(to_ms)).skip(after(from_ms)).for_each(|of| sum += *of);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_belongs_to_the_stretch_that_ends_with_it() {
        let mut meter = UsageMeter::new([30, 10, 20, 10].map(EpochMs));
        assert_eq!(meter.span(), Some((EpochMs(10), EpochMs(30))));
        for at_ms in [5, 10, 11, 20, 21, 25, 30, 31] {
            meter.add(EpochMs(at_ms), Amounts { responses: 1, ..Amounts::default() });
        }
        let check = |from: i64, to: i64, expected: u64| {
            assert_eq!(meter.between(EpochMs(from), EpochMs(to)).responses, expected, "{from} to {to}");
        };
        check(10, 20, 2);
        check(20, 30, 3);
        check(10, 30, 5);
        check(20, 20, 0);
        check(30, 10, 0);
    }
}
