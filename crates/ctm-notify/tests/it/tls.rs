//! Encrypted connections, to servers with a certificate that the system of a child process trusts.

use crate::config::{NOW, channel, notice};
use crate::mail_server::{Course, session};
use ctm_notify::{SendFailure, Sent};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// The variable with the certificates that are trusted in place of those of the system.
const TRUSTED: &str = "SSL_CERT_FILE";

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/authority.pem");

/// Runs a test of this module in a process that trusts the authority of the tests. Returns whether this is that process.
fn trusts(test: &str) -> bool {
    if std::env::var_os(TRUSTED).is_some_and(|path| path == AUTHORITY) {
        return true;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([&format!("tls::{test}"), "--exact"])
        .env(TRUSTED, AUTHORITY)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
    false
}

fn accepted(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let pem = |name: &str| std::fs::read(format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let certificate = CertificateDer::from_pem_slice(&pem("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
}

/// Starts a server for one connection; returns its port.
fn server<T: Send + 'static>(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Answers one request; returns its first line, if there is one.
fn request(stream: TcpStream) -> Option<String> {
    let mut stream = BufReader::new(accepted(stream));
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    Some(line)
}

#[test]
fn a_request_is_sent_to_a_server_whose_certificate_is_of_its_name() {
    if !trusts("a_request_is_sent_to_a_server_whose_certificate_is_of_its_name") {
        return;
    }
    let send = |host: &str, port: u16| {
        let lines = format!("kind = 'slack'\nurl = 'https://{host}:{port}/hook'\nallow_private = true");
        channel(&lines).send(&notice(), NOW)
    };
    let (port, received) = server(request);
    assert_eq!(send("localhost", port).unwrap().text, "slack answers 204");
    assert_eq!(received.join().unwrap().unwrap().trim_end(), "POST /hook HTTP/1.1");
    let (port, received) = server(request);
    let failure = send("127.0.0.1", port).unwrap_err();
    assert!(failure.can_retry && failure.text.contains("certificate"), "{failure:?}");
    assert_eq!(received.join().unwrap(), None);
}

fn mail(tls: &str, host: &str, port: u16) -> Result<Sent, SendFailure> {
    let lines = format!(
        "kind = 'smtp'\ntls = '{tls}'\nhost = '{host}'\nport = {port}\nfrom = 'a@b.example'\nto = ['c@d.example']\n\
         user = 'user'\npassword = 'password'\nallow_private = true"
    );
    channel(&lines).send(&notice(), NOW)
}

#[test]
fn a_mail_and_its_login_are_sent_encrypted() {
    if !trusts("a_mail_and_its_login_are_sent_encrypted") {
        return;
    }
    let is_mail = |lines: &[String]| {
        ["AUTH PLAIN ", "MAIL FROM", "Subject: "]
            .iter()
            .all(|begin| lines.iter().any(|line| line.starts_with(begin)))
    };
    let (port, lines) = server(|stream| session(accepted(stream), Course::default()).0);
    assert_eq!(mail("tls", "localhost", port).unwrap().text, "the mail server answers 250");
    assert!(is_mail(&lines.join().unwrap()));
    let (port, lines) = server(|stream| {
        let (plain, stream) = session(stream, Course { offers_tls: true, ..Course::default() });
        let encrypted = Course { is_encrypted: true, ..Course::default() };
        (plain, session(accepted(stream.unwrap()), encrypted).0)
    });
    assert!(mail("starttls", "localhost", port).is_ok());
    let (plain, encrypted) = lines.join().unwrap();
    assert_eq!(plain.iter().filter(|line| !line.starts_with("EHLO")).collect::<Vec<_>>(), ["STARTTLS"]);
    assert!(is_mail(&encrypted));
    let (port, lines) = server(|stream| session(accepted(stream), Course::default()).0);
    assert!(mail("tls", "127.0.0.1", port).unwrap_err().can_retry);
    assert_eq!(lines.join().unwrap(), [""; 0]);
}
