//! Budgets: how much may be used within a period, and when that counts as nearly or as all of it.

use crate::money::PicoUsd;
use std::fmt;
use std::str::FromStr;

/// A budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The name, unique among the budgets of a person.
    pub name: String,
    /// The amount.
    pub limit: BudgetLimit,
    /// The period of the amount.
    pub period: BudgetPeriod,
    /// The usage that counts.
    pub scope: BudgetScope,
    /// The part of the amount, in percent, from which the level is [`BudgetLevel::Soft`].
    pub soft_percent: u16,
    /// The part of the amount, in percent, from which the level is [`BudgetLevel::Hard`].
    pub hard_percent: u16,
}

/// The amount of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetLimit {
    /// Money, at API list prices.
    Usd(PicoUsd),
    /// Tokens of all kinds.
    Tokens(u64),
}

/// The period of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetPeriod {
    /// The active block of five hours.
    Block,
    /// A calendar day.
    Day,
    /// A calendar week.
    Week,
    /// A calendar month.
    Month,
    /// A rolling window: a day and those before it, as many as this.
    Days(u16),
}

/// The usage that counts towards a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BudgetScope {
    /// All usage.
    Everything,
    /// That of a project, by the name that reports show.
    Project(String),
    /// That of a model, by name as logged.
    Model(String),
    /// That of a Claude home, by label or path.
    Home(String),
}

/// How much of a budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// A field of a budget that is invalid, with the problem and the allowed values.
pub type BudgetFault = (&'static str, String);

impl Budget {
    /// The usual soft part, in percent.
    pub const SOFT_PERCENT: u16 = 80;
    /// The usual hard part, in percent.
    pub const HARD_PERCENT: u16 = 100;
    /// Maximum length of the name, in characters.
    pub const MOST_CHARS: usize = 80;
    /// The largest part, in percent.
    pub const MOST_PERCENT: u16 = 1_000;

    /// Returns the level at which an amount of the budget's unit is used; `None` is an unknown amount.
    #[must_use]
    pub fn level(&self, used: Option<i128>) -> BudgetLevel {
        let Some(used) = used else {
            return BudgetLevel::Unknown;
        };
        let reaches =
            |percent: u16| used.saturating_mul(100) >= self.limit.units().saturating_mul(i128::from(percent));
        if reaches(self.hard_percent) {
            BudgetLevel::Hard
        } else if reaches(self.soft_percent) {
            BudgetLevel::Soft
        } else {
            BudgetLevel::Fine
        }
    }

    /// Returns what is wrong with the budget; nothing if it is valid.
    #[must_use]
    pub fn faults(&self) -> Vec<BudgetFault> {
        let parts = (self.soft_percent, self.hard_percent);
        let part = (!(1..=parts.1).contains(&parts.0) || parts.1 > Self::MOST_PERCENT).then(|| {
            let (soft, hard) = parts;
            let message = format!(
                "the soft part is {soft} % and the hard one {hard} %; allowed: 1 to {}, the soft one not above the hard one",
                Self::MOST_PERCENT
            );
            ("soft_percent", message)
        });
        let is_of_days = matches!(self.scope, BudgetScope::Everything | BudgetScope::Home(_));
        let block = (self.period == BudgetPeriod::Block && !is_of_days).then(|| {
            ("per", "a block is one of a home; allowed: `block` for all usage or for a home".to_owned())
        });
        let faults = [text_fault("name", &self.name), self.limit.fault(), self.period.fault(), part, block];
        faults.into_iter().chain([self.scope.fault()]).flatten().collect()
    }
}

impl BudgetLimit {
    /// The lowest amount of money: a cent.
    const LEAST: PicoUsd = PicoUsd(10_000_000_000);
    /// The highest amount of money: a million US dollars.
    const MOST: PicoUsd = PicoUsd(1_000_000_000_000_000_000);
    /// The highest number of tokens.
    const MOST_TOKENS: u64 = 1_000_000_000_000_000;

    /// Returns the amount in pico-US-dollars or tokens.
    #[must_use]
    pub fn units(self) -> i128 {
        match self {
            Self::Usd(amount) => amount.0,
            Self::Tokens(tokens) => i128::from(tokens),
        }
    }

    fn fault(self) -> Option<BudgetFault> {
        match self {
            Self::Usd(amount) if !(Self::LEAST..=Self::MOST).contains(&amount) => {
                Some(("usd", format!("`usd` is {amount}; allowed: 0.01 to 1000000 US dollars")))
            }
            Self::Tokens(tokens) if !(1..=Self::MOST_TOKENS).contains(&tokens) => {
                Some(("tokens", format!("`tokens` is {tokens}; allowed: 1 to {}", Self::MOST_TOKENS)))
            }
            Self::Usd(_) | Self::Tokens(_) => None,
        }
    }
}

impl BudgetPeriod {
    /// The longest rolling window, in days.
    const MOST_DAYS: u16 = 366;

    /// The periods with names.
    pub const NAMED: [Self; 4] = [Self::Block, Self::Day, Self::Week, Self::Month];

    fn fault(self) -> Option<BudgetFault> {
        let Self::Days(days) = self else {
            return None;
        };
        let message = || format!("the window has {days} days; allowed: 1 to {}", Self::MOST_DAYS);
        (!(1..=Self::MOST_DAYS).contains(&days)).then(|| ("per", message()))
    }
}

impl fmt::Display for BudgetPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block => f.write_str("block"),
            Self::Day => f.write_str("day"),
            Self::Week => f.write_str("week"),
            Self::Month => f.write_str("month"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

impl FromStr for BudgetPeriod {
    type Err = String;

    /// Parses `block`, `day`, `week`, `month`, or a rolling window such as `30d`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::NAMED.into_iter().find(|period| period.to_string() == text);
        let days = || text.strip_suffix('d')?.parse().ok().map(Self::Days);
        let period = named.or_else(days).filter(|period| period.fault().is_none());
        let allowed = "block, day, week, month, or a rolling window of 1 to 366 days such as 30d";
        period.ok_or_else(|| format!("allowed: {allowed}"))
    }
}

impl BudgetScope {
    /// Returns the name of the kind, and the name of what is meant, if it is not all usage.
    #[must_use]
    pub fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Everything => ("everything", None),
            Self::Project(name) => ("project", Some(name)),
            Self::Model(name) => ("model", Some(name)),
            Self::Home(name) => ("home", Some(name)),
        }
    }

    /// Returns the scope of which at most one of these is a name; `None` if several are.
    #[must_use]
    pub fn of(project: Option<String>, model: Option<String>, home: Option<String>) -> Option<Self> {
        match (project, model, home) {
            (None, None, None) => Some(Self::Everything),
            (Some(name), None, None) => Some(Self::Project(name)),
            (None, Some(name), None) => Some(Self::Model(name)),
            (None, None, Some(name)) => Some(Self::Home(name)),
            _ => None,
        }
    }

    fn fault(&self) -> Option<BudgetFault> {
        const MOST_BYTES: usize = 4_096;
        let (kind, name) = self.parts();
        let name = name?;
        let is_valid = !name.trim().is_empty() && name.len() <= MOST_BYTES;
        (!is_valid).then(|| (kind, format!("`{kind}` must have 1 to {MOST_BYTES} bytes")))
    }
}

impl BudgetLevel {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Fine => "fine",
            Self::Soft => "soft",
            Self::Hard => "hard",
        }
    }
}

fn text_fault(field: &'static str, text: &str) -> Option<BudgetFault> {
    let is_valid = !text.trim().is_empty()
        && !text.chars().any(char::is_control)
        && text.chars().count() <= Budget::MOST_CHARS;
    (!is_valid)
        .then(|| (field, format!("`{field}` must be one line of 1 to {} characters", Budget::MOST_CHARS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget {
            name: "all".to_owned(),
            limit: BudgetLimit::Usd(PicoUsd(10_000_000_000_000)),
            period: BudgetPeriod::Month,
            scope: BudgetScope::Everything,
            soft_percent: Budget::SOFT_PERCENT,
            hard_percent: Budget::HARD_PERCENT,
        }
    }

    #[test]
    fn levels_begin_exactly_at_their_part() {
        let budget = budget();
        let at = |pico: i128| budget.level(Some(pico));
        assert_eq!(at(7_999_999_999_999), BudgetLevel::Fine);
        assert_eq!(at(8_000_000_000_000), BudgetLevel::Soft);
        assert_eq!(at(9_999_999_999_999), BudgetLevel::Soft);
        assert_eq!(at(10_000_000_000_000), BudgetLevel::Hard);
        assert_eq!((at(i128::MAX), at(i128::MIN)), (BudgetLevel::Hard, BudgetLevel::Fine));
        assert_eq!(budget.level(None), BudgetLevel::Unknown);
    }

    #[test]
    fn periods_are_read_as_they_are_written() {
        for text in ["block", "day", "week", "month", "1d", "30d", "366d"] {
            assert_eq!(text.parse::<BudgetPeriod>().map(|period| period.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "d", "0d", "367d", "-1d", "year", "Month", "99999999d"] {
            assert!(text.parse::<BudgetPeriod>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_fault_is_found() {
        let fields = |budget: Budget| budget.faults().iter().map(|(field, _)| *field).collect::<Vec<_>>();
        assert_eq!(fields(budget()), Vec::<&str>::new());
        let wrong = Budget {
            name: "a\nb".to_owned(),
            limit: BudgetLimit::Tokens(0),
            period: BudgetPeriod::Days(0),
            scope: BudgetScope::Model(" ".to_owned()),
            soft_percent: 90,
            hard_percent: 80,
        };
        assert_eq!(fields(wrong), ["name", "tokens", "per", "soft_percent", "model"]);
        let block = Budget {
            period: BudgetPeriod::Block,
            scope: BudgetScope::Project("shop".to_owned()),
            ..budget()
        };
        assert_eq!(fields(block), ["per"]);
        assert_eq!(fields(Budget { limit: BudgetLimit::Usd(PicoUsd(1)), ..budget() }), ["usd"]);
    }
}
