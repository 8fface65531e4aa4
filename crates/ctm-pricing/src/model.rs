//! A model with its dated prices: the shape that the built-in table, the packs and the user's own prices share.

use crate::{Modifier, PriceFlag, Rates};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A model and all prices it ever had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Canonical id.
    pub id: Arc<str>,
    /// Other names that mean exactly this model.
    pub aliases: Vec<Arc<str>>,
    /// First UTC day without the model on the first-party API.
    pub retired: Option<NaiveDate>,
    /// Multipliers of its rates that a request can select.
    pub modifiers: BTreeSet<Modifier>,
    /// Its prices, at least one: the oldest first, without gap or overlap, the last one open.
    pub prices: Vec<PriceRow>,
}

/// The price of a model over a span of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// First UTC day; `None`: the price has always held.
    pub from: Option<NaiveDate>,
    /// First UTC day after the span; `None`: the price still holds.
    pub until: Option<NaiveDate>,
    /// Usual rates.
    pub standard: Offer,
    /// Rates of fast mode, when it is offered.
    pub fast: Option<Offer>,
    /// Public origin of the figures.
    pub source: Arc<str>,
    /// Public price lists that agree on every figure.
    pub confirmed_by: Vec<String>,
    /// Remark.
    pub note: Option<Arc<str>>,
    /// The origin of the price.
    pub origin: PriceOrigin,
}

/// The origin of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceOrigin {
    /// The built-in table of Claude models.
    List,
    /// A pack: the maker of the model.
    Pack,
    /// Claude Code's managed settings.
    Managed,
    /// The user's price overrides.
    Own,
}

impl PriceOrigin {
    /// Returns the public name of the origin.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Pack => "pack",
            Self::Managed => "managed",
            Self::Own => "own",
        }
    }

    /// Returns the note on such a price.
    pub(crate) fn flag(self) -> Option<PriceFlag> {
        match self {
            Self::List => None,
            Self::Pack => Some(PriceFlag::ProviderUnknown),
            Self::Managed => Some(PriceFlag::Managed),
            Self::Own => Some(PriceFlag::Override),
        }
    }
}

/// The price of a request, by the length of its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Rates of a prompt of usual length.
    pub listed: ListedRates,
    /// Rates of a long prompt, when they differ.
    pub long_context: Option<LongContext>,
}

/// Rates that hold for the whole request when its prompt is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongContext {
    /// A prompt is long when it has more tokens than this.
    pub above_prompt_tokens: u64,
    /// Rates of the whole request.
    pub listed: ListedRates,
}

/// Rates as they are listed: before anything multiplies them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedRates {
    /// The rates.
    pub rates: Rates,
    /// `true` if a cache rate was derived from the input rate, because an override omits it.
    pub derived: bool,
}

impl Model {
    /// Returns the row of a UTC day, with a note on it.
    ///
    /// Days before the first row take the first, usage without a day takes the last.
    pub(crate) fn row_on(&self, day: Option<NaiveDate>) -> (&PriceRow, Option<PriceFlag>) {
        let newest_begun = |day| {
            let begun = move |row: &&PriceRow| row.from.is_none_or(|from| from <= day);
            self.prices.iter().rev().find(begun)
        };
        let (row, remark) = match day.map(newest_begun) {
            None => (self.prices.last(), Some(PriceFlag::NoTimestamp)),
            Some(None) => (self.prices.first(), Some(PriceFlag::BeforeEffective)),
            Some(row) => (row, None),
        };
        let row = row.expect("a model is made together with its first price");
        (row, remark)
    }

    /// Returns whether the first-party API had retired the model on a UTC day.
    pub(crate) fn is_retired_on(&self, day: Option<NaiveDate>) -> bool {
        let retired_and_day = self.retired.zip(day);
        retired_and_day.is_some_and(|(retired, day)| day >= retired)
    }

    /// Returns the thresholds of the model's long-context tiers, in tokens.
    pub(crate) fn context_thresholds(&self) -> impl Iterator<Item = u64> {
        self.prices
            .iter()
            .flat_map(|row| [Some(&row.standard), row.fast.as_ref()])
            .filter_map(|offer| Some(offer?.long_context?.above_prompt_tokens))
    }
}
