//! `ctm healthcheck`: requests the health of a server on this machine, for container orchestrators.
//!
//! The request is written to a socket directly: the HTTP client of channels is for channels alone.

use super::context::Flags;
use super::output::CommandOutput;
use crate::error::AppError;
use crate::logging;
use ctm_config::settings::{Layers, Settings};
use ctm_types::printable::one_line;
use serde::Deserialize;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// Timeout of each step.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum size of the response, in bytes.
const MOST_BYTES: u64 = 256 << 10;

/// The health of a server; it includes conditions only if no token is required.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Health {
    pub(super) status: String,
    pub(super) version: String,
    #[serde(default)]
    pub(super) conditions: Vec<Condition>,
    pub(super) database: Option<Database>,
}

/// Present conditions.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Condition {
    pub(super) code: String,
    pub(super) severity: String,
    pub(super) message: String,
}

/// The database of a server.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Database {
    pub(super) path: String,
}

/// Checks the health and prints it; the exit code is the result. There are only two of them,
/// because orchestrators distinguish no more.
pub(super) fn run(flags: Flags) -> ExitCode {
    check(flags).unwrap_or_else(|error| {
        logging::complain(error.text());
        ExitCode::FAILURE
    })
}

fn check(flags: Flags) -> Result<ExitCode, AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    let address = address(&settings);
    let health =
        ask(address).map_err(AppError::io(format!("request the health of the server at {address}")))?;
    let (status, version) = (one_line(&health.status), one_line(&health.version));
    let mut lines = vec![format!("{status} (ctm {version} at {address})")];
    lines.extend(
        health
            .conditions
            .iter()
            .map(|Condition { code, message, .. }| one_line(&format!("{code}: {message}")).into_owned()),
    );
    CommandOutput::Page(lines.join("\n")).print()?;
    let works = matches!(health.status.as_str(), "healthy" | "degraded");
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the address at which a server with these settings can be reached.
pub(super) fn address(settings: &Settings) -> SocketAddr {
    SocketAddr::new(reachable(settings.host), settings.port)
}

/// Returns where a server that listens on an address can be reached on this machine.
fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}

/// Requests the health of a server.
pub(super) fn ask(address: SocketAddr) -> io::Result<Health> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!(
        "GET /api/v1/health HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    parse(&answer).ok_or_else(|| {
        let first = answer.lines().next().unwrap_or("nothing");
        io::Error::other(format!("it responded with `{first}`, which is not a response of ctm"))
    })
}

/// Parses a response of a healthy server, or of one that reports itself unhealthy.
fn parse(answer: &str) -> Option<Health> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.split(' ').next()?;
    if !matches!(status, "200" | "503") {
        return None;
    }
    serde_json::from_str(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_of_ctm_are_taken() {
        let health = |status: &str| Health {
            status: status.to_owned(),
            version: "1".to_owned(),
            conditions: Vec::new(),
            database: None,
        };
        let check = |answer: &str, expected: Option<Health>| assert_eq!(parse(answer), expected, "{answer}");
        let body = |status: &str| format!("{{\"status\":\"{status}\",\"version\":\"1\",\"uptime\":5}}");
        check(&format!("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{}", body("degraded")), Some(health("degraded")));
        check(
            &format!("HTTP/1.1 503 Service Unavailable\r\n\r\n{}", body("unhealthy")),
            Some(health("unhealthy")),
        );
        check(&format!("HTTP/1.1 404 Not Found\r\n\r\n{}", body("healthy")), None);
        check("HTTP/1.1 200 OK\r\n\r\n<html>", None);
        check("SSH-2.0-OpenSSH_9.6\r\n", None);
        check("", None);
    }

    #[test]
    fn a_server_on_all_addresses_is_requested_on_loopback() {
        let check = |host: &str, expected: &str| {
            assert_eq!(reachable(host.parse().unwrap()).to_string(), expected);
        };
        check("0.0.0.0", "127.0.0.1");
        check("::", "::1");
        check("192.0.2.7", "192.0.2.7");
    }
}
