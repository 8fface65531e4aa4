//! A session among those of its project.

use super::Usd;
use serde::Serialize;
use utoipa::ToSchema;

/// A session among those of its project, over all time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AmongProject {
    /// Number of sessions of the project whose cost is known, with this one.
    pub sessions: u64,
    /// Number of sessions from which on the median supports a statement.
    pub minimum_sessions: u64,
    /// The median of their costs.
    pub median_cost_usd: Option<Usd>,
    /// The cost of the session divided by the median; null with fewer sessions than `minimum_sessions`, and without a cost.
    pub factor: Option<f64>,
    /// How many of the sessions cost more.
    pub more_expensive: u64,
    /// The session of the project that began before it, by id.
    pub previous: Option<String>,
    /// The session of the project that began after it, by id.
    pub next: Option<String>,
}
