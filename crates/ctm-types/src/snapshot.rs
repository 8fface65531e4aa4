//! The totals of all usage at a moment.

use crate::{EpochMs, PicoUsd, TokenCounts};

/// A snapshot: the totals of all usage until a moment, as reported then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageSnapshot {
    /// Time at which it was taken, in UTC epoch milliseconds.
    pub taken_at_ms: EpochMs,
    /// The data version that it was taken at.
    pub data_version: u64,
    /// The version of the price table that it was priced with.
    pub price_version: String,
    /// Tokens.
    pub tokens: TokenCounts,
    /// Web searches.
    pub web_searches: u64,
    /// Responses.
    pub responses: u64,
    /// Sessions.
    pub sessions: u64,
    /// Responses without a final record.
    pub unfinalised: u64,
    /// Tokens that are not included in the cost.
    pub unpriced_tokens: u64,
    /// The cost; `None` when nothing could be priced.
    pub cost: Option<PicoUsd>,
    /// Cache saving.
    pub cache_saving: PicoUsd,
}
