//! Telemetry: how much there is, and the requests that no transcript has a response to.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::Query;
use super::wire;
use ctm_aggregate::Ledger;
use ctm_facts::CatalogNames;
use ctm_facts::telemetry::{StoredWitness, UnloggedRequest};
use ctm_types::{PicoUsd, UsageRow};
use std::cmp::Reverse;
use std::collections::BTreeMap;

impl DatabaseReports {
    /// Returns how much telemetry there is, and the requests of a period that no transcript has a response to.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn telemetry(&self, query: &Query) -> Result<wire::Telemetry, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let counts = self.machine_store()?.telemetry_counts().await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let requests = self.machine_store()?.unlogged(&query.between_ms(bounds.start, bounds.end)).await?;
        let ledger = |rows: &[UsageRow]| {
            Ledger::new(rows, &gathered.catalog, &self.reporter.prices, query.tz).within(gathered.range)
        };
        let mut by_source: BTreeMap<Option<String>, Vec<UsageRow>> = BTreeMap::new();
        for UnloggedRequest { usage, query_source } in requests {
            by_source.entry(query_source).or_default().push(usage);
        }
        let all: Vec<UsageRow> = by_source.values().flatten().copied().collect();
        let mut unlogged: Vec<(PicoUsd, wire::UnloggedItem)> = Vec::new();
        for (query_source, rows) in &by_source {
            for of_model in ledger(rows).usage_by_model() {
                let cost = of_model.usage.amounts.cost_usd().unwrap_or_default();
                let model = of_model.name.to_string();
                let usage = (&of_model.usage).into();
                unlogged
                    .push((cost, wire::UnloggedItem { query_source: query_source.clone(), model, usage }));
            }
        }
        unlogged.sort_by_key(|(cost, _)| Reverse(*cost));
        Ok(wire::Telemetry {
            meta: self.reporter.meta(query, &gathered, &ledger(&all)),
            requests: counts.requests,
            last_at: counts.last_ms.map(wire::Time::of),
            joined: counts.joined,
            completed: counts.completed,
            contested: counts.contested,
            responses_since: counts.responses_since,
            witnessed_share: counts.witnessed_share(),
            unlogged: unlogged.into_iter().map(|(_, item)| item).collect(),
            totals: (&ledger(&all).total()).into(),
        })
    }
}

/// Returns what telemetry reports of a response in wire form.
pub(super) fn witness_item(witness: &StoredWitness) -> wire::Witness {
    let micros = |micros: u64| wire::Usd(PicoUsd(i128::from(micros) * 1_000_000));
    wire::Witness {
        at: wire::Time::of(witness.at_ms),
        model: witness.model.clone(),
        speed: witness.speed.clone(),
        query_source: witness.query_source.clone(),
        input_tokens: witness.tokens.input,
        output_tokens: witness.tokens.output,
        cache_read_tokens: witness.tokens.cache_read,
        cache_creation_tokens: witness.tokens.cache_creation,
        claude_code_cost_usd: witness.cost_micros.map(micros),
        logged_output_tokens: witness.logged_output,
        completes: witness.is_completing,
        completes_speed: witness.is_speed_added,
        conflicts: witness.conflicts.clone(),
    }
}
