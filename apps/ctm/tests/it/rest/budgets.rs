//! Budgets: how they stand on any day, adding and removing them.

use super::problems::check_problem;
use super::{NOW, at_noon, everyday, send};
use crate::http::request_with;
use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use serde_json::{Value, json};

#[track_caller]
fn add(server: &Running, body: &Value) -> Value {
    let answer = send(server, "POST", "budgets", body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

#[test]
fn a_budget_stands_as_the_totals_of_its_period_on_any_day() {
    let (_place, server) = everyday();
    let opus = "claude-opus-4-5-20251101";
    let budgets = [
        (json!({"name": "month", "usd": 0.2, "per": "month"}), "from=2026-03-01&to=2026-03-11"),
        (json!({"name": "week", "tokens": 100_000, "per": "week"}), "from=2026-03-09&to=2026-03-11"),
        (json!({"name": "rolling", "usd": 1, "per": "4d"}), "from=2026-03-08&to=2026-03-11"),
        (
            json!({"name": "opus", "tokens": 50_000, "per": "month", "model": opus}),
            "from=2026-03-01&to=2026-03-11&model=claude-opus-4-5-20251101",
        ),
    ];
    for (body, _) in &budgets {
        add(&server, body);
    }
    let shown = server.json("budgets?tz=UTC");
    assert_eq!(shown["day"], "2026-03-11");
    let items = shown["items"].as_array().unwrap();
    for ((body, period), item) in budgets.iter().zip(items) {
        let totals = &server.json(&format!("stats?{period}&tz=UTC"))["totals"];
        let expected = if item["unit"] == "usd" { &totals["cost_usd"] } else { &totals["total_tokens"] };
        assert_eq!((&item["name"], &item["used"]), (&body["name"], expected), "{item}");
        let (used, limit) = (item["used"].as_f64().unwrap(), item["limit"].as_f64().unwrap());
        assert!((item["used_ratio"].as_f64().unwrap() - used / limit).abs() < 1e-12);
        assert!((item["left"].as_f64().unwrap() - (limit - used)).abs() < 1e-9, "{item}");
    }
    assert_eq!(
        (&items[0]["period_from"], &items[0]["period_to"]),
        (&json!("2026-03-01"), &json!("2026-03-31"))
    );
    assert_eq!((&items[2]["period_from"], &items[2]["elapsed"]), (&json!("2026-03-08"), &Value::Null));

    // A past day is the state at its end, the same in the history.
    let past = server.json("budgets?tz=UTC&at=2026-03-07");
    let used = &server.json("stats?from=2026-03-07&to=2026-03-07&tz=UTC")["totals"]["cost_usd"];
    assert_eq!((&past["items"][0]["used"], &past["items"][1]["period_from"]), (used, &json!("2026-03-02")));
    let history = server.json("budgets/month?tz=UTC&from=2026-03-06&to=2026-03-11");
    let days = history["days"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| &day["day"]).collect::<Vec<_>>().len(), 6);
    assert_eq!((&days[1]["used"], &days[5]["used"]), (used, &items[0]["used"]));
    // Before the first usage nothing is known.
    assert_eq!((&days[0]["used"], &days[0]["level"]), (&Value::Null, &json!("unknown")));
    assert_eq!(server.json("budgets?tz=UTC&at=2026-03-01")["level"], "unknown");
    assert_eq!(
        check_problem(
            &crate::http::get(&format!("{}api/v1/budgets/none?tz=UTC", server.url())),
            404,
            "/api/v1/budgets/none"
        )
        .len(),
        0
    );
    server.stop();
}

#[test]
fn levels_begin_at_their_parts_and_the_highest_one_counts() {
    let (_place, server) = everyday();
    let tokens =
        server.json("stats?from=2026-03-01&to=2026-03-31&tz=UTC")["totals"]["total_tokens"].as_u64().unwrap();
    assert_eq!(server.json("budgets?tz=UTC")["level"], "fine");
    for (name, limit, level) in [
        ("a", tokens * 2, "fine"),
        ("b", tokens * 10 / 8, "soft"),
        ("c", tokens + 1, "soft"),
        ("d", tokens, "hard"),
    ] {
        add(&server, &json!({"name": name, "tokens": limit, "per": "month"}));
        let shown = server.json("budgets?tz=UTC");
        let items = shown["items"].as_array().unwrap();
        assert_eq!(
            (&items.last().unwrap()["level"], &shown["level"]),
            (&json!(level), &json!(level)),
            "{name}"
        );
    }
    add(
        &server,
        &json!({"name": "e", "tokens": tokens * 10, "per": "month", "soft_percent": 5, "hard_percent": 10}),
    );
    assert_eq!(server.json("budgets?tz=UTC")["items"][4]["level"], "hard");
    server.stop();
}

#[test]
fn budgets_are_added_announced_and_removed() {
    let (_place, server) = everyday();
    let mut socket = Socket::greeted(&server.url());
    socket.send(&json!({ "type": "subscribe", "data": { "topics": ["personal"] } }).to_string());
    let version = |message: Value| message["data"]["version"].as_u64().unwrap();
    let first = version(socket.next());
    let shop = add(&server, &json!({"name": "shop", "usd": 0.01, "per": "day", "project": "/home/u/shop"}));
    assert!(version(socket.next()) > first);
    assert_eq!(
        (&shop["scope"], &shop["scope_name"], &shop["soft_percent"], &shop["source"]),
        (&json!("project"), &json!("/home/u/shop"), &json!(80), &json!("stored"))
    );
    assert_eq!(shop["created_at"], "2026-03-11T10:00:00.000Z");
    let id = shop["id"].as_str().unwrap();
    assert_eq!(send(&server, "DELETE", &format!("budgets/{id}"), &Value::Null).json(), shop);
    assert_eq!(server.json("budgets?tz=UTC")["items"], json!([]));
    let again = send(&server, "DELETE", &format!("budgets/{id}"), &Value::Null);
    check_problem(&again, 404, &format!("/api/v1/budgets/{id}"));
    server.stop();
}

#[test]
fn invalid_budgets_are_refused_with_all_their_fields() {
    let (_place, server) = everyday();
    let refused = |body: &Value, fields: &[&str]| {
        let answer = send(&server, "POST", "budgets", body);
        assert_eq!(answer.status, 400, "{}", answer.body);
        let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields, "{}", answer.body);
    };
    refused(&json!({}), &["name", "per"]);
    refused(&json!({"name": "a", "per": "month"}), &["usd"]);
    refused(&json!({"name": "a", "per": "year", "usd": "5", "prise": 1}), &["prise", "per", "usd"]);
    refused(&json!({"name": "a", "per": "month", "usd": 5, "tokens": 5}), &["tokens"]);
    refused(&json!({"name": "a", "per": "month", "usd": 5, "model": "m", "home": "h"}), &["project"]);
    refused(
        &json!({"name": "a\n", "per": "month", "usd": 0, "soft_percent": 101}),
        &["name", "usd", "soft_percent"],
    );
    refused(&json!({"name": "a", "per": "block", "usd": 5, "project": "p"}), &["per"]);
    refused(&json!({"name": "a", "per": "month", "tokens": -1}), &["tokens"]);
    add(&server, &json!({"name": "a", "per": "month", "usd": 5}));
    refused(&json!({"name": "a", "per": "day", "usd": 5}), &["name"]);
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let url = format!("{}api/v1/budgets", server.url());
    let answer = request_with("POST", &url, &foreign, "{\"name\":\"b\",\"usd\":5,\"per\":\"day\"}");
    check_problem(&answer, 403, "/api/v1/budgets");
    let long = crate::http::get(&format!("{url}/a?from=2025-01-01&to=2026-03-01"));
    check_problem(&long, 400, "/api/v1/budgets/a");
    assert_eq!(server.json("budgets")["items"].as_array().unwrap().len(), 1);
    server.stop();
}

#[test]
fn budgets_of_the_config_file_come_first_and_stay() {
    let place = Place::everyday();
    let config = place.path().join("config.toml");
    std::fs::write(&config, "[[budget]]\nname = 'all'\nusd = 200\nper = 'month'\n").unwrap();
    let server = Running::at(NOW, &place, &[("config", config.to_str().unwrap())]);
    add(&server, &json!({"name": "own", "usd": 5, "per": "block"}));
    let shown = server.json("budgets?tz=UTC");
    let of = |index: usize| {
        let item = &shown["items"][index];
        json!([item["name"], item["source"], item["id"].is_null(), item["period_from"]])
    };
    assert_eq!(of(0), json!(["all", "config_file", true, "2026-03-01"]));
    assert_eq!(of(1), json!(["own", "stored", false, null]));
    check_problem(&send(&server, "DELETE", "budgets/all", &Value::Null), 404, "/api/v1/budgets/all");
    assert_eq!(server.json("budgets/all?tz=UTC")["budget"]["name"], "all");
    server.stop();
}

#[test]
fn the_time_until_a_budget_is_reached_follows_from_the_forecast() {
    let (place, _) = Place::of_days(1, 365, 4_000_000);
    let server = at_noon(&place);
    let forecasts = server.json("forecast?tz=UTC");
    let month = forecasts["items"].as_array().unwrap().iter().find(|of| of["period"] == "month").unwrap();
    let amount = |name: &str| month["tokens"][name].as_u64().unwrap();
    let [used, low, high] = ["used", "low", "high"].map(amount);
    assert!(used < low && low < high, "{month}");
    let add = |name: &str, tokens: u64, per: &str| {
        add(&server, &json!({"name": name, "tokens": tokens, "per": per}))
    };
    add("low", low, "month");
    add("high", high, "month");
    add("above", high + 1, "month");
    add("reached", used, "month");
    add("rolling", high, "30d");
    let shown = server.json("budgets?tz=UTC");
    let reached = |index: usize| shown["items"][index]["reached"].clone();
    let ends: chrono::DateTime<chrono::Utc> = month["ends_at"].as_str().unwrap().parse().unwrap();
    let days = (ends.timestamp_millis() - crate::place::NOON) as f64 / 86_400_000.0;
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-6;
    // What is used at the end is reached at the end.
    assert!(near(&reached(0)["latest_days"], days), "{shown}");
    assert!(reached(0)["earliest_days"].as_f64() < reached(0)["days"].as_f64());
    assert!(reached(0)["days"].as_f64().unwrap() <= days);
    assert!(near(&reached(1)["earliest_days"], days), "{shown}");
    assert_eq!(reached(1)["latest_days"], Value::Null);
    assert_eq!(reached(2), json!({"days": null, "earliest_days": null, "latest_days": null}));
    assert_eq!((reached(3), reached(4)), (Value::Null, Value::Null));
    let past = server.json("budgets?tz=UTC&at=2026-01-01");
    assert_eq!(past["items"][0]["reached"], Value::Null);
    server.stop();
}
