//! Token counts.

use std::ops::{Add, AddAssign};

/// The tokens of a billed part, by the kinds that Anthropic prices separately.
///
/// The kinds do not overlap: `input` excludes everything that was read from or written to the
/// prompt cache, and thinking tokens are part of `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TokenCounts {
    /// Prompt tokens that were neither read from nor written to the cache.
    pub input: u64,
    /// Tokens that the model wrote, including thinking.
    pub output: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Prompt tokens written to the cache for one hour.
    pub cache_write_1h: u64,
}

impl TokenCounts {
    /// Returns the sum of all kinds.
    ///
    /// Saturates; a single count is at most 2^53, so only absurd sums do.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// Returns the tokens of the whole prompt: everything but the output.
    ///
    /// Long-context price tiers are decided by this figure.
    #[must_use]
    pub fn prompt(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write_5m)
            .saturating_add(self.cache_write_1h)
    }

    /// Returns whether every kind is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for TokenCounts {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write_5m = self.cache_write_5m.saturating_add(other.cache_write_5m);
        self.cache_write_1h = self.cache_write_1h.saturating_add(other.cache_write_1h);
    }
}

impl Add for TokenCounts {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl std::iter::Sum for TokenCounts {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompt_is_everything_but_output() {
        let tokens = TokenCounts {
            input: 1,
            output: 10,
            cache_read: 100,
            cache_write_5m: 1_000,
            cache_write_1h: 10_000,
        };
        assert_eq!(tokens.prompt(), 11_101);
        assert_eq!(tokens.total(), 11_111);
        assert_eq!([tokens, tokens].into_iter().sum::<TokenCounts>().total(), 22_222);
    }
}
