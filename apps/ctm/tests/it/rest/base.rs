//! The server under a base path, as a proxy asks it.

use super::NOW;
use super::problems::check_problem;
use crate::http::{Answer, host, request, request_with};
use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use serde_json::json;

const TOKEN: &str = "correct-horse-battery-staple";

/// A browser's wishes.
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

fn below(flags: &[(&'static str, &str)]) -> (Place, Running) {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[&[("base_path", "/ctm/")], flags].concat());
    (place, server)
}

/// Asks for a path from outside.
fn ask(server: &Running, path: &str) -> Answer {
    request("GET", &format!("http://{}{path}", host(&server.url())), &[BROWSER])
}

#[test]
fn everything_is_answered_below_the_base_path() {
    let (_place, server) = below(&[]);
    assert!(server.url().ends_with("/ctm/"), "{}", server.url());
    let stats = ask(&server, "/ctm/api/v1/stats?range=all");
    assert_eq!((stats.status, &stats.json()["totals"]["responses"]), (200, &json!(6)));
    assert_eq!(ask(&server, "/ctm/metrics").status, 200);
    check_problem(&ask(&server, "/ctm/api/v1/sessions/none"), 404, "/ctm/api/v1/sessions/none");
    check_problem(&ask(&server, "/ctm/../api/v1/stats"), 400, "/ctm/../api/v1/stats");
    let document = ask(&server, "/ctm/api/v1/openapi.json").json();
    assert_eq!(document["servers"], json!([{ "url": "/ctm" }]));
    let config = ask(&server, "/ctm/api/v1/config").json().to_string();
    assert!(config.contains("\"/ctm/\""), "{config}");
    Socket::greeted(&server.url());
    server.stop();
}

#[test]
fn every_address_of_a_page_is_below_it_and_pages_are_led_there() {
    let (_place, server) = below(&[]);
    for path in ["/ctm/", "/ctm/sessions/1?range=7d"] {
        let page = ask(&server, path);
        assert_eq!(page.status, 200, "{path}");
        let addresses: Vec<_> = page.body.split("=\"/").skip(1).collect();
        assert!(
            !addresses.is_empty() && addresses.iter().all(|address| address.starts_with("ctm/")),
            "{path}"
        );
    }
    for (path, to) in [
        ("/", "/ctm/"),
        ("/ctm", "/ctm/"),
        ("/ctm?range=7d", "/ctm/?range=7d"),
        ("/sessions/1?range=7d", "/ctm/sessions/1?range=7d"),
        ("/login", "/ctm/login"),
    ] {
        let answer = ask(&server, path);
        assert_eq!((answer.status, answer.header("location")), (307, to), "{path}");
    }
    // Monitoring requests the server directly.
    for path in ["/api/v1/health", "/api/v1/stats", "/metrics"] {
        assert_eq!(ask(&server, path).status, 200, "{path}");
    }
    server.stop();
}

#[test]
fn a_login_redirects_to_the_requested_page() {
    let (_place, server) = below(&[("auth_token", TOKEN)]);
    let wanted = ask(&server, "/ctm/sessions?range=7d");
    let login = "/ctm/login?next=%2Fctm%2Fsessions%3Frange%3D7d";
    assert_eq!((wanted.status, wanted.header("location")), (303, login));
    let page = ask(&server, login);
    assert!(page.body.contains("href=\"/ctm/login.css\""), "{}", page.body);

    let form = [BROWSER, ("content-type", "application/x-www-form-urlencoded")];
    let submit = |path: &str| {
        let url = format!("http://{}{path}", host(&server.url()));
        request_with("POST", &url, &form, &format!("token={TOKEN}"))
    };
    assert_eq!(submit(login).header("location"), "/ctm/sessions?range=7d");
    let answer = submit("/ctm/login");
    assert_eq!(answer.header("location"), "/ctm/");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; Path=/ctm/;"), "{cookie}");
    let cookie = ("cookie", cookie.split(';').next().unwrap());
    let logged_in = request("GET", &format!("{}api/v1/stats", server.url()), &[cookie]);
    assert_eq!(logged_in.status, 200);
    let own = format!("http://{}", host(&server.url()));
    let logout = request("POST", &format!("{}logout", server.url()), &[BROWSER, cookie, ("origin", &own)]);
    assert_eq!((logout.status, logout.header("location")), (303, "/ctm/login"));
    server.stop();
}
