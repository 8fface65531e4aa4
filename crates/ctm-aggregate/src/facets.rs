//! Usage by any key of a row, such as the skill of its responses.

use crate::terms::TermsIndex;
use crate::usage::{Amounts, Usage};
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, UsageRow};
use std::collections::BTreeMap;

/// The usage of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetAmounts {
    /// All usage.
    pub usage: Usage,
    /// Usage whose key rests on unreliable data.
    pub unreliable: Amounts,
}

impl FacetAmounts {
    /// Adds other usage.
    pub fn add(&mut self, other: &Self) {
        self.usage += &other.usage;
        self.unreliable += other.unreliable;
    }
}

/// A row with its key, and whether the key is unreliable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRow<K> {
    /// The key.
    pub key: K,
    /// Whether the key rests on unreliable data.
    pub is_unreliable: bool,
}

/// Sums rows by their keys, one of `keys` for each row. Each row is in exactly one sum; unbilled ones are in none.
#[must_use]
pub fn by_key<K: Ord + Clone>(
    rows: &[UsageRow],
    keys: &[KeyedRow<K>],
    catalog: &Catalog,
    prices: &PriceBook,
) -> BTreeMap<K, FacetAmounts> {
    let index = TermsIndex::new(rows, catalog, prices);
    let mut sums: BTreeMap<K, FacetAmounts> = BTreeMap::new();
    for (row, KeyedRow { key, is_unreliable }) in rows.iter().zip(keys) {
        if !index.is_billed(row) {
            continue;
        }
        let amounts = index.terms[index.index_of(row)].amounts(row);
        let sum = sums.entry(key.clone()).or_default();
        sum.usage.add_row(row, amounts);
        if *is_unreliable {
            sum.unreliable += amounts;
        }
    }
    sums
}
