//! Usage as charges: by day, home, project, model and kind of token, each at one price.
//!
//! A kind of token of a model can have several prices on a day, such as those of long prompts: each is a charge of its own, so
//! that quantity times price is its cost. The charges of a day add up to the tokens and the cost of that day.

use crate::ledger::Ledger;
use crate::usage::Amounts;
use chrono::NaiveDate;
use ctm_pricing::{Quote, Rate, Rates};
use ctm_types::PicoUsd;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChargeKind {
    /// Input tokens outside the cache.
    Input,
    /// Output tokens.
    Output,
    /// Prompt tokens read from the cache.
    CacheRead,
    /// Prompt tokens written to the cache for five minutes.
    CacheWrite5m,
    /// Prompt tokens written to the cache for an hour.
    CacheWrite1h,
    /// Web searches.
    WebSearch,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The day, in the zone of the ledger.
    pub day: NaiveDate,
    /// Path of the home.
    pub home: Arc<str>,
    /// The project.
    pub project: Arc<str>,
    /// The model, as logged.
    pub model: Arc<str>,
    /// What is charged.
    pub kind: ChargeKind,
    /// The price of one; `None` without a price.
    pub rate: Option<Rate>,
    /// Number of tokens or web searches: at least 1.
    pub count: u64,
    /// Whether a response among them has no final record, so that there may be more.
    pub is_lower_bound: bool,
}

impl Charge {
    /// Returns the cost; `None` without a price.
    #[must_use]
    pub fn cost(&self) -> Option<PicoUsd> {
        Some(self.rate?.of(self.count))
    }
}

/// Everything that charges are apart by.
type Key = (NaiveDate, Arc<str>, Arc<str>, Arc<str>, ChargeKind, Option<Rate>);

impl Ledger {
    /// Returns the charges, in order.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        let mut sums: BTreeMap<Key, (u64, bool)> = BTreeMap::new();
        for line in self.lines() {
            let rates = match &self.terms(line.key.terms).quote {
                Quote::Priced(price) => price.rates,
                Quote::Unpriced(_) | Quote::Ignored | Quote::Unbilled(_) => Rates::default(),
            };
            for (kind, rate, count) in parts(&line.amounts, &rates) {
                let (home, project, model) = (self.home(line), self.project(line), self.model(line));
                let names = [home, project, model].map(Arc::clone);
                let [home, project, model] = names;
                let (sum, is_lower_bound) =
                    sums.entry((line.key.day, home, project, model, kind, rate)).or_default();
                *sum = sum.saturating_add(count);
                *is_lower_bound |= line.amounts.unfinalised > 0;
            }
        }
        let charge = |((day, home, project, model, kind, rate), (count, is_lower_bound))| Charge {
            day,
            home,
            project,
            model,
            kind,
            rate,
            count,
            is_lower_bound,
        };
        sums.into_iter().map(charge).collect()
    }
}

/// Returns what was used of each kind, with its price.
fn parts(amounts: &Amounts, rates: &Rates) -> impl Iterator<Item = (ChargeKind, Option<Rate>, u64)> {
    let tokens = &amounts.tokens;
    let kinds = [
        (ChargeKind::Input, rates.input, tokens.input),
        (ChargeKind::Output, rates.output, tokens.output),
        (ChargeKind::CacheRead, rates.cache_read, tokens.cache_read),
        (ChargeKind::CacheWrite5m, rates.cache_write_5m, tokens.cache_write_5m),
        (ChargeKind::CacheWrite1h, rates.cache_write_1h, tokens.cache_write_1h),
        (ChargeKind::WebSearch, rates.web_search, amounts.web_searches),
    ];
    kinds.into_iter().filter(|(_, _, count)| *count > 0)
}
