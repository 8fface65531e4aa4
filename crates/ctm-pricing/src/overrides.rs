//! Overrides: prices, names and terms that the user sets.
//!
//! ```toml
//! [[price]]
//! model = "claude-opus-6"         # an id, an alias, or a name as it is written in transcripts
//! effective_from = "2026-12-01"   # UTC day; left out: has always held
//! input = "6"                     # US dollars per million tokens, as text
//! output = "30"
//! cache_read = "0.3"              # left out: 0.1 x input; writes 1.25 x and 2 x
//! fast.rates = { input = "12", output = "60" }
//! long_context = { above_prompt_tokens = 200000, rates = { input = "12", output = "45" } }
//! note = "announced on 2026-11-30"
//!
//! [alias]
//! opus = "claude-opus-5-5"
//!
//! [[multiplier]]
//! pattern = "aihubmix/*"          # names of a reseller, whose prices are the list prices times the ratio
//! ratio = "1.1"
//!
//! [discount]
//! multiplier = "0.85"             # shown apart from the list price
//!
//! [settings]
//! platform_premium = false        # no premium for regional endpoints
//! ```
//!
//! # Design
//!
//! Overrides are merged into a copy of the table, so that a quote only needs one table. A price of a known
//! model cuts the rows that it replaces and leaves the days before it unchanged. Invalid values are refused
//! with their line: a silently ignored price is an unnoticed wrong number.

use crate::fields::{DayField, LongContextFields, OfferFields, PerMillion, RateFields, offer};
use crate::multipliers::{Multiplier, Pattern};
use crate::notation::plain;
use crate::table::Table;
use crate::{ListedRates, Model, Modifier, PriceOrigin, PriceRow, Rate, Rates, Ratio};
use chrono::NaiveDate;
use ctm_types::PicoUsd;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toml::Spanned;

/// Invalid overrides, by line, key and value, with the allowed values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OverridesError {
    /// The text is not valid TOML, or contains a key or value that is not allowed.
    #[error("{at}, `{excerpt}`: {message}")]
    Invalid {
        /// Its position.
        at: Position,
        /// The line: key and value.
        excerpt: String,
        /// The problem, and the allowed values.
        message: String,
    },
    /// Two prices of one model begin on the same day.
    #[error(
        "{at}: `{model}` has a second price from {}; allowed: one [[price]] per model and day",
        .from.map_or_else(|| "the beginning".to_owned(), |from| from.to_string())
    )]
    DuplicatePrice {
        /// Position of the name of the second one.
        at: Position,
        /// Its name.
        model: String,
        /// UTC day from which it holds.
        from: Option<NaiveDate>,
    },
    /// A name is given two meanings.
    #[error("{at}: `{name}` already has another meaning; allowed: one [alias] or [[price]] per name")]
    DuplicateName {
        /// Position of the second one.
        at: Position,
        /// The name.
        name: String,
    },
    /// A name is mapped to an unknown model.
    #[error("{at}: alias `{name}` means `{target}`, which is unknown; allowed: the id of a priced model")]
    UnknownTarget {
        /// Its position.
        at: Position,
        /// The name that is mapped.
        name: String,
        /// The target of the alias.
        target: String,
    },
    /// A pattern has two multipliers.
    #[error("{at}: `{pattern}` already has a multiplier; allowed: one [[multiplier]] per pattern")]
    DuplicatePattern {
        /// Position of the second one.
        at: Position,
        /// The pattern.
        pattern: String,
    },
    /// A price has a tier with a threshold that no price of the table has.
    #[error("{at}: `above_prompt_tokens` is {value}; allowed: {allowed:?}")]
    UnknownThreshold {
        /// Its position.
        at: Position,
        /// The threshold, in tokens.
        value: u64,
        /// The thresholds of the table, in tokens.
        allowed: Vec<u64>,
    },
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
}

impl Position {
    /// Returns the place of a byte.
    fn of(text: &str, offset_bytes: usize) -> Self {
        let before = text.get(..offset_bytes).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        Self {
            line: 1 + before.matches('\n').count(),
            column: 1 + before.get(line_start..).map_or(0, |line| line.chars().count()),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A contract discount, shown separately from the list price; no quote includes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// The factor on list prices: above 0, at most 1.
    #[serde(deserialize_with = "at_most_one")]
    pub multiplier: Ratio,
}

impl Discount {
    /// Returns the discounted amount, rounded half-even to a pico-dollar.
    #[must_use]
    pub fn apply(&self, amount: PicoUsd) -> PicoUsd {
        PicoUsd(crate::ratio::scaled(amount.0, &[self.multiplier]))
    }
}

fn at_most_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
    let ratio = Ratio::deserialize(deserializer)?;
    if ratio.is_at_most_one() {
        return Ok(ratio);
    }
    Err(serde::de::Error::custom(format!("`{ratio}` is not a discount; allowed: above \"0\", at most \"1\"")))
}

/// The user's overrides, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overrides {
    #[serde(default)]
    price: Vec<PriceFields>,
    #[serde(default)]
    alias: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    multiplier: Vec<MultiplierFields>,
    pub(crate) discount: Option<Discount>,
    #[serde(default)]
    pub(crate) settings: Settings,
}

/// Application of prices.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) platform_premium: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFields {
    model: Spanned<ModelName>,
    effective_from: Option<DayField>,
    input: PerMillion,
    output: PerMillion,
    cache_write_5m: Option<PerMillion>,
    cache_write_1h: Option<PerMillion>,
    cache_read: Option<PerMillion>,
    long_context: Option<LongContextFields<Spanned<u64>>>,
    fast: Option<OfferFields<Spanned<u64>>>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MultiplierFields {
    pattern: Spanned<Pattern>,
    ratio: Ratio,
}

/// The name of a model, in the form in which names are compared.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct ModelName(String);

impl TryFrom<String> for ModelName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Some(Self(plain(&text)))
            .filter(|name| !name.0.is_empty())
            .ok_or("the name is empty; allowed: the name of a model")
    }
}

impl Overrides {
    /// Reads overrides from TOML.
    pub(crate) fn parse(text: &str) -> Result<Self, OverridesError> {
        toml::from_str(text).map_err(|error| {
            let at = Position::of(text, error.span().map_or(0, |span| span.start));
            OverridesError::Invalid {
                at,
                excerpt: text.lines().nth(at.line - 1).unwrap_or_default().trim().to_owned(),
                message: error.message().to_owned(),
            }
        })
    }

    /// Returns whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.price.is_empty()
            && self.alias.is_empty()
            && self.multiplier.is_empty()
            && self.discount.is_none()
            && self.settings.platform_premium.is_none()
    }

    /// Merges prices and names into `table`; `text` is what they were read from.
    pub(crate) fn merge_into(&self, table: &mut Table, text: &str) -> Result<(), OverridesError> {
        self.merge_prices(table, text)?;
        self.merge_aliases(table, text)?;
        self.merge_multipliers(table, text)
    }

    fn merge_multipliers(&self, table: &mut Table, text: &str) -> Result<(), OverridesError> {
        let mut taken = BTreeSet::new();
        for MultiplierFields { pattern, ratio } in &self.multiplier {
            let name = pattern.get_ref().to_string();
            if !taken.insert(name.clone()) {
                return Err(OverridesError::DuplicatePattern {
                    at: position_of(text, pattern),
                    pattern: name,
                });
            }
            table.names.multiply(Multiplier { pattern: pattern.get_ref().clone(), ratio: *ratio });
        }
        Ok(())
    }

    fn merge_prices(&self, table: &mut Table, text: &str) -> Result<(), OverridesError> {
        let mut rows: BTreeMap<usize, BTreeMap<Option<NaiveDate>, PriceRow>> = BTreeMap::new();
        for price in &self.price {
            price.check_thresholds(&table.context_thresholds, text)?;
            let row = price.row(table.web_search);
            let name = &price.model.get_ref().0;
            let model = place_of(name, table);
            table.names.unmap(name);
            if rows.entry(model).or_default().insert(row.from, row).is_some() {
                return Err(OverridesError::DuplicatePrice {
                    at: position_of(text, &price.model),
                    model: name.clone(),
                    from: price.effective_from.map(|day| day.0),
                });
            }
        }
        for (model, rows) in rows {
            replace_from_first(&mut table.models[model].prices, rows);
        }
        Ok(())
    }

    fn merge_aliases(&self, table: &mut Table, text: &str) -> Result<(), OverridesError> {
        let mut taken: BTreeSet<String> =
            self.price.iter().map(|price| price.model.get_ref().0.clone()).collect();
        for (written, target) in &self.alias {
            let name = plain(written.get_ref());
            if !taken.insert(name.clone()) {
                return Err(OverridesError::DuplicateName { at: position_of(text, written), name });
            }
            let named = table.names.resolve_unmapped(&plain(target.get_ref())).map_err(|_| {
                OverridesError::UnknownTarget {
                    at: position_of(text, target),
                    name: name.clone(),
                    target: target.get_ref().clone(),
                }
            })?;
            table.names.map(name, named);
        }
        Ok(())
    }
}

impl PriceFields {
    fn row(&self, web_search: Rate) -> PriceRow {
        let rates = RateFields {
            input: self.input,
            output: self.output,
            cache_write_5m: self.cache_write_5m,
            cache_write_1h: self.cache_write_1h,
            cache_read: self.cache_read,
        };
        let listed = |fields: RateFields| with_derived_cache_rates(fields.rates(Some(web_search)));
        PriceRow {
            from: self.effective_from.map(|day| day.0),
            until: None,
            standard: offer(rates, self.long_context.as_ref(), listed),
            fast: self.fast.as_ref().map(|fast| fast.offer(listed)),
            source: "price overrides".into(),
            confirmed_by: Vec::new(),
            note: self.note.as_deref().map(Into::into),
            origin: PriceOrigin::Own,
        }
    }

    /// Refuses thresholds that the table does not have.
    ///
    /// Thresholds of long prompts must be those of the built-in table, by which stored sums may have been
    /// counted.
    fn check_thresholds(&self, allowed: &[u64], text: &str) -> Result<(), OverridesError> {
        let fast = self.fast.as_ref().and_then(|fast| fast.long_context.as_ref());
        let thresholds = self.long_context.iter().chain(fast);
        for threshold in thresholds.map(|long| &long.above_prompt_tokens) {
            if !allowed.contains(threshold.get_ref()) {
                return Err(OverridesError::UnknownThreshold {
                    at: position_of(text, threshold),
                    value: *threshold.get_ref(),
                    allowed: allowed.to_vec(),
                });
            }
        }
        Ok(())
    }
}

/// Derives omitted cache rates, by the ratios of most Claude models.
fn with_derived_cache_rates(rates: Rates) -> ListedRates {
    const READ: Ratio = Ratio::reduced(1, 10);
    const WRITE_5M: Ratio = Ratio::reduced(5, 4);
    const WRITE_1H: Ratio = Ratio::reduced(2, 1);
    let of_input = |ratio| rates.input.map(|rate| rate.times(&[ratio]));
    let complete = Rates {
        cache_read: rates.cache_read.or_else(|| of_input(READ)),
        cache_write_5m: rates.cache_write_5m.or_else(|| of_input(WRITE_5M)),
        cache_write_1h: rates.cache_write_1h.or_else(|| of_input(WRITE_1H)),
        ..rates
    };
    ListedRates { rates: complete, derived: complete != rates }
}

/// Returns the place of the model of a price; an unknown model is added without prices.
fn place_of(name: &str, table: &mut Table) -> usize {
    table.names.find_exact(name).or_else(|| table.names.find(name)).unwrap_or_else(|| {
        table.names.add(name.to_owned(), table.models.len());
        table.models.push(Model {
            id: name.into(),
            aliases: Vec::new(),
            retired: None,
            modifiers: BTreeSet::from(Modifier::OF_TERMS),
            prices: Vec::new(),
        });
        table.models.len() - 1
    })
}

/// Replaces everything from the first day of `new` on, which is sorted by day and not empty.
fn replace_from_first(rows: &mut Vec<PriceRow>, new: BTreeMap<Option<NaiveDate>, PriceRow>) {
    let first = new.keys().next().copied().flatten();
    rows.retain(|row| row.from < first);
    rows.extend(new.into_values());
    for next in 1..rows.len() {
        rows[next - 1].until = rows[next].from;
    }
}

fn position_of<T>(text: &str, value: &Spanned<T>) -> Position {
    Position::of(text, value.span().start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Price, PriceBook, PriceFlag, Quote};
    use ctm_types::{Billing, EpochMs};

    fn overridden(toml: &str) -> PriceBook {
        PriceBook::builtin().with_overrides(toml).unwrap_or_else(|error| panic!("{error}"))
    }

    fn price_with(book: &PriceBook, billing: &Billing, day: &str) -> Price {
        let day: NaiveDate = day.parse().unwrap();
        let at_ms = day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_millis();
        match book.quote(billing, Some(EpochMs(at_ms)), 0) {
            Quote::Priced(price) => price,
            other => panic!("{billing:?}: {other:?}"),
        }
    }

    fn price(book: &PriceBook, model: &str, day: &str) -> Price {
        let model = model.to_owned();
        price_with(book, &Billing { model, ..Billing::default() }, day)
    }

    fn check_input(toml: &str, model: &str, day: &str, expected: u64) {
        let price = price(&overridden(toml), model, day);
        assert_eq!(price.rates.input, Some(Rate(expected)), "{model} on {day}");
    }

    fn check_error(toml: &str, expected: &str) {
        let error = PriceBook::builtin().with_overrides(toml).unwrap_err();
        assert_eq!(error.to_string(), expected, "{toml}");
    }

    const OPUS_6: &str = r#"
[[price]]
model = "claude-opus-6"
effective_from = "2026-12-01"
input = "6"
output = "30"
cache_read = "0.3"
note = "announced"
"#;

    #[test]
    fn an_unknown_model_gets_a_price_and_derived_cache_rates() {
        let price = price(&overridden(OPUS_6), "claude-opus-6", "2026-12-01");
        assert_eq!(
            price.rates,
            Rates {
                input: Some(Rate(6_000_000)),
                output: Some(Rate(30_000_000)),
                cache_read: Some(Rate(300_000)),
                cache_write_5m: Some(Rate(7_500_000)),
                cache_write_1h: Some(Rate(12_000_000)),
                web_search: Some(Rate(10_000_000_000)),
            }
        );
        assert_eq!(price.flags, BTreeSet::from([PriceFlag::Override, PriceFlag::Derived]));
        assert_eq!(price.note.as_deref(), Some("announced"));
        assert_eq!(price.until, None);
    }

    #[test]
    fn before_its_day_the_only_price_holds_and_is_flagged() {
        let price = price(&overridden(OPUS_6), "claude-opus-6", "2026-11-30");
        assert!(price.flags.contains(&PriceFlag::BeforeEffective));
    }

    #[test]
    fn a_price_with_all_cache_rates_is_not_derived() {
        let book = overridden(
            r#"
[[price]]
model = "local"
input = "0"
output = "0"
cache_read = "0"
cache_write_5m = "0"
cache_write_1h = "0"
"#,
        );
        let price = price(&book, "local", "2026-01-01");
        assert_eq!(price.flags, BTreeSet::from([PriceFlag::Override]));
    }

    #[test]
    fn a_price_from_a_day_on_does_not_change_earlier_days() {
        let toml = r#"
[[price]]
model = "claude-sonnet-5-5"
effective_from = "2027-02-01"
input = "9"
output = "1"
[[price]]
model = "claude-sonnet-5-5"
effective_from = "2027-01-01"
input = "8"
output = "1"
"#;
        check_input(toml, "claude-sonnet-5-5", "2026-12-31", 2_000_000);
        check_input(toml, "claude-sonnet-5-5", "2027-01-01", 8_000_000);
        check_input(toml, "claude-sonnet-5-5", "2027-02-01", 9_000_000);
        let earlier = price(&overridden(toml), "claude-sonnet-5-5", "2026-12-31");
        assert_eq!(earlier.until, "2027-01-01".parse().ok());
        assert!(!earlier.flags.contains(&PriceFlag::Override));
    }

    #[test]
    fn a_price_without_a_day_replaces_all_others() {
        let toml = "price = [{ model = 'claude-sonnet-5-5', input = '9', output = '1' }]";
        let price = price(&overridden(toml), "claude-sonnet-5-5", "2020-01-01");
        assert_eq!((price.from, price.until), (None, None));
        assert_eq!(price.rates.input, Some(Rate(9_000_000)));
        assert!(!price.flags.contains(&PriceFlag::BeforeEffective));
    }

    #[test]
    fn a_price_for_an_alias_is_one_for_its_model() {
        for name in ["claude-haiku-4-5-20251001", "Claude-Haiku-4.5", "claude-haiku-4-5"] {
            let toml = format!("price = [{{ model = '{name}', input = '9', output = '1' }}]");
            for written in ["claude-haiku-4-5", "claude-haiku-4-5-20251001[1m]", "claude-haiku-4-5@20251001"]
            {
                check_input(&toml, written, "2026-11-20", 9_000_000);
            }
        }
    }

    #[test]
    fn a_price_for_a_name_as_written_comes_before_all_rules() {
        let toml = r#"
price = [
  { model = "us.anthropic.claude-opus-4-8", input = "9", output = "1" },
  { model = "zai/glm-5.3", input = "1.4", output = "4.4" },
  { model = "opus", input = "7", output = "1" },
  { model = "claude-opus-5-fast", input = "6", output = "1" },
]"#;
        check_input(toml, "us.anthropic.claude-opus-4-8", "2026-11-20", 9_000_000);
        check_input(toml, "eu.anthropic.claude-opus-4-8", "2026-11-20", 5_500_000);
        check_input(toml, "zai/glm-5.3[1m]", "2026-11-20", 1_400_000);
        check_input(toml, "opus", "2026-11-20", 7_000_000);
        check_input(toml, "claude-opus-5-fast", "2026-11-20", 6_000_000);
        check_input(toml, "claude-opus-5", "2026-11-20", 5_000_000);
    }

    #[test]
    fn terms_multiply_a_set_price_and_round_once() {
        let book = overridden("price = [{ model = 'm', input = '0.000005', output = '1' }]");
        let billing = Billing {
            model: "us.anthropic.m".to_owned(),
            service_tier: Some("batch".to_owned()),
            ..Billing::default()
        };
        let price = price_with(&book, &billing, "2026-11-20");
        // 5 x 0.5 x 1.1 is 2.75; rounded after each step it would be 2.
        assert_eq!(price.rates.input, Some(Rate(3)));
        assert_eq!(price.listed.input, Some(Rate(5)));
    }

    #[test]
    fn fast_mode_and_long_prompts_can_be_priced() {
        let toml = r#"
[[price]]
model = "m"
input = "1"
output = "2"
fast.rates = { input = "3", output = "4" }
long_context = { above_prompt_tokens = 200000, rates = { input = "5", output = "6" } }
"#;
        check_input(toml, "m", "2026-11-20", 1_000_000);
        check_input(toml, "m-fast", "2026-11-20", 3_000_000);
        let book = overridden(toml);
        let billing = Billing { model: "m".to_owned(), ..Billing::default() };
        let band = book.context_band(200_001);
        let Quote::Priced(long) = book.quote(&billing, None, band) else {
            panic!("priced");
        };
        assert_eq!(long.rates.input, Some(Rate(5_000_000)));
    }

    #[test]
    fn aliases_map_names_as_written_or_without_markers() {
        let toml = r#"
[alias]
Opus = "claude-opus-5-5"
"my-proxy" = "us.anthropic.claude-opus-4-8"
"quick" = "claude-opus-5-fast"
"claude-opus-4-1" = "claude-opus-5"
"arn:aws:bedrock:us-east-1:1:application-inference-profile/x" = "claude-opus-5"
"#;
        check_input(toml, "opus", "2026-11-20", 4_000_000);
        check_input(toml, "opus[1m]", "2026-11-20", 4_000_000);
        check_input(toml, "opus-fast", "2026-11-20", 8_000_000);
        check_input(toml, "my-proxy", "2026-11-20", 5_500_000);
        check_input(toml, "quick[1m]", "2026-11-20", 10_000_000);
        check_input(toml, "claude-opus-4-1", "2026-11-20", 5_000_000);
        check_input(
            toml,
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
            "2026-11-20",
            5_000_000,
        );
    }

    #[test]
    fn an_alias_may_refer_to_a_model_of_the_same_file() {
        let toml = format!("{OPUS_6}\n[alias]\nopus = 'claude-opus-6'");
        check_input(&toml, "opus", "2026-12-01", 6_000_000);
    }

    #[test]
    fn the_platform_premium_can_be_left_out() {
        let toml = "[settings]\nplatform_premium = false";
        check_input(toml, "us.anthropic.claude-opus-4-8", "2026-11-20", 5_000_000);
        let price = price(&overridden(toml), "us.anthropic.claude-opus-4-8", "2026-11-20");
        assert!(price.flags.is_empty());
    }

    const RESELLERS: &str = r#"
[[multiplier]]
pattern = "AIHubMix/*"
ratio = "1.1"
[[multiplier]]
pattern = "aihubmix/claude-opus-5"
ratio = "2"
[[multiplier]]
pattern = "*@half"
ratio = "0.5"
[[multiplier]]
pattern = "aihubmix/claude-haiku-*"
ratio = "1.25"
"#;

    #[test]
    fn the_price_of_a_reseller_is_the_list_price_times_a_ratio() {
        let check = |name: &str, expected| check_input(RESELLERS, name, "2026-11-20", expected);
        check("aihubmix/claude-opus-4-8", 5_500_000);
        check("aihubmix/claude-opus-4-8[1m]", 5_500_000);
        check("aihubmix/claude-opus-4-8-fast", 11_000_000);
        check("aihubmix/us.anthropic.claude-opus-4-8", 6_050_000);
        check("aihubmix/anthropic/claude-opus-4.8", 5_500_000);
        check("aihubmix/claude-opus-5", 10_000_000);
        check("aihubmix/claude-haiku-4-5", 1_250_000);
        check("claude-opus-4-8@half", 2_500_000);
        check("claude-opus-4-8@half[1m]", 2_500_000);
        check("claude-opus-4-8@half-fast", 5_000_000);
        check("claude-opus-4-8", 5_000_000);
        let price = price(&overridden(RESELLERS), "aihubmix/claude-opus-4-8", "2026-11-20");
        assert_eq!(price.multipliers, [(Modifier::Multiplier, Ratio::reduced(11, 10))]);
        assert_eq!(price.flags, BTreeSet::from([PriceFlag::Override]));
        assert!(price.source.ends_with("; x 1.1 by `aihubmix/*` of the price overrides"), "{}", price.source);
        assert_eq!(price.rates.web_search, Some(Rate(10_000_000_000)));
    }

    #[test]
    fn unlisted_names_are_not_multiplied() {
        let book = overridden(RESELLERS);
        for name in
            ["aihubmix/claude-opus-6", "aihubmix/claude-haiku-9", "aihubmix/opus", "aihubmix/", "x@half"]
        {
            let billing = Billing { model: name.to_owned(), ..Billing::default() };
            assert!(matches!(book.quote(&billing, None, 0), Quote::Unpriced(_)), "{name}");
        }
    }

    #[test]
    fn a_pattern_multiplies_names_that_have_a_price_themselves() {
        let toml = "multiplier = [{ pattern = 'claude-*', ratio = '0.9' }, { pattern = 'gate', ratio = '2' }]
                    alias = { gate = 'claude-opus-4-8' }";
        check_input(toml, "claude-opus-4-8", "2026-11-20", 4_500_000);
        check_input(toml, "us.anthropic.claude-opus-4-8", "2026-11-20", 5_500_000);
        check_input(toml, "gate", "2026-11-20", 10_000_000);
    }

    #[test]
    fn a_price_that_is_set_for_a_name_is_not_multiplied() {
        let toml = r#"
price = [
    { model = "aihubmix/claude-opus-4-8", input = "9", output = "1" },
    { model = "claude-opus-6", input = "10", output = "1" },
]
multiplier = [{ pattern = "aihubmix/*", ratio = "1.1" }]
"#;
        check_input(toml, "aihubmix/claude-opus-4-8", "2026-11-20", 9_000_000);
        check_input(toml, "claude-opus-6", "2026-11-20", 10_000_000);
        // The price of the file is the one that the multiplier applies to.
        check_input(toml, "aihubmix/claude-opus-6", "2026-11-20", 11_000_000);
    }

    #[test]
    fn a_discount_is_separate_from_the_list_price() {
        let toml = "[discount]\nmultiplier = '0.85'";
        check_input(toml, "claude-opus-5", "2026-11-20", 5_000_000);
        let discount = overridden(toml).discount().unwrap();
        assert_eq!(discount.multiplier.to_string(), "0.85");
        assert_eq!(discount.apply(PicoUsd(1_000)), PicoUsd(850));
    }

    #[test]
    fn the_version_distinguishes_overrides() {
        let builtin = PriceBook::builtin();
        let version = |toml| overridden(toml).version().to_owned();
        assert_eq!(version("# nothing"), builtin.version());
        let discounted = version("discount.multiplier = '0.5'");
        assert!(discounted.starts_with(&format!("{}+", builtin.version())));
        assert_eq!(discounted.len(), builtin.version().len() + 9);
        assert_eq!(discounted, version("discount.multiplier = '0.5'"));
        assert_ne!(discounted, version("discount.multiplier = '0.6'"));
    }

    #[test]
    fn later_overrides_come_on_top_of_earlier_ones() {
        let first = overridden("alias.opus = 'claude-opus-5'\ndiscount.multiplier = '0.5'");
        let second = first.with_overrides("price = [{ model = 'opus', input = '9', output = '1' }]").unwrap();
        assert_eq!(price(&second, "opus", "2026-11-20").rates.input, Some(Rate(9_000_000)));
        assert_eq!(second.discount(), first.discount());
        assert_eq!(price(&first, "opus", "2026-11-20").rates.input, Some(Rate(5_000_000)));
    }

    #[test]
    fn errors_name_line_key_value_and_what_is_allowed() {
        check_error("x", "line 1, column 2, `x`: key with no value, expected `=`");
        check_error(
            "prices = 1",
            "line 1, column 1, `prices = 1`: unknown field `prices`, expected one of `price`, `alias`, `multiplier`, `discount`, `settings`",
        );
        check_error(
            "[[price]]\nmodel = 'm'\ninput = '1'\noutput = '1'\ncache_raed = '1'",
            "line 5, column 1, `cache_raed = '1'`: unknown field `cache_raed`, expected one of `model`, `effective_from`, `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, `long_context`, `fast`, `note`",
        );
        check_error(
            "[[price]]\nmodel = 'm'\noutput = '1'",
            "line 1, column 1, `[[price]]`: missing field `input`",
        );
        check_error(
            "[[price]]\nmodel = 'm'\ninput = 0.3\noutput = '1'",
            "line 3, column 9, `input = 0.3`: invalid type: floating point `0.3`, expected a string",
        );
        check_error(
            "[[price]]\nmodel = 'm'\ninput = '-1'\noutput = '1'",
            r#"line 3, column 9, `input = '-1'`: `-1` is not a price; allowed: "0" to "1000000", at most 6 decimals, no sign"#,
        );
        check_error(
            "[[price]]\nmodel = ' '\ninput = '1'\noutput = '1'",
            "line 2, column 9, `model = ' '`: the name is empty; allowed: the name of a model",
        );
        check_error(
            "[[price]]\nmodel = 'm'\neffective_from = '1.12.2026'\ninput = '1'\noutput = '1'",
            r#"line 3, column 18, `effective_from = '1.12.2026'`: `1.12.2026` is not a day; allowed: "YYYY-MM-DD""#,
        );
        check_error(
            "[discount]\nmultiplier = '1.1'",
            r#"line 2, column 14, `multiplier = '1.1'`: `1.1` is not a discount; allowed: above "0", at most "1""#,
        );
        check_error(
            "[discount]\nmultiplier = '0'",
            r#"line 2, column 14, `multiplier = '0'`: `0` is not a multiplier; allowed: above "0", at most "10", at most 6 decimals"#,
        );
        check_error(
            "[settings]\nplatform_premium = 'no'",
            r#"line 2, column 20, `platform_premium = 'no'`: invalid type: string "no", expected a boolean"#,
        );
        check_error(
            "[[multiplier]]\npattern = 'a*b*'\nratio = '1.1'",
            "line 2, column 11, `pattern = 'a*b*'`: `a*b*` is not a pattern; allowed: the name of a model, \
             in which one `*` matches any characters",
        );
        check_error(
            "[[multiplier]]\npattern = 'a/*'\nratio = 1.1",
            "line 3, column 9, `ratio = 1.1`: invalid type: floating point `1.1`, expected a string",
        );
        check_error(
            "[[multiplier]]\npattern = 'a/*'\nratio = '11'",
            r#"line 3, column 9, `ratio = '11'`: `11` is not a multiplier; allowed: above "0", at most "10", at most 6 decimals"#,
        );
        check_error(
            "[[multiplier]]\nname = 'a/*'",
            "line 2, column 1, `name = 'a/*'`: unknown field `name`, expected `pattern` or `ratio`",
        );
        check_error(
            "[[multiplier]]\npattern = 'a/*'\nratio = '1'\n[[multiplier]]\npattern = 'A/*'\nratio = '2'",
            "line 5, column 11: `a/*` already has a multiplier; allowed: one [[multiplier]] per pattern",
        );
        check_error(
            "[alias]\nopus = 'claude-opus-9'",
            "line 2, column 8: alias `opus` means `claude-opus-9`, which is unknown; allowed: the id of a priced model",
        );
        check_error(
            "[alias]\nopus = 'claude-opus-5'\nOPUS = 'claude-opus-5'",
            "line 2, column 1: `opus` already has another meaning; allowed: one [alias] or [[price]] per name",
        );
        check_error(
            "[alias]\nopus = 'claude-opus-5'\nopus = 'claude-opus-5'",
            "line 3, column 1, `opus = 'claude-opus-5'`: duplicate key",
        );
        check_error(
            "price = [{ model = 'opus', input = '1', output = '1' }]\nalias.opus = 'claude-opus-5'",
            "line 2, column 7: `opus` already has another meaning; allowed: one [alias] or [[price]] per name",
        );
        check_error(
            "[[price]]\nmodel = 'claude-opus-5'\ninput = '1'\noutput = '1'\n[[price]]\nmodel = 'claude-opus-5-latest'\ninput = '2'\noutput = '1'",
            "line 6, column 9: `claude-opus-5-latest` has a second price from the beginning; allowed: one [[price]] per model and day",
        );
        check_error(
            "[[price]]\nmodel = 'm'\ninput = '1'\noutput = '1'\nlong_context = { above_prompt_tokens = 5, rates = { input = '1', output = '1' } }",
            "line 5, column 40: `above_prompt_tokens` is 5; allowed: [100000, 200000]",
        );
    }
}
