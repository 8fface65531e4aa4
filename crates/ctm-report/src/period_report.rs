//! The contents of a written report of a period.

use super::aliases::Aliases;
use super::cache::CacheBy;
use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::{MAX_LIMIT, Order, PageQuery, PageSort};
use super::query::{Compare, Query, SessionQuery};
use super::why::WhyQuery;
use super::wire::{
    Certainty, Day, HasUsage, Meta, PeriodReport, Previous, ReportAmount, ReportComparison, ReportItem,
    ReportItems, ReportLimit, ReportNames, ReportSession, ReportStep, Session, Usage, Usd, WhyStats,
};
use chrono::Weekday;
use ctm_aggregate::Bucket;
use ctm_facts::UsageFilter;
use std::collections::{BTreeMap, HashMap};

/// Number of days up to which each has a step of its own.
const MOST_DAYS: u64 = 35;

/// Number of days up to which each week has a step of its own.
const MOST_DAYS_BY_WEEK: u64 = 250;

/// Whether a report has names, by the words for it.
pub const REPORT_NAMES: [(&str, ReportNames); 2] =
    [("shown", ReportNames::Shown), ("numbered", ReportNames::Numbered)];

/// What is requested of a written report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodReportQuery {
    /// The period of comparison.
    pub compare: Compare,
    /// First day of a week.
    pub week_start: Weekday,
    /// Maximum number of items of each kind, besides the rest: 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// Whether projects have names.
    pub names: ReportNames,
}

impl DatabaseReports {
    /// Returns the contents of a written report of a period.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn period_report(
        &self,
        query: &Query,
        wanted: &PeriodReportQuery,
    ) -> Result<PeriodReport, ReportError> {
        let PeriodReportQuery { compare, limit, names, .. } = *wanted;
        let limit = limit.min(MAX_LIMIT);
        let reporter = &self.reporter;
        let stats = reporter.stats(query, compare).await?;
        let why = self.why(query, WhyQuery { compare, limit: 1 }).await?;
        let (step, bucket) = step(why.current.days, wanted.week_start);
        let projects = reporter.projects(query, &PageQuery::all(PageSort::Cost), compare).await?;
        let labels = projects.items.iter().map(|item| (&*item.project, &*item.label));
        let called = match names {
            ReportNames::Shown => Called::by_label(labels),
            ReportNames::Numbered => Called::by_letters(labels, &reporter.aliases().await?),
        };
        let models = reporter.models(query, compare).await?;
        let sessions = SessionQuery::from(PageQuery {
            limit: Some(limit),
            cursor: None,
            sort: PageSort::Cost,
            order: Order::Descending,
        });
        let sessions = reporter.sessions(query, &sessions).await?;
        let project_items = projects
            .items
            .iter()
            .map(|item| (called.project(&item.project), &item.usage, item.previous.as_ref()));
        let model_items =
            models.items.iter().map(|item| (item.label.clone(), &item.usage, item.previous.as_ref()));
        Ok(PeriodReport {
            names,
            comparison: comparison(&why, stats.previous),
            step,
            steps: reporter.daily(query, bucket, false).await?.days.iter().map(step_of).collect(),
            projects: items(&project_items.collect::<Vec<_>>(), limit),
            models: items(&model_items.collect::<Vec<_>>(), limit),
            further_sessions: sessions.total - sessions.items.len(),
            sessions: sessions.items.iter().map(|session| called.session(session)).collect(),
            cache_misses: match self.machine_store() {
                Ok(_) => Some(self.cache(query, CacheBy::default(), 1).await?.misses),
                Err(_) => None,
            },
            limits_reached: self.limits_reached(query, &stats.meta).await?,
            days_unknown: why.current.days_unknown,
            totals: stats.totals,
            meta: stats.meta,
        })
    }
}

impl DatabaseReports {
    /// Returns in how many windows each limit was reached; limits are those of homes, and say nothing about a part of their usage.
    async fn limits_reached(
        &self,
        query: &Query,
        meta: &Meta,
    ) -> Result<Option<Vec<ReportLimit>>, ReportError> {
        let UsageFilter { homes, unlogged, .. } = &query.filter;
        let of_homes = UsageFilter { homes: homes.clone(), unlogged: *unlogged, ..UsageFilter::default() };
        if query.filter != of_homes {
            return Ok(None);
        }
        let limits = self.limits(Some(meta.from), Some(meta.to), query.tz, homes).await?;
        let mut counts = BTreeMap::new();
        for hit in &limits.hits {
            *counts.entry(hit.window).or_default() += 1;
        }
        Ok(Some(counts.into_iter().map(|(window, count)| ReportLimit { window, count }).collect()))
    }
}

/// What projects and sessions are called in a report.
pub(super) struct Called {
    names: ReportNames,
    projects: HashMap<String, String>,
}

impl Called {
    /// Calls projects by their labels.
    pub(super) fn by_label<'p>(projects: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let projects = projects.map(|(project, label)| (project.to_owned(), label.to_owned())).collect();
        Self { names: ReportNames::Shown, projects }
    }

    /// Calls projects by letters.
    pub(super) fn by_letters<'p>(
        projects: impl Iterator<Item = (&'p str, &'p str)>,
        aliases: &Aliases,
    ) -> Self {
        let letters = |project| aliases.letters_of_project(project).unwrap_or_default();
        let projects = projects.map(|(project, _)| (project.to_owned(), letters(project))).collect();
        Self { names: ReportNames::Numbered, projects }
    }

    pub(super) fn project(&self, project: &str) -> String {
        self.projects.get(project).cloned().unwrap_or_default()
    }

    pub(super) fn session(&self, session: &Session) -> ReportSession {
        let is_shown = self.names == ReportNames::Shown;
        ReportSession {
            id: is_shown.then(|| session.id.clone()),
            title: session.session_title.clone().filter(|_| is_shown),
            project: self.project(&session.project),
            started_at: session.started_at,
            duration_s: session.duration_s,
            amount: session.usage().into(),
        }
    }
}

/// Returns the steps of a number of days.
fn step(days: u64, week_start: Weekday) -> (&'static str, Bucket) {
    if days <= MOST_DAYS {
        ("day", Bucket::Day)
    } else if days <= MOST_DAYS_BY_WEEK {
        ("week", Bucket::Week(week_start))
    } else {
        ("month", Bucket::Month)
    }
}

fn step_of(day: &Day) -> ReportStep {
    ReportStep { from: day.date, amount: day.usage().into() }
}

fn comparison(why: &WhyStats, previous: Option<Previous>) -> Option<ReportComparison> {
    let Previous { period, totals } = previous?;
    Some(ReportComparison {
        period,
        totals,
        statement: why.statement,
        difference_usd: why.difference_usd?,
        causes: why.causes.clone(),
    })
}

/// Returns the first items, which are sorted by cost, and the sum of the rest.
fn items(all: &[(String, &Usage, Option<&Usage>)], limit: usize) -> ReportItems {
    let (first, rest) = all.split_at(limit.min(all.len()));
    let item = |(name, usage, previous): &(String, &Usage, Option<&Usage>)| ReportItem {
        name: name.clone(),
        amount: (*usage).into(),
        previous_usd: previous.and_then(|usage| usage.cost_usd),
    };
    ReportItems {
        items: first.iter().map(item).collect(),
        rest_count: rest.len(),
        rest: rest.iter().map(|(_, usage, _)| ReportAmount::from(*usage)).reduce(sum),
    }
}

/// Returns the sum of the usage of two items.
fn sum(one: ReportAmount, other: ReportAmount) -> ReportAmount {
    let costs = [one, other].map(|amount| amount.cost_usd.map(|Usd(cost)| cost));
    let certainty = match [one.certainty, other.certainty] {
        [Certainty::Exact, Certainty::Exact] => Certainty::Exact,
        [Certainty::Unknown, Certainty::Unknown] => Certainty::Unknown,
        _ => Certainty::AtLeast,
    };
    ReportAmount {
        cost_usd: costs.into_iter().flatten().reduce(|one, other| one + other).map(Usd),
        certainty,
        total_tokens: one.total_tokens + other.total_tokens,
        responses: one.responses + other.responses,
    }
}
