//! What usage cost at list prices beside what plans cost.

use crate::fixture::{FUTURE, OPUS, date, ledger, range, row};
use crate::invariant::rows;
use chrono_tz::Tz;
use ctm_aggregate::worth::{DailyWorth, HomePlan, Worth};
use ctm_aggregate::{Bucket, DateRange, Ledger};
use ctm_pricing::{ExchangeRate, Plan, PlanBook};
use ctm_types::PicoUsd;
use proptest::prelude::*;

const USD: i128 = 1_000_000_000_000;

fn plan(price: i128, from: &str, until: Option<&str>) -> Plan {
    Plan {
        name: "Max".to_owned(),
        price_pico: price * USD,
        currency: "USD".to_owned(),
        from: date(from),
        until: until.map(date),
        home: None,
    }
}

/// Checks what a fold of plans for all homes returns, for March 2026.
fn march<T>(plans: &[Plan], rates: Vec<ExchangeRate>, of: impl FnOnce(&DailyWorth<'_>) -> T) -> T {
    // Five dollars on each of three days.
    let days = ["2026-03-10T10:00:00Z", "2026-03-14T10:00:00Z", "2026-03-20T10:00:00Z"];
    let ledger = ledger(&days.map(|at| row(at, 0, 0, OPUS)), Tz::UTC);
    let book = PlanBook { plans: plans.to_vec(), rates };
    let plans: Vec<_> = book.plans.iter().map(|plan| HomePlan { plan, homes: None }).collect();
    of(&DailyWorth::new(&ledger, range("2026-03-01", "2026-03-31"), date("2026-03-31"), &plans, &book))
}

#[test]
fn plans_add_up_and_a_month_breaks_even_on_the_day_that_reaches_its_price() {
    let check = |plans: &[Plan], expected: (i128, Option<&str>)| {
        march(plans, Vec::new(), |worth| {
            let month = worth.months().remove(0);
            assert_eq!(month.worth.plans, Some(PicoUsd(expected.0 * USD)));
            assert_eq!(month.break_even, expected.1.map(date));
        });
    };
    check(&[plan(10, "2026-01-01", None)], (10, Some("2026-03-14")));
    check(&[plan(5, "2026-01-01", None), plan(10, "2026-01-01", None)], (15, Some("2026-03-20")));
    check(&[plan(16, "2026-01-01", None)], (16, None));
    check(&[], (0, None));
}

#[test]
fn only_usage_of_days_with_a_plan_is_compared() {
    march(&[plan(31, "2026-03-12", Some("2026-03-16"))], Vec::new(), |worth| {
        let total = worth.total();
        assert_eq!(total.usage.cost, PicoUsd(15 * USD));
        assert_eq!(total.compared.cost, PicoUsd(5 * USD));
        assert_eq!(total.plans, Some(PicoUsd(5 * USD)));
    });
}

#[test]
fn a_missing_rate_makes_the_price_unknown() {
    let euro = Plan { currency: "EUR".to_owned(), ..plan(10, "2026-01-01", None) };
    let rate = |from: &str| {
        vec![ExchangeRate { currency: "EUR".to_owned(), from: date(from), usd: PicoUsd(2 * USD) }]
    };
    let known = march(std::slice::from_ref(&euro), rate("2026-03-01"), |worth| worth.total().plans);
    assert_eq!(known, Some(PicoUsd(20 * USD)));
    let later = march(&[euro], rate("2026-03-02"), |worth| {
        let month = worth.months().remove(0);
        (worth.total().plans, month.price, month.break_even)
    });
    assert_eq!(later, (None, None, None));
}

#[test]
fn a_plan_is_for_its_homes_and_costs_nothing_after_today() {
    let rows = [row("2026-03-02T10:00:00Z", 0, 0, OPUS), row("2026-03-02T10:00:00Z", 0, 1, FUTURE)];
    let ledger = ledger(&rows, Tz::UTC);
    let book = PlanBook { plans: vec![plan(31, "2026-01-01", None)], rates: Vec::new() };
    let plans = [HomePlan { plan: &book.plans[0], homes: Some(vec!["/home/0".to_owned()]) }];
    let worth =
        DailyWorth::new(&ledger, range("2026-03-01", "2026-03-31"), date("2026-03-10"), &plans, &book);
    let total = worth.total();
    assert_eq!((total.compared.responses, total.compared.unpriced_tokens), (1, 0));
    assert_eq!((total.usage.responses, total.plans), (2, Some(PicoUsd(10 * USD))));
}

fn add(days: impl IntoIterator<Item = Worth>) -> Worth {
    days.into_iter().fold(Worth::default(), |mut sum, day| {
        sum += day;
        sum
    })
}

/// Returns the days of all usage.
fn used(ledger: &Ledger) -> DateRange {
    ledger.days_of_use().unwrap_or(DateRange::day(date("1970-01-01")))
}

proptest! {
    #[test]
    fn days_add_up_to_months_and_months_to_the_total(
        rows in rows(),
        price in 1..1_000_i128,
        (from, days) in (0..800_u64, 0..800_u64),
        is_of_home in any::<bool>(),
    ) {
        let ledger = ledger(&rows, Tz::Asia__Tokyo);
        let used = used(&ledger);
        let first = date("1970-01-01") + chrono::Days::new(from);
        let plan = Plan { from: first, until: Some(first + chrono::Days::new(days)), ..plan(price, "1970-01-01", None) };
        let book = PlanBook { plans: vec![plan], rates: Vec::new() };
        let homes = is_of_home.then(|| vec!["/home/0".to_owned()]);
        let plans = [HomePlan { plan: &book.plans[0], homes }];
        let worth = DailyWorth::new(&ledger, used, used.to(), &plans, &book);
        let total = worth.total();
        prop_assert_eq!(add(worth.days().values().copied()), total);
        prop_assert_eq!(add(worth.months().into_iter().map(|month| month.worth)), total);
        prop_assert_eq!(total.usage, ledger.total().amounts);
        for month in ledger.by_bucket(used, Bucket::Month) {
            let found = worth.months().into_iter().find(|of| of.first_day == month.first_day);
            prop_assert_eq!(found.map(|of| of.worth.usage).unwrap_or_default(), month.usage.amounts);
        }
        for month in worth.months() {
            let is_whole = used.contains(month.first_day) && used.contains(Bucket::Month.last_day(month.first_day));
            if is_whole {
                prop_assert_eq!(month.worth.plans, month.price);
            }
            prop_assert!(month.price <= Some(PicoUsd(price * USD)));
        }
    }
}
