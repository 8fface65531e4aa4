//! Refusals, and their form.

use super::{MAIN, escaped, everyday};
use crate::http::{Answer, get, request, send};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Checks the form that every error has, and returns the codes of the fields by name.
#[track_caller]
pub(super) fn check_problem(answer: &Answer, status: u16, instance: &str) -> BTreeSet<(String, String)> {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(status)));
    assert_eq!(problem["instance"], instance);
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |error: &Value, part: &str| error[part].as_str().unwrap().to_owned();
    for error in errors {
        assert!(text(&problem, "detail").contains(&text(error, "message")), "{problem}");
    }
    errors.iter().map(|error| (text(error, "field"), text(error, "code"))).collect()
}

#[test]
fn all_bad_parameters_are_named_at_once() {
    let (_place, server) = everyday();
    let check = |path: &str, query: &str, expected: &[(&str, &str)]| {
        let instance = format!("/api/v1/{path}");
        let answer = get(&format!("{}{}?{query}", server.url(), &instance[1..]));
        let errors = check_problem(&answer, 400, &instance);
        let expected = expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned()));
        assert_eq!(errors, expected.collect(), "{query}");
    };
    check(
        "sessions",
        "tz=Mars/Base&from=2026-02-30&sidechain=maybe&limit=0&sort=colour&order=up&colour=red",
        &[
            ("tz", "invalid"),
            ("from", "invalid"),
            ("sidechain", "invalid"),
            ("limit", "invalid"),
            ("sort", "invalid"),
            ("order", "invalid"),
            ("colour", "unknown_parameter"),
        ],
    );
    check("stats", "from=2026-03-02&to=2026-03-01", &[("from", "reversed")]);
    check("stats", "from=1990-01-01&to=2026-03-01", &[("from", "too_long")]);
    // An open end does not bypass the limit.
    check("stats", "from=0193-10-31", &[("from", "too_long")]);
    check("stats/daily", "to=9999-12-31", &[("to", "too_long")]);
    check("stats", "range=7d&from=2026-03-01", &[("range", "conflict")]);
    check("stats", "home=a&source=a", &[("home", "conflict")]);
    check("stats", "range=fortnight", &[("range", "invalid")]);
    check("stats", "compare=tomorrow", &[("compare", "invalid")]);
    check("stats", "tz=UTC&tz=UTC", &[("tz", "repeated")]);
    check("stats", "limit=5", &[("limit", "unknown_parameter")]);
    for day in ["2026-3-1", "-193-10-31", "+2026-3-01", "2026-03-01T00:00:00Z"] {
        check("stats", &format!("to={}", escaped(day)), &[("to", "invalid")]);
    }
    check("stats/daily", "breakdown=project", &[("breakdown", "invalid")]);
    check("stats/models", "sort=cost_usd", &[("sort", "unknown_parameter")]);
    for limit in ["501", "-1", "1.5", "", "many"] {
        check("stats/projects", &format!("limit={limit}"), &[("limit", "invalid")]);
    }
    check("sessions", "cursor=nowhere", &[("cursor", "unknown_cursor")]);
    check("health", "verbose=1", &[("verbose", "unknown_parameter")]);
    check("config", "a=1&b=2", &[("a", "unknown_parameter"), ("b", "unknown_parameter")]);
    server.stop();
}

#[test]
fn unknown_resources_are_problems_too() {
    let (_place, server) = everyday();
    let ask = |method: &str, path: &str| request(method, &format!("{}{}", server.url(), &path[1..]), &[]);
    for path in [
        "/api/v1/nothing",
        "/api/v1/stats/hourly",
        "/api/v1/",
        "/api/v2/stats",
        "/api",
        "/a.js",
        "/_app/immutable/a.js",
    ] {
        assert_eq!(check_problem(&ask("GET", path), 404, path), BTreeSet::new());
    }
    for path in ["/api/v1/health", "/api/v1/stats", "/api/v1/stats/daily", "/api/v1/sessions", "/api/v1/ws"] {
        for method in ["POST", "DELETE"] {
            let answer = ask(method, path);
            check_problem(&answer, 405, path);
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{path}");
        }
    }
    server.stop();
}

#[test]
fn readable_routes_have_head_and_list_their_methods() {
    let (_place, server) = everyday();
    for path in ["", &format!("sessions/{MAIN}"), "api/v1/health", "api/v1/stats", "api/v1/sessions?limit=1"]
    {
        let url = format!("{}{path}", server.url());
        let [head, whole] =
            ["HEAD", "GET"].map(|method| request(method, &url, &[("accept-encoding", "identity")]));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for name in ["content-type", "content-length", "cache-control", "etag"] {
            assert_eq!(head.header(name), whole.header(name), "{path}: {name}");
        }
        let options = request("OPTIONS", &url, &[]);
        assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"), "{path}");
    }
    // Packed or missing: what comes after the head is the next answer.
    for path in ["stats", "nothing"] {
        let head =
            format!("HEAD /api/v1/{path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n");
        let whole = "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let answers = send(&server.url(), format!("{head}{whole}").as_bytes());
        assert!(answers.body.starts_with("HTTP/1.1 200 OK\r\n"), "{answers:?}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "PURGE"] {
        check_problem(&request(method, &server.url(), &[]), 405, "/");
    }
    server.stop();
}

#[test]
fn unaccepted_media_types_are_not_sent() {
    let (_place, server) = everyday();
    let ask = |path: &str, accept: &str| {
        request("GET", &format!("{}{}", server.url(), &path[1..]), &[("accept", accept)])
    };
    for path in ["/api/v1/stats", "/api/v1/health", "/api/v1/sessions"] {
        for good in
            ["application/json", "*/*", "text/html, application/xhtml+xml, */*;q=0.8", "application/*"]
        {
            assert_eq!(ask(path, good).status, 200, "{path}: {good}");
        }
        for bad in ["text/html", "image/png, text/*", "application/json;q=0"] {
            check_problem(&ask(path, bad), 406, path);
        }
    }
    // A client that accepts neither gets the problem all the same.
    check_problem(&ask("/api/v1/nothing", "text/html"), 404, "/api/v1/nothing");
    server.stop();
}
