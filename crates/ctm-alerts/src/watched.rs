//! What a rule watches, and its parts by name.

use ctm_types::{Budget, BudgetLevel, PicoUsd};

/// A field of a rule that is invalid, with the problem and the allowed values.
pub type RuleFault = (&'static str, String);

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
    /// The end of a month with usage.
    MonthSummary,
}

/// The parts of what a rule watches, by name: each belongs to one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchedParts {
    /// The name of a budget.
    pub budget: Option<String>,
    /// The name of a level, `soft` or `hard`.
    pub level: Option<String>,
    /// The used part of a limit, in percent.
    pub percent: Option<u16>,
    /// The time before a reset, in minutes.
    pub minutes: Option<u32>,
    /// A cost per minute.
    pub usd_per_minute: Option<PicoUsd>,
}

impl Watched {
    /// The largest part of a limit, in percent.
    pub const MOST_PERCENT: u16 = 100;
    /// The longest time before a reset: a week, in minutes.
    pub const MOST_MINUTES: u32 = 7 * 24 * 60;

    /// The names of the kinds.
    pub const KINDS: [&str; 13] = [
        "budget",
        "limit_used",
        "limit_reset",
        "limit_reached",
        "spend_rate",
        "unusual_hour",
        "unusual_session",
        "unpriced_model",
        "expiring_transcripts",
        "condition",
        "day_summary",
        "week_summary",
        "month_summary",
    ];

    /// Returns what is watched, by the name of its kind and its parts.
    ///
    /// # Errors
    ///
    /// Fails when there is no such kind, or it lacks a part, or has one that it does not take.
    pub fn of(kind: &str, mut parts: WatchedParts) -> Result<Self, RuleFault> {
        let missing = |part: &'static str| (part, format!("`{part}` is missing; `{kind}` needs it"));
        let watched = match kind {
            "budget" => {
                Self::Budget { name: parts.budget.take(), level: level(parts.level.take().as_deref())? }
            }
            "limit_used" => Self::LimitUsed(parts.percent.take().ok_or_else(|| missing("percent"))?),
            "limit_reset" => Self::LimitReset(parts.minutes.take().ok_or_else(|| missing("minutes"))?),
            "limit_reached" => Self::LimitReached,
            "spend_rate" => {
                let amount = parts.usd_per_minute.take();
                Self::SpendRate(amount.ok_or_else(|| missing("usd_per_minute"))?)
            }
            "unusual_hour" => Self::UnusualHour,
            "unusual_session" => Self::UnusualSession,
            "unpriced_model" => Self::UnpricedModel,
            "expiring_transcripts" => Self::ExpiringTranscripts,
            "condition" => Self::Condition,
            "day_summary" => Self::DaySummary,
            "week_summary" => Self::WeekSummary,
            "month_summary" => Self::MonthSummary,
            _ => return Err(("watches", format!("allowed: {}", Self::KINDS.join(", ")))),
        };
        match parts.first() {
            Some(part) => Err((part, format!("`{part}` is given, which `{kind}` does not take; omit it"))),
            None => Ok(watched),
        }
    }

    /// Returns its parts.
    #[must_use]
    pub fn parts(&self) -> WatchedParts {
        let none = WatchedParts::default();
        match self {
            Self::Budget { name, level } => {
                WatchedParts { budget: name.clone(), level: Some(level.name().to_owned()), ..none }
            }
            Self::LimitUsed(percent) => WatchedParts { percent: Some(*percent), ..none },
            Self::LimitReset(minutes) => WatchedParts { minutes: Some(*minutes), ..none },
            Self::SpendRate(amount) => WatchedParts { usd_per_minute: Some(*amount), ..none },
            _ => none,
        }
    }

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
            Self::MonthSummary => "month_summary",
        }
    }

    pub(crate) fn fault(&self) -> Option<RuleFault> {
        match self {
            Self::Budget { level: BudgetLevel::Unknown | BudgetLevel::Fine, .. } => Some(level_fault()),
            Self::Budget { name: Some(name), .. } => line_fault("budget", name, Budget::MOST_CHARS),
            Self::LimitUsed(percent) if !(1..=Self::MOST_PERCENT).contains(percent) => {
                Some(("percent", format!("`percent` is {percent}; allowed: 1 to {}", Self::MOST_PERCENT)))
            }
            Self::LimitReset(minutes) if !(1..=Self::MOST_MINUTES).contains(minutes) => {
                Some(("minutes", format!("`minutes` is {minutes}; allowed: 1 to {}", Self::MOST_MINUTES)))
            }
            Self::SpendRate(amount) if *amount <= PicoUsd::ZERO => {
                Some(("usd_per_minute", format!("`usd_per_minute` is {amount}; allowed: above 0")))
            }
            _ => None,
        }
    }
}

impl WatchedParts {
    /// Returns the name of the first part that is there.
    fn first(&self) -> Option<&'static str> {
        let Self { budget, level, percent, minutes, usd_per_minute } = self;
        let are_there = [
            ("budget", budget.is_some()),
            ("level", level.is_some()),
            ("percent", percent.is_some()),
            ("minutes", minutes.is_some()),
            ("usd_per_minute", usd_per_minute.is_some()),
        ];
        are_there.into_iter().find(|(_, is_there)| *is_there).map(|(part, _)| part)
    }
}

/// Returns what is wrong with a name of one line.
pub(crate) fn line_fault(field: &'static str, text: &str, most: usize) -> Option<RuleFault> {
    let is_line =
        !text.trim().is_empty() && !text.chars().any(char::is_control) && text.chars().count() <= most;
    (!is_line).then(|| (field, format!("`{field}` must be one line of 1 to {most} characters")))
}

/// Returns the level with a name; the soft one without a name.
fn level(name: Option<&str>) -> Result<BudgetLevel, RuleFault> {
    match name {
        None | Some("soft") => Ok(BudgetLevel::Soft),
        Some("hard") => Ok(BudgetLevel::Hard),
        Some(_) => Err(level_fault()),
    }
}

fn level_fault() -> RuleFault {
    ("level", "allowed for `level`: soft or hard".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_what_its_parts_state() {
        let all = [
            Watched::Budget { name: Some("all".to_owned()), level: BudgetLevel::Hard },
            Watched::LimitUsed(80),
            Watched::LimitReset(30),
            Watched::LimitReached,
            Watched::SpendRate(PicoUsd(1)),
            Watched::UnusualHour,
            Watched::UnusualSession,
            Watched::UnpricedModel,
            Watched::ExpiringTranscripts,
            Watched::Condition,
            Watched::DaySummary,
            Watched::WeekSummary,
            Watched::MonthSummary,
        ];
        assert_eq!(all.each_ref().map(Watched::kind), Watched::KINDS);
        for watched in all {
            assert_eq!(Watched::of(watched.kind(), watched.parts()), Ok(watched));
        }
    }

    #[test]
    fn parts_belong_to_their_kind() {
        let field = |kind: &str, parts: WatchedParts| Watched::of(kind, parts).unwrap_err().0;
        let none = WatchedParts::default;
        assert_eq!(field("month", none()), "watches");
        assert_eq!(field("limit_used", none()), "percent");
        assert_eq!(field("limit_reset", WatchedParts { percent: Some(5), ..none() }), "minutes");
        assert_eq!(field("condition", WatchedParts { percent: Some(5), ..none() }), "percent");
        assert_eq!(field("budget", WatchedParts { level: Some("fine".to_owned()), ..none() }), "level");
        let soft = Watched::Budget { name: None, level: BudgetLevel::Soft };
        assert_eq!(Watched::of("budget", none()), Ok(soft));
    }
}
