//! Rows with their cost, one by one: for folds that need more of a row than its day.
//!
//! Cost is linear in tokens as long as the terms are the same, so that the costs of rows add up
//! to the cost that a [`crate::Ledger`], which sums first, computes.

use crate::terms::{Terms, TermsIndex};
use crate::usage::Amounts;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, UsageRow};

/// Rows with their price terms.
pub(crate) struct PricedRows<'a> {
    rows: &'a [UsageRow],
    index: TermsIndex,
}

impl<'a> PricedRows<'a> {
    pub(crate) fn new(rows: &'a [UsageRow], catalog: &Catalog, prices: &PriceBook) -> Self {
        Self { rows, index: TermsIndex::new(rows, catalog, prices) }
    }

    /// Returns the billed rows in order, each with its terms.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a UsageRow, &Terms)> {
        let billed = self.rows.iter().filter(|row| self.index.is_billed(row));
        billed.map(|row| (row, &self.index.terms[self.index.index_of(row)]))
    }
}

impl Terms {
    /// Returns the consumption of a row and its cost by these terms.
    pub(crate) fn amounts(&self, row: &UsageRow) -> Amounts {
        let mut amounts = Amounts::of(row);
        amounts.price(&self.quote);
        amounts
    }
}
