//! The prompt cache of a session, as Claude Code describes it to its status line.

use crate::EpochMs;
use std::collections::BTreeMap;

/// The state of the prompt cache of a session's main conversation, since Claude Code 2.1.251.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptCache {
    /// Time at which it expires unless it is used, in UTC epoch milliseconds.
    pub expires_at_ms: Option<EpochMs>,
    /// `true` if its content is kept for an hour, and not for five minutes.
    pub is_of_an_hour: bool,
    /// Tokens that the next request writes once it has expired.
    pub recache_tokens: Option<u64>,
    /// Requests of the session.
    pub requests: Option<u64>,
    /// Requests that missed the cache.
    pub misses: Option<u64>,
    /// Requests that wrote it again as expected, for example after `/compact`.
    pub expected_rebuilds: Option<u64>,
    /// Tokens that were written.
    pub written_tokens: Option<u64>,
    /// Tokens that were written again because of misses.
    pub missed_tokens: Option<u64>,
    /// Time of the last miss, in UTC epoch milliseconds.
    pub last_miss_at_ms: Option<EpochMs>,
    /// Causes of the last miss, since Claude Code 2.1.260; empty when unknown.
    pub last_miss: Vec<String>,
    /// Misses of the session by cause, since Claude Code 2.1.260; a miss can have several causes.
    pub miss_causes: BTreeMap<String, u64>,
}

/// A cache sample: what was reported of a prompt cache from one miss to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSample {
    /// The Claude home of the session; empty when unknown.
    pub home: String,
    /// The session.
    pub session: String,
    /// Title of the session, with the setting `session_names` alone.
    pub title: Option<String>,
    /// Id of the model.
    pub model: Option<String>,
    /// The last state.
    pub cache: PromptCache,
    /// Time of the first report, in UTC epoch milliseconds.
    pub first_at_ms: EpochMs,
    /// Time of the last report, in UTC epoch milliseconds.
    pub last_at_ms: EpochMs,
}

impl CacheSample {
    /// Returns whether another sample of the session reports no other miss.
    #[must_use]
    pub fn has_misses_of(&self, other: &Self) -> bool {
        let misses = |of: &Self| (of.cache.misses, of.cache.last_miss_at_ms);
        misses(self) == misses(other)
    }

    /// Returns whether another sample of the session reports the same.
    #[must_use]
    pub fn is_repeated_by(&self, other: &Self) -> bool {
        let reported = |of: &Self| Self { first_at_ms: EpochMs(0), last_at_ms: EpochMs(0), ..of.clone() };
        reported(self) == reported(other)
    }
}
