//! Why a rule raises an alert, with its identity.

use crate::facts::{AlertFacts, BudgetFact, ConditionFact, DaysFact, LimitFact};
use crate::rule::AlertRule;
use crate::unusual::{Unusual, unusual};
use crate::watched::Watched;
use chrono::NaiveDate;
use ctm_types::{BudgetLevel, EpochMs, PicoUsd};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Why a rule raises an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertCause {
    /// The identity of the cause among those of a rule: the same cause has the same one at any time.
    pub key: String,
    /// What is alerted, with its figures.
    pub of: Alerted,
}

/// What is alerted.
#[derive(Debug, Clone, PartialEq)]
pub enum Alerted {
    /// A budget at its level.
    Budget(BudgetFact),
    /// A limit: used, near its reset, or reached before it.
    Limit(LimitFact),
    /// A cost per minute.
    Pace(PicoUsd),
    /// An hour, by its start.
    Hour(EpochMs, Unusual),
    /// A session, by its id.
    Session(String, Unusual),
    /// A model without a price.
    Model(String),
    /// The day up to which transcripts that are not stored are deleted, and their number.
    Transcripts(NaiveDate, u64),
    /// A condition.
    Condition(ConditionFact),
    /// A day that is over.
    Day(DaysFact),
    /// A week that is over.
    Week(DaysFact),
    /// A month that is over.
    Month(DaysFact),
}

impl Alerted {
    /// Returns the first and the last day of a summary.
    #[must_use]
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::Day(of) | Self::Week(of) | Self::Month(of) => Some((of.first, of.last)),
            _ => None,
        }
    }
}

/// Returns the causes of a rule that are present at a time.
#[must_use]
pub fn causes(rule: &AlertRule, facts: &AlertFacts, now_ms: EpochMs) -> Vec<AlertCause> {
    match &rule.watched {
        Watched::Budget { name, level } => budgets(facts, name.as_deref(), *level),
        Watched::LimitUsed(percent) => {
            limits(facts, &format!("{percent} %"), |of| of.used_percent >= f64::from(*percent))
        }
        Watched::LimitReset(minutes) => {
            let before = now_ms..=now_ms.saturating_add(i64::from(*minutes) * MINUTE_MS);
            limits(facts, "reset", |of| {
                of.used_percent > 0.0 && of.resets_at_ms.is_some_and(|at_ms| before.contains(&at_ms))
            })
        }
        Watched::LimitReached => limits(facts, "reached", |of| of.reached_at_ms.is_some()),
        Watched::SpendRate(most) => one(facts.pace.filter(|pace| pace > most).map(|pace| {
            // A rate has no beginning: it is one cause for each hour.
            (format!("pace {}", now_ms.0.div_euclid(HOUR_MS)), Alerted::Pace(pace))
        })),
        Watched::UnusualHour => one(hour(facts, now_ms)),
        Watched::UnusualSession => one(session(facts)),
        Watched::UnpricedModel => {
            let models = facts.unpriced.iter();
            models.map(|model| cause(format!("model {model}"), Alerted::Model(model.clone()))).collect()
        }
        Watched::ExpiringTranscripts => one(facts
            .expiring
            .map(|(day, number)| (format!("transcripts {day}"), Alerted::Transcripts(day, number)))),
        Watched::Condition => {
            let key = |of: &ConditionFact| format!("condition {} {}", of.code, of.since_ms.0);
            facts.conditions.iter().map(|of| cause(key(of), Alerted::Condition(of.clone()))).collect()
        }
        Watched::DaySummary => {
            one(facts.day.clone().map(|day| (format!("day {}", day.first), Alerted::Day(day))))
        }
        Watched::WeekSummary => {
            one(facts.week.clone().map(|week| (format!("week {}", week.first), Alerted::Week(week))))
        }
        Watched::MonthSummary => {
            one(facts.month.clone().map(|month| (format!("month {}", month.first), Alerted::Month(month))))
        }
    }
}

fn cause(key: String, of: Alerted) -> AlertCause {
    AlertCause { key, of }
}

fn one(found: Option<(String, Alerted)>) -> Vec<AlertCause> {
    found.map(|(key, of)| cause(key, of)).into_iter().collect()
}

fn budgets(facts: &AlertFacts, name: Option<&str>, level: BudgetLevel) -> Vec<AlertCause> {
    let watched = facts.budgets.iter().filter(|of| name.is_none_or(|name| name == of.name));
    let reached = watched.filter(|of| of.level >= level);
    let key = |of: &BudgetFact| format!("budget {} {} {}", level.name(), of.period, of.name);
    reached.map(|of| cause(key(of), Alerted::Budget(of.clone()))).collect()
}

/// Returns the limits with a property; the same one until their reset.
fn limits(facts: &AlertFacts, what: &str, is_present: impl Fn(&LimitFact) -> bool) -> Vec<AlertCause> {
    let key = |of: &LimitFact| {
        // Reports of the same reset differ by less than a second.
        let reset = of.resets_at_ms.map(|at_ms| at_ms.saturating_add(MINUTE_MS / 2).0.div_euclid(MINUTE_MS));
        let reset = reset.map_or_else(|| "unknown".to_owned(), |minute| minute.to_string());
        format!("limit {what} {} {reset} {}", of.window, of.home)
    };
    let present = facts.limits.iter().filter(|of| is_present(of));
    present.map(|of| cause(key(of), Alerted::Limit(of.clone()))).collect()
}

/// Returns the present hour, or the one before it, if it is unusual.
fn hour(facts: &AlertFacts, now_ms: EpochMs) -> Option<(String, Alerted)> {
    let (&(start_ms, cost), past) = facts.hours.split_last()?;
    let is_recent = (0..2 * HOUR_MS).contains(&now_ms.since(start_ms));
    let of = unusual(cost, past.iter().map(|(_, cost)| *cost)).filter(|_| is_recent)?;
    Some((format!("hour {}", start_ms.0), Alerted::Hour(start_ms, of)))
}

/// Returns the latest session, if it is unusual.
fn session(facts: &AlertFacts) -> Option<(String, Alerted)> {
    let ((id, cost), past) = facts.sessions.split_last()?;
    let of = unusual(*cost, past.iter().map(|(_, cost)| *cost))?;
    Some((format!("session {id}"), Alerted::Session(id.clone(), of)))
}
