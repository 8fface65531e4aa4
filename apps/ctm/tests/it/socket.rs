//! A client of the WebSocket.

use crate::http::host;
use crate::running::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A connection, with a runtime that turns only while a test waits for a message.
pub(crate) struct Socket {
    runtime: Runtime,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects to the server whose page is at `url`.
    pub(crate) fn connect(url: &str, query: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (stream, _) = runtime.block_on(connect_async(address(url, query))).unwrap();
        Self { runtime, stream }
    }

    /// Connects, and takes the two messages that every client is greeted with.
    #[track_caller]
    pub(crate) fn greeted(url: &str) -> Self {
        let mut socket = Self::connect(url, "");
        assert_eq!(socket.next()["type"], "connected");
        assert_eq!(socket.next()["type"], "stats_update");
        socket
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, text: &str) {
        self.send_message(Message::text(text.to_owned()));
    }

    /// Sends any message.
    pub(crate) fn send_message(&mut self, message: Message) {
        self.runtime.block_on(self.stream.send(message)).unwrap();
    }

    /// Waits for the next message, protocol pings left out.
    #[track_caller]
    pub(crate) fn next_message(&mut self, patience: Duration) -> Message {
        self.runtime.block_on(async {
            loop {
                let message = tokio::time::timeout(patience, self.stream.next()).await;
                let message = message.expect("a message comes in time").unwrap().unwrap();
                if !message.is_ping() {
                    return message;
                }
            }
        })
    }

    /// Waits for the next text, which is JSON; heartbeats are left out.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        self.next_within(PATIENCE)
    }

    /// Waits no longer than `patience` for the next text.
    #[track_caller]
    pub(crate) fn next_within(&mut self, patience: Duration) -> Value {
        loop {
            let message: Value =
                serde_json::from_str(self.next_message(patience).to_text().unwrap()).unwrap();
            if message["type"] != "ping" {
                return message;
            }
        }
    }

    /// Waits until the server closes the connection, and returns the code.
    #[track_caller]
    pub(crate) fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next_message(PATIENCE) {
                return frame.expect("the server says why").code.into();
            }
        }
    }
}

fn address(url: &str, query: &str) -> String {
    format!("{}api/v1/ws{query}", url.replacen("http", "ws", 1))
}

/// A connection whose client hears everything and never answers, not even pings.
pub(crate) struct Silent(WebSocket<Mute>);

impl Silent {
    /// Connects to the server whose page is at `url`.
    pub(crate) fn connect(url: &str) -> Self {
        let stream = std::net::TcpStream::connect(host(url)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut socket, _) = client(address(url, ""), Mute { stream, is_mute: false }).unwrap();
        socket.get_mut().is_mute = true;
        Self(socket)
    }

    /// Waits until the server closes the connection, and returns the code.
    pub(crate) fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.0.read().unwrap() {
                return frame.expect("the server says why").code.into();
            }
        }
    }
}

/// A stream that takes what is written to it, and does not send it once it is mute.
struct Mute {
    stream: std::net::TcpStream,
    is_mute: bool,
}

impl Read for Mute {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Mute {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.is_mute { Ok(buffer.len()) } else { self.stream.write(buffer) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
