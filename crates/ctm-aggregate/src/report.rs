//! The reports: folds over the lines of a [`Ledger`].
//!
//! Named items are ordered by cost, then by tokens, both descending, then by name,
//! so that the same usage always gives the same report.

use crate::calendar::{Bucket, DateRange};
use crate::ledger::{Ledger, LedgerEntry};
use crate::usage::{Amounts, Usage};
use chrono::NaiveDate;
use ctm_types::PicoUsd;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The usage of a project, a session, a Claude home or a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUsage {
    /// Stored name; empty if there is none.
    pub name: Arc<str>,
    /// Its usage.
    pub usage: Usage,
}

/// The usage of a day, a week or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodUsage {
    /// First day of the day, week or month, which can precede the requested range.
    pub first_day: NaiveDate,
    /// Usage of its days within the range.
    pub usage: Usage,
}

/// The usage of a day, a week or a month, and its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodModels {
    /// First day of the day, week or month, which can precede the requested range.
    pub first_day: NaiveDate,
    /// Usage of its days within the range.
    pub usage: Usage,
    /// The same by model; models without usage are absent.
    pub models: Vec<NamedUsage>,
}

impl Ledger {
    /// Returns the total usage.
    #[must_use]
    pub fn total(&self) -> Usage {
        let mut total = Usage::default();
        for line in self.lines() {
            self.add_to(&mut total, line);
        }
        total
    }

    /// Returns the ledger of every day, week or month of a range, in order, with its first day.
    ///
    /// The first day can precede the range; the ledger only has lines in the range.
    pub fn buckets(&self, range: DateRange, bucket: Bucket) -> impl Iterator<Item = (NaiveDate, Self)> {
        range.parts(bucket).map(move |part| (bucket.first_day(part.from()), self.within(part)))
    }

    /// Returns the usage of every day of a range, in order; days without use are all zero.
    #[must_use]
    pub fn by_day(&self, range: DateRange) -> Vec<PeriodUsage> {
        self.by_bucket(range, Bucket::Day)
    }

    /// Returns the usage of every day, week or month of a range, in order; those without use are
    /// all zero.
    #[must_use]
    pub fn by_bucket(&self, range: DateRange, bucket: Bucket) -> Vec<PeriodUsage> {
        self.buckets(range, bucket)
            .map(|(first_day, ledger)| PeriodUsage { first_day, usage: ledger.total() })
            .collect()
    }

    /// Returns the usage of every day of a range, in order, and of each day's models.
    #[must_use]
    pub fn by_day_and_model(&self, range: DateRange) -> Vec<PeriodModels> {
        self.by_bucket_and_model(range, Bucket::Day)
    }

    /// Returns the usage of every day, week or month of a range, in order, and of its models.
    #[must_use]
    pub fn by_bucket_and_model(&self, range: DateRange, bucket: Bucket) -> Vec<PeriodModels> {
        self.buckets(range, bucket)
            .map(|(first_day, ledger)| PeriodModels {
                first_day,
                usage: ledger.total(),
                models: ledger.usage_by_model(),
            })
            .collect()
    }

    /// Returns the usage of each model, by name as logged.
    #[must_use]
    pub fn usage_by_model(&self) -> Vec<NamedUsage> {
        self.by_name(|line| self.model(line))
    }

    /// Returns the usage of each project.
    #[must_use]
    pub fn by_project(&self) -> Vec<NamedUsage> {
        self.by_name(|line| self.project(line))
    }

    /// Returns the usage of each session.
    #[must_use]
    pub fn by_session(&self) -> Vec<NamedUsage> {
        self.by_name(|line| self.session(line))
    }

    /// Returns the usage of each Claude home.
    #[must_use]
    pub fn by_home(&self) -> Vec<NamedUsage> {
        self.by_name(|line| self.home(line))
    }

    /// Returns the amounts of each project and day of a range, by project name, with one
    /// entry for each day of the range, for drawing.
    ///
    /// Projects without use in the range are absent.
    #[must_use]
    pub fn project_sparks(&self, range: DateRange) -> BTreeMap<Arc<str>, Vec<Amounts>> {
        let mut sparks = BTreeMap::new();
        for line in self.within(range).lines() {
            let days = sparks
                .entry(Arc::clone(self.project(line)))
                .or_insert_with(|| vec![Amounts::default(); range.day_count()]);
            if let Some(index) = range.index_of(line.key.day) {
                days[index] += line.amounts;
            }
        }
        sparks
    }

    /// Returns the usage of each project's models, by project name.
    #[must_use]
    pub fn models_by_project(&self) -> HashMap<Arc<str>, Vec<NamedUsage>> {
        self.models_by(|line| self.project(line))
    }

    /// Returns the usage of each session's models, by session id.
    #[must_use]
    pub fn models_by_session(&self) -> HashMap<Arc<str>, Vec<NamedUsage>> {
        self.models_by(|line| self.session(line))
    }

    /// Returns the usage of the lines by name.
    pub(crate) fn by_name<'a>(&'a self, name: impl Fn(&LedgerEntry) -> &'a Arc<str>) -> Vec<NamedUsage> {
        let mut groups: HashMap<&Arc<str>, Usage> = HashMap::new();
        for line in self.lines() {
            self.add_to(groups.entry(name(line)).or_default(), line);
        }
        ranked(groups)
    }

    /// Returns the usage of the lines by name and model.
    fn models_by<'a>(
        &'a self,
        name: impl Fn(&LedgerEntry) -> &'a Arc<str>,
    ) -> HashMap<Arc<str>, Vec<NamedUsage>> {
        let mut groups: HashMap<&Arc<str>, HashMap<&Arc<str>, Usage>> = HashMap::new();
        for line in self.lines() {
            let models = groups.entry(name(line)).or_default();
            self.add_to(models.entry(self.model(line)).or_default(), line);
        }
        groups.into_iter().map(|(name, models)| (Arc::clone(name), ranked(models))).collect()
    }
}

/// Returns usage by name in report order.
pub(crate) fn ranked(groups: HashMap<&Arc<str>, Usage>) -> Vec<NamedUsage> {
    let mut named: Vec<NamedUsage> =
        groups.into_iter().map(|(name, usage)| NamedUsage { name: Arc::clone(name), usage }).collect();
    named.sort_by(|a, b| rank(&a.usage.amounts, &a.name).cmp(&rank(&b.usage.amounts, &b.name)));
    named
}

/// Returns the sort key of reports: by cost, then by tokens, then by name.
pub(crate) fn rank<'a>(amounts: &Amounts, name: &'a str) -> (Reverse<PicoUsd>, Reverse<u64>, &'a str) {
    (Reverse(amounts.cost), Reverse(amounts.tokens.total()), name)
}
