//! Targets, and the present state that they are compared with.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::http::{Answer, host, request_with};
use crate::place::{Place, response};
use crate::running::{Running, wait_for};
use crate::socket::Socket;
use crate::statusline::{described, line};
use serde_json::{Value, json};

/// Changes targets as the page does.
fn patch(server: &Running, change: &Value) -> Answer {
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    request_with("PATCH", &format!("{}api/v1/targets", server.url()), &headers, &change.to_string())
}

#[test]
fn targets_are_changed_in_part_and_announced() {
    let (place, server) = everyday();
    let none = json!({ "block": null, "day": null, "week": null, "month": null });
    assert_eq!(server.json("targets"), none);
    assert_eq!(server.json("now")["targets"], none);

    let mut socket = Socket::greeted(&server.url());
    socket.send(&json!({ "type": "subscribe", "data": { "topics": ["personal"] } }).to_string());
    let version = |message: Value| message["data"]["version"].as_u64().unwrap();
    let first = version(socket.next());
    let set = patch(&server, &json!({ "day": 5, "month": 200.5 }));
    assert_eq!(set.json(), json!({ "block": null, "day": 5, "week": null, "month": 200.5 }));
    assert!(version(socket.next()) > first);
    let removed = patch(&server, &json!({ "day": null, "block": 0.01 }));
    let expected = json!({ "block": 0.01, "day": null, "week": null, "month": 200.5 });
    assert_eq!(removed.json(), expected);
    assert_eq!((&server.json("targets"), &server.json("now")["targets"]), (&expected, &expected));

    // Another process.
    place.print(&["budget", "add", "of a week", "--usd", "70", "--per", "week"]);
    wait_for(|| (server.json("targets")["week"] == 70).then_some(()));
    assert_eq!(server.json("now")["targets"]["week"], 70);
    server.stop();
    let budgets: Value = serde_json::from_str(&place.print(&["budget", "list", "--json"])).unwrap();
    let budgets = budgets["items"].as_array().unwrap().iter();
    let budgets: Vec<_> = budgets.map(|of| json!([of["name"], of["per"], of["limit"]])).collect();
    assert_eq!(
        budgets,
        [
            json!(["per month", "month", 200.5]),
            json!(["per block", "block", 0.01]),
            json!(["of a week", "week", 70])
        ]
    );
    assert_eq!(place.print(&["budget", "remove", "of a week"]), "Removed the budget of a week.\n");
}

#[test]
fn invalid_changes_of_targets_change_nothing() {
    let (_place, server) = everyday();
    let refused = |change: &Value, fields: &[&str]| {
        let answer = patch(&server, change);
        assert_eq!(answer.status, 400, "{}", answer.body);
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let found: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields, "{}", answer.body);
    };
    refused(&json!({ "day": "5", "year": 3, "week": true }), &["day", "week", "year"]);
    refused(&json!({ "day": 0, "month": -1, "week": 5 }), &["day", "month"]);
    refused(&json!({ "month": 1_000_000.01 }), &["month"]);
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let url = format!("{}api/v1/targets", server.url());
    let answer = request_with("PATCH", &url, &foreign, "{\"day\":5}");
    check_problem(&answer, 403, "/api/v1/targets");
    assert_eq!(server.json("targets")["week"], Value::Null);
    server.stop();
}

#[test]
fn the_present_state_has_sessions_hours_spans_and_limits() {
    let place = Place::everyday();
    // Two responses in the last ten minutes, of a million output tokens together; and one of another
    // session, which ended seven minutes ago.
    let lines = [(1, "a", 400_000, "09:52"), (2, "a", 600_000, "09:58"), (3, "b", 9, "09:53")];
    for (number, session, output, at) in lines {
        let line = response(session, number, output, &format!("2026-03-11T{at}:00.000Z"));
        place.append(&format!("projects/-home-u-live/{session}.jsonl"), line.as_bytes());
    }
    line(&place, &[], &described(&place, 23.5, 12.0));
    let server = Running::at(NOW, &place, &[]);
    let now = server.json("now?tz=UTC");

    let sessions = now["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert_eq!(
        (&sessions[0]["id"], &sessions[0]["last_at"]),
        (&json!("a"), &json!("2026-03-11T09:58:00.000Z"))
    );
    let stats = server.json("stats?session=a&range=all&tz=UTC");
    let pace = sessions[0]["usd_per_min"].as_f64().unwrap();
    // Since the first response, eight minutes ago.
    assert!((pace - stats["totals"]["cost_usd"].as_f64().unwrap() / 8.0).abs() < 1e-9, "{pace}");
    assert_eq!(now["usd_per_min"], sessions[0]["usd_per_min"]);

    let hours = now["hours"].as_array().unwrap();
    assert_eq!((hours.len(), &hours[9]["start_at"]), (24, &json!("2026-03-11T09:00:00.000Z")));
    let trend = server.json("stats/trends?range=today&bucket=hour&tz=UTC&compare=none");
    for (hour, total) in hours.iter().zip(trend["totals"].as_array().unwrap()) {
        assert_eq!(&hour["cost_usd"], total);
    }
    assert_eq!((&hours[9]["previous_cost_usd"], &hours[10]["previous_cost_usd"]), (&json!(0), &Value::Null));

    for (span, range, from, to) in [
        ("day", "today", "2026-03-11", "2026-03-11"),
        ("week", "this-week", "2026-03-09", "2026-03-15"),
        ("month", "this-month", "2026-03-01", "2026-03-31"),
    ] {
        let stats = server.json(&format!("stats?range={range}&tz=UTC"));
        let of = &now[span];
        assert_eq!((&of["from"], &of["to"]), (&json!(from), &json!(to)));
        assert_eq!(
            (&of["cost_usd"], &of["total_tokens"]),
            (&stats["totals"]["cost_usd"], &stats["totals"]["total_tokens"]),
            "{span}"
        );
    }
    let share_of_day = now["day"]["elapsed"].as_f64().unwrap();
    assert!((share_of_day - 10.0 / 24.0).abs() < 1e-9, "{share_of_day}");
    assert_eq!(server.json("now?tz=UTC&week_start=sunday")["week"]["from"], "2026-03-08");
    assert_eq!(now["block"], server.json("blocks?tz=UTC")["current"]);
    assert_eq!(now["limits"], server.json("limits")["current"]);
    server.stop();
}
