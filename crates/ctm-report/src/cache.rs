//! Use of the prompt cache: misses with their causes, and what each duration saved.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of};
use super::reporter::last_component;
use super::wire::{
    CacheAlternative, CacheBasis, CacheByDuration, CacheCause, CacheItem, CacheMisses, CacheStats, Certainty,
    Usd,
};
use ctm_aggregate::Amounts;
use ctm_aggregate::cache::{CacheCosts, DurationAmounts, MissAmounts, misses_by};
use ctm_facts::CatalogNames;
use ctm_facts::cache::{CacheUsage, MissCause, MissKey};
use ctm_types::printable::one_line;
use ctm_types::{CacheTokens, Catalog, CircumstanceId, PicoUsd, UsageRow};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The items that misses are listed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CacheBy {
    /// Projects.
    #[default]
    Project,
    /// Sessions.
    Session,
    /// Versions of Claude Code.
    Version,
}

/// The items by their names on the wire.
pub const CACHE_BY: [(&str, CacheBy); 3] =
    [("project", CacheBy::Project), ("session", CacheBy::Session), ("version", CacheBy::Version)];

/// A key, and the project of a session.
type ItemKey = (Option<String>, Option<String>);

impl DatabaseReports {
    /// Returns the misses of the cache, at most `limit` items with the rest, and the cache by duration.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn cache(&self, query: &Query, by: CacheBy, limit: usize) -> Result<CacheStats, ReportError> {
        let names = match by {
            CacheBy::Project => CatalogNames::Projects,
            CacheBy::Session => CatalogNames::SessionsAndProjects,
            CacheBy::Version => CatalogNames::None,
        };
        let gathered = self.reporter.gather(query, names, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let bounds = gathered.range.bounds_ms(query.tz);
        let usage = self.machine_store()?.cache_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        // Read after the usage, so that it has every name.
        let catalog = self.reporter.facts.catalog(names).await?;
        let prices = &self.reporter.prices;
        let rows: Vec<UsageRow> = usage.misses.iter().map(|(_, row)| *row).collect();
        let causes: Vec<_> = usage
            .misses
            .iter()
            .map(|(key, _)| cause(key.cause, |id| usage.causes.get(&id).cloned()))
            .collect();
        let causes = misses_by(&rows, &causes, &catalog, prices);
        let keys: Vec<_> = usage.misses.iter().map(|of| item_key(&usage, of, by, &catalog)).collect();
        let (items, rest) = most_expensive(misses_by(&rows, &keys, &catalog, prices), limit);
        let (rows, tokens): (Vec<UsageRow>, Vec<CacheTokens>) = usage.rows.into_iter().unzip();
        let costs = CacheCosts::of(&rows, &tokens, &catalog, prices);
        Ok(CacheStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            misses: misses(&sum(causes.values())),
            causes: most_expensive(causes, usize::MAX).0.into_iter().map(cause_item).collect(),
            by: name_of(&CACHE_BY, &by),
            items: items.into_iter().map(|(key, of)| item(key, &of, by)).collect(),
            rest_count: rest.len(),
            rest: (!rest.is_empty()).then(|| misses(&sum(rest.iter().map(|(_, of)| of)))),
            durations: vec![duration("5m", &costs, &costs.of_5m), duration("1h", &costs, &costs.of_1h)],
            alternatives: alternatives(&costs),
        })
    }
}

/// Returns the name of a cause, and where it is from. `logged` returns the name of a logged one.
pub(super) fn cause(
    of: MissCause,
    logged: impl FnOnce(CircumstanceId) -> Option<String>,
) -> (CacheBasis, String) {
    let inferred = |name: &str| (CacheBasis::Inferred, name.to_owned());
    match of {
        MissCause::Logged(circumstance) => (CacheBasis::Logged, logged(circumstance).unwrap_or_default()),
        MissCause::Model => inferred("model"),
        MissCause::Expired => inferred("expired"),
        MissCause::Shortened => inferred("shortened"),
        MissCause::Changed => inferred("changed"),
    }
}

fn item_key(usage: &CacheUsage, (key, row): &(MissKey, UsageRow), by: CacheBy, names: &Catalog) -> ItemKey {
    let project = || names.projects.get(&row.project).cloned();
    match by {
        CacheBy::Project => (Some(project().unwrap_or_default()), None),
        CacheBy::Session => (Some(names.sessions.get(&row.session).cloned().unwrap_or_default()), project()),
        CacheBy::Version => {
            (usage.conversations.get(&key.conversation).and_then(|of| of.version.clone()), None)
        }
    }
}

/// Misses by key, the most expensive first.
type Ranked<K> = Vec<(K, MissAmounts)>;

/// Returns the most expensive sums, and all others.
fn most_expensive<K: Ord + Clone>(sums: BTreeMap<K, MissAmounts>, limit: usize) -> (Ranked<K>, Ranked<K>) {
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_cached_key(|(key, of)| (Reverse((of.extra, of.tokens, of.misses)), key.clone()));
    let rest = sums.split_off(limit.min(sums.len()));
    (sums, rest)
}

fn sum<'s>(all: impl Iterator<Item = &'s MissAmounts>) -> MissAmounts {
    let mut sum = MissAmounts::default();
    all.for_each(|of| sum.add(of));
    sum
}

fn misses(of: &MissAmounts) -> CacheMisses {
    let certainty = match of.unpriced_tokens {
        0 => Certainty::Exact,
        unpriced if unpriced == of.tokens => Certainty::Unknown,
        _ => Certainty::AtLeast,
    };
    CacheMisses {
        misses: of.misses,
        missed_tokens: of.tokens,
        extra_usd: (certainty != Certainty::Unknown).then_some(Usd(of.extra)),
        certainty,
    }
}

fn cause_item(((basis, cause), of): ((CacheBasis, String), MissAmounts)) -> CacheCause {
    CacheCause { cause, basis, of: misses(&of) }
}

fn item((key, project): ItemKey, of: &MissAmounts, by: CacheBy) -> CacheItem {
    let label = key.as_deref().map(|key| if by == CacheBy::Project { last_component(key) } else { key });
    let label = label.map(|label| one_line(label).into_owned());
    CacheItem { label, key, project, of: misses(of) }
}

fn duration(name: &'static str, costs: &CacheCosts, of: &DurationAmounts) -> CacheByDuration {
    CacheByDuration {
        duration: name,
        write_tokens: of.written,
        read_tokens: of.read,
        saving_usd: costs.actual.cost_usd().map(|_| Usd(of.saving)),
    }
}

fn alternatives(costs: &CacheCosts) -> Vec<CacheAlternative> {
    let actual = costs.actual.cost_usd();
    let alternative = |cache, amounts: &Amounts| {
        let cost = amounts.cost_usd();
        let difference = cost.zip(actual).map(|(cost, actual): (PicoUsd, PicoUsd)| cost - actual);
        CacheAlternative {
            cache,
            cost_usd: cost.map(Usd),
            difference_usd: difference.map(Usd),
            certainty: Certainty::of(amounts),
        }
    };
    vec![
        alternative("actual", &costs.actual),
        alternative("none", &costs.without),
        alternative("5m", &costs.only_5m),
        alternative("1h", &costs.only_1h),
    ]
}
