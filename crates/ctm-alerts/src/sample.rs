//! Made-up figures for a test of a rule.

use crate::cause::Alerted;
use crate::facts::{BudgetFact, ConditionFact, DayFact, LimitFact};
use crate::rule::AlertRule;
use crate::unusual::Unusual;
use crate::watched::Watched;
use chrono::{DateTime, Days, NaiveDate};
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
        Watched::DaySummary => Alerted::Day(before(today, 1)),
        Watched::WeekSummary => Alerted::Week(before(today, 7)),
    }
}

const UNUSUAL: Unusual = Unusual {
    cost: PicoUsd(1_420 * CENT),
    median: PicoUsd(90 * CENT),
    spread: PicoUsd(44 * CENT),
    bound: PicoUsd(310 * CENT),
    past: 212,
};

fn before(today: NaiveDate, days: u64) -> DayFact {
    let first = today.checked_sub_days(Days::new(days)).unwrap_or(today);
    DayFact { first, cost: Some(PicoUsd(1_230 * CENT)), responses: 345 }
}
