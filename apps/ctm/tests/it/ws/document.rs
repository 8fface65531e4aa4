//! `docs/websocket.md` matches the messages of the server.

use super::{everyday, respond};
use crate::running::{PATIENCE, wait_for};
use crate::socket::Socket;
use serde_json::Value;
use std::collections::BTreeMap;

const DOCUMENT: &str = include_str!("../../../../../docs/websocket.md");

/// Returns the messages that the document shows, of the server or of clients.
fn shown(of_server: bool) -> Vec<Value> {
    let examples = DOCUMENT.split("```json\n").skip(1).map(|text| text.split("\n```").next().unwrap());
    let messages = examples.map(|text| serde_json::from_str::<Value>(text).unwrap());
    messages.filter(|message| message.get("seq").is_some() == of_server).collect()
}

/// Checks that all documented names are in a message, which may have more.
#[track_caller]
fn check_names(shown: &Value, said: &Value, path: &str) {
    match (shown, said) {
        (Value::Object(shown), Value::Object(said)) => {
            for (name, shown) in shown {
                let path = format!("{path}.{name}");
                let said = said.get(name);
                check_names(shown, said.unwrap_or_else(|| panic!("there is no {path}")), &path);
            }
        }
        (Value::Array(shown), Value::Array(said)) => {
            if let Some((shown, said)) = shown.first().zip(said.first()) {
                check_names(shown, said, path);
            }
        }
        _ => {}
    }
}

#[test]
fn documented_client_messages_are_accepted() {
    let (_place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let examples = shown(false);
    assert!(examples.len() >= 2);
    for example in examples {
        socket.send(&example.to_string());
    }
    socket.send(r#"{"type":"ping","data":"end"}"#);
    let mut said = socket.next();
    while said["data"] != "end" {
        assert_ne!(said["type"], "error", "{said}");
        said = socket.next();
    }
    server.stop();
}

#[test]
fn documented_server_messages_are_sent() {
    let (place, server) = everyday(&[("ws_heartbeat", "1")]);
    let mut witness = Socket::greeted(&server.url());
    let mut socket = Socket::connect(&server.url(), "");
    for request in [
        r#"{"type":"shout"}"#,
        r#"{"type":"resync","data":{"instance_id":"another","last_seq":0}}"#,
        r#"{"type":"subscribe","data":{"topics":["stats","sessions","blocks","limits","ingest","health","personal"]}}"#,
        r#"{"type":"ping","data":"subscribed"}"#,
    ] {
        socket.send(request);
    }
    let mut said = BTreeMap::new();
    let mut hear = |is_last: fn(&BTreeMap<String, Value>) -> bool| {
        wait_for(|| {
            let message = socket.hear(PATIENCE);
            said.insert(message["type"].as_str().unwrap().to_owned(), message);
            is_last(&said).then_some(())
        });
    };
    // An event before the subscription is not sent.
    hear(|said| said.contains_key("pong"));
    respond(&place, "live", 1, &mut witness);
    // The last message of each type: from the event and from a heartbeat.
    hear(|said| {
        said.contains_key("ping")
            && said["sessions_update"]["data"]["items"][0].is_object()
            && said["block_update"]["data"]["current"].is_object()
    });
    let examples = shown(true);
    assert!(examples.len() >= 9);
    // Visitors with a read-only link get others, see `rest::links`.
    for example in examples.iter().filter(|example| example["type"] != "data_update") {
        let name = example["type"].as_str().unwrap();
        check_names(example, said.get(name).unwrap_or_else(|| panic!("no {name} was said")), name);
    }
    server.stop();
}
