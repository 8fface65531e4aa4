//! `modelPricing` of Claude Code's managed settings: the prices of an organisation.
//!
//! ```json
//! {
//!   "modelPricing": {
//!     "multiplier": 0.85,
//!     "overrides": {
//!       "claude-opus-5": { "input": 4, "output": 20, "cacheRead": 0.4, "cacheWrite": 5 }
//!     }
//!   }
//! }
//! ```
//!
//! # Design
//!
//! The rules are those of Claude Code, so that both show the same amounts. Rates in US dollars per million
//! tokens apply as written: without fast mode, region or long prompts, and `cacheWrite` applies to both
//! durations. The id of a Claude model, as Claude Code writes it on any platform, covers all forms of that
//! model; any other name only matches itself, and takes precedence. The multiplier applies to all amounts,
//! including web searches. Invalid values are reported and ignored; the rest applies.
//!
//! Several files are one: a later one replaces single values of an earlier one. No other key of a file is kept,
//! and no fault shows anything of one.

use crate::notation::plain;
use crate::ratio::Ratio;
use crate::table::Table;
use crate::{ListedRates, Model, Modifier, Offer, PriceOrigin, PriceRow, Rate, Rates};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The most US dollars per million tokens that Claude Code takes.
const MOST_USD: f64 = 10_000.0;

/// Characters of a value that a fault shows at most.
const MOST_SHOWN: usize = 60;

/// Allowed forms of the file, `modelPricing` and its `overrides`.
const OBJECT: &str = "an object";

/// Allowed values of a multiplier.
const MULTIPLIER: &str = "a number above 0, at most 10";

/// Allowed forms of a row.
const ROW: &str =
    "the id of a model with `input`, `output`, `cacheRead` and `cacheWrite`, each a number from 0 to 10000";

/// The prices of the managed settings files.
#[derive(Debug, Clone, Default)]
pub struct ManagedPricing {
    multiplier: Option<Said>,
    /// Rows by the name of the model.
    overrides: BTreeMap<String, Said>,
    faults: Vec<ManagedFault>,
}

/// A value, and the last file that set it.
#[derive(Debug, Clone)]
struct Said {
    value: Value,
    file: Arc<str>,
}

/// An ignored value in managed settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFault {
    /// The file.
    pub file: Arc<str>,
    /// The key, such as `modelPricing.multiplier`; nothing where the file as a whole is meant.
    pub key: Option<String>,
    /// Description of the fault.
    pub what: String,
    /// The allowed values.
    pub allowed: &'static str,
}

impl fmt::Display for ManagedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "`{key}` in ")?;
        }
        write!(f, "`{}` {}", self.file, self.what)
    }
}

/// The effective managed settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// The factor on every amount.
    pub multiplier: Option<Ratio>,
    /// Number of models with a price.
    pub prices: usize,
    /// The files with the settings.
    pub source: Arc<str>,
}

/// The only key that is read.
#[derive(Deserialize)]
struct SettingsFile {
    #[serde(rename = "modelPricing")]
    model_pricing: Option<Value>,
}

/// A row in the file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowFields {
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write: f64,
}

impl ManagedPricing {
    /// Adds the content of a file, which overrides the files before it.
    pub fn add(&mut self, file: &str, json: &str) {
        let file: Arc<str> = file.into();
        match serde_json::from_str::<SettingsFile>(json.trim_start_matches('\u{feff}')) {
            Ok(SettingsFile { model_pricing: None | Some(Value::Null) }) => {}
            Ok(SettingsFile { model_pricing: Some(Value::Object(pricing)) }) => {
                self.add_pricing(&file, pricing);
            }
            Ok(SettingsFile { model_pricing: Some(other) }) => {
                self.fault(&file, Some("modelPricing"), format!("is {}", shown(&other)), OBJECT);
            }
            // Nothing of the text is shown: other settings may hold secrets.
            Err(error) => {
                let what = format!("is not a JSON object (line {}, column {})", error.line(), error.column());
                self.fault(&file, None, what, OBJECT);
            }
        }
    }

    fn add_pricing(&mut self, file: &Arc<str>, mut pricing: Map<String, Value>) {
        let said = |value: Value| Said { value, file: Arc::clone(file) };
        match pricing.remove("multiplier") {
            None | Some(Value::Null) => {}
            Some(value) => self.multiplier = Some(said(value)),
        }
        match pricing.remove("overrides") {
            None | Some(Value::Null) => {}
            Some(Value::Object(rows)) => {
                for (name, row) in rows {
                    match (self.overrides.get_mut(&name), row) {
                        (Some(Said { value: Value::Object(known), file: last }), Value::Object(row)) => {
                            known.extend(row);
                            *last = Arc::clone(file);
                        }
                        (_, row) => {
                            self.overrides.insert(name, said(row));
                        }
                    }
                }
            }
            Some(other) => {
                self.fault(file, Some("modelPricing.overrides"), format!("is {}", shown(&other)), OBJECT);
            }
        }
    }

    fn fault(&mut self, file: &Arc<str>, key: Option<&str>, what: String, allowed: &'static str) {
        self.faults.push(ManagedFault { file: Arc::clone(file), key: key.map(str::to_owned), what, allowed });
    }

    /// Merges valid values into `table`; returns the effective ones, if any, and the ignored ones.
    pub(crate) fn merge_into(mut self, table: &mut Table) -> (Option<Managed>, Vec<ManagedFault>) {
        let mut files = BTreeSet::new();
        let multiplier = self.multiplier.take().and_then(|said| match ratio(&said.value) {
            Some(ratio) => {
                files.insert(said.file);
                Some(ratio)
            }
            None => {
                let what = format!("is {}", shown(&said.value));
                self.fault(&said.file, Some("modelPricing.multiplier"), what, MULTIPLIER);
                None
            }
        });
        let mut prices = 0;
        for (name, said) in std::mem::take(&mut self.overrides) {
            match row(&said, &name, table.web_search) {
                Ok(row) => {
                    set(table, &plain(&name), row);
                    files.insert(said.file);
                    prices += 1;
                }
                Err(what) => {
                    self.fault(&said.file, Some(&format!("modelPricing.overrides.{name}")), what, ROW);
                }
            }
        }
        if files.is_empty() {
            return (None, self.faults);
        }
        let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
        let source = format!("modelPricing of {}", files.join(" and ")).into();
        (Some(Managed { multiplier, prices, source }), self.faults)
    }

    /// Returns the configured values in a canonical form, for a hash.
    pub(crate) fn text(&self) -> String {
        let rows: Vec<String> =
            self.overrides.iter().map(|(name, said)| format!("{name}={}", said.value)).collect();
        let multiplier = self.multiplier.as_ref().map(|said| said.value.to_string());
        format!("{}\n{}", multiplier.unwrap_or_default(), rows.join("\n"))
    }
}

/// Sets the price of the models that a name resolves to.
fn set(table: &mut Table, name: &str, row: PriceRow) {
    let ids = table.names.ids_of_claude_code(name);
    let covered = table.models.iter_mut().find(|model| ids.iter().any(|id| **id == *model.id));
    match covered {
        Some(model) => model.prices = vec![row],
        None => {
            table.names.add_exact(name.to_owned(), table.models.len());
            table.models.push(Model {
                id: name.into(),
                aliases: Vec::new(),
                retired: None,
                modifiers: BTreeSet::from(Modifier::OF_TERMS),
                prices: vec![row],
            });
        }
    }
}

fn row(said: &Said, name: &str, web_search: Rate) -> Result<PriceRow, String> {
    let refuse = || format!("is {}", shown(&said.value));
    if plain(name).is_empty() {
        return Err("has no name".to_owned());
    }
    let fields = RowFields::deserialize(&said.value).map_err(|_| refuse())?;
    let rate = |usd: f64| rate(usd).ok_or_else(refuse).map(Some);
    let cache_write = rate(fields.cache_write)?;
    let rates = Rates {
        input: rate(fields.input)?,
        output: rate(fields.output)?,
        cache_read: rate(fields.cache_read)?,
        cache_write_5m: cache_write,
        cache_write_1h: cache_write,
        web_search: Some(web_search),
    };
    Ok(PriceRow {
        from: None,
        until: None,
        standard: Offer { listed: ListedRates { rates, derived: false }, long_context: None },
        fast: None,
        source: format!("modelPricing of `{}`", said.file).into(),
        confirmed_by: Vec::new(),
        note: None,
        origin: PriceOrigin::Managed,
    })
}

/// Returns the price of a token in pico-US-dollars from US dollars per million tokens, rounded to the nearest.
fn rate(usd: f64) -> Option<Rate> {
    (0.0..=MOST_USD).contains(&usd).then(|| Rate((usd * 1e6).round_ties_even() as u64))
}

/// Returns a multiplier, to the nearest millionth.
fn ratio(value: &Value) -> Option<Ratio> {
    let number = value.as_f64().filter(|number| *number > 0.0 && *number <= 10.0)?;
    Ratio::of_millionths((number * 1e6).round_ties_even() as u32)
}

/// Returns the beginning of a value in the file.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Price, PriceBook, PriceFlag, Quote};
    use ctm_types::{Billing, EpochMs, TokenCounts};

    const PRICE: &str = r#"{ "input": 4, "output": 20, "cacheRead": 0.4, "cacheWrite": 5.5 }"#;

    fn managed(files: &[&str]) -> (PriceBook, Vec<String>) {
        let mut pricing = ManagedPricing::default();
        for (number, file) in files.iter().enumerate() {
            pricing.add(&format!("{number}.json"), file);
        }
        let (book, faults) = PriceBook::builtin().with_managed(pricing);
        (book, faults.iter().map(ToString::to_string).collect())
    }

    fn with_rows(rows: &[(&str, &str)]) -> PriceBook {
        let rows: Vec<String> = rows.iter().map(|(name, row)| format!("{name:?}: {row}")).collect();
        let (book, faults) =
            managed(&[&format!(r#"{{ "modelPricing": {{ "overrides": {{ {} }} }} }}"#, rows.join(","))]);
        assert!(faults.is_empty(), "{faults:?}");
        book
    }

    /// The price of terms, written `model [speed=..] [tier=..] [geo=..]`.
    fn price(book: &PriceBook, terms: &str) -> Price {
        let mut words = terms.split(' ');
        let mut billing = Billing { model: words.next().unwrap().to_owned(), ..Billing::default() };
        for word in words {
            let (term, value) = word.split_once('=').unwrap();
            let value = Some(value.to_owned());
            match term {
                "speed" => billing.speed = value,
                "tier" => billing.service_tier = value,
                _ => billing.inference_geo = value,
            }
        }
        match book.quote(&billing, Some(EpochMs(1_795_867_200_000)), 2) {
            Quote::Priced(price) => price,
            other => panic!("{terms}: {other:?}"),
        }
    }

    fn input(book: &PriceBook, terms: &str) -> u64 {
        price(book, terms).rates.input.unwrap().0
    }

    #[test]
    fn a_row_holds_as_it_is_written() {
        let book = with_rows(&[("claude-haiku-5-5", PRICE), ("claude-opus-5", PRICE)]);
        for terms in [
            "claude-opus-5",
            "claude-opus-5 speed=fast",
            "claude-opus-5-fast",
            "claude-opus-5 geo=us",
            "claude-opus-5 tier=batch",
            "us.anthropic.claude-opus-5",
            // Its list price has a tier for long prompts.
            "claude-haiku-5-5",
        ] {
            let price = price(&book, terms);
            let usd = |usd: f64| Some(Rate((usd * 1e6) as u64));
            let rates = price.rates;
            assert_eq!(
                (rates.input, rates.output, rates.cache_read),
                (usd(4.0), usd(20.0), usd(0.4)),
                "{terms}"
            );
            assert_eq!((rates.cache_write_5m, rates.cache_write_1h), (usd(5.5), usd(5.5)), "{terms}");
            assert_eq!(price.multipliers, [], "{terms}");
            assert_eq!(price.flags, BTreeSet::from([PriceFlag::Managed]), "{terms}");
            assert_eq!(&*price.source, "modelPricing of `0.json`");
            assert_eq!((price.from, price.until), (None, None));
        }
        assert_eq!(input(&book, "claude-opus-4-8"), 5_000_000);
    }

    #[test]
    fn the_id_of_a_claude_model_covers_all_its_forms() {
        for key in [
            "claude-haiku-4-5",
            "Claude-Haiku-4-5",
            "claude-haiku-4-5-20251001",
            "claude-haiku-4-5@20251001",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        ] {
            let book = with_rows(&[(key, PRICE)]);
            for name in [
                "claude-haiku-4-5",
                "claude-haiku-4-5-20251001[1m]",
                "us.anthropic.claude-haiku-4-5-20251001-v1:0",
                "vertex_ai/claude-haiku-4-5@20251001",
                "anthropic/claude-haiku-4.5",
            ] {
                assert_eq!(input(&book, name), 4_000_000, "{key}: {name}");
            }
            assert_eq!(input(&book, "claude-haiku-5-5"), 500_000, "{key}");
        }
    }

    #[test]
    fn another_name_only_matches_itself_and_takes_precedence() {
        let other = r#"{ "input": 7, "output": 7, "cacheRead": 7, "cacheWrite": 7 }"#;
        let book = with_rows(&[
            ("claude-opus-4-5", PRICE),
            ("Gateway/Opus", other),
            ("anthropic/claude-opus-4.5", other),
            ("claude-4-5-opus", other),
        ]);
        assert_eq!(input(&book, "gateway/opus"), 7_000_000);
        assert_eq!(input(&book, "anthropic/claude-opus-4.5"), 7_000_000);
        assert_eq!(input(&book, "claude-4-5-opus"), 7_000_000);
        assert_eq!(input(&book, "claude-opus-4-5"), 4_000_000);
        assert_eq!(input(&book, "claude-4.5-opus"), 4_000_000);
        let unknown = Billing { model: "gateway/opus-2".to_owned(), ..Billing::default() };
        assert!(matches!(book.quote(&unknown, None, 0), Quote::Unpriced(_)));
        assert_eq!(book.managed().unwrap().prices, 4);
    }

    #[test]
    fn the_multiplier_is_for_every_amount() {
        let json = format!(
            r#"{{ "modelPricing": {{ "multiplier": 0.85, "overrides": {{ "claude-opus-5": {PRICE} }} }} }}"#
        );
        let (book, faults) = managed(&[&json]);
        assert_eq!(faults, [""; 0]);
        assert_eq!(input(&book, "claude-opus-5"), 3_400_000);
        assert_eq!(input(&book, "claude-opus-4-8 geo=us"), 4_675_000);
        let cost = price(&book, "claude-opus-4-8").rates.cost(&TokenCounts::default(), 100);
        assert_eq!(cost.amount.to_string(), "0.85");
        let listed = price(&book, "claude-opus-4-8");
        assert_eq!(listed.multipliers.last().unwrap(), &(Modifier::Managed, Ratio::reduced(17, 20)));
        assert!(listed.source.ends_with("; x 0.85 by modelPricing of `0.json`"), "{}", listed.source);
        assert!(listed.flags.contains(&PriceFlag::Managed));
    }

    #[test]
    fn a_later_file_replaces_single_values() {
        let first = format!(
            r#"{{ "modelPricing": {{ "multiplier": 2, "overrides": {{ "claude-opus-5": {PRICE} }} }} }}"#
        );
        let later =
            r#"{ "modelPricing": { "multiplier": 0.5, "overrides": { "claude-opus-5": { "input": 6 } } } }"#;
        let (book, faults) =
            managed(&[&first, later, r#"{ "permissions": {} }"#, r#"{ "modelPricing": null }"#]);
        assert_eq!(faults, [""; 0]);
        let price = price(&book, "claude-opus-5");
        assert_eq!((price.rates.input, price.rates.output), (Some(Rate(3_000_000)), Some(Rate(10_000_000))));
        assert_eq!(&*book.managed().unwrap().source, "modelPricing of `1.json`");
    }

    #[test]
    fn invalid_values_are_reported_and_the_rest_applies() {
        let json = format!(
            r#"{{ "apiKeyHelper": "secret", "modelPricing": {{ "multiplier": 11, "overrides": {{
                "claude-opus-5": {PRICE}, "a": {{ "input": 1 }}, "b": "x",
                "c": {{ "input": -1, "output": 1, "cacheRead": 1, "cacheWrite": 1 }},
                "d": {{ "input": 10001, "output": 1, "cacheRead": 1, "cacheWrite": 1 }}, "": {PRICE} }} }} }}"#
        );
        let (book, faults) = managed(&[&json]);
        assert_eq!(input(&book, "claude-opus-5"), 4_000_000);
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert_eq!(faults[0], "`modelPricing.multiplier` in `0.json` is `11`");
        assert!(
            faults[2].starts_with(r#"`modelPricing.overrides.a` in `0.json` is `{"input":1}`"#),
            "{faults:?}"
        );
        assert!(faults.iter().all(|fault| !fault.contains("secret")));
    }

    #[test]
    fn files_without_prices_change_nothing() {
        let check = |json: &str, expected: &[&str]| {
            let (book, faults) = managed(&[json]);
            assert_eq!(faults, expected, "{json}");
            assert_eq!(book.version(), PriceBook::builtin().version());
            assert!(book.managed().is_none());
        };
        check("{}", &[]);
        check("\u{feff}{ \"modelPricing\": {} }", &[]);
        check(r#"{ "modelPricing": { "multiplier": null, "overrides": null } }"#, &[]);
        check("", &["`0.json` is not a JSON object (line 1, column 0)"]);
        check("\"secret\"", &["`0.json` is not a JSON object (line 1, column 8)"]);
        check(r#"{ "modelPricing": [1] }"#, &["`modelPricing` in `0.json` is `[1]`"]);
        check(r#"{ "modelPricing": { "overrides": 1 } }"#, &["`modelPricing.overrides` in `0.json` is `1`"]);
        let zero = "`modelPricing.multiplier` in `0.json` is `0`";
        check(r#"{ "modelPricing": { "multiplier": 0 } }"#, &[zero]);
        let long = format!(r#"{{ "modelPricing": {{ "multiplier": "{}" }} }}"#, "é".repeat(100));
        assert!(managed(&[&long]).1[0].ends_with("é…`"));
    }

    #[test]
    fn the_version_shows_managed_prices() {
        let version = |multiplier: &str| {
            let json = format!(r#"{{ "modelPricing": {{ "multiplier": {multiplier} }} }}"#);
            managed(&[&json]).0.version().to_owned()
        };
        let builtin = PriceBook::builtin().version().to_owned();
        assert!(version("0.5").starts_with(&format!("{builtin}+")));
        assert_eq!(version("0.5"), version("0.5"));
        assert_ne!(version("0.5"), version("0.6"));
    }

    #[test]
    fn own_prices_take_precedence_over_managed_ones() {
        let json = format!(
            r#"{{ "modelPricing": {{ "multiplier": 0.5, "overrides": {{ "claude-opus-5": {PRICE}, "house": {PRICE} }} }} }}"#
        );
        let own = r#"
price = [
    { model = "claude-opus-5", effective_from = "2026-11-01", input = "9", output = "9" },
    { model = "house", input = "8", output = "8" },
]
alias.gateway = "claude-opus-4-8"
multiplier = [{ pattern = "cheap/*", ratio = "0.9" }]
"#;
        let book = managed(&[&json]).0.with_overrides(own).unwrap();
        assert_eq!(input(&book, "claude-opus-5"), 9_000_000);
        assert_eq!(input(&book, "claude-opus-5 geo=us"), 9_900_000);
        assert_eq!(
            price(&book, "claude-opus-5").flags,
            BTreeSet::from([PriceFlag::Override, PriceFlag::Derived])
        );
        assert_eq!(input(&book, "house"), 8_000_000);
        // A name that is mapped has the price of its model; the user's multiplier replaces the other.
        assert_eq!(input(&book, "gateway"), 2_500_000);
        assert_eq!(input(&book, "cheap/claude-opus-4-8"), 4_500_000);
        let before = Billing { model: "claude-opus-5".to_owned(), ..Billing::default() };
        let Quote::Priced(before) = book.quote(&before, Some(EpochMs(1_790_000_000_000)), 0) else {
            panic!("priced")
        };
        assert_eq!(before.rates.input, Some(Rate(2_000_000)));
    }
}
