//! Prompt caches.

use super::{Time, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// The prompt cache of a session's main conversation, as Claude Code reported it to `ctm statusline`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PromptCache {
    /// Label of the Claude home; null when unknown.
    pub source: Option<String>,
    /// Id of the session.
    pub session: String,
    /// Title of the session, given with `/rename`; null without one, and where the setting `session_names` is off.
    pub session_title: Option<String>,
    /// Id of the model; null when unknown.
    pub model: Option<String>,
    /// The time for which its content is kept: 5 or 60 minutes.
    pub ttl_minutes: u64,
    /// Time at which it expires unless it is used; null when unknown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// Tokens that the next request writes once it has expired; null when unknown.
    pub recache_tokens: Option<u64>,
    /// The cost of writing them; null without a price.
    pub cold_cost_usd: Option<Usd>,
    /// Requests of the session; null when unknown.
    pub requests: Option<u64>,
    /// Requests that missed the cache; null when unknown.
    pub misses: Option<u64>,
    /// Requests that wrote it again as expected; null when unknown.
    pub expected_rebuilds: Option<u64>,
    /// Tokens that were written again because of misses; null when unknown.
    pub missed_tokens: Option<u64>,
    /// Time of the last miss; null when unknown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_miss_at: Option<Time>,
    /// Causes of the last miss, in Claude Code's words.
    pub last_miss_causes: Vec<String>,
    /// Misses of the session by cause.
    pub miss_causes: Vec<MissCause>,
    /// Time of the last report.
    #[schema(value_type = String, format = DateTime)]
    pub sampled_at: Time,
}

/// Misses of prompt caches in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedMisses {
    /// Misses with a known time.
    pub misses: u64,
    /// Misses without a known cause.
    pub unexplained: u64,
    /// Misses by cause, the most frequent first; a miss can have several causes.
    pub causes: Vec<MissCause>,
}

/// A cause of cache misses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissCause {
    /// The cause, in Claude Code's words, for example `ttl_expired_5m`.
    pub cause: String,
    /// Number of misses.
    pub misses: u64,
}
