//! What changed between a period and its period of comparison.
//!
//! # Design
//!
//! Only metrics that add up are compared: a session of two models counts for both, and rates have no sum. An
//! unknown value adds nothing, as in every other total.

use super::by::{BySums, ByWhat};
use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Compare, METRICS, Query, name_of};
use super::reporter::{Gathered, last_component};
use super::wire::{
    Certainty, ChangeStats, ChangedDifference, ChangedItem, ChangedPresence, ChangedValue, Movers, Number,
    Usd,
};
use ctm_aggregate::{Base, Difference, Figure, Ledger, Metric, NamedUsage, Usage};
use ctm_facts::CatalogNames;
use ctm_types::printable::one_line;
use ctm_types::{PicoUsd, ToolUsage};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The items whose changes are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChangedBy {
    /// Models.
    #[default]
    Model,
    /// Projects.
    Project,
    /// Tools, by their calls.
    Tool,
    /// Sessions.
    Session,
    /// Types of subagents, skills and versions of Claude Code.
    Facet(ByWhat),
}

/// The items by their names on the wire.
pub const CHANGED_BY: [(&str, ChangedBy); 7] = [
    ("model", ChangedBy::Model),
    ("project", ChangedBy::Project),
    ("tool", ChangedBy::Tool),
    ("session", ChangedBy::Session),
    ("agent", ChangedBy::Facet(ByWhat::Agent)),
    ("skill", ChangedBy::Facet(ByWhat::Skill)),
    ("version", ChangedBy::Facet(ByWhat::Version)),
];

/// Metrics that add up over items, by their names on the wire.
pub const SUMMED: [(&str, Metric); 8] = {
    let [cost, tokens, input, output, read, write_5m, write_1h, responses, ..] = METRICS;
    [cost, tokens, input, output, read, write_5m, write_1h, responses]
};

/// What is requested of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeQuery {
    /// The items.
    pub by: ChangedBy,
    /// The metric; tools are always compared by their calls.
    pub metric: Metric,
    /// The period of comparison.
    pub compare: Compare,
    /// Maximum number of items, besides the rest.
    pub limit: usize,
}

impl ChangeQuery {
    /// All models, by their cost.
    pub const ALL: Self =
        Self { by: ChangedBy::Model, metric: Metric::Cost, compare: Compare::Previous, limit: usize::MAX };
}

/// A count, or pico-US-dollars, and how much of the usage it covers.
#[derive(Debug, Clone, Copy)]
struct Amount {
    /// Zero where it is unknown.
    value: i128,
    certainty: Certainty,
}

impl Amount {
    const NOTHING: Self = Self::exact(0);

    const fn exact(value: i128) -> Self {
        Self { value, certainty: Certainty::Exact }
    }

    /// Returns the value; `None` where it is unknown.
    fn known(self) -> Option<i128> {
        (self.certainty != Certainty::Unknown).then_some(self.value)
    }

    /// Returns the sum of what is known: a lower bound if something is not, unknown if that is nothing.
    fn sum(amounts: impl Iterator<Item = Self>) -> Self {
        amounts.fold(Self::NOTHING, |sum, amount| {
            let value = sum.value + amount.value;
            let certainty = match (sum.certainty, amount.certainty) {
                (Certainty::Exact, Certainty::Exact) => Certainty::Exact,
                (Certainty::Unknown, _) | (_, Certainty::Unknown) if value == 0 => Certainty::Unknown,
                _ => Certainty::AtLeast,
            };
            Self { value, certainty }
        })
    }
}

/// A value before and now; `None` without usage.
#[derive(Debug, Default)]
struct Pair {
    before: Option<Amount>,
    now: Option<Amount>,
    project: Option<String>,
}

impl Pair {
    fn before(&self) -> Amount {
        self.before.unwrap_or(Amount::NOTHING)
    }

    fn now(&self) -> Amount {
        self.now.unwrap_or(Amount::NOTHING)
    }

    /// Returns the size of the difference; something unknown counts as nothing.
    fn size(&self) -> u128 {
        (self.now().value - self.before().value).unsigned_abs()
    }
}

/// The items with the largest differences, and the rest.
struct Listed {
    items: Vec<ChangedItem>,
    rest_count: usize,
    rest: Option<ChangedValue>,
}

/// The pairs by key.
type Pairs = BTreeMap<String, Pair>;

impl DatabaseReports {
    /// Returns the items that changed most, and the rest.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn changes(&self, query: &Query, wanted: ChangeQuery) -> Result<ChangeStats, ReportError> {
        let reporter = &self.reporter;
        let names = match wanted.by {
            ChangedBy::Model | ChangedBy::Tool | ChangedBy::Facet(_) => CatalogNames::None,
            ChangedBy::Project => CatalogNames::Projects,
            ChangedBy::Session => CatalogNames::SessionsAndProjects,
        };
        let others = |range| reporter.base(query, wanted.compare, range).map(|base| base.days);
        let gathered = reporter.gather(query, names, |range| others(range).into_iter().collect()).await?;
        let base = gathered.known_base(reporter.base(query, wanted.compare, gathered.range));
        let ledger = reporter.ledger(query, &gathered);
        let pairs = match (&base, wanted.by) {
            (None, _) => Pairs::new(),
            (Some(base), ChangedBy::Tool) => self.tool_pairs(query, &gathered, base).await?,
            (Some(base), ChangedBy::Facet(by)) => {
                let facets = self.facets_since(query, &gathered, base, &[by]).await?;
                facet_pairs(&facets, by, wanted.metric)
            }
            (Some(base), _) => usage_pairs(&ledger, &reporter.base_ledger(query, &gathered, base), wanted),
        };
        let metric = if wanted.by == ChangedBy::Tool { "calls" } else { name_of(&METRICS, &wanted.metric) };
        let value: ToValue = if metric == "cost_usd" { cost_value } else { count_value };
        let (before, now) = sums(pairs.values());
        let Listed { items, rest_count, rest } = self.listed(pairs, wanted, value);
        Ok(ChangeStats {
            meta: reporter.meta(query, &gathered, &ledger),
            previous_period: base.as_ref().map(|base| gathered.previous_period(base)),
            metric,
            by: name_of(&CHANGED_BY, &wanted.by),
            items,
            rest_count,
            rest,
            total: value(before, now),
        })
    }

    /// Returns the items whose cost changed most, and the rest; `ledgers` and `facets` are before and now.
    pub(super) fn movers(
        &self,
        ledgers: [&Ledger; 2],
        facets: &[(ByWhat, [BySums; 2])],
        wanted: ChangeQuery,
    ) -> Movers {
        let pairs = match wanted.by {
            ChangedBy::Facet(by) => facet_pairs(facets, by, wanted.metric),
            _ => usage_pairs(ledgers[1], ledgers[0], wanted),
        };
        let Listed { items, rest_count, rest } = self.listed(pairs, wanted, cost_value);
        Movers { by: name_of(&CHANGED_BY, &wanted.by), items, rest_count, rest }
    }

    /// Returns the largest differences, and the sum of all others.
    fn listed(&self, pairs: Pairs, wanted: ChangeQuery, value: ToValue) -> Listed {
        let mut items: Vec<_> = pairs.into_iter().collect();
        items.sort_by_cached_key(|(_, pair)| Reverse(pair.size()));
        let rest = items.split_off(wanted.limit.min(items.len()));
        let (before, now) = sums(rest.iter().map(|(_, pair)| pair));
        let items = items.into_iter().map(|(key, pair)| self.changed_item(key, pair, wanted.by, value));
        Listed {
            items: items.collect(),
            rest_count: rest.len(),
            rest: (!rest.is_empty()).then(|| value(before, now)),
        }
    }

    /// Returns the calls of each tool.
    async fn tool_pairs(
        &self,
        query: &Query,
        gathered: &Gathered,
        base: &Base,
    ) -> Result<Pairs, ReportError> {
        let bounds = gathered.range.bounds_ms(query.tz);
        let now = self.machine_store()?.tool_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        let start_ms = base.days.bounds_ms(query.tz).start;
        let before =
            self.machine_store()?.tool_usage(&query.between_ms(start_ms, base.end_ms(query.tz))).await?;
        let mut pairs = Pairs::new();
        let calls = |tool: &ToolUsage| Some(Amount::exact(tool.calls.into()));
        before.iter().for_each(|tool| pairs.entry(tool.tool.clone()).or_default().before = calls(tool));
        now.iter().for_each(|tool| pairs.entry(tool.tool.clone()).or_default().now = calls(tool));
        Ok(pairs)
    }

    fn changed_item(&self, key: String, pair: Pair, by: ChangedBy, value: ToValue) -> ChangedItem {
        let label = match by {
            ChangedBy::Model => self.reporter.model_label(&key),
            ChangedBy::Project => last_component(&key).to_owned(),
            ChangedBy::Tool | ChangedBy::Session | ChangedBy::Facet(_) => key.clone(),
        };
        let presence = match (&pair.before, &pair.now) {
            (None, _) => ChangedPresence::New,
            (_, None) => ChangedPresence::Gone,
            _ => ChangedPresence::Both,
        };
        let value = value(pair.before(), pair.now());
        ChangedItem { label: one_line(&label).into_owned(), key, project: pair.project, presence, value }
    }
}

/// Returns the values of each subagent, skill or version; usage without one has an empty key.
fn facet_pairs(facets: &[(ByWhat, [BySums; 2])], by: ByWhat, metric: Metric) -> Pairs {
    // Main conversations and subagents without a type are one item.
    let named = |sums: &BySums| {
        let mut named: BTreeMap<String, Usage> = BTreeMap::new();
        for ((_, name), of) in sums {
            *named.entry(name.clone()).or_default() += &of.usage;
        }
        named
    };
    let mut pairs = Pairs::new();
    for (_, [before, now]) in facets.iter().filter(|(of, _)| *of == by) {
        for (name, usage) in named(before) {
            pairs.entry(name).or_default().before = Some(amount(metric, &usage));
        }
        for (name, usage) in named(now) {
            pairs.entry(name).or_default().now = Some(amount(metric, &usage));
        }
    }
    pairs
}

/// Returns the values of each model, project or session.
fn usage_pairs(now: &Ledger, before: &Ledger, wanted: ChangeQuery) -> Pairs {
    let named = |ledger: &Ledger| -> Vec<NamedUsage> {
        match wanted.by {
            ChangedBy::Project => ledger.by_project(),
            ChangedBy::Session => ledger.by_session(),
            ChangedBy::Model | ChangedBy::Tool | ChangedBy::Facet(_) => ledger.usage_by_model(),
        }
    };
    let mut pairs = Pairs::new();
    for item in named(before) {
        pairs.entry(item.name.to_string()).or_default().before = Some(amount(wanted.metric, &item.usage));
    }
    for item in named(now) {
        pairs.entry(item.name.to_string()).or_default().now = Some(amount(wanted.metric, &item.usage));
    }
    if wanted.by == ChangedBy::Session {
        for session in [before, now].into_iter().flat_map(Ledger::by_session_and_project) {
            if let Some(pair) = pairs.get_mut(&*session.session) {
                pair.project = Some(session.project.to_string());
            }
        }
    }
    pairs
}

/// Returns the value of a metric that adds up.
fn amount(metric: Metric, usage: &Usage) -> Amount {
    let value = match metric.of(usage) {
        Some(Figure::Count(count)) => count.into(),
        Some(Figure::Usd(PicoUsd(amount))) => amount,
        Some(Figure::Rate(_)) | None => 0,
    };
    Amount { value, certainty: Certainty::of_metric(metric, &usage.amounts) }
}

/// Returns the sums before and now.
fn sums<'p>(pairs: impl Iterator<Item = &'p Pair> + Clone) -> (Amount, Amount) {
    (Amount::sum(pairs.clone().map(Pair::before)), Amount::sum(pairs.map(Pair::now)))
}

/// Converts a value before and now.
type ToValue = fn(Amount, Amount) -> ChangedValue;

fn cost_value(before: Amount, now: Amount) -> ChangedValue {
    let usd = |amount| Usd(PicoUsd(amount));
    let number = |amount: Amount| amount.known().map(|amount| Number::Usd(usd(amount)));
    let difference =
        before.known().zip(now.known()).map(|(before, now)| ChangedDifference::Usd(usd(now - before)));
    changed(before, now, number, difference)
}

fn count_value(before: Amount, now: Amount) -> ChangedValue {
    let count = |amount| u64::try_from(amount).unwrap_or(u64::MAX);
    let number = |amount: Amount| amount.known().map(|amount| Number::Count(count(amount)));
    let difference = before.known().zip(now.known()).map(|(before, now)| {
        ChangedDifference::Count(Difference::of_count(count(now), count(before)).absolute)
    });
    changed(before, now, number, difference)
}

fn changed(
    before: Amount,
    now: Amount,
    number: impl Fn(Amount) -> Option<Number>,
    difference: Option<ChangedDifference>,
) -> ChangedValue {
    ChangedValue {
        current: number(now),
        current_certainty: now.certainty,
        previous: number(before),
        previous_certainty: before.certainty,
        difference,
    }
}
