//! The cost of the same usage otherwise.

use super::at_noon;
use crate::http::get;
use crate::place::{NOON, Place};
use crate::running::Running;
use chrono::DateTime;
use ctm_report::clock::Clock;
use serde_json::{Value, json};

fn number(of: &Value, figure: &str) -> f64 {
    of[figure].as_f64().unwrap_or_else(|| panic!("{figure} of {of}"))
}

fn sum(items: &Value, figure: &str) -> f64 {
    items.as_array().unwrap().iter().map(|of| number(of, figure)).sum()
}

fn check(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

#[test]
fn models_and_kinds_add_up_and_the_rest_stays_as_billed() {
    let (place, _) = Place::generated(14, 400_000);
    let server = at_noon(&place);
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        let totals = server.json(&format!("stats?{filter}"))["totals"].clone();
        for scenario in [
            "as_model=claude-haiku-4-5",
            "as_model=claude-haiku-4-5&part=subagents&cache=1h",
            "prices_on=2027-01-01",
            "cache=none&part=main",
            "cache=5m",
        ] {
            let of = server.json(&format!("what-if?{filter}&{scenario}"));
            let what = format!("{filter} {scenario}");
            for figure in ["cost_usd", "what_if_usd", "difference_usd"] {
                check(sum(&of["models"], figure), number(&of["part"], figure), &what);
                check(sum(&of["kinds"], figure), number(&of["part"], figure), &what);
            }
            check(number(&of, "cost_usd"), number(&totals, "cost_usd"), &what);
            let difference = number(&of, "what_if_usd") - number(&of, "cost_usd");
            check(difference, number(&of["part"], "difference_usd"), &what);
        }
    }
    server.stop();
}

#[test]
fn halves_add_up_to_all() {
    let (place, _) = Place::generated(15, 300_000);
    let server = at_noon(&place);
    let of = |part: &str| {
        let of = server.json(&format!("what-if?range=all&as_model=claude-haiku-4-5&part={part}"));
        (of["part"]["responses"].as_u64().unwrap(), number(&of["part"], "difference_usd"))
    };
    let [all, main, subagents] = ["all", "main", "subagents"].map(of);
    assert!(main.0 > 0 && subagents.0 > 0);
    assert_eq!(main.0 + subagents.0, all.0);
    check(main.1 + subagents.1, all.1, "difference");
    server.stop();
}

#[test]
fn a_cache_is_the_alternative_of_the_cache_report() {
    let (place, _) = Place::generated(16, 300_000);
    let server = at_noon(&place);
    let alternatives = server.json("cache?range=all")["alternatives"].clone();
    for of in alternatives.as_array().unwrap() {
        let cache = of["cache"].as_str().unwrap();
        let what_if = server.json(&format!("what-if?range=all&cache={cache}"));
        check(number(&what_if, "what_if_usd"), number(of, "cost_usd"), cache);
    }
    server.stop();
}

#[test]
fn a_scenario_is_named_as_it_is_priced() {
    let (place, _) = Place::generated(17, 100_000);
    let server = at_noon(&place);
    let query = "what-if?as_model=claude-haiku-4-5-20251001&prices_on=2026-12-24&part=main";
    let expected =
        json!({"part": "main", "prices_on": "2026-12-24", "as_model": "claude-haiku-4-5", "cache": "actual"});
    assert_eq!(server.json(query)["scenario"], expected);
    let same = server.json("what-if?range=all");
    assert_eq!(same["cost_usd"], same["what_if_usd"]);
    server.stop();
}

#[test]
fn a_price_to_come_is_one_of_the_own_table() {
    let (place, _) = Place::generated(18, 100_000);
    let before = {
        let server = at_noon(&place);
        let of = server.json("what-if?range=all&prices_on=2027-06-01");
        server.stop();
        of
    };
    let own = "[[price]]\nmodel = \"claude-haiku-4-5\"\neffective_from = \"2027-06-01\"\ninput = \"100\"\noutput = \"100\"\n\
               cache_read = \"1\"\ncache_write_5m = \"1\"\ncache_write_1h = \"1\"\n";
    let path = place.path().join("own.toml");
    std::fs::write(&path, own).unwrap();
    let now = DateTime::from_timestamp_millis(NOON).unwrap();
    let server = Running::start(Clock::frozen(now), &place, &[("prices", path.to_str().unwrap())]);
    let after = server.json("what-if?range=all&prices_on=2027-06-01&as_model=claude-haiku-4-5");
    assert_eq!(after["cost_usd"], before["cost_usd"]);
    let kinds = after["kinds"].as_array().unwrap();
    let output = kinds.iter().find(|of| of["kind"] == "output").unwrap();
    check(number(output, "what_if_usd"), number(output, "count") / 1e4, "100 dollars a million");
    server.stop();
}

#[test]
fn an_assumption_without_a_price_is_refused() {
    let place = Place::empty();
    let server = at_noon(&place);
    for query in ["as_model=glm-99", "cache=2h", "part=some", "prices_on=soon"] {
        let answer = get(&format!("{}api/v1/what-if?{query}", server.url()));
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    server.stop();
}
