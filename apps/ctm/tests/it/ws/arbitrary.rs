//! Arbitrary messages of a client do not affect the server and other clients.

use super::{everyday, respond};
use crate::socket::{Socket, piece};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio_tungstenite::tungstenite::Message;

/// Texts that are nearly, or not at all, what a client may say.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("subscribe".to_owned()),
        Just("resync".to_owned()),
        Just("ping".to_owned()),
        ".{0,20}",
    ];
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just(r#"{"topics":["stats","sessions","blocks","ingest"],"tz":"Asia/Tokyo"}"#.to_owned()),
        Just(r#"{"instance_id":"","last_seq":0}"#.to_owned()),
        any::<i64>().prop_map(|seq| format!(r#"{{"instance_id":"x","last_seq":{seq}}}"#)),
        "\\[{0,200}",
        ".{0,100}",
    ];
    let message = (word, value).prop_map(|(word, value)| {
        let word = serde_json::to_string(&word).unwrap();
        format!(r#"{{"v":1,"type":{word},"data":{value}}}"#)
    });
    prop_oneof![message, "\\PC{0,300}", ".{0,5000}"]
}

fn message() -> impl Strategy<Value = Message> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..120);
    prop_oneof![
        8 => text().prop_map(Message::text),
        1 => bytes().prop_map(Message::binary),
        1 => bytes().prop_map(|bytes| Message::Ping(bytes.into())),
        1 => bytes().prop_map(|bytes| Message::Pong(bytes.into())),
        2 => (bytes(), any::<bool>(), any::<bool>()).prop_map(|(bytes, first, last)| piece(&bytes, first, last)),
    ]
}

#[test]
fn arbitrary_messages_do_not_affect_others() {
    let (place, server) = everyday(&[]);
    let mut witness = Socket::greeted(&server.url());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() });
    let said = proptest::collection::vec(message(), 1..20);
    runner
        .run(&said, |messages| {
            let mut socket = Socket::greeted(&server.url());
            // Some of it closes the connection.
            messages.into_iter().all(|message| socket.try_send(message));
            Ok(())
        })
        .unwrap();
    let update = respond(&place, "live", 1, &mut witness);
    assert_eq!(Socket::greeted(&server.url()).ask_to_close(), 1000);
    assert_eq!(server.json("stats")["totals"], update["data"]["totals"]);
    server.stop();
}
