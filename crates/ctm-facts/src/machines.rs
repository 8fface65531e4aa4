//! What a machine reports of its responses to others.

use ctm_types::{ClaimRank, EpochMs, EventId, Part, ResponseKey};

/// A response as its machine counts it, telemetry and the searches of its tool calls included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedResponse {
    /// Its first part.
    pub event: EventId,
    /// Its key.
    pub key: ResponseKey,
    /// Rank of its winning copy, with the output that telemetry adds: that is final.
    pub rank: ClaimRank,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its billed parts.
    pub parts: Vec<Part>,
    /// Id of its session; empty if that is unknown.
    pub session: String,
    /// Name of its project; empty if that is unknown.
    pub project: String,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// `true` for the conversation of a subagent, `false` for the main one.
    pub sidechain: bool,
}
