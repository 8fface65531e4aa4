//! A client of the REST interface: one connection that is kept open.
//!
//! # Design
//!
//! A custom client, because the server is measured: this client does little more than two system calls. The
//! tests of `apps/ctm`, which measure nothing, use a library.

use crate::server::PATIENCE;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A response.
pub struct Received {
    /// Its status, such as 200.
    pub status: u16,
    /// Its content.
    pub body: Vec<u8>,
    /// Its `ETag`, which changes with the response.
    pub tag: Option<String>,
}

/// A connection to a server.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects to the server whose page is at `url`, such as `http://127.0.0.1:51888/`.
    pub fn open(url: &str) -> Result<Self> {
        let host = url.strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let host = host.with_context(|| format!("`{url}` is no address of a server"))?.to_owned();
        let stream = TcpStream::connect(&host).with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), host })
    }

    /// Requests a path and returns the body of the response, which must be a success.
    pub fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        self.ask(path).map(|answer| answer.body)
    }

    /// Requests a path and returns the response, which must be a success.
    pub fn ask(&mut self, path: &str) -> Result<Received> {
        self.request("GET", path, &[], &[])?.succeeded().with_context(|| format!("GET {path}"))
    }

    /// Sends a body to a path and returns the response, which must be a success.
    pub fn post(&mut self, path: &str, media_type: &str, body: &[u8]) -> Result<Received> {
        let received = self.request("POST", path, &[("Content-Type", media_type)], body)?;
        received.succeeded().with_context(|| format!("POST {path}"))
    }

    /// Sends a request and returns the response, whatever its status.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Received> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        self.answer().with_context(|| format!("{method} {path}"))
    }

    fn answer(&mut self) -> Result<Received> {
        let status = self.head_line()?;
        let (mut length, mut tag) = (None, None);
        loop {
            let line = self.head_line()?;
            if line.is_empty() {
                break;
            }
            match line.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = Some(value.trim().parse()?);
                }
                Some((name, value)) if name.eq_ignore_ascii_case("etag") => {
                    tag = Some(value.trim().to_owned());
                }
                _ => {}
            }
        }
        let mut body = vec![0; length.context("the answer has no content-length")?];
        self.stream.read_exact(&mut body)?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok(Received { status: status.context("the answer has no status")?, body, tag })
    }

    fn head_line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => bail!("the server closed the connection"),
        }
    }
}

impl Received {
    fn succeeded(self) -> Result<Self> {
        if self.status != 200 {
            bail!("{}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Sends these bytes as responses, one for each request.
    fn answering(answers: &'static [&'static str]) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            for answer in answers {
                let mut line = String::new();
                while line != "\r\n" {
                    line.clear();
                    stream.read_line(&mut line).unwrap();
                }
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Connection::open(&url).unwrap()
    }

    #[test]
    fn one_connection_serves_many_requests() {
        let mut connection = answering(&[
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none",
            "HTTP/1.1 200 OK\r\nETag: W/\"1:2\"\r\nContent-Length:0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno",
        ]);
        assert_eq!(connection.get("/").unwrap(), b"one");
        let second = connection.ask("/").unwrap();
        assert_eq!((second.body, second.tag.as_deref()), (Vec::new(), Some("W/\"1:2\"")));
        let error = connection.get("/x").unwrap_err();
        assert_eq!(format!("{error:#}"), "GET /x: 404: no");
        // Either the end or a reset may come first.
        assert!(connection.get("/").is_err());
    }
}
