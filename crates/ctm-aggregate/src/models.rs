//! The report on models: their prices, and usage without a price.

use crate::ledger::Ledger;
use crate::report::NamedUsage;
use crate::terms::Terms;
use crate::usage::{Amounts, Usage, share};
use ctm_pricing::{Price, Quote, Unpriced};
use ctm_types::PicoUsd;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The usage of a model, its share, and its prices.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelUsage {
    /// Name, exactly as logged.
    pub model: Arc<str>,
    /// Its usage.
    pub usage: Usage,
    /// Its share of all tokens, from 0 to 1; `None` without any tokens.
    pub share_tokens: Option<f64>,
    /// Its share of the total cost, from 0 to 1; `None` if either cost is unknown or the total is zero.
    pub share_cost: Option<f64>,
    /// The prices that were applied, and to how much of the usage; empty when it has none.
    ///
    /// There are several when the price changed, or when speed, tier or region differed.
    pub priced_as: Vec<PricedAmounts>,
}

/// The amounts priced by one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedAmounts {
    /// The price.
    pub price: Price,
    /// Its usage.
    pub amounts: Amounts,
}

/// Tokens and web searches of a model that are not included in the cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpricedModel {
    /// Name, exactly as logged.
    pub model: Arc<str>,
    /// Reason of the missing price.
    pub why: WhyUnpriced,
    /// Tokens without a price.
    pub tokens: u64,
    /// Web searches without a price.
    pub web_searches: u64,
}

/// Reason why usage has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyUnpriced {
    /// The price book has none, for this reason.
    NoPrice(Unpriced),
    /// The name is a placeholder, such as `<synthetic>`.
    NoModel,
    /// The model has a price, but not for this kind of tokens or for web searches.
    NoRate,
}

impl WhyUnpriced {
    fn of(quote: &Quote) -> Self {
        match quote {
            Quote::Priced(_) => Self::NoRate,
            Quote::Unpriced(unpriced) => Self::NoPrice(unpriced.clone()),
            Quote::Ignored | Quote::Unbilled(_) => Self::NoModel,
        }
    }
}

impl Ledger {
    /// Returns the usage of each model, its share, and its prices.
    #[must_use]
    pub fn by_model(&self) -> Vec<ModelUsage> {
        let total = self.total().amounts;
        let mut priced_as = self.prices_by_model();
        self.by_name(|line| self.model(line))
            .into_iter()
            .map(|NamedUsage { name, usage }| ModelUsage {
                share_tokens: share(usage.amounts.tokens.total(), total.tokens.total()),
                share_cost: share_cost(&usage.amounts, &total),
                priced_as: priced_as.remove(&name).unwrap_or_default(),
                model: name,
                usage,
            })
            .collect()
    }

    /// Returns the models with tokens or web searches that are not included in the cost, most tokens first.
    ///
    /// A model with several reasons has several entries.
    #[must_use]
    pub fn unpriced_models(&self) -> Vec<UnpricedModel> {
        let mut by_model: HashMap<&Arc<str>, Vec<UnpricedModel>> = HashMap::new();
        for (terms, amounts) in self.by_terms() {
            if amounts.unpriced_tokens == 0 && amounts.unpriced_web_searches == 0 {
                continue;
            }
            let why = WhyUnpriced::of(&terms.quote);
            let known = by_model.entry(&terms.model).or_default();
            match known.iter_mut().find(|known| known.why == why) {
                Some(known) => {
                    known.tokens = known.tokens.saturating_add(amounts.unpriced_tokens);
                    known.web_searches = known.web_searches.saturating_add(amounts.unpriced_web_searches);
                }
                None => known.push(UnpricedModel {
                    model: Arc::clone(&terms.model),
                    why,
                    tokens: amounts.unpriced_tokens,
                    web_searches: amounts.unpriced_web_searches,
                }),
            }
        }
        let mut unpriced: Vec<UnpricedModel> = by_model.into_values().flatten().collect();
        unpriced.sort_by(|a, b| (Reverse(a.tokens), &a.model).cmp(&(Reverse(b.tokens), &b.model)));
        unpriced
    }

    /// Returns the amounts by terms, in an order that depends only on the catalog.
    fn by_terms(&self) -> impl Iterator<Item = (&Terms, Amounts)> {
        let mut sums: BTreeMap<usize, Amounts> = BTreeMap::new();
        for line in self.lines() {
            *sums.entry(line.key.terms).or_default() += line.amounts;
        }
        sums.into_iter().map(|(index, amounts)| (self.terms(index), amounts))
    }

    /// Returns the prices applied to each model, the one with the highest cost first.
    fn prices_by_model(&self) -> HashMap<&Arc<str>, Vec<PricedAmounts>> {
        let mut by_model: HashMap<_, Vec<PricedAmounts>> = HashMap::new();
        for (terms, amounts) in self.by_terms() {
            if let Quote::Priced(price) = &terms.quote {
                by_model
                    .entry(&terms.model)
                    .or_default()
                    .push(PricedAmounts { price: price.clone(), amounts });
            }
        }
        for prices in by_model.values_mut() {
            prices.sort_by_key(|used| Reverse(used.amounts.cost));
        }
        by_model
    }
}

/// Returns the share of the total cost, or `None` when a cost is unknown or the total is 0.
fn share_cost(part: &Amounts, total: &Amounts) -> Option<f64> {
    let (part, total) = (part.cost_usd()?, total.cost_usd()?);
    (total != PicoUsd::ZERO).then(|| part.to_f64() / total.to_f64())
}
