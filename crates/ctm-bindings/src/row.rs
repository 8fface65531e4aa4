//! A billed response: one row.

use ctm_pricing::Cost;
use ctm_types::{Billing, Claim, Conversation, EpochMs, PicoUsd, ResponseKey, TokenCounts};
use std::sync::Arc;

/// A response of which at least one part is billed, folded from all its copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledResponse {
    /// Its key, equal for all its copies.
    pub key: ResponseKey,
    /// Time and place in the session that owns it.
    pub claim: Claim,
    /// The project of that session.
    pub project: Arc<str>,
    /// `true` if a copy carries a final marker; the output of others may be incomplete.
    pub is_final: bool,
    /// Its billed parts, at least one.
    pub parts: Vec<BilledPart>,
}

/// A billed part of a response; usually there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledPart {
    /// Its model and price terms.
    pub billing: Arc<Billing>,
    /// Its tokens.
    pub tokens: TokenCounts,
    /// Its web searches, which are billed by the request.
    pub web_searches: u64,
    /// Its cost at list prices, and what has no price.
    pub cost: Cost,
}

/// How much of the usage a cost covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The whole usage.
    Exact,
    /// A part of it, or output that may be incomplete: the cost is a lower bound.
    AtLeast,
    /// Nothing.
    Unknown,
}

impl Certainty {
    /// Returns its public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AtLeast => "at_least",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the certainty of a cost.
    pub(crate) fn of(cost: &Cost, is_final: bool) -> Self {
        match known(cost) {
            None => Self::Unknown,
            Some(_) if is_final && cost.is_complete() => Self::Exact,
            Some(_) => Self::AtLeast,
        }
    }
}

/// Returns the amount of a cost; `None` if something is billed and nothing has a price.
pub(crate) fn known(cost: &Cost) -> Option<PicoUsd> {
    let is_nothing_priced = cost.priced_tokens == 0 && cost.amount == PicoUsd::ZERO;
    (cost.is_complete() || !is_nothing_priced).then_some(cost.amount)
}

impl BilledPart {
    /// Returns its cost in pico-dollars; `None` if nothing of it has a price.
    #[must_use]
    pub fn amount(&self) -> Option<PicoUsd> {
        known(&self.cost)
    }
}

impl BilledResponse {
    /// Returns its time, in UTC epoch milliseconds.
    #[must_use]
    pub fn at_ms(&self) -> EpochMs {
        self.claim.attribution.at_ms
    }

    /// Returns the conversation that owns it.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.claim.attribution.conversation
    }

    /// Returns the model of its first billed part, as written on the line.
    #[must_use]
    pub fn model(&self) -> &str {
        self.parts.first().map_or("", |part| &part.billing.model)
    }

    /// Returns the tokens of its parts.
    #[must_use]
    pub fn tokens(&self) -> TokenCounts {
        self.parts.iter().map(|part| part.tokens).sum()
    }

    /// Returns the web searches of its parts.
    #[must_use]
    pub fn web_searches(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.web_searches))
    }

    /// Returns the cost of its parts.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.parts.iter().map(|part| part.cost).sum()
    }

    /// Returns its cost in pico-dollars; `None` if nothing of it has a price.
    #[must_use]
    pub fn amount(&self) -> Option<PicoUsd> {
        known(&self.cost())
    }

    /// Returns how certain its cost is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        Certainty::of(&self.cost(), self.is_final)
    }
}
