//! Rates and costs, in whole pico-dollars.
//!
//! # Design
//!
//! Everything that multiplies a price is folded into the rate of one token before any token is
//! counted, and the rate is a whole number. The cost is then linear in the tokens: however
//! events are grouped, their costs add up to the same amount. Multiplying sums afterwards was
//! rejected because each grouping would round differently.

use crate::Ratio;
use crate::ratio::scaled;
use ctm_types::{PicoUsd, TokenCounts};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// The price of one token or one request, in pico-US-dollars (1e-12 USD).
///
/// 1 USD per million tokens is `Rate(1_000_000)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(pub u64);

impl Rate {
    /// Returns the rate times `ratios`, rounded half-even once.
    pub(crate) fn times(self, ratios: &[Ratio]) -> Self {
        Self(u64::try_from(scaled(self.0.into(), ratios)).unwrap_or(u64::MAX))
    }

    /// Returns the cost of `count` tokens or requests.
    #[must_use]
    pub fn of(self, count: u64) -> PicoUsd {
        PicoUsd(i128::from(self.0).saturating_mul(count.into()))
    }
}

/// The price of each kind of token and of a web search; `None` without a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rates {
    /// A prompt token that the cache has no part in.
    pub input: Option<Rate>,
    /// A token that the model wrote.
    pub output: Option<Rate>,
    /// A prompt token read from the cache.
    pub cache_read: Option<Rate>,
    /// A prompt token written to the cache for five minutes.
    pub cache_write_5m: Option<Rate>,
    /// A prompt token written to the cache for one hour.
    pub cache_write_1h: Option<Rate>,
    /// A web search, by the request.
    pub web_search: Option<Rate>,
}

impl Rates {
    /// Returns the cost of `tokens` and `web_searches`.
    ///
    /// Kinds without a rate are counted as unpriced, not as free.
    #[must_use]
    pub fn cost(&self, tokens: &TokenCounts, web_searches: u64) -> Cost {
        let kinds = [
            (self.input, tokens.input),
            (self.output, tokens.output),
            (self.cache_read, tokens.cache_read),
            (self.cache_write_5m, tokens.cache_write_5m),
            (self.cache_write_1h, tokens.cache_write_1h),
        ];
        let searches = match self.web_search {
            Some(rate) => Cost { amount: rate.of(web_searches), ..Cost::default() },
            None => Cost { unpriced_web_searches: web_searches, ..Cost::default() },
        };
        kinds.into_iter().map(|(rate, count)| Cost::of_tokens(rate, count)).fold(searches, Cost::add)
    }

    /// Returns what the cache saved: what its tokens would have cost as input, less what they cost.
    ///
    /// It is negative where more was written than was ever read. Kinds without a rate, and a
    /// model without one for input, save nothing.
    #[must_use]
    pub fn cache_saving(&self, tokens: &TokenCounts) -> PicoUsd {
        let kinds = [
            (self.cache_read, tokens.cache_read),
            (self.cache_write_5m, tokens.cache_write_5m),
            (self.cache_write_1h, tokens.cache_write_1h),
        ];
        let saved = |(rate, count): (Option<Rate>, u64)| Some(self.input?.of(count) - rate?.of(count));
        kinds.into_iter().filter_map(saved).sum()
    }

    /// Returns token rates times `ratios`; nothing multiplies a web search.
    pub(crate) fn times(self, ratios: &[Ratio]) -> Self {
        let times = |rate: Option<Rate>| rate.map(|rate| rate.times(ratios));
        Self {
            input: times(self.input),
            output: times(self.output),
            cache_read: times(self.cache_read),
            cache_write_5m: times(self.cache_write_5m),
            cache_write_1h: times(self.cache_write_1h),
            web_search: self.web_search,
        }
    }
}

/// The cost of usage, and its unpriced part.
///
/// Costs add up: the cost of a sum is the sum of the costs, exactly, short of the absurd counts
/// at which sums saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Cost {
    /// The cost of everything that has a price.
    pub amount: PicoUsd,
    /// Tokens of kinds that have a price.
    pub priced_tokens: u64,
    /// Tokens of kinds that have none.
    pub unpriced_tokens: u64,
    /// Web searches that have no price.
    pub unpriced_web_searches: u64,
}

impl Cost {
    /// Returns the cost of usage of which nothing has a price.
    #[must_use]
    pub fn unpriced(tokens: &TokenCounts, web_searches: u64) -> Self {
        Rates::default().cost(tokens, web_searches)
    }

    /// Returns whether everything has a price, so that `amount` is the whole cost.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unpriced_tokens == 0 && self.unpriced_web_searches == 0
    }

    fn of_tokens(rate: Option<Rate>, count: u64) -> Self {
        match rate {
            Some(rate) => Self { amount: rate.of(count), priced_tokens: count, ..Self::default() },
            None => Self { unpriced_tokens: count, ..Self::default() },
        }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            amount: self.amount + other.amount,
            priced_tokens: self.priced_tokens.saturating_add(other.priced_tokens),
            unpriced_tokens: self.unpriced_tokens.saturating_add(other.unpriced_tokens),
            unpriced_web_searches: self.unpriced_web_searches.saturating_add(other.unpriced_web_searches),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKENS: TokenCounts =
        TokenCounts { input: 1, output: 10, cache_read: 100, cache_write_5m: 1_000, cache_write_1h: 10_000 };

    #[test]
    fn each_kind_has_its_own_rate() {
        let rates = Rates {
            input: Some(Rate(1)),
            output: Some(Rate(2)),
            cache_read: Some(Rate(3)),
            cache_write_5m: Some(Rate(4)),
            cache_write_1h: Some(Rate(5)),
            web_search: Some(Rate(1_000_000)),
        };
        let cost = rates.cost(&TOKENS, 2);
        assert_eq!(cost.amount, PicoUsd(2_054_321));
        assert_eq!(cost.priced_tokens, 11_111);
        assert!(cost.is_complete());
    }

    #[test]
    fn a_kind_without_a_rate_is_unpriced_and_not_free() {
        let rates = Rates { input: Some(Rate(1)), output: Some(Rate(1)), ..Rates::default() };
        let cost = rates.cost(&TOKENS, 3);
        assert_eq!(
            cost,
            Cost {
                amount: PicoUsd(11),
                priced_tokens: 11,
                unpriced_tokens: 11_100,
                unpriced_web_searches: 3,
            }
        );
        assert!(!cost.is_complete());
        assert_eq!(Cost::unpriced(&TOKENS, 0).unpriced_tokens, 11_111);
    }

    #[test]
    fn the_cache_saves_what_its_tokens_would_have_cost_as_input() {
        let check = |read, write, tokens: TokenCounts, expected| {
            let rates = Rates {
                input: Some(Rate(10)),
                output: Some(Rate(50)),
                cache_read: read,
                cache_write_5m: write,
                cache_write_1h: Some(Rate(20)),
                web_search: None,
            };
            assert_eq!(rates.cache_saving(&tokens), PicoUsd(expected));
        };
        let none = TokenCounts::default();
        check(Some(Rate(1)), Some(Rate(12)), none, 0);
        check(Some(Rate(1)), Some(Rate(12)), TokenCounts { input: 9, output: 9, ..none }, 0);
        check(Some(Rate(1)), Some(Rate(12)), TokenCounts { cache_read: 100, ..none }, 900);
        // Writing without reading costs more than it saves.
        check(Some(Rate(1)), Some(Rate(12)), TokenCounts { cache_write_5m: 100, ..none }, -200);
        check(Some(Rate(1)), Some(Rate(12)), TOKENS, 100 * 9 - 1_000 * 2 - 10_000 * 10);
        check(None, None, TokenCounts { cache_read: 100, cache_write_5m: 100, ..none }, 0);
    }

    #[test]
    fn absurd_figures_saturate() {
        let rates = Rates { input: Some(Rate(u64::MAX)), ..Rates::default() };
        let tokens = TokenCounts { input: u64::MAX, ..TokenCounts::default() };
        assert_eq!(rates.cost(&tokens, 0).amount, PicoUsd(i128::MAX));
    }

    fn any_rate() -> impl Strategy<Value = Option<Rate>> {
        proptest::option::of((0..=1_000_000_000_000_u64).prop_map(Rate))
    }

    fn any_tokens() -> impl Strategy<Value = TokenCounts> {
        proptest::array::uniform5(0..=1_u64 << 53).prop_map(|counts| TokenCounts {
            input: counts[0],
            output: counts[1],
            cache_read: counts[2],
            cache_write_5m: counts[3],
            cache_write_1h: counts[4],
        })
    }

    proptest! {
        #[test]
        fn cost_of_a_sum_is_the_sum_of_costs(
            rates in proptest::array::uniform6(any_rate()),
            (a, b) in (any_tokens(), any_tokens()),
            (searches_a, searches_b) in (0..=1_u64 << 53, 0..=1_u64 << 53),
        ) {
            let rates = Rates {
                input: rates[0],
                output: rates[1],
                cache_read: rates[2],
                cache_write_5m: rates[3],
                cache_write_1h: rates[4],
                web_search: rates[5],
            };
            let parts = [rates.cost(&a, searches_a), rates.cost(&b, searches_b)];
            let whole = rates.cost(&(a + b), searches_a + searches_b);
            prop_assert_eq!(parts.into_iter().sum::<Cost>(), whole);
        }
    }
}
