//! The WebSocket, as a client sees it.

mod arbitrary;
mod close;
mod crowd;
mod document;
#[cfg(unix)]
mod examples;
mod protocol;
mod replay;
mod slow;
mod topics;

use crate::place::{Place, response};
use crate::running::Running;
use crate::socket::Socket;
use serde_json::Value;

/// The time of the server. Responses are an hour older.
const NOW: &str = "2026-03-11T23:00:00Z";
const AT: &str = "2026-03-11T22:00:00.000Z";

/// Tokens in the home of usual things.
const TOKENS: u64 = 56_148;

/// Starts a server on the home of usual things.
fn everyday(flags: &[(&'static str, &str)]) -> (Place, Running) {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, flags);
    (place, server)
}

/// Appends a response of a thousand tokens to the transcript of a session, and waits until a
/// witness is notified of it alone. Returns the notification.
#[track_caller]
fn respond(place: &Place, session: &str, number: u32, witness: &mut Socket) -> Value {
    let transcript = format!("projects/-home-u-live/{session}.jsonl");
    place.append(&transcript, response(session, number, 1_000, AT).as_bytes());
    let update = witness.next();
    assert_eq!(
        (&update["type"], &update["data"]["session_ids"][0]),
        (&"stats_update".into(), &session.into())
    );
    update
}
