//! Versions of Claude Code, or models, compared.

use super::by::numbers;
use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of};
use super::reporter::Gathered;
use super::wire::{ComparedItem, ComparisonStats, Usd};
use ctm_aggregate::workloads::{WorkloadAmounts, workloads_by};
use ctm_facts::CatalogNames;
use ctm_facts::workloads::WorkloadUsage;
use ctm_types::{Catalog, PicoUsd, ProjectId, UsageRow, Workload};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Number of responses below which rates support no statement.
const MINIMUM_RESPONSES: u64 = 100;

/// What is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ComparedWhat {
    /// Versions of Claude Code.
    #[default]
    Version,
    /// Models, as logged.
    Model,
}

/// What is compared, by its names on the wire.
pub const COMPARED_WHAT: [(&str, ComparedWhat); 2] =
    [("version", ComparedWhat::Version), ("model", ComparedWhat::Model)];

/// What is requested of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComparisonQuery {
    /// What is compared.
    pub by: ComparedWhat,
    /// Only these items, by name; all if empty.
    pub items: Vec<String>,
    /// Only projects in which every item was used.
    pub same_projects: bool,
}

/// The name of a version or model; `None` if it is unknown.
type Key = Option<String>;

/// A row with its key and workload.
type Keyed = (Key, UsageRow, Workload);

impl DatabaseReports {
    /// Returns versions or models with what each did per prompt and per response.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn comparison(
        &self,
        query: &Query,
        wanted: &ComparisonQuery,
    ) -> Result<ComparisonStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let (rows, catalog) = self.compared_rows(query, &gathered, wanted, CatalogNames::None).await?;
        let projects: BTreeSet<ProjectId> = rows.iter().map(|(_, row, _)| row.project).collect();
        let keys: Vec<Key> = rows.iter().map(|(key, ..)| key.clone()).collect();
        let rows: Vec<_> = rows.into_iter().map(|(_, row, workload)| (row, workload)).collect();
        let sums = workloads_by(&rows, &keys, &catalog, &self.reporter.prices);
        Ok(ComparisonStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            by: name_of(&COMPARED_WHAT, &wanted.by),
            same_projects: wanted.same_projects,
            projects: projects.len() as u64,
            minimum_responses: MINIMUM_RESPONSES,
            items: in_order(sums, wanted.by).into_iter().map(item).collect(),
        })
    }

    /// Returns the names of the projects in which every version or model of a period was used.
    pub(super) async fn same_projects(
        &self,
        query: &Query,
        gathered: &Gathered,
        by: ComparedWhat,
    ) -> Result<Vec<String>, ReportError> {
        let wanted = ComparisonQuery { by, same_projects: true, ..ComparisonQuery::default() };
        let (rows, catalog) = self.compared_rows(query, gathered, &wanted, CatalogNames::Projects).await?;
        let projects: BTreeSet<ProjectId> = rows.iter().map(|(_, row, _)| row.project).collect();
        Ok(projects.iter().filter_map(|project| catalog.projects.get(project).cloned()).collect())
    }

    /// Returns the rows of the requested items, with names of the catalog.
    async fn compared_rows(
        &self,
        query: &Query,
        gathered: &Gathered,
        wanted: &ComparisonQuery,
        names: CatalogNames,
    ) -> Result<(Vec<Keyed>, Catalog), ReportError> {
        let bounds = gathered.range.bounds_ms(query.tz);
        let usage = self.store.workload_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        // Read after the usage, so that it has every name.
        let catalog = self.reporter.facts.catalog(names).await?;
        let mut rows = keyed(usage, wanted, &catalog);
        if wanted.same_projects {
            let common = common_projects(&rows);
            rows.retain(|(_, row, _)| common.contains(&row.project));
        }
        Ok((rows, catalog))
    }
}

/// Returns the rows of the requested items.
fn keyed(usage: WorkloadUsage, wanted: &ComparisonQuery, catalog: &Catalog) -> Vec<Keyed> {
    let WorkloadUsage { rows, conversations } = usage;
    let key = |conversation, row: &UsageRow| match wanted.by {
        ComparedWhat::Version => conversations.get(&conversation).and_then(|names| names.version.clone()),
        ComparedWhat::Model => catalog.billings.get(&row.billing).map(|billing| billing.model.clone()),
    };
    let rows = rows.into_iter().map(|(conversation, row, of)| (key(conversation, &row), row, of));
    let is_wanted =
        |key: &Key| wanted.items.is_empty() || key.as_ref().is_some_and(|key| wanted.items.contains(key));
    rows.filter(|(key, ..)| is_wanted(key)).collect()
}

/// Returns the projects in which every item was used.
fn common_projects(rows: &[Keyed]) -> BTreeSet<ProjectId> {
    let mut of_item: BTreeMap<&Key, BTreeSet<ProjectId>> = BTreeMap::new();
    for (key, row, _) in rows.iter().filter(|(_, row, _)| row.responses > 0) {
        of_item.entry(key).or_default().insert(row.project);
    }
    let sets = of_item.into_values();
    sets.reduce(|common, of| common.intersection(&of).copied().collect()).unwrap_or_default()
}

/// Returns versions from the newest on, and models from the most expensive on; what has no name is last.
fn in_order(sums: BTreeMap<Key, WorkloadAmounts>, by: ComparedWhat) -> Vec<(Key, WorkloadAmounts)> {
    let mut items: Vec<_> = sums.into_iter().collect();
    match by {
        ComparedWhat::Version => {
            items.sort_by_cached_key(|(key, _)| Reverse(key.as_ref().map(|key| (numbers(key), key.clone()))));
        }
        ComparedWhat::Model => items.sort_by_cached_key(|(key, of)| {
            let amounts = &of.usage.amounts;
            (Reverse((amounts.cost, amounts.tokens.total())), key.clone())
        }),
    }
    items
}

fn item((key, of): (Key, WorkloadAmounts)) -> ComparedItem {
    let (amounts, workload) = (&of.usage.amounts, &of.workload);
    let per_prompt = |PicoUsd(cost)| (workload.prompts > 0).then(|| cost / i128::from(workload.prompts));
    ComparedItem {
        key,
        usage: (&of.usage).into(),
        prompts: workload.prompts,
        tokens_per_prompt: ratio(amounts.tokens.total(), workload.prompts),
        cost_per_prompt_usd: amounts.cost_usd().and_then(per_prompt).map(|cost| Usd(PicoUsd(cost))),
        output_tokens_per_response: ratio(amounts.tokens.output, amounts.responses),
        thinking_responses: workload.thinking_responses,
        thinking_share: ratio(workload.thinking_tokens, workload.thinking_output),
        tool_calls: workload.tool_calls,
        tool_errors: workload.tool_errors,
        error_rate: ratio(workload.tool_errors, workload.tool_calls),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is for showing only")]
fn ratio(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        let keys = ["2.1.9", "2.1.10", "beta", "10.0.0"].map(|key| Some(key.to_owned()));
        let sums = keys.into_iter().chain([None]).map(|key| (key, WorkloadAmounts::default())).collect();
        let order: Vec<_> = in_order(sums, ComparedWhat::Version).into_iter().map(|(key, _)| key).collect();
        let expected = [Some("10.0.0"), Some("2.1.10"), Some("2.1.9"), Some("beta"), None];
        assert_eq!(order, expected.map(|key| key.map(str::to_owned)));
    }
}
