//! Cost of missing the prompt cache, and what either duration of the cache saved or would have cost.
//!
//! Cost is linear in tokens for equal terms, so every amount here is a difference of two exact products.

use crate::terms::TermsIndex;
use crate::usage::Amounts;
use ctm_pricing::{PriceBook, Quote};
use ctm_types::{CacheTokens, Catalog, PicoUsd, TokenCounts, UsageRow};
use std::collections::BTreeMap;

/// Misses of the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MissAmounts {
    /// Responses.
    pub misses: u64,
    /// Tokens that were billed again.
    pub tokens: u64,
    /// Cost of these tokens, less that of reading them from the cache.
    pub extra: PicoUsd,
    /// Tokens without a price, which are not part of `extra`.
    pub unpriced_tokens: u64,
}

impl MissAmounts {
    /// Adds other misses.
    pub fn add(&mut self, other: &Self) {
        self.misses = self.misses.saturating_add(other.misses);
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.extra += other.extra;
        self.unpriced_tokens = self.unpriced_tokens.saturating_add(other.unpriced_tokens);
    }

    /// Returns the misses of a row.
    fn of(row: &UsageRow, quote: &Quote) -> Self {
        let tokens = row.tokens.prompt();
        let extra = extra_cost(&row.tokens, quote);
        Self {
            misses: row.responses,
            tokens,
            extra: extra.unwrap_or(PicoUsd::ZERO),
            unpriced_tokens: if extra.is_some() { 0 } else { tokens },
        }
    }
}

/// Returns the cost of tokens that were billed again, less that of reading them from the cache, or `None` without a price.
#[must_use]
pub fn extra_cost(tokens: &TokenCounts, quote: &Quote) -> Option<PicoUsd> {
    let billed = quote.cost(tokens, 0);
    let read = quote.cost(&TokenCounts { cache_read: tokens.prompt(), ..TokenCounts::default() }, 0);
    let is_priced = billed.unpriced_tokens == 0 && read.unpriced_tokens == 0;
    is_priced.then(|| billed.amount - read.amount)
}

/// Sums misses by their keys, one of `keys` for each row; those of unbilled responses are in none.
#[must_use]
pub fn misses_by<K: Ord + Clone>(
    rows: &[UsageRow],
    keys: &[K],
    catalog: &Catalog,
    prices: &PriceBook,
) -> BTreeMap<K, MissAmounts> {
    let index = TermsIndex::new(rows, catalog, prices);
    let mut sums: BTreeMap<K, MissAmounts> = BTreeMap::new();
    for (row, key) in rows.iter().zip(keys).filter(|(row, _)| index.is_billed(row)) {
        let quote = &index.terms[index.index_of(row)].quote;
        sums.entry(key.clone()).or_default().add(&MissAmounts::of(row, quote));
    }
    sums
}

/// Use of the cache of one duration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DurationAmounts {
    /// Tokens written.
    pub written: u64,
    /// Tokens read.
    pub read: u64,
    /// Saving, or additional cost where negative: without a cache, these tokens would have been input.
    pub saving: PicoUsd,
}

/// Usage as it was billed, by duration of the cache, and as it would have been billed otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCosts {
    /// As billed.
    pub actual: Amounts,
    /// The cache of five minutes.
    pub of_5m: DurationAmounts,
    /// The cache of an hour.
    pub of_1h: DurationAmounts,
    /// Without a cache.
    pub without: Amounts,
    /// With the 5-minute cache only.
    pub only_5m: Amounts,
    /// With the 1-hour cache only.
    pub only_1h: Amounts,
}

impl CacheCosts {
    /// Sums rows, with the tokens by duration of each; unbilled ones are in no sum.
    #[must_use]
    pub fn of(rows: &[UsageRow], tokens: &[CacheTokens], catalog: &Catalog, prices: &PriceBook) -> Self {
        let index = TermsIndex::new(rows, catalog, prices);
        let mut costs = Self::default();
        for (row, tokens) in rows.iter().zip(tokens).filter(|(row, _)| index.is_billed(row)) {
            costs.add(row, tokens, &index.terms[index.index_of(row)].quote);
        }
        costs
    }

    fn add(&mut self, row: &UsageRow, by: &CacheTokens, quote: &Quote) {
        let billed = |tokens: TokenCounts| {
            let mut amounts = Amounts { tokens, ..Amounts::of(row) };
            amounts.price(quote);
            amounts
        };
        let TokenCounts { output, cache_write_5m, cache_write_1h, .. } = row.tokens;
        self.actual += billed(row.tokens);
        self.without += billed(TokenCounts { input: row.tokens.prompt(), output, ..TokenCounts::default() });
        self.only_5m += billed(by.only_5m);
        self.only_1h += billed(by.only_1h);
        let of_5m = TokenCounts { cache_read: by.read_5m, cache_write_5m, ..TokenCounts::default() };
        self.of_5m.add(by.read_5m, cache_write_5m, quote.cache_saving(&of_5m));
        let of_1h = TokenCounts { cache_read: by.read_1h, cache_write_1h, ..TokenCounts::default() };
        self.of_1h.add(by.read_1h, cache_write_1h, quote.cache_saving(&of_1h));
    }
}

impl DurationAmounts {
    fn add(&mut self, read: u64, written: u64, saving: PicoUsd) {
        self.read = self.read.saturating_add(read);
        self.written = self.written.saturating_add(written);
        self.saving += saving;
    }
}
