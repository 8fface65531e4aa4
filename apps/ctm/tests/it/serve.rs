//! `ctm serve` as a process: start, stop, and errors at the start.

use crate::holder::Holder;
use crate::http::{get, request};
use crate::place::{Place, Ran, response};
use crate::process::Process;
use crate::running::wait_for;
use crate::socket::Socket;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;

#[test]
fn the_first_line_has_the_listening_address() {
    let place = Place::everyday();
    let server = Process::serve(&place, &[]);
    let port = server.url().strip_prefix("http://127.0.0.1:").unwrap().strip_suffix('/').unwrap();
    assert!(port.parse::<u16>().unwrap() > 0);
    assert_eq!(get(server.url()).status, 200);
    assert_eq!(get(&format!("{}api/v1/health", server.url())).status, 200);
}

#[test]
fn a_signal_closes_sockets_and_the_database_and_ends_well() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let place = Place::everyday();
        let server = Process::serve(&place, &[]);
        server.line("up to date");
        let mut socket = Socket::greeted(server.url());
        server.signal(signal);
        assert_eq!(socket.close_code(), 1001, "{name}");
        server.line(&format!("stopping on {name}"));
        assert_eq!(server.end().code(), Some(0), "{name}");
        let log = place.database().with_extension("db-wal");
        assert_eq!(fs::metadata(log).map_or(0, |log| log.len()), 0, "{name}");
    }
}

#[test]
fn a_taken_port_is_named() {
    let place = Place::everyday();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let ran = place.run(&["serve", "--port", &address.port().to_string()]);
    ran.failed(5, &[&format!("cannot listen on {address}"), "--port"]);
}

#[test]
fn an_invalid_database_is_reported_and_unchanged() {
    for command in ["serve", "daily"] {
        let place = Place::everyday();
        fs::create_dir(place.path().join("data")).unwrap();
        fs::write(place.database(), "no database".repeat(1_000)).unwrap();
        let ran = place.run(&[command]);
        ran.failed(4, &[place.database().to_str().unwrap(), "damaged", "--database"]);
        assert_eq!(fs::read_to_string(place.database()).unwrap(), "no database".repeat(1_000));
    }
}

#[test]
fn a_database_that_another_process_holds_is_named() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::of(&place) else { return };

    // Stored facts are available at once.
    assert!(place.print(&["daily", "--json"]).contains("\"responses\": 6"));
    // New facts must be stored before the response.
    place.append(
        "projects/-home-u-live/new.jsonl",
        response("new", 1, 7, "2026-03-11T09:30:00.000Z").as_bytes(),
    );
    place.run(&["daily"]).failed(4, &[place.database().to_str().unwrap(), "locked by another process"]);
    holder.release();
    assert!(place.print(&["daily", "--json"]).contains("\"responses\": 7"));
}

#[test]
fn a_missing_home_is_named() {
    let place = Place::reading("/nowhere/claude".as_ref());
    place.run(&["daily"]).failed(3, &["no Claude home", "`/nowhere/claude`", "--claude-dir"]);
    assert!(!place.database().exists());
}

#[test]
fn a_server_without_a_home_waits_and_reads_the_one_that_appears() {
    let place = Place::everyday();
    let away = place.path().join("away");
    fs::rename(place.claude(), &away).unwrap();
    let server = Process::serve(&place, &[]);
    server.line("no Claude home found; looked for");
    server.line("waiting until there is one");
    let health = get(&format!("{}api/v1/health", server.url()));
    assert_eq!(health.status, 200);
    let health = health.json();
    assert_eq!(health["claude_dir"]["exists"], false);
    assert_eq!((&health["database"]["has_usage"], &health["demo"]), (&json!(false), &json!(false)));
    assert_eq!(health["conditions"][0]["code"], "home_unreadable");
    let mut socket = Socket::greeted(server.url());

    fs::rename(away, place.claude()).unwrap();
    assert_eq!(socket.close_code(), 1001);
    server.line("the Claude homes have changed");
    server.line("up to date");
    let stats = get(&format!("{}api/v1/stats?range=all", server.url())).json();
    assert_eq!(stats["totals"]["responses"], 6);
    let health = get(&format!("{}api/v1/health", server.url())).json();
    assert_eq!((&health["status"], &health["database"]["has_usage"]), (&json!("healthy"), &json!(true)));
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn a_demo_that_cannot_be_written_names_the_place_and_the_reason_once() {
    let place = Place::empty();
    let ran = Ran::of(place.ctm(&["serve", "--demo"]).env("TMPDIR", "/dev/null/demo"));
    ran.failed(1, &["cannot generate the demo in `/dev/null/demo`", "Not a directory"]);
    assert_eq!(ran.err.matches("/dev/null/demo").count(), 1, "{}", ran.err);
}

#[test]
fn unreadable_files_are_reported_once_with_the_reason() {
    let place = Place::everyday();
    place.append("stats-cache.json", b"{ no JSON");
    let endless = place.claude().join("projects/-p/loop.jsonl");
    fs::create_dir(endless.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&endless, &endless).unwrap();
    let ran = place.run(&["daily"]);
    assert_eq!(ran.code, Some(0));
    for (path, line) in [("loop.jsonl", "ctm: cannot read `"), ("stats-cache.json", "ctm: cannot parse `")] {
        let lines: Vec<_> = ran.err.lines().filter(|line| line.contains(path)).collect();
        assert_eq!(lines.len(), 1, "{}", ran.err);
        assert!(lines[0].starts_with(line) && lines[0].matches("cannot").count() == 1, "{}", ran.err);
    }
}

#[test]
fn all_bad_settings_are_named_at_once() {
    let place = Place::everyday();
    let ran = Ran::of(place.ctm(&["serve", "--port", "70000"]).env("CTM_WS_HEARTBEAT", "0"));
    ran.failed(2, &["--port is `70000`", "CTM_WS_HEARTBEAT is `0`", "allowed: "]);
    place.run(&["serve", "--colour", "red"]).failed(2, &["--colour"]);
}

#[test]
fn listening_beyond_loopback_requires_a_token_or_a_setting() {
    let place = Place::everyday();
    let args = ["serve", "--host", "0.0.0.0", "--port", "0"];
    let refused = place.run(&args);
    refused.failed(2, &["not listening on 0.0.0.0", "CTM_AUTH_TOKEN", "--auth-token-file", "CTM_AUTH=none"]);
    assert!(!place.database().exists());

    let open = Process::spawn(place.ctm(&args).env("CTM_AUTH", "none"));
    assert_eq!(get(&format!("{}api/v1/stats", open.url())).status, 200);
    let token = place.path().join("token");
    fs::write(&token, "sixteen-and-more-letters\n").unwrap();
    let closed = Process::spawn(place.ctm(&args).args(["--auth-token-file", token.to_str().unwrap()]));
    let stats = format!("{}api/v1/stats", closed.url());
    assert_eq!(get(&stats).status, 401);
    assert_eq!(request("GET", &stats, &[("authorization", "Bearer sixteen-and-more-letters")]).status, 200);
}

#[test]
fn a_secret_has_no_flag() {
    let ran = Place::everyday().run(&["serve", "--auth-token", "sixteen-and-more-letters"]);
    ran.failed(2, &["--auth-token"]);
}

#[test]
fn sighup_reloads_the_log_level() {
    let place = Place::everyday();
    let config = place.path().join("config.toml");
    fs::write(&config, "log_level = 'warn'\n").unwrap();
    let server = Process::serve(&place, &["--config", config.to_str().unwrap()]);
    let health = format!("{}api/v1/health", server.url());
    get(&health);
    fs::write(&config, "log_level = 'info'\n").unwrap();
    server.signal(Signal::HUP);
    server.line_without("log level reloaded", &["answered"]);
    get(&health);
    server.line("answered");
    // An invalid value changes nothing.
    fs::write(&config, "log_level = 'loud'\n").unwrap();
    server.signal(Signal::HUP);
    assert!(server.line("settings are unchanged").contains("is `loud`"));
    get(&health);
    server.line("answered");
}

#[test]
fn every_request_has_an_id_in_its_answer_and_in_the_log() {
    let place = Place::everyday();
    let log = place.path().join("logs/ctm.log");
    let server = Process::serve(&place, &["--log-file", log.to_str().unwrap()]);
    server.line("up to date");
    let health = format!("{}api/v1/health", server.url());
    let id = |given: &[(&str, &str)]| request("GET", &health, given).header("x-request-id").to_owned();

    let sane = "a-sane.id_7";
    assert_eq!(id(&[("x-request-id", sane)]), sane);
    let made = id(&[]);
    let too_long = "x".repeat(65);
    for insane in ["two words", "", "<script>", &too_long] {
        let other = id(&[("x-request-id", insane)]);
        assert_ne!(other, insane);
        assert_eq!(other.len(), made.len(), "{other}");
    }
    let unknown = format!("{}api/v1/nothing", server.url());
    let problem = request("GET", &unknown, &[("x-request-id", "problem-1")]);
    assert_eq!(problem.json()["request_id"], "problem-1");

    for id in [sane, &made, "problem-1"] {
        server.line(id);
    }
    for part in [sane, &made, "problem-1", "up to date"] {
        wait_for(|| fs::read_to_string(&log).unwrap().contains(part).then_some(()));
    }
}

#[test]
fn a_log_file_is_set_aside_when_it_is_large() {
    let place = Place::everyday();
    let log = place.path().join("ctm.log");
    fs::write(&log, vec![b'x'; 10_000_000]).unwrap();
    let server = Process::serve(&place, &["--log-file", log.to_str().unwrap()]);
    server.line("up to date");
    wait_for(|| fs::read_to_string(&log).unwrap().contains("up to date").then_some(()));
    assert_eq!(fs::metadata(place.path().join("ctm.log.1")).unwrap().len(), 10_000_000);
}

#[test]
fn a_log_for_programs_is_an_object_in_each_line() {
    let place = Place::everyday();
    let server = Process::serve(&place, &["--log-format", "json"]);
    let health = format!("{}api/v1/health", server.url());
    request("GET", &health, &[("x-request-id", "for-programs")]);
    let line: Value = serde_json::from_str(&server.line("for-programs")).unwrap();
    assert_eq!(
        (&line["level"], &line["message"], &line["status"]),
        (&json!("INFO"), &json!("answered"), &json!(200))
    );
    assert_eq!(line["span"]["id"], "for-programs");
    assert!(line["timestamp"].is_string() && line["target"] == "ctm_server::http::trace", "{line}");
}
