//! Messages of a WebSocket.

use crate::server;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

/// Timeout of a response.
const PATIENCE: Duration = Duration::from_secs(120);

/// Messages that a client may send at once, except the last one.
const MOST_MESSAGES: usize = 30;

/// The text that the server returns for the last message.
const LAST: &str = r#""the last message""#;

/// Each line is a message: text if it is UTF-8, otherwise binary.
pub(crate) fn run(input: &[u8]) {
    let stream = TcpStream::connect(server::host()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = format!("ws://{}/api/v1/ws", server::host());
    let (mut socket, _) = client(address, Uninterrupted(stream)).unwrap();
    let messages = input
        .split(|byte| *byte == b'\n')
        .take(MOST_MESSAGES)
        .map(|line| std::str::from_utf8(line).map_or_else(|_| Message::binary(line.to_vec()), Message::text));
    let last = Message::text(format!(r#"{{"type":"ping","data":{LAST}}}"#));
    // A message that ends the connection leaves the rest unsent.
    let _ = messages.chain([last]).try_for_each(|message| socket.send(message));
    while let Some(message) = next(&mut socket) {
        assert!(message["seq"].get().parse::<u64>().is_ok(), "{message:?}");
        if message["type"].get() == r#""pong""# && message["data"].get() == LAST {
            break;
        }
    }
}

/// Returns the next message of the server, until it closes the connection with a reason. An echoed message
/// is JSON, but not always representable by a parser.
fn next(socket: &mut WebSocket<Uninterrupted>) -> Option<HashMap<String, Box<RawValue>>> {
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(frame)) => {
                assert!(frame.is_some(), "the server gives the reason of the close");
                return None;
            }
            // It was already closed when a later message arrived.
            Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) | Error::Protocol(_)) => {
                return None;
            }
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// A connection whose calls are retried when a signal interrupts them: the fuzzer's timer sends one.
struct Uninterrupted(TcpStream);

impl Uninterrupted {
    fn repeat<T>(
        &mut self,
        mut call: impl FnMut(&mut TcpStream) -> std::io::Result<T>,
    ) -> std::io::Result<T> {
        loop {
            match call(&mut self.0) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

impl Read for Uninterrupted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.repeat(|stream| stream.read(buffer))
    }
}

impl Write for Uninterrupted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.repeat(|stream| stream.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.repeat(Write::flush)
    }
}
