//! A server that runs: in this process, or as a process of its own.

use crate::place::Place;
use chrono::{DateTime, Utc};
use ctm::clock::Clock;
use ctm::ingest::IngestState;
use ctm::server::Server;
use ctm_pricing::PriceBook;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tokio::runtime::Runtime;
use ureq::http::{HeaderMap, Request};

/// How long tests wait for what has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server in this process.
pub(crate) struct Running {
    runtime: Runtime,
    server: Server,
}

impl Running {
    /// Starts a server that takes `now` for the time, and waits until it is up to date.
    pub(crate) fn at(now: &str, place: &Place, flags: &[(&'static str, &str)]) -> Self {
        let now: DateTime<Utc> = now.parse().unwrap();
        Self::start(Clock::frozen(now), place, flags)
    }

    /// Starts a server and waits until it is up to date.
    pub(crate) fn start(clock: Clock, place: &Place, flags: &[(&'static str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let settings = place.settings(flags);
        let server = runtime.block_on(async {
            let server = Server::start(settings, PriceBook::builtin(), clock).await.unwrap();
            let mut ingest = server.state().ingest.clone();
            ingest.wait_for(|status| status.state == IngestState::Live).await.unwrap();
            server
        });
        Self { runtime, server }
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Fetches from `/api/v1/`; that has to succeed.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = get(&format!("{}api/v1/{path}", self.url()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Fetches JSON from `/api/v1/`, for figures that need not be exact.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path)).unwrap()
    }

    /// Stops the server.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.server.stop()).unwrap();
    }
}

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

/// Fetches an address.
pub(crate) fn get(url: &str) -> Answer {
    request("GET", url, &[])
}

/// Sends a request without a body, by any method and with any headers.
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = config.build().new_agent().run(request.body(()).unwrap()).unwrap();
    let (parts, mut body) = response.into_parts();
    let body = body.read_to_string().unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// `ctm serve` as a process of its own, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    url: String,
}

impl Process {
    /// Starts `ctm serve` on any free port and waits until it is ready.
    pub(crate) fn serve(place: &Place, args: &[&str]) -> Self {
        Self::spawn(place.ctm(&["serve", "--port", "0"]).args(args))
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut process = Self { child, lines, url: String::new() };
        let ready = process.line("ctm is ready at ");
        process.url = ready.strip_prefix("ctm is ready at ").unwrap().to_owned();
        process
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits for a line of standard output that has `part` in it.
    #[track_caller]
    pub(crate) fn line(&self, part: &str) -> String {
        self.line_without(part, &[])
    }

    /// Waits for a line of standard output that has `part` in it, before which none may come
    /// that has one of `others` in it.
    #[track_caller]
    pub(crate) fn line_without(&self, part: &str, others: &[&str]) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("no line with `{part}`: {error}"));
            assert!(!others.iter().any(|other| line.contains(other)), "{line}");
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the process ends: its standard output is closed then.
    #[track_caller]
    pub(crate) fn end(mut self) -> ExitStatus {
        while self.lines.recv_timeout(PATIENCE).is_ok() {}
        let status = self.child.try_wait().unwrap();
        status.unwrap_or_else(|| self.child.wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
