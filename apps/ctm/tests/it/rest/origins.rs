//! Allowed hosts and origins.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::http::{Answer, host, request, request_with, send, send_for_head};
use crate::place::Place;
use crate::running::Running;

/// Asks for a WebSocket, and returns the head of the answer.
fn ask_for_socket(server: &Running, headers: &str) -> Answer {
    let head = format!(
        "GET /api/v1/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
        host(&server.url())
    );
    send_for_head(&server.url(), head.as_bytes())
}

/// Logs in without a token, where none is asked for.
fn post(server: &Running, headers: &[(&str, &str)]) -> Answer {
    let json = [("content-type", "application/json")];
    request_with("POST", &format!("{}login", server.url()), &[&json, headers].concat(), "{\"token\":\"\"}")
}

#[test]
fn a_host_that_is_not_allowed_is_refused() {
    let (_place, server) = everyday();
    let ask = |path: &str, name: &str| {
        send(
            &server.url(),
            format!("GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n").as_bytes(),
        )
    };
    for name in [
        "evil.example",
        "evil.example:51888",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "192.168.0.1",
        "0.0.0.0",
        "[::2]",
        "",
    ] {
        for path in
            ["/", "/index.html", "/metrics", "/login", "/api/v1/health", "/api/v1/stats", "/api/v1/ws"]
        {
            check_problem(&ask(path, name), 421, path);
        }
    }
    for name in ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:9", "[::1]:51888", "[0:0::1]"] {
        assert_eq!(ask("/api/v1/health", name).status, 200, "{name}");
    }
    // A request to a proxy names the host a second time.
    assert_eq!(ask("http://evil.example/", "localhost").status, 421);
    assert_eq!(ask("http://localhost/", "evil.example").status, 421);
    assert_eq!(ask("http://localhost/api/v1/health", "localhost").status, 200);
    server.stop();
}

#[test]
fn configured_hosts_are_allowed() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("allowed_hosts", "Ctm.Example, 192.168.0.1,::2")]);
    let ask =
        |name: &str| request("GET", &format!("{}api/v1/health", server.url()), &[("host", name)]).status;
    for name in ["ctm.example", "CTM.example:8443", "192.168.0.1:51888", "[::2]:80", "localhost"] {
        assert_eq!(ask(name), 200, "{name}");
    }
    for name in ["example", "a.ctm.example", "192.168.0.2"] {
        assert_eq!(ask(name), 421, "{name}");
    }
    server.stop();
}

#[test]
fn a_foreign_page_can_neither_send_nor_subscribe() {
    let (_place, server) = everyday();
    let own = format!("http://{}", host(&server.url()));
    for origin in [
        "http://evil.example",
        "http://localhost:3000",
        "http://127.0.0.1",
        "null",
        "file://",
        &format!("{own}0"),
    ] {
        check_problem(&post(&server, &[("origin", origin)]), 403, "/login");
        let socket = ask_for_socket(&server, &format!("origin: {origin}\r\n"));
        assert_eq!(
            (socket.status, socket.header("content-type")),
            (403, "application/problem+json"),
            "{origin}"
        );
        assert_eq!(socket.header("sec-websocket-accept"), "");
    }
    for headers in
        [&[("origin", own.as_str())][..], &[], &[("origin", "null"), ("sec-fetch-site", "same-origin")]]
    {
        assert_eq!(post(&server, headers).status, 204, "{headers:?}");
    }
    for headers in [format!("origin: {own}\r\n"), String::new()] {
        assert_eq!(ask_for_socket(&server, &headers).status, 101, "{headers}");
    }
    // A read gets a response that the browser does not show to that page.
    let stats =
        request("GET", &format!("{}api/v1/stats", server.url()), &[("origin", "http://evil.example")]);
    assert_eq!((stats.status, stats.header("access-control-allow-origin")), (200, ""));
    let preflight = [("origin", "http://evil.example"), ("access-control-request-method", "POST")];
    check_problem(
        &request("OPTIONS", &format!("{}api/v1/stats", server.url()), &preflight),
        403,
        "/api/v1/stats",
    );
    server.stop();
}

#[test]
fn pages_of_configured_origins_may_send_requests() {
    let place = Place::everyday();
    let flags = [("cors_origins", "https://dash.example/, http://localhost:3000"), ("auth_token", TOKEN)];
    let server = Running::at(NOW, &place, &flags);
    let stats = format!("{}api/v1/stats", server.url());
    let bearer = format!("Bearer {TOKEN}");
    for origin in ["https://dash.example", "http://localhost:3000"] {
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ];
        let allowed = request("OPTIONS", &stats, &preflight);
        assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, origin));
        assert!(allowed.header("access-control-allow-headers").to_lowercase().contains("authorization"));
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
        let answer = request("GET", &stats, &[("origin", origin), ("authorization", &bearer)]);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, origin));
        assert!(answer.header("vary").to_lowercase().contains("origin"));
        // Errors are readable there, too.
        let refused = request("GET", &stats, &[("origin", origin)]);
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, origin));
        let headers = format!("origin: {origin}\r\nauthorization: {bearer}\r\n");
        assert_eq!(ask_for_socket(&server, &headers).status, 101);
    }
    let answer = request("GET", &stats, &[("origin", "https://evil.example"), ("authorization", &bearer)]);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
    let preflight = [("origin", "https://dash.example"), ("access-control-request-method", "DELETE")];
    check_problem(&request("OPTIONS", &stats, &preflight), 400, "/api/v1/stats");
    server.stop();
}

/// The token of the server that is asked from elsewhere.
const TOKEN: &str = "sixteen-and-more-letters";
