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

/// The usage of each version or model in each project.
type Sums = BTreeMap<(Key, ProjectId), WorkloadAmounts>;

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
        let sums = self.used_by_item(query, &gathered, wanted).await?;
        let projects: BTreeSet<ProjectId> = sums.keys().map(|(_, project)| *project).collect();
        let mut items: BTreeMap<Key, WorkloadAmounts> = BTreeMap::new();
        for ((key, _), of) in sums {
            items.entry(key).or_default().add(&of);
        }
        Ok(ComparisonStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            by: name_of(&COMPARED_WHAT, &wanted.by),
            same_projects: wanted.same_projects,
            projects: projects.len() as u64,
            minimum_responses: MINIMUM_RESPONSES,
            items: in_order(items, wanted.by).into_iter().map(item).collect(),
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
        let sums = self.used_by_item(query, gathered, &wanted).await?;
        // Read after the usage, so that it has every name.
        let catalog = self.reporter.facts.catalog(CatalogNames::Projects).await?;
        let projects: BTreeSet<ProjectId> = sums.into_keys().map(|(_, project)| project).collect();
        Ok(projects.iter().filter_map(|project| catalog.projects.get(project).cloned()).collect())
    }

    /// Returns the usage of the requested items.
    async fn used_by_item(
        &self,
        query: &Query,
        gathered: &Gathered,
        wanted: &ComparisonQuery,
    ) -> Result<Sums, ReportError> {
        let bounds = gathered.range.bounds_ms(query.tz);
        let prices = &self.reporter.prices;
        let mut sums = Sums::new();
        let add = |catalog: &Catalog, part: WorkloadUsage| {
            let (keys, rows): (Vec<_>, Vec<_>) = keyed(part, wanted, catalog).unzip();
            for (key, of) in workloads_by(&rows, &keys, catalog, prices) {
                sums.entry(key).or_default().add(&of);
            }
        };
        self.machine_store()?.workload_usage(&query.between_ms(bounds.start, bounds.end), add).await?;
        if wanted.same_projects {
            let common = common_projects(&sums);
            sums.retain(|(_, project), _| common.contains(project));
        }
        Ok(sums)
    }
}

/// Returns the rows of the requested items, with their keys and projects.
fn keyed<'u>(
    usage: WorkloadUsage,
    wanted: &'u ComparisonQuery,
    catalog: &'u Catalog,
) -> impl Iterator<Item = ((Key, ProjectId), (UsageRow, Workload))> + 'u {
    let WorkloadUsage { rows, conversations } = usage;
    let key = move |conversation, row: &UsageRow| match wanted.by {
        ComparedWhat::Version => conversations.get(&conversation).and_then(|names| names.version.clone()),
        ComparedWhat::Model => catalog.billings.get(&row.billing).map(|billing| billing.model.clone()),
    };
    let rows = rows.into_iter().map(move |(conversation, row, of)| {
        let key = key(conversation, &row);
        ((key, row.project), (row, of))
    });
    let is_wanted =
        |key: &Key| wanted.items.is_empty() || key.as_ref().is_some_and(|key| wanted.items.contains(key));
    rows.filter(move |((key, _), _)| is_wanted(key))
}

/// Returns the projects in which every item was used.
fn common_projects(sums: &Sums) -> BTreeSet<ProjectId> {
    let mut of_item: BTreeMap<&Key, BTreeSet<ProjectId>> = BTreeMap::new();
    for ((key, project), _) in sums.iter().filter(|(_, of)| of.usage.amounts.responses > 0) {
        of_item.entry(key).or_default().insert(*project);
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
