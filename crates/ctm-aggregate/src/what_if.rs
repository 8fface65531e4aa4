//! The same usage at other prices: those of another day, of another model, or with tokens of another kind.
//!
//! # Design
//!
//! This is arithmetic with the tokens that were used, no forecast: another model would have written other texts. Cost is
//! linear in tokens for equal terms, so rows are summed by their terms before and after, and each sum is priced twice.
//! Usage without a price on either side is in no comparison: a difference of a known and an unknown cost means nothing.

use crate::terms::{QuoteKey, Terms, TermsIndex, keys_of};
use crate::trend::{KINDS, parts_by_kind};
use crate::usage::Amounts;
use chrono::NaiveDate;
use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Billing, Catalog, EpochMs, TokenCounts, UsageRow};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The usage that is priced anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RepricedPart {
    /// All of it.
    #[default]
    All,
    /// Main conversations.
    Main,
    /// Subagents.
    Subagents,
}

impl RepricedPart {
    fn includes(self, row: &UsageRow) -> bool {
        match self {
            Self::All => true,
            Self::Main => !row.sidechain,
            Self::Subagents => row.sidechain,
        }
    }
}

/// What usage is priced by instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The usage that is priced anew.
    pub part: RepricedPart,
    /// The prices of this UTC day; those of the usage's own day if `None`.
    pub prices_on: Option<NaiveDate>,
    /// The prices of this model; those of the usage's own model if `None`.
    pub model: Option<String>,
}

impl Scenario {
    /// Returns the terms that usage is priced by instead. What was billed stays billed.
    fn ask(
        &self,
        (billing, utc_day, context_band): QuoteKey,
        catalog: &Catalog,
        prices: &PriceBook,
    ) -> Terms {
        let own = catalog.billings.get(&billing).cloned().unwrap_or_default();
        let model = self.model.clone().unwrap_or(own.model);
        let billing = Billing { model, refusal: None, ..own };
        let at_ms = self.prices_on.map_or(utc_day.slot(0).start(), start_of);
        let quote = prices.quote(&billing, Some(at_ms), context_band);
        let name = match &quote {
            Quote::Priced(price) => Arc::clone(&price.model),
            Quote::Unpriced(_) | Quote::Ignored | Quote::Unbilled(_) => billing.model.as_str().into(),
        };
        Terms { model: name, quote }
    }
}

fn start_of(day: NaiveDate) -> EpochMs {
    EpochMs(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// Usage as it was billed, and as it would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repriced {
    /// As billed.
    pub actual: Amounts,
    /// The same in the scenario.
    pub alternative: Amounts,
}

impl Repriced {
    fn add(&mut self, other: &Self) {
        self.actual += other.actual;
        self.alternative += other.alternative;
    }

    fn is_priced(&self) -> bool {
        [&self.actual, &self.alternative]
            .iter()
            .all(|amounts| amounts.unpriced_tokens == 0 && amounts.unpriced_web_searches == 0)
    }
}

/// A model as logged, and the one whose prices apply instead.
pub type ModelPair = (Arc<str>, Arc<str>);

/// The usage of a part, as it was billed and in a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// The part that is priced anew.
    pub part: Repriced,
    /// The part by models; they add up to it.
    pub models: BTreeMap<ModelPair, Repriced>,
    /// The part by kind of tokens, in the order of [`KINDS`]; they add up to it.
    pub kinds: [Repriced; KINDS.len()],
    /// Usage of the part without a price on either side, which is in no comparison.
    pub left_out: Amounts,
}

impl WhatIf {
    /// Prices rows, and their tokens in the scenario, one of `tokens` for each row; unbilled rows are in no sum.
    #[must_use]
    pub fn new(
        rows: &[UsageRow],
        tokens: &[TokenCounts],
        scenario: &Scenario,
        catalog: &Catalog,
        prices: &PriceBook,
    ) -> Self {
        let actual = TermsIndex::new(rows, catalog, prices);
        let alternative = TermsIndex::of(keys_of(rows), prices, |key| scenario.ask(key, catalog, prices));
        // Main conversations and subagents apart: what has no price is then left out of a part as it is of all.
        let mut sums: BTreeMap<(usize, usize, bool), (Amounts, TokenCounts)> = BTreeMap::new();
        let wanted = |row: &UsageRow| actual.is_billed(row) && scenario.part.includes(row);
        for (row, tokens) in rows.iter().zip(tokens).filter(|(row, _)| wanted(row)) {
            let (sum, of_scenario) =
                sums.entry((actual.index_of(row), alternative.index_of(row), row.sidechain)).or_default();
            *sum += Amounts::of(row);
            *of_scenario += *tokens;
        }
        let mut what_if = Self::default();
        for ((before, after, _), (sum, tokens)) in sums {
            what_if.add(sum, tokens, &actual.terms[before], &alternative.terms[after]);
        }
        what_if
    }

    /// Adds a sum of usage of the same terms.
    fn add(&mut self, sum: Amounts, tokens: TokenCounts, before: &Terms, after: &Terms) {
        let mut compared = Repriced { actual: sum, alternative: Amounts { tokens, ..sum } };
        compared.actual.price(&before.quote);
        compared.alternative.price(&after.quote);
        if !compared.is_priced() {
            self.left_out += compared.actual;
            return;
        }
        self.part.add(&compared);
        let models = (Arc::clone(&before.model), Arc::clone(&after.model));
        self.models.entry(models).or_default().add(&compared);
        let parts = parts_by_kind(&sum.tokens, sum.web_searches);
        let alternatives = parts_by_kind(&tokens, sum.web_searches);
        for (kind, (actual, alternative)) in self.kinds.iter_mut().zip(parts.iter().zip(&alternatives)) {
            kind.add(&Repriced {
                actual: Amounts::priced(actual.0, actual.1, &before.quote),
                alternative: Amounts::priced(alternative.0, alternative.1, &after.quote),
            });
        }
    }
}
