//! Quotas: cases that occur at an even rate, one kind after the other.
//!
//! Random choice was rejected: a small home then lacks some of the cases, and a test
//! has to know the seeds under which it does not.

/// An event that occurs once in a number of cases.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    /// Cases for each occurrence, or 0 for none.
    every: u64,
    /// Cases since it happened.
    since: u64,
    /// Number of occurrences.
    times: usize,
}

impl Quota {
    /// A quota of zero.
    pub(crate) const NEVER: Self = Self::one_in(0);

    /// Returns what happens in every `every`th case, for the first time after half as many.
    pub(crate) const fn one_in(every: u64) -> Self {
        Self { every, since: every / 2, times: 0 }
    }

    /// Takes a case into account; when it happens in this one, returns how often it did before,
    /// which returns its kinds in turn.
    pub(crate) fn strike(&mut self) -> Option<usize> {
        self.since += 1;
        if self.every == 0 || self.since < self.every {
            return None;
        }
        self.since = 0;
        self.times += 1;
        Some(self.times - 1)
    }

    /// Counts a case, and returns whether the quota applies to it.
    pub(crate) fn strikes(&mut self) -> bool {
        self.strike().is_some()
    }

    /// Makes it happen in the next case, unless it never does.
    pub(crate) fn hasten(&mut self) {
        self.since = self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quota: &mut Quota, expected: &[Option<usize>]) {
        let found: Vec<_> = expected.iter().map(|_| quota.strike()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn it_happens_evenly_and_counts_itself() {
        check(&mut Quota::one_in(4), &[None, Some(0), None, None, None, Some(1), None]);
        check(&mut Quota::one_in(1), &[Some(0), Some(1)]);
    }

    #[test]
    fn it_can_be_hastened_unless_it_never_happens() {
        let (mut quota, mut never) = (Quota::one_in(10), Quota::NEVER);
        quota.hasten();
        never.hasten();
        check(&mut quota, &[Some(0), None, None]);
        check(&mut never, &[None; 3]);
    }
}
