//! Price terms of rows, each distinct quote of the price book interned.
//!
//! Quotes are compared within their model: there can be very many models, but few quotes for each.

use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Billing, BillingId, Catalog, UsageRow, UtcDay};
use foldhash::{HashMap, HashMapExt, HashSet};
use std::sync::Arc;

/// A model as logged, and its quote from a price book.
#[derive(Debug, PartialEq)]
pub(crate) struct Terms {
    pub(crate) model: Arc<str>,
    pub(crate) quote: Quote,
}

/// Everything that a quote depends on: billing, UTC day and context band.
pub(crate) type QuoteKey = (BillingId, UtcDay, u8);

/// Returns everything that the quotes of rows depend on.
pub(crate) fn keys_of(rows: &[UsageRow]) -> HashSet<QuoteKey> {
    rows.iter().map(key_of).collect()
}

pub(crate) fn key_of(row: &UsageRow) -> QuoteKey {
    (row.billing, UtcDay::of_slot(row.slot), row.context_band)
}

/// The terms of rows; the price book is queried once for each billing, context band and span of days without a change.
pub(crate) struct TermsIndex {
    pub(crate) terms: Vec<Terms>,
    by_key: HashMap<QuoteKey, usize>,
}

impl TermsIndex {
    /// Creates the terms of rows, in an order that is independent of the order of the rows.
    pub(crate) fn new(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook) -> Self {
        Self::of_keys(keys_of(rows), catalog, prices)
    }

    /// Creates the terms of everything that quotes depend on.
    pub(crate) fn of_keys(keys: HashSet<QuoteKey>, catalog: &Catalog, prices: &PriceBook) -> Self {
        Self::of(keys, prices, |key| ask(key, catalog, prices))
    }

    /// Creates the terms that `ask` returns by a price book.
    pub(crate) fn of(keys: HashSet<QuoteKey>, prices: &PriceBook, ask: impl Fn(QuoteKey) -> Terms) -> Self {
        let spans = prices.spans();
        let mut keys: Vec<QuoteKey> = keys.into_iter().collect();
        keys.sort_unstable();
        let mut terms: Vec<Terms> = Vec::new();
        let mut of_model: HashMap<Arc<str>, Vec<usize>> = HashMap::new();
        let mut of_span = HashMap::new();
        let mut by_key = HashMap::with_capacity(keys.len());
        for key in keys {
            let (billing, day, band) = key;
            let span = (billing, spans.span_of(day.slot(0).start()), band);
            let index = *of_span.entry(span).or_insert_with(|| {
                let asked = ask(key);
                let known = of_model.entry(Arc::clone(&asked.model)).or_default();
                let index = known.iter().copied().find(|index| terms[*index] == asked).unwrap_or(terms.len());
                if index == terms.len() {
                    known.push(index);
                    terms.push(asked);
                }
                index
            });
            by_key.insert(key, index);
        }
        Self { terms, by_key }
    }

    /// Returns whether one of the rows is billed, and so included in reports.
    pub(crate) fn is_billed(&self, row: &UsageRow) -> bool {
        !self.terms[self.index_of(row)].quote.is_unbilled()
    }

    /// Returns the index in `terms` for one of the rows.
    pub(crate) fn index_of(&self, row: &UsageRow) -> usize {
        self.index_of_key(key_of(row))
    }

    /// Returns the index in `terms` for one of the keys.
    pub(crate) fn index_of_key(&self, key: QuoteKey) -> usize {
        self.by_key[&key]
    }
}

fn ask((billing, utc_day, context_band): QuoteKey, catalog: &Catalog, prices: &PriceBook) -> Terms {
    let unknown = Billing::default();
    let billing = catalog.billings.get(&billing).unwrap_or(&unknown);
    Terms {
        model: billing.model.as_str().into(),
        quote: prices.quote(billing, Some(utc_day.slot(0).start()), context_band),
    }
}
