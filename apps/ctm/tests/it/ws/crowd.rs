//! Many clients at once.

use super::{everyday, respond};
use crate::http::get;
use crate::socket::Socket;

#[test]
fn more_clients_than_may_come_are_turned_away_until_one_leaves() {
    let (_place, server) = everyday(&[("ws_clients", "2")]);
    let mut clients = [Socket::greeted(&server.url()), Socket::greeted(&server.url())];
    assert_eq!(server.clients(), 2);
    let answer = get(&format!("{}api/v1/ws", server.url()));
    assert_eq!((answer.status, answer.header("content-type")), (503, "application/problem+json"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("maximum of 2 clients"));

    assert_eq!(clients[0].ask_to_close(), 1000);
    assert_eq!(server.clients(), 1);
    Socket::greeted(&server.url());
    server.stop();
}

#[test]
fn all_clients_of_a_zone_get_the_same() {
    let (place, server) = everyday(&[]);
    let mut witness = Socket::greeted(&server.url());
    let mut crowd: Vec<_> = (0..50).map(|_| Socket::greeted(&server.url())).collect();
    assert_eq!(server.clients(), 51);
    for number in 1..=3 {
        let update = respond(&place, "live", number, &mut witness);
        for client in &mut crowd {
            assert_eq!(client.next(), update);
        }
    }
    server.stop();
}
