//! An amount compared with those of the past, by robust statistics.
//!
//! An amount is unusual if it is above the median of the past ones by more than [`SPREADS`] spreads. The spread is the median distance from the
//! median, times 1.4826, as of a normal distribution; at least a quarter of the median, because amounts that hardly vary would
//! make any other one unusual. The median and this distance are the same whatever half of the past is extreme; a mean and a
//! standard deviation, which were rejected, grow with the very outliers that they are to find.

use ctm_types::PicoUsd;

/// Number of past amounts from which on one can be unusual.
pub const LEAST: usize = 30;

/// The distance from the median from which on an amount is unusual, in spreads.
pub const SPREADS: i128 = 5;

/// An amount that is unusual, with the figures that make it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusual {
    /// The amount.
    pub cost: PicoUsd,
    /// The median of the past amounts.
    pub median: PicoUsd,
    /// Their spread.
    pub spread: PicoUsd,
    /// The amount above which one is unusual.
    pub bound: PicoUsd,
    /// The number of past amounts.
    pub past: usize,
}

/// Returns why an amount is unusual among those of the past; `None` if it is not, or these are too few.
#[must_use]
pub fn unusual(cost: PicoUsd, past: impl IntoIterator<Item = PicoUsd>) -> Option<Unusual> {
    let mut past: Vec<i128> = past.into_iter().map(|cost| cost.0).collect();
    if past.len() < LEAST {
        return None;
    }
    let middle = median(&mut past);
    let mut distances: Vec<i128> = past.iter().map(|cost| (cost - middle).abs()).collect();
    let spread = (median(&mut distances).saturating_mul(14_826) / 10_000).max(middle / 4);
    let bound = PicoUsd(middle.saturating_add(spread.saturating_mul(SPREADS)));
    let of = Unusual { cost, median: PicoUsd(middle), spread: PicoUsd(spread), bound, past: past.len() };
    (cost > bound).then_some(of)
}

fn median(amounts: &mut [i128]) -> i128 {
    amounts.sort_unstable();
    (amounts[(amounts.len() - 1) / 2] + amounts[amounts.len() / 2]) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cost: i128, past: &[i128]) -> Option<(i128, i128, i128)> {
        let of = unusual(PicoUsd(cost), past.iter().copied().map(PicoUsd))?;
        Some((of.median.0, of.spread.0, of.bound.0))
    }

    #[test]
    fn an_amount_far_above_the_median_is_unusual() {
        // Ten each of 800, 1000 and 1200: the median distance is 200.
        let past: Vec<i128> = (0..30).map(|index| 800 + index % 3 * 200).collect();
        let bound = 1_000 + 5 * 296;
        assert_eq!(found(bound, &past), None);
        assert_eq!(found(bound + 1, &past), Some((1_000, 296, bound)));
        assert_eq!(found(bound + 1, &past[1..]), None);
    }

    #[test]
    fn outliers_of_the_past_hide_no_other_one() {
        let mut past = vec![1_000; 30];
        past.extend([1_000_000; 14]);
        assert_eq!(found(2_251, &past), Some((1_000, 250, 2_250)));
        assert_eq!(found(2_250, &past), None);
    }
}
