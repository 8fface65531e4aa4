//! Price lists in a common form.

use std::fmt;

/// A public price list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListName {
    Litellm,
    Genai,
}

impl fmt::Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Litellm => "litellm",
            Self::Genai => "genai",
        })
    }
}

/// The kinds of tokens that have a rate, in the order of [`Rates`].
pub(crate) const KINDS: [&str; 5] = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"];

/// Prices of a token by kind, in pico-US-dollars: a dollar per million tokens is 1,000,000.
pub(crate) type Rates = [Option<u64>; 5];

/// A model's prices on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The model, as the list calls it.
    pub(crate) model: String,
    pub(crate) standard: Rates,
    /// Prompts of more tokens than this have rates of their own.
    pub(crate) long: Option<(u64, Rates)>,
    pub(crate) fast: Option<Rates>,
}

/// Returns a rate of so many US dollars per million tokens; floating point is exact enough for list
/// prices, which have at most six decimals.
pub(crate) fn per_million(usd: f64) -> Option<u64> {
    let rate = (usd * 1e6).round();
    (rate.is_finite() && (0.0..1e12).contains(&rate)).then_some(rate as u64)
}
