//! A service that receives requests, and answers as a test says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it was received.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    /// Method and path.
    pub(crate) line: String,
    /// The headers by their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A server on a free port of this machine.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Starts a server with the same answer for all requests: everything after `HTTP/1.1 `.
    pub(crate) fn answering(answer: &str) -> Self {
        let answer = format!("HTTP/1.1 {answer}");
        Self::with(move |stream| stream.write_all(answer.as_bytes()))
    }

    /// Starts a server that writes the answers.
    pub(crate) fn with(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), received: Arc::default() };
        let received = Arc::clone(&server.received);
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let request = read(&stream);
                received.lock().unwrap().push(request);
                // A client may close before the end.
                answer(&mut stream).ok();
            }
        });
        server
    }

    /// Returns the requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Received {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok();
    let mut received = Received { line: line.trim_end().to_owned(), ..Received::default() };
    loop {
        let mut line = String::new();
        let Some((name, value)) = reader.read_line(&mut line).ok().and_then(|_| line.split_once(':')) else {
            break;
        };
        received.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = received.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok();
    received.body = String::from_utf8_lossy(&body).into_owned();
    received
}
