//! Attributes that are not kept: a marker in each of them is in no file, log line or answer.

use super::{JSON, MARKER, body, gzip, logs, place, record, send_raw};
use crate::http::{get, post_json, request_with};
use crate::place::Place;
use crate::process::Process;
use crate::socket::Socket;
use ctm_corpus::Report;
use ctm_corpus::otlp::{self, Encoding};
use ctm_types::TokenCounts;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;

/// The report of a request.
fn report(request: &str, output: u64) -> Report {
    Report {
        request: request.to_owned(),
        session: "s-1".to_owned(),
        at_ms: 1_773_219_601_000,
        model: "claude-sonnet-4-5",
        speed: "normal",
        query_source: "Explore",
        tokens: TokenCounts { input: 3, output, cache_read: 20, cache_write_5m: 7, cache_write_1h: 0 },
        placeholder: None,
        is_logged: true,
    }
}

/// Sends the marker wherever a sender can put a text: in what is accepted, rejected and refused, in both encodings, of
/// logs and metrics. Returns all answers.
fn send_everywhere(url: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for (encoding, request) in [(Encoding::Json, "req_1"), (Encoding::Protobuf, "req_4")] {
        let whole = otlp::body(&[report(request, 900)], encoding, MARKER);
        let kind = format!("content-type: {}\r\n", encoding.media_type());
        let accepted = send_raw(url, &kind, &whole);
        assert_eq!(accepted.status, 200, "{}", accepted.body);
        answers.push(accepted.body);
        let zipped = send_raw(url, &format!("{kind}content-encoding: gzip\r\n"), &gzip(&whole));
        assert_eq!(zipped.status, 200, "{}", zipped.body);
        // Cut off behind the marker, and not compressed as announced.
        answers.push(send_raw(url, &kind, &whole[..whole.len() - 3]).body);
        answers.push(send_raw(url, &format!("{kind}content-encoding: gzip\r\n"), &whole).body);
        answers.push(send_raw(url, &format!("{kind}content-encoding: {MARKER}\r\n"), &whole).body);
    }
    answers.push(send_raw(url, "content-type: application/json\r\n", format!("{{{MARKER}").as_bytes()).body);
    let rejected = ["input_tokens", "output_tokens", "cost_usd_micros", "model"].map(|key| {
        let mut record = record("req_2", 51, "x");
        let attributes = record["attributes"].as_array_mut().unwrap();
        attributes.retain(|attribute| attribute["key"] != key);
        let value = json!({"kvlistValue": {"values": [{"key": MARKER, "value": {"stringValue": MARKER}}]}});
        attributes.push(json!({"key": key, "value": value}));
        record
    });
    let other = json!({"eventName": format!("claude_code.{MARKER}"), "body": {"stringValue": MARKER},
                       "attributes": [{"key": "event.name", "value": {"stringValue": MARKER}}]});
    let records = [&rejected[..], &[record("req_3", -5, "x"), other]].concat();
    let answer = request_with("POST", &logs(url), &[JSON], &body(&records));
    assert_eq!(answer.json()["partialSuccess"]["rejectedLogRecords"], "5");
    answers.push(answer.body);
    let points = json!([{"attributes": [{"key": MARKER, "value": {"stringValue": MARKER}}], "asInt": "5"}]);
    let metric =
        json!({"name": MARKER, "unit": MARKER, "description": MARKER, "sum": {"dataPoints": points}});
    let metrics = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string();
    answers.push(request_with("POST", &format!("{url}otlp/v1/metrics"), &[JSON], &metrics).body);
    answers
}

/// Every answer of the server to a GET, its exports and messages.
fn ask_everything(url: &str) -> Vec<String> {
    let mut answers = Vec::new();
    let document: Value = serde_json::from_str(&ctm_api::document::document()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        let path = path.replace("{id}", "s-1").replace("{key}", "msg_0000000000000000req_1");
        answers.push(get(&format!("{}{path}", url.trim_end_matches('/'))).body);
    }
    for dataset in ["daily", "sessions", "responses"] {
        let query = json!({"dataset": dataset, "format": "csv"}).to_string();
        answers.push(post_json(&format!("{url}api/v1/export"), &query).body);
    }
    let mut socket = Socket::connect(url, "");
    answers.extend([socket.next().to_string(), socket.next().to_string()]);
    answers
}

/// Checks every file of a place, and returns how many there are.
#[track_caller]
fn check_files(place: &Place) -> usize {
    let database = place.database();
    let folders = [place.path(), database.parent().unwrap()];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    for path in &files {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()), "{}", path.display());
    }
    files.len()
}

#[test]
fn no_attribute_but_the_named_ones_is_stored_logged_or_sent() {
    let place = place();
    let log = place.path().join("ctm.log");
    let args = ["--log-level", "trace", "--log-file", log.to_str().unwrap()];
    let server = Process::serve(&place, &args);
    let mut answers = send_everywhere(server.url());
    answers.extend(ask_everything(server.url()));
    let telemetry = get(&format!("{}api/v1/telemetry", server.url())).json();
    assert_eq!((&telemetry["requests"], &telemetry["joined"]), (&json!(2), &json!(1)));
    for answer in &answers {
        assert!(!answer.contains(MARKER), "{answer}");
    }
    let wal = place.database().with_extension("db-wal");
    assert!(wal.is_file(), "{}", wal.display());
    check_files(&place);
    server.signal(Signal::TERM);
    assert!(server.end().success());
    assert!(fs::read_to_string(&log).unwrap().contains("path=\"/otlp/v1/logs\""));
    assert!(check_files(&place) >= 2, "the database and the log");
    for args in
        [&["telemetry"][..], &["telemetry", "--json"], &["explain", "msg_0000000000000000req_1"], &["doctor"]]
    {
        let ran = place.run(args);
        assert!(!ran.out.contains(MARKER) && !ran.err.contains(MARKER), "{args:?}: {}{}", ran.out, ran.err);
    }
}
