//! Made-up figures for a test of a rule.

use crate::cause::Alerted;
use crate::facts::{BudgetFact, ConditionFact, DaysFact, LimitFact};
use crate::rule::AlertRule;
use crate::unusual::Unusual;
use crate::watched::Watched;
use chrono::{DateTime, Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_types::{BudgetLimit, BudgetPeriod, EpochMs, PicoUsd};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const CENT: i128 = 10_000_000_000;

/// Returns what a rule could alert to at a time: its figures are made up.
#[must_use]
pub fn sample(rule: &AlertRule, now_ms: EpochMs, tz: Tz) -> Alerted {
    let today = DateTime::from_timestamp_millis(now_ms.0).unwrap_or_default().with_timezone(&tz).date_naive();
    let limit = |used_percent: f64, minutes: i64| LimitFact {
        home: "~/.claude".to_owned(),
        window: "five_hour",
        used_percent,
        resets_at_ms: Some(now_ms.saturating_add(minutes * MINUTE_MS)),
        reached_at_ms: Some(now_ms.saturating_add(minutes / 2 * MINUTE_MS)),
    };
    match &rule.watched {
        Watched::Budget { name, level } => Alerted::Budget(BudgetFact {
            name: name.clone().unwrap_or_else(|| "all".to_owned()),
            period: String::new(),
            limit: BudgetLimit::Usd(PicoUsd(20_000 * CENT)),
            per: BudgetPeriod::Month,
            first: Some(today),
            level: *level,
            used: Some(16_600 * CENT),
        }),
        Watched::LimitUsed(percent) => Alerted::Limit(limit(f64::from(*percent), 75)),
        Watched::LimitReset(minutes) => Alerted::Limit(limit(62.0, i64::from(*minutes))),
        Watched::LimitReached => Alerted::Limit(limit(71.0, 120)),
        Watched::SpendRate(most) => Alerted::Pace(*most + PicoUsd(25 * CENT)),
        Watched::UnusualHour => Alerted::Hour(EpochMs(now_ms.0 - now_ms.0.rem_euclid(HOUR_MS)), UNUSUAL),
        Watched::UnusualSession => {
            Alerted::Session("00000000-0000-4000-8000-000000000000".to_owned(), UNUSUAL)
        }
        Watched::UnpricedModel => Alerted::Model("claude-example-1".to_owned()),
        Watched::ExpiringTranscripts => Alerted::Transcripts(today, 12),
        Watched::Condition => Alerted::Condition(ConditionFact {
            code: "database_locked",
            since_ms: now_ms,
            message: "this is a test: the database is not locked".to_owned(),
        }),
        Watched::DaySummary => Alerted::Day(until(today, |last| last)),
        Watched::WeekSummary => {
            let monday = today.week(Weekday::Mon).first_day();
            Alerted::Week(until(monday, |last| last.week(Weekday::Mon).first_day()))
        }
        Watched::MonthSummary => Alerted::Month(until(first_of_month(today), first_of_month)),
    }
}

const UNUSUAL: Unusual = Unusual {
    cost: PicoUsd(1_420 * CENT),
    median: PicoUsd(90 * CENT),
    spread: PicoUsd(44 * CENT),
    bound: PicoUsd(310 * CENT),
    past: 212,
};

/// Returns days until a day, exclusive, that begin with the first day of the last one.
fn until(end: NaiveDate, first: impl Fn(NaiveDate) -> NaiveDate) -> DaysFact {
    let last = end.checked_sub_days(Days::new(1)).unwrap_or(end);
    DaysFact { first: first(last), last, cost: Some(PicoUsd(1_230 * CENT)), responses: 345 }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_of_days_that_are_over() {
        let days = |watched| {
            let rule = AlertRule { name: String::new(), watched, quiet: None, cooldown_minutes: 0 };
            // 2026-03-01, 00:30 in Berlin, a Sunday.
            let (first, last) = sample(&rule, EpochMs(1_772_321_400_000), Tz::Europe__Berlin).days()?;
            Some(format!("{first} {last}"))
        };
        assert_eq!(days(Watched::DaySummary).unwrap(), "2026-02-28 2026-02-28");
        assert_eq!(days(Watched::WeekSummary).unwrap(), "2026-02-16 2026-02-22");
        assert_eq!(days(Watched::MonthSummary).unwrap(), "2026-02-01 2026-02-28");
        assert_eq!(days(Watched::Condition), None);
    }
}
