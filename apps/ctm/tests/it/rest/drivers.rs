//! Usage by cost drivers.

use super::at_noon;
use crate::place::{Place, response};
use crate::running::Running;
use serde_json::{Value, json};

const DRIVERS: [&str; 5] =
    ["long_context", "subagents", "parallel_sessions", "long_sessions", "cache_misses"];

fn of<'a>(stats: &'a Value, driver: &str) -> &'a Value {
    stats["items"].as_array().unwrap().iter().find(|item| item["driver"] == driver).unwrap()
}

fn cost(usage: &Value) -> f64 {
    usage["cost_usd"].as_f64().unwrap_or_else(|| panic!("no cost: {usage}"))
}

/// Returns the number and the cost of all responses with a driver, page by page.
fn listed(server: &Running, filter: &str, driver: &str) -> (u64, f64) {
    let (mut count, mut sum) = (0, 0.0);
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("responses?{filter}&driver={driver}&limit=500{cursor}"));
        for item in page["items"].as_array().unwrap() {
            count += 1;
            sum += item["cost_usd"].as_f64().unwrap_or_default();
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", super::escaped(next)),
            None => {
                assert_eq!(page["total"], json!(count), "{filter} {driver}");
                return (count, sum);
            }
        }
    }
}

#[test]
fn each_driver_is_the_sum_of_its_responses() {
    let (place, _) = Place::generated(19, 600_000);
    let server = at_noon(&place);
    let mut found = 0;
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=false"] {
        let stats = server.json(&format!("drivers?{filter}"));
        let totals = server.json(&format!("stats?{filter}"))["totals"].clone();
        for figure in ["responses", "total_tokens", "cost_usd", "sessions"] {
            let (sum, total) = (&stats["totals"][figure], &totals[figure]);
            let difference = sum.as_f64().unwrap() - total.as_f64().unwrap();
            assert!(difference.abs() < 1e-9, "{filter} {figure}: {sum}, {total}");
        }
        for driver in DRIVERS {
            let item = of(&stats, driver);
            let (count, sum) = listed(&server, filter, driver);
            assert_eq!(item["responses"], json!(count), "{filter} {driver}");
            assert!((cost(item) - sum).abs() < 1e-9, "{filter} {driver}: {sum}, {item}");
            found += count;
        }
        let (count, sum) = listed(&server, filter, "none");
        assert_eq!(stats["none"]["responses"], json!(count), "{filter}");
        assert!((cost(&stats["none"]) - sum).abs() < 1e-9, "{filter}: {sum}, {}", stats["none"]);
    }
    assert!(found > 0);
    server.stop();
}

#[test]
fn subagents_are_those_of_the_filter() {
    let (place, _) = Place::generated(20, 300_000);
    let server = at_noon(&place);
    let stats = server.json("drivers?range=all");
    let subagents = server.json("stats?range=all&sidechain=true")["totals"].clone();
    assert!((cost(of(&stats, "subagents")) - cost(&subagents)).abs() < 1e-9);
    assert_eq!(of(&stats, "subagents")["responses"], subagents["responses"]);
    server.stop();
}

#[test]
fn the_drivers_of_days_add_up_to_those_of_the_month() {
    let (place, _) = Place::generated(21, 300_000);
    let server = at_noon(&place);
    let month = server.json("drivers?range=30d");
    let days = server.json("stats/daily?range=30d")["days"].clone();
    let days: Vec<Value> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["date"].as_str().unwrap())
        .map(|day| server.json(&format!("drivers?from={day}&to={day}")))
        .collect();
    for driver in DRIVERS {
        let sum: u64 = days.iter().map(|day| of(day, driver)["responses"].as_u64().unwrap()).sum();
        assert_eq!(of(&month, driver)["responses"], json!(sum), "{driver}");
    }
    server.stop();
}

/// Returns a response with a prompt that is read from the cache or written to it.
fn prompted(session: &str, number: u32, at: &str, [read, written]: [u64; 2]) -> String {
    let mut line: Value = serde_json::from_str(response(session, number, 100, at).trim()).unwrap();
    line["message"]["model"] = json!("claude-opus-4-5-20251101");
    line["message"]["usage"] = json!({"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}});
    format!("{line}\n")
}

#[test]
fn a_driver_is_what_its_definition_says() {
    let place = Place::empty();
    let session = "66666666-6666-4666-8666-666666666666";
    let lines = [
        prompted(session, 1, "2026-11-20T01:00:00Z", [0, 120_000]),
        prompted(session, 2, "2026-11-20T01:20:00Z", [0, 120_000]),
        prompted(session, 3, "2026-11-20T01:21:00Z", [120_000, 30_000]),
        prompted(session, 4, "2026-11-20T09:00:00Z", [0, 1_000]),
    ];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let server = at_noon(&place);
    let stats = server.json("drivers");
    let counts = DRIVERS.map(|driver| of(&stats, driver)["responses"].as_u64().unwrap());
    // The third prompt has 150,010 tokens; the second one was written again, the last one is shorter.
    assert_eq!(counts, [1, 0, 0, 1, 1]);
    assert_eq!(stats["none"]["responses"], json!(1));
    assert!(stats["items"].as_array().unwrap().iter().all(|item| item["advice"].is_null()));
    let key = |driver: &str| {
        server.json(&format!("responses?driver={driver}"))["items"][0]["at"].as_str().unwrap().to_owned()
    };
    assert_eq!(key("cache_misses"), "2026-11-20T01:20:00.000Z");
    assert_eq!(key("long_context"), "2026-11-20T01:21:00.000Z");
    assert_eq!(key("long_sessions"), "2026-11-20T09:00:00.000Z");
    // A filter selects responses, and changes no driver.
    let last = server.json("drivers?from=2026-11-20&to=2026-11-20&since=2026-11-20T08:00:00Z");
    assert_eq!(of(&last, "long_sessions")["responses"], json!(1));
    server.stop();
}
