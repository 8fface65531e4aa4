//! The totals of all usage at a moment.

use crate::{PicoUsd, TokenCounts};

/// What all usage until a moment amounted to, as it was reported then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageSnapshot {
    /// When it was taken, in UTC epoch milliseconds.
    pub taken_at_ms: i64,
    /// The data version that it shows.
    pub data_version: u64,
    /// The version of the price table that it was priced by.
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
    /// Tokens that the cost leaves out.
    pub unpriced_tokens: u64,
    /// The cost; `None` when nothing could be priced.
    pub cost: Option<PicoUsd>,
    /// What the cache saved.
    pub cache_saving: PicoUsd,
}
