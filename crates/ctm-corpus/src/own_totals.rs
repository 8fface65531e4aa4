//! Claude Code's own totals of sessions (`cost-state`), which follow from what was generated.
//!
//! # Design
//!
//! The totals contain what transcripts lack: the whole output of each response, and requests without a response. They are
//! written now and then, so that responses may follow the last line; that line and what the transcripts log in the end are
//! both kept. A thread that is written to several sessions writes none: each of them would begin with other totals.

use crate::response::Response;
use ctm_types::{PicoUsd, TokenCounts};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// Claude Code's own totals of a model in a session, and what the transcripts have of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnTotal {
    /// Tokens by the last line.
    pub counted: TokenCounts,
    /// Of these, the tokens of requests that no transcript has.
    pub unlogged: TokenCounts,
    /// Cost by the last line, at Claude Code's own prices.
    pub cost: PicoUsd,
    /// Tokens that the transcripts log in the end.
    pub logged: TokenCounts,
    /// Responses of which no copy is final, in the end.
    pub unfinalised: u64,
    /// `true` if anything was logged or counted after the last line.
    pub is_behind: bool,
}

/// Totals by session and model.
pub type OwnTotals = BTreeMap<String, BTreeMap<&'static str, OwnTotal>>;

/// What is counted of a model in a session so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    counted: TokenCounts,
    unlogged: TokenCounts,
    cost: PicoUsd,
    web_searches: u64,
    logged: TokenCounts,
    unfinalised: u64,
}

type Counts = BTreeMap<&'static str, Count>;

/// The counts of all sessions, and those of the last lines.
#[derive(Debug, Default)]
pub(crate) struct OwnCounts {
    now: HashMap<String, Counts>,
    written: HashMap<String, Counts>,
}

impl OwnCounts {
    /// Counts a response, and the request beside it that no transcript has.
    pub(crate) fn add(
        &mut self,
        session: &str,
        response: &Response,
        searches: u64,
        unlogged: Option<(&'static str, TokenCounts)>,
    ) {
        if !self.now.contains_key(session) {
            self.now.insert(session.to_owned(), Counts::default());
        }
        let Some(counts) = self.now.get_mut(session) else { return };
        for (at, (model, logged)) in response.parts().into_iter().enumerate() {
            let count = counts.entry(model).or_default();
            // A response without a final copy has one part, and became longer than that says.
            let whole =
                if response.is_final() { logged } else { TokenCounts { output: response.output, ..logged } };
            count.logged += logged;
            count.counted += whole;
            count.cost += cost(model, whole);
            if at == 0 {
                let web_searches = response.web_searches + searches;
                count.web_searches += web_searches;
                count.cost += PicoUsd(SEARCH.0 * i128::from(web_searches));
                count.unfinalised += u64::from(!response.is_final());
            }
        }
        if let Some((model, tokens)) = unlogged {
            let count = counts.entry(model).or_default();
            count.counted += tokens;
            count.unlogged += tokens;
            count.cost += cost(model, tokens);
        }
    }

    /// Returns the members of a line with the totals of a session so far; `None` if nothing is counted.
    pub(crate) fn line(&mut self, session: &str) -> Option<String> {
        let counts = self.now.get(session).filter(|counts| !counts.is_empty())?;
        self.written.insert(session.to_owned(), counts.clone());
        let total: PicoUsd = counts.values().map(|count| count.cost).sum();
        let mut models = String::new();
        for (at, (model, count)) in counts.iter().enumerate() {
            let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = count.counted;
            let comma = if at > 0 { "," } else { "" };
            // A text can always be written to.
            let _ = write!(
                models,
                r#"{comma}"{model}":{{"inputTokens":{input},"outputTokens":{output},"cacheReadInputTokens":{cache_read},"cacheCreationInputTokens":{},"webSearchRequests":{},"costUSD":{}}}"#,
                cache_write_5m + cache_write_1h,
                count.web_searches,
                dollars(count.cost)
            );
        }
        Some(format!(r#""totalCostUSD":{},"modelUsage":{{{models}}}"#, dollars(total)))
    }

    /// Returns what is known of the sessions with a line.
    pub(crate) fn finish(self) -> OwnTotals {
        let Self { now, written } = self;
        let of = |(session, written): (String, Counts)| {
            let models = now.get(&session).into_iter().flatten().map(|(model, last)| {
                let line = written.get(model).copied().unwrap_or_default();
                let total = OwnTotal {
                    counted: line.counted,
                    unlogged: line.unlogged,
                    cost: line.cost,
                    logged: last.logged,
                    unfinalised: last.unfinalised,
                    is_behind: line != *last,
                };
                (*model, total)
            });
            let models = models.collect();
            (session, models)
        };
        written.into_iter().map(of).collect()
    }
}

/// The price of a web search.
const SEARCH: PicoUsd = PicoUsd(10_000_000_000);

/// Prices of a token of the prompt and of one from the cache, in pico-US-dollars, by the beginning of the model's name.
const PRICES: [(&str, i128, i128); 16] = [
    ("claude-opus-4-5", 5_000_000, 500_000),
    ("claude-opus-4-6", 5_000_000, 500_000),
    ("claude-opus-4-7", 5_000_000, 500_000),
    ("claude-opus-4-8", 5_000_000, 500_000),
    ("claude-opus-4", 15_000_000, 1_500_000),
    ("claude-opus-5-5", 4_000_000, 200_000),
    ("claude-opus-5", 5_000_000, 500_000),
    ("claude-sonnet-4", 3_000_000, 300_000),
    ("claude-sonnet-5-5", 2_000_000, 100_000),
    ("claude-sonnet-5", 2_000_000, 200_000),
    ("claude-3-5-haiku", 800_000, 80_000),
    ("claude-haiku-4-5", 1_000_000, 100_000),
    ("claude-haiku-5-5", 100_000, 10_000),
    ("claude-fable-5-1", 10_000_000, 250_000),
    ("claude-fable-5-2", 8_000_000, 200_000),
    ("claude-fable-5", 10_000_000, 1_000_000),
];

/// Returns the cost at Claude Code's own prices, which are those of the present for all of history, and of the usual terms.
fn cost(model: &str, tokens: TokenCounts) -> PicoUsd {
    let price = PRICES.iter().find(|(name, ..)| model.starts_with(name));
    let Some((_, prompt, read)) = price else { return PicoUsd::ZERO };
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = tokens;
    // Quarters of a token of the prompt.
    let quarters = 4 * u128::from(input)
        + 20 * u128::from(output)
        + 5 * u128::from(cache_write_5m)
        + 8 * u128::from(cache_write_1h);
    PicoUsd(quarters.cast_signed() * prompt / 4 + i128::from(cache_read) * read)
}

/// Writes an amount in US dollars as JSON.
fn dollars(PicoUsd(amount): PicoUsd) -> String {
    const DOLLAR: i128 = 1_000_000_000_000;
    format!("{}.{:012}", amount / DOLLAR, amount % DOLLAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_exactly() {
        let check = |amount, expected: &str| assert_eq!(dollars(PicoUsd(amount)), expected);
        check(0, "0.000000000000");
        check(1_530_000_000, "0.001530000000");
        check(12_000_000_000_001, "12.000000000001");
    }

    #[test]
    fn the_longest_name_of_a_model_decides_its_price() {
        let tokens = TokenCounts { input: 1, output: 1, cache_read: 1, cache_write_5m: 4, cache_write_1h: 1 };
        let check = |model, expected| assert_eq!(cost(model, tokens), PicoUsd(expected), "{model}");
        check("claude-opus-4-5-20251101", 13 * 5_000_000 + 500_000);
        check("claude-opus-4-1-20250805", 13 * 15_000_000 + 1_500_000);
        check("claude-fable-5-1", 13 * 10_000_000 + 250_000);
        check("house-model", 0);
    }
}
