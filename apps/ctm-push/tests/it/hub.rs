//! A hub on this machine: it takes what is pushed, or gives an answer that was set beforehand.

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) const CODE: &str = "good-code";
pub(crate) const TOKEN: &str = "ctmm_token";

/// A request as it was received; its body is not compressed.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// An answer to the next push.
pub(crate) enum Answer {
    Status(u16, Value),
    /// With a header.
    With(u16, &'static str, String),
    /// It is taken, and the answer is lost.
    Lost,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) requests: Vec<Request>,
    pub(crate) next: VecDeque<Answer>,
    pub(crate) level: &'static str,
    pub(crate) most: usize,
    journal: Option<String>,
    acked: u64,
    /// Revision and line of each key.
    pub(crate) claims: BTreeMap<String, (u64, Value)>,
}

#[derive(Clone)]
pub(crate) struct Hub {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { level: "names", most: 5_000, ..State::default() };
        let hub = Self { url, state: Arc::new(Mutex::new(state)) };
        let served = hub.clone();
        std::thread::spawn(move || {
            listener.incoming().map_while(Result::ok).for_each(|stream| served.serve(stream));
        });
        hub
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The bodies of all pushes.
    pub(crate) fn pushes(&self) -> Vec<String> {
        let state = self.state();
        let pushes = state.requests.iter().filter(|request| request.line == "POST /api/v1/push");
        pushes.map(|request| request.body.clone()).collect()
    }

    /// Returns how many responses it has, and how many pushes it received.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let pushes = self.pushes().len();
        (self.state().claims.len(), pushes)
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(request) = read(&stream) else { return };
        let (status, header, body) = match self.state().answer(&request) {
            Answer::Status(status, body) => (status, String::new(), body.to_string()),
            Answer::With(status, name, value) => (status, format!("{name}: {value}\r\n"), String::new()),
            Answer::Lost => return,
        };
        let head = format!(
            "HTTP/1.1 {status} -\r\nConnection: close\r\n{header}Content-Length: {}\r\n\r\n",
            body.len()
        );
        // The program may have gone.
        let _ = stream.write_all((head + &body).as_bytes());
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        self.requests.push(request.clone());
        if request.line == "POST /api/v1/push/enrolment" {
            let asked: Value = serde_json::from_str(&request.body).unwrap();
            return match asked["code"] == CODE {
                true => Answer::Status(
                    200,
                    json!({ "token": TOKEN, "pepper": "0102", "level": self.level, "hub": "0f".repeat(16), "epoch": 1 }),
                ),
                false => Answer::Status(403, json!({ "detail": "the code is unknown, expired or used up" })),
            };
        }
        if request.headers.get("authorization").map(String::as_str) != Some("Bearer ctmm_token") {
            return Answer::Status(401, json!({ "title": "Unauthorized" }));
        }
        match &*request.line {
            "GET /api/v1/push" => Answer::Status(
                200,
                json!({ "versions": [1], "most": self.most, "journal": self.journal, "acked": self.acked,
                        "level": self.level, "again_after_ms": 60_000 }),
            ),
            "POST /api/v1/push" => match self.next.pop_front() {
                None => Answer::Status(200, self.take(&request.body)),
                Some(Answer::Lost) => {
                    self.take(&request.body);
                    Answer::Lost
                }
                Some(answer) => answer,
            },
            "DELETE /api/v1/push" => Answer::Status(200, Value::Null),
            line => panic!("{line}"),
        }
    }

    fn take(&mut self, body: &str) -> Value {
        let mut lines = body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        let journal = header["journal"].as_str().map(str::to_owned);
        if self.journal != journal {
            (self.journal, self.acked) = (journal, 0);
        }
        assert!(header["from"].as_u64().unwrap() <= self.acked, "{header}");
        self.acked = self.acked.max(header["to"].as_u64().unwrap());
        let mut taken = 0;
        for claim in lines {
            let (key, revision) = (claim["k"].as_str().unwrap().to_owned(), claim["r"].as_u64().unwrap());
            let known = self.claims.get(&key).map_or(0, |(revision, _)| *revision);
            if revision > known {
                taken += 1;
                self.claims.insert(key, (revision, claim));
            }
        }
        json!({ "acked": self.acked, "taken": taken, "refused": [], "receipt": "ab", "again_after_ms": 60_000,
                "most": self.most })
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let line = first.rsplit_once(' ')?.0.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    let mut body = String::new();
    match headers.get("content-encoding") {
        Some(_) => GzDecoder::new(&*bytes).read_to_string(&mut body).ok()?,
        None => (&*bytes).read_to_string(&mut body).ok()?,
    };
    Some(Request { line, headers, body })
}
