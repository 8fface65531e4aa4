//! The token: what is closed without it, and how programs and people get in.

use super::NOW;
use super::problems::check_problem;
use crate::http::{Answer, get, host, request, request_with, send_for_head};
use crate::place::Place;
#[cfg(unix)]
use crate::process::Process;
use crate::running::Running;
use serde_json::json;

const TOKEN: &str = "correct-horse-battery-staple";
const BEARER: &str = "Bearer correct-horse-battery-staple";

/// A browser's wishes.
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// Starts a server that asks for the token.
fn closed() -> (Place, Running) {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    (place, server)
}

fn ask(server: &Running, path: &str, headers: &[(&str, &str)]) -> Answer {
    request("GET", &format!("{}{}", server.url(), &path[1..]), headers)
}

/// Sends the form of the login page.
fn submit(server: &Running, path: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    let form = [BROWSER, ("content-type", "application/x-www-form-urlencoded")];
    let url = format!("{}{}", server.url(), &path[1..]);
    request_with("POST", &url, &[&form, headers].concat(), &format!("token={token}"))
}

/// Logs in, and returns the cookie as it is sent back.
#[track_caller]
fn cookie(server: &Running) -> String {
    let answer = submit(server, "/login", TOKEN, &[]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn ask_for_socket(server: &Running, headers: &str) -> u16 {
    let head = format!(
        "GET /api/v1/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
        host(&server.url())
    );
    send_for_head(&server.url(), head.as_bytes()).status
}

#[test]
fn without_the_token_nothing_is_revealed() {
    let (_place, server) = closed();
    for path in [
        "/api/v1/stats",
        "/api/v1/config",
        "/api/v1/nothing",
        "/api/nothing",
        "/metrics",
        "/_app/a.js",
        "/api/docs/",
    ] {
        let answer = ask(&server, path, &[]);
        check_problem(&answer, 401, path);
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"ctm\"", "{path}");
    }
    let post = request("POST", &format!("{}api/v1/stats", server.url()), &[]);
    check_problem(&post, 401, "/api/v1/stats");
    assert_eq!(ask_for_socket(&server, ""), 401);
    // Monitoring has no token, and gets a minimum of information.
    let health = ask(&server, "/api/v1/health", &[]);
    assert_eq!(
        (health.status, health.json()),
        (200, json!({"status": "healthy", "version": env!("CARGO_PKG_VERSION")}))
    );
    assert!(ask(&server, "/api/v1/health", &[("authorization", BEARER)]).json()["database"]["ok"] == true);
    server.stop();
}

#[test]
fn programs_send_the_token_in_a_header() {
    let (_place, server) = closed();
    for bearer in [BEARER, "bearer correct-horse-battery-staple", "BEARER  correct-horse-battery-staple"] {
        assert_eq!(ask(&server, "/api/v1/stats", &[("authorization", bearer)]).status, 200, "{bearer}");
        assert_eq!(ask(&server, "/", &[("authorization", bearer)]).status, 200, "{bearer}");
        assert_eq!(ask_for_socket(&server, &format!("authorization: {bearer}\r\n")), 101, "{bearer}");
    }
    for wrong in [
        "Bearer",
        "Bearer ",
        "Bearer correct-horse-battery-stapl",
        "Bearer correct-horse-battery-staple2",
        "Bearer Correct-horse-battery-staple",
        "Basic Y3RtOmNvcnJlY3QtaG9yc2UtYmF0dGVyeS1zdGFwbGU=",
        "correct-horse-battery-staple",
    ] {
        let answer = ask(&server, "/api/v1/stats", &[("authorization", wrong)]);
        check_problem(&answer, 401, "/api/v1/stats");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(ask_for_socket(&server, &format!("authorization: {wrong}\r\n")), 401, "{wrong}");
        // A wrong token is refused even on public routes.
        assert_eq!(ask(&server, "/api/v1/health", &[("authorization", wrong)]).status, 401, "{wrong}");
    }
    assert_eq!(ask(&server, "/api/v1/stats", &[("authorization", BEARER)]).status, 200);
    server.stop();
}

#[test]
fn a_token_in_an_address_is_refused_with_a_hint() {
    let (_place, server) = closed();
    for path in ["/api/v1/stats", "/api/v1/ws", "/api/v1/health", "/metrics", "/", "/login"] {
        for name in ["token", "access_token", "ACCESS_TOKEN", "%74oken"] {
            let answer = ask(&server, &format!("{path}?tz=UTC&{name}={TOKEN}"), &[("authorization", BEARER)]);
            let codes = check_problem(&answer, 400, path);
            assert!(codes.iter().all(|(_, code)| code == "secret_in_address"), "{codes:?}");
            assert!(answer.body.contains("Authorization: Bearer") && !answer.body.contains(TOKEN));
        }
    }
    assert_eq!(ask(&server, "/api/v1/stats", &[("authorization", BEARER)]).status, 200);
    server.stop();
}

#[test]
fn a_browser_is_sent_to_the_login_page_and_back() {
    let (_place, server) = closed();
    for (path, next) in [
        ("/", "%2F"),
        ("/sessions/1?range=7d", "%2Fsessions%2F1%3Frange%3D7d"),
        ("/api/docs/", "%2Fapi%2Fdocs%2F"),
    ] {
        let answer = ask(&server, path, &[BROWSER]);
        assert_eq!((answer.status, answer.header("location")), (303, &*format!("/login?next={next}")));
        assert_eq!(answer.header("cache-control"), "no-store");
        let back = submit(&server, answer.header("location"), TOKEN, &[]);
        assert_eq!((back.status, back.header("location")), (303, path));
    }
    for elsewhere in
        ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%0d%0aset-cookie:a=b"]
    {
        let back = submit(&server, &format!("/login?next={elsewhere}"), TOKEN, &[]);
        assert_eq!((back.status, back.header("location")), (303, "/"), "{elsewhere}");
    }
    assert_eq!(ask(&server, "/", &[("cookie", &cookie(&server))]).status, 200);
    // With a link from elsewhere the browser sends no cookie; with the next request it does.
    let linked = ask(&server, "/login?next=%2Fsessions", &[BROWSER, ("sec-fetch-site", "cross-site")]);
    assert_eq!(linked.status, 200);
    assert!(
        linked.body.contains("http-equiv=\"refresh\"") && !linked.body.contains("<form"),
        "{}",
        linked.body
    );
    let again = ask(&server, "/login?next=%2Fsessions", &[("cookie", &cookie(&server))]);
    assert_eq!((again.status, again.header("location")), (303, "/sessions"));
    server.stop();
}

#[test]
fn the_login_page_is_plain_and_speaks_two_languages() {
    let (_place, server) = closed();
    let page = |language: &str| ask(&server, "/login", &[BROWSER, ("accept-language", language)]);
    for (wishes, language, word) in [
        ("en-GB,en;q=0.9", "en", "Log in"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "登录"),
        ("en;q=0.5,zh-TW", "zh", "登录"),
        ("fr, de", "en", "Log in"),
        ("*", "en", "Log in"),
    ] {
        let page = page(wishes);
        assert_eq!((page.status, page.header("content-language")), (200, language), "{wishes}");
        assert!(
            page.body.contains(&format!("<html lang=\"{language}\">")) && page.body.contains(word),
            "{wishes}"
        );
        assert!(
            !page.body.contains("<script") && !page.body.contains("style=") && !page.body.contains("<style")
        );
        assert!(!page.body.contains('{') && !page.body.contains("alert"), "{}", page.body);
    }
    let page = page("en");
    assert!(page.header("content-security-policy").starts_with("default-src 'self';"));
    // By `no-referrer`, browsers would not say that the form is ours.
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("same-origin", "no-store"));
    let style = ask(&server, "/login.css", &[]);
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(page.body.contains("href=\"/login.css\""));
    let head = request("HEAD", &format!("{}login", server.url()), &[("accept-encoding", "identity")]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let other = request("DELETE", &format!("{}login", server.url()), &[]);
    check_problem(&other, 405, "/login");
    assert_eq!(other.header("allow"), "GET, HEAD, POST, OPTIONS");
    server.stop();
}

#[test]
fn a_login_returns_a_cookie_with_full_access() {
    let (_place, server) = closed();
    let answer = submit(&server, "/login", TOKEN, &[]);
    let set = answer.header("set-cookie");
    for part in ["ctm_session_", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=2592000"] {
        assert!(set.contains(part), "`{part}` is not in {set}");
    }
    assert!(!set.contains("Secure") && !set.contains(TOKEN), "{set}");
    let encrypted = submit(&server, "/login", TOKEN, &[("x-forwarded-proto", "https")]);
    assert!(encrypted.header("set-cookie").contains("; Secure"));
    let cookie = cookie(&server);
    for path in ["/", "/api/v1/stats", "/api/v1/config", "/login.css"] {
        assert_eq!(ask(&server, path, &[("cookie", &cookie)]).status, 200, "{path}");
    }
    assert!(ask(&server, "/api/v1/health", &[("cookie", &cookie)]).json()["uptime"].is_u64());
    let own = format!("origin: http://{}\r\n", host(&server.url()));
    assert_eq!(ask_for_socket(&server, &format!("cookie: other=1; {cookie}\r\n{own}")), 101);
    // A page may log in without being left.
    let json = [("content-type", "application/json")];
    let login = format!("{}login", server.url());
    let body = json!({ "token": TOKEN }).to_string();
    let quiet = request_with("POST", &login, &json, &body);
    assert_eq!((quiet.status, quiet.body.as_str()), (204, ""));
    assert!(quiet.header("set-cookie").starts_with("ctm_session_"));
    server.stop();
}

#[test]
fn a_cookie_is_not_enough_without_an_origin() {
    let (_place, server) = closed();
    let cookie = cookie(&server);
    let own = format!("http://{}", host(&server.url()));
    let post = |headers: &[(&str, &str)]| {
        let url = format!("{}api/v1/stats", server.url());
        request("POST", &url, &[&[("cookie", cookie.as_str())], headers].concat()).status
    };
    assert_eq!(post(&[]), 403);
    assert_eq!(post(&[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(post(&[("sec-fetch-site", "same-site")]), 403);
    assert_eq!(post(&[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")]), 403);
    // There is nothing to send there, but authorized clients learn that.
    assert_eq!(post(&[("origin", &own)]), 405);
    assert_eq!(post(&[("sec-fetch-site", "same-origin")]), 405);
    assert_eq!(post(&[("sec-fetch-site", "none")]), 405);
    assert_eq!(ask_for_socket(&server, &format!("cookie: {cookie}\r\n")), 403);
    assert_eq!(ask_for_socket(&server, &format!("cookie: {cookie}\r\norigin: http://evil.example\r\n")), 403);
    assert_eq!(ask_for_socket(&server, &format!("cookie: {cookie}\r\norigin: {own}\r\n")), 101);
    server.stop();
}

#[test]
fn a_login_outlives_the_server_but_neither_its_token_nor_a_month() {
    let place = Place::everyday();
    let at = |now: &str, token: &str| Running::at(now, &place, &[("auth_token", token)]);
    let server = at("2026-03-11T10:00:00Z", TOKEN);
    let cookie = cookie(&server);
    server.stop();
    let check = |now: &str, token: &str, cookie: &str, expected: u16| {
        let server = at(now, token);
        assert_eq!(ask(&server, "/api/v1/stats", &[("cookie", cookie)]).status, expected, "{now} {cookie}");
        server.stop();
    };
    check("2026-03-11T11:00:00Z", TOKEN, &cookie, 200);
    check("2026-04-10T09:59:59Z", TOKEN, &cookie, 200);
    check("2026-04-10T10:00:00Z", TOKEN, &cookie, 401);
    check("2026-03-11T11:00:00Z", "another-horse-battery", &cookie, 401);
    // A clock that was set back a little ends no login; one that was years ahead started none.
    check("2026-03-11T08:00:00Z", TOKEN, &cookie, 200);
    check("2016-03-11T10:00:00Z", TOKEN, &cookie, 401);
    let (name, value) = cookie.split_once('=').unwrap();
    let (until, tag) = value.split_once('.').unwrap();
    let longer = until.parse::<i64>().unwrap() + 1;
    for forged in
        [format!("{longer}.{tag}"), until.to_owned(), format!("{until}."), format!(".{tag}"), String::new()]
    {
        check("2026-03-11T11:00:00Z", TOKEN, &format!("{name}={forged}"), 401);
    }
}

#[test]
fn a_logout_removes_the_cookie() {
    let (_place, server) = closed();
    let logout = format!("{}logout", server.url());
    let cookie = cookie(&server);
    let own = format!("http://{}", host(&server.url()));
    let from_page = [BROWSER, ("cookie", cookie.as_str()), ("origin", &own)];
    let answer = request("POST", &logout, &from_page);
    assert_eq!((answer.status, answer.header("location")), (303, "/login"));
    let removal = answer.header("set-cookie");
    assert!(removal.starts_with(&format!("{}=;", cookie.split_once('=').unwrap().0)), "{removal}");
    assert!(removal.contains("Max-Age=0") && removal.contains("Path=/"), "{removal}");
    let quiet = request("POST", &logout, &[("cookie", &cookie), ("origin", &own)]);
    assert_eq!((quiet.status, quiet.body.as_str()), (204, ""));
    check_problem(&request("GET", &logout, &[]), 405, "/logout");
    server.stop();
}

#[test]
fn wrong_tokens_are_refused_and_soon_rate_limited() {
    let (_place, server) = closed();
    let cookie = cookie(&server);
    for _ in 0..4 {
        let page = submit(&server, "/login", "wrong", &[]);
        assert_eq!((page.status, page.header("set-cookie")), (401, ""));
        assert!(page.body.contains("<p role=\"alert\">Wrong token.</p>"), "{}", page.body);
        assert_eq!(page.header("www-authenticate"), "Bearer realm=\"ctm\"");
    }
    let program = [("content-type", "application/json")];
    let wrong = request_with("POST", &format!("{}login", server.url()), &program, "{\"token\":\"wrong\"}");
    check_problem(&wrong, 401, "/login");
    // Not even the right one, or guessing would continue.
    let page = submit(&server, "/login", TOKEN, &[("accept-language", "zh")]);
    assert_eq!((page.status, page.header("set-cookie")), (429, ""));
    assert!((1..=12).contains(&page.header("retry-after").parse::<u64>().unwrap()));
    assert!(page.body.contains("一分钟后再试"), "{}", page.body);
    // A logged-in client stays logged in.
    assert_eq!(ask(&server, "/api/v1/stats", &[("cookie", &cookie)]).status, 200);
    assert_eq!(ask(&server, "/api/v1/stats", &[("authorization", BEARER)]).status, 200);
    server.stop();
}

#[test]
fn programs_that_guess_are_slowed_down() {
    let (_place, server) = closed();
    let guess = || ask(&server, "/api/v1/stats", &[("authorization", "Bearer wrong")]);
    let refused = (0..1_000).map(|_| guess()).find(|answer| answer.status != 401).unwrap();
    check_problem(&refused, 429, "/api/v1/stats");
    assert_eq!(ask(&server, "/api/v1/health", &[]).status, 200);
    server.stop();
}

#[test]
fn without_a_token_there_is_nothing_to_log_in_to() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    let page = ask(&server, "/login?next=%2Fsessions", &[BROWSER]);
    assert_eq!((page.status, page.header("location")), (303, "/sessions"));
    let form = submit(&server, "/login", "anything", &[]);
    assert_eq!((form.status, form.header("set-cookie"), form.header("location")), (303, "", "/"));
    assert_eq!(get(&server.url()).status, 200);
    server.stop();
}

#[test]
fn settings_never_show_the_token() {
    let (place, server) = closed();
    let config = ask(&server, "/api/v1/config", &[("authorization", BEARER)]);
    assert!(!config.body.contains(TOKEN));
    let value = |config: &Answer, name: &str| {
        let config = config.json();
        let settings = config["settings"].as_array().unwrap().clone();
        settings.into_iter().find(|setting| setting["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(value(&config, "auth_token"), "set");
    server.stop();
    let open = Running::at(NOW, &place, &[]);
    let config = ask(&open, "/api/v1/config", &[]);
    assert_eq!((value(&config, "auth_token"), value(&config, "auth")), (json!("not set"), json!("token")));
    open.stop();
}

#[cfg(unix)]
#[test]
fn no_log_line_has_the_token_or_a_query() {
    let place = Place::everyday();
    let log = place.path().join("ctm.log");
    let args = ["serve", "--port", "0", "--log-level", "trace", "--log-file", log.to_str().unwrap()];
    let server = Process::spawn(place.ctm(&args).env("CTM_AUTH_TOKEN", TOKEN));
    let ask = |path: &str, headers: &[(&str, &str)]| {
        request("GET", &format!("{}{path}", server.url()), headers).status
    };
    assert_eq!(ask("api/v1/stats?project=a-secret-project", &[("authorization", BEARER)]), 200);
    assert_eq!(ask("api/v1/stats?token=correct-horse-battery-staple", &[]), 400);
    assert_eq!(ask("sessions?token=correct-horse-battery-staple", &[]), 400);
    assert_eq!(ask("api/v1/stats", &[("authorization", "Bearer a-secret-guess")]), 401);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let login = request_with(
        "POST",
        &format!("{}login?next=%2Fa-secret-page", server.url()),
        &form,
        &format!("token={TOKEN}"),
    );
    assert_eq!(login.status, 303);
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(ask("api/v1/stats", &[("cookie", &cookie), ("x-request-id", "the-last-one")]), 200);
    server.line("the-last-one");
    server.signal(rustix::process::Signal::TERM);
    assert!(server.end().success());
    let files = std::fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().path());
    let logs = files.filter(|file| file.extension().is_some_and(|extension| extension == "log"));
    let written: String = logs.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(written.contains("a wrong token") && written.contains("path=\"/api/v1/stats\""), "{written}");
    let (_, secret) = cookie.split_once('=').unwrap();
    for secret in [TOKEN, "a-secret", secret] {
        let line = written.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
