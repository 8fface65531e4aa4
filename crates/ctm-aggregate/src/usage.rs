//! Usage totals of reports: amounts, time span and sessions.

use ctm_pricing::{Cost, Quote};
use ctm_types::{EpochMs, PicoUsd, SessionId, TokenCounts, UsageRow};
use std::collections::HashSet;
use std::ops::AddAssign;

/// The times of the first and the last event, in UTC epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Time of the first event.
    pub first_ms: EpochMs,
    /// Time of the last event.
    pub last_ms: EpochMs,
}

impl Span {
    /// Returns the shortest span that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { first_ms: self.first_ms.min(other.first_ms), last_ms: self.last_ms.max(other.last_ms) }
    }
}

/// Usage with its time span and cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Tokens.
    pub tokens: TokenCounts,
    /// Web searches.
    pub web_searches: u64,
    /// Responses.
    pub responses: u64,
    /// Responses without a final copy, whose output may be incomplete.
    pub unfinalised: u64,
    /// Time span; `None` without usage.
    pub span: Option<Span>,
    /// Cost of everything that has a price, before any contract discount.
    pub cost: PicoUsd,
    /// Tokens that are part of `cost`; with `unpriced_tokens` they are all tokens.
    pub priced_tokens: u64,
    /// Tokens that have no price and are not part of `cost`.
    pub unpriced_tokens: u64,
    /// Web searches that have no price and are not part of `cost`.
    pub unpriced_web_searches: u64,
    /// Saving by the cache, of priced usage, or its additional cost where negative:
    /// without a cache, prompts would have been billed as input.
    pub cache_saving: PicoUsd,
}

impl Amounts {
    /// Returns the cost, or `None` when something billed exists and nothing could be priced.
    ///
    /// It covers only part of the usage when `unpriced_tokens` or `unpriced_web_searches` is not 0.
    #[must_use]
    pub fn cost_usd(&self) -> Option<PicoUsd> {
        let something_unpriced = self.unpriced_tokens > 0 || self.unpriced_web_searches > 0;
        let nothing_priced = self.priced_tokens == 0 && self.cost == PicoUsd::ZERO;
        (!(something_unpriced && nothing_priced)).then_some(self.cost)
    }

    /// Returns whether the cost covers only a part of the usage: something has no price, or an output may be
    /// incomplete.
    #[must_use]
    pub fn is_lower_bound(&self) -> bool {
        self.unpriced_tokens > 0 || self.unpriced_web_searches > 0 || self.unfinalised > 0
    }

    /// Returns the share of the prompts that came from the cache, from 0 to 1.
    ///
    /// `None` without prompt tokens.
    #[must_use]
    pub fn cache_hit_rate(&self) -> Option<f64> {
        share(self.tokens.cache_read, self.tokens.prompt())
    }

    /// Returns the counts of a row, not priced yet.
    pub(crate) fn of(row: &UsageRow) -> Self {
        Self {
            tokens: row.tokens,
            web_searches: row.web_searches,
            responses: row.responses,
            unfinalised: row.unfinalised,
            span: Some(Span { first_ms: row.first_ms, last_ms: row.last_ms }),
            ..Self::default()
        }
    }

    /// Returns tokens and web searches with their cost by a quote; nothing for unbilled ones.
    #[must_use]
    pub fn priced(tokens: TokenCounts, web_searches: u64, quote: &Quote) -> Self {
        if quote.is_unbilled() {
            return Self::default();
        }
        let mut amounts = Self { tokens, web_searches, ..Self::default() };
        amounts.price(quote);
        amounts
    }

    /// Prices counts that are not priced yet.
    pub(crate) fn price(&mut self, quote: &Quote) {
        self.add_cost(quote.cost(&self.tokens, self.web_searches));
        self.cache_saving += quote.cache_saving(&self.tokens);
    }

    fn add_cost(&mut self, cost: Cost) {
        self.cost += cost.amount;
        self.priced_tokens = self.priced_tokens.saturating_add(cost.priced_tokens);
        self.unpriced_tokens = self.unpriced_tokens.saturating_add(cost.unpriced_tokens);
        self.unpriced_web_searches = self.unpriced_web_searches.saturating_add(cost.unpriced_web_searches);
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.web_searches = self.web_searches.saturating_add(other.web_searches);
        self.responses = self.responses.saturating_add(other.responses);
        self.unfinalised = self.unfinalised.saturating_add(other.unfinalised);
        self.span = match (self.span, other.span) {
            (Some(span), Some(other)) => Some(span.union(other)),
            (span, other) => span.or(other),
        };
        self.cache_saving += other.cache_saving;
        self.add_cost(Cost {
            amount: other.cost,
            priced_tokens: other.priced_tokens,
            unpriced_tokens: other.unpriced_tokens,
            unpriced_web_searches: other.unpriced_web_searches,
        });
    }
}

/// Returns `part / whole`, or `None` when the whole is 0.
#[expect(clippy::cast_precision_loss, reason = "a rate is for showing only")]
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Amounts with their distinct sessions.
///
/// The sessions are kept, not only counted, because one session has usage on several days, in
/// several projects and of several models: counts cannot be added, but sets can be united.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Usage with its time span and cost.
    pub amounts: Amounts,
    /// The usage of subagents among it.
    pub subagents: Amounts,
    /// Sessions, keys of [`ctm_types::Catalog::sessions`].
    pub sessions: HashSet<SessionId>,
}

impl Usage {
    /// Adds the amounts of a row.
    pub(crate) fn add_row(&mut self, row: &UsageRow, amounts: Amounts) {
        self.add_together(amounts, row.sidechain, &[row.session]);
    }

    /// Adds the amounts of several sessions together, all of subagents or all of main conversations.
    pub(crate) fn add_together(&mut self, amounts: Amounts, sidechain: bool, sessions: &[SessionId]) {
        self.amounts += amounts;
        if sidechain {
            self.subagents += amounts;
        }
        self.sessions.extend(sessions);
    }

    /// Returns how many sessions there are.
    #[must_use]
    pub fn session_count(&self) -> u64 {
        self.sessions.len() as u64
    }
}

impl AddAssign<&Self> for Usage {
    fn add_assign(&mut self, other: &Self) {
        self.amounts += other.amounts;
        self.subagents += other.subagents;
        self.sessions.extend(&other.sessions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_unknown_only_when_nothing_could_be_priced() {
        let check = |priced_tokens, unpriced_tokens, unpriced_web_searches, cost, expected| {
            let amounts = Amounts {
                cost: PicoUsd(cost),
                priced_tokens,
                unpriced_tokens,
                unpriced_web_searches,
                ..Amounts::default()
            };
            assert_eq!(amounts.cost_usd(), expected);
        };
        check(0, 0, 0, 0, Some(PicoUsd::ZERO));
        check(5, 0, 0, 7, Some(PicoUsd(7)));
        check(5, 5, 0, 7, Some(PicoUsd(7)));
        // Free is not the same as unknown.
        check(5, 5, 0, 0, Some(PicoUsd::ZERO));
        // Only web searches were priced.
        check(0, 5, 0, 7, Some(PicoUsd(7)));
        check(0, 5, 0, 0, None);
        check(0, 0, 1, 0, None);
    }

    #[test]
    fn cache_hit_rate_is_the_part_of_prompts_that_was_read() {
        let check = |[input, cache_read, cache_write_5m, cache_write_1h, output]: [u64; 5], expected| {
            let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
            let amounts = Amounts { tokens, ..Amounts::default() };
            assert_eq!(amounts.cache_hit_rate(), expected);
        };
        check([0, 0, 0, 0, 0], None);
        check([0, 0, 0, 0, 10], None);
        check([10, 0, 0, 0, 0], Some(0.0));
        check([0, 10, 0, 0, 0], Some(1.0));
        check([1, 1, 1, 1, 10], Some(0.25));
    }

    #[test]
    fn a_span_reaches_from_the_first_to_the_last() {
        let at = |span| Amounts { span, ..Amounts::default() };
        let span = |first_ms, last_ms| Some(Span { first_ms, last_ms });
        let check = |spans: &[Option<Span>], expected| {
            let mut sum = Amounts::default();
            for span in spans {
                sum += at(*span);
            }
            assert_eq!(sum.span, expected);
        };
        check(&[], None);
        check(&[None, span(EpochMs(5), EpochMs(7)), None], span(EpochMs(5), EpochMs(7)));
        check(
            &[span(EpochMs(5), EpochMs(7)), span(EpochMs(1), EpochMs(2)), span(EpochMs(3), EpochMs(6))],
            span(EpochMs(1), EpochMs(7)),
        );
    }

    #[test]
    fn a_session_in_two_usages_counts_once_in_their_union() {
        let one = |session, sidechain| {
            let mut usage = Usage::default();
            usage.add_together(Amounts { responses: 1, ..Amounts::default() }, sidechain, &[session]);
            usage
        };
        let mut merged = one(SessionId(1), false);
        merged += &one(SessionId(1), true);
        merged += &one(SessionId(2), false);
        assert_eq!((merged.amounts.responses, merged.subagents.responses), (3, 1));
        assert_eq!(merged.session_count(), 2);
    }
}
