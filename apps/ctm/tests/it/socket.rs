//! A client of the WebSocket.

use crate::http::host;
use crate::running::{self, PATIENCE};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use socket2::{Domain, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message, WebSocket, client};
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

    /// Connects and offers a subprotocol; returns what the server chose, too.
    pub(crate) fn offering(url: &str, query: &str, protocol: Option<&str>) -> (Self, Option<String>) {
        let mut request = ClientRequestBuilder::new(address(url, query).parse().unwrap());
        if let Some(protocol) = protocol {
            request = request.with_sub_protocol(protocol);
        }
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (stream, response) = runtime.block_on(connect_async(request)).unwrap();
        let chosen = response.headers().get("sec-websocket-protocol");
        let chosen = chosen.map(|chosen| chosen.to_str().unwrap().to_owned());
        (Self { runtime, stream }, chosen)
    }

    /// Connects with a cookie, as a page of the server does.
    pub(crate) fn with_cookie(url: &str, cookie: &str) -> Self {
        let own = format!("http://{}", host(url));
        let request = ClientRequestBuilder::new(address(url, "").parse().unwrap())
            .with_header("cookie", cookie)
            .with_header("origin", own);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (stream, _) = runtime.block_on(connect_async(request)).unwrap();
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
    #[track_caller]
    pub(crate) fn send_message(&mut self, message: Message) {
        assert!(self.try_send(message), "the connection is closed");
    }

    /// Sends any message, and returns whether the connection is still open.
    pub(crate) fn try_send(&mut self, message: Message) -> bool {
        self.runtime.block_on(self.stream.send(message)).is_ok()
    }

    /// Closes the connection, and returns the code that the server answers with.
    #[track_caller]
    pub(crate) fn ask_to_close(&mut self) -> u16 {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.send_message(Message::Close(Some(frame)));
        self.close_code()
    }

    /// Waits for the next message that `is_wanted`, however many others come.
    #[track_caller]
    fn wait_for(&mut self, patience: Duration, is_wanted: impl Fn(&Message) -> bool) -> Message {
        let wanted = async {
            loop {
                let message = self.stream.next().await.unwrap().unwrap();
                if is_wanted(&message) {
                    return message;
                }
            }
        };
        let waiting = self.runtime.block_on(async { tokio::time::timeout(patience, wanted).await });
        waiting.expect("a message comes in time")
    }

    /// Waits for the next message, protocol pings left out.
    #[track_caller]
    pub(crate) fn next_message(&mut self, patience: Duration) -> Message {
        self.wait_for(patience, |message| !message.is_ping())
    }

    /// Waits for the next text, which is JSON; heartbeats are left out.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        self.next_within(PATIENCE)
    }

    /// Waits no longer than `patience` for the next text.
    #[track_caller]
    pub(crate) fn next_within(&mut self, patience: Duration) -> Value {
        json(&self.wait_for(patience, |message| !message.is_ping() && json(message)["type"] != "ping"))
    }

    /// Waits for the next text, whichever it is.
    #[track_caller]
    pub(crate) fn hear(&mut self, patience: Duration) -> Value {
        json(&self.next_message(patience))
    }

    /// Waits until the server closes the connection, and returns the code.
    #[track_caller]
    pub(crate) fn close_code(&mut self) -> u16 {
        let Message::Close(frame) = self.wait_for(PATIENCE, Message::is_close) else { unreachable!() };
        frame.expect("the server gives a reason").code.into()
    }
}

fn json(message: &Message) -> Value {
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// Returns a piece of a text.
pub(crate) fn piece(bytes: &[u8], is_first: bool, is_last: bool) -> Message {
    let code = OpCode::Data(if is_first { Data::Text } else { Data::Continue });
    Message::Frame(Frame::message(bytes.to_owned(), code, is_last))
}

fn address(url: &str, query: &str) -> String {
    format!("{}api/v1/ws{query}", url.replacen("http", "ws", 1))
}

/// A connection whose client receives everything and never answers, not even pings.
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
        let frame = running::wait_for(|| match self.0.read().unwrap() {
            Message::Close(frame) => Some(frame),
            _ => None,
        });
        frame.expect("the server gives a reason").code.into()
    }

    /// Waits for a text with `part` in it.
    pub(crate) fn wait_for(&mut self, part: &str) {
        wait_for_text(&mut self.0, part);
    }

    /// Sends a text all the same.
    pub(crate) fn say(&mut self, text: &str) {
        self.0.get_mut().is_mute = false;
        self.0.send(Message::text(text.to_owned())).unwrap();
        self.0.get_mut().is_mute = true;
    }
}

/// A connection whose client sends and does not read, with little room for what it is sent.
pub(crate) struct Deaf(WebSocket<std::net::TcpStream>);

impl Deaf {
    /// Connects to the server whose page is at `url`.
    pub(crate) fn connect(url: &str) -> Self {
        let server: SocketAddr = host(url).parse().unwrap();
        let socket = socket2::Socket::new(Domain::for_address(server), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(&server.into()).unwrap();
        let stream = std::net::TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(client(address(url, ""), stream).unwrap().0)
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).unwrap();
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.try_send_bytes(bytes).unwrap();
    }

    /// Sends bytes as they are, unless the server closes the connection before.
    pub(crate) fn try_send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends until the server closes the connection by force.
    pub(crate) fn talk_until_cut(&mut self) {
        let text = br#"{"type":"pong"}"#;
        // A whole text, masked with zeros.
        let frame = [&[0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0], &text[..]].concat();
        let error = running::wait_for(|| self.0.get_mut().write_all(&frame).err().map(|error| error.kind()));
        assert!(matches!(error, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error:?}");
    }

    /// Waits for a text with `part` in it.
    pub(crate) fn wait_for(&mut self, part: &str) {
        wait_for_text(&mut self.0, part);
    }

    /// Reads all buffered data, and returns the number of message bytes and the close code of the connection.
    pub(crate) fn read_to_the_end(&mut self) -> (usize, Option<u16>) {
        let mut bytes = 0;
        running::wait_for(|| match self.0.read() {
            Ok(Message::Close(frame)) => Some((bytes, frame.map(|frame| frame.code.into()))),
            Ok(message) => {
                bytes += message.len();
                None
            }
            Err(_) => Some((bytes, None)),
        })
    }
}

/// Waits for a text with `part` in it.
fn wait_for_text<S: Read + Write>(socket: &mut WebSocket<S>, part: &str) {
    running::wait_for(|| {
        let message = socket.read().unwrap();
        message.to_text().is_ok_and(|text| text.contains(part)).then_some(())
    });
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
