//! Use of the prompt cache: misses by cause and item, and what each duration saved.

use super::at_noon;
use crate::place::{Place, response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Returns the sum of a figure over items, and their rest.
fn sum(items: &Value, rest: &Value, figure: &str) -> f64 {
    let parts = items.as_array().unwrap().iter().chain(Some(rest)).filter(|part| part.is_object());
    parts.filter_map(|part| part[figure].as_f64()).sum()
}

fn cost(stats: &Value, cache: &str) -> f64 {
    let alternatives = stats["alternatives"].as_array().unwrap().iter();
    let of = alternatives.clone().find(|of| of["cache"] == cache).unwrap();
    of["cost_usd"].as_f64().unwrap()
}

#[test]
fn causes_items_and_durations_add_up() {
    let (place, _) = Place::generated(11, 400_000);
    let server = at_noon(&place);
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=true", "range=7d"] {
        let totals = server.json(&format!("stats?{filter}"))["totals"].clone();
        for by in ["project&limit=1", "session", "version"] {
            let stats = server.json(&format!("cache?{filter}&by={by}"));
            for figure in ["misses", "missed_tokens", "extra_usd"] {
                let expected = stats["misses"][figure].as_f64().unwrap();
                let check =
                    |found: f64| assert!((found - expected).abs() < 1e-9, "{filter} {by} {figure}: {stats}");
                check(sum(&stats["causes"], &Value::Null, figure));
                check(sum(&stats["items"], &stats["rest"], figure));
            }
            let check = |found: f64, figure: &str| {
                let expected = totals[figure].as_f64().unwrap();
                assert!((found - expected).abs() < 1e-9, "{filter} {figure}: {found}, {expected}");
            };
            check(sum(&stats["durations"], &Value::Null, "saving_usd"), "cache_saving_usd");
            check(sum(&stats["durations"], &Value::Null, "read_tokens"), "cache_read_tokens");
            check(cost(&stats, "actual"), "cost_usd");
            check(cost(&stats, "none") - cost(&stats, "actual"), "cache_saving_usd");
        }
    }
    server.stop();
}

#[test]
fn the_misses_of_days_add_up_to_those_of_the_month() {
    let (place, _) = Place::generated(12, 300_000);
    let server = at_noon(&place);
    let misses = |query: &str| server.json(&format!("cache?{query}"))["misses"]["misses"].as_u64().unwrap();
    let days = server.json("stats/daily?range=30d")["days"].clone();
    let of_days = days.as_array().unwrap().iter().map(|day| {
        let day = day["date"].as_str().unwrap();
        misses(&format!("from={day}&to={day}"))
    });
    let of_days: u64 = of_days.sum();
    assert!(of_days > 0);
    assert_eq!(of_days, misses("range=30d"));
    server.stop();
}

#[test]
fn a_logged_cause_is_used_before_an_inferred_one() {
    let place = Place::empty();
    let session = "66666666-6666-4666-8666-666666666666";
    let line = |number, minute, read: u64, written: u64, logged: Option<&str>| {
        let line = response(session, number, 100, &format!("2026-11-20T10:{minute:02}:00Z"));
        let mut line: Value = serde_json::from_str(line.trim()).unwrap();
        line["message"]["model"] = json!("claude-opus-4-5-20251101");
        line["message"]["usage"] = json!({"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}});
        if let Some(logged) = logged {
            let reason = json!({"type": logged, "cache_missed_input_tokens": 4_000});
            line["message"]["diagnostics"] = json!({"cache_miss_reason": reason});
        }
        format!("{line}\n")
    };
    let lines = [
        line(1, 0, 0, 10_000, None),
        line(2, 1, 10_000, 100, None),
        line(3, 9, 0, 10_200, None),
        line(4, 10, 6_000, 4_000, Some("tools_changed")),
    ];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let server = at_noon(&place);
    let stats = server.json("cache?by=session");
    let causes = stats["causes"].as_array().unwrap().iter();
    let causes: Vec<_> =
        causes.map(|of| [&of["cause"], &of["basis"], &of["missed_tokens"]].map(Value::clone)).collect();
    assert_eq!(
        causes,
        [
            [json!("expired"), json!("inferred"), json!(10_100)],
            [json!("tools_changed"), json!("logged"), json!(4_000)]
        ]
    );
    // 14,100 tokens at 6.25 in place of 0.50 dollars per million.
    assert_eq!(stats["misses"]["extra_usd"], json!(0.081_075));
    assert_eq!(stats["items"][0]["key"], json!(session));
    // An hour would have kept what expired: 14,200 tokens written at 10 and 26,100 read at 0.50.
    let one_hour = stats["alternatives"][3].clone();
    assert_eq!(one_hour["cache"], "1h");
    let expected = (14_200.0 * 10.0 + 26_100.0 * 0.5 + 40.0 * 5.0 + 4.0 * 25.0) / 1e6;
    assert!((one_hour["cost_usd"].as_f64().unwrap() - expected).abs() < 1e-12, "{one_hour}");
    server.stop();
}

/// Returns how many misses of a session have each cause, with their sum as the misses of an item.
fn added_up(misses: &Value) -> (BTreeMap<String, u64>, Value) {
    let misses = misses.as_array().unwrap();
    let mut causes: BTreeMap<String, u64> = BTreeMap::new();
    for of in misses {
        *causes.entry(format!("{} {}", of["basis"], of["cause"])).or_default() += 1;
    }
    let tokens: u64 = misses.iter().filter_map(|of| of["resent_tokens"].as_u64()).sum();
    (causes, json!({"misses": misses.len(), "missed_tokens": tokens}))
}

#[test]
fn the_misses_of_a_session_add_up_to_those_of_the_cache() {
    let (place, _) = Place::generated(13, 400_000);
    let server = at_noon(&place);
    let sessions = server.json("sessions?range=all&limit=500")["items"].clone();
    let by_session = server.json("cache?range=all&by=session&limit=500");
    let items = by_session["items"].as_array().unwrap();
    let mut bases = BTreeSet::new();
    let mut of_all = 0;
    for session in sessions.as_array().unwrap() {
        let id = session["id"].as_str().unwrap();
        let misses = server.json(&format!("sessions/{id}"))["cache_breaks"].clone();
        let (causes, found) = added_up(&misses);
        let none = json!({"misses": 0, "missed_tokens": 0, "extra_usd": 0.0});
        let expected = items.iter().find(|item| item["key"] == id).unwrap_or(&none);
        for figure in ["misses", "missed_tokens"] {
            assert_eq!(found[figure], expected[figure], "{id} {figure}: {misses}");
        }
        let extra = sum(&misses, &Value::Null, "extra_cost_usd");
        let difference = extra - expected["extra_usd"].as_f64().unwrap_or_default();
        assert!(difference.abs() < 1e-9, "{id}: {extra}, {expected}");
        let stats = server.json(&format!("cache?range=all&session={id}"))["causes"].clone();
        let of_stats = stats.as_array().unwrap().iter();
        let of_stats = of_stats
            .map(|of| (format!("{} {}", of["basis"], of["cause"]), of["misses"].as_u64().unwrap()))
            .collect();
        assert_eq!(causes, of_stats, "{id}");
        of_all += misses.as_array().unwrap().len();
        bases.extend(misses.as_array().unwrap().iter().map(|of| of["basis"].to_string()));
    }
    assert_eq!(json!(of_all), by_session["misses"]["misses"]);
    assert_eq!(bases.len(), 2, "both logged and inferred causes");
    server.stop();
}

#[test]
fn the_list_of_a_cause_or_version_has_exactly_its_misses() {
    let (place, _) = Place::generated(11, 400_000);
    let server = at_noon(&place);
    let total = |query: &str| server.json(&format!("responses?{query}&limit=1"))["total"].clone();
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        let stats = server.json(&format!("cache?{filter}&by=version"));
        assert_eq!(total(&format!("{filter}&cache_miss=any")), stats["misses"]["misses"], "{filter}");
        for of in stats["causes"].as_array().unwrap() {
            let cause = format!("{}:{}", of["basis"].as_str().unwrap(), of["cause"].as_str().unwrap());
            assert_eq!(total(&format!("{filter}&cache_miss={cause}")), of["misses"], "{filter} {cause}");
        }
        for of in stats["items"].as_array().unwrap().iter().filter(|of| of["key"].is_string()) {
            let version = of["key"].as_str().unwrap();
            let query = format!("{filter}&cache_miss=any&version={version}");
            assert_eq!(total(&query), of["misses"], "{query}");
        }
    }
    assert!(total("range=all&cache_miss=any").as_u64() > Some(0));
    assert_eq!(total("range=all&cache_miss=logged:no_such_cause"), json!(0));
    let both = "range=all&driver=cache_misses";
    assert_eq!(total(&format!("{both}&cache_miss=any")), total(both));
    server.stop();
}
