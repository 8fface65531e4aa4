//! What rules are evaluated on, at a time.

use chrono::NaiveDate;
use ctm_types::{BudgetLevel, BudgetLimit, BudgetPeriod, EpochMs, PicoUsd};

/// The present state and the past that rules compare it with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlertFacts {
    /// The budgets, and how they stand.
    pub budgets: Vec<BudgetFact>,
    /// The official limits of all homes.
    pub limits: Vec<LimitFact>,
    /// The cost of the active sessions per minute; `None` if it is unknown.
    pub pace: Option<PicoUsd>,
    /// The costs of hours of the last weeks with usage, by their start, in order. The last one may be unfinished.
    pub hours: Vec<(EpochMs, PicoUsd)>,
    /// The costs of sessions of the last weeks, by their id, the latest one last.
    pub sessions: Vec<(String, PicoUsd)>,
    /// The models without a price.
    pub unpriced: Vec<String>,
    /// The day up to which transcripts that are not stored are deleted, and their number.
    pub expiring: Option<(NaiveDate, u64)>,
    /// The present conditions.
    pub conditions: Vec<ConditionFact>,
    /// The latest day that is over, if it had usage.
    pub day: Option<DaysFact>,
    /// The latest week that is over, if it had usage.
    pub week: Option<DaysFact>,
    /// The latest month that is over, if it had usage.
    pub month: Option<DaysFact>,
}

/// How a budget stands.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetFact {
    /// The name.
    pub name: String,
    /// The identity of the period: its first day or time; of a rolling window the day since which the level lasts.
    pub period: String,
    /// The amount.
    pub limit: BudgetLimit,
    /// The period of the amount.
    pub per: BudgetPeriod,
    /// The first day of a calendar period.
    pub first: Option<NaiveDate>,
    /// The level.
    pub level: BudgetLevel,
    /// What is used, in the unit of the amount; `None` if it is unknown.
    pub used: Option<i128>,
}

/// How an official limit stands.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitFact {
    /// The home of the account.
    pub home: String,
    /// The name of the window.
    pub window: &'static str,
    /// The used part, in percent.
    pub used_percent: f64,
    /// Time of the reset, if it is known.
    pub resets_at_ms: Option<EpochMs>,
    /// Time at which the limit is reached at the present pace, if that is before the reset.
    pub reached_at_ms: Option<EpochMs>,
}

/// A condition that is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionFact {
    /// Its code.
    pub code: &'static str,
    /// Since when it is present.
    pub since_ms: EpochMs,
    /// The problem, its place and the remedy.
    pub message: String,
}

/// A day, a week or a month that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaysFact {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// The known cost; `None` if none is known.
    pub cost: Option<PicoUsd>,
    /// The number of responses.
    pub responses: u64,
}
