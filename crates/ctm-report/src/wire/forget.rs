//! Forgotten facts.

use super::{Time, Usage};
use serde::Serialize;

/// Totals of a selection of facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selected {
    /// The zone of the days.
    pub tz: &'static str,
    /// Version of the price table.
    pub price_version: String,
    /// The responses, by project.
    pub projects: Vec<SelectedProject>,
    /// Responses that are kept, because another home logs them too.
    pub logged_elsewhere: u64,
    /// Transcripts with selected lines.
    pub transcripts: u64,
    /// Prompts.
    pub prompts: u64,
    /// Turns, hooks, pull requests, names and own totals of sessions.
    pub session_facts: u64,
    /// Requests that telemetry reports.
    pub witnesses: u64,
    /// Limit samples.
    pub limit_samples: u64,
    /// Samples of prompt caches.
    pub cache_samples: u64,
    /// Days of Claude Code's own statistics.
    pub stats_cache_days: u64,
    /// Sealed months with such responses, as `2026-10`: each of them is corrected.
    pub sealed_months: Vec<String>,
    /// The total of the responses.
    pub totals: Extent,
}

/// The selected responses of a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelectedProject {
    /// The project: its working directory.
    pub project: String,
    /// The amount.
    #[serde(flatten)]
    pub of: Extent,
}

/// The amount and time span of selected responses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extent {
    /// Days with responses.
    pub days: u64,
    /// Time of the first response.
    pub first_at: Option<Time>,
    /// Time of the last response.
    pub last_at: Option<Time>,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
}
