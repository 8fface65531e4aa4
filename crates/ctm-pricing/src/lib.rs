//! Dated API list prices of Claude models, exact name resolution and exact cost.
//!
//! A cost requires the model's name and terms as logged, the time of the request, the length of its prompt,
//! and its tokens. A [`PriceBook`] turns the first three into a [`Quote`], and a quote turns tokens into a
//! [`Cost`]:
//!
//! ```
//! use ctm_pricing::{PriceBook, Quote};
//! use ctm_types::{Billing, EpochMs, TokenCounts};
//!
//! let book = PriceBook::builtin();
//! let tokens = TokenCounts { input: 1_000, output: 4_000, cache_read: 100_000, ..TokenCounts::default() };
//! let billing = Billing {
//!     model: "claude-opus-4-5-20251101".into(),
//!     service_tier: Some("batch".into()),
//!     ..Billing::default()
//! };
//!
//! let at_ms = Some(EpochMs(1_768_471_200_000)); // 2026-01-15, 10:00 UTC.
//! let quote = book.quote_request(&billing, at_ms, tokens.prompt());
//!
//! assert_eq!(quote.cost(&tokens, 0).amount.to_string(), "0.0775");
//! let Quote::Priced(price) = quote else { unreachable!() };
//! assert_eq!(&*price.model, "claude-opus-4-5");
//! assert_eq!(price.multipliers[0].1.to_string(), "0.5");
//!
//! // A name that is not known exactly has no price, rather than that of a relative.
//! let unknown = Billing { model: "claude-opus-6".into(), ..Billing::default() };
//! assert!(matches!(book.quote_request(&unknown, at_ms, tokens.prompt()), Quote::Unpriced(_)));
//! ```
//!
//! # Design
//!
//! - [`model`]: a model has dated prices, without gap or overlap.
//! - `table`: the built-in prices are rows of one curated file; nothing is ever removed.
//! - `names`, `notation`: names are parsed and then matched exactly, never by similarity.
//! - [`rate`]: multipliers go into the rate of one token, so that costs add up exactly.
//! - `refusals`: which refusals are billed, by their category and the day.
//! - [`pack`]: list prices of other makers, used on request;
//! - [`managed`]: the prices of an organisation, from Claude Code's managed settings.
//! - [`overrides`]: the user's own prices, names, multipliers and discount, merged into the table;
//! - [`plans`]: plans that are paid by the month, and exchange rates.
//!
//! Amounts are list prices of the API, not the bill of a subscription.
//!
//! **Invariant:** this crate opens no files and is independent of SQL, HTTP and the clock. Overrides are
//! passed as text, times as arguments.

pub mod book;
mod fields;
pub mod managed;
pub mod model;
mod multipliers;
mod names;
mod notation;
pub mod overrides;
pub mod pack;
pub mod plans;
pub mod quote;
pub mod rate;
pub mod ratio;
mod refusals;
mod spans;
mod table;

pub use book::PriceBook;
pub use managed::{Managed, ManagedFault, ManagedPricing};
pub use model::{ListedRates, LongContext, Model, Offer, PriceOrigin, PriceRow};
pub use overrides::{Discount, OverridesError, Position};
pub use pack::Pack;
pub use plans::{ExchangeRate, Plan, PlanBook};
pub use quote::{Modifier, Price, PriceFlag, Quote, Tier, UnbilledAttempt, Unpriced, UnpricedReason};
pub use rate::{Cost, Rate, Rates};
pub use ratio::Ratio;
pub use refusals::RefusalBilling;
pub use spans::PriceSpans;

/// Compiles the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
