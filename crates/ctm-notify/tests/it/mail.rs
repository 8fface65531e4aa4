//! Mail, to a server of the tests.

use crate::config::{NOW, channel, notice, opened, with_report};
use crate::mail_server::{Course, session};
use ctm_notify::{Notice, SendFailure, Sent};
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

/// A server that receives one session and returns its lines.
fn server(refused: Option<(&'static str, &'static str)>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let course = Course { refused, ..Course::default() };
    (address, thread::spawn(move || session(listener.accept().unwrap().0, course).0))
}

fn send(address: SocketAddr, lines: &str, notice: &Notice) -> Result<Sent, SendFailure> {
    let channel = channel(&format!(
        "kind = 'smtp'\nhost = '127.0.0.1'\nport = {}\nfrom = 'Monitor <ctm@a.example>'\n\
         to = ['me@b.example', 'you@b.example']\nallow_private = true\n{lines}",
        address.port()
    ));
    channel.send(notice, NOW)
}

const LOGIN: &str = "tls = 'none'\nuser = 'user'\npassword = 'password-hush'";

#[test]
fn a_mail_is_received_as_it_is_meant() {
    let (address, session) = server(None);
    let long = Notice { text: "83 % of $200.00 is used.\n.\nend".to_owned(), ..notice() };
    assert_eq!(send(address, LOGIN, &long).unwrap().text, "the mail server answers 250");
    let lines = session.join().unwrap();
    let has = |expected: &str| assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:#?}");
    // The user and the password, separated by NUL.
    has("AUTH PLAIN AHVzZXIAcGFzc3dvcmQtaHVzaA==");
    has("MAIL FROM:<ctm@a.example>");
    has("RCPT TO:<me@b.example>");
    has("RCPT TO:<you@b.example>");
    has("From: Monitor <ctm@a.example>");
    has("To: me@b.example, you@b.example");
    has("Subject: Budget <team> is at 83 %");
    has("Date: Thu, 01 Jan 2026 00:00:00 +0000");
    has("Message-ID: <0123456789abcdef0123456789abcdef@ctm.invalid>");
    has("Auto-Submitted: auto-generated");
    has("Content-Type: text/plain; charset=utf-8");
    has("83 % of $200.00 is used.");
    // A line that would end the mail.
    has("..");
    has("end");
}

#[test]
fn a_report_is_sent_as_markdown_and_as_a_page() {
    let (address, session) = server(None);
    send(address, "tls = 'none'", &with_report()).unwrap();
    let lines = session.join().unwrap();
    let at = |expected: &str| {
        let found: Vec<_> = (0..lines.len()).filter(|at| lines[*at].contains(expected)).collect();
        let [at] = found[..] else { panic!("{expected}: {lines:#?}") };
        at
    };
    let order = [
        at("Subject: Budget <team> is at 83 %"),
        at("Content-Type: multipart/alternative;"),
        at("Content-Type: text/plain; charset=utf-8"),
        at("# Claude Code usage"),
        at("Content-Type: text/html; charset=utf-8"),
        at("<h1>Claude Code usage</h1>"),
    ];
    assert!(order.is_sorted(), "{order:?}: {lines:#?}");
}

#[test]
fn no_name_adds_a_header_or_a_recipient() {
    let (address, session) = server(None);
    let title = "a\r\nBcc: them@c.example\r\n\r\nb".to_owned();
    let other = Notice { title, text: "c\r\n.\r\nRCPT TO:<them@c.example>".to_owned(), ..notice() };
    send(address, "tls = 'none'", &other).unwrap();
    let lines = session.join().unwrap();
    let end = lines.iter().position(|line| line == "DATA").unwrap();
    assert_eq!(lines[..end].iter().filter(|line| line.starts_with("RCPT")).count(), 2, "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("Bcc")), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| *line == ".").count(), 1, "{lines:#?}");
}

#[test]
fn a_temporary_refusal_is_tried_again_and_a_permanent_one_is_not() {
    let refused = |command, answer, lines: &str| {
        let (address, session) = server(Some((command, answer)));
        let failure = send(address, lines, &notice()).unwrap_err();
        session.join().unwrap();
        assert!(!failure.text.contains("hush") && !failure.text.contains('\n'), "{failure:?}");
        failure
    };
    let busy = refused("MAIL", "451 busy", LOGIN);
    assert!(busy.can_retry && busy.text.contains("451"), "{busy:?}");
    assert!(!refused("RCPT", "550 no such user", LOGIN).can_retry);
    assert!(!refused("AUTH", "535 wrong password-hush of user", LOGIN).can_retry);
}

#[test]
fn nothing_is_sent_without_the_encryption_that_is_asked_for() {
    let (address, session) = server(None);
    let failure = send(address, "tls = 'starttls'\nuser = 'user'\npassword = 'hush'", &notice()).unwrap_err();
    assert!(!failure.can_retry && failure.text.contains("STARTTLS is not supported"), "{failure:?}");
    let lines = session.join().unwrap();
    assert!(!lines.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{lines:?}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let first = thread::spawn(move || {
        let mut byte = [0];
        listener.accept().unwrap().0.read_exact(&mut byte).unwrap();
        byte[0]
    });
    assert!(send(address, "tls = 'tls'", &notice()).unwrap_err().can_retry);
    assert_eq!(first.join().unwrap(), 0x16, "no greeting of TLS");
}

#[test]
fn a_private_server_is_refused_unless_it_is_permitted() {
    let lines = "kind = 'smtp'\nhost = '127.0.0.1'\nfrom = 'a@b.example'\nto = ['a@b.example']";
    let failure = opened(lines, &|_| None).unwrap().send(&notice(), NOW).unwrap_err();
    assert!(failure.text.contains("its address 127.0.0.1 is private") && !failure.can_retry, "{failure:?}");
    // Without encryption no other machine is connected to, not even one that is permitted.
    let lines = lines.replace("127.0.0.1", "10.255.255.1") + "\nallow_private = true\ntls = 'none'";
    let failure = opened(&lines, &|_| None).unwrap().send(&notice(), NOW).unwrap_err();
    assert!(failure.text.contains("without encryption only a server on this machine"), "{failure:?}");
}
