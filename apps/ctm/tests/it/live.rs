//! Changes are detected, stored and announced.

use crate::figures::Report;
use crate::place::{Place, response};
use crate::running::Running;
use crate::socket::Socket;
use serde_json::{Value, json};

/// The time of the server. Responses are an hour older.
const NOW: &str = "2026-03-11T23:00:00Z";
const AT: &str = "2026-03-11T22:00:00.000Z";

/// The transcript of one of the sessions of the home of usual things.
const NOTES: &str = "projects/-home-u-notes/33333333-3333-4333-8333-333333333333.jsonl";

/// Settings for which changes are only announced by file events: a listing would be too late.
const BY_EVENTS: [(&str, &str); 1] = [("poll_interval", "3600")];

/// Waits for the update with `tokens` in total, and checks its changes.
#[track_caller]
fn check_update(socket: &mut Socket, tokens: u64, session: &str) -> Value {
    let update = socket.next();
    assert_eq!(update["type"], "stats_update", "{update}");
    let data = &update["data"];
    assert_eq!(data["totals"]["total_tokens"], tokens);
    let changed =
        json!([{"date": "2026-03-11", "project": "/home/u/live", "model": "claude-sonnet-4-5-20250929"}]);
    assert_eq!((&data["changed"], &data["session_ids"]), (&changed, &json!([session])));
    update
}

#[test]
fn an_appended_line_is_in_the_totals_and_announced() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &BY_EVENTS);
    assert_eq!(server.json("health")["watcher"]["mode"], "notify");
    let mut socket = Socket::connect(&server.url(), "");
    let seq = socket.next()["seq"].as_u64().unwrap();
    assert_eq!(socket.next()["seq"], seq);
    for number in 1..=3 {
        place.append(NOTES, response("live", number, 1_000, AT).as_bytes());
        let tokens = 56_148 + u64::from(number) * 1_000;
        let update = check_update(&mut socket, tokens, "live");
        assert_eq!(update["seq"], seq + u64::from(number));
        let stats = server.json("stats");
        assert_eq!(stats["totals"]["total_tokens"], tokens);
        assert_eq!(stats["today"], update["data"]["today"]);
        assert_eq!(stats["meta"]["data_version"], update["data"]["data_version"]);
    }
    assert!(server.json("health")["watcher"]["last_event_at"].is_string());
    server.stop();
}

#[test]
fn an_appended_line_is_announced_without_file_events() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("watch", "poll"), ("poll_interval", "1")]);
    assert_eq!(server.json("health")["watcher"]["mode"], "poll");
    let mut socket = Socket::greeted(&server.url());
    place.append(NOTES, response("live", 1, 1_000, AT).as_bytes());
    check_update(&mut socket, 57_148, "live");
    assert_eq!(server.json("stats")["totals"]["total_tokens"], 57_148);
    server.stop();
}

#[test]
fn a_new_transcript_in_a_new_folder_is_announced() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &BY_EVENTS);
    let mut socket = Socket::greeted(&server.url());
    place.append("projects/-home-u-live/new.jsonl", response("new", 1, 1, AT).as_bytes());
    check_update(&mut socket, 56_149, "new");
    let subagent = "projects/-home-u-live/new/subagents/agent-1.jsonl";
    place.append(subagent, response("new", 2, 1, AT).as_bytes());
    check_update(&mut socket, 56_150, "new");
    server.stop();
}

#[test]
fn a_home_that_fills_while_the_server_runs_is_announced() {
    let place = Place::empty();
    std::fs::remove_dir(place.claude().join("projects")).unwrap();
    let server = Running::at(NOW, &place, &BY_EVENTS);
    let mut socket = Socket::greeted(&server.url());
    place.append("projects/-home-u-live/first.jsonl", response("first", 1, 5, AT).as_bytes());
    check_update(&mut socket, 5, "first");
    place.append("projects/-home-u-live/first.jsonl", response("first", 2, 5, AT).as_bytes());
    check_update(&mut socket, 10, "first");
    server.stop();
}

#[test]
fn a_commit_of_another_process_is_announced() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("watch", "poll"), ("poll_interval", "2")]);
    let mut socket = Socket::greeted(&server.url());
    place.append(NOTES, response("live", 1, 1_000, AT).as_bytes());
    let stored = Report::parse(&place.print(&["daily", "--json"]));
    assert_eq!(stored.totals.total_tokens, 57_148);
    let update = socket.next();
    assert_eq!(update["type"], "stats_update");
    assert_eq!(update["data"]["data_version"], stored.meta.data_version);
    assert_eq!(update["data"]["totals"]["total_tokens"], 57_148);
    server.stop();
}
