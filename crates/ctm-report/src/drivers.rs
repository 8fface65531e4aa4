//! Usage by cost drivers: circumstances that make responses expensive.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of};
use super::wire::{DriverItem, DriverStats};
use ctm_aggregate::Usage;
use ctm_aggregate::facets::{FacetAmounts, KeyedRow, by_key};
use ctm_facts::CatalogNames;
use ctm_facts::drivers::{
    Driven, Driver, DriverRows, Drivers, LONG_CONTEXT_TOKENS, LONG_SESSION_MS, MISSED_TOKENS,
    PARALLEL_SESSIONS,
};
use ctm_types::{Catalog, UsageRow};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Number of responses below which there is no advice.
const MINIMUM_RESPONSES: u64 = 100;

/// Share of the cost below which a driver has no advice.
const LEAST_SHARE: f64 = 0.1;

/// The responses with each driver, and those without any, by their names on the wire.
pub const DRIVEN: [(&str, Driven); 6] = [
    ("long_context", Driven::By(Driver::LongContext)),
    ("subagents", Driven::By(Driver::Subagents)),
    ("parallel_sessions", Driven::By(Driver::Parallel)),
    ("long_sessions", Driven::By(Driver::LongSession)),
    ("cache_misses", Driven::By(Driver::CacheMiss)),
    ("none", Driven::ByNone),
];

impl DatabaseReports {
    /// Returns the usage of each driver, the most expensive one first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn drivers(&self, query: &Query) -> Result<DriverStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let bounds = gathered.range.bounds_ms(query.tz);
        let prices = &self.reporter.prices;
        let mut sets: BTreeMap<Drivers, FacetAmounts> = BTreeMap::new();
        let add = |catalog: &Catalog, part: DriverRows| {
            let (keys, rows): (Vec<Drivers>, Vec<UsageRow>) = part.into_iter().unzip();
            let keys: Vec<_> = keys.into_iter().map(|key| KeyedRow { key, is_unreliable: false }).collect();
            for (key, of) in by_key(&rows, &keys, catalog, prices) {
                sets.entry(key).or_default().add(&of);
            }
        };
        self.machine_store()?.driver_usage(&query.between_ms(bounds.start, bounds.end), None, add).await?;
        let sum = |has: &dyn Fn(&Drivers) -> bool| {
            let mut sum = Usage::default();
            sets.iter().filter(|(key, _)| has(key)).for_each(|(_, of)| sum += &of.usage);
            sum
        };
        let totals = sum(&|_| true);
        let mut items: Vec<(Driver, Usage)> =
            Driver::ALL.into_iter().map(|driver| (driver, sum(&|set| set.contains(driver)))).collect();
        items.sort_by_key(|(_, of)| Reverse((of.amounts.cost, of.amounts.tokens.total())));
        Ok(DriverStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            items: items.iter().map(|(driver, of)| item(*driver, of, &totals)).collect(),
            none: (&sum(&|set| set.is_empty())).into(),
            totals: (&totals).into(),
            minimum_responses: MINIMUM_RESPONSES,
        })
    }
}

fn item(driver: Driver, of: &Usage, totals: &Usage) -> DriverItem {
    let (cost, all) = (of.amounts.cost.to_f64(), totals.amounts.cost.to_f64());
    let share_cost = (all > 0.0).then(|| cost / all);
    let is_supported =
        totals.amounts.responses >= MINIMUM_RESPONSES && share_cost.is_some_and(|share| share >= LEAST_SHARE);
    DriverItem {
        driver: name_of(&DRIVEN, &Driven::By(driver)),
        threshold: threshold(driver),
        share_cost,
        advice: is_supported.then(|| advice(driver)),
        usage: of.into(),
    }
}

fn threshold(driver: Driver) -> Option<u64> {
    match driver {
        Driver::LongContext => Some(LONG_CONTEXT_TOKENS),
        Driver::Subagents => None,
        Driver::Parallel => Some(PARALLEL_SESSIONS),
        Driver::LongSession => Some(LONG_SESSION_MS.unsigned_abs() / 3_600_000),
        Driver::CacheMiss => Some(MISSED_TOKENS),
    }
}

fn advice(driver: Driver) -> &'static str {
    match driver {
        Driver::LongContext => "compact",
        Driver::Subagents => "smaller_model",
        Driver::Parallel => "fewer_sessions",
        Driver::LongSession => "new_session",
        Driver::CacheMiss => "stay_in_cache",
    }
}
