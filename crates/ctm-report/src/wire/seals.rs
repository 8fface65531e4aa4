//! Sealed months, and what changed of them since.

use super::{Certainty, Time};
use chrono::NaiveDate;
use ctm_proof::{KeySignature, ProofTotals};
use serde::Serialize;
use utoipa::ToSchema;

/// The sealed months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SealedMonths {
    /// The version of the present price table, own prices included.
    pub price_version: String,
    /// The months, in order.
    pub items: Vec<SealedMonth>,
}

/// Whether a seal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SealedState {
    /// The facts are those that were sealed.
    Intact,
    /// The facts are others now.
    Corrected,
    /// The seal itself was changed.
    Broken,
}

/// A sealed month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SealedMonth {
    /// The month: `2026-10`.
    pub month: String,
    /// Whether the seal holds.
    pub state: SealedState,
    /// Why the seal is broken.
    pub faults: Vec<String>,
    /// The zone of its days; empty if the statement cannot be read.
    pub zone: String,
    /// When it was sealed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sealed_at: Option<Time>,
    /// The sums, at the prices of that time.
    pub totals: ProofTotals,
    /// Whether they are all that was used.
    pub certainty: Certainty,
    /// Days whose transcripts were never read, as far as that was known.
    pub days_unknown: u64,
    /// The version of the price table of that time.
    pub price_version: String,
    /// The sums of the present facts at present prices; `null` if the statement cannot be read.
    pub present: Option<ProofTotals>,
    /// Whether the present prices of the same facts are others.
    pub repriced: bool,
    /// What changed since, in the order in which it was noticed.
    pub corrections: Vec<SealCorrection>,
    /// The digest of the statement.
    pub digest: String,
    /// The statement: the text of which the digest is computed.
    pub statement: String,
    /// The signature of the digest.
    pub signature: Option<KeySignature>,
}

/// A changed day of a sealed month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SealCorrection {
    /// The day.
    pub day: NaiveDate,
    /// When it was noticed; `null` if that was not stored.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub noticed_at: Option<Time>,
    /// The sums before; `null` without facts.
    pub before: Option<ProofTotals>,
    /// The sums since then, at the prices of that time; `null` without facts.
    pub after: Option<ProofTotals>,
}

/// Returns the certainty of the cost of sums, some days of which may be unknown.
pub(crate) fn certainty(totals: &ProofTotals, days_unknown: u64) -> Certainty {
    let is_unpriced = totals.unpriced_tokens > 0 || totals.unpriced_web_searches > 0;
    if is_unpriced && totals.cost_usd.0 == ctm_types::PicoUsd::ZERO {
        Certainty::Unknown
    } else if totals.is_exact() && days_unknown == 0 {
        Certainty::Exact
    } else {
        Certainty::AtLeast
    }
}
