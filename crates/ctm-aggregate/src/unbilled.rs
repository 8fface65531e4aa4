//! Attempts that are not billed, which no other report includes.

use crate::terms::TermsIndex;
use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Catalog, TokenCounts, UsageRow};
use std::collections::BTreeMap;

/// Refusals before any output that are not billed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unbilled {
    /// Responses that only consist of such attempts.
    pub responses: u64,
    /// Tokens that were logged nevertheless.
    pub tokens: TokenCounts,
    /// Tokens by the category of the refusal.
    pub by_category: BTreeMap<String, u64>,
    /// Categories with unknown billing.
    pub unknown: Vec<String>,
}

impl Unbilled {
    /// Returns what a book does not bill of the rows.
    #[must_use]
    pub fn of(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook) -> Self {
        let mut unbilled = Self::default();
        let index = TermsIndex::new(rows, catalog, prices);
        for row in rows {
            let Quote::Unbilled(why) = &index.terms[index.index_of(row)].quote else { continue };
            unbilled.responses = unbilled.responses.saturating_add(row.responses);
            unbilled.tokens += row.tokens;
            let tokens = unbilled.by_category.entry(why.category.clone()).or_default();
            *tokens = tokens.saturating_add(row.tokens.total());
            if !why.is_known && !unbilled.unknown.contains(&why.category) {
                unbilled.unknown.push(why.category.clone());
            }
        }
        unbilled.unknown.sort_unstable();
        unbilled
    }
}
