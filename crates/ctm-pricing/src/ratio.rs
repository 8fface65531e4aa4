//! Exact multipliers.

use ctm_types::PicoUsd;
use serde::Deserialize;
use std::fmt;

/// A multiplier of prices, such as 11/10, kept as a reduced fraction.
///
/// It is above 0, at most 10, and has at most six decimals. [`Display`](fmt::Display) writes
/// the exact decimal figure: `1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

/// A ratio of 1 in millionths, the finest step.
const MILLION: u32 = 1_000_000;

/// Pico-units in a millionth.
const PICO_PER_MILLIONTH: i128 = 1_000_000;

impl Ratio {
    /// The ratio 1.
    pub const ONE: Self = Self::reduced(1, 1);

    /// Returns a fraction that is reduced already.
    pub(crate) const fn reduced(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator }
    }

    /// Returns the reduced fraction of a number of millionths, from one to ten million.
    pub(crate) fn of_millionths(millionths: u32) -> Option<Self> {
        if !(1..=10 * MILLION).contains(&millionths) {
            return None;
        }
        let divisor = greatest_common_divisor(millionths, MILLION);
        Some(Self::reduced(millionths / divisor, MILLION / divisor))
    }

    /// Returns the numerator of the reduced fraction.
    #[must_use]
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// Returns the denominator of the reduced fraction.
    #[must_use]
    pub fn denominator(self) -> u32 {
        self.denominator
    }

    /// Returns whether the ratio raises no price.
    #[must_use]
    pub fn is_at_most_one(self) -> bool {
        self.numerator <= self.denominator
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millionths = i128::from(self.numerator) * i128::from(MILLION / self.denominator);
        PicoUsd(millionths * PICO_PER_MILLIONTH).fmt(f)
    }
}

impl TryFrom<String> for Ratio {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse::<PicoUsd>()
            .ok()
            .filter(|pico| pico.0 % PICO_PER_MILLIONTH == 0)
            .and_then(|pico| u32::try_from(pico.0 / PICO_PER_MILLIONTH).ok())
            .and_then(Self::of_millionths)
            .ok_or_else(|| {
                format!(
                    "`{text}` is not a multiplier; allowed: above \"0\", at most \"10\", at most 6 \
                 decimals"
                )
            })
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Returns `figure` times `ratios`, rounded half-even once.
///
/// Exact while the product of `figure` and the numerators is below 2^127; saturates there.
pub(crate) fn scaled(figure: i128, ratios: &[Ratio]) -> i128 {
    let (numerator, denominator) = ratios.iter().fold((figure, 1), |(above, below), ratio| {
        (i128::saturating_mul(above, ratio.numerator.into()), below * i128::from(ratio.denominator))
    });
    let (quotient, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let is_odd = quotient % 2 != 0;
    let up = rest * 2 > denominator || (rest * 2 == denominator && is_odd);
    quotient + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        Ratio::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn decimal_text_becomes_a_reduced_fraction_and_back() {
        let check = |text: &str, numerator, denominator| {
            let ratio = ratio(text);
            assert_eq!((ratio.numerator(), ratio.denominator()), (numerator, denominator));
            assert_eq!(ratio.to_string(), text);
        };
        check("1.1", 11, 10);
        check("0.5", 1, 2);
        check("1", 1, 1);
        check("10", 10, 1);
        check("0.000001", 1, 1_000_000);
    }

    #[test]
    fn invalid_multipliers_are_refused() {
        for text in ["0", "-1", "10.000001", "1.0000001", "1,1", "1.1x", "", "99999999999"] {
            assert!(Ratio::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn scaling_rounds_half_to_even_and_only_once() {
        let check = |figure, ratios: &[&str], expected| {
            let ratios: Vec<Ratio> = ratios.iter().map(|text| ratio(text)).collect();
            assert_eq!(scaled(figure, &ratios), expected, "{figure}");
        };
        check(1, &["0.5"], 0);
        check(3, &["0.5"], 2);
        check(5, &["0.5"], 2);
        check(-3, &["0.5"], -2);
        check(1, &["1.1"], 1);
        check(7, &[], 7);
        // Rounded after each step this would be 2.
        check(5, &["0.5", "1.3"], 3);
    }
}
