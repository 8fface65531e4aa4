//! Connections: one request is answered after the other, a refusal is the last answer, and an address has
//! no more of them than it may.

use super::{NOW, everyday};
use crate::http::{connect, get, request, send, send_for_statuses, statuses};
use crate::place::Place;
use crate::running::{Running, wait_for};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

const TOKEN: &str = "correct-horse-battery-staple";

/// A request for the server's health.
const HEALTH: &str = "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// The last request of a connection.
const LAST: &str = "GET /login.css HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Returns a request with a body.
fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Returns a request with a body in chunks of one byte.
fn post_chunked(path: &str, body: &str) -> String {
    let chunks: String = body.chars().map(|byte| format!("1;a=b\r\n{byte}\r\n")).collect();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
         {chunks}0\r\n\r\n"
    )
}

#[test]
fn requests_that_come_together_are_answered_one_after_the_other() {
    let (_place, server) = everyday();
    let mut all: String = (0..50)
        .map(|number| {
            format!("GET /api/v1/stats HTTP/1.1\r\nhost: localhost\r\nx-request-id: number-{number}\r\n\r\n")
        })
        .collect();
    all.push_str(LAST);
    let mut stream = connect(&server.url());
    stream.write_all(all.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(statuses(answers.as_bytes()), [200; 51]);
    let ids: Vec<_> = answers.lines().filter_map(|line| line.strip_prefix("x-request-id: number-")).collect();
    assert_eq!(ids, (0..50).map(|number: u32| number.to_string()).collect::<Vec<_>>());

    // A byte at a time, and with lines that end with nothing but a line feed.
    let mut stream = connect(&server.url());
    for byte in [HEALTH, &LAST.replace('\r', "")].concat().bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    assert_eq!(statuses(&answers), [200, 200]);
    server.stop();
}

#[test]
fn data_after_a_body_is_the_next_request() {
    let (_place, server) = everyday();
    let export = r#"{"dataset":"models",

        "format":"csv"}"#;
    for first in [
        post("/api/v1/export", "", export),
        post("/api/v1/export", "expect: 100-continue\r\n", export),
        post_chunked("/api/v1/export", export),
    ] {
        let last = post("/api/v1/export", "connection: close\r\n", "{");
        let found = send_for_statuses(&server.url(), [&first, HEALTH, &first, &*last].concat().as_bytes());
        let answers: Vec<_> = found.into_iter().filter(|status| *status != 100).collect();
        assert_eq!(answers, [200, 200, 200, 400], "{first}");
    }
    server.stop();
}

#[test]
fn a_head_may_be_long_but_not_without_end() {
    let (_place, server) = everyday();
    let ask = |length: usize| {
        let long = "a".repeat(length);
        let head = format!(
            "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nx-long: {long}\r\nconnection: close\r\n\r\n"
        );
        send(&server.url(), head.as_bytes()).status
    };
    assert_eq!([ask(5_000), ask(20_000), ask(60_000), ask(70_000)], [200, 200, 200, 431]);
    // Empty lines are no head, and no way to send one without end.
    assert_eq!(send(&server.url(), "\r\n".repeat(100_000).as_bytes()).status, 431);
    server.stop();
}

#[test]
fn a_refusal_is_the_last_answer_of_its_connection() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    let get = |headers: &str| format!("GET /api/v1/stats HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    let wrong = r#"{"token":"wrong"}"#;
    for (request, status) in [
        (get(""), 401),
        (get("authorization: Bearer wrong\r\n"), 401),
        (get("upgrade: websocket\r\nconnection: upgrade\r\n"), 401),
        (get("upgrade: h2c\r\nconnection: upgrade\r\n"), 401),
        (get("accept-encoding: br\r\n"), 401),
        (get("transfer-encoding: chunked\r\n"), 401),
        (HEALTH.replace("localhost", "evil.example"), 421),
        (HEALTH.replace("/api", "/../api"), 400),
        (HEALTH.replace("GET", "HEAD").replace("localhost", "evil.example"), 421),
        (HEALTH.replace("GET", "OPTIONS").replace("localhost", "evil.example"), 421),
        // Strangers are answered once a connection, too.
        (HEALTH.to_owned(), 200),
        (post("/login", "", wrong), 401),
        (post_chunked("/login", wrong), 401),
        (post("/login", "origin: http://evil.example\r\n", wrong), 403),
        (post("/login", "content-encoding: gzip\r\n", wrong), 415),
        (post("/api/v1/export", "", wrong), 401),
        (post_chunked("/api/v1/export", wrong), 401),
        (post("/login", "upgrade: websocket\r\n", wrong), 400),
        ("CONNECT / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(), 401),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
    ] {
        let found = send_for_statuses(&server.url(), request.repeat(20).as_bytes());
        assert_eq!(found, [status], "{request}");
    }
    server.stop();
}

#[test]
fn wrong_tokens_that_come_together_are_answered_once() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    let guess = "GET /api/v1/stats HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer wrong\r\n\r\n";
    assert_eq!(send_for_statuses(&server.url(), guess.repeat(200).as_bytes()), [401]);
    let right = guess.replace("wrong", TOKEN);
    let mixed = [right.repeat(2), guess.to_owned(), right].concat();
    assert_eq!(send_for_statuses(&server.url(), mixed.as_bytes()), [200, 200, 401]);
    server.stop();
}

#[test]
fn pipelined_requests_over_the_limit_get_one_429() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("rate_limit", "1")]);
    let found = send_for_statuses(&server.url(), HEALTH.repeat(20).as_bytes());
    assert_eq!(found.last(), Some(&429));
    assert_eq!(found.iter().filter(|status| **status == 429).count(), 1, "{found:?}");
    server.stop();
}

#[test]
fn a_second_request_has_to_come_in_time_as_well() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("request_timeout", "1")]);
    let half = "GET /api/v1/health HTTP/1.1\r\nhost: local";
    assert_eq!(send_for_statuses(&server.url(), [HEALTH, half].concat().as_bytes()), [200, 408]);
    let half = post("/login", "", "{").replace("length: 1", "length: 99");
    assert_eq!(send_for_statuses(&server.url(), [HEALTH, &half].concat().as_bytes()), [200, 408]);
    server.stop();
}

/// Returns whether the server has closed a connection, and its output.
fn said(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    if let Err(error) = stream.read_to_end(&mut said) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    said
}

#[test]
fn an_address_has_no_more_connections_than_it_may() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("connections_per_address", "3")]);
    let answered = || {
        let mut stream = connect(&server.url());
        stream.write_all(HEALTH.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        stream
    };
    let mut inside = vec![answered(), answered(), answered()];
    assert_eq!(statuses(&said(&mut connect(&server.url()))), [503]);
    // Open connections are not affected, and a closed one makes room.
    let mut last = inside.remove(0);
    last.write_all(LAST.as_bytes()).unwrap();
    assert_eq!(statuses(&said(&mut last)), [200]);
    drop(last);
    wait_for(|| {
        let mut stream = connect(&server.url());
        stream.write_all(LAST.as_bytes()).unwrap();
        (statuses(&said(&mut stream)) == [200]).then_some(())
    });
    drop(inside);
    server.stop();

    let flags = [("connections_per_address", "3"), ("trusted_proxies", "127.0.0.1")];
    let server = Running::at(NOW, &place, &flags);
    let _proxied: Vec<_> = (0..10).map(|_| connect(&server.url())).collect();
    assert_eq!(get(&format!("{}api/v1/health", server.url())).status, 200);
    server.stop();
}

#[test]
fn a_name_is_in_a_body_once() {
    let (_place, server) = everyday();
    let export = format!("{}api/v1/export", server.url());
    for body in [
        r#"{"dataset":"daily","dataset":"models","format":"csv"}"#,
        r#"{"dataset":"daily","format":"csv","filter":{"tz":"UTC","tz":"Asia/Kolkata"}}"#,
        r#"{"dataset":"daily","format":"csv","filter":{},"filter":{"range":"7d"}}"#,
    ] {
        let answer = crate::http::post_json(&export, body);
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["code"]),
            (400, &"malformed".into()),
            "{body}"
        );
        assert!(answer.body.contains("is given more than once"), "{}", answer.body);
    }
    assert_eq!(request("GET", &export, &[]).status, 405);
    server.stop();
}
