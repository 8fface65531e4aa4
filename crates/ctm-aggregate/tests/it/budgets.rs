//! Budgets at a day.

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::budgets::{BudgetReach, BudgetUse, days_of};
use ctm_aggregate::day_start_ms;
use ctm_aggregate::forecast::{Forecast, Interval};
use ctm_types::{Budget, BudgetLevel, BudgetLimit, BudgetPeriod, BudgetScope, EpochMs};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn budget(period: BudgetPeriod, tokens: u64) -> Budget {
    Budget {
        name: "all".to_owned(),
        limit: BudgetLimit::Tokens(tokens),
        period,
        scope: BudgetScope::Everything,
        soft_percent: 80,
        hard_percent: 100,
    }
}

#[test]
fn periods_contain_their_day() {
    let check = |period: &str, at: &str, expected: Option<(&str, &str)>| {
        let days = days_of(period.parse().unwrap(), day(at), Weekday::Mon);
        let days = days.map(|days| (days.from(), days.to()));
        assert_eq!(days, expected.map(|(from, to)| (day(from), day(to))), "{period} {at}");
    };
    check("day", "2026-03-11", Some(("2026-03-11", "2026-03-11")));
    check("week", "2026-03-11", Some(("2026-03-09", "2026-03-15")));
    check("month", "2026-02-28", Some(("2026-02-01", "2026-02-28")));
    check("30d", "2026-03-11", Some(("2026-02-10", "2026-03-11")));
    check("1d", "2026-03-11", Some(("2026-03-11", "2026-03-11")));
    check("block", "2026-03-11", None);
    assert_eq!(
        days_of(BudgetPeriod::Week, day("2026-03-11"), Weekday::Sun).map(ctm_aggregate::DateRange::from),
        Some(day("2026-03-08"))
    );
}

#[test]
fn what_is_left_is_spread_over_the_remaining_days() {
    let of = |period: &str, used: Option<i128>, now: EpochMs| {
        let budget = budget(period.parse().unwrap(), 3_000);
        let at = day("2026-03-11");
        let days = days_of(budget.period, at, Weekday::Mon).unwrap();
        BudgetUse::of_days(&budget, used, (days, at), now, Tz::UTC)
    };
    let noon = EpochMs(day_start_ms(day("2026-03-11"), Tz::UTC).0 + 12 * 3_600_000);
    let month = of("month", Some(2_400), noon);
    assert_eq!((month.level, month.left, month.left_per_day), (BudgetLevel::Soft, Some(600), Some(600 / 21)));
    assert!((month.elapsed.unwrap() - 10.5 / 31.0).abs() < 1e-12);
    let week = of("week", Some(3_500), noon);
    assert_eq!((week.level, week.left, week.left_per_day), (BudgetLevel::Hard, Some(-500), Some(0)));
    let rolling = of("7d", Some(100), noon);
    assert_eq!((rolling.level, rolling.left, rolling.left_per_day), (BudgetLevel::Fine, Some(2_900), None));
    assert_eq!((rolling.elapsed, of("day", Some(0), noon).elapsed), (None, Some(0.5)));
    let unknown = of("month", None, noon);
    assert_eq!((unknown.level, unknown.left, unknown.left_per_day), (BudgetLevel::Unknown, None, None));
    // A past day is over, whatever the time.
    let later = EpochMs(noon.0 + 90 * 86_400_000);
    assert!((of("month", Some(1), later).elapsed.unwrap() - 11.0 / 31.0).abs() < 1e-12);
    assert_eq!(of("day", Some(1), later).elapsed, Some(1.0));
}

#[test]
fn a_day_without_an_hour_elapses_whole() {
    let tz: Tz = "Europe/Berlin".parse().unwrap();
    let budget = budget(BudgetPeriod::Day, 10);
    let at = day("2026-03-29");
    let days = days_of(budget.period, at, Weekday::Mon).unwrap();
    let elapsed = |hours: i64| {
        let now = EpochMs(day_start_ms(at, tz).0 + hours * 3_600_000);
        BudgetUse::of_days(&budget, Some(0), (days, at), now, tz).elapsed
    };
    assert_eq!((elapsed(0), elapsed(23), elapsed(24)), (Some(0.0), Some(1.0), Some(1.0)));
}

#[test]
fn a_block_elapses_from_its_start() {
    let budget = budget(BudgetPeriod::Block, 100);
    let time = EpochMs(0)..EpochMs(5 * 3_600_000);
    let used = BudgetUse::of_time(&budget, Some(85), &time, EpochMs(3_600_000));
    assert_eq!((used.level, used.left, used.elapsed), (BudgetLevel::Soft, Some(15), Some(0.2)));
    assert_eq!(BudgetUse::none(&budget).level, BudgetLevel::Fine);
    assert_eq!(BudgetUse::unknown(&budget).level, BudgetLevel::Unknown);
}

#[test]
fn a_budget_is_reached_at_the_pace_of_the_forecast() {
    let budget = budget(BudgetPeriod::Month, 100);
    let reach = |used: i128, end: [i128; 3]| {
        let [low, median, high] = end;
        let forecast = Forecast { used, stretches: 28, at_end: Some(Interval { low, median, high }) };
        BudgetReach::of(&budget, &forecast, 1_000).map(|of| [of.earliest_ms, of.after_ms, of.latest_ms])
    };
    // 40 are left: of 160, 80 and 40 to come, that is a quarter, a half and all of the time.
    assert_eq!(reach(60, [100, 140, 220]), Some([Some(250), Some(500), Some(1_000)]));
    assert_eq!(reach(60, [99, 100, 140]), Some([Some(500), Some(1_000), None]));
    assert_eq!(reach(60, [60, 61, 99]), Some([None, None, None]));
    assert_eq!(reach(100, [100, 140, 220]), None);
    let none = Forecast { used: 60, stretches: 3, at_end: None };
    assert_eq!(BudgetReach::of(&budget, &none, 1_000), None);
}
