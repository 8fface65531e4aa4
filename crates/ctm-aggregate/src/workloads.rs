//! Usage with its workload by any key of a row, such as the version of Claude Code.

use crate::terms::TermsIndex;
use crate::usage::Usage;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, UsageRow, Workload};
use std::collections::BTreeMap;

/// Usage with its workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkloadAmounts {
    /// The usage.
    pub usage: Usage,
    /// What it did.
    pub workload: Workload,
}

impl WorkloadAmounts {
    /// Adds other usage.
    pub fn add(&mut self, other: &Self) {
        self.usage += &other.usage;
        self.workload += other.workload;
    }
}

/// Sums rows with their workloads by their keys, one of `keys` for each row. Each row is in exactly one sum; unbilled ones are in
/// none.
#[must_use]
pub fn workloads_by<K: Ord + Clone>(
    rows: &[(UsageRow, Workload)],
    keys: &[K],
    catalog: &Catalog,
    prices: &PriceBook,
) -> BTreeMap<K, WorkloadAmounts> {
    let usage: Vec<UsageRow> = rows.iter().map(|(row, _)| *row).collect();
    let index = TermsIndex::new(&usage, catalog, prices);
    let mut sums: BTreeMap<K, WorkloadAmounts> = BTreeMap::new();
    for ((row, workload), key) in rows.iter().zip(keys).filter(|((row, _), _)| index.is_billed(row)) {
        let sum = sums.entry(key.clone()).or_default();
        sum.usage.add_row(row, index.terms[index.index_of(row)].amounts(row));
        sum.workload += *workload;
    }
    sums
}
