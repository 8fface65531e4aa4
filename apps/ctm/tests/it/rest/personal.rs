//! Notes, the markers beside them, and saved views.

use super::everyday;
use super::problems::check_problem;
use crate::http::{Answer, host, request, request_with};
use crate::place::{Place, response};
use crate::running::Running;
use crate::socket::Socket;
use serde_json::{Value, json};

const NOW: &str = "2026-10-09T12:00:00Z";

/// Sends a change as a page of the server does.
fn change(server: &Running, method: &str, path: &str, body: &Value) -> Answer {
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request_with(method, &format!("{}api/v1/{path}", server.url()), &headers, &body)
}

#[track_caller]
fn changed(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let answer = change(server, method, path, body);
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    answer.json()
}

/// Returns fields of all items.
fn fields(list: &Value, names: [&str; 2]) -> Value {
    let item = |item: &Value| json!([item[names[0]], item[names[1]]]);
    list.as_array().unwrap().iter().map(item).collect()
}

#[track_caller]
fn check_errors(answer: &Answer, instance: &str, expected: &[(&str, &str)]) {
    let errors = check_problem(answer, 400, instance);
    let expected = expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned()));
    assert_eq!(errors, expected.collect(), "{answer:?}");
}

#[test]
fn notes_are_added_changed_and_removed_and_clients_are_notified() {
    let (_place, server) = everyday();
    let mut socket = Socket::greeted(&server.url());
    socket.send(r#"{"v":1,"type":"subscribe","data":{"topics":["personal"]}}"#);
    let version = |message: Value| {
        assert_eq!(message["type"], "personal_update", "{message}");
        message["data"]["version"].as_u64().unwrap()
    };
    let before = version(socket.next());

    let text = "switched to <b>Opus</b> & back";
    let answer = change(&server, "POST", "notes", &json!({"date": "2026-03-09", "text": text}));
    assert_eq!(answer.status, 201);
    let note = answer.json();
    assert_eq!((&note["date"], &note["text"]), (&json!("2026-03-09"), &json!(text)));
    assert!(version(socket.next()) > before);
    changed(&server, "POST", "notes", &json!({"date": "2026-03-07", "text": "earlier"}));
    changed(&server, "POST", "notes", &json!({"date": "2026-03-09", "text": "second of the day"}));

    let listed = |path: &str| fields(&server.json(path)["items"], ["date", "text"]);
    let all = json!([["2026-03-07", "earlier"], ["2026-03-09", text], ["2026-03-09", "second of the day"]]);
    assert_eq!(listed("notes"), all);
    assert_eq!(listed("notes?from=2026-03-07&to=2026-03-08"), json!([["2026-03-07", "earlier"]]));
    assert_eq!(listed("notes?from=2026-03-10"), json!([]));
    let tag =
        |path: &str| request("GET", &format!("{}api/v1/{path}", server.url()), &[]).header("etag").to_owned();
    let tags = ["notes", "markers"].map(tag);

    let path = format!("notes/{}", note["id"].as_str().unwrap());
    let moved = changed(&server, "PATCH", &path, &json!({"date": "2026-03-10"}));
    assert_eq!(
        (&moved["date"], &moved["text"], &moved["id"]),
        (&json!("2026-03-10"), &json!(text), &note["id"])
    );
    assert_eq!(changed(&server, "PATCH", &path, &json!({"text": "new"}))["text"], "new");
    assert_eq!(changed(&server, "DELETE", &path, &Value::Null)["text"], "new");
    assert_eq!(change(&server, "DELETE", &path, &Value::Null).status, 404);
    assert_eq!(change(&server, "PATCH", &path, &json!({"text": "new"})).status, 404);
    assert_eq!(listed("notes"), json!([["2026-03-07", "earlier"], ["2026-03-09", "second of the day"]]));
    assert_ne!(["notes", "markers"].map(tag), tags);
    let answer = request("PUT", &format!("{}api/v1/notes", server.url()), &[]);
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST, OPTIONS"));
    let answer = request("GET", &format!("{}api/v1/{path}", server.url()), &[]);
    assert_eq!((answer.status, answer.header("allow")), (405, "PATCH, DELETE, OPTIONS"));
    server.stop();
}

#[test]
fn all_mistakes_of_a_note_or_a_view_are_reported_at_once() {
    let (_place, server) = everyday();
    let check = |method: &str, path: &str, body: Value, expected: &[(&str, &str)]| {
        check_errors(&change(&server, method, path, &body), &format!("/api/v1/{path}"), expected);
    };
    check("POST", "notes", json!({}), &[("date", "missing"), ("text", "missing")]);
    let both = [("colour", "unknown_parameter"), ("date", "invalid"), ("text", "invalid")];
    check("POST", "notes", json!({"date": "2026-3-9", "text": "", "colour": "red"}), &both);
    check("POST", "notes", json!({"date": "2026-02-30", "text": "x".repeat(501)}), &both[1..]);
    check("POST", "notes", json!({"date": 5, "text": "a\nb"}), &both[1..]);
    check("POST", "notes", json!({"date": null, "text": ["a"]}), &both[1..]);
    check("PATCH", "notes/1", json!({"date": "", "text": ["a"]}), &both[1..]);
    check("POST", "views", json!({}), &[("name", "missing"), ("path", "missing")]);
    let both = [("name", "invalid"), ("path", "invalid")];
    check("POST", "views", json!({"name": "x".repeat(81), "path": "/nowhere"}), &both);
    check("POST", "views", json!({"name": " ", "path": "//evil.example/trends"}), &both);
    check("PATCH", "views/1", json!({"name": "a\u{7}", "path": "/trends?onload=1"}), &both);
    assert_eq!(server.json("notes"), json!({"items": []}));
    assert_eq!(server.json("views"), json!({"items": []}));
    server.stop();
}

#[test]
fn an_allowed_origin_may_only_read() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("cors_origins", "https://dash.example")]);
    let json = ("content-type", "application/json");
    let url = format!("{}api/v1/notes", server.url());
    let note = r#"{"date":"2026-03-09","text":"foreign"}"#;
    let foreign = [json, ("origin", "https://dash.example")];
    assert_eq!(request_with("POST", &url, &foreign, note).status, 403);
    let from_own_page = [json, ("origin", "https://dash.example"), ("sec-fetch-site", "same-origin")];
    assert_eq!(request_with("POST", &url, &from_own_page, note).status, 201);
    assert_eq!(request_with("POST", &url, &[json], note).status, 403);
    server.stop();
}

#[test]
fn views_are_saved_renamed_and_removed() {
    let (_place, server) = everyday();
    let weeks = "/trends?range=90d&bucket=week&project=%2Fhome%2Fu%2Fshop";
    let view = changed(&server, "POST", "views", &json!({"name": "weeks <i>", "path": weeks}));
    changed(&server, "POST", "views", &json!({"name": "Days", "path": "/"}));
    let listed = || fields(&server.json("views")["items"], ["name", "path"]);
    assert_eq!(listed(), json!([["Days", "/"], ["weeks <i>", weeks]]));
    let path = format!("views/{}", view["id"].as_str().unwrap());
    assert_eq!(changed(&server, "PATCH", &path, &json!({"name": "A"}))["path"], weeks);
    assert_eq!(listed(), json!([["A", weeks], ["Days", "/"]]));
    changed(&server, "DELETE", &path, &Value::Null);
    assert_eq!(change(&server, "DELETE", &path, &Value::Null).status, 404);
    for number in 0..199 {
        changed(&server, "POST", "views", &json!({"name": number.to_string(), "path": "/"}));
    }
    let answer = change(&server, "POST", "views", &json!({"name": "one too many", "path": "/"}));
    assert_eq!(answer.status, 409, "{answer:?}");
    assert!(answer.body.contains("maximum of 200"), "{answer:?}");
    server.stop();
}

#[test]
fn markers_are_first_uses_and_prices_that_change_while_in_use() {
    let place = Place::empty();
    let line = |session: &str, number, at: &str, model: &str, version: &str| {
        let line = response(session, number, 1_000, at).replace("claude-sonnet-4-5-20250929", model);
        line.replace("\"cwd\":", &format!("\"version\":\"{version}\",\"cwd\":"))
    };
    let lines = [
        line("a", 1, "2026-10-01T10:00:00.000Z", "claude-sonnet-5-5", "2.1.0"),
        // The version of a session that is already known, updated within it.
        line("a", 2, "2026-10-03T23:30:00.000Z", "claude-sonnet-5-5", "2.1.1"),
        line("a", 3, "2026-10-03T23:40:00.000Z", "glm-5", "2.1.1"),
    ];
    place.append("projects/-p/a.jsonl", lines.concat().as_bytes());
    let later = line("b", 4, "2026-10-04T10:00:00.000Z", "claude-sonnet-5-5", "2.1.2");
    place.append("projects/-p/b.jsonl", later.as_bytes());
    let server = Running::at(NOW, &place, &[]);
    changed(&server, "POST", "notes", &json!({"date": "2026-10-03", "text": "a note"}));
    changed(&server, "POST", "notes", &json!({"date": "2026-11-03", "text": "out of the period"}));

    let markers = server.json("markers?tz=UTC");
    let found = markers["markers"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|of| json!([of["date"], of["kind"], of["names"]])).collect();
    let expected = [
        json!(["2026-10-01", "model", ["Sonnet 5.5"]]),
        json!(["2026-10-01", "version", ["2.1.0"]]),
        json!(["2026-10-03", "model", ["glm-5"]]),
        json!(["2026-10-03", "version", ["2.1.1"]]),
        json!(["2026-10-04", "version", ["2.1.2"]]),
        json!(["2026-10-07", "price", ["Sonnet 5.5"]]),
    ];
    assert_eq!(found, expected);
    let price = &markers["markers"][5]["price"];
    assert_eq!((&price["before"]["cache_read"], &price["after"]["cache_read"]), (&json!(0.2), &json!(0.1)));
    assert_eq!(fields(&markers["notes"], ["date", "text"]), json!([["2026-10-03", "a note"]]));

    // The first use is that of all time, on the day of the zone.
    let narrow = server.json("markers?tz=Europe/Berlin&from=2026-10-04&to=2026-10-05");
    let narrow = fields(&narrow["markers"], ["date", "names"]);
    assert_eq!(narrow, json!([["2026-10-04", ["glm-5"]], ["2026-10-04", ["2.1.1", "2.1.2"]]]));
    server.stop();
}
