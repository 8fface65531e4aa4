//! Official limits, as Claude Code describes them to the status line.

use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use crate::statusline::{described, line};
use serde_json::{Value, json};
use std::fs;

/// The server's time; Claude Code reports at the time of the machine, which is later.
const NOW: &str = "2026-03-11T23:00:00Z";

/// Days in which the machine's time is.
const ALL_DAYS: &str = "limits?from=2026-03-01&to=2035-12-31";

#[test]
fn limits_are_shown_by_rest_by_websocket_and_on_the_command_line() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("limits")["current"], Value::Null);
    let mut socket = Socket::greeted(&server.url());
    socket.send(&json!({"type": "subscribe", "data": {"topics": ["limits"]}}).to_string());
    let first = socket.next();
    assert_eq!(
        (&first["type"], &first["data"]),
        (&json!("limits_update"), &json!({ "current": null, "caches": [] }))
    );

    line(&place, &[], &described(&place, 23.5, 12.0));
    let update = socket.next();
    assert_eq!(update["type"], "limits_update");
    let current = &update["data"]["current"];
    assert_eq!(
        (&current["five_hour"]["used_percentage"], &current["seven_day"]["resets_at"]),
        (&json!(23.5), &json!("2036-07-18T13:20:00.000Z"))
    );
    for used in [23.5, 100.0, 101.0] {
        line(&place, &[], &described(&place, used, 12.0));
    }

    let limits = server.json(ALL_DAYS);
    let samples = limits["samples"].as_array().unwrap();
    let figures: Vec<_> = samples
        .iter()
        .map(|sample| (sample["window"].as_str().unwrap(), &sample["used_percentage"]))
        .collect();
    let (five, seven) = ("five_hour", "seven_day");
    let expected = [(five, json!(23.5)), (seven, json!(12.0)), (five, json!(100.0)), (five, json!(101.0))];
    assert_eq!(figures, expected.each_ref().map(|(window, used)| (*window, used)));
    assert_eq!(limits["hits"].as_array().unwrap().len(), 1);
    assert_eq!(limits["hits"][0]["at"], samples[2]["sampled_at"]);
    assert_eq!(limits["current"]["source"], place.claude().to_str().unwrap());
    assert_eq!(server.json(&format!("{ALL_DAYS}&home=other"))["samples"], json!([]));
    server.stop();

    let text = place.print(&["limits"]);
    assert!(text.starts_with("5 hours 101.0%, resets 2036-07-18 13:20 "), "{text}");
    assert!(text.contains("\nLimit of 5 hours reached once in 30 days\n"), "{text}");
    let printed: Value = serde_json::from_str(&place.print(&["limits", "--json"])).unwrap();
    assert_eq!((&printed["samples"], &printed["hits"]), (&limits["samples"], &limits["hits"]));
}

#[test]
fn reported_limits_of_models_and_spending_are_stored() {
    let place = Place::everyday();
    let mut said = described(&place, 23.5, 12.0);
    said["rate_limits"]["seven_day_opus"] = json!({ "used_percentage": 61, "resets_at": 2_100_000_000 });
    said["rate_limits"]["spend_limit"] = json!({ "used_usd": 30, "limit_usd": 40, "period": "monthly" });
    line(&place, &[], &said);
    let limits: Value = serde_json::from_str(&place.print(&["limits", "--json"])).unwrap();
    let others = limits["current"]["others"].as_array().unwrap();
    let figures: Vec<_> = others.iter().map(|of| (&of["window"], &of["used_percentage"])).collect();
    assert_eq!(figures, [(&json!("seven_day_opus"), &json!(61.0)), (&json!("spend_limit"), &json!(75.0))]);
    let text = place.print(&["limits"]);
    for row in ["5 hours         23.5%", "7 days of Opus  61.0%, resets", "spending        75.0%; reported"] {
        assert!(text.contains(row), "{row} in {text}");
    }
}

/// A prompt cache as Claude Code describes it, after so many misses.
fn prompt_cache(misses: u64, causes: &[&str]) -> Value {
    json!({
        "warm": true, "ttl": "1h", "expires_at": 2_100_000_000, "requests": 10 + misses, "misses": misses,
        "miss_recache_tokens": 1_000 * misses, "recache_tokens_if_cold": 100_000,
        "last_miss_at": if misses > 0 { json!(1_773_136_000 + misses) } else { Value::Null },
        "last_miss_cause": { "causes": causes },
        "miss_causes": { "ttl_expired_5m": misses },
    })
}

#[test]
fn prompt_caches_are_stored_and_shown_with_their_misses() {
    let place = Place::everyday();
    let mut said = described(&place, 23.5, 12.0);
    said["session_name"] = json!("Billing rewrite");
    let steps = [
        (0, &[][..]),
        (1, &["ttl_expired_5m"]),
        (1, &["ttl_expired_5m"]),
        (2, &["tools_changed", "ttl_expired_5m"]),
    ];
    for (misses, causes) in steps {
        said["prompt_cache"] = prompt_cache(misses, causes);
        line(&place, &[], &said);
    }
    let all = ["limits", "--json", "--from", "2026-03-01", "--to", "2035-12-31"];
    let limits: Value = serde_json::from_str(&place.print(&all)).unwrap();
    let cache = &limits["caches"][0];
    assert_eq!(limits["caches"].as_array().unwrap().len(), 1);
    assert_eq!((&cache["session"], &cache["session_title"]), (&said["session_id"], &Value::Null));
    assert_eq!((&cache["ttl_minutes"], &cache["recache_tokens"]), (&json!(60), &json!(100_000)));
    // 100,000 tokens at $10 per million, the 1-hour write of Opus 4.5.
    assert_eq!(cache["cold_cost_usd"].as_f64(), Some(1.0));
    assert_eq!((&cache["misses"], &cache["missed_tokens"]), (&json!(2), &json!(2_000)));
    assert_eq!(cache["miss_causes"], json!([{ "cause": "ttl_expired_5m", "misses": 2 }]));
    let expected = json!({
        "misses": 2, "unexplained": 0,
        "causes": [{ "cause": "ttl_expired_5m", "misses": 2 }, { "cause": "tools_changed", "misses": 1 }],
    });
    assert_eq!(limits["cache_misses"], expected);

    let text = place.print(&["limits", "--from", "2026-03-01", "--to", "2035-12-31"]);
    assert!(text.contains("Misses of prompt caches in"), "{text}");
    assert!(text.contains("(ttl_expired_5m 2×, tools_changed 1×)"), "{text}");
    assert!(text.contains("expires in") && text.contains("$1.00"), "{text}");

    // The title is stored and shown with the setting alone.
    let title = || {
        let limits: Value = serde_json::from_str(&place.print(&["limits", "--json"])).unwrap();
        limits["caches"][0]["session_title"].clone()
    };
    let config = place.path().join(".config/ctm/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "session_names = true\n").unwrap();
    assert_eq!(title(), Value::Null);
    let format = ["--statusline-format", "{session_name}"];
    assert_eq!(line(&place, &format, &said), "Billing rewrite");
    assert_eq!(title(), "Billing rewrite");
    fs::remove_file(&config).unwrap();
    assert_eq!(title(), Value::Null);
    assert_eq!(line(&place, &format, &said), "–");
}

#[test]
fn hostile_descriptions_of_a_prompt_cache_are_shown_as_text_or_ignored() {
    let place = Place::everyday();
    let odd = [
        "null",
        "7",
        "-1",
        "1e999",
        "\"NaN\"",
        "\"\\u001b[31m\"",
        "[[[[]]]]",
        "{\"a\":{}}",
        "[\"\\u0000\\u001b[2J\"]",
    ];
    for value in odd {
        let fields = [
            "warm",
            "ttl",
            "expires_at",
            "requests",
            "misses",
            "expected_rebuilds",
            "cache_write_tokens",
            "miss_recache_tokens",
            "recache_tokens_if_cold",
            "last_miss_at",
            "miss_causes",
        ];
        let fields = fields.map(|name| format!("\"{name}\":{value}")).join(",");
        let text = format!(
            r#"{{"session_id":"s","session_name":{value},"model":{{"id":{value}}},
                "prompt_cache":{{{fields},"last_miss_cause":{{"causes":{value}}}}},
                "rate_limits":{{"spend_limit":{value},"seven_day_opus":{value},"limits":{value}}}}}"#
        );
        // Numbers that are too large for JSON values are read by the program alone.
        let said: Value = serde_json::from_str(&text.replace("1e999", "1e300")).unwrap();
        let shown =
            line(&place, &["--statusline-format", "{cache_expires}|{cache_miss}|{session_name}"], &said);
        assert!(!shown.contains(char::is_control), "{value}: {shown:?}");
        let text = place.print(&["limits"]);
        assert!(!text.contains(['\u{1b}', '\0']), "{value}: {text:?}");
    }
}
