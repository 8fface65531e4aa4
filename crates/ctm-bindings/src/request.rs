//! The price of one request.

use crate::Certainty;
use chrono::NaiveDate;
use ctm_pricing::{Cost, PriceBook, Quote};
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use std::sync::Arc;

/// A request, as priced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Its model and price terms, as written on the line.
    pub billing: Billing,
    /// Its tokens.
    pub tokens: TokenCounts,
    /// Its web searches.
    pub web_searches: u64,
    /// Its time, in UTC epoch milliseconds; `None`: the latest price.
    pub at_ms: Option<EpochMs>,
}

/// The price of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Canonical id of the model.
    pub model: Arc<str>,
    /// The cost at list prices, and what has no price.
    pub cost: Cost,
    /// Public names of what was assumed.
    pub flags: Vec<&'static str>,
    /// First UTC day of the price; `None`: it has always held.
    pub from: Option<NaiveDate>,
    /// First UTC day after the price; `None`: it still holds.
    pub until: Option<NaiveDate>,
    /// Public origin of the listed figures.
    pub source: Arc<str>,
    /// Version of the price table.
    pub table_version: String,
}

impl Priced {
    /// Returns the cost in pico-dollars; `None` if nothing of the request has a price.
    #[must_use]
    pub fn amount(&self) -> Option<PicoUsd> {
        crate::row::known(&self.cost)
    }

    /// Returns how certain the cost is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        Certainty::of(&self.cost, true)
    }
}

/// A model has no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no price for the model {model:?}: {reason} in the price table {table_version}")]
pub struct PriceError {
    /// The model, as written.
    pub model: String,
    /// Public name of the reason.
    pub reason: &'static str,
    /// Version of the price table.
    pub table_version: String,
}

/// Prices a request at list prices.
///
/// # Errors
///
/// Fails when the model has no price: a name that is not known exactly never has that of a relative.
pub fn price(request: &Request) -> Result<Priced, PriceError> {
    let book = PriceBook::builtin();
    let Request { billing, tokens, web_searches, at_ms } = request;
    let quote = book.quote_request(billing, *at_ms, tokens.prompt());
    let cost = quote.cost(tokens, *web_searches);
    let table_version = book.version().to_owned();
    let reason = match quote {
        Quote::Priced(price) => {
            return Ok(Priced {
                model: price.model,
                cost,
                flags: price.flags.iter().map(|flag| flag.name()).collect(),
                from: price.from,
                until: price.until,
                source: price.source,
                table_version,
            });
        }
        Quote::Unpriced(unpriced) => unpriced.reason.name(),
        Quote::Ignored | Quote::Unbilled(_) => "no_model",
    };
    Err(PriceError { model: billing.model.clone(), reason, table_version })
}
