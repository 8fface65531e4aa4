//! Budgets, and how they stand.

use super::{Certainty, Time, Usd};
use chrono::NaiveDate;
use ctm_config::settings::ZoneSource;
use ctm_personal::{Record, StoredBudget};
use ctm_types::{BudgetLimit, PicoUsd};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Budgets, and how they stand at the end of a day, or now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Budgets {
    /// The day.
    pub day: NaiveDate,
    /// The zone in which it is a day.
    pub tz: &'static str,
    /// The source of the zone.
    pub tz_source: ZoneSource,
    /// The highest level of all budgets; `fine` without any.
    pub level: BudgetLevel,
    /// The budgets: those of the config file, then the stored ones, the oldest first.
    pub items: Vec<BudgetStatus>,
}

/// A budget, and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetStatus {
    /// The budget.
    #[serde(flatten)]
    pub budget: Budget,
    /// How it stands.
    #[serde(flatten)]
    pub used: BudgetUse,
    /// When it is reached at the pace of the forecast; null if it is reached already, without a forecast, of a past day, and for a rolling
    /// window.
    pub reached: Option<BudgetReach>,
}

/// The time until a budget is reached at the pace of the forecast, in days; null where that is not before the end of the period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct BudgetReach {
    /// By the median of the forecast.
    pub days: Option<f64>,
    /// By the high end of its interval.
    pub earliest_days: Option<f64>,
    /// By the low end of its interval.
    pub latest_days: Option<f64>,
}

impl From<&ctm_aggregate::budgets::BudgetReach> for BudgetReach {
    fn from(of: &ctm_aggregate::budgets::BudgetReach) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "days are for showing only")]
        let days = |after_ms: i64| after_ms as f64 / 86_400_000.0;
        Self {
            days: of.after_ms.map(days),
            earliest_days: of.earliest_ms.map(days),
            latest_days: of.latest_ms.map(days),
        }
    }
}

/// The level of a budget on past days.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetHistory {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone in which these are days.
    pub tz: &'static str,
    /// The source of the zone.
    pub tz_source: ZoneSource,
    /// The budget.
    pub budget: Budget,
    /// How it stood at the end of each day.
    pub days: Vec<BudgetDay>,
}

/// How a budget stood at the end of a day, or now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetDay {
    /// The day.
    pub day: NaiveDate,
    /// How it stood.
    #[serde(flatten)]
    pub used: BudgetUse,
}

/// A budget: how much may be used within a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Budget {
    /// Its id; null for one of the config file.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: BudgetSource,
    /// What it counts: `usd`, at API list prices, or `tokens`.
    pub unit: BudgetUnit,
    /// The amount.
    pub limit: BudgetAmount,
    /// Its period: `block`, `day`, `week`, `month`, or a rolling window such as `30d`.
    pub per: String,
    /// The usage that counts: `everything`, `project`, `model` or `home`.
    pub scope: BudgetScope,
    /// The name of the project, the model or the home; null for all usage.
    pub scope_name: Option<String>,
    /// The part of the amount, in percent, from which the level is `soft`.
    pub soft_percent: u16,
    /// The part of the amount, in percent, from which the level is `hard`.
    pub hard_percent: u16,
    /// Who stored it; null if that is unknown.
    pub created_by: Option<String>,
    /// Time at which it was stored; null for one of the config file.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Time>,
}

/// What is used of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetUse {
    /// First day of the period; null for a block.
    pub period_from: Option<NaiveDate>,
    /// Last day of the period; null for a block.
    pub period_to: Option<NaiveDate>,
    /// The used amount; null if it is unknown.
    pub used: Option<BudgetAmount>,
    /// How much of the usage the used amount covers.
    pub certainty: Certainty,
    /// The used amount as a share of the amount, 0 or more; null if it is unknown.
    pub used_ratio: Option<f64>,
    /// The level.
    pub level: BudgetLevel,
    /// The elapsed part of the period, 0 to 1: on the pace, the same part of the amount is used. Null for a rolling
    /// window, and without an active block.
    pub elapsed: Option<f64>,
    /// The amount that is left; negative if more is used.
    pub left: Option<BudgetAmount>,
    /// The amount that is left for each remaining day of a week or month, the present one included.
    pub left_per_day: Option<BudgetAmount>,
}

/// How much of a budget is used: `unknown`, `fine`, `soft` or `hard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BudgetLevel {
    /// The cost of the usage is unknown.
    Unknown,
    /// Less than the soft part.
    Fine,
    /// The soft part or more.
    Soft,
    /// The hard part or more.
    Hard,
}

impl From<ctm_types::BudgetLevel> for BudgetLevel {
    fn from(level: ctm_types::BudgetLevel) -> Self {
        match level {
            ctm_types::BudgetLevel::Unknown => Self::Unknown,
            ctm_types::BudgetLevel::Fine => Self::Fine,
            ctm_types::BudgetLevel::Soft => Self::Soft,
            ctm_types::BudgetLevel::Hard => Self::Hard,
        }
    }
}

impl From<BudgetLevel> for ctm_types::BudgetLevel {
    fn from(level: BudgetLevel) -> Self {
        match level {
            BudgetLevel::Unknown => Self::Unknown,
            BudgetLevel::Fine => Self::Fine,
            BudgetLevel::Soft => Self::Soft,
            BudgetLevel::Hard => Self::Hard,
        }
    }
}

/// Where a budget comes from: `stored` or `config_file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BudgetSource {
    /// It is stored in the database.
    Stored,
    /// It is in the config file.
    ConfigFile,
}

/// What a budget counts: `usd` or `tokens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BudgetUnit {
    /// US dollars at API list prices.
    Usd,
    /// Tokens of all kinds.
    Tokens,
}

/// The usage that counts towards a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BudgetScope {
    /// All usage.
    Everything,
    /// That of a project.
    Project,
    /// That of a model.
    Model,
    /// That of a home.
    Home,
}

/// An amount of a budget, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetAmount {
    /// US dollars.
    Usd(Usd),
    /// Tokens.
    Tokens(i64),
}

impl BudgetAmount {
    /// Returns an amount in the unit of a budget: pico-US-dollars or tokens.
    #[must_use]
    pub fn of(limit: BudgetLimit, units: i128) -> Self {
        match limit {
            BudgetLimit::Usd(_) => Self::Usd(Usd(PicoUsd(units))),
            BudgetLimit::Tokens(_) => Self::Tokens(i64::try_from(units).unwrap_or(i64::MAX)),
        }
    }
}

impl BudgetAmount {
    /// Returns the amount in its unit: pico-US-dollars or tokens.
    #[must_use]
    pub fn units(self) -> i128 {
        match self {
            Self::Usd(Usd(amount)) => amount.0,
            Self::Tokens(tokens) => tokens.into(),
        }
    }
}

impl Serialize for BudgetAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Usd(amount) => amount.serialize(serializer),
            Self::Tokens(tokens) => tokens.serialize(serializer),
        }
    }
}

impl Budget {
    /// Returns a budget of the config file.
    #[must_use]
    pub fn configured(budget: &ctm_types::Budget) -> Self {
        let (scope, scope_name) = scope(&budget.scope);
        let unit = match budget.limit {
            BudgetLimit::Usd(_) => BudgetUnit::Usd,
            BudgetLimit::Tokens(_) => BudgetUnit::Tokens,
        };
        Self {
            id: None,
            name: budget.name.clone(),
            source: BudgetSource::ConfigFile,
            unit,
            limit: BudgetAmount::of(budget.limit, budget.limit.units()),
            per: budget.period.to_string(),
            scope,
            scope_name,
            soft_percent: budget.soft_percent,
            hard_percent: budget.hard_percent,
            created_by: None,
            created_at: None,
        }
    }
}

impl From<&Record<StoredBudget>> for Budget {
    fn from(record: &Record<StoredBudget>) -> Self {
        let StoredBudget { budget, by } = &record.content;
        Self {
            id: Some(record.id.clone()),
            source: BudgetSource::Stored,
            created_by: Some(by.clone()).filter(|by| !by.is_empty()),
            created_at: Some(Time::of(record.created_at_ms)),
            ..Self::configured(budget)
        }
    }
}

impl From<Record<StoredBudget>> for Budget {
    fn from(record: Record<StoredBudget>) -> Self {
        Self::from(&record)
    }
}

fn scope(of: &ctm_types::BudgetScope) -> (BudgetScope, Option<String>) {
    let kind = match of {
        ctm_types::BudgetScope::Everything => BudgetScope::Everything,
        ctm_types::BudgetScope::Project(_) => BudgetScope::Project,
        ctm_types::BudgetScope::Model(_) => BudgetScope::Model,
        ctm_types::BudgetScope::Home(_) => BudgetScope::Home,
    };
    (kind, of.parts().1.map(str::to_owned))
}
