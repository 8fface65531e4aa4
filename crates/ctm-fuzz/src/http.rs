//! A client of the server: one connection, kept open as long as the server keeps it.

use crate::server;
use percent_encoding::{AsciiSet, CONTROLS};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Timeout of a response.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes that are not part of a valid address: the server answers 400 without a body. Others are sent unchanged.
pub(crate) const UNSENDABLE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

thread_local! {
    static CONNECTION: RefCell<Option<BufReader<TcpStream>>> = const { RefCell::new(None) };
}

/// The response to a request.
pub(crate) struct HttpResponse {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

/// Sends a request and checks its response: the server never fails, and its response is well-formed.
pub(crate) fn ask(method: &str, target: &[u8], body: Option<(&str, &[u8])>) {
    let mut request = format!("{method} ").into_bytes();
    request.extend_from_slice(target);
    request.extend_from_slice(format!(" HTTP/1.1\r\nhost: {}\r\n", server::host()).as_bytes());
    if let Some((content_type, body)) = body {
        // As from a page of the server, and based on the present rules.
        let head = format!(
            "sec-fetch-site: same-origin\r\nif-match: *\r\ncontent-type: {content_type}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
    } else {
        request.extend_from_slice(b"\r\n");
    }
    check(&exchange(&request));
}

fn check(answer: &HttpResponse) {
    let HttpResponse { status, content_type, body } = answer;
    let text = String::from_utf8_lossy(body);
    assert!((200..500).contains(status), "{status}: {text}");
    if content_type.contains("json") && content_type != "application/x-ndjson" {
        serde_json::from_slice::<serde_json::Value>(body)
            .unwrap_or_else(|error| panic!("{status}: {error}: {text}"));
    }
    if *status >= 400 {
        assert_eq!(content_type, "application/problem+json", "{status}: {text}");
    }
}

fn exchange(request: &[u8]) -> HttpResponse {
    CONNECTION.with_borrow_mut(|kept| {
        // The server may have closed the connection since then.
        if let Some(mut connection) = kept.take()
            && let Ok((answer, stays_open)) = exchange_over(&mut connection, request)
        {
            *kept = stays_open.then_some(connection);
            return answer;
        }
        let stream = TcpStream::connect(server::host()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut connection = BufReader::new(stream);
        let (answer, stays_open) = exchange_over(&mut connection, request).unwrap();
        *kept = stays_open.then_some(connection);
        answer
    })
}

/// Sends a request; returns its response, and whether the connection stays open.
fn exchange_over(connection: &mut BufReader<TcpStream>, request: &[u8]) -> Result<(HttpResponse, bool)> {
    connection.get_mut().write_all(request)?;
    let status = line(connection)?;
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
    let (mut content_type, mut length, mut is_chunked, mut stays_open) = (String::new(), 0, false, true);
    loop {
        let line = line(connection)?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-type" => value.clone_into(&mut content_type),
            "content-length" => length = value.parse().unwrap(),
            "transfer-encoding" => is_chunked = value == "chunked",
            "connection" => stays_open = value != "close",
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        while take(connection, &mut body)? > 0 {}
    } else {
        body.resize(length, 0);
        connection.read_exact(&mut body)?;
    }
    Ok((HttpResponse { status, content_type, body }, stays_open))
}

/// Reads the next chunk, and returns its length.
fn take(connection: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Result<usize> {
    let length = usize::from_str_radix(&line(connection)?, 16).unwrap();
    let begin = body.len();
    body.resize(begin + length, 0);
    connection.read_exact(&mut body[begin..])?;
    assert_eq!(line(connection)?, "", "a chunk has its announced length");
    Ok(length)
}

/// Reads a line of the head.
fn line(connection: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end_matches("\r\n").to_owned())
}
