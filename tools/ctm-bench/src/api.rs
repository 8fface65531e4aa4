//! The REST interface on a large database.
//!
//! Warm requests are repeated on one connection. A cold request is the first response with an appended line,
//! when all cached response bodies are stale: requests are repeated until the response has another data
//! version.

use super::programs::Programs;
use super::report::EndpointFigures;
use super::statistics::Latency;
use anyhow::{Context, Result, bail};
use ctm_harness::answer::Checker;
use ctm_harness::home::{GrowingHome, Home};
use ctm_harness::http::Connection;
use ctm_harness::server::{PATIENCE, Server};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// The requests of the page for all time.
pub(crate) const PATHS: [&str; 5] = [
    "/api/v1/stats?range=all&tz=UTC",
    "/api/v1/stats/daily?range=all&tz=UTC",
    "/api/v1/stats/models?range=all&tz=UTC",
    "/api/v1/stats/projects?range=all&tz=UTC",
    "/api/v1/sessions?range=all&tz=UTC",
];

/// Warm requests of each question, unless they take too long.
pub(crate) const REQUESTS: usize = 1_000;

/// When no further warm request is begun.
pub(crate) const ENOUGH: Duration = Duration::from_secs(30);

/// Lines that are appended for each question.
const APPENDS: usize = 20;

/// Time between two requests while a line is not stored yet.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// The part of a response body that identifies its data.
#[derive(Deserialize)]
struct Answer {
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    data_version: u64,
}

/// Measures all questions on the database of a home.
pub(crate) fn ask(programs: &Programs, home: &Home) -> Result<Vec<EndpointFigures>> {
    home.warm()?;
    let folder = tempfile::tempdir()?;
    let mut growing = home.growing_copy()?;
    let mut checker = Checker::new(home.answer.totals);
    let server = programs.serve(folder.path(), growing.path())?;
    let mut connection = Connection::open(server.url())?;
    let mut endpoints = Vec::new();
    for path in PATHS {
        eprintln!("{}: {path}", home.path.display());
        let asked = Question { path, connection: &mut connection, server: &server };
        endpoints.push(asked.measure(&mut growing, &mut checker).with_context(|| format!("GET {path}"))?);
    }
    server.stop()?;
    Ok(endpoints)
}

/// A question to a server.
struct Question<'a> {
    path: &'static str,
    connection: &'a mut Connection,
    server: &'a Server,
}

impl Question<'_> {
    fn measure(mut self, home: &mut GrowingHome, checker: &mut Checker) -> Result<EndpointFigures> {
        let mut cold = Vec::with_capacity(APPENDS);
        for _ in 0..APPENDS {
            let known = self.version()?.0;
            checker.grow(home.append()?);
            cold.push(self.first_after(known)?);
        }
        let mut warm = Vec::with_capacity(REQUESTS);
        let mut answer = Vec::new();
        let begin = Instant::now();
        while warm.len() < REQUESTS && begin.elapsed() < ENOUGH {
            let start = Instant::now();
            answer = self.connection.get(self.path)?;
            warm.push(start.elapsed().as_secs_f64() * 1e3);
        }
        checker.check(&answer)?;
        Ok(EndpointFigures {
            path: self.path.to_owned(),
            bytes: answer.len(),
            cold: Latency::of(cold).context("nothing was asked")?,
            warm: Latency::of(warm).context("nothing was asked")?,
        })
    }

    /// Repeats a request until its response has a newer data version, and returns the time of that response
    /// in milliseconds.
    fn first_after(&mut self, known: u64) -> Result<f64> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let (version, took_ms) = self.version()?;
            if version > known {
                return Ok(took_ms);
            }
            self.server.idle(ASK_EVERY)?;
        }
        bail!("the server did not read an appended line within {PATIENCE:?}");
    }

    /// Sends a request, and returns the data version of the response and its time in milliseconds.
    fn version(&mut self) -> Result<(u64, f64)> {
        let start = Instant::now();
        let answer = self.connection.get(self.path)?;
        let took_ms = start.elapsed().as_secs_f64() * 1e3;
        let answer: Answer = serde_json::from_slice(&answer)?;
        Ok((answer.meta.data_version, took_ms))
    }
}
