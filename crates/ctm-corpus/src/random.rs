//! Chance that is the same for a seed on every machine and in every version.
//!
//! The numbers come from PCG, a published algorithm with reference vectors; how a number becomes
//! a choice is written here. The distributions of the `rand` crate were rejected because they
//! may change with any release, and with them every home.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::ops::RangeInclusive;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(crate) const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A source of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(Pcg64Mcg);

impl Random {
    /// Returns the generator of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Returns a number below `limit`, or 0 when that is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(limit);
        u64::try_from(product >> 64).expect("the upper half of a product of two u64 fits into one")
    }

    /// Returns a number of the range, each with the same chance.
    pub(crate) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// Returns a number of the range; small ones are far more frequent.
    pub(crate) fn skewed(&mut self, range: RangeInclusive<u64>) -> u64 {
        let cube = u128::from(self.below(1 << 20)).pow(3);
        let span = u128::from(range.end() - range.start() + 1);
        range.start() + u64::try_from((cube * span) >> 60).expect("less than the span, which is a u64")
    }

    /// Returns whether something happens that happens once in `times`; never for 0.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        times != 0 && self.below(times) == 0
    }

    /// Returns whether something happens with a chance of `percent` in a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Returns an index below `len`.
    ///
    /// # Panics
    ///
    /// When `len` is 0, at the indexing that follows.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("less than a usize")
    }

    /// Returns one of the items, each with the same chance.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// Returns the index of one of the weights, by weight; 0 when all are 0.
    pub(crate) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Appends `len` characters of an alphabet to `prefix`.
    fn spell(&mut self, prefix: &str, alphabet: &[u8], len: usize) -> String {
        let mut text = String::with_capacity(prefix.len() + len);
        text.push_str(prefix);
        text.extend((0..len).map(|_| char::from(*self.pick(alphabet))));
        text
    }

    /// Returns `prefix` and `len` hexadecimal digits.
    pub(crate) fn hex(&mut self, prefix: &str, len: usize) -> String {
        self.spell(prefix, HEX, len)
    }

    /// Returns an id such as the API issues: `prefix` and 22 letters and digits.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        self.spell(prefix, BASE58, 22)
    }

    /// Returns `len` characters of base64.
    pub(crate) fn base64(&mut self, len: usize) -> String {
        self.spell("", BASE64, len)
    }

    /// Returns a random UUID (version 4).
    pub(crate) fn uuid(&mut self) -> String {
        let bits = u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64());
        let digits = format!("{bits:032x}");
        format!(
            "{}-{}-4{}-a{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_a_fixed_sequence() {
        let mut random = Random::new(7);
        assert_eq!(random.uuid(), "b09d1dde-9459-4c8e-a9ea-5a971e0e3f32");
        assert_eq!(random.within(10..=20), 12);
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(1);
        let draws: Vec<u64> = (0..1_000).map(|_| random.within(3..=6)).collect();
        assert_eq!((draws.iter().min(), draws.iter().max()), (Some(&3), Some(&6)));
        assert!((0..1_000).all(|_| (5..=9).contains(&random.skewed(5..=9))));
        assert_eq!(random.below(0), 0);
        assert!(!random.one_in(0));
    }

    #[test]
    fn weights_decide() {
        let mut random = Random::new(1);
        assert!((0..100).all(|_| random.weighted(&[0, 3, 0]) == 1));
        assert_eq!(random.weighted(&[0, 0]), 0);
    }
}
