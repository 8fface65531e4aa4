//! The messages of each topic.

use super::{TOKENS, everyday, respond};
use crate::socket::Socket;
use serde_json::{Value, json};

/// Subscribes to topics, and returns the message of each.
#[track_caller]
fn subscribe(socket: &mut Socket, topics: &[&str]) -> Vec<Value> {
    socket.send(&json!({"type": "subscribe", "data": {"topics": topics}}).to_string());
    topics.iter().map(|_| socket.next()).collect()
}

fn types(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

#[test]
fn every_topic_answers_a_subscription_with_how_it_is_now() {
    let (_place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let answers = subscribe(&mut socket, &["ingest", "blocks", "sessions", "stats"]);
    assert_eq!(types(&answers), ["stats_update", "sessions_update", "block_update", "ingest"]);
    assert_eq!(answers[0]["data"]["totals"]["total_tokens"], TOKENS);
    assert_eq!((&answers[1]["data"]["items"], &answers[1]["data"]["more"]), (&json!([]), &json!(false)));
    // The last response of the home is older than a window.
    assert_eq!(answers[2]["data"]["current"], Value::Null);
    for answer in &answers[..3] {
        assert_eq!(answer["data"]["data_version"], answers[0]["data"]["data_version"]);
    }
    assert_eq!(answers[3]["data"], server.json("health")["ingest"]);
    server.stop();
}

#[test]
fn changed_sessions_are_sent_as_the_list_shows_them() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let mut witness = Socket::greeted(&server.url());
    subscribe(&mut socket, &["sessions"]);
    for number in 1..=2 {
        let event = respond(&place, "live", number, &mut witness);
        let update = socket.next();
        assert_eq!((&update["type"], &update["seq"]), (&json!("sessions_update"), &event["seq"]));
        assert_eq!(update["data"]["data_version"], event["data"]["data_version"]);
        let listed = server.json("sessions?session=live");
        assert_eq!((&update["data"]["items"], &update["data"]["more"]), (&listed["items"], &json!(false)));
        assert_eq!(update["data"]["items"][0]["total_tokens"], 1_000 * number);
    }
    server.stop();
}

#[test]
fn a_change_names_the_project_of_its_session() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let mut respond = |number: u32, folder: &str| {
        let at = format!("2026-03-11T22:00:0{number}.000Z");
        let line = crate::place::response("mover", number, 1_000, &at);
        let line = line.replace("/home/u/live", folder);
        place.append("projects/-home-u-live/mover.jsonl", line.as_bytes());
        socket.next()["data"]["changed"].clone()
    };
    let changed = |project: &str| json!([{"date": "2026-03-11", "project": project, "model": "claude-sonnet-4-5-20250929"}]);
    assert_eq!(respond(1, "/home/u/live/.claude/worktrees/one"), changed("/home/u/live"));
    // The session goes elsewhere, and stays what it is.
    assert_eq!(respond(2, "/home/u/elsewhere"), changed("/home/u/live"));
    let listed = server.json("sessions?session=mover");
    assert_eq!((&listed["total"], &listed["items"][0]["project"]), (&json!(1), &json!("/home/u/live")));
    server.stop();
}

#[test]
fn sessions_beyond_the_limit_are_flagged() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    subscribe(&mut socket, &["sessions", "stats"]);
    let lines = (1..=60).map(|number| crate::place::response(&format!("s{number}"), number, 1, super::AT));
    place.append("projects/-home-u-live/many.jsonl", lines.collect::<String>().as_bytes());
    let stats = socket.next();
    let stats = &stats["data"];
    assert_eq!((stats["session_ids"].as_array().unwrap().len(), &stats["more"]), (60, &json!(false)));
    let sessions = socket.next();
    let sessions = &sessions["data"];
    assert_eq!((sessions["items"].as_array().unwrap().len(), &sessions["more"]), (50, &json!(true)));
    server.stop();
}

#[test]
fn the_active_block_is_sent() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let mut witness = Socket::greeted(&server.url());
    subscribe(&mut socket, &["blocks"]);
    for number in 1..=2 {
        let event = respond(&place, "live", number, &mut witness);
        let update = socket.next();
        assert_eq!((&update["type"], &update["seq"]), (&json!("block_update"), &event["seq"]));
        let block = &update["data"]["current"];
        assert_eq!(
            (&block["start_at"], &block["active"], &block["estimated"], &block["total_tokens"]),
            (&json!("2026-03-11T22:00:00.000Z"), &json!(true), &json!(true), &json!(1_000 * number))
        );
    }
    server.stop();
}

#[test]
fn the_progress_of_reading_is_sent_to_its_end() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let mut witness = Socket::greeted(&server.url());
    let before = subscribe(&mut socket, &["ingest"]).remove(0);
    respond(&place, "live", 1, &mut witness);
    let files = before["data"]["files_total"].as_u64().unwrap() + 1;
    let mut progress = socket.next();
    while progress["data"]["files_done"] != files {
        assert_eq!(progress["type"], "ingest");
        progress = socket.next();
    }
    let data = &progress["data"];
    assert_eq!((&data["state"], &data["files_total"]), (&json!("live"), &json!(files)));
    assert_eq!(data["bytes_done"], data["bytes_total"]);
    server.stop();
}

#[test]
fn a_condition_is_sent_when_it_begins_and_when_it_ends() {
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let now = subscribe(&mut socket, &["health"]).remove(0);
    assert_eq!(now["type"], "health");
    assert_eq!(now["data"], json!({"status": "healthy", "conditions": []}));
    let away = place.path().join("away");
    std::fs::rename(place.claude(), &away).unwrap();
    let began = socket.next();
    assert_eq!((&began["type"], &began["data"]["status"]), (&json!("health"), &json!("degraded")));
    assert_eq!(began["data"]["conditions"][0]["code"], "home_unreadable");
    assert_eq!(began["data"]["conditions"], server.json("health")["conditions"]);
    std::fs::rename(away, place.claude()).unwrap();
    let ended = socket.next();
    assert_eq!((&ended["type"], &ended["data"]), (&json!("health"), &now["data"]));
    server.stop();
}
