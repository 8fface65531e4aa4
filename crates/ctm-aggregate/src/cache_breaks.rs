//! Cache breaks: responses whose prompt had been cached by the response before, and was not read from there.
//!
//! # Design
//!
//! A conversation sends everything again with each request. What is cached costs a tenth; after a break most of
//! it is billed in full. Why one happened is rarely logged: the reasons are those that the usage allows.
//!
//! Re-sent tokens are the first ones of a prompt. The API requires entries of an hour before those of five minutes,
//! and what is not cached follows, so that they are billed in this order.

use ctm_pricing::Quote;
use ctm_types::{EpochMs, PicoUsd, TokenCounts};
use std::collections::HashMap;

/// The least that can break: shorter prompts are not cached at all.
const LEAST_TOKENS: u64 = 2048;

const FIVE_MINUTES_MS: i64 = 5 * 60_000;
const HOUR_MS: i64 = 60 * 60_000;

/// The prompt of a response.
#[derive(Debug, Clone, Copy)]
pub struct Prompt<'a> {
    /// Time of the response.
    pub at_ms: EpochMs,
    /// The model.
    pub model: &'a str,
    /// The conversation that it continues.
    pub lane: Lane<'a>,
    /// The prompt size of the last billed part.
    pub context: u64,
    /// The tokens of all parts.
    pub tokens: TokenCounts,
}

/// A conversation with prompts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane<'a> {
    /// The main conversation.
    Main,
    /// A subagent.
    Agent(&'a str),
    /// A subagent that the transcript does not name.
    Unknown,
}

/// The reason of a cache break that the usage allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakReason {
    /// Another model, which has a cache of its own.
    Model,
    /// A pause longer than the lifetime of the cache.
    Idle,
    /// A prompt that became shorter, as after a compaction.
    Shortened,
    /// Something in the prompt changed, or the cache was dropped.
    Changed,
}

/// A cache break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheBreak {
    /// Index of the prompt.
    pub index: usize,
    /// Tokens that the response before left in the cache.
    pub cached: u64,
    /// Tokens that were read from there.
    pub read: u64,
    /// Tokens that were sent again although the prompt still has them.
    pub resent: u64,
    /// Time since the response before, in milliseconds.
    pub pause_ms: i64,
    /// The likely reason.
    pub reason: BreakReason,
}

/// Returns the cache breaks in prompts, which are in the order of time.
#[must_use]
pub fn cache_breaks(prompts: &[Prompt<'_>]) -> Vec<CacheBreak> {
    let mut lanes: HashMap<Lane<'_>, (&Prompt<'_>, i64)> = HashMap::new();
    let mut breaks = Vec::new();
    for (index, prompt) in prompts.iter().enumerate() {
        if prompt.lane == Lane::Unknown {
            continue;
        }
        let before = lanes.get(&prompt.lane).copied();
        breaks.extend(before.and_then(|(before, lasts_ms)| between(before, prompt, lasts_ms, index)));
        let lasts_ms = lifetime_ms(&prompt.tokens, before.map(|(_, lasts_ms)| lasts_ms));
        lanes.insert(prompt.lane, (prompt, lasts_ms));
    }
    breaks
}

/// Returns how long the cache of a prompt lasts: what was only read lasts as long as it did.
fn lifetime_ms(tokens: &TokenCounts, before: Option<i64>) -> i64 {
    match (tokens.cache_write_1h, tokens.cache_write_5m) {
        (1.., _) => HOUR_MS,
        (0, 1..) => FIVE_MINUTES_MS,
        (0, 0) => before.unwrap_or(FIVE_MINUTES_MS),
    }
}

fn between(before: &Prompt<'_>, prompt: &Prompt<'_>, lasts_ms: i64, index: usize) -> Option<CacheBreak> {
    let of = &before.tokens;
    let left = of.cache_read.saturating_add(of.cache_write_5m).saturating_add(of.cache_write_1h);
    // Several parts of a response read the same tokens several times.
    let cached = left.min(before.context);
    let read = prompt.tokens.cache_read;
    if cached < LEAST_TOKENS || read >= cached.div_ceil(2) {
        return None;
    }
    let pause_ms = prompt.at_ms.since(before.at_ms);
    let is_shorter = u128::from(prompt.context) * 10 < u128::from(before.context) * 7;
    let reason = match () {
        () if prompt.model != before.model => BreakReason::Model,
        () if pause_ms > lasts_ms => BreakReason::Idle,
        () if is_shorter => BreakReason::Shortened,
        () => BreakReason::Changed,
    };
    let resent = cached.min(prompt.context).saturating_sub(read);
    Some(CacheBreak { index, cached, read, resent, pause_ms, reason })
}

/// Returns how much more re-sent tokens cost than a cache read of them would, or `None` without a price.
///
/// `tokens` are those of the billed part that sent them again.
#[must_use]
pub fn extra_cost(resent: u64, tokens: &TokenCounts, quote: &Quote) -> Option<PicoUsd> {
    let Quote::Priced(price) = quote else { return None };
    let cache_write_1h = resent.min(tokens.cache_write_1h);
    let cache_write_5m = (resent - cache_write_1h).min(tokens.cache_write_5m);
    let input = (resent - cache_write_1h - cache_write_5m).min(tokens.input);
    let sent = TokenCounts { input, cache_write_5m, cache_write_1h, ..TokenCounts::default() };
    let read = TokenCounts { cache_read: sent.prompt(), ..TokenCounts::default() };
    let usd = |tokens| Some(price.rates.cost(tokens, 0)).filter(|cost| cost.unpriced_tokens == 0);
    Some(usd(&sent)?.amount - usd(&read)?.amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_pricing::PriceBook;
    use ctm_types::Billing;

    const MINUTE_MS: i64 = 60_000;

    /// Returns the prompt of a response so many minutes after the first, with `read` tokens from the cache.
    fn prompt(minute: i64, context: u64, read: u64) -> Prompt<'static> {
        let tokens = TokenCounts {
            cache_read: read,
            cache_write_5m: context.saturating_sub(read),
            ..Default::default()
        };
        Prompt { at_ms: EpochMs(minute * MINUTE_MS), model: "opus", lane: Lane::Main, context, tokens }
    }

    fn for_an_hour(of: Prompt<'static>) -> Prompt<'static> {
        let tokens = TokenCounts { cache_write_1h: of.tokens.cache_write_5m, cache_write_5m: 0, ..of.tokens };
        Prompt { tokens, ..of }
    }

    fn unwritten(of: Prompt<'static>) -> Prompt<'static> {
        Prompt { tokens: TokenCounts { cache_write_5m: 0, ..of.tokens }, ..of }
    }

    fn check(prompts: &[Prompt<'_>], expected: &[(usize, BreakReason)]) {
        let found: Vec<_> = cache_breaks(prompts).iter().map(|found| (found.index, found.reason)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_prompt_that_is_read_from_the_cache_is_no_break() {
        check(&[prompt(0, 20_000, 0), prompt(1, 21_000, 20_000)], &[]);
        check(&[prompt(0, 20_001, 0), prompt(1, 21_000, 10_001)], &[]);
    }

    #[test]
    fn a_break_has_what_was_cached_read_and_resent() {
        let [found] = cache_breaks(&[prompt(0, 20_000, 0), prompt(1, 21_000, 4_000)])[..] else {
            panic!("one break");
        };
        assert_eq!((found.cached, found.read, found.resent), (20_000, 4_000, 16_000));
        assert_eq!(found.pause_ms, MINUTE_MS);
    }

    #[test]
    fn each_has_the_reason_that_the_usage_allows() {
        let first = prompt(0, 20_000, 0);
        check(&[first, prompt(1, 21_000, 0)], &[(1, BreakReason::Changed)]);
        check(&[first, prompt(6, 21_000, 0)], &[(1, BreakReason::Idle)]);
        check(&[first, prompt(1, 8_000, 0)], &[(1, BreakReason::Shortened)]);
        check(&[first, Prompt { model: "haiku", ..prompt(1, 21_000, 0) }], &[(1, BreakReason::Model)]);
    }

    #[test]
    fn a_write_for_an_hour_lasts_as_long_also_when_it_is_only_read() {
        let first = for_an_hour(prompt(0, 20_000, 0));
        check(&[first, prompt(30, 20_000, 0)], &[(1, BreakReason::Changed)]);
        let read = unwritten(prompt(1, 20_000, 20_000));
        check(&[first, read, prompt(40, 20_000, 0)], &[(2, BreakReason::Changed)]);
        check(&[first, prompt(61, 20_000, 0)], &[(1, BreakReason::Idle)]);
    }

    #[test]
    fn each_subagent_has_prompts_of_its_own_unless_it_is_unknown() {
        let of = |lane, of: Prompt<'static>| Prompt { lane, ..of };
        let prompts = [
            prompt(0, 20_000, 0),
            of(Lane::Agent("a"), prompt(1, 9_000, 0)),
            of(Lane::Agent("b"), prompt(2, 9_000, 0)),
            prompt(3, 21_000, 20_000),
            of(Lane::Agent("a"), prompt(4, 9_500, 0)),
            of(Lane::Unknown, prompt(5, 9_500, 0)),
            of(Lane::Unknown, prompt(6, 9_500, 0)),
        ];
        check(&prompts, &[(4, BreakReason::Changed)]);
    }

    #[test]
    fn a_prompt_that_was_hardly_cached_cannot_break() {
        check(&[unwritten(prompt(0, 20_000, 0)), unwritten(prompt(1, 21_000, 0))], &[]);
        check(&[prompt(0, 1_500, 0), prompt(1, 21_000, 0)], &[]);
    }

    #[test]
    fn parts_that_read_the_same_tokens_make_no_longer_prompt() {
        let parts = Prompt { context: 20_000, ..unwritten(prompt(0, 55_000, 55_000)) };
        check(&[parts, prompt(1, 20_500, 19_000)], &[]);
    }

    #[test]
    fn resent_tokens_cost_more_than_a_read_of_them() {
        let prices = PriceBook::builtin();
        let quote = |model: &str| {
            let billing = Billing { model: model.to_owned(), ..Billing::default() };
            prices.quote(&billing, Some(EpochMs(1_767_225_600_000)), 0)
        };
        // Per million tokens: 10 for an hour, 6.25 for five minutes, 5 as input, 0.50 from the cache.
        let opus = quote("claude-opus-4-5-20251101");
        let tokens =
            TokenCounts { input: 1_000, cache_write_5m: 1_000, cache_write_1h: 1_000, ..Default::default() };
        let check = |resent, expected: &str| {
            let cost = extra_cost(resent, &tokens, &opus).map(|cost| cost.to_string());
            assert_eq!(cost.as_deref(), Some(expected), "{resent}");
        };
        check(1_000, "0.0095");
        check(2_000, "0.01525");
        check(2_500, "0.0175");
        check(9_000, "0.01975");
        assert_eq!(extra_cost(1_000, &tokens, &quote("unknown")), None);
    }
}
