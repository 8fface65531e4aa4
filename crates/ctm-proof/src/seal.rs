//! The facts of a month as one statement.

use crate::figures::{ProofTotals, SummedDay, SummedFacts};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of the form.
pub const SEAL_VERSION: u32 = 1;

/// What a seal states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealStatement {
    /// The version of the form.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// First day of the month.
    pub month: NaiveDate,
    /// The zone in which days and the month begin: a name of the IANA database.
    pub zone: String,
    /// When it was sealed, in UTC epoch milliseconds.
    pub sealed_at_ms: i64,
    /// The version of the program.
    pub program: String,
    /// Digest of the seal of the month before; `null` for the first seal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub previous: Option<String>,
    /// The version of the price table, own prices included.
    pub price_version: String,
    /// Digest of the prices that the cost consists of.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub price_digest: String,
    /// Digest of the facts.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub facts: String,
    /// Days whose transcripts were never read, as far as that is known.
    pub days_unknown: u64,
    /// The sums of the month.
    pub totals: ProofTotals,
    /// The days with facts.
    pub days: Vec<SummedDay>,
}

impl SealStatement {
    /// Returns whether the totals are all that was used.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.days_unknown == 0 && self.totals.is_exact()
    }

    /// Returns the text of which the digest is computed.
    ///
    /// # Panics
    ///
    /// Never: numbers and texts are always JSON.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a statement is JSON")
    }

    /// Takes the facts of its month.
    #[must_use]
    pub fn with_facts(mut self, facts: SummedFacts) -> Self {
        self.facts = facts.digest;
        self.price_digest = facts.prices_digest;
        self.totals = facts.totals;
        self.days = facts.days;
        self
    }
}
