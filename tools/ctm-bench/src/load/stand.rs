//! A server with its clients.
//!
//! # Design
//!
//! The first responses after a line are measured by a [`Crowd`], which repeats requests until their responses
//! have another tag. The server is still busy with the line then: it sums the day and notifies all
//! subscribers. Waiting for that was rejected, because it would measure an idle server. The responses of the
//! generator are not used, because it sends requests without a pause: the few first ones of some ten thousand
//! a second do not affect any percentile.

use super::crowd::{Crowd, Reply};
use super::generator::Generator;
use super::questions::{self, Question};
use super::targets;
use super::{REQUESTS, WATCHERS};
use crate::procfs;
use crate::report::{QuestionFigures, Traffic, UpdateFigures};
use crate::statistics::Latency;
use crate::watchers::{self, Audience};
use anyhow::{Context, Result, bail};
use ctm_harness::answer::Checker;
use ctm_harness::home::GrowingHome;
use ctm_harness::http::Connection;
use ctm_harness::ready;
use ctm_harness::server::{PATIENCE, Server};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Lines that are appended for each question.
const LINES: usize = 20;

/// Seconds of measurement per request.
const QUESTION_S: u64 = 5;

/// Seconds for which all statistics are requested in rotation.
const MIXED_S: u64 = 30;

/// WebSockets that are notified of lines at the end, and the number of lines.
const CROWD: (usize, usize) = (500, 40);

/// Time between two requests while a line is not stored yet.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// A server with its subscribers, and the home that it reads.
pub(super) struct Stand {
    server: Server,
    home: GrowingHome,
    checker: Checker,
    watchers: Audience,
    /// A single thread for the subscribers: the server needs the other cores.
    runtime: Runtime,
}

impl Stand {
    /// Connects the subscribers to a server that reads `home`.
    pub(super) fn around(server: Server, home: GrowingHome, checker: Checker) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let watchers = runtime.block_on(Audience::gather(server.url(), WATCHERS))?;
        Ok(Self { server, home, checker, watchers, runtime })
    }

    /// Measures every question that the server's document offers.
    pub(super) fn measure_questions(&mut self, generator: &Generator) -> Result<Vec<QuestionFigures>> {
        let mut connection = Connection::open(self.server.url())?;
        let document = connection.get("/api/v1/openapi.json")?;
        let questions = questions::of_document(&document, |address| connection.get(address))?;
        let mut figures = Vec::with_capacity(questions.len());
        for question in questions {
            eprintln!("GET {}", question.address);
            let measured = self.measure_question(generator, &question);
            let (first, others) = measured.with_context(|| format!("GET {}", question.address))?;
            let Question { path, address, bytes } = question;
            figures.push(QuestionFigures { path, address, bytes, first, others });
        }
        Ok(figures)
    }

    fn measure_question(
        &mut self,
        generator: &Generator,
        question: &Question,
    ) -> Result<(Option<Latency>, Traffic)> {
        let first = Latency::of(self.first_answers(&question.address)?);
        let others = generator.ask(self.server.url(), &[&question.address], QUESTION_S)?;
        Ok((first, others))
    }

    /// Returns the times of the first responses after each line, in milliseconds; none if responses are not
    /// cached, or do not depend on lines.
    fn first_answers(&mut self, address: &str) -> Result<Vec<f64>> {
        let mut crowd = Crowd::gather(self.server.url(), REQUESTS)?;
        let mut took_ms = Vec::with_capacity(LINES * REQUESTS);
        for _ in 0..LINES {
            let Some(known) = crowd.ask_once(address)?.tag else { return Ok(Vec::new()) };
            self.checker.grow(self.home.append()?);
            let first = self.first_unlike(&known, &mut crowd, address)?;
            if first.is_empty() {
                return Ok(first);
            }
            took_ms.extend(first);
            // So that the next line is not announced together with this one.
            self.runtime.block_on(self.watchers.wait_for(self.checker.responses()))?;
        }
        Ok(took_ms)
    }

    /// Repeats a request until responses have another tag than `known`, and returns their times; none if the
    /// line is stored and the response is unchanged.
    fn first_unlike(&mut self, known: &str, crowd: &mut Crowd, address: &str) -> Result<Vec<f64>> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let line_is_known = self.watchers.knows(self.checker.responses());
            let replies = crowd.ask(address)?.into_iter();
            let new = replies.filter(|reply| reply.tag.as_deref() != Some(known));
            let took_ms: Vec<_> = new.map(|Reply { took_ms, .. }| took_ms).collect();
            if line_is_known || !took_ms.is_empty() {
                return Ok(took_ms);
            }
            self.server.idle(ASK_EVERY)?;
        }
        bail!("the server did not read an appended line within {PATIENCE:?}");
    }

    /// Measures all questions about statistics, asked in turn.
    pub(super) fn measure_mixture(
        &self,
        generator: &Generator,
        questions: &[QuestionFigures],
    ) -> Result<Traffic> {
        eprintln!("all statistics in turn, for {MIXED_S} s");
        let statistics = questions.iter().filter(|question| targets::is_statistics(&question.path));
        let addresses: Vec<_> = statistics.map(|question| question.address.as_str()).collect();
        generator.ask(self.server.url(), &addresses, MIXED_S)
    }

    /// Measures the notification latency of a line for many subscribers, without other requests.
    pub(super) fn notify_many(&mut self) -> Result<UpdateFigures> {
        let (clients, lines) = CROWD;
        eprintln!("{clients} clients are notified of {lines} lines");
        let url = self.server.url();
        let latency = watchers::notify_crowd(
            url,
            &mut self.home,
            &mut self.checker,
            clients,
            lines,
            watchers::APPEND_EVERY,
        );
        Ok(UpdateFigures { clients, latency: self.runtime.block_on(latency)? })
    }

    /// Checks that the server has counted everything, stops it, and returns its peak memory in megabytes, if
    /// the system reports it.
    pub(super) fn end(mut self) -> Result<Option<f64>> {
        ready::check(&self.server, &mut self.checker)?;
        let peak_mb = if procfs::is_there() { Some(procfs::peak_mb(self.server.id())?) } else { None };
        self.server.stop()?;
        Ok(peak_mb)
    }
}
