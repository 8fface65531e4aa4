//! Rows with what they cost, one by one: for folds that need more of a row than its day.
//!
//! Cost is linear in tokens as long as the terms are the same, so that the costs of rows add up
//! to what a [`crate::Ledger`], which sums first, says that they cost.

use crate::terms::{Terms, TermsIndex};
use crate::usage::Amounts;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, UsageRow};

/// Rows and what they are priced as.
pub(crate) struct PricedRows<'a> {
    rows: &'a [UsageRow],
    index: TermsIndex,
}

impl<'a> PricedRows<'a> {
    pub(crate) fn new(rows: &'a [UsageRow], catalog: &Catalog, prices: &PriceBook) -> Self {
        Self { rows, index: TermsIndex::new(rows, catalog, prices) }
    }

    /// Returns the rows that are billed in their order, each with its terms.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a UsageRow, &Terms)> {
        let billed = self.rows.iter().filter(|row| self.index.is_billed(row));
        billed.map(|row| (row, &self.index.terms[self.index.index_of(row)]))
    }
}

impl Terms {
    /// Returns what a row consumed and what that costs on these terms.
    pub(crate) fn amounts(&self, row: &UsageRow) -> Amounts {
        let mut amounts = Amounts::of(row);
        amounts.price(&self.quote);
        amounts
    }
}
