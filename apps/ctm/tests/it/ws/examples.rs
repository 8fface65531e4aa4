//! The clients in `docs/examples` work.

use super::{AT, NOW, everyday};
use crate::place::{Place, response};
use crate::process::Process;
use crate::running::Running;
use std::process::Command;

/// Returns the call of a program on an example, or `None` with a note if the program is not installed.
fn example(name: &str, program: &str, options: &[&str]) -> Option<Command> {
    let works = Command::new(program).args(options).arg("--version").output();
    if !works.is_ok_and(|works| works.status.success()) {
        println!("skipped: there is no {program} that can run {name}");
        return None;
    }
    let mut command = Command::new(program);
    command.args(options).arg(format!("{}/../../docs/examples/{name}", env!("CARGO_MANIFEST_DIR")));
    Some(command)
}

/// Returns the call of the example in JavaScript, by a Node that has WebSockets.
fn watch_mjs() -> Option<Command> {
    example("watch.mjs", "node", &["--experimental-websocket"])
}

fn append(place: &Place, session: &str, number: u32) {
    let transcript = format!("projects/-home-u-live/{session}.jsonl");
    place.append(&transcript, response(session, number, 1_000, AT).as_bytes());
}

#[test]
fn the_example_in_javascript_shows_usage() {
    let Some(mut command) = watch_mjs() else { return };
    let (place, server) = everyday(&[("ws_heartbeat", "1")]);
    let watching = Process::run(command.arg(server.url()));
    watching.line("no active block");
    append(&place, "live", 1);
    watching.line("changed: live");
    watching.line("window until 2026-03-12T03:00:00.000Z: 1000 tokens");
    server.stop();
    watching.line("connection lost: 1001 the server stops");
}

#[test]
fn the_example_in_javascript_finds_a_server_again() {
    let Some(mut command) = watch_mjs() else { return };
    let (place, server) = everyday(&[]);
    let url = server.url();
    let watching = Process::run(command.arg(&url));
    watching.line("no active block");
    server.stop();
    watching.line("connection lost: 1001");
    append(&place, "live", 1);
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
    let server = Running::at(NOW, &place, &[("port", port)]);
    watching.line(": 1000 tokens");
    append(&place, "again", 2);
    watching.line("changed: again");
    server.stop();
}

#[test]
fn the_example_in_python_prints_every_message() {
    let Some(mut command) = example("watch.py", "python3", &[]) else { return };
    let (place, server) = everyday(&[("ws_heartbeat", "1")]);
    let watching = Process::run(command.arg(server.url()));
    for part in ["connected", "stats_update", "sessions_update", "block_update"] {
        watching.line(&format!("\"type\":\"{part}\""));
    }
    // It answers heartbeats for longer than a silent client is given.
    (0..4).for_each(|_| drop(watching.line_without("\"type\":\"ping\"", &["closed"])));
    append(&place, "live", 1);
    watching.line("\"session_ids\":[\"live\"]");
    server.stop();
    assert!(!watching.end().success());
}
