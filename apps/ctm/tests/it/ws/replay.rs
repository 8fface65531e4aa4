//! Replay of missed events.

use super::{TOKENS, everyday, respond};
use crate::socket::Socket;
use serde_json::{Value, json};

/// Connects, and returns the connection with the data of its greeting.
fn arrive(url: &str) -> (Socket, Value) {
    let mut socket = Socket::connect(url, "");
    let connected = socket.next()["data"].clone();
    assert_eq!(socket.next()["type"], "stats_update");
    (socket, connected)
}

fn resync(socket: &mut Socket, instance_id: &Value, last_seq: u64) -> Value {
    let data = json!({"instance_id": instance_id, "last_seq": last_seq});
    socket.send(&json!({"v": 1, "type": "resync", "data": data}).to_string());
    let answer = socket.next();
    assert_eq!(answer["type"], "resync");
    answer["data"]["mode"].clone()
}

/// Checks that nothing more is sent.
#[track_caller]
fn check_silent(socket: &mut Socket) {
    socket.send(r#"{"type":"ping","data":{"nonce":"end"}}"#);
    assert_eq!(socket.next()["data"]["nonce"], "end");
}

#[test]
fn missed_events_are_replayed_with_the_present_figures() {
    let (place, server) = everyday(&[]);
    let (socket, connected) = arrive(&server.url());
    let last_seq = connected["seq"].as_u64().unwrap();
    drop(socket);
    let mut witness = Socket::greeted(&server.url());
    for (number, session) in (1..).zip(["a", "b", "c"]) {
        respond(&place, session, number, &mut witness);
    }

    let (mut socket, now) = arrive(&server.url());
    assert_eq!((&now["seq"], &now["instance_id"]), (&json!(last_seq + 3), &connected["instance_id"]));
    assert_eq!(resync(&mut socket, &connected["instance_id"], last_seq), "replay");
    for (seq, session) in (last_seq + 1..).zip(["a", "b", "c"]) {
        let update = socket.next();
        assert_eq!((&update["type"], &update["seq"]), (&json!("stats_update"), &json!(seq)));
        let data = &update["data"];
        assert_eq!((&data["session_ids"], &data["more"]), (&json!([session]), &json!(false)));
        assert_eq!(data["changed"].as_array().unwrap().len(), 1);
        assert_eq!(data["totals"]["total_tokens"], TOKENS + 3_000);
        assert_eq!(data["data_version"], now["data_version"]);
    }
    check_silent(&mut socket);
    // Live again: the next event is sent once.
    let update = respond(&place, "d", 4, &mut socket);
    assert_eq!(update["seq"], last_seq + 4);
    check_silent(&mut socket);
    server.stop();
}

#[test]
fn topics_other_than_totals_send_the_changes_of_all_events_once() {
    let (place, server) = everyday(&[]);
    let (mut witness, connected) = arrive(&server.url());
    let last_seq = connected["seq"].as_u64().unwrap();
    for (number, session) in (1..).zip(["a", "b"]) {
        respond(&place, session, number, &mut witness);
    }
    let (mut socket, _) = arrive(&server.url());
    socket.send(r#"{"type":"subscribe","data":{"topics":["sessions","blocks"]}}"#);
    assert_eq!(socket.next()["data"]["items"], json!([]));
    assert_eq!(socket.next()["data"]["current"]["responses"], 2);
    assert_eq!(resync(&mut socket, &connected["instance_id"], last_seq), "replay");
    let sessions = socket.next();
    assert_eq!((&sessions["type"], &sessions["seq"]), (&json!("sessions_update"), &json!(last_seq + 2)));
    let mut ids: Vec<_> = sessions["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["a", "b"]);
    let block = socket.next();
    assert_eq!((&block["type"], &block["data"]["current"]["responses"]), (&json!("block_update"), &json!(2)));
    check_silent(&mut socket);
    server.stop();
}

#[test]
fn without_missed_events_nothing_is_replayed() {
    let (_place, server) = everyday(&[]);
    let (mut socket, connected) = arrive(&server.url());
    assert_eq!(resync(&mut socket, &connected["instance_id"], connected["seq"].as_u64().unwrap()), "replay");
    check_silent(&mut socket);
    server.stop();
}

#[test]
fn with_unknown_events_everything_is_sent_again() {
    let (place, server) = everyday(&[]);
    let (mut witness, connected) = arrive(&server.url());
    respond(&place, "a", 1, &mut witness);
    let seq = connected["seq"].as_u64().unwrap() + 1;
    let (mut socket, _) = arrive(&server.url());
    let mut check = |instance_id: &Value, last_seq: u64| {
        assert_eq!(resync(&mut socket, instance_id, last_seq), "full");
        let update = socket.next();
        assert_eq!((&update["type"], &update["seq"]), (&json!("stats_update"), &json!(seq)));
        assert_eq!(update["data"]["totals"]["total_tokens"], TOKENS + 1_000);
        check_silent(&mut socket);
    };
    check(&json!("another"), seq - 1);
    // This instance never sent that number.
    check(&connected["instance_id"], seq + 1);
    check(&connected["instance_id"], u64::MAX);
    server.stop();
}
