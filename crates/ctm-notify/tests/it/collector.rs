//! The collector: what it is sent, and what its answers are.

use crate::server::Server;
use ctm_config::settings::{Layers, Settings};
use ctm_notify::{Collector, CollectorError};
use std::net::TcpListener;

/// Opens the collector of an environment.
fn opened(url: &str, more: &[(&str, &str)]) -> Result<Collector, CollectorError> {
    let home = tempfile::tempdir().unwrap();
    let all = [("HOME", home.path().to_str().unwrap()), ("CTM_OTLP_EXPORT", url)];
    let all = all.iter().chain(more);
    let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let settings = Settings::new(&Layers { flags: [].into(), environment }).unwrap();
    Collector::open(settings.collector.as_ref().unwrap())
}

const HEADERS: (&str, &str) = ("CTM_OTLP_EXPORT_HEADERS", "authorization=Bearer%20secret-key,x-team=hush");

const LOCAL: [(&str, &str); 2] =
    [("CTM_OTLP_EXPORT_ALLOW_PRIVATE", "true"), ("CTM_OTLP_EXPORT_ALLOW_HTTP", "true")];

/// Sends to a server with one answer; returns what the collector says.
fn sent(answer: &str) -> (Server, Result<Vec<u8>, String>) {
    let server = Server::answering(answer);
    let url = format!("http://{}/v1/metrics", server.address);
    let collector = opened(&url, &[LOCAL[0], LOCAL[1], HEADERS]).unwrap();
    let sent = collector.send("application/x-protobuf", b"body");
    assert!(!format!("{sent:?}{collector:?}").contains("secret-key"), "{sent:?}");
    (server, sent)
}

#[test]
fn a_body_is_posted_once_with_the_headers() {
    let (server, sent) = sent("200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n\n\0");
    assert_eq!(sent, Ok(b"\n\0".to_vec()));
    let [received] = &server.received()[..] else { panic!("not one request") };
    assert_eq!((&*received.line, &*received.body), ("POST /v1/metrics HTTP/1.1", "body"));
    let headers = ["content-type", "authorization", "x-team"].map(|name| &*received.headers[name]);
    assert_eq!(headers, ["application/x-protobuf", "Bearer secret-key", "hush"]);
}

#[test]
fn a_refusal_has_its_reason_and_no_secret() {
    let check = |answer: &str, expected: &str| {
        let (server, sent) = sent(answer);
        assert_eq!((sent, server.received().len()), (Err(expected.to_owned()), 1));
    };
    check("401 Unauthorized\r\nconnection: close\r\n\r\n", "answers 401");
    check(
        "403 Forbidden\r\nconnection: close\r\n\r\nno Bearer secret-key, secret-key",
        "answers 403: no [secret], [secret]",
    );
    check("429 Too Many\r\nconnection: close\r\n\r\n\u{8}\u{8}\u{12}\u{3}slow", "answers 429: slow");
    check(
        "302 Found\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n",
        "answers 302: redirects are not followed; specify the address itself",
    );
}

#[test]
fn an_address_is_public_and_encrypted_unless_the_settings_permit_otherwise() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"] {
        let collector = opened(&format!("http://{host}:{port}/"), &LOCAL[1..]).unwrap();
        let failure = collector.send("a/b", b"").unwrap_err();
        let refused = "is private; permit it with `otlp_export_allow_private = true`";
        assert!(failure.contains(refused) || failure.contains("cannot be resolved"), "{host}: {failure}");
    }
    let metadata = opened("http://169.254.169.254/", &LOCAL).unwrap().send("a/b", b"").unwrap_err();
    assert!(metadata.starts_with("is not connected to: its address 169.254.169.254"), "{metadata}");
    assert!(listener.accept().is_err(), "a connection was made");
    let refused = |url| opened(url, &[]).unwrap_err();
    assert_eq!(refused("http://otel.example/v1/metrics"), CollectorError::Unencrypted);
    assert_eq!(refused("https:///v1/metrics"), CollectorError::Address);
    assert!(refused("http://a.example").to_string().contains("`otlp_export_allow_http = true`"));
}
