//! Money without rounding.
//!
//! # Design
//!
//! Amounts are whole pico-US-dollars (1e-12 USD) in an `i128`. The smallest list price is
//! 10,000 pico-dollars a token, and every multiplier in use (1.1 for a region, 0.5 for batch)
//! leaves it whole, so that sums are exact and do not depend on the grouping. Floating
//! point was rejected because its sums depend on their order.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

/// An amount in pico-US-dollars: 1 USD is `PicoUsd(1_000_000_000_000)`.
///
/// [`Display`](fmt::Display) writes the exact decimal amount of US dollars, with at most twelve
/// decimals, no trailing zeros, no exponent, and never `-0`:
///
/// ```
/// # use ctm_types::PicoUsd;
/// assert_eq!(PicoUsd(33_415_973_700_000).to_string(), "33.4159737");
/// assert_eq!(PicoUsd(0).to_string(), "0");
/// assert_eq!("0.000000000001".parse(), Ok(PicoUsd(1)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicoUsd(pub i128);

/// Pico-dollars in a dollar.
const PER_USD: u64 = 1_000_000_000_000;

impl PicoUsd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Returns the amount as a floating-point number of US dollars, for drawing only.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for drawing only, as documented")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / PER_USD as f64
    }

    /// Returns the amount rounded half-even to `decimals` decimals, as text.
    ///
    /// `decimals` is at most 12; a larger value counts as 12.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> String {
        let step = 10_i128.pow(12 - decimals.min(12));
        let (quotient, rest) = (self.0.div_euclid(step), self.0.rem_euclid(step));
        let up = match (rest * 2).cmp(&step) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => quotient % 2 != 0,
        };
        let exact = Self((quotient + i128::from(up)) * step).to_string();
        let have = exact.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let want = decimals.min(12) as usize;
        match (have, want) {
            (_, 0) => exact,
            (0, _) => format!("{exact}.{:0<want$}", ""),
            _ => format!("{exact}{:0<pad$}", "", pad = want - have),
        }
    }
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / u128::from(PER_USD), magnitude % u128::from(PER_USD));
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let fraction = format!("{fraction:012}");
        f.pad(&format!("{sign}{whole}.{}", fraction.trim_end_matches('0')))
    }
}

/// The text is not a plain decimal amount of US dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseUsdError(String);

impl fmt::Display for ParseUsdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a decimal amount with at most 12 decimals, such as `12.5`", self.0)
    }
}

impl std::error::Error for ParseUsdError {}

impl FromStr for PicoUsd {
    type Err = ParseUsdError;

    /// Parses a plain decimal amount of US dollars: digits, at most one point, at most twelve
    /// decimals, an optional leading minus.
    fn from_str(text: &str) -> Result<Self, ParseUsdError> {
        let fail = || ParseUsdError(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 12 {
            return Err(fail());
        }
        let whole: i128 = whole.parse().map_err(|_| fail())?;
        let fraction: i128 = format!("{fraction:0<12}").parse().map_err(|_| fail())?;
        let sign = if negative { -1 } else { 1 };
        let pico = whole
            .checked_mul(sign * i128::from(PER_USD))
            .and_then(|pico| pico.checked_add(sign * fraction))
            .ok_or_else(fail)?;
        Ok(Self(pico))
    }
}

impl Add for PicoUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for PicoUsd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for PicoUsd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for PicoUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for PicoUsd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_exact_both_ways() {
        for text in ["0", "1", "-1", "0.5", "-0.000000000001", "33.4159737", "9999999999.999999999999"] {
            assert_eq!(text.parse::<PicoUsd>().map(|amount| amount.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("-0".parse::<PicoUsd>().map(|amount| amount.to_string()), Ok("0".to_owned()));
    }

    #[test]
    fn invalid_amounts_are_refused() {
        for text in ["", ".", "1.", ".5", "1e3", "+1", "1,5", "0.0000000000001", " 1", "--1", "NaN"] {
            assert!(text.parse::<PicoUsd>().is_err(), "{text}");
        }
        assert!("9".repeat(60).parse::<PicoUsd>().is_err());
    }

    #[test]
    fn rounding_is_half_even_and_padded() {
        let check = |text: &str, decimals, expected: &str| {
            assert_eq!(text.parse::<PicoUsd>().unwrap().rounded(decimals), expected, "{text} to {decimals}");
        };
        check("1.005", 2, "1.00");
        check("1.015", 2, "1.02");
        check("1.0150001", 2, "1.02");
        check("-1.005", 2, "-1.00");
        check("-1.015", 2, "-1.02");
        check("2", 2, "2.00");
        check("2.5", 0, "2");
        check("0.1", 4, "0.1000");
    }
}
