//! Telemetry over HTTP.
//!
//! - [`received`]: what is received, joined and included on request;
//! - [`refused`]: attacks, and refusals after which a sender tries again;
//! - [`private`]: never more of it is kept than what counts;
//! - [`truth`], [`own_totals`]: the telemetry and Claude Code's own totals of generated homes, against what is known.

mod own_totals;
#[cfg(unix)]
mod private;
mod received;
mod refused;
mod truth;

use crate::http::{Answer, request_with, send};
use crate::place::Place;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

/// Two hours after the lines below.
const NOW: &str = "2026-03-11T11:00:00Z";

/// A marker in every attribute that is not kept.
const MARKER: &str = "Xyzzy7Plugh";

/// The header of a body in JSON.
const JSON: (&str, &str) = ("content-type", "application/json");

/// A line of a response to a request.
fn line(request: &str, output: u64, stop: &Value) -> String {
    let line = json!({
        "type": "assistant", "uuid": format!("u-{request}"), "timestamp": "2026-03-11T09:00:00.000Z",
        "sessionId": "s-1", "cwd": "/home/u/shop", "version": "2.1.331", "requestId": request,
        "message": {
            "id": format!("msg_0000000000000000{request}"), "model": "claude-sonnet-4-5", "stop_reason": stop,
            "content": [],
            "usage": {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 20,
                      "cache_creation_input_tokens": 7},
        },
    });
    format!("{line}\n")
}

/// A place with a response that is not final and one that is.
fn place() -> Place {
    let place = Place::empty();
    let lines = [line("req_1", 5, &Value::Null), line("req_2", 50, &json!("end_turn"))].concat();
    place.append("projects/-home-u-shop/s-1.jsonl", lines.as_bytes());
    place
}

/// A record that reports a request, with the marker wherever a sender may put a text.
fn record(request: &str, output: i64, source: &str) -> Value {
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let count = |key: &str, count: i64| json!({"key": key, "value": {"intValue": count}});
    let marked = [
        "prompt",
        "user.id",
        "user.email",
        "user.account_uuid",
        "organization.id",
        "tool_input",
        "error",
        "prompt.id",
        "client_request_id",
        "workspace.host_paths",
        "terminal.type",
    ];
    let mut attributes: Vec<Value> = marked.iter().map(|key| text(key, MARKER)).collect();
    attributes.extend([
        text("event.name", "api_request"),
        text("event.timestamp", "2026-03-11T09:00:01.000Z"),
        text("session.id", "s-1"),
        text("request_id", request),
        text("model", "claude-sonnet-4-5"),
        text("query_source", source),
        count("input_tokens", 3),
        count("output_tokens", output),
        count("cache_read_tokens", 20),
        count("cache_creation_tokens", 7),
        count("cost_usd_micros", 1_234),
        json!({"key": MARKER, "value": {"kvlistValue": {"values": [text(MARKER, MARKER)]}}}),
    ]);
    json!({"timeUnixNano": "1773219601000000000", "body": {"stringValue": MARKER}, "attributes": attributes,
           "severityText": MARKER, "eventName": "claude_code.api_request"})
}

fn body(records: &[Value]) -> String {
    let resource = json!({"attributes": [{"key": "host.name", "value": {"stringValue": MARKER}}]});
    let scope = json!({"scope": {"name": MARKER}, "logRecords": records});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).to_string()
}

/// The address that receives logs, of the server with this page.
fn logs(url: &str) -> String {
    format!("{url}otlp/v1/logs")
}

#[track_caller]
fn post(url: &str, records: &[Value]) -> Answer {
    let answer = request_with("POST", &logs(url), &[JSON], &body(records));
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
    answer
}

/// Sends bytes with headers, as they are.
fn send_raw(url: &str, headers: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST /otlp/v1/logs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\
                        content-length: {}\r\n\r\n",
        body.len()
    );
    send(url, &[head.as_bytes(), body].concat())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
