//! Runs of hooks.

use super::{Meta, Time};
use serde::Serialize;
use utoipa::ToSchema;

/// Runs of hooks, as Claude Code logs them. `items` add up to `totals`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HookStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The hooks, the longest time first, then the most runs.
    pub items: Vec<HookItem>,
    /// All runs.
    pub totals: HookTimes,
}

/// A hook with its runs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HookItem {
    /// File name of the program; null where the command does not begin with one. Hooks of the same program at the same
    /// event are one item.
    pub program: Option<String>,
    /// The event that it ran at, such as `PreToolUse`.
    pub event: String,
    /// Its part of the time of all hooks, 0 to 1; null without a known time.
    pub share_time: Option<f64>,
    /// Its runs.
    #[serde(flatten)]
    pub times: HookTimes,
}

/// Runs with their times. Times are those of the runs with a logged duration, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HookTimes {
    /// Number of runs.
    pub runs: u64,
    /// Number of runs whose outcome is logged.
    pub judged_runs: u64,
    /// Of those, the ones that failed or took too long.
    pub failed_runs: u64,
    /// Of those, the ones that blocked what they ran for, such as a call of a tool.
    pub blocked_runs: u64,
    /// Number of runs with a logged duration.
    pub timed_runs: u64,
    /// Sum of the durations.
    pub total_ms: u64,
    /// The least duration that at least half of the runs do not exceed; null without one.
    pub median_ms: Option<u64>,
    /// The least duration that at least 95 % of the runs do not exceed; null without one.
    pub p95_ms: Option<u64>,
    /// The longest duration; null without one.
    pub max_ms: Option<u64>,
    /// Number of sessions with a run.
    pub sessions: u64,
    /// Time of the last run; null without one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
}
