//! The same usage at other prices, of another model or with another cache.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of};
use super::reporter::{Gathered, Reporter};
use super::wire::{Certainty, Usd, WhatIfAmounts, WhatIfKind, WhatIfModel, WhatIfScenario, WhatIfStats};
use ctm_aggregate::trend::KINDS;
use ctm_aggregate::what_if::{ModelPair, Repriced, RepricedPart, Scenario, WhatIf};
use ctm_facts::CatalogNames;
use ctm_types::{CacheTokens, TokenCounts, UsageRow};
use std::cmp::Reverse;

/// The cache in a scenario.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CacheScenario {
    /// As it was.
    #[default]
    Actual,
    /// No cache.
    Without,
    /// The 5-minute cache only.
    FiveMinutes,
    /// The 1-hour cache only.
    OneHour,
}

/// The caches of a scenario by their names on the wire.
pub const CACHE_SCENARIOS: [(&str, CacheScenario); 4] = [
    ("actual", CacheScenario::Actual),
    ("none", CacheScenario::Without),
    ("5m", CacheScenario::FiveMinutes),
    ("1h", CacheScenario::OneHour),
];

/// The parts of usage by their names on the wire.
pub const PARTS: [(&str, RepricedPart); 3] =
    [("all", RepricedPart::All), ("main", RepricedPart::Main), ("subagents", RepricedPart::Subagents)];

/// What usage is priced by instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIfQuery {
    /// The part, the day and the model.
    pub scenario: Scenario,
    /// The cache.
    pub cache: CacheScenario,
}

impl Reporter {
    /// Returns the name that the price table has for a model, if it has a price.
    #[must_use]
    pub fn priced_model(&self, name: &str) -> Option<String> {
        self.prices.model_of(name).map(|model| model.id.to_string())
    }
}

impl DatabaseReports {
    /// Returns the cost of usage as it was billed and in a scenario.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn what_if(&self, query: &Query, wanted: &WhatIfQuery) -> Result<WhatIfStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let totals = ledger.total().amounts;
        let (rows, tokens) = self.tokens_in(query, &gathered, wanted.cache).await?;
        // Read after the usage, so that it has every name.
        let catalog = self.reporter.facts.catalog(CatalogNames::None).await?;
        let what_if = WhatIf::new(&rows, &tokens, &wanted.scenario, &catalog, &self.reporter.prices);
        let part = amounts(&what_if.part);
        Ok(WhatIfStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            scenario: scenario(wanted),
            cost_usd: totals.cost_usd().map(Usd),
            what_if_usd: totals.cost_usd().map(|cost| Usd(cost + part.difference_usd.0)),
            certainty: Certainty::of(&totals),
            part,
            models: models(&what_if),
            kinds: kinds(&what_if),
            known_models: self.reporter.prices.models().map(|model| model.id.to_string()).collect(),
            left_out_responses: what_if.left_out.responses,
            left_out_tokens: what_if.left_out.tokens.total(),
        })
    }

    /// Returns rows, and the tokens of each with a cache.
    async fn tokens_in(
        &self,
        query: &Query,
        gathered: &Gathered,
        cache: CacheScenario,
    ) -> Result<(Vec<UsageRow>, Vec<TokenCounts>), ReportError> {
        let of_rows = |tokens: fn(&UsageRow) -> TokenCounts| {
            (gathered.rows.clone(), gathered.rows.iter().map(tokens).collect())
        };
        let by_duration: fn(&CacheTokens) -> TokenCounts = match cache {
            CacheScenario::Actual => return Ok(of_rows(|row| row.tokens)),
            CacheScenario::Without => return Ok(of_rows(without_cache)),
            CacheScenario::FiveMinutes => |tokens| tokens.only_5m,
            CacheScenario::OneHour => |tokens| tokens.only_1h,
        };
        let bounds = gathered.range.bounds_ms(query.tz);
        let usage = self.machine_store()?.cache_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        Ok(usage.rows.into_iter().map(|(row, tokens)| (row, by_duration(&tokens))).unzip())
    }
}

fn without_cache(row: &UsageRow) -> TokenCounts {
    TokenCounts { input: row.tokens.prompt(), output: row.tokens.output, ..TokenCounts::default() }
}

fn scenario(WhatIfQuery { scenario, cache }: &WhatIfQuery) -> WhatIfScenario {
    WhatIfScenario {
        part: name_of(&PARTS, &scenario.part),
        prices_on: scenario.prices_on,
        as_model: scenario.model.clone(),
        cache: name_of(&CACHE_SCENARIOS, cache),
    }
}

fn amounts(Repriced { actual, alternative }: &Repriced) -> WhatIfAmounts {
    WhatIfAmounts {
        responses: actual.responses,
        total_tokens: actual.tokens.total(),
        cost_usd: Usd(actual.cost),
        what_if_usd: Usd(alternative.cost),
        difference_usd: Usd(alternative.cost - actual.cost),
        certainty: Certainty::of(actual),
    }
}

fn models(what_if: &WhatIf) -> Vec<WhatIfModel> {
    let mut models: Vec<(&ModelPair, &Repriced)> = what_if.models.iter().collect();
    models.sort_by_cached_key(|(names, of)| {
        let difference = (of.alternative.cost - of.actual.cost).0.abs();
        (Reverse((difference, of.actual.cost, of.actual.tokens.total())), (*names).clone())
    });
    let item = |((model, as_model), of): (&ModelPair, &Repriced)| WhatIfModel {
        model: model.to_string(),
        as_model: as_model.to_string(),
        amounts: amounts(of),
    };
    models.into_iter().map(item).collect()
}

fn kinds(what_if: &WhatIf) -> Vec<WhatIfKind> {
    let item = |(kind, of): (&'static str, &Repriced)| WhatIfKind {
        kind,
        count: of.actual.tokens.total() + of.actual.web_searches,
        cost_usd: Usd(of.actual.cost),
        what_if_count: of.alternative.tokens.total() + of.alternative.web_searches,
        what_if_usd: Usd(of.alternative.cost),
        difference_usd: Usd(of.alternative.cost - of.actual.cost),
    };
    let kinds = KINDS.into_iter().zip(&what_if.kinds).map(item);
    kinds.filter(|kind| kind.count > 0 || kind.what_if_count > 0).collect()
}
