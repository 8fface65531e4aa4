//! Facts that are forgotten.

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
    /// Responses that stay, because another home logs them too.
    pub logged_elsewhere: u64,
    /// Transcripts with lines that are selected.
    pub transcripts: u64,
    /// Prompts.
    pub prompts: u64,
    /// Turns, hooks, pull requests, names and own totals of sessions.
    pub session_facts: u64,
    /// Figures of official limits.
    pub limit_samples: u64,
    /// Days of Claude Code's own statistics.
    pub stats_cache_days: u64,
    /// All of the responses.
    pub totals: Extent,
}

/// The responses of a project among those that are selected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelectedProject {
    /// The project: its working directory.
    pub project: String,
    /// Its amount.
    #[serde(flatten)]
    pub of: Extent,
}

/// How much is selected, and when it was.
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
