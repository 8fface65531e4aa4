//! Claude Code's own statistics, from `stats-cache.json`.
//!
//! They count every copy of a response and are often weeks old, so they are never added to
//! events; they are shown next to them, labelled, for days without any other data.

/// The contents of `stats-cache.json`, of any version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsCache {
    /// `version` of the file; `None` when it has none. 1 to 5 are known.
    pub version: Option<u64>,
    /// The last day that is included, `YYYY-MM-DD`.
    pub last_computed_date: Option<String>,
    /// Activity by day.
    pub activity: Vec<StatsCacheActivity>,
    /// Tokens by day and model.
    pub tokens: Vec<StatsCacheTokens>,
    /// The kinds counted in `tokens`.
    pub token_unit: TokenUnit,
    /// Lifetime counts by model.
    pub models: Vec<StatsCacheModel>,
}

/// The merged stats caches of a home: days that a later file dropped are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatsCache {
    /// The Claude home: its canonical path.
    pub home: String,
    /// The latest file, with all days ever read. Its token unit is that of the days that were read last.
    pub cache: StatsCache,
    /// The unit of each day's figures, in the order of `cache.tokens`.
    pub units: Vec<TokenUnit>,
}

/// The unit of the daily token figures of a stats cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenUnit {
    /// Input and output only (versions 1 to 4).
    InputOutput,
    /// Input, output, cache reads and cache writes (version 5).
    All,
}

impl TokenUnit {
    /// Returns the unit with that name, if any.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::InputOutput, Self::All].into_iter().find(|unit| unit.name() == name)
    }

    /// Returns the stored and public name of the unit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InputOutput => "input_output",
            Self::All => "all",
        }
    }
}

/// Activity of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsCacheActivity {
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Lines of users and assistants, including tool results.
    pub messages: u64,
    /// Sessions that began.
    pub sessions: u64,
    /// Tool calls.
    pub tool_calls: u64,
}

/// Tokens of a model on a day, in the file's [`TokenUnit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsCacheTokens {
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Model.
    pub model: String,
    /// Tokens.
    pub tokens: u64,
}

/// Lifetime counts of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsCacheModel {
    /// Model.
    pub model: String,
    /// Input tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Cache reads.
    pub cache_read: u64,
    /// Cache writes of either duration.
    pub cache_write: u64,
}
