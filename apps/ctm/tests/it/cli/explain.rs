//! `ctm explain` and `ctm audit`: numbers that can be recounted.

use crate::place::{Place, response};
use serde_json::Value;

fn json(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.print(&[args, &["--json"]].concat())).unwrap()
}

#[track_caller]
fn check_sum(arithmetic: &Value, usage: &Value) {
    for field in
        ["cost_usd", "total_tokens", "output_tokens", "unpriced_tokens", "unfinalised_responses", "responses"]
    {
        assert_eq!(arithmetic[field], usage[field], "{field}");
    }
}

#[test]
fn the_calculation_of_days_and_sessions_matches_reports() {
    let (place, _) = Place::generated(7, 3_000_000);
    let days = json(&place, &["daily", "--range", "all"]);
    let used = days["days"].as_array().unwrap().iter().filter(|day| day["responses"] != 0);
    for day in used.take(10) {
        let explained = json(&place, &["explain", day["date"].as_str().unwrap(), "--no-update"]);
        assert_eq!(explained["kind"], "day");
        check_sum(&explained["arithmetic"], day);
    }
    let sessions = json(&place, &["sessions"]);
    for session in sessions["items"].as_array().unwrap().iter().take(10) {
        let explained = json(&place, &["explain", session["id"].as_str().unwrap(), "--no-update"]);
        assert_eq!((&explained["kind"], &explained["id"]), (&Value::from("session"), &session["id"]));
        check_sum(&explained["arithmetic"], session);
    }
}

#[test]
fn a_session_has_its_cost_beside_the_median_of_its_project() {
    let place = Place::empty();
    let id = |number: u32| format!("7777777{number}-7777-4777-8777-777777777777");
    for number in 1..=5 {
        let at = format!("2026-11-20T0{number}:00:00Z");
        let line = response(&id(number), number, 1_000 * u64::from(number), &at);
        place.append(&format!("projects/-home-u-app/{}.jsonl", id(number)), line.as_bytes());
    }
    let factor = json(&place, &["explain", &id(5)])["among_project"]["factor"].as_f64().unwrap();
    let page = place.print(&["explain", &id(5)]);
    let sentence = format!("{factor:.2} x the median cost of the 5 sessions of its project");
    assert!(page.replace('\n', " ").contains(&sentence), "{page}");
}

#[test]
fn a_response_shows_every_line_and_which_one_counts() {
    let place = Place::everyday();
    let explained = json(&place, &["explain", "msg_everyday0000000000001"]);
    let lines = explained["lines"].as_array().unwrap();
    assert_eq!((explained["kind"].as_str(), lines.len()), (Some("response"), 6));
    assert_eq!(lines.iter().filter(|line| line["counts"] == true).count(), 1);
    let page = place.print(&["explain", "msg_everyday0000000000001"]);
    for part in ["Logged by 6 lines", "lost by final", "2,000 x $25 a million = $0.05", "subtotal $0.0805"] {
        assert!(page.contains(part), "{part} is not in: {page}");
    }
}

#[test]
fn unknown_values_are_reported() {
    let place = Place::everyday();
    place.run(&["explain", "nobody"]).failed(2, &["unknown session, response or day `nobody`"]);
}

#[test]
fn the_audit_is_what_the_server_answers_and_adds_up() {
    let place = Place::everyday();
    let audit = json(&place, &["audit"]);
    let lines = &audit["lines"][0];
    let skipped: u64 =
        lines["skipped"].as_object().unwrap().values().map(|lines| lines.as_u64().unwrap()).sum();
    let counted = |field: &str| lines[field].as_u64().unwrap();
    assert_eq!(counted("used") + counted("duplicate") + skipped, counted("read"));
    let page = place.print(&["audit"]);
    for part in
        ["skipped: no_usage", "logged by 6 lines", "house-model-1 has no price", "after 30 days by default"]
    {
        assert!(page.contains(part), "{part} is not in: {page}");
    }
}
