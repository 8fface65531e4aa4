//! Greeting, subscriptions, pings, and invalid messages.

use super::{NOW, TOKENS, everyday, respond};
use crate::http::get;
use crate::running::PATIENCE;
use crate::socket::Socket;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[test]
fn a_client_is_greeted_with_the_figures_of_its_zone() {
    let (_place, server) = everyday(&[("ws_heartbeat", "7")]);
    let mut socket = Socket::connect(&server.url(), "?tz=Asia/Kolkata");
    let connected = socket.next();
    assert_eq!((&connected["v"], &connected["type"]), (&json!(1), &json!("connected")));
    assert_eq!(connected["at"], "2026-03-11T23:00:00.000Z");
    let data = &connected["data"];
    assert_eq!((&data["protocol"], &data["heartbeat_s"]), (&json!(1), &json!(7)));
    assert_eq!(data["seq"], connected["seq"]);
    assert!(data["server_version"].is_string() && data["instance_id"].is_string());

    let update = socket.next();
    assert_eq!((&update["type"], &update["seq"]), (&json!("stats_update"), &connected["seq"]));
    assert_eq!(update["data"]["data_version"], data["data_version"]);
    let data = &update["data"];
    assert_eq!(
        (&data["tz"], &data["changed"], &data["session_ids"], &data["more"]),
        (&json!("Asia/Kolkata"), &json!([]), &json!([]), &json!(false))
    );
    assert_eq!(data["totals"]["total_tokens"], TOKENS);
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
    let (place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let mut witness = Socket::greeted(&server.url());
    socket.send(r#"{"type":"subscribe","data":{"topics":[]}}"#);
    socket.send(r#"{"type":"ping","data":{"nonce":"before"}}"#);
    assert_eq!(socket.next()["data"]["nonce"], "before");
    respond(&place, "live", 1, &mut witness);
    socket.send(r#"{"type":"ping","data":{"nonce":"after"}}"#);
    assert_eq!(socket.next()["data"]["nonce"], "after");
    // A returning client is brought up to date.
    socket.send(r#"{"type":"subscribe"}"#);
    let update = socket.next();
    assert_eq!(update["data"]["totals"]["total_tokens"], TOKENS + 1_000);
    assert_eq!(update["data"]["session_ids"], json!(["live"]));
    server.stop();
}

#[test]
fn pings_of_both_kinds_are_answered() {
    let (_place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    socket.send(r#"{"v":1,"type":"ping","data":{"nonce":"n-1","more":[1]}}"#);
    let pong = socket.next();
    assert_eq!((&pong["type"], &pong["data"]), (&json!("pong"), &json!({"nonce": "n-1", "more": [1]})));
    socket.send_message(Message::Ping(b"echo"[..].into()));
    assert_eq!(socket.next_message(PATIENCE), Message::Pong(b"echo"[..].into()));
    server.stop();
}

#[test]
fn invalid_messages_are_refused_and_the_connection_stays() {
    let (_place, server) = everyday(&[]);
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
    check(r#"{"type":"resync"}"#, "malformed", "instance_id");
    check(r#"{"type":"resync","data":{"instance_id":"x","last_seq":-1}}"#, "malformed", "");
    check(&format!("{:4096}", "{"), "malformed", "EOF");
    socket.send(r#"{"type":"ping"}"#);
    assert_eq!(socket.next()["type"], "pong");
    server.stop();
}

#[test]
fn the_version_is_agreed_upon() {
    let (_place, server) = everyday(&[]);
    for (query, offer, answer) in [("?v=1", None, None), ("", Some("ctm.v1"), Some("ctm.v1"))] {
        let (mut socket, chosen) = Socket::offering(&server.url(), query, offer);
        assert_eq!(chosen.as_deref(), answer);
        assert_eq!(socket.next()["type"], "connected");
    }
    server.stop();
}

#[test]
fn a_bad_parameter_is_refused_before_the_upgrade() {
    let (_place, server) = everyday(&[]);
    let answer = get(&format!("{}api/v1/ws?tz=Mars/Base&x=1", server.url()));
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"));
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
    server.stop();
}

#[test]
fn a_request_that_is_none_for_a_websocket_is_a_problem() {
    let (_place, server) = everyday(&[]);
    let answer = get(&format!("{}api/v1/ws", server.url()));
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"));
    assert!(answer.json()["detail"].as_str().unwrap().starts_with("this is a WebSocket: "));
    assert_eq!(server.clients(), 0);
    server.stop();
}

#[test]
fn the_time_of_a_message_is_when_it_was_made() {
    let (place, server) = everyday(&[]);
    let mut witness = Socket::greeted(&server.url());
    let update = respond(&place, "live", 1, &mut witness);
    let at: chrono::DateTime<chrono::Utc> = update["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at, NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    server.stop();
}
