//! The middle of values.

use ctm_types::PicoUsd;

/// Returns the median of amounts: of two in the middle their mean, cut to whole pico-dollars. `None` without any.
#[must_use]
pub fn median(mut amounts: Vec<PicoUsd>) -> Option<PicoUsd> {
    amounts.sort_unstable();
    let upper = *amounts.get(amounts.len() / 2)?;
    if amounts.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = amounts[amounts.len() / 2 - 1];
    Some(PicoUsd(lower.0 + (upper.0 - lower.0) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle_whatever_the_order() {
        let check = |amounts: &[i128], expected: Option<i128>| {
            let found = median(amounts.iter().copied().map(PicoUsd).collect());
            assert_eq!(found, expected.map(PicoUsd), "{amounts:?}");
        };
        check(&[], None);
        check(&[7], Some(7));
        check(&[9, 1], Some(5));
        check(&[4, 1], Some(2));
        check(&[100, 1, 3], Some(3));
        check(&[8, 1, 100, 4], Some(6));
        check(&[i128::MAX, i128::MAX - 2], Some(i128::MAX - 1));
    }
}
