//! Behind a proxy, limits apply to the client reported by a trusted proxy only.

use super::NOW;
use crate::http::{Answer, request, request_with};
use crate::place::Place;
use crate::running::Running;
use serde_json::json;

const TOKEN: &str = "correct-horse-battery-staple";
const BEARER: (&str, &str) = ("authorization", "Bearer correct-horse-battery-staple");

/// Asks as `client` does through a proxy.
fn ask(server: &Running, client: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("x-forwarded-for", client)], headers].concat();
    request("GET", &format!("{}api/v1/stats", server.url()), &headers)
}

/// Logs in as `client` does through a proxy.
fn log_in(server: &Running, client: &str, token: &str) -> u16 {
    let headers = [("x-forwarded-for", client), ("content-type", "application/json")];
    let body = json!({ "token": token }).to_string();
    request_with("POST", &format!("{}login", server.url()), &headers, &body).status
}

#[test]
fn wrong_tokens_of_one_client_do_not_lock_out_others() {
    let place = Place::everyday();
    let flags = [("auth_token", TOKEN), ("trusted_proxies", "127.0.0.0/8")];
    let server = Running::at(NOW, &place, &flags);
    // The part that the client wrote makes no difference.
    let guess = |number: usize| log_in(&server, &format!("203.0.113.{number}, 192.0.2.1"), "wrong");
    let refused = (0..20).map(guess).find(|status| *status != 401);
    assert_eq!(refused, Some(429));
    assert_eq!(log_in(&server, "192.0.2.1", TOKEN), 429);
    assert_eq!(log_in(&server, "192.0.2.2", TOKEN), 204);
    assert_eq!(log_in(&server, "2001:db8::1", TOKEN), 204);
    // Without a valid address, the proxy counts as the client.
    assert_eq!(log_in(&server, "192.0.2.1, nonsense", TOKEN), 204);
    server.stop();
}

#[test]
fn a_client_cannot_take_another_address_unless_its_own_is_trusted() {
    let place = Place::everyday();
    for proxies in ["", "10.0.0.0/8,::1"] {
        let flags = [("auth_token", TOKEN), ("trusted_proxies", proxies)];
        let server = Running::at(NOW, &place, &flags);
        let refused = (0..20).map(|number| log_in(&server, &format!("192.0.2.{number}"), "wrong"));
        assert!(refused.collect::<Vec<_>>().contains(&429), "{proxies}");
        server.stop();
    }
}

#[test]
fn rates_are_those_of_each_client() {
    let place = Place::everyday();
    let flags = [("rate_limit", "1"), ("trusted_proxies", "127.0.0.1")];
    let server = Running::at(NOW, &place, &flags);
    assert!((0..20).any(|_| ask(&server, "192.0.2.1", &[]).status == 429));
    assert_eq!(ask(&server, "192.0.2.2", &[]).status, 200);
    assert_eq!(ask(&server, "192.0.2.1, 127.0.0.1, 192.0.2.3", &[]).status, 200);
    server.stop();
}

#[test]
fn the_right_token_is_let_in_whatever_wrong_ones_came() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    let wrong = [("authorization", "Bearer wrong")];
    let guesses: Vec<_> = (0..200).map(|_| ask(&server, "192.0.2.1", &wrong).status).collect();
    assert!(guesses.contains(&401) && guesses.contains(&429), "{guesses:?}");
    assert_eq!(ask(&server, "192.0.2.1", &[BEARER]).status, 200);
    assert_eq!(ask(&server, "192.0.2.1", &wrong).status, 429);
    server.stop();
}
