//! Five-hour windows.

use super::{Meta, Time, Usage, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// Blocks: the five-hour windows of subscription limits, estimated from the transcripts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Blocks {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The active block; null if there is none.
    pub current: Option<Block>,
    /// A page of windows and of the idle periods between them.
    pub items: Vec<Block>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of windows and idle periods on all pages.
    pub total: usize,
}

/// A window of five hours, or an idle period of more than five hours between two.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Block {
    /// Start: the full hour of the first event, in UTC; of an idle period, the time of the last event
    /// before it.
    #[schema(value_type = String, format = DateTime)]
    pub start_at: Time,
    /// End: five hours after the start; of an idle period, the time of the next event.
    #[schema(value_type = String, format = DateTime)]
    pub end_at: Time,
    /// Time of the first event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_at: Option<Time>,
    /// Time of the last event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// `true` for the active block.
    pub active: bool,
    /// `true` for an idle period.
    pub gap: bool,
    /// Tokens per minute since the first event; null in the first minute.
    pub burn_tokens_per_min: Option<f64>,
    /// US dollars per hour since the first event; null in the first minute.
    pub burn_usd_per_h: Option<f64>,
    /// Projected tokens at the end, at the present rate; null unless it is active and the first event
    /// is at least 30 minutes old.
    pub projected_tokens: Option<u64>,
    /// Projected cost at the end, at the present rate; null unless it is active and the first event
    /// is at least 30 minutes old.
    pub projected_cost_usd: Option<Usd>,
    /// Always true: the windows that count towards a limit are not in the transcripts.
    pub estimated: bool,
    /// Its usage.
    #[serde(flatten)]
    pub usage: Usage,
}
