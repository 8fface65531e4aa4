//! Use of the prompt cache.

use super::{Certainty, Meta, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// Misses of the prompt cache by cause and by project, session or version, and the cache by duration. Causes, and items with
/// the rest, add up to the misses; the savings of both durations add up to the saving of the cache.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// All misses.
    pub misses: CacheMisses,
    /// The causes, the most expensive first.
    pub causes: Vec<CacheCause>,
    /// What the items are: `project`, `session` or `version`.
    pub by: &'static str,
    /// The items with misses, the most expensive first.
    pub items: Vec<CacheItem>,
    /// Number of further items.
    pub rest_count: usize,
    /// The sum of the further items; null without any.
    pub rest: Option<CacheMisses>,
    /// The cache of five minutes, and that of an hour.
    pub durations: Vec<CacheByDuration>,
    /// The cost as billed, and as it would have been otherwise: arithmetic with the same responses.
    pub alternatives: Vec<CacheAlternative>,
}

/// Responses whose prompt was not read from the cache though it had been there.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheMisses {
    /// Number of responses.
    pub misses: u64,
    /// Tokens that were billed again.
    pub missed_tokens: u64,
    /// Cost of these tokens, less the cost of reading them from the cache; null when nothing could be priced.
    pub extra_usd: Option<Usd>,
    /// How much of the tokens the amount covers.
    pub certainty: Certainty,
}

/// A cause with its misses.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheCause {
    /// The cause: as Claude Code logs it, such as `tools_changed`; inferred ones are `model`, `expired`, `shortened` and
    /// `changed`.
    pub cause: String,
    /// Where the cause is from.
    pub basis: CacheBasis,
    /// Its misses.
    #[serde(flatten)]
    pub of: CacheMisses,
}

/// Where a cause is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheBasis {
    /// From the transcript.
    Logged,
    /// From what changed since the response before.
    Inferred,
}

impl CacheBasis {
    /// Returns its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Inferred => "inferred",
        }
    }
}

/// An item with its misses.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheItem {
    /// The project by its name, the session by its id, or the version; null where the version is unknown.
    pub key: Option<String>,
    /// Display name; invisible characters are escaped as `\u{200b}`.
    pub label: Option<String>,
    /// The project of a session; null for other items.
    pub project: Option<String>,
    /// Its misses.
    #[serde(flatten)]
    pub of: CacheMisses,
}

/// The use of the cache of one duration.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheByDuration {
    /// The duration: `5m` or `1h`.
    pub duration: &'static str,
    /// Tokens written to it.
    pub write_tokens: u64,
    /// Tokens read from it: those of a conversation whose last write had this duration.
    pub read_tokens: u64,
    /// Saving: the cost of these tokens as input, less their actual cost; negative if writes cost more than reads saved. Null
    /// when nothing could be priced.
    pub saving_usd: Option<Usd>,
}

/// The cost with another use of the cache.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheAlternative {
    /// `actual`, `none`: without a cache, `5m` or `1h`: with this duration alone.
    pub cache: &'static str,
    /// The cost; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// The difference to the actual cost; null when nothing could be priced.
    pub difference_usd: Option<Usd>,
    /// How much of the usage the cost covers.
    pub certainty: Certainty,
}
