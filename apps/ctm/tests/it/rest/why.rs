//! Why the cost changed.

use super::{at_noon, everyday};
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};

/// Checks that the causes of a period add up to its change, and the items of every kind as well.
fn check_sums(server: &Running, query: &str) -> Value {
    let why = server.json(&format!("why?{query}&limit=3"));
    let stats = server.json(&format!("stats?{query}"));
    let difference = &stats["change"]["cost_usd"]["absolute"];
    let causes = why["causes"].as_array().unwrap();
    let parts: f64 = causes.iter().map(|cause| cause["difference_usd"].as_f64().unwrap()).sum();
    let expected = difference.as_f64().unwrap();
    assert!((parts - expected).abs() < 1e-9, "{query}: {parts} {expected}");
    assert!((why["difference_usd"].as_f64().unwrap() - expected).abs() < 1e-9, "{query}");
    assert_eq!(why["current"]["cost_usd"], stats["totals"]["cost_usd"], "{query}");
    assert_eq!(why["previous"]["cost_usd"], stats["previous"]["totals"]["cost_usd"], "{query}");
    for movers in why["movers"].as_array().unwrap() {
        let items = movers["items"].as_array().unwrap();
        let parts = items.iter().chain(Some(&movers["rest"])).filter(|part| part.is_object());
        let sum: f64 = parts.filter_map(|part| part["difference"].as_f64()).sum();
        assert!((sum - expected).abs() < 1e-9, "{query}: {movers}");
    }
    why
}

#[test]
fn causes_and_items_add_up_to_the_change() {
    let (place, _) = Place::generated(7, 400_000);
    let server = at_noon(&place);
    for compare in ["previous", "same-weekdays"] {
        for range in ["today", "7d", "this-week", "this-month"] {
            for filter in ["", "&sidechain=true"] {
                check_sums(&server, &format!("range={range}&compare={compare}{filter}"));
            }
        }
    }
    server.stop();
}

#[test]
fn a_statement_needs_enough_responses_and_a_whole_period() {
    let (_place, server) = everyday();
    let few = check_sums(&server, "from=2026-03-09&to=2026-03-10");
    assert_eq!((&few["statement"], &few["minimum_responses"]), (&json!("few_responses"), &json!(100)));
    let current = &few["current"];
    assert_eq!(
        (&current["days"], &current["days_with_usage"], &current["days_unknown"]),
        (&json!(2), &json!(1), &json!(0))
    );
    // The model without a price is in no cause.
    assert_eq!((&current["responses"], &current["unpriced_responses"]), (&json!(1), &json!(1)));
    assert_eq!(current["unpriced_tokens"], 780);
    let in_part = server.json("why?from=2026-03-08&to=2026-03-10");
    assert_eq!(
        (&in_part["statement"], &in_part["previous"]["days_unknown"]),
        (&json!("known_in_part"), &json!(2))
    );
    let all = server.json("why");
    assert_eq!((&all["statement"], &all["previous"]), (&json!("no_comparison"), &Value::Null));
    assert_eq!((&all["causes"], &all["movers"]), (&json!([]), &json!([])));
    server.stop();
}

#[test]
fn the_same_days_of_the_week_are_whole_weeks_before() {
    let (place, _) = Place::generated(8, 100_000);
    let server = at_noon(&place);
    let days = |query: &str| {
        let period = &server.json(&format!("why?compare=same-weekdays&{query}"))["previous_period"];
        [period["from"].as_str().unwrap().to_owned(), period["to"].as_str().unwrap().to_owned()]
    };
    assert_eq!(days("from=2026-11-10&to=2026-11-10"), ["2026-11-03", "2026-11-03"]);
    assert_eq!(days("from=2026-11-10&to=2026-11-17"), ["2026-10-27", "2026-11-03"]);
    server.stop();
}
