//! What goes wrong with services: nothing is lost silently, nothing is shown that is secret, and no time is lost.

use crate::config::{NOW, channel, notice, opened};
use crate::server::Server;
use ctm_notify::{Channel, SendFailure};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::thread;

fn webhook(address: SocketAddr) -> Channel {
    channel(&format!(
        "kind = 'webhook'\nurl = 'http://{address}/path-hush?key=key-hush'\ntoken = 'token-hush'\nsecret = 'secret-hush'\n\
         allow_private = true\nallow_http = true"
    ))
}

fn failure(answer: &str) -> SendFailure {
    let server = Server::answering(answer);
    let failure = webhook(server.address).send(&notice(), NOW).unwrap_err();
    assert_eq!(server.received().len(), 1);
    assert!(!failure.text.contains("hush") && !failure.text.contains('\n'), "{failure:?}");
    failure
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::answering("200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let failure = failure(&format!(
            "{status} Elsewhere\r\nlocation: http://{}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            other.address
        ));
        assert!(!failure.can_retry && failure.text.contains("redirects are not followed"), "{failure:?}");
    }
    assert!(other.received().is_empty());
}

#[test]
fn a_busy_service_is_tried_again_when_it_says() {
    let after = |value: &str| {
        let failure = failure(&format!(
            "429 Too Many Requests\r\nretry-after: {value}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ));
        assert!(failure.can_retry);
        failure.retry_after_ms
    };
    assert_eq!(after("120"), Some(120_000));
    assert_eq!(after("Thu, 01 Jan 2026 00:01:00 GMT"), Some(60_000));
    assert_eq!(after("Wed, 31 Dec 2025 00:00:00 GMT"), None);
    assert_eq!(after("soon"), None);
    assert_eq!(after("99999999999999999999"), None);
    assert_eq!(after("99999999999"), Some(6 * 60 * 60 * 1_000));
}

#[test]
fn an_answer_that_repeats_secrets_shows_none() {
    let body = "no such key-hush at /path-hush?key=key-hush for Bearer token-hush\r\n\u{1b}[31m secret-hush";
    let length = body.len();
    let shown =
        failure(&format!("403 Forbidden\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"));
    let expected =
        r"webhook answers 403: no such [secret] at /[secret] for Bearer [secret]\r\n\u{1b}[31m [secret]";
    assert_eq!((shown.text.as_str(), shown.can_retry), (expected, false));
}

#[test]
fn an_endless_answer_is_read_in_part() {
    let server = Server::with(|stream| {
        stream.write_all(b"HTTP/1.1 500 Oh\r\nconnection: close\r\n\r\n")?;
        loop {
            stream.write_all(&[b'x'; 1024])?;
        }
    });
    let failure = webhook(server.address).send(&notice(), NOW).unwrap_err();
    assert!(failure.can_retry && failure.text.chars().count() <= 200, "{failure:?}");
}

#[test]
fn an_answer_that_is_none_is_a_failure() {
    for answer in ["", "\r\n\r\n", "999", "200 OK\r\ncontent-length: -1\r\n\r\n"] {
        assert!(failure(answer).can_retry, "{answer}");
    }
    let headers = "x: y\r\n".repeat(20_000);
    assert!(failure(&format!("200 OK\r\n{headers}\r\n")).can_retry);
}

#[test]
fn nothing_is_sent_without_encryption_to_an_address_with_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let first = thread::spawn(move || {
        let mut byte = [0];
        std::io::Read::read_exact(&mut listener.accept().unwrap().0, &mut byte).unwrap();
        byte[0]
    });
    let lines = format!("kind = 'slack'\nurl = 'https://{address}/hush'\nallow_private = true");
    let failure = channel(&lines).send(&notice(), NOW).unwrap_err();
    assert!(failure.can_retry && !failure.text.contains("hush"), "{failure:?}");
    assert_eq!(first.join().unwrap(), 0x16, "no greeting of TLS");
}

#[test]
fn a_channel_that_cannot_send_says_what_to_change() {
    let check = |lines: &str, expected: &str| {
        let error = opened(lines, &|_| None).unwrap_err();
        assert!(error.starts_with("channel `a`: ") && error.contains(expected), "{error}");
        assert!(!error.contains("hush"), "{error}");
    };
    check("kind = 'slack'\nurl = 'http://hush.example'", "`url` is not encrypted; allowed: ");
    check("kind = 'slack'\nurl = 'hush'", "`url` is no address; allowed: ");
    check("kind = 'ntfy'\nurl = 'https://hush.example'", "`url` has no topic; allowed: ");
    check("kind = 'slack'\nurl_env = 'NOWHERE'", "the variable `NOWHERE` is not set; set it");
    check("kind = 'slack'\nurl_file = 'nowhere'", "nowhere`: No such file");
    check(
        "kind = 'smtp'\nhost = 'a'\nfrom = 'hush'\nto = ['a@b.example']",
        "`from` has no mail address; allowed: ",
    );
    check("kind = 'smtp'\nhost = 'a/hush'\nfrom = 'a@b.example'\nto = ['a@b.example']", "`host` is no name");
    let shown = format!("{:?}", webhook("127.0.0.1:1".parse().unwrap()));
    assert!(shown.contains("webhook") && !shown.contains("hush"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("url");
    std::fs::write(&path, "https://hooks.example/hush").unwrap();
    let warnings = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let channel = channel(&format!("kind = 'slack'\nurl_file = '{}'", path.display()));
        channel.warnings().collect::<Vec<_>>()
    };
    assert_eq!(warnings(0o600), [""; 0]);
    let [warning] = &warnings(0o644)[..] else { panic!() };
    assert!(
        warning.contains("channel `a`") && warning.ends_with(&format!("; chmod 600 '{}'", path.display())),
        "{warning}"
    );
}
