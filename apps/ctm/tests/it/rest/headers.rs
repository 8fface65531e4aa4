//! Headers of every response, and the page.

use super::{MAIN, NOTES, everyday};
use crate::http::{get, host, request};
use crate::place::response;
use crate::running::PATIENCE;
use crate::socket::Socket;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn long_bodies_are_compressed_on_request() {
    let (_place, server) = everyday();
    // By hand, because clients unpack answers and take the header away.
    let ask = |encoding: &str| {
        let mut stream = TcpStream::connect(host(&server.url())).unwrap();
        let head = "GET /api/v1/stats/daily HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
        write!(stream, "{head}accept-encoding: {encoding}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase().contains("\r\ncontent-encoding: gzip\r\n"), body.contains("\"total_tokens\""))
    };
    assert_eq!(ask("gzip"), (true, false));
    assert_eq!(ask("identity"), (false, true));
    server.stop();
}

#[test]
fn an_unchanged_body_is_not_sent_again() {
    let (place, server) = everyday();
    let url = |query: &str| format!("{}api/v1/{query}", server.url());
    let queries = ["stats", "stats?range=7d", "stats/daily", "stats/models", "stats/projects", "sessions"];
    let tags: Vec<String> = queries.map(|query| get(&url(query)).header("etag").to_owned()).into();
    assert!(tags.iter().all(|tag| tag.starts_with("W/\"")), "{tags:?}");
    assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), queries.len(), "{tags:?}");
    for (query, tag) in queries.iter().zip(&tags) {
        let known = format!("W/\"other\", {tag}");
        let again = request("GET", &url(query), &[("if-none-match", &known)]);
        assert_eq!(
            (again.status, again.body.as_str(), again.header("etag")),
            (304, "", tag.as_str()),
            "{query}"
        );
        let other = request("GET", &url(query), &[("if-none-match", "W/\"other\"")]);
        assert_eq!((other.status, other.header("etag")), (200, tag.as_str()), "{query}");
    }

    let mut socket = Socket::greeted(&server.url());
    place.append(
        &format!("projects/-home-u-notes/{NOTES}.jsonl"),
        response("live", 1, 1_000, "2026-03-11T09:00:00.000Z").as_bytes(),
    );
    socket.next_within(PATIENCE);
    let stale = request("GET", &url("stats"), &[("if-none-match", &tags[0])]);
    assert_eq!((stale.status, &stale.json()["totals"]["total_tokens"]), (200, &57_148.into()));
    server.stop();
}

#[test]
fn every_answer_is_safe_to_show() {
    let (_place, server) = everyday();
    let url = |path: &str| format!("{}{path}", server.url());
    let tag = get(&url("api/v1/stats")).header("etag").to_owned();
    let known = request("GET", &url("api/v1/stats"), &[("if-none-match", &tag)]);
    assert_eq!(known.status, 304);
    let asked = ["", "missing.js", "api/v1/health", "api/v1/stats", "api/v1/stats?x=1", "api/v1/nothing"];
    let refused = request("GET", &url(""), &[("host", "evil.example")]);
    let answers = asked.map(|path| (path, get(&url(path))));
    for (path, answer) in answers.into_iter().chain([("304", known), ("421", refused)]) {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    assert_eq!(get(&format!("{}api/v1/stats", server.url())).header("cache-control"), "private, no-cache");
    assert_eq!(get(&format!("{}api/v1/health", server.url())).header("cache-control"), "no-store");
    server.stop();
}

#[test]
fn every_other_address_is_the_page() {
    let (_place, server) = everyday();
    let index = get(&server.url());
    assert_eq!((index.status, index.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(index.header("cache-control"), "no-cache");
    let sessions = get(&format!("{}sessions/{MAIN}", server.url()));
    assert_eq!((sessions.status, &sessions.body), (200, &index.body));
    // A URL that a browser opens is a page even with a dot in it, as in many folders.
    let project = "projects/%2Fhome%2Fu%2F.config%2Fmy.app";
    let opened = request("GET", &format!("{}{project}", server.url()), &[("accept", "text/html,*/*;q=0.8")]);
    assert_eq!((opened.status, &opened.body), (200, &index.body));
    assert_eq!(get(&format!("{}{project}", server.url())).status, 404);
    assert_eq!(get(&format!("{}missing.js", server.url())).status, 404);
    server.stop();
}
