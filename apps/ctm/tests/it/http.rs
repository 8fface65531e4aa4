//! A client for HTTP that takes every answer as it is.

use crate::running::PATIENCE;
use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use ureq::AsSendBody;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request};

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Returns a header, or nothing where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Returns the host and port of an address.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().unwrap_or(rest)
}

/// Fetches an address.
#[track_caller]
pub(crate) fn get(url: &str) -> Answer {
    request("GET", url, &[])
}

/// Checks that a server answers. A slow database, as on a busy machine, is a condition and no fault.
#[track_caller]
pub(crate) fn check_answers(url: &str) {
    assert_eq!(get(&format!("{url}api/v1/health")).status, 200);
}

/// Sends a request without a body, by any method and with any headers, and checks the answer
/// against the OpenAPI document.
#[track_caller]
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    request_with(method, url, headers, "")
}

/// Sends JSON, or what is taken for it.
#[track_caller]
pub(crate) fn post_json(url: &str, body: &str) -> Answer {
    request_with("POST", url, &[("content-type", "application/json")], body)
}

/// Sends a request with a body.
#[track_caller]
pub(crate) fn request_with(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    if body.is_empty() {
        request_of(method, url, headers, ())
    } else {
        request_of(method, url, headers, body.to_owned())
    }
}

/// Sends a request with a body of any kind.
#[track_caller]
pub(crate) fn request_of(method: &str, url: &str, headers: &[(&str, &str)], body: impl AsSendBody) -> Answer {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent = config.allow_non_standard_methods(true).build().new_agent();
    let response = agent.run(request.body(body).unwrap()).unwrap();
    let (parts, mut body) = response.into_parts();
    // Exports are longer than what is taken by default.
    let body = body.with_config().limit(u64::MAX).read_to_string().unwrap();
    let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let path = path.split('?').next().unwrap();
    crate::contract::check(method, path, answer.status, answer.header("content-type"), &answer.body);
    answer
}

/// Sends bytes as they are, and returns what was answered when the server has closed the
/// connection, which it has to do by itself.
pub(crate) fn send(url: &str, bytes: &[u8]) -> Answer {
    parse(&exchange(url, bytes))
}

fn exchange(url: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(url);
    let mut writer = stream.try_clone().unwrap();
    let mut answer = Vec::new();
    std::thread::scope(|scope| {
        // The server need not take everything before it answers.
        scope.spawn(move || writer.write_all(bytes));
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
    });
    answer
}

/// Sends bytes as they are, and returns the head of the answer.
pub(crate) fn send_for_head(url: &str, bytes: &[u8]) -> Answer {
    let mut stream = connect(url);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    parse(&answer)
}

/// Sends bytes as they are, and returns the statuses of all answers when the server has closed the
/// connection, which it has to do by itself.
pub(crate) fn send_for_statuses(url: &str, bytes: &[u8]) -> Vec<u16> {
    statuses(&exchange(url, bytes))
}

/// Returns the statuses of answers, which stand one behind the other.
pub(crate) fn statuses(answers: &[u8]) -> Vec<u16> {
    let answers = String::from_utf8_lossy(answers);
    answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
}

/// Connects to a server, with a timeout.
pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(host(url)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn parse(answer: &[u8]) -> Answer {
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    };
    Answer { status, headers: lines.map(header).collect(), body: body.to_owned() }
}
