//! Usage by cost drivers.

use super::{Meta, Usage};
use serde::Serialize;
use utoipa::ToSchema;

/// Usage by circumstances that make responses expensive. A response can have several: the items do not add up, but each is
/// exactly the usage of its responses, which `driver` of `GET /responses` lists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DriverStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The drivers, the most expensive first.
    pub items: Vec<DriverItem>,
    /// The usage without any of them.
    pub none: Usage,
    /// The sum of all usage.
    pub totals: Usage,
    /// Number of responses from which on there is advice.
    pub minimum_responses: u64,
}

/// A driver with its usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DriverItem {
    /// The driver: `long_context` (a prompt of more than `threshold` tokens), `subagents`, `parallel_sessions` (at least
    /// `threshold` sessions in the same quarter of an hour), `long_sessions` (at least `threshold` hours after the first response
    /// of the session) or `cache_misses` (more than `threshold` tokens that were not read from the cache).
    pub driver: &'static str,
    /// The bound; null for subagents.
    pub threshold: Option<u64>,
    /// Its part of the cost, 0 to 1; null without a cost.
    pub share_cost: Option<f64>,
    /// What lowers the cost: `compact`, `smaller_model`, `fewer_sessions`, `new_session` or `stay_in_cache`. Null below a
    /// tenth of the cost, and with few responses.
    pub advice: Option<&'static str>,
    /// Its usage.
    #[serde(flatten)]
    pub usage: Usage,
}
