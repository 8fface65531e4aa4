//! The built-in price table.
//!
//! # Design
//!
//! The table is one curated text file, `data/claude-prices.toml`, because a price is reviewed by
//! reading it: one edit closes a row and adds the next. It is part of the program, so that no
//! price is fetched at run time. Prices are dated, since a corrected or changed price must
//! not touch what was used before it, and nothing is ever removed: lists that forget retired
//! models leave last year's usage without a price.
//!
//! The cache rates are listed and never derived from the input rate: the ratios differ between
//! models and over time.

use crate::fields::{DayField, LongContextFields, OfferFields, PerThousand, RateFields, offer};
use crate::names::KnownNames;
use crate::refusals::RefusalRules;
use crate::{ListedRates, LongContext, Model, Modifier, PriceOrigin, PriceRow, Rate, Rates, Ratio};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Data of all prices.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) as_of: NaiveDate,
    pub(crate) models: Vec<Model>,
    pub(crate) names: KnownNames,
    /// Ascending, without repetition.
    pub(crate) context_thresholds: Vec<u64>,
    pub(crate) batch: Ratio,
    pub(crate) us_inference: Ratio,
    pub(crate) web_search: Rate,
    pub(crate) refusals: RefusalRules,
}

impl Table {
    /// Returns the table that is part of the program.
    pub(crate) fn builtin() -> Self {
        // The same as `data/claude-prices.toml`, by the build script.
        serde_json::from_str::<TableFile>(include_str!(concat!(env!("OUT_DIR"), "/claude-prices.json")))
            .expect("the built-in price table is valid, as the tests prove")
            .into_table()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    version: DayField,
    ambiguous: BTreeSet<String>,
    modifiers: ModifierFields,
    refusals: RefusalRules,
    model: Vec<ModelFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModifierFields {
    batch: Ratio,
    us_inference: Ratio,
    web_search_per_1000: PerThousand,
    regional: BTreeMap<String, Ratio>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFields {
    id: String,
    aliases: Vec<String>,
    retired: Option<DayField>,
    modifiers: BTreeSet<Modifier>,
    #[serde(default = "offered")]
    web_search: bool,
    price: Vec<PriceFields>,
}

fn offered() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFields {
    from: DayField,
    until: Option<DayField>,
    rates: RateFields,
    long_context: Option<LongContextFields<u64>>,
    fast: Option<OfferFields<u64>>,
    /// Requests with longer prompts have no price, because it depends on a length that is not counted.
    unpriced_above_prompt_tokens: Option<u64>,
    source: Vec<String>,
    #[serde(default)]
    confirmed_by: Vec<String>,
    note: Option<String>,
}

impl TableFile {
    fn into_table(self) -> Table {
        let ModifierFields { batch, us_inference, web_search_per_1000: PerThousand(web_search), regional } =
            self.modifiers;
        let models: Vec<Model> = self
            .model
            .into_iter()
            .map(|fields| fields.into_model(Some(web_search), PriceOrigin::List))
            .collect();
        let mut context_thresholds: Vec<u64> = models.iter().flat_map(Model::context_thresholds).collect();
        context_thresholds.sort_unstable();
        context_thresholds.dedup();
        Table {
            as_of: self.version.0,
            names: KnownNames::new(&models, self.ambiguous, regional),
            models,
            context_thresholds,
            batch,
            us_inference,
            web_search,
            refusals: self.refusals,
        }
    }
}

impl ModelFields {
    /// Returns the model; `web_search` is the rate where it offers web searches.
    pub(crate) fn into_model(self, web_search: Option<Rate>, origin: PriceOrigin) -> Model {
        let web_search = web_search.filter(|_| self.web_search);
        Model {
            id: self.id.into(),
            aliases: self.aliases.into_iter().map(Into::into).collect(),
            retired: self.retired.map(|day| day.0),
            modifiers: self.modifiers,
            prices: self.price.into_iter().map(|fields| fields.into_row(web_search, origin)).collect(),
        }
    }
}

impl PriceFields {
    fn into_row(self, web_search: Option<Rate>, origin: PriceOrigin) -> PriceRow {
        let listed = |fields: RateFields| ListedRates { rates: fields.rates(web_search), derived: false };
        let mut standard = offer(self.rates, self.long_context.as_ref(), listed);
        let unpriced = ListedRates { rates: Rates::default(), derived: false };
        let unpriced = |above_prompt_tokens| LongContext { above_prompt_tokens, listed: unpriced };
        standard.long_context = standard.long_context.or(self.unpriced_above_prompt_tokens.map(unpriced));
        let source = self.source.join("; ");
        PriceRow {
            from: Some(self.from.0),
            until: self.until.map(|day| day.0),
            standard,
            fast: self.fast.as_ref().map(|fast| fast.offer(listed)),
            source: match origin {
                PriceOrigin::Pack => format!("list price of the maker, provider not known: {source}").into(),
                PriceOrigin::List | PriceOrigin::Managed | PriceOrigin::Own => source.into(),
            },
            confirmed_by: self.confirmed_by,
            note: self.note.map(Into::into),
            origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Table {
        Table::builtin()
    }

    /// Every listed set of rates in the table, with the model it belongs to.
    fn all_listed(models: &[Model]) -> impl Iterator<Item = (&Model, Rates)> {
        models.iter().flat_map(|model| {
            let offers = model.prices.iter().flat_map(|row| std::iter::once(&row.standard).chain(&row.fast));
            let listed = offers.flat_map(|offer| {
                std::iter::once(offer.listed).chain(offer.long_context.map(|long| long.listed))
            });
            listed.map(move |listed| (model, listed.rates))
        })
    }

    #[test]
    fn table_is_valid_and_complete() {
        let table = builtin();
        let rows: usize = table.models.iter().map(|model| model.prices.len()).sum();
        assert!(table.models.len() >= 30, "models are never removed");
        assert!(rows >= 43, "rows are never removed");
        assert!(table.context_thresholds.is_sorted_by(|low, high| low < high));
    }

    #[test]
    fn prices_of_a_model_have_no_gap_and_no_overlap() {
        for model in builtin().models {
            let rows = &model.prices;
            assert!(!rows.is_empty(), "{}", model.id);
            for pair in rows.windows(2) {
                assert!(pair[0].from < pair[1].from, "{}", model.id);
                assert_eq!(pair[0].until, pair[1].from, "{}", model.id);
            }
            assert_eq!(rows.last().unwrap().until, None, "{}", model.id);
        }
    }

    #[test]
    fn every_name_is_well_formed_and_means_one_model() {
        let mut seen = BTreeSet::new();
        for model in builtin().models {
            for name in std::iter::once(&model.id).chain(&model.aliases) {
                assert!(seen.insert(name.clone()), "{name} means two models");
                assert!(name.starts_with("claude-"), "{name}");
                let is_allowed =
                    |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
                assert!(name.bytes().all(is_allowed), "{name}");
            }
            assert!(!model.id.contains('.'), "{}", model.id);
        }
    }

    #[test]
    fn every_row_names_its_source() {
        for model in builtin().models {
            for row in &model.prices {
                assert!(!row.source.is_empty(), "{}", model.id);
                assert_eq!(row.origin, PriceOrigin::List);
            }
        }
    }

    #[test]
    fn cache_writes_cost_a_quarter_more_and_twice_as_much_as_input() {
        for (model, rates) in all_listed(&builtin().models) {
            // Published rounded: 0.30 and 0.50 for an input of 0.25.
            if &*model.id == "claude-3-haiku" {
                continue;
            }
            let input = rates.input.unwrap();
            if let Some(write) = rates.cache_write_5m {
                assert_eq!(write, input.times(&[Ratio::reduced(5, 4)]), "{}", model.id);
            }
            if let Some(write) = rates.cache_write_1h {
                assert_eq!(write, input.times(&[Ratio::reduced(2, 1)]), "{}", model.id);
            }
        }
    }

    #[test]
    fn cache_rates_are_all_listed_or_all_missing() {
        for (model, rates) in all_listed(&builtin().models) {
            let cache = [rates.cache_read, rates.cache_write_5m, rates.cache_write_1h];
            assert!(cache.iter().all(Option::is_some) || cache.iter().all(Option::is_none), "{}", model.id);
        }
    }

    #[test]
    fn long_prompts_and_fast_mode_are_never_cheaper() {
        fn is_dearer(dear: Rates, usual: Rates) -> bool {
            dear.input >= usual.input
                && dear.output >= usual.output
                && dear.cache_read >= usual.cache_read
                && dear.cache_write_5m >= usual.cache_write_5m
                && dear.cache_write_1h >= usual.cache_write_1h
        }
        for model in builtin().models {
            for row in &model.prices {
                let standard = row.standard.listed.rates;
                for offer in std::iter::once(&row.standard).chain(&row.fast) {
                    assert!(is_dearer(offer.listed.rates, standard), "{}", model.id);
                    if let Some(long) = offer.long_context {
                        assert!(is_dearer(long.listed.rates, offer.listed.rates), "{}", model.id);
                    }
                }
            }
        }
    }

    #[test]
    fn every_rate_stays_whole_under_all_multipliers() {
        let table = builtin();
        let all = [table.batch, table.us_inference, Ratio::reduced(6, 5)];
        let denominators: u64 = all.iter().map(|ratio| u64::from(ratio.denominator())).product();
        for (model, rates) in all_listed(&table.models) {
            for rate in
                [rates.input, rates.output, rates.cache_read, rates.cache_write_5m, rates.cache_write_1h]
            {
                assert_eq!(rate.map_or(0, |rate| rate.0) % denominators, 0, "{}", model.id);
            }
        }
    }
}
