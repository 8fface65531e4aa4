//! Memory stays within bounds, whatever clients send and whatever they do not read.

use crate::http::{check_answers, connect, get, host};
use crate::place::Place;
use crate::process::Process;
use crate::running::wait_for;
use crate::socket::Deaf;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The most memory that a server may ever have, in kB.
const MOST_KB: u64 = 100_000;

/// A request with a long response.
const LONG: &str = "/api/v1/openapi.json";

/// A request for the server's health.
const HEALTH: &str = "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn serve(token: Option<&str>) -> (Place, Process) {
    let place = Place::everyday();
    let mut command = place.ctm(&["serve", "--port", "0", "--log-level", "warn,ctm_ingest::updater=info"]);
    let server = Process::spawn(command.envs(token.map(|token| ("CTM_AUTH_TOKEN", token))));
    (place, server)
}

/// Connects, with little room for what is sent to this end.
fn connect_deaf(url: &str) -> TcpStream {
    let server: SocketAddr = host(url).parse().unwrap();
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.into()
}

/// Sends as much as the server takes on each of many connections, of which none reads.
fn flood(server: &Process, connections: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let streams: Vec<_> = (0..connections).map(|_| connect_deaf(server.url())).collect();
    let mut left: Vec<_> = streams.iter().map(|stream| (stream, bytes)).collect();
    for (stream, _) in &left {
        stream.set_nonblocking(true).unwrap();
    }
    // As long as any of them is read from.
    let mut rounds_in_vain = 0;
    while !left.is_empty() && rounds_in_vain < 20 {
        let before: usize = left.iter().map(|(_, bytes)| bytes.len()).sum();
        left.retain_mut(|(stream, bytes)| match stream.write(bytes) {
            Ok(sent) => {
                *bytes = &bytes[sent..];
                !bytes.is_empty()
            }
            Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
        });
        let after: usize = left.iter().map(|(_, bytes)| bytes.len()).sum();
        rounds_in_vain = if after < before { 0 } else { rounds_in_vain + 1 };
        // Others are answered meanwhile.
        check_answers(server.url());
    }
    streams
}

/// Checks that a server stays small when it is flooded, and is well after that. Connections of one flood
/// would count for the next, so that large ones get a server each.
#[track_caller]
fn check(name: &str, server: &Process, flood: impl FnOnce()) {
    flood();
    // Until it has done what it could.
    wait_for(|| {
        let before = server.peak_kb();
        (0..10).for_each(|_| check_answers(server.url()));
        (server.peak_kb() == before).then_some(())
    });
    let peak = server.peak_kb();
    assert!(peak < MOST_KB, "{name}: {peak} kB");
}

#[test]
fn requests_that_come_together_and_are_not_read_take_little_memory() {
    for token in [None, Some("correct-horse-battery-staple")] {
        let (_place, server) = serve(token);
        for (name, request) in [
            ("health", HEALTH.to_owned()),
            ("head", HEALTH.replace("GET", "HEAD")),
            ("options", HEALTH.replace("GET", "OPTIONS")),
            ("delete", HEALTH.replace("GET", "DELETE")),
            ("nothing", HEALTH.replace("health", "nothing")),
            ("foreign", HEALTH.replace("localhost", "evil.example")),
            ("page", HEALTH.replace("/api/v1/health", "/")),
        ] {
            check(name, &server, || drop(flood(&server, 20, request.repeat(5_000).as_bytes())));
        }
    }
}

#[test]
fn memory_is_released_after_a_flood() {
    let (_place, server) = serve(None);
    let before = server.resident_kb();
    for _ in 0..2 {
        let streams = flood(&server, 1_900, HEALTH.as_bytes());
        // The most so far: some of it may be given back already.
        let taken = server.peak_kb().saturating_sub(before);
        assert!(taken > 10_000, "{taken} kB are too little to see");
        drop(streams);
        wait_for(|| (server.resident_kb() < before + taken / 2).then_some(()));
    }
}

#[test]
fn requests_that_come_together_and_are_read_take_little_memory() {
    let (_place, server) = serve(None);
    let url = server.url();
    let read = || {
        let mut stream = connect(url);
        let mut writer = stream.try_clone().unwrap();
        let all =
            [&HEALTH.repeat(5_000), &*HEALTH.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")].concat();
        std::thread::scope(|scope| {
            scope.spawn(move || writer.write_all(all.as_bytes()));
            let mut answers = Vec::new();
            stream.read_to_end(&mut answers).unwrap();
            assert_eq!(crate::http::statuses(&answers).len(), 5_001);
        });
    };
    check("read", &server, || {
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(read))));
    });
}

#[test]
fn heads_and_bodies_that_never_end_take_little_memory() {
    let post = "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let half = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-a: {}", "a".repeat(120_000));
    let empty = "\r\n".repeat(60_000);
    let body = format!("{post}content-length: 65000\r\n\r\n{}", "a".repeat(64_000));
    let chunk = format!("{post}transfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n{}", "a".repeat(200_000));
    let extension = format!("{post}transfer-encoding: chunked\r\n\r\n1;{}", "a".repeat(200_000));
    let upgrade =
        format!("GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\r\n{}", "a".repeat(200_000));
    for (name, bytes, connections) in [
        ("half a head", &half, 1_000),
        ("short halves", &half[..3_500].to_owned(), 1_900),
        ("empty lines", &empty, 300),
        ("half a body", &body, 1_000),
        ("half a chunk", &chunk, 300),
        ("an extension", &extension, 300),
        ("an upgrade", &upgrade, 300),
    ] {
        let (_place, server) = serve(None);
        check(name, &server, || drop(flood(&server, connections, bytes.as_bytes())));
    }
}

#[test]
fn long_answers_that_are_not_read_take_little_memory() {
    for encoding in ["identity", "gzip", "br"] {
        let request =
            format!("GET {LONG} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: {encoding}\r\n\r\n");
        let (_place, server) = serve(None);
        check(encoding, &server, || drop(flood(&server, 200, request.repeat(3).as_bytes())));
    }
}

#[test]
fn websockets_that_are_not_read_take_little_memory() {
    let (_place, server) = serve(None);
    let subscribe =
        br#"{"type":"subscribe","data":{"topics":["stats","sessions","blocks","limits","ingest"]}}"#;
    let mut frames = Vec::new();
    for _ in 0..30 {
        frames.extend([0x81, 0x80 | u8::try_from(subscribe.len()).unwrap(), 0, 0, 0, 0]);
        frames.extend(subscribe);
    }
    let pings = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat().repeat(39);
    // Sent until the server has the client go.
    let tiny = [0x81, 0x80, 0, 0, 0, 0].repeat(5_000);
    for (name, frames, clients) in [("topics", frames, 200), ("pings", pings, 200), ("tiny frames", tiny, 50)]
    {
        check(name, &server, || {
            let mut deaf: Vec<_> = (0..clients).map(|_| Deaf::connect(server.url())).collect();
            deaf.iter_mut().for_each(|client| drop(client.try_send_bytes(&frames)));
        });
    }
    let huge = [&[0x81, 0xFF][..], &(1_u64 << 30).to_be_bytes(), &[0; 4], &[b' '; 1 << 20]].concat();
    check("a huge frame", &server, || {
        let mut deaf: Vec<_> = (0..20).map(|_| Deaf::connect(server.url())).collect();
        deaf.iter_mut().for_each(|client| drop(client.try_send_bytes(&huge)));
    });
}

#[test]
fn a_client_that_does_not_read_does_not_block_others() {
    let (_place, server) = serve(None);
    let request = format!("GET {LONG} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let _deaf = flood(&server, 100, request.repeat(3).as_bytes());
    // The home may still be read.
    let tokens = || get(&format!("{}api/v1/stats", server.url())).json()["totals"]["total_tokens"].as_u64();
    wait_for(|| (tokens() == Some(56_148)).then_some(()));
    // As soon as others need the room, those are let go that take nothing.
    wait_for(|| (get(&format!("{}{}", server.url(), &LONG[1..])).status == 200).then_some(()));
}
