//! Rows with a breakdown by model.

use ctm_export::{Cell, Column};
use ctm_report::Breakdown;
use ctm_report::export::with_usage;
use ctm_report::wire::{HasUsage, Meta, ModelShare, Usage};
use serde::Serialize;
use std::hash::Hash;

/// A row, with its usage by model if requested.
#[derive(Debug, Serialize)]
pub(super) struct SplitRow<R> {
    #[serde(flatten)]
    pub(super) row: R,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) models: Option<Vec<ModelShare>>,
}

/// A list of the REST interface, with the models of each row.
#[derive(Debug, Serialize)]
pub(super) struct SplitList<R> {
    pub(super) meta: Meta,
    pub(super) items: Vec<SplitRow<R>>,
    pub(super) next_cursor: Option<String>,
    pub(super) total: usize,
    pub(super) totals: Usage,
}

/// Joins rows with their models by a key.
pub(super) fn split<R, K: Eq + Hash>(
    rows: Vec<R>,
    key: impl Fn(&R) -> &K,
    mut models: Option<Breakdown<K>>,
) -> Vec<SplitRow<R>> {
    let split = |row| {
        let models = models.as_mut().map(|models| models.remove(key(&row)).unwrap_or_default());
        SplitRow { row, models }
    };
    rows.into_iter().map(split).collect()
}

/// A model's part of a row.
#[derive(Debug)]
pub(super) struct ModelRow {
    of: String,
    share: ModelShare,
}

impl HasUsage for ModelRow {
    fn usage(&self) -> &Usage {
        &self.share.usage
    }
}

/// Returns the parts of rows, in order.
pub(super) fn parts<'a>(rows: impl Iterator<Item = (String, Option<&'a [ModelShare]>)>) -> Vec<ModelRow> {
    let parts_of = |(of, models): (String, Option<&'a [ModelShare]>)| {
        let part = move |share: &ModelShare| ModelRow { of: of.clone(), share: share.clone() };
        models.unwrap_or_default().iter().map(part)
    };
    rows.flat_map(parts_of).collect()
}

/// Returns the columns of parts of rows with these names.
pub(super) fn part_columns(row: &'static str) -> Vec<Column<ModelRow>> {
    with_usage([
        Column::new(row, |part: &ModelRow| Cell::Text(&part.of)),
        Column::new("model", |part| Cell::Text(&part.share.model)),
    ])
}
