//! Official limits, as Claude Code describes them to the status line.

use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use crate::statusline::{described, line};
use serde_json::{Value, json};

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
    assert_eq!((&first["type"], &first["data"]), (&json!("limits_update"), &json!({ "current": null })));

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
