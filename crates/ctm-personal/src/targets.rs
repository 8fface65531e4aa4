//! Targets: the budgets of all usage that charts and meters show, at most one for each span.
//!
//! A target is not stored by itself: it is the oldest budget in US dollars of all usage whose period is that span.

use crate::budget::StoredBudget;
use crate::error::{FieldFault, PersonalError};
use crate::records::{Kind, Personal, Record, put, typed};
use ctm_facts::PersonalRecords;
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope, EpochMs, PicoUsd};
use std::collections::BTreeMap;

/// A span of time with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetSpan {
    /// A window of five hours.
    Block,
    /// A calendar day.
    Day,
    /// A calendar week.
    Week,
    /// A calendar month.
    Month,
}

impl TargetSpan {
    /// All spans, the shortest first.
    pub const ALL: [Self; 4] = [Self::Block, Self::Day, Self::Week, Self::Month];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Returns the span of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.name() == name)
    }
}

/// A change of targets: the new amount of each changed span, `None` to remove its target.
pub type TargetsChange = BTreeMap<TargetSpan, Option<PicoUsd>>;

/// The targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Targets {
    /// Of a window of five hours.
    pub block: Option<PicoUsd>,
    /// Of a calendar day.
    pub day: Option<PicoUsd>,
    /// Of a calendar week.
    pub week: Option<PicoUsd>,
    /// Of a calendar month.
    pub month: Option<PicoUsd>,
}

impl Targets {
    /// Returns the target of a span.
    #[must_use]
    pub fn of(&self, span: TargetSpan) -> Option<PicoUsd> {
        match span {
            TargetSpan::Block => self.block,
            TargetSpan::Day => self.day,
            TargetSpan::Week => self.week,
            TargetSpan::Month => self.month,
        }
    }

    /// Returns the targets among the budgets, the oldest first.
    fn among(budgets: &[Record<StoredBudget>]) -> Self {
        let of = |span| Some(amount(&shown(budgets, span)?.content.budget)?.1);
        Self {
            block: of(TargetSpan::Block),
            day: of(TargetSpan::Day),
            week: of(TargetSpan::Week),
            month: of(TargetSpan::Month),
        }
    }
}

/// Returns the span and the amount of a budget that is a target.
fn amount(budget: &Budget) -> Option<(TargetSpan, PicoUsd)> {
    match (&budget.scope, budget.limit) {
        (BudgetScope::Everything, BudgetLimit::Usd(amount)) => {
            Some((TargetSpan::by_name(&budget.period.to_string())?, amount))
        }
        _ => None,
    }
}

/// Returns the budget that is the target of a span.
fn shown(budgets: &[Record<StoredBudget>], span: TargetSpan) -> Option<&Record<StoredBudget>> {
    budgets.iter().find(|record| amount(&record.content.budget).is_some_and(|(of, _)| of == span))
}

/// Returns the budgets among records, the oldest first.
fn budgets(records: &PersonalRecords) -> Vec<Record<StoredBudget>> {
    let mut budgets: Vec<_> = records.iter().filter_map(|(id, record)| typed(id, record)).collect();
    budgets.sort_by(|a: &Record<StoredBudget>, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
    budgets
}

/// Returns a new budget of all usage, with a name that no other has.
fn new_budget(budgets: &[Record<StoredBudget>], span: TargetSpan, amount: PicoUsd) -> StoredBudget {
    let is_free = |name: &String| budgets.iter().all(|record| record.content.budget.name != *name);
    let per = format!("per {}", span.name());
    let numbered = (2..).map(|number: u32| format!("{per} {number}"));
    let name = std::iter::once(per.clone()).chain(numbered).find(is_free).unwrap_or(per);
    let period = match span {
        TargetSpan::Block => BudgetPeriod::Block,
        TargetSpan::Day => BudgetPeriod::Day,
        TargetSpan::Week => BudgetPeriod::Week,
        TargetSpan::Month => BudgetPeriod::Month,
    };
    let budget = Budget {
        name,
        limit: BudgetLimit::Usd(amount),
        period,
        scope: BudgetScope::Everything,
        soft_percent: Budget::SOFT_PERCENT,
        hard_percent: Budget::HARD_PERCENT,
    };
    StoredBudget { budget, by: String::new() }
}

/// Sets or removes the target of a span; its budget keeps its other fields.
fn apply(
    records: &mut PersonalRecords,
    span: TargetSpan,
    target: Option<PicoUsd>,
    now: EpochMs,
) -> Result<(), PersonalError> {
    let known = budgets(records);
    let of_span = shown(&known, span);
    let Some(target) = target else {
        of_span.map(|record| records.remove(&record.id));
        return Ok(());
    };
    let (id, budget) = match of_span {
        Some(Record { id, content, .. }) => {
            let limit = BudgetLimit::Usd(target);
            let budget = Budget { limit, ..content.budget.clone() };
            (id.clone(), StoredBudget { budget, by: content.by.clone() })
        }
        None if records.len() >= StoredBudget::MOST => {
            return Err(PersonalError::TooMany { kind: StoredBudget::NAME, most: StoredBudget::MOST });
        }
        None => (span.name().to_owned(), new_budget(&known, span, target)),
    };
    put(records, &id, &budget, now).map(drop)
}

/// Returns the spans with an invalid amount.
fn faults(change: &TargetsChange) -> Vec<FieldFault> {
    let is_invalid = |(span, target): &(&TargetSpan, &Option<PicoUsd>)| {
        target.is_some_and(|amount| !new_budget(&[], **span, amount).faults().is_empty())
    };
    let fault = |(span, _): (&TargetSpan, &Option<PicoUsd>)| FieldFault {
        field: span.name(),
        message: format!("`{}` must be an amount from 0.01 to 1000000 US dollars, or null", span.name()),
    };
    change.iter().filter(is_invalid).map(fault).collect()
}

impl Personal {
    /// Returns the targets.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn targets(&self) -> Result<Targets, PersonalError> {
        Ok(Targets::among(&self.all::<StoredBudget>().await?))
    }

    /// Changes targets, and returns all of them.
    ///
    /// # Errors
    ///
    /// Fails when an amount is invalid, there is the maximum number of budgets, or the database cannot be written; then
    /// nothing was changed.
    pub async fn change_targets(
        &self,
        change: &TargetsChange,
        now: EpochMs,
    ) -> Result<Targets, PersonalError> {
        let faults = faults(change);
        if !faults.is_empty() {
            return Err(PersonalError::Invalid { kind: "target", faults });
        }
        self.edit::<StoredBudget, _>(|records| {
            for (span, target) in change {
                apply(records, *span, *target, now)?;
            }
            Ok(Targets::among(&budgets(records)))
        })
        .await
    }
}
