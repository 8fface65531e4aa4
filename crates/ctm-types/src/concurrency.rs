//! How many sessions, or subagents, are active at once.

use crate::EpochMs;
use std::ops::AddAssign;

/// Time after a response during which its session is active, in milliseconds; also the tolerance for a response dated in
/// the future by a fast clock.
pub const ACTIVE_MS: i64 = 5 * 60 * 1000;

/// Time by how many are active at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtOnce {
    /// Time with exactly one, in milliseconds.
    pub one_ms: u64,
    /// Time with exactly two, in milliseconds.
    pub two_ms: u64,
    /// Time with three or more, in milliseconds.
    pub more_ms: u64,
    /// Sum of the times of each, in milliseconds.
    pub total_ms: u64,
    /// The most at once, with the time since which there were as many first; `None` without any.
    pub peak: Option<(u64, EpochMs)>,
}

impl AtOnce {
    /// Returns the time from `from_ms` to `to_ms` with a number of them.
    #[must_use]
    pub fn of(number: u64, from_ms: EpochMs, to_ms: EpochMs) -> Self {
        let time_ms = u64::try_from(to_ms.since(from_ms)).unwrap_or_default();
        if number == 0 || time_ms == 0 {
            return Self::default();
        }
        let at = |is_so: bool| if is_so { time_ms } else { 0 };
        Self {
            one_ms: at(number == 1),
            two_ms: at(number == 2),
            more_ms: at(number > 2),
            total_ms: time_ms.saturating_mul(number),
            peak: Some((number, from_ms)),
        }
    }

    /// Returns the time with at least one, in milliseconds.
    #[must_use]
    pub fn active_ms(&self) -> u64 {
        self.one_ms.saturating_add(self.two_ms).saturating_add(self.more_ms)
    }
}

impl AddAssign for AtOnce {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.one_ms, other.one_ms);
        add(&mut self.two_ms, other.two_ms);
        add(&mut self.more_ms, other.more_ms);
        add(&mut self.total_ms, other.total_ms);
        self.peak = match (self.peak, other.peak) {
            (Some(one), Some(other)) if (other.0, one.1) > (one.0, other.1) => Some(other),
            (None, other) => other,
            (one, _) => one,
        };
    }
}

/// Sessions and subagents that are active at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concurrency {
    /// Sessions, with their subagents.
    pub sessions: AtOnce,
    /// Subagents.
    pub subagents: AtOnce,
}

impl AddAssign for Concurrency {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.subagents += other.subagents;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_summed_by_number_and_the_first_peak_is_kept() {
        let at = |number, from, to| AtOnce::of(number, EpochMs(from), EpochMs(to));
        let parts = [at(1, 0, 10), at(3, 30, 34), at(2, 20, 30), at(3, 10, 11), at(0, 40, 90), at(9, 50, 50)];
        let mut sum = AtOnce::default();
        parts.into_iter().for_each(|part| sum += part);
        let expected = AtOnce {
            one_ms: 10,
            two_ms: 10,
            more_ms: 5,
            total_ms: 10 + 20 + 15,
            peak: Some((3, EpochMs(10))),
        };
        assert_eq!((sum, sum.active_ms()), (expected, 25));
    }
}
