//! The values of the built-in table and of the user's overrides.
//!
//! Each type validates its value while the file is parsed, so that an error has the line. Figures are text, because
//! a TOML float is rounded by the parser.

use crate::{ListedRates, LongContext, Offer, Rate, Rates};
use chrono::NaiveDate;
use ctm_types::PicoUsd;
use serde::Deserialize;
use toml::Spanned;

/// US dollars per million tokens: text with at most 6 decimals, from 0 to 1,000,000.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PerMillion(pub(crate) Rate);

impl TryFrom<String> for PerMillion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rate_of(&text, 1_000_000).map(Self).ok_or_else(|| {
            format!("`{text}` is not a price; allowed: \"0\" to \"1000000\", at most 6 decimals, no sign")
        })
    }
}

/// US dollars per thousand requests: text with at most 9 decimals, from 0 to 1,000,000.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PerThousand(pub(crate) Rate);

impl TryFrom<String> for PerThousand {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rate_of(&text, 1_000)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a price; allowed: \"0\" to \"1000000\", no sign"))
    }
}

/// Returns the whole pico-dollars of one unit, when `units` of them cost `text` dollars.
fn rate_of(text: &str, units: i128) -> Option<Rate> {
    const MOST: PicoUsd = PicoUsd(1_000_000_000_000_000_000);
    let price: PicoUsd = text.parse().ok()?;
    let is_allowed = !text.starts_with('-') && price <= MOST && price.0 % units == 0;
    let rate = u64::try_from(price.0 / units).ok()?;
    is_allowed.then_some(Rate(rate))
}

/// A UTC day, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DayField(pub(crate) NaiveDate);

impl TryFrom<String> for DayField {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|day| day.to_string() == text)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a day; allowed: \"YYYY-MM-DD\""))
    }
}

/// Prices by kind of tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateFields {
    pub(crate) input: PerMillion,
    pub(crate) output: PerMillion,
    pub(crate) cache_write_5m: Option<PerMillion>,
    pub(crate) cache_write_1h: Option<PerMillion>,
    pub(crate) cache_read: Option<PerMillion>,
}

impl RateFields {
    /// Returns the rates; an omitted kind has none.
    pub(crate) fn rates(self, web_search: Option<Rate>) -> Rates {
        let rate = |price: Option<PerMillion>| price.map(|price| price.0);
        Rates {
            input: Some(self.input.0),
            output: Some(self.output.0),
            cache_read: rate(self.cache_read),
            cache_write_5m: rate(self.cache_write_5m),
            cache_write_1h: rate(self.cache_write_1h),
            web_search,
        }
    }
}

/// Tokens of a prompt above which other rates hold.
pub(crate) trait Threshold {
    fn tokens(&self) -> u64;
}

impl Threshold for u64 {
    fn tokens(&self) -> u64 {
        *self
    }
}

/// With its place in the user's file.
impl Threshold for Spanned<u64> {
    fn tokens(&self) -> u64 {
        *self.get_ref()
    }
}

/// Rates for long prompts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongContextFields<T> {
    pub(crate) above_prompt_tokens: T,
    rates: RateFields,
}

/// Rates, and those for long prompts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferFields<T> {
    rates: RateFields,
    pub(crate) long_context: Option<LongContextFields<T>>,
}

impl<T: Threshold> OfferFields<T> {
    /// Returns the offer, with rates created by `listed`.
    pub(crate) fn offer(&self, listed: impl Fn(RateFields) -> ListedRates) -> Offer {
        offer(self.rates, self.long_context.as_ref(), listed)
    }
}

/// Returns the offer of these rates, created by `listed`.
pub(crate) fn offer(
    rates: RateFields,
    long_context: Option<&LongContextFields<impl Threshold>>,
    listed: impl Fn(RateFields) -> ListedRates,
) -> Offer {
    Offer {
        listed: listed(rates),
        long_context: long_context.map(|long| LongContext {
            above_prompt_tokens: long.above_prompt_tokens.tokens(),
            listed: listed(long.rates),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_become_whole_pico_dollars() {
        let check = |text: &str, expected: Option<u64>| {
            let rate = PerMillion::try_from(text.to_owned()).ok().map(|price| price.0.0);
            assert_eq!(rate, expected, "{text}");
        };
        check("3", Some(3_000_000));
        check("0.01", Some(10_000));
        check("0.000001", Some(1));
        check("0", Some(0));
        check("1000000", Some(1_000_000_000_000));
        check("0.0000001", None);
        check("1000000.1", None);
        check("-1", None);
        check("-0", None);
        check("1e3", None);
        check("", None);
        check("$3", None);
    }

    #[test]
    fn a_thousand_searches_are_priced_by_the_search() {
        assert_eq!(PerThousand::try_from("10".to_owned()).unwrap().0, Rate(10_000_000_000));
        assert!(PerThousand::try_from("ten".to_owned()).is_err());
    }

    #[test]
    fn days_have_one_form() {
        let check =
            |text: &str, valid| assert_eq!(DayField::try_from(text.to_owned()).is_ok(), valid, "{text}");
        check("2026-11-22", true);
        check("2026-2-3", false);
        check("2026-02-30", false);
        check("22.11.2026", false);
        check("2026-11-22T00:00:00Z", false);
    }
}
