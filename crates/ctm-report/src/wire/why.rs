//! Why the cost changed between two periods.

use super::{Certainty, ChangedItem, ChangedValue, Meta, PreviousPeriod, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// The difference of cost between a period and its period of comparison, by cause. The causes add up to the difference
/// exactly.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhyStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The period of comparison; null if nothing is known of it.
    pub previous_period: Option<PreviousPeriod>,
    /// Whether the difference supports a statement.
    pub statement: Statement,
    /// Number of responses in both periods from which on it does.
    pub minimum_responses: u64,
    /// The period.
    pub current: WhyPeriod,
    /// The period of comparison.
    pub previous: Option<WhyPeriod>,
    /// The difference of the known cost; null without a comparison.
    pub difference_usd: Option<Usd>,
    /// The causes; empty without a comparison.
    pub causes: Vec<CauseOfChange>,
    /// The items whose cost changed most, by kind of item; empty without a comparison.
    pub movers: Vec<Movers>,
}

/// Whether a difference supports a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// It does.
    Supported,
    /// One of the periods has fewer responses than `minimum_responses`.
    FewResponses,
    /// The period of comparison is known in part.
    KnownInPart,
    /// There is no period of comparison.
    NoComparison,
}

/// A cause of a changed cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct CauseOfChange {
    /// The cause: `volume` (responses), `mix` (models and their terms), `context` (prompt tokens per response), `cache`
    /// (shares of cache reads and writes), `output` (output tokens per response), `web_searches` or `price`.
    pub cause: &'static str,
    /// Its part of the difference.
    pub difference_usd: Usd,
}

/// What the causes are derived from, and how much of it is known.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhyPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Number of days.
    pub days: u64,
    /// Number of days with responses.
    pub days_with_usage: u64,
    /// Number of days whose transcripts are not known: before the first day with usage, or known to
    /// Claude Code's own statistics alone.
    pub days_unknown: u64,
    /// Cost of the responses with a price; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// How much of the usage the cost covers.
    pub certainty: Certainty,
    /// Responses with a price.
    pub responses: u64,
    /// Their prompt tokens per response: input, cache reads and cache writes; null without responses.
    pub prompt_tokens_per_response: Option<f64>,
    /// Cache reads as a share of these prompt tokens, 0 to 1; null without prompt tokens.
    pub cache_hit_rate: Option<f64>,
    /// Their output tokens per response; null without responses.
    pub output_tokens_per_response: Option<f64>,
    /// Their web searches.
    pub web_searches: u64,
    /// Responses without a price, which are in no cause.
    pub unpriced_responses: u64,
    /// Tokens without a price, which are in no cause.
    pub unpriced_tokens: u64,
    /// Web searches without a price, which are in no cause.
    pub unpriced_web_searches: u64,
}

/// The items of a kind whose cost changed most.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Movers {
    /// The kind, as `by` of the changes.
    pub by: &'static str,
    /// The items with the largest differences, in this order.
    pub items: Vec<ChangedItem>,
    /// Number of further items.
    pub rest_count: usize,
    /// The sum of the further items; null without any.
    pub rest: Option<ChangedValue>,
}
