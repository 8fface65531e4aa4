//! Tokens by duration of the prompt cache.

use crate::TokenCounts;
use std::ops::AddAssign;

/// How long a prompt stays in the cache after its last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CacheDuration {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    OneHour,
}

impl CacheDuration {
    /// Returns the duration in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::FiveMinutes => 5 * 60_000,
            Self::OneHour => 60 * 60_000,
        }
    }
}

/// Cache reads by the duration of what was read, and the tokens that either duration alone would have billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheTokens {
    /// Tokens read from the cache of five minutes.
    pub read_5m: u64,
    /// Tokens read from the cache of an hour.
    pub read_1h: u64,
    /// The tokens with the 5-minute cache only.
    pub only_5m: TokenCounts,
    /// The tokens with the 1-hour cache only.
    pub only_1h: TokenCounts,
}

impl AddAssign for CacheTokens {
    fn add_assign(&mut self, other: Self) {
        self.read_5m = self.read_5m.saturating_add(other.read_5m);
        self.read_1h = self.read_1h.saturating_add(other.read_1h);
        self.only_5m += other.only_5m;
        self.only_1h += other.only_1h;
    }
}
