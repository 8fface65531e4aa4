//! The difference of a product, split over its factors.
//!
//! # Design
//!
//! Replacing the factors of a product one after the other, from their values before to those now, splits the
//! difference, but each order of replacing gives another split. The Shapley value is the mean over all orders:
//! nothing depends on an order, the parts add up, and a factor that is the same before and now gets nothing.
//!
//! Factors are fractions, and everything is computed in whole numbers over a common denominator. A part is cut
//! to a whole number; the units that this leaves go to the largest rests, of equal ones to the first.
//! Swapping before and now negates every part.

use num_bigint::{BigInt, Sign};
use std::cmp::Reverse;

/// Number of the factors.
pub(crate) const FACTORS: usize = 5;

/// Number of orders that replace a factor after so many others, of 120 in all.
const ORDERS_AFTER: [u32; FACTORS] = [24, 6, 4, 6, 24];

/// A fraction before and now, as numerators of one denominator.
#[derive(Debug, Clone)]
struct Pair {
    values: [BigInt; 2],
    denominator: BigInt,
}

/// A factor before and now; `None` if its denominator is zero in both.
#[derive(Debug, Clone)]
pub(crate) struct Factor(Option<Pair>);

impl Factor {
    /// Creates a factor of fractions before and now. A fraction of zero is undefined, and takes the value
    /// of the other one.
    pub(crate) fn new([before, now]: [(i128, u128); 2]) -> Self {
        let (before, now) = match (before.1, now.1) {
            (0, 0) => return Self(None),
            (0, _) => (now, now),
            (_, 0) => (before, before),
            _ => (before, now),
        };
        if before == now {
            let value = BigInt::from(now.0);
            return Self(Some(Pair { values: [value.clone(), value], denominator: now.1.into() }));
        }
        Self(Some(Pair {
            values: [BigInt::from(before.0) * now.1, BigInt::from(now.0) * before.1],
            denominator: BigInt::from(before.1) * now.1,
        }))
    }
}

/// Splits the difference of the product of factors, a whole number. Returns nothing but zeros if one of the
/// factors is undefined, and values that do not fit are the nearest that do.
pub(crate) fn split(factors: &[Factor; FACTORS]) -> [i128; FACTORS] {
    let pairs: Vec<&Pair> = factors.iter().filter_map(|factor| factor.0.as_ref()).collect();
    let Ok(pairs) = <[&Pair; FACTORS]>::try_from(pairs) else { return [0; FACTORS] };
    let denominator: BigInt =
        pairs.iter().fold(BigInt::from(ORDERS_AFTER.len() * 24), |product, pair| product * &pair.denominator);
    let numerators: [BigInt; FACTORS] = std::array::from_fn(|at| numerator(pairs, at));
    rounded(&numerators, &denominator).map(|part| whole(&part))
}

/// Returns the part of a factor, over the product of all denominators and the number of orders.
fn numerator(pairs: [&Pair; FACTORS], at: usize) -> BigInt {
    let [before, now] = &pairs[at].values;
    if before == now {
        return BigInt::ZERO;
    }
    // The products of the other factors, summed by the number of replaced ones.
    let mut sums: Vec<BigInt> = vec![BigInt::from(1)];
    for (_, pair) in pairs.iter().enumerate().filter(|(other, _)| *other != at) {
        sums.push(BigInt::ZERO);
        for replaced in (0..sums.len()).rev() {
            let kept = &sums[replaced] * &pair.values[0];
            sums[replaced] = if replaced == 0 { kept } else { kept + &sums[replaced - 1] * &pair.values[1] };
        }
    }
    let others = sums.iter().zip(ORDERS_AFTER).map(|(sum, orders)| sum * orders);
    (now - before) * others.sum::<BigInt>()
}

/// Returns fractions, whose sum is whole, as whole numbers of the same sum.
fn rounded(numerators: &[BigInt; FACTORS], denominator: &BigInt) -> [BigInt; FACTORS] {
    let mut parts = numerators.each_ref().map(|numerator| numerator / denominator);
    let rests = numerators.each_ref().map(|numerator| numerator % denominator);
    let missing = rests.iter().sum::<BigInt>() / denominator;
    let unit = BigInt::from(if missing.sign() == Sign::Minus { -1 } else { 1 });
    let mut order: [usize; FACTORS] = std::array::from_fn(|at| at);
    order.sort_by_cached_key(|at| Reverse(&rests[*at] * &unit));
    let units = usize::try_from(missing * &unit).unwrap_or(0);
    for at in order.into_iter().take(units) {
        parts[at] += &unit;
    }
    parts
}

fn whole(number: &BigInt) -> i128 {
    let limit = if number.sign() == Sign::Minus { i128::MIN } else { i128::MAX };
    i128::try_from(number).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Splits products of whole numbers.
    fn check(before: [i128; FACTORS], now: [i128; FACTORS], expected: [i128; FACTORS]) {
        let factors = std::array::from_fn(|at| Factor::new([(before[at], 1), (now[at], 1)]));
        assert_eq!(split(&factors), expected);
    }

    #[test]
    fn the_difference_goes_to_the_factors_that_changed() {
        check([2, 1, 1, 1, 10], [3, 1, 1, 1, 10], [10, 0, 0, 0, 0]);
        // 2 × 3 became 4 × 5: of 14, 2 × 4 are the first factor's, and 2 × 3 the second one's.
        check([2, 3, 1, 1, 1], [4, 5, 1, 1, 1], [8, 6, 0, 0, 0]);
        check([1, 1, 1, 1, 7], [0, 1, 1, 1, 7], [-7, 0, 0, 0, 0]);
        check([7; FACTORS], [7; FACTORS], [0; FACTORS]);
    }

    #[test]
    fn what_is_left_by_rounding_goes_to_the_largest_rest_and_else_to_the_first() {
        // 1 became 2 × 2 × 2: of 7, each has seven thirds.
        check([1; FACTORS], [2, 2, 2, 1, 1], [3, 2, 2, 0, 0]);
        check([2, 2, 2, 1, 1], [1; FACTORS], [-3, -2, -2, 0, 0]);
    }

    #[test]
    fn an_undefined_fraction_takes_the_value_of_the_other_period() {
        let one = || Factor::new([(1, 1), (1, 1)]);
        let volume = Factor::new([(0, 1), (5, 1)]);
        assert_eq!(split(&[volume, Factor::new([(0, 0), (3, 1)]), one(), one(), one()]), [15, 0, 0, 0, 0]);
        assert_eq!(split(&[Factor::new([(1, 0), (1, 0)]), one(), one(), one(), one()]), [0; FACTORS]);
    }

    proptest! {
        /// A chain of fractions, as a cost is written as: each denominator is the numerator before it.
        #[test]
        fn parts_add_up_and_are_negated_by_swapping(
            before in prop::array::uniform5(1..1_u64 << 40),
            now in prop::array::uniform5(1..1_u64 << 40),
        ) {
            let fraction = |of: &[u64; FACTORS], at: usize| {
                (i128::from(of[at]), if at == 0 { 1 } else { u128::from(of[at - 1]) })
            };
            let factors = |before, now| std::array::from_fn(|at| Factor::new([fraction(before, at), fraction(now, at)]));
            let parts = split(&factors(&before, &now));
            let difference = i128::from(now[FACTORS - 1]) - i128::from(before[FACTORS - 1]);
            prop_assert_eq!(parts.iter().sum::<i128>(), difference);
            prop_assert_eq!(split(&factors(&now, &before)), parts.map(|part| -part));
        }
    }
}
