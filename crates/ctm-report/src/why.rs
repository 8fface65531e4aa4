//! Why the cost changed between a period and its period of comparison.

use super::by::ByWhat;
use super::changes::{ChangeQuery, ChangedBy};
use super::database::DatabaseReports;
use super::error::ReportError;
use super::others::OtherCounts;
use super::query::{Compare, Query};
use super::reporter::Gathered;
use super::wire::{CauseOfChange, Certainty, Movers, Statement, Usd, WhyPeriod, WhyStats};
use chrono::NaiveDate;
use ctm_aggregate::{Base, Bucket, Cause, Consumed, DateRange, Decomposition, Ledger, Metric, day_of_slot};
use ctm_facts::CatalogNames;
use std::collections::BTreeSet;

/// Number of responses in both periods below which a difference supports no statement.
const MINIMUM_RESPONSES: u64 = 100;

/// The causes by their names on the wire.
const CAUSES: [(&str, Cause); 7] = [
    ("volume", Cause::Volume),
    ("mix", Cause::Mix),
    ("context", Cause::Context),
    ("cache", Cause::Cache),
    ("output", Cause::Output),
    ("web_searches", Cause::Searches),
    ("price", Cause::Price),
];

/// The kinds of items that are listed.
const MOVERS: [ChangedBy; 6] = [
    ChangedBy::Project,
    ChangedBy::Model,
    ChangedBy::Session,
    ChangedBy::Facet(ByWhat::Agent),
    ChangedBy::Facet(ByWhat::Skill),
    ChangedBy::Facet(ByWhat::Version),
];

/// What is requested of the causes of a changed cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WhyQuery {
    /// The period of comparison.
    pub compare: Compare,
    /// Maximum number of items of each kind, besides the rest.
    pub limit: usize,
}

impl DatabaseReports {
    /// Returns the causes of the difference of cost from the period of comparison, and the items that changed most.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn why(&self, query: &Query, wanted: WhyQuery) -> Result<WhyStats, ReportError> {
        let reporter = &self.reporter;
        let others = |range| reporter.base(query, wanted.compare, range).map(|base| base.days);
        let names = CatalogNames::SessionsAndProjects;
        let gathered = reporter.gather(query, names, |range| others(range).into_iter().collect()).await?;
        let base = gathered.known_base(reporter.base(query, wanted.compare, gathered.range));
        let now = reporter.ledger(query, &gathered);
        let before = base.as_ref().map(|base| reporter.base_ledger(query, &gathered, base));
        let split = Decomposition::new(before.as_ref().unwrap_or(&now), &now);
        let compared = base.as_ref().zip(before.as_ref());
        let mut ranges = vec![(gathered.range, &now)];
        ranges.extend(compared.map(|(base, before)| (base.days, before)));
        let unknown = self.days_of_statistics(query, &ranges).await?;
        let period = |range, ledger, consumed| period(&gathered, range, ledger, consumed, &unknown);
        let movers = match compared {
            Some((base, before)) => self.all_movers(query, &gathered, base, [before, &now], wanted).await?,
            None => Vec::new(),
        };
        Ok(WhyStats {
            meta: reporter.meta(query, &gathered, &now),
            previous_period: base.as_ref().map(|base| gathered.previous_period(base)),
            statement: statement(&gathered, base.as_ref(), &split),
            minimum_responses: MINIMUM_RESPONSES,
            current: period(gathered.range, &now, &split.now),
            previous: compared.map(|(base, before)| period(base.days, before, &split.before)),
            difference_usd: compared.map(|_| Usd(split.difference())),
            causes: compared.map(|_| causes(&split)).unwrap_or_default(),
            movers,
        })
    }

    async fn all_movers(
        &self,
        query: &Query,
        gathered: &Gathered,
        base: &Base,
        ledgers: [&Ledger; 2],
        wanted: WhyQuery,
    ) -> Result<Vec<Movers>, ReportError> {
        // The rest is only in the databases of machines.
        let is_known = |by: &ChangedBy| !matches!(by, ChangedBy::Facet(_)) || self.machine_store().is_ok();
        let movers = MOVERS.into_iter().filter(is_known);
        let by = movers.clone().filter_map(|by| if let ChangedBy::Facet(by) = by { Some(by) } else { None });
        let facets = self.facets_since(query, gathered, base, &by.collect::<Vec<_>>()).await?;
        let of = |by| ChangeQuery { by, metric: Metric::Cost, compare: wanted.compare, limit: wanted.limit };
        Ok(movers.map(|by| self.movers(ledgers, &facets, of(by))).collect())
    }

    /// Returns the days of ranges that only Claude Code's own statistics or other programs know.
    pub(super) async fn days_of_statistics(
        &self,
        query: &Query,
        ranges: &[(DateRange, &Ledger)],
    ) -> Result<BTreeSet<NaiveDate>, ReportError> {
        let facts = &self.reporter.facts;
        let others = OtherCounts::load(facts, query).await?;
        let used: BTreeSet<NaiveDate> = ranges
            .iter()
            .flat_map(|(_, ledger)| ledger.used_buckets(Bucket::Day))
            .map(|(day, _)| day)
            .collect();
        let is_within = |day: &NaiveDate| ranges.iter().any(|(range, _)| range.contains(*day));
        let mut days: BTreeSet<NaiveDate> =
            others.days().into_iter().filter(|day| is_within(day) && !used.contains(day)).collect();
        if let Some((first, last)) = days.first().zip(days.last()) {
            // A filter can exclude the usage of a day whose transcripts are known.
            let account = Query { filter: query.account(), ..query.clone() };
            let bounds = DateRange::new(*first, *last).unwrap_or(DateRange::day(*first)).bounds_ms(query.tz);
            for row in facts.usage(&account.between_ms(bounds.start, bounds.end)).await? {
                days.remove(&day_of_slot(row.slot, query.tz));
            }
        }
        Ok(days)
    }
}

/// Returns whether a difference supports a statement.
fn statement(gathered: &Gathered, base: Option<&Base>, split: &Decomposition) -> Statement {
    let Some(base) = base else { return Statement::NoComparison };
    if gathered.previous_period(base).known_from.is_some() {
        Statement::KnownInPart
    } else if split.before.responses.min(split.now.responses) < MINIMUM_RESPONSES {
        Statement::FewResponses
    } else {
        Statement::Supported
    }
}

fn causes(split: &Decomposition) -> Vec<CauseOfChange> {
    let cause = |(name, cause)| CauseOfChange { cause: name, difference_usd: Usd(split.causes[cause]) };
    CAUSES.into_iter().map(cause).collect()
}

/// Returns a period with its coverage; `only_statistics` are days without transcripts.
fn period(
    gathered: &Gathered,
    range: DateRange,
    ledger: &Ledger,
    consumed: &Consumed,
    only_statistics: &BTreeSet<NaiveDate>,
) -> WhyPeriod {
    let unknown_until = gathered.first_known().filter(|first| range.from() < *first);
    let before_any = unknown_until.map_or(0, |first| {
        let last = first.pred_opt().unwrap_or(first).min(range.to());
        DateRange::new(range.from(), last).map_or(0, DateRange::day_count)
    });
    let without_transcripts = only_statistics
        .iter()
        .filter(|day| range.contains(**day) && unknown_until.is_none_or(|first| **day >= first))
        .count();
    let totals = ledger.total().amounts;
    WhyPeriod {
        from: range.from(),
        to: range.to(),
        days: range.day_count() as u64,
        days_with_usage: ledger.used_buckets(Bucket::Day).count() as u64,
        days_unknown: (before_any + without_transcripts) as u64,
        cost_usd: totals.cost_usd().map(Usd),
        certainty: Certainty::of(&totals),
        responses: consumed.responses,
        prompt_tokens_per_response: mean(consumed.prompt, consumed.responses),
        cache_hit_rate: mean(consumed.cache_read, consumed.prompt),
        output_tokens_per_response: mean(consumed.output, consumed.responses),
        web_searches: consumed.web_searches,
        unpriced_responses: consumed.unpriced_responses,
        unpriced_tokens: consumed.unpriced_tokens,
        unpriced_web_searches: consumed.unpriced_web_searches,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is for showing only")]
fn mean(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}
