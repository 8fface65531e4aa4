//! Close codes of connections.

use super::everyday;
use crate::running::Running;
use crate::socket::{Deaf, Silent, Socket, piece};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// Checks which code closes a connection on which these messages are sent, and that the server
/// continues.
fn check(server: &Running, messages: impl IntoIterator<Item = Message>, code: u16) {
    let mut socket = Socket::greeted(&server.url());
    for message in messages {
        // The server may close the connection before it has heard everything.
        if !socket.try_send(message) {
            break;
        }
    }
    assert_eq!(socket.close_code(), code);
    assert_eq!(Socket::greeted(&server.url()).ask_to_close(), 1000);
}

#[test]
fn a_message_that_is_too_long_or_no_text_closes_the_connection() {
    let (_place, server) = everyday(&[]);
    check(&server, [Message::text(" ".repeat(4_097))], 1009);
    check(&server, [Message::binary(b"{}"[..].to_owned())], 1003);
    check(&server, [piece(b"\"\xff\"", true, true)], 1007);
    server.stop();
}

#[test]
fn a_message_in_pieces_is_one_message() {
    let (_place, server) = everyday(&[]);
    let mut socket = Socket::greeted(&server.url());
    let pieces = ["{\"type\":\"pi", "ng\",\"data\":{\"nonce\":\"\u{e4}", "\"}}"];
    for (number, text) in pieces.iter().enumerate() {
        // Control frames may come between the fragments of a message.
        socket.send_message(Message::Pong(b"between"[..].into()));
        socket.send_message(piece(text.as_bytes(), number == 0, number == 2));
    }
    assert_eq!(socket.next()["data"]["nonce"], "\u{e4}");

    let half = " ".repeat(2_049);
    check(&server, [piece(half.as_bytes(), true, false), piece(half.as_bytes(), false, true)], 1009);
    check(&server, [piece(b"\xff", true, false), piece(b"", false, true)], 1007);
    check(&server, [piece(b"alone", false, true)], 1002);
    server.stop();
}

#[test]
fn a_frame_is_refused_by_its_header() {
    let (_place, server) = everyday(&[]);
    // Nothing of what is announced ever comes.
    let check = |frames: &[&[u8]], code: u16| {
        let mut client = Deaf::connect(&server.url());
        client.send_bytes(&frames.concat());
        assert_eq!(client.read_to_the_end().1, Some(code), "{frames:?}");
    };
    let long = |first: u8, length: u64| [&[first, 0xFF][..], &length.to_be_bytes()].concat();
    for first in [0x81, 0x01, 0x82, 0x89, 0x8A, 0x88] {
        check(&[&long(first, 1 << 30)], 1009);
        check(&[&long(first, 1 << 20)], 1009);
        check(&[&long(first, u64::MAX)], 1009);
        check(&[&[first, 0xFE, 0x13, 0x88]], 1009);
    }
    check(&[&[0x81, 0xFE, 0x10, 0x01]], 1009);
    // A piece counts with those before it.
    let piece = [&[0x01, 0xFE, 0x0F, 0xA0, 0, 0, 0, 0][..], &[b' '; 4_000]].concat();
    check(&[&piece, &[0x80, 0x80 | 97]], 1009);
    check(&[&piece, &[0x00, 0xFE, 0x10, 0x00]], 1009);
    check(&[&piece, &[0x80, 0x80 | 97, 0, 0, 0, 0]], 1009);
    // Messages before it are answered.
    let ping = br#"{"type":"ping"}"#;
    let whole = [&[0x81, 0x80 | 15, 0, 0, 0, 0][..], ping].concat();
    let mut client = Deaf::connect(&server.url());
    client.send_bytes(&[&whole, &long(0x81, 1 << 30)[..]].concat());
    client.wait_for(r#""type":"pong""#);
    assert_eq!(client.read_to_the_end().1, Some(1009));
    // Invalid frames are refused.
    for bad in [
        [0xC1, 0x80, 0, 0, 0, 0],
        [0x83, 0x80, 0, 0, 0, 0],
        [0x81, 0x01, b' ', 0, 0, 0],
        [0x09, 0x80, 0, 0, 0, 0],
    ] {
        check(&[&bad], 1002);
    }
    assert_eq!(Socket::greeted(&server.url()).ask_to_close(), 1000);
    server.stop();
}

#[test]
fn a_client_that_floods_is_closed() {
    let (_place, server) = everyday(&[]);
    let ping = || Message::text(r#"{"type":"ping"}"#);
    check(&server, (0..1_000).map(|_| ping()), 1008);
    let endless =
        std::iter::once(piece(b"", true, false)).chain((0..1_000).map(|_| piece(b"", false, false)));
    check(&server, endless, 1008);

    // A normal number of messages per second is accepted.
    let mut socket = Socket::greeted(&server.url());
    (0..35).for_each(|_| socket.send_message(ping()));
    (0..35).for_each(|_| assert_eq!(socket.next()["type"], "pong"));
    server.stop();
}

#[test]
fn a_client_that_answers_no_heartbeat_is_closed() {
    let (_place, server) = everyday(&[("ws_heartbeat", "1")]);
    assert_eq!(Silent::connect(&server.url()).close_code(), 4000);
    server.stop();
}

#[test]
fn whatever_a_client_sends_is_a_sign_of_life() {
    let (_place, server) = everyday(&[("ws_heartbeat", "1")]);
    let mut talking = Silent::connect(&server.url());
    // Each heartbeat is answered by an unrelated text, for longer than the timeout of a silent client.
    for _ in 0..5 {
        talking.wait_for("\"type\":\"ping\"");
        talking.say(r#"{"type":"pong"}"#);
    }
    assert_eq!(talking.close_code(), 4000);
    server.stop();
}

#[test]
fn an_unsupported_version_is_refused() {
    let (_place, server) = everyday(&[]);
    let check = |mut socket: Socket| {
        let refusal = socket.next();
        assert_eq!(
            (&refusal["type"], &refusal["data"]["type"], &refusal["data"]["fatal"]),
            (&json!("error"), &json!("unsupported_version"), &json!(true))
        );
        assert_eq!(socket.close_code(), 4002);
    };
    for query in ["?v=2", "?v=one"] {
        check(Socket::connect(&server.url(), query));
    }
    let (socket, chosen) = Socket::offering(&server.url(), "", Some("ctm.v2"));
    assert_eq!(chosen.as_deref(), Some("ctm.v2"));
    check(socket);
    let mut socket = Socket::greeted(&server.url());
    socket.send(r#"{"v":2,"type":"ping"}"#);
    check(socket);
    assert_eq!(server.clients(), 0);
    server.stop();
}
