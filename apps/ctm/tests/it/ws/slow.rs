//! Clients that do not take what they are sent.

use super::{AT, everyday, respond};
use crate::place::{Place, response};
use crate::running::wait_for;
use crate::socket::{Deaf, Socket};

/// Maximum of buffered data for a client that does not read: the buffers of both ends, of the connection, and
/// the queue, with twenty kilobytes per message.
const MOST_KEPT: usize = 1_500_000;

/// Makes an event that takes twenty kilobytes to tell, and returns what came before it.
fn make_long_event(place: &Place, witness: &mut Socket) -> u64 {
    let line = |number: u32| {
        let project = format!("/home/u/{number:0>100}");
        response(&format!("long{number}"), number, 1_000, AT).replace("/home/u/live", &project)
    };
    let lines: String = (1_000..1_120).map(line).collect();
    place.append("projects/-home-u-long/long.jsonl", lines.as_bytes());
    witness.next()["seq"].as_u64().unwrap() - 1
}

/// Connects, and asks again and again for what is long to tell.
fn ask_and_not_listen(url: &str, last_seq: u64) -> Deaf {
    let mut witness = Socket::connect(url, "");
    let instance_id = witness.next()["data"]["instance_id"].clone();
    let mut deaf = Deaf::connect(url);
    let data = serde_json::json!({"instance_id": instance_id, "last_seq": last_seq});
    let resync = serde_json::json!({"type": "resync", "data": data}).to_string();
    for _ in 0..39 {
        deaf.send(&resync);
    }
    deaf
}

#[test]
fn clients_that_do_not_read_are_disconnected_without_delaying_others() {
    let (place, server) = everyday(&[("ws_heartbeat", "1")]);
    let mut witness = Socket::greeted(&server.url());
    let last_seq = make_long_event(&place, &mut witness);
    // More than are notified at the same time.
    let deaf = (0..12).map(|_| ask_and_not_listen(&server.url(), last_seq));
    let deaf: Vec<_> = deaf.map(|mut deaf| std::thread::spawn(move || deaf.talk_until_cut())).collect();
    for number in 1..=8 {
        respond(&place, "live", number, &mut witness);
    }
    for deaf in deaf {
        deaf.join().unwrap();
    }
    assert_eq!(server.clients(), 1);
    respond(&place, "live", 9, &mut witness);
    server.stop();
}

#[test]
fn a_slow_client_that_keeps_reading_gets_the_close_reason() {
    let (place, server) = everyday(&[("ws_heartbeat", "3")]);
    let mut witness = Socket::greeted(&server.url());
    let last_seq = make_long_event(&place, &mut witness);
    let mut deaf = ask_and_not_listen(&server.url(), last_seq);
    // Its permit is free once the close was sent, which it has not read yet.
    wait_for(|| (server.clients() == 1).then_some(()));
    let (kept, code) = deaf.read_to_the_end();
    assert_eq!(code, Some(4003));
    assert!(kept < MOST_KEPT, "{kept} bytes were kept for a client that did not read");
    server.stop();
}

#[test]
fn a_server_stops_though_a_client_does_not_read() {
    let (place, server) = everyday(&[]);
    let mut witness = Socket::greeted(&server.url());
    let last_seq = make_long_event(&place, &mut witness);
    let _deaf = ask_and_not_listen(&server.url(), last_seq);
    server.stop();
}
