//! A replayed year raises exactly the expected alerts, in any zone, also when clocks change.

use crate::rule;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;
use ctm_alerts::{
    AlertFacts, AlertRule, BudgetFact, ConditionFact, DaysFact, LimitFact, Raised, Watched, causes,
};
use ctm_types::{BudgetLevel, BudgetLimit, BudgetPeriod, EpochMs, PicoUsd};

/// Time between evaluations, in milliseconds: every zone has offsets of whole quarters.
const STEP_MS: i64 = 15 * 60 * 1_000;

const HOUR_MS: i64 = 3_600_000;

const USD: PicoUsd = PicoUsd(1_000_000_000_000);

fn rules() -> Vec<AlertRule> {
    let quiet = |rule| AlertRule { quiet: Some("22:00-07:00".parse().unwrap()), ..rule };
    vec![
        quiet(rule("soft", Watched::Budget { name: None, level: BudgetLevel::Soft })),
        rule("hard", Watched::Budget { name: Some("month".to_owned()), level: BudgetLevel::Hard }),
        rule("limit", Watched::LimitUsed(80)),
        AlertRule { cooldown_minutes: 120, ..rule("rate", Watched::SpendRate(USD)) },
        quiet(rule("quiet condition", Watched::Condition)),
        rule("condition", Watched::Condition),
        quiet(rule("day", Watched::DaySummary)),
        AlertRule { cooldown_minutes: 24 * 60, ..rule("cooled", Watched::SpendRate(PicoUsd(USD.0 / 4))) },
        AlertRule { cooldown_minutes: 240, ..quiet(rule("both", Watched::SpendRate(PicoUsd(USD.0 / 4)))) },
        quiet(rule("week", Watched::WeekSummary)),
        rule("month", Watched::MonthSummary),
    ]
}

fn at(day: NaiveDate, hour: u32, minute: u32, tz: Tz) -> EpochMs {
    let local = day.and_hms_opt(hour, minute, 0).unwrap();
    EpochMs(tz.from_local_datetime(&local).earliest().unwrap().timestamp_millis())
}

/// The state of a person who uses a month's budget up on the 20th, the limit of five hours on each working day at noon, and more than a dollar a
/// minute on Mondays from ten to one, and half a dollar else; on the first of a month, a condition is present in the night.
fn facts(now_ms: EpochMs, tz: Tz) -> AlertFacts {
    let local = DateTime::from_timestamp_millis(now_ms.0).unwrap().with_timezone(&tz).naive_local();
    let (day, hour) = (local.date(), local.hour());
    let is_from = |date: u32, hour: u32, minute: u32| {
        (local.day(), local.hour(), local.minute()) >= (date, hour, minute)
    };
    let level = match () {
        () if is_from(20, 15, 30) => BudgetLevel::Hard,
        () if is_from(15, 3, 0) => BudgetLevel::Soft,
        () => BudgetLevel::Fine,
    };
    let is_working = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    // Reports of the reset differ a little.
    let resets_at_ms = at(day, 14, 0, tz).saturating_add(i64::from(hour % 3) * 300 - 300);
    let limit = LimitFact {
        home: "home".to_owned(),
        window: "five_hour",
        used_percent: if hour >= 12 { 85.0 } else { 40.0 },
        resets_at_ms: Some(resets_at_ms),
        reached_at_ms: None,
    };
    let is_fast = day.weekday() == Weekday::Mon && (10..13).contains(&hour);
    let is_failing = local.day() == 1 && (3..5).contains(&hour);
    let since_ms = at(day, 1, 0, Tz::UTC);
    let until = |end: NaiveDate, first: NaiveDate| {
        Some(DaysFact { first, last: end - Days::new(1), cost: Some(USD), responses: 3 })
    };
    let yesterday = day - Days::new(1);
    let monday = day.week(Weekday::Mon).first_day();
    let month = day.with_day(1).unwrap();
    AlertFacts {
        budgets: vec![BudgetFact {
            name: "month".to_owned(),
            period: day.format("%Y-%m").to_string(),
            level,
            limit: BudgetLimit::Tokens(1),
            per: BudgetPeriod::Month,
            first: None,
            used: None,
        }],
        limits: if is_working && (9..14).contains(&hour) { vec![limit] } else { Vec::new() },
        pace: Some(PicoUsd(if is_fast { USD.0 * 2 } else { USD.0 / 2 })),
        conditions: if is_failing {
            vec![ConditionFact { code: "database_locked", since_ms, message: String::new() }]
        } else {
            Vec::new()
        },
        day: until(day, yesterday),
        week: until(monday, monday - Days::new(7)),
        month: until(month, month - Months::new(1)),
        ..AlertFacts::default()
    }
}

/// Returns the alerts that the year must have in a zone, each with its local time.
fn expected(tz: Tz) -> Vec<(NaiveDateTime, String)> {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let mut alerts = Vec::new();
    for day in first.iter_days().take_while(|day| day.year() == 2026) {
        let mut add = |hour, minute, name: &str| {
            alerts.push((day.and_hms_opt(hour, minute, 0).unwrap(), name.to_owned()));
        };
        add(7, 0, "day");
        // From the end of the quiet hours on, four hours apart, also where clocks changed in the night.
        for hour in [7, 11, 15, 19] {
            add(hour, 0, "both");
        }
        match day.day() {
            1 => {
                add(3, 0, "condition");
                add(0, 0, "month");
            }
            // At the end of the quiet hours.
            15 => add(7, 0, "soft"),
            20 => add(15, 30, "hard"),
            _ => {}
        }
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            add(12, 0, "limit");
        }
        if day.weekday() == Weekday::Mon {
            add(10, 0, "rate");
            add(12, 0, "rate");
        }
        // On the first day of the year, the week before has not been raised either.
        if day.weekday() == Weekday::Mon || day == first {
            add(7, 0, "week");
        }
    }
    // A cooldown is a length of time: it ends an hour earlier or later on clocks that changed.
    let (start_ms, end_ms) = year(tz);
    let mut at_ms = start_ms;
    while at_ms < end_ms {
        let local = DateTime::from_timestamp_millis(at_ms.0).unwrap().with_timezone(&tz);
        alerts.push((local.naive_local(), "cooled".to_owned()));
        at_ms = at_ms.saturating_add(24 * HOUR_MS);
    }
    alerts.sort();
    alerts
}

/// Returns the beginning and the end of the year.
fn year(tz: Tz) -> (EpochMs, EpochMs) {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    (at(first, 0, 0, tz), at(first.with_year(2027).unwrap(), 0, 0, tz))
}

fn raised_in_year(tz: Tz) -> Vec<(NaiveDateTime, String)> {
    let mut rules: Vec<_> = rules().into_iter().map(|rule| (rule, Raised::default())).collect();
    let mut alerts = Vec::new();
    let (mut now_ms, end_ms) = year(tz);
    while now_ms < end_ms {
        let facts = facts(now_ms, tz);
        for (rule, raised) in &mut rules {
            for _ in raised.due(rule, causes(rule, &facts, now_ms), now_ms, tz) {
                let local = DateTime::from_timestamp_millis(now_ms.0).unwrap().with_timezone(&tz);
                alerts.push((local.naive_local(), rule.name.clone()));
            }
        }
        now_ms = now_ms.saturating_add(STEP_MS);
    }
    alerts.sort();
    alerts
}

#[test]
fn a_replayed_year_raises_exactly_the_expected_alerts() {
    // Offsets of whole hours, halves and quarters; clocks that change by an hour in either half of the year, by half an hour, and never.
    for tz in [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Asia__Kathmandu,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
    ] {
        assert_eq!(raised_in_year(tz), expected(tz), "{tz}");
    }
}

#[test]
fn a_rate_is_one_cause_an_hour() {
    let rule = rule("rate", Watched::SpendRate(USD));
    let facts = AlertFacts { pace: Some(PicoUsd(USD.0 + 1)), ..AlertFacts::default() };
    let mut raised = Raised::default();
    let mut number =
        |now_ms| raised.due(&rule, causes(&rule, &facts, EpochMs(now_ms)), EpochMs(now_ms), Tz::UTC).len();
    assert_eq!([number(0), number(HOUR_MS - 1), number(HOUR_MS), number(HOUR_MS + 1)], [1, 0, 1, 0]);
    let facts = AlertFacts { pace: Some(USD), ..AlertFacts::default() };
    assert_eq!(causes(&rule, &facts, EpochMs(0)), []);
}
