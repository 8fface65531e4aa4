//! A rule as data, and what is wrong with one.

use crate::quiet::QuietHours;
use ctm_types::{BudgetLevel, PicoUsd};

/// An alert rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    /// The name, unique among the rules of a person.
    pub name: String,
    /// What it watches.
    pub watched: Watched,
    /// The hours in which it raises nothing.
    pub quiet: Option<QuietHours>,
    /// Minutes after an alert in which it raises no other one.
    pub cooldown_minutes: u32,
}

/// What a rule watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// The level of a budget, or of all budgets: [`BudgetLevel::Soft`] or [`BudgetLevel::Hard`].
    Budget {
        /// The name of the budget; all budgets without one.
        name: Option<String>,
        /// The level from which on it raises an alert.
        level: BudgetLevel,
    },
    /// The used part of an official limit, in percent.
    LimitUsed(u16),
    /// The reset of an official limit, of which something is used, within so many minutes.
    LimitReset(u32),
    /// An official limit that is reached before its reset at the present pace.
    LimitReached,
    /// The cost of the active sessions per minute, above an amount.
    SpendRate(PicoUsd),
    /// An hour that costs more than is usual.
    UnusualHour,
    /// A session that costs more than is usual.
    UnusualSession,
    /// A model without a price.
    UnpricedModel,
    /// Transcripts that Claude Code is about to delete and that are not stored.
    ExpiringTranscripts,
    /// A condition of the database, a home, or the server.
    Condition,
    /// The end of a day with usage.
    DaySummary,
    /// The end of a week with usage.
    WeekSummary,
}

/// A field of a rule that is invalid, with the problem and the allowed values.
pub type RuleFault = (&'static str, String);

impl AlertRule {
    /// Maximum length of the name, in characters.
    pub const MOST_CHARS: usize = 80;
    /// The longest cooldown: a week, in minutes.
    pub const MOST_COOLDOWN: u32 = 7 * 24 * 60;
    /// The largest part of a limit, in percent.
    pub const MOST_PERCENT: u16 = 100;
    /// The longest time before a reset: a week, in minutes.
    pub const MOST_MINUTES: u32 = 7 * 24 * 60;

    /// Returns what is wrong with the rule; nothing if it is valid.
    #[must_use]
    pub fn faults(&self) -> Vec<RuleFault> {
        let is_line = !self.name.trim().is_empty()
            && !self.name.chars().any(char::is_control)
            && self.name.chars().count() <= Self::MOST_CHARS;
        let name = (!is_line)
            .then(|| ("name", format!("`name` must be one line of 1 to {} characters", Self::MOST_CHARS)));
        let cooldown = (self.cooldown_minutes > Self::MOST_COOLDOWN).then(|| {
            let message = format!(
                "`cooldown_minutes` is {}; allowed: 0 to {}",
                self.cooldown_minutes,
                Self::MOST_COOLDOWN
            );
            ("cooldown_minutes", message)
        });
        [name, self.watched.fault(), cooldown].into_iter().flatten().collect()
    }
}

impl Watched {
    /// Returns the name of the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Budget { .. } => "budget",
            Self::LimitUsed(_) => "limit_used",
            Self::LimitReset(_) => "limit_reset",
            Self::LimitReached => "limit_reached",
            Self::SpendRate(_) => "spend_rate",
            Self::UnusualHour => "unusual_hour",
            Self::UnusualSession => "unusual_session",
            Self::UnpricedModel => "unpriced_model",
            Self::ExpiringTranscripts => "expiring_transcripts",
            Self::Condition => "condition",
            Self::DaySummary => "day_summary",
            Self::WeekSummary => "week_summary",
        }
    }

    fn fault(&self) -> Option<RuleFault> {
        match self {
            Self::Budget { level: BudgetLevel::Unknown | BudgetLevel::Fine, .. } => {
                Some(("level", "allowed: soft or hard".to_owned()))
            }
            Self::LimitUsed(percent) if !(1..=AlertRule::MOST_PERCENT).contains(percent) => Some((
                "percent",
                format!("`percent` is {percent}; allowed: 1 to {}", AlertRule::MOST_PERCENT),
            )),
            Self::LimitReset(minutes) if !(1..=AlertRule::MOST_MINUTES).contains(minutes) => Some((
                "minutes",
                format!("`minutes` is {minutes}; allowed: 1 to {}", AlertRule::MOST_MINUTES),
            )),
            Self::SpendRate(amount) if *amount <= PicoUsd::ZERO => {
                Some(("usd_per_minute", format!("`usd_per_minute` is {amount}; allowed: above 0")))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found() {
        let rule = AlertRule {
            name: "month".to_owned(),
            watched: Watched::UnpricedModel,
            quiet: None,
            cooldown_minutes: 0,
        };
        let fields = |rule: &AlertRule| rule.faults().iter().map(|(field, _)| *field).collect::<Vec<_>>();
        assert_eq!(fields(&rule), Vec::<&str>::new());
        let wrong = AlertRule { name: "a\nb".to_owned(), cooldown_minutes: 10_081, ..rule.clone() };
        assert_eq!(fields(&wrong), ["name", "cooldown_minutes"]);
        for (watched, field) in [
            (Watched::Budget { name: None, level: BudgetLevel::Fine }, "level"),
            (Watched::LimitUsed(0), "percent"),
            (Watched::LimitUsed(101), "percent"),
            (Watched::LimitReset(0), "minutes"),
            (Watched::SpendRate(PicoUsd::ZERO), "usd_per_minute"),
        ] {
            assert_eq!(fields(&AlertRule { watched, ..rule.clone() }), [field]);
        }
    }
}
