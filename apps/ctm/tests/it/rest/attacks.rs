//! Attacks: they are refused in plain words, nothing is lost, and the server keeps running.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::http::{Answer, check_answers, connect, get, request_with, send};
use crate::place::Place;
#[cfg(unix)]
use crate::process::Process;
use crate::running::Running;
use std::io::Read;

/// Checks that the server answers, and that its figures are what they were.
#[track_caller]
fn unharmed(server: Running) {
    check_answers(&server.url());
    assert_eq!(server.json("stats")["totals"]["total_tokens"], 56_148);
    server.stop();
}

/// Sends a request with a head and a body as they are.
fn send_raw(server: &Running, head: &str, body: &[u8]) -> Answer {
    send(&server.url(), &[format!("{head}\r\nhost: localhost\r\n\r\n").as_bytes(), body].concat())
}

#[test]
fn paths_do_not_lead_out_of_the_page() {
    let (_place, server) = everyday();
    for path in [
        "/../../etc/passwd",
        "/_app/../../../etc/passwd",
        "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/%252e%252e%252fetc%252fpasswd",
        "/..%5c..%5cwindows%5cwin.ini",
        "/%5c%5chost%5cshare",
        "/index.html%00.js",
        "/%c0%ae%c0%ae/etc/passwd",
        "/a%0d%0aset-cookie:%20a=b",
    ] {
        let answer = send_raw(&server, &format!("GET {path} HTTP/1.1"), b"");
        check_problem(&answer, 400, path);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    // A malformed target is not parsed.
    assert_eq!(send_raw(&server, "GET \\..\\..\\etc\\passwd HTTP/1.1", b"").status, 400);
    unharmed(server);
}

#[test]
fn a_body_of_ten_megabytes_is_refused_unread() {
    let (_place, server) = everyday();
    let body = vec![b'['; 10 << 20];
    let request =
        format!("POST /login HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
    check_problem(&send_raw(&server, &request, &body), 413, "/login");
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let chunked = "POST /login HTTP/1.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked";
    check_problem(&send_raw(&server, chunked, &chunk), 413, "/login");
    // The body of a GET request is neither read nor waited for.
    let question = format!("GET /api/v1/stats HTTP/1.1\r\ncontent-length: {}", body.len());
    check_problem(&send_raw(&server, &question, &body), 413, "/api/v1/stats");
    unharmed(server);
}

#[test]
fn a_head_of_a_megabyte_is_refused() {
    let (_place, server) = everyday();
    let long = "a".repeat(1 << 20);
    assert_eq!(send_raw(&server, &format!("GET / HTTP/1.1\r\nx-long: {long}"), b"").status, 431);
    assert_eq!(send_raw(&server, &format!("GET /{long} HTTP/1.1"), b"").status, 431);
    let many: String = (0..1_000).map(|number| format!("\r\nx-{number}: a")).collect();
    assert_eq!(send_raw(&server, &format!("GET / HTTP/1.1{many}"), b"").status, 431);
    unharmed(server);
}

#[test]
fn a_query_of_ten_thousand_parameters_is_refused() {
    let (_place, server) = everyday();
    let ask = |path: &str, count: usize| {
        let query = vec!["a=1"; count].join("&");
        send_raw(&server, &format!("GET {path}?{query} HTTP/1.1\r\nconnection: close"), b"")
    };
    for path in ["/api/v1/stats", "/api/v1/ws", "/"] {
        check_problem(&ask(path, 10_000), 414, path);
        let codes = check_problem(&ask(path, 201), 400, path);
        assert!(codes.contains(&("query".to_owned(), "too_many".to_owned())), "{codes:?}");
    }
    assert_eq!(ask("/", 200).status, 200);
    unharmed(server);
}

#[test]
fn a_slow_client_gets_408_and_is_disconnected() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("request_timeout", "1")]);
    let json = "POST /login HTTP/1.1\r\ncontent-type: application/json";
    let foreign = "POST /login HTTP/1.1\r\norigin: http://evil.example";
    // None of these is ever finished: the server has to end the connection.
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(send(&server.url(), b"").status, 408));
        scope.spawn(|| assert_eq!(send(&server.url(), b"GET / HTTP/1.1\r\nhost: local").status, 408));
        for (head, body, status, path) in [
            (&*format!("{json}\r\ncontent-length: 99"), &b"{"[..], 408, "/login"),
            (&*format!("{json}\r\ntransfer-encoding: chunked"), b"5\r\n{", 408, "/login"),
            ("GET /api/v1/stats HTTP/1.1\r\ncontent-length: 99", b"{", 408, "/api/v1/stats"),
            // Refused for another reason: what is left of the body is not waited for.
            (&*format!("{foreign}\r\ncontent-length: 99"), b"{", 403, "/login"),
            (&*format!("{foreign}\r\ntransfer-encoding: chunked"), b"5\r\n{", 403, "/login"),
        ] {
            let (head, server) = (head.to_owned(), &server);
            scope.spawn(move || check_problem(&send_raw(server, &head, body), status, path));
        }
    });
    unharmed(server);
}

#[cfg(unix)]
#[test]
fn a_thousand_idle_connections_do_not_block_others() {
    let place = Place::everyday();
    let server = Process::serve(&place, &["--request-timeout", "2"]);
    server.line("up to date");
    let mut idle: Vec<_> = (0..1_000).map(|_| connect(server.url())).collect();
    for _ in 0..10 {
        check_answers(server.url());
    }
    let stats = get(&format!("{}api/v1/stats", server.url()));
    assert_eq!(stats.json()["totals"]["total_tokens"], 56_148);
    for stream in &mut idle {
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 408 "), "{said:?}");
    }
    check_answers(server.url());
}

#[test]
fn invalid_json_is_refused_with_a_reason() {
    let (_place, server) = everyday();
    let login = format!("{}login", server.url());
    let post = |kind: &str, body: &str| request_with("POST", &login, &[("content-type", kind)], body);
    let deep = |depth: usize| format!("{{\"token\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for body in [
        "{\"token\":\"a\",\"token\":\"b\"}",
        "{",
        "nothing",
        "{}",
        "{\"token\":1}",
        "{\"token\":\"a\",\"x\":1}",
        &deep(30_000),
    ] {
        let codes = check_problem(&post("application/json", body), 400, "/login");
        assert!(codes.contains(&("body".to_owned(), "malformed".to_owned())), "{codes:?}");
    }
    // A hundred thousand brackets are too long, whatever they mean.
    check_problem(&post("application/json", &deep(100_000)), 413, "/login");
    for kind in ["text/plain", "text/xml", "multipart/form-data; boundary=a"] {
        check_problem(&post(kind, "{\"token\":\"a\"}"), 415, "/login");
    }
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    check_problem(&request_with("POST", &login, &packed, "{}"), 415, "/login");
    unharmed(server);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let (_place, server) = everyday();
    let ask =
        |head: &[u8], body: &[u8]| send(&server.url(), &[head, b"connection: close\r\n\r\n", body].concat());
    check_problem(&ask(b"GET /%ff HTTP/1.1\r\nhost: localhost\r\n", b""), 400, "/%ff");
    check_problem(
        &ask(b"GET /api/v1/stats?tz=%ff HTTP/1.1\r\nhost: localhost\r\n", b""),
        400,
        "/api/v1/stats",
    );
    assert_eq!(ask(b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n", b"").status, 400);
    assert_eq!(ask(b"GET /?\xff HTTP/1.1\r\nhost: localhost\r\n", b"").status, 400);
    check_problem(&ask(b"GET / HTTP/1.1\r\nhost: \xff\r\n", b""), 421, "/");
    let origin = b"POST /login HTTP/1.1\r\nhost: localhost\r\norigin: http://\xff\r\n";
    check_problem(&ask(origin, b""), 403, "/login");
    let json = b"POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 13\r\n";
    check_problem(&ask(json, b"{\"token\":\"\xff\"}"), 400, "/login");
    let form =
        b"POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: 7\r\n";
    check_problem(&ask(form, b"token=\xff"), 400, "/login");
    // An unknown header does not prevent a response.
    let odd =
        b"GET /api/v1/stats HTTP/1.1\r\nhost: localhost\r\nx-request-id: \xff\r\nif-none-match: \xff\r\n\
                accept: \xff\r\naccept-language: \xff\r\ncookie: \xff\r\n";
    assert_eq!(ask(odd, b"").status, 200);
    unharmed(server);
}

#[test]
fn invalid_requests_are_refused() {
    let (_place, server) = everyday();
    let ask = |text: &str| send(&server.url(), text.as_bytes()).status;
    assert_eq!(ask("GET / HTTP/1.1\r\n\r\n"), 400, "no host");
    assert_eq!(ask("GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n"), 400, "two hosts");
    assert_eq!(ask("\0\0\0\0\r\n\r\n"), 400, "no HTTP");
    let smuggled = "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(ask(smuggled), 400, "two lengths");
    unharmed(server);
}

#[test]
fn a_zone_that_is_none_is_refused() {
    let (_place, server) = everyday();
    for tz in ["Mars/Base", "../../etc/passwd", "UTC%00", "%F0%9F%95%92", &"a".repeat(4_000)] {
        for path in ["api/v1/stats", "api/v1/ws"] {
            let answer = get(&format!("{}{path}?tz={tz}", server.url()));
            let codes = check_problem(&answer, 400, &format!("/{path}"));
            assert!(codes.contains(&("tz".to_owned(), "invalid".to_owned())), "{tz}: {codes:?}");
        }
    }
    unharmed(server);
}

#[test]
fn sql_in_a_parameter_is_an_unknown_name() {
    let (_place, server) = everyday();
    let ask = |path: &str| get(&format!("{}api/v1/{path}", server.url()));
    for name in
        ["%27%20OR%201=1%20--", "x%27;%20DROP%20TABLE%20event;%20--", "%22%20OR%20%22%22=%22", "%25", "_"]
    {
        for filter in ["project", "model", "session", "home"] {
            for path in ["stats", "sessions", "stats/tools", "blocks"] {
                let answer = ask(&format!("{path}?{filter}={name}"));
                assert_eq!(answer.status, 200, "{path} {filter} {name}");
                let total = answer.json()["totals"]["total_tokens"].as_u64().unwrap_or(0);
                assert_eq!(total, 0, "{path} {filter} {name}");
            }
        }
        for path in ["sessions", "responses"] {
            check_problem(&ask(&format!("{path}/{name}")), 404, &format!("/api/v1/{path}/{name}"));
        }
        for path in ["sessions", "stats/projects", "blocks", "stats/history"] {
            let codes =
                check_problem(&ask(&format!("{path}?cursor={name}")), 400, &format!("/api/v1/{path}"));
            assert_eq!(codes, [("cursor".to_owned(), "unknown_cursor".to_owned())].into(), "{path} {name}");
        }
        for (path, parameter) in [("sessions", "sort"), ("sessions", "order"), ("stats/trends", "metric")] {
            let answer = ask(&format!("{path}?{parameter}={name}"));
            check_problem(&answer, 400, &format!("/api/v1/{path}"));
        }
    }
    unharmed(server);
}

#[test]
fn too_many_requests_have_to_wait() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("rate_limit", "1")]);
    let health = format!("{}api/v1/health", server.url());
    let refused = (0..100).map(|_| get(&health)).find(|answer| answer.status != 200).unwrap();
    check_problem(&refused, 429, "/api/v1/health");
    assert!((1..=2).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    server.stop();

    for limit in ["5000", "0"] {
        let server = Running::at(NOW, &place, &[("rate_limit", limit)]);
        let health = format!("{}api/v1/health", server.url());
        assert!((0..1_000).all(|_| get(&health).status == 200), "{limit}");
        unharmed(server);
    }
}
