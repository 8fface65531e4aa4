//! Medians and percentiles.

use serde::{Deserialize, Serialize};

/// The median of some figures, and their range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Returns the spread of some figures, or `None` of none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let (&min, &max) = (figures.first()?, figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len() % 2 == 1 {
            figures[middle]
        } else {
            f64::midpoint(figures[middle - 1], figures[middle])
        };
        Some(Self { median, min, max })
    }
}

/// Durations of a repeated action, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latency {
    /// Returns the percentiles of some durations in milliseconds, or `None` of none.
    ///
    /// A percentile is one of the durations: the smallest that so many percent do not exceed.
    pub(crate) fn of(mut durations_ms: Vec<f64>) -> Option<Self> {
        durations_ms.sort_unstable_by(f64::total_cmp);
        let count = durations_ms.len();
        let percentile = |percent: usize| durations_ms[(count * percent).div_ceil(100) - 1];
        (count > 0).then(|| Self {
            count,
            p50_ms: percentile(50),
            p95_ms: percentile(95),
            p99_ms: percentile(99),
            max_ms: percentile(100),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_or_between_the_two_middle_ones() {
        let check = |figures: &[f64], expected: Option<(f64, f64, f64)>| {
            let spread = Spread::of(figures.iter().copied());
            assert_eq!(spread.map(|spread| (spread.min, spread.median, spread.max)), expected);
        };
        check(&[3.0, 1.0, 2.0], Some((1.0, 2.0, 3.0)));
        check(&[4.0, 1.0, 2.0, 3.0], Some((1.0, 2.5, 4.0)));
        check(&[5.0], Some((5.0, 5.0, 5.0)));
        check(&[], None);
    }

    #[test]
    fn percentiles_are_among_the_figures() {
        let latency = Latency::of((1..=200).rev().map(f64::from).collect()).unwrap();
        assert_eq!(
            latency,
            Latency { count: 200, p50_ms: 100.0, p95_ms: 190.0, p99_ms: 198.0, max_ms: 200.0 }
        );
        assert_eq!(Latency::of(vec![7.0]).unwrap().p50_ms, 7.0);
        assert_eq!(Latency::of(Vec::new()), None);
    }
}
