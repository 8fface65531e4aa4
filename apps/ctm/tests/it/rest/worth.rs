//! Usage at list prices beside the price of plans.

use super::at_noon;
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};
use std::fs;

/// A home with two plans, one of which has no exchange rate before 2026-11-10.
const PLANS: &str = "[[plan]]\nname = 'Max'\nprice = 200\nfrom = 2026-01-01\n\
                     [[plan]]\nname = 'Pro'\nprice = '20'\ncurrency = 'EUR'\nfrom = 2026-11-01\n\
                     [[exchange]]\ncurrency = 'EUR'\nusd = 1.5\nfrom = 2026-11-10\n";

fn with_plans(plans: &str) -> Place {
    let (place, _) = Place::generated(31, 300_000);
    let folder = place.path().join(".config/ctm");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), plans).unwrap();
    place
}

fn number(of: &Value, figure: &str) -> f64 {
    of[figure].as_f64().unwrap_or_else(|| panic!("{figure} of {of}"))
}

fn check(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

fn months(server: &Running, query: &str) -> Vec<Value> {
    server.json(&format!("worth?{query}"))["months"].as_array().unwrap().clone()
}

#[test]
fn months_add_up_to_the_total_and_to_the_reports() {
    let place = with_plans(&PLANS[..PLANS.find("[[plan]]\nname = 'Pro'").unwrap()]);
    let server = at_noon(&place);
    for filter in ["range=all", "range=40d&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        let stats = server.json(&format!("worth?{filter}"));
        let totals = server.json(&format!("stats?{filter}"))["totals"].clone();
        let total = &stats["total"];
        check(number(total, "cost_usd"), number(&totals, "cost_usd"), filter);
        check(number(&stats["usage"], "cost_usd"), number(&totals, "cost_usd"), filter);
        for figure in ["cost_usd", "compared_usd", "plan_usd", "difference_usd"] {
            let sum = stats["months"].as_array().unwrap().iter().map(|month| number(month, figure)).sum();
            check(number(total, figure), sum, filter);
        }
        check(
            number(total, "difference_usd"),
            number(total, "compared_usd") - number(total, "plan_usd"),
            filter,
        );
        check(number(total, "factor"), number(total, "compared_usd") / number(total, "plan_usd"), filter);
        assert_eq!(stats["plans"][0]["name"], "Max");
    }
    server.stop();
}

#[test]
fn a_month_pays_the_days_of_the_period() {
    let place = with_plans(PLANS);
    let server = at_noon(&place);
    let plan = |query: &str| months(&server, query)[0]["plan_usd"].clone();
    assert_eq!(plan("from=2026-10-01&to=2026-10-31"), json!(200));
    check(plan("from=2026-10-01&to=2026-10-01").as_f64().unwrap(), 200.0 / 31.0, "a day");
    // 30 dollars a month for each of the days with a rate.
    check(plan("from=2026-11-10&to=2026-11-12").as_f64().unwrap(), 23.0, "two plans");
    server.stop();
}

#[test]
fn without_an_exchange_rate_the_price_is_unknown() {
    let place = with_plans(PLANS);
    let server = at_noon(&place);
    let stats = server.json("worth?from=2026-11-01&to=2026-11-12");
    assert_eq!(stats["missing_rates"], json!(["EUR"]));
    for of in [&stats["months"][0], &stats["total"]] {
        assert!(number(of, "compared_usd") > 0.0);
        for figure in ["plan_usd", "difference_usd", "factor"] {
            assert!(of[figure].is_null(), "{figure} of {of}");
        }
    }
    assert!(stats["months"][0]["break_even"].is_null());
    server.stop();
}

#[test]
fn a_plan_of_another_home_is_not_compared() {
    let place = with_plans("[[plan]]\nname = 'Max'\nprice = 200\nfrom = 2026-01-01\nhome = 'elsewhere'\n");
    let server = at_noon(&place);
    let stats = server.json("worth?range=all");
    assert_eq!(stats["plans"][0]["is_home_known"], json!(false));
    assert_eq!(stats["total"]["compared_usd"], json!(0));
    assert!(number(&stats["total"], "cost_usd") > 0.0);
    server.stop();
}

#[test]
fn without_plans_there_is_nothing_to_compare_with() {
    let (place, _) = Place::generated(32, 100_000);
    let server = at_noon(&place);
    let stats = server.json("worth?range=all");
    assert_eq!((&stats["plans"], &stats["total"]["plan_usd"]), (&json!([]), &json!(0)));
    assert!(stats["total"]["factor"].is_null());
    server.stop();
}
