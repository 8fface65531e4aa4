//! What changes is noticed, stored and told within a second.

use crate::figures::Report;
use crate::place::{Place, response};
use crate::running::Running;
use crate::socket::{Silent, Socket};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// The time of the server. Responses are an hour older.
const NOW: &str = "2026-03-11T23:00:00Z";
const AT: &str = "2026-03-11T22:00:00.000Z";

/// The transcript of one of the sessions of the home of usual things.
const NOTES: &str = "projects/-home-u-notes/33333333-3333-4333-8333-333333333333.jsonl";

/// How long a change may take that the file system tells.
const A_SECOND: Duration = Duration::from_secs(1);

/// How long a change may take that is looked for each second.
const A_LOOK: Duration = Duration::from_secs(3);

/// Waits for the update that brings `tokens` in all, and checks what it says has changed.
#[track_caller]
fn check_update(socket: &mut Socket, within: Duration, tokens: u64, session: &str) -> Value {
    let update = socket.next_within(within);
    assert_eq!(update["type"], "stats_update", "{update}");
    let data = &update["data"];
    assert_eq!(data["totals"]["total_tokens"], tokens);
    let changed =
        json!([{"date": "2026-03-11", "project": "/home/u/live", "model": "claude-sonnet-4-5-20250929"}]);
    assert_eq!((&data["changed"], &data["session_ids"]), (&changed, &json!([session])));
    update
}

#[test]
fn an_appended_line_is_in_the_totals_and_told_within_a_second() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("health")["watcher"]["mode"], "notify");
    let mut socket = Socket::connect(&server.url(), "");
    let seq = socket.next()["seq"].as_u64().unwrap();
    assert_eq!(socket.next()["seq"], seq);
    for number in 1..=3 {
        place.append(NOTES, response("live", number, 1_000, AT).as_bytes());
        let tokens = 56_148 + u64::from(number) * 1_000;
        let update = check_update(&mut socket, A_SECOND, tokens, "live");
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
fn an_appended_line_is_told_without_file_events() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("watch", "poll"), ("poll_interval", "1")]);
    assert_eq!(server.json("health")["watcher"]["mode"], "poll");
    let mut socket = Socket::greeted(&server.url());
    place.append(NOTES, response("live", 1, 1_000, AT).as_bytes());
    check_update(&mut socket, A_LOOK, 57_148, "live");
    assert_eq!(server.json("stats")["totals"]["total_tokens"], 57_148);
    server.stop();
}

#[test]
fn a_new_transcript_in_a_new_folder_is_told() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let mut socket = Socket::greeted(&server.url());
    place.append("projects/-home-u-live/new.jsonl", response("new", 1, 1, AT).as_bytes());
    check_update(&mut socket, A_SECOND, 56_149, "new");
    let subagent = "projects/-home-u-live/new/subagents/agent-1.jsonl";
    place.append(subagent, response("new", 2, 1, AT).as_bytes());
    check_update(&mut socket, A_SECOND, 56_150, "new");
    server.stop();
}

#[test]
fn a_home_that_fills_while_the_server_runs_is_told() {
    let place = Place::empty();
    std::fs::remove_dir(place.claude().join("projects")).unwrap();
    let server = Running::at(NOW, &place, &[]);
    let mut socket = Socket::greeted(&server.url());
    place.append("projects/-home-u-live/first.jsonl", response("first", 1, 5, AT).as_bytes());
    check_update(&mut socket, A_SECOND, 5, "first");
    place.append("projects/-home-u-live/first.jsonl", response("first", 2, 5, AT).as_bytes());
    check_update(&mut socket, A_SECOND, 10, "first");
    server.stop();
}

#[test]
fn what_another_process_stores_first_is_told() {
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

#[test]
fn a_client_is_greeted_with_the_figures_of_its_zone() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("ws_heartbeat", "7")]);
    let mut socket = Socket::connect(&server.url(), "?tz=Asia/Kolkata");
    let connected = socket.next();
    assert_eq!((&connected["v"], &connected["type"]), (&json!(1), &json!("connected")));
    assert_eq!(connected["at"], "2026-03-11T23:00:00.000Z");
    let data = &connected["data"];
    assert_eq!((&data["protocol"], &data["heartbeat_s"]), (&json!(1), &json!(7)));
    assert!(data["server_version"].is_string() && data["instance_id"].is_string());

    let update = socket.next();
    assert_eq!(update["type"], "stats_update");
    let data = &update["data"];
    assert_eq!(
        (&data["tz"], &data["changed"], &data["session_ids"]),
        (&json!("Asia/Kolkata"), &json!([]), &json!([]))
    );
    assert_eq!(data["totals"]["total_tokens"], 56_148);
    // In Kolkata it is the day after the last response already.
    assert_eq!(data["today"]["responses"], 0);

    socket.send(r#"{"v":1,"type":"subscribe","data":{"topics":["stats"],"tz":"America/New_York"}}"#);
    let update = socket.next();
    assert_eq!(
        (&update["data"]["tz"], &update["data"]["today"]["responses"]),
        (&json!("America/New_York"), &json!(1))
    );
    server.stop();
}

#[test]
fn a_client_without_topics_is_left_in_peace() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let mut socket = Socket::greeted(&server.url());
    let mut witness = Socket::greeted(&server.url());
    socket.send(r#"{"type":"subscribe","data":{"topics":[]}}"#);
    socket.send(r#"{"type":"ping","data":{"nonce":"before"}}"#);
    assert_eq!(socket.next()["data"]["nonce"], "before");
    place.append(NOTES, response("live", 1, 1_000, AT).as_bytes());
    check_update(&mut witness, A_SECOND, 57_148, "live");
    socket.send(r#"{"type":"ping","data":{"nonce":"after"}}"#);
    assert_eq!(socket.next()["data"]["nonce"], "after");
    // Whoever comes back is brought up to date.
    socket.send(r#"{"type":"subscribe"}"#);
    assert_eq!(socket.next()["data"]["totals"]["total_tokens"], 57_148);
    server.stop();
}

#[test]
fn pings_of_both_kinds_are_answered() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let mut socket = Socket::greeted(&server.url());
    socket.send(r#"{"v":1,"type":"ping","data":{"nonce":"n-1","more":[1]}}"#);
    let pong = socket.next();
    assert_eq!((&pong["type"], &pong["data"]), (&json!("pong"), &json!({"nonce": "n-1", "more": [1]})));
    socket.send_message(Message::Ping(b"echo"[..].into()));
    assert_eq!(socket.next_message(A_LOOK), Message::Pong(b"echo"[..].into()));
    server.stop();
}

#[test]
fn what_is_not_understood_is_refused_and_the_connection_stays() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let mut socket = Socket::greeted(&server.url());
    let mut check = |text: &str, kind: &str, detail: &str| {
        socket.send(text);
        let refusal = socket.next();
        let data = &refusal["data"];
        assert_eq!(
            (&refusal["type"], &data["type"], &data["fatal"]),
            (&json!("error"), &json!(kind), &json!(false))
        );
        assert!(data["title"].is_string());
        assert!(data["detail"].as_str().unwrap().contains(detail), "{data}");
    };
    check("{", "malformed", "EOF");
    check("[]", "malformed", "");
    check(r#"{"type":"shout"}"#, "unknown_type", "`shout`");
    check(r#"{"type":"subscribe","data":{"topics":["stats","gossip"]}}"#, "unknown_topic", "`gossip`");
    check(r#"{"type":"subscribe","data":{"tz":"Mars/Base"}}"#, "unknown_zone", "`Mars/Base`");
    check(r#"{"type":"subscribe","data":{"topics":7}}"#, "malformed", "");
    check(&format!("{:4096}", "{"), "malformed", "EOF");
    socket.send(r#"{"type":"ping"}"#);
    assert_eq!(socket.next()["type"], "pong");
    server.stop();
}

#[test]
fn a_message_that_is_too_long_or_no_text_closes_the_connection() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let check = |message: Message, code: u16| {
        let mut socket = Socket::greeted(&server.url());
        socket.send_message(message);
        assert_eq!(socket.close_code(), code);
    };
    check(Message::text(" ".repeat(4_097)), 1009);
    check(Message::binary(b"{}"[..].to_owned()), 1003);
    assert_eq!(server.json("stats")["totals"]["responses"], 6);
    server.stop();
}

#[test]
fn a_client_that_answers_no_heartbeat_is_closed() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("ws_heartbeat", "1")]);
    assert_eq!(Silent::connect(&server.url()).close_code(), 4000);
    server.stop();
}

#[test]
fn a_bad_parameter_is_told_before_the_connection_is_made() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let answer = crate::http::get(&format!("{}api/v1/ws?tz=Mars/Base&x=1", server.url()));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
    server.stop();
}
