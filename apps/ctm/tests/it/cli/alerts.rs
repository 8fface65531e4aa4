//! `ctm alert`.

use crate::place::Place;
use serde_json::Value;

fn json(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.print(args)).unwrap()
}

#[test]
fn rules_are_added_listed_tested_and_removed() {
    let place = Place::everyday();
    place.run(&["alert", "list"]).failed(4, &["ctm"]);
    let add = |args: &[&str]| place.print(&[&["alert", "add"], args].concat());
    assert_eq!(
        add(&["fast", "--watch", "spend_rate", "--usd-per-minute", "0.5", "--quiet", "22:00-07:00"]),
        "Added the rule fast: more than $0.50 a minute.\n"
    );
    let suggested = add(&["--suggested"]);
    assert_eq!(suggested.lines().count(), 7, "{suggested}");
    assert!(
        suggested.starts_with("Added the rule budgets, soft level: any budget at its soft level.\n"),
        "{suggested}"
    );
    assert_eq!(add(&["--suggested"]), "All suggested rules are there.\n");
    let rules = json(&place, &["alert", "list", "--json"]);
    assert_eq!((rules["items"].as_array().unwrap().len(), &rules["suggested"]), (8, &Value::Array(vec![])));
    let page = place.print(&["alert", "list"]);
    for line in [
        "fast: more than $0.50 a minute; quiet 22:00-07:00\n",
        "transcripts that are not stored: transcripts about to be deleted that are not stored\n",
    ] {
        assert!(page.contains(line), "{page}");
    }
    assert_eq!(
        place.print(&["alert", "test", "fast"]),
        "Test: The active sessions cost $0.75 a minute. That is more than $0.50 a minute, over the last ten minutes.\n"
    );
    let history = json(&place, &["alert", "history", "--json"]);
    assert_eq!(history["items"][0]["is_test"], true);
    assert!(place.print(&["alert", "history"]).contains("Test: The active sessions cost $0.75 a minute"));
    assert_eq!(place.print(&["alert", "remove", "fast"]), "Removed the rule fast.\n");
    place.run(&["alert", "remove", "fast"]).failed(2, &["`ctm alert list` lists all"]);
}

#[test]
fn what_is_present_is_raised_once() {
    let place = Place::everyday();
    assert_eq!(place.print(&["alert", "evaluate"]), "No new alerts.\n");
    assert_eq!(place.print(&["alert", "history"]), "No alerts.\n");
    place.print(&["alert", "add", "models", "--watch", "unpriced_model"]);
    assert_eq!(
        place.print(&["alert", "evaluate"]),
        "The model house-model-1 has no price. Its tokens count, and its cost is unknown. A price can be added in a file of prices.\n"
    );
    assert_eq!(place.print(&["alert", "evaluate"]), "No new alerts.\n");
    assert_eq!(json(&place, &["alert", "evaluate", "--json"])["items"], Value::Array(vec![]));
    assert_eq!(json(&place, &["alert", "history", "--json"])["items"].as_array().unwrap().len(), 1);
}

#[test]
fn invalid_rules_are_refused() {
    let place = Place::everyday();
    let refused = |args: &[&str], part: &str| {
        place.run(&[&["alert", "add"], args].concat()).failed(2, &[part]);
    };
    refused(&["a"], "--watch");
    refused(&["a", "--watch", "moon"], "possible values: budget, limit_used");
    refused(&["a", "--watch", "limit_used"], "`percent` is missing");
    refused(&["a", "--watch", "limit_used", "--percent", "101"], "allowed: 1 to 100");
    refused(&["a", "--watch", "condition", "--percent", "5"], "`condition` does not take");
    refused(&["a", "--watch", "budget", "--level", "fine"], "soft or hard");
    refused(&["a", "--watch", "condition", "--quiet", "22-7"], "22:00-07:00");
    refused(&["", "--watch", "condition"], "`name` must be one line");
    refused(&["a", "--watch", "condition", "--suggested"], "cannot be used with");
}
