//! Alert rules over REST, and the alerts that the server raises.

use super::problems::check_problem;
use super::{NOW, everyday, names, send};
use crate::http::{get, request_with};
use crate::place::Place;
use crate::running::{Running, wait_for};
use crate::socket::Socket;
use serde_json::{Value, json};

#[track_caller]
fn add(server: &Running, body: &Value) -> Value {
    let answer = send(server, "POST", "alerts/rules", body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

#[test]
fn rules_are_added_announced_tested_and_removed() {
    let (_place, server) = everyday();
    let none = server.json("alerts/rules");
    assert_eq!((&none["items"], none["suggested"].as_array().unwrap().len()), (&json!([]), 7));
    let mut socket = Socket::greeted(&server.url());
    socket.send(&json!({ "type": "subscribe", "data": { "topics": ["personal"] } }).to_string());
    let version = |message: Value| message["data"]["version"].as_u64().unwrap();
    let first = version(socket.next());
    let rule = add(
        &server,
        &json!({"name": "soft", "watches": "budget", "budget": "team", "quiet": "22:00-07:00", "cooldown_minutes": 30}),
    );
    assert!(version(socket.next()) > first);
    let part = |name: &str| rule[name].clone();
    assert_eq!(
        [part("watches"), part("budget"), part("level"), part("quiet"), part("percent")],
        [json!("budget"), json!("team"), json!("soft"), json!("22:00-07:00"), Value::Null]
    );
    assert_eq!(rule["created_at"], "2026-03-11T10:00:00.000Z");
    let id = rule["id"].as_str().unwrap();
    assert_eq!(server.json(&format!("alerts/rules/{id}")), rule);

    let test = send(&server, "POST", &format!("alerts/rules/{id}/test"), &Value::Null);
    assert_eq!(test.status, 201, "{test:?}");
    let alert = test.json();
    assert_eq!(
        (&alert["is_test"], &alert["en"]["title"]),
        (&json!(true), &json!("Budget team is at 83 % of $200.00 for March 2026"))
    );
    assert_eq!(server.json("alerts")["items"], json!([alert]));

    assert_eq!(send(&server, "DELETE", &format!("alerts/rules/{id}"), &Value::Null).json(), rule);
    let gone = format!("/api/v1/alerts/rules/{id}");
    check_problem(&send(&server, "DELETE", &gone[8..], &Value::Null), 404, &gone);
    check_problem(&get(&format!("{}{}", server.url(), &gone[1..])), 404, &gone);
    let test = send(&server, "POST", &format!("alerts/rules/{id}/test"), &Value::Null);
    check_problem(&test, 404, &format!("{gone}/test"));
    server.stop();
}

#[test]
fn invalid_rules_are_refused_with_their_fields() {
    let (_place, server) = everyday();
    let refused = |body: &Value, fields: &[&str]| {
        let answer = send(&server, "POST", "alerts/rules", body);
        assert_eq!(answer.status, 400, "{}", answer.body);
        let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields, "{}", answer.body);
    };
    refused(&json!({}), &["name", "watches"]);
    refused(&json!({"name": "a", "watches": "moon"}), &["watches"]);
    refused(&json!({"name": "a", "watches": "limit_used"}), &["percent"]);
    refused(
        &json!({"name": "a", "watches": "limit_used", "percent": "5", "prise": 1}),
        &["prise", "percent"],
    );
    refused(&json!({"name": "a", "watches": "condition", "percent": 5}), &["percent"]);
    refused(&json!({"name": "a", "watches": "budget", "level": "fine"}), &["level"]);
    refused(
        &json!({"name": "a\n", "watches": "limit_reset", "minutes": 0, "cooldown_minutes": 10_081}),
        &["name", "minutes", "cooldown_minutes"],
    );
    refused(&json!({"name": "a", "watches": "condition", "quiet": "22-7"}), &["quiet"]);
    refused(&json!({"name": "a", "watches": "spend_rate", "usd_per_minute": -1}), &["usd_per_minute"]);
    add(&server, &json!({"name": "a", "watches": "condition"}));
    refused(&json!({"name": "a", "watches": "day_summary"}), &["name"]);
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let url = format!("{}api/v1/alerts/rules", server.url());
    let answer = request_with("POST", &url, &foreign, "{\"name\":\"b\",\"watches\":\"condition\"}");
    check_problem(&answer, 403, "/api/v1/alerts/rules");
    assert_eq!(server.json("alerts/rules")["items"].as_array().unwrap().len(), 1);
    // A suggested rule that is there is not suggested.
    let suggested = server.json("alerts/rules")["suggested"].clone();
    assert!(!names(&suggested, "watches").contains(&"condition"), "{suggested}");
    server.stop();
}

#[test]
fn the_server_raises_what_is_present_once_also_after_a_restart() {
    let place = Place::everyday();
    place.print(&["alert", "add", "models", "--watch", "unpriced_model"]);
    place.print(&["alert", "add", "yesterday", "--watch", "day_summary"]);
    place.print(&["alert", "add", "spent", "--watch", "budget"]);
    place.print(&["budget", "add", "all", "--tokens", "60000", "--per", "month"]);
    let server = Running::at(NOW, &place, &[]);
    let alerts = |server: &Running, number: usize| {
        wait_for(|| {
            let items = server.json("alerts")["items"].as_array().unwrap().clone();
            (items.len() >= number).then_some(items)
        })
    };
    let titles = |items: &[Value]| {
        let of = |alert: &Value| alert["en"]["title"].as_str().unwrap().to_owned();
        let mut titles: Vec<_> = items.iter().map(of).collect();
        titles.sort();
        titles
    };
    let model = "The model house-model-1 has no price";
    let budget = "Budget all is at 93 % of 60000 tokens for March 2026";
    assert_eq!(titles(&alerts(&server, 2)), [budget, model]);
    server.stop();
    // On the next day, only the day before is new.
    let server = Running::at("2026-03-12T10:00:00Z", &place, &[]);
    let items = alerts(&server, 3);
    assert_eq!(titles(&items), ["2026-03-11 cost $0.0001", budget, model]);
    assert_eq!(
        (&items[0]["rule"], &items[0]["at"]),
        (&json!("yesterday"), &json!("2026-03-12T10:00:00.000Z"))
    );
    server.stop();
}
