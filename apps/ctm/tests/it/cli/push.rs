//! `ctm push`: two machines and a hub, by their own programs.

use crate::place::{Place, response};
use crate::running::Running;
use ctm_report::clock::Clock;
use serde_json::Value;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Stdio;

/// Returns whether the program that pushes was built; it is one of its own.
pub(crate) fn is_built() -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_ctm")).with_file_name("ctm-push");
    let is_built = program.with_extension(std::env::consts::EXE_EXTENSION).is_file();
    if !is_built {
        println!("skipped: `ctm-push` is not built; `cargo build --workspace` builds it");
    }
    is_built
}

/// Adds responses to a machine, the first of which have the same keys on every machine.
pub(crate) fn add(machine: &Place, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let at = format!("2026-03-10T10:{:02}:{:02}.000Z", number / 60, number % 60);
        let line = response("shared", number, 100 + u64::from(number), &at);
        machine.append("projects/-p/shared.jsonl", format!("{}\n", line.trim_end()).as_bytes());
    }
}

fn totals(server: &Running) -> (u64, u64) {
    let stats: Value = server.json("stats?range=all&tz=UTC");
    let of = |name: &str| stats["totals"][name].as_u64().unwrap();
    (of("responses"), of("output_tokens"))
}

/// Returns the totals of responses with these numbers.
pub(crate) fn expected(numbers: std::ops::Range<u32>) -> (u64, u64) {
    let number = numbers.len() as u64;
    (number, numbers.map(|number| 100 + u64::from(number)).sum())
}

#[test]
fn machines_push_to_a_hub_and_each_response_counts_once() {
    if !is_built() {
        return;
    }
    let (hub, laptop, desk) = (Place::empty(), Place::empty(), Place::empty());
    add(&hub, 0..20);
    add(&laptop, 10..40);
    add(&desk, 30..50);
    let server = Running::start(Clock::system(), &hub, &[("team", "true")]);
    assert_eq!(totals(&server), expected(0..20));
    let address = server.url();
    for machine in [&laptop, &desk] {
        enrol(machine, &hub, &address);
    }
    assert!(laptop.print(&["push"]).contains("30 responses pushed"));
    assert_eq!(totals(&server), expected(0..40));
    assert!(desk.print(&["push"]).contains("20 responses pushed"));
    assert_eq!(totals(&server), expected(0..50));
    // Tokens can be replaced. The same again changes nothing, and what is new is read first.
    assert!(desk.print(&["push", "rotate"]).contains("token replaced"));
    assert!(desk.print(&["push"]).contains(" 0 responses pushed"));
    add(&desk, 50..60);
    assert!(desk.print(&["push"]).contains("10 responses pushed"));
    assert_eq!(totals(&server), expected(0..60));
    let machines = hub.print(&["team", "machines"]);
    assert_eq!(machines.matches("ctm-push").count(), 2, "{machines}");
    // Without one machine, all is as if it had never been there.
    laptop.print(&["push", "forget"]);
    let without_laptop = (expected(0..20).0 + expected(30..60).0, expected(0..20).1 + expected(30..60).1);
    assert_eq!(totals(&server), without_laptop);
    laptop.run(&["push"]).failed(2, &["ctm push enrol"]);
    server.stop();
}

/// Enrols a machine at a hub.
fn enrol(machine: &Place, hub: &Place, address: &str) {
    let invite = hub.print(&["team", "invite"]);
    let code = invite.lines().find(|line| line.contains("ctm push enrol")).unwrap();
    machine.print(&["push", "enrol", address, code.split_whitespace().last().unwrap()]);
}

/// Returns the ids of the processes that a process started.
#[cfg(target_os = "linux")]
fn children(id: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let of =
        |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
    let all = tasks.map_while(Result::ok).map(of).collect::<String>();
    all.split_whitespace().map(str::to_owned).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_ends_with_the_command_that_started_it() {
    use rustix::process::{Pid, Signal, kill_process};
    if !is_built() {
        return;
    }
    let (hub, laptop) = (Place::empty(), Place::empty());
    let server = Running::start(Clock::system(), &hub, &[("team", "true")]);
    enrol(&laptop, &hub, &server.url());
    let mut command = laptop.ctm(&["push", "daemon"]);
    let mut daemon = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while children(daemon.id()).is_empty() {
        assert_eq!(daemon.try_wait().unwrap(), None, "it ended without having started the program");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&daemon), Signal::TERM).unwrap();
    // The output ends when both have ended.
    let ended = daemon.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stdout, ended.stderr), (Some(1), Vec::new(), Vec::new()));
    server.stop();
}

#[test]
fn the_program_that_pushes_explains_itself() {
    if !is_built() {
        return;
    }
    let place = Place::empty();
    // Repeated, because a process that was replaced by the program reported errors of its threads once in about forty runs.
    for _ in 0..40 {
        let help = place.print(&["push", "--help"]);
        assert!(help.contains("Usage: ctm push") && help.contains("enrol"), "{help}");
    }
    let ran = place.run(&["push", "status", "--database", "elsewhere.db"]);
    assert!(!ran.err.contains("unexpected argument"), "{}", ran.err);
}
