//! A server, and everybody around it.
//!
//! # Design
//!
//! The first answers after a line are those of a [`Crowd`], which asks until its answers have
//! another tag. So it meets a server that is still busy with the line: summing up its day, and
//! telling all who watch. To wait for that was rejected, because it would measure a server at
//! rest. Nor are they taken from the generator, which asks without a pause: the few first ones of
//! some ten thousand a second are in no percentile.

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

/// Seconds for which each question is asked.
const QUESTION_S: u64 = 5;

/// Seconds for which all questions about statistics are asked in turn.
const MIXED_S: u64 = 30;

/// WebSockets that are notified of lines at the end, and the number of lines.
const CROWD: (usize, usize) = (500, 40);

/// Time between two questions while a line is not known yet.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// A server, those who watch it, and the home that it reads.
pub(super) struct Stand {
    server: Server,
    home: GrowingHome,
    checker: Checker,
    watchers: Audience,
    /// One thread, for those who watch: the server needs the other cores.
    runtime: Runtime,
}

impl Stand {
    /// Connects those who watch to a server that reads `home`.
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

    /// Returns how long the first answers after each line took, in milliseconds; none where
    /// answers are not kept, or have nothing to do with lines.
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

    /// Asks until answers have another tag than `known`, and returns how long those took; none
    /// when the line is known and the answer still the same.
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
        let latency =
            watchers::notify_crowd(self.server.url(), &mut self.home, &mut self.checker, clients, lines);
        Ok(UpdateFigures { clients, latency: self.runtime.block_on(latency)? })
    }

    /// Checks that the server knows everything, stops it, and returns the most memory that it had,
    /// in megabytes, where the system reports it.
    pub(super) fn end(mut self) -> Result<Option<f64>> {
        ready::check(&self.server, &mut self.checker)?;
        let peak_mb = if procfs::is_there() { Some(procfs::peak_mb(self.server.id())?) } else { None };
        self.server.stop()?;
        Ok(peak_mb)
    }
}
