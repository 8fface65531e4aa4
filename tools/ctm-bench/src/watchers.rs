//! Latency from a line in a transcript to all subscribers.
//!
//! Clients are connected to the server's WebSocket, a line is appended, and the time until the
//! last client was notified is taken. The clients share the machine with the server, so that what
//! they take is in the figures; each does no more than find the number of responses.

use super::Case;
use super::programs::Programs;
use super::report::UpdateFigures;
use super::statistics::Latency;
use anyhow::{Context, Result};
use ctm_harness::answer::Checker;
use ctm_harness::home::{GrowingHome, Home};
use ctm_harness::ready;
use ctm_harness::server::PATIENCE;
use futures_util::StreamExt;
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::connect_async;

/// Time between two lines: no update waits for the one before, of which there are at most eight
/// a second.
pub(super) const APPEND_EVERY: Duration = Duration::from_millis(300);

/// A message with the totals.
#[derive(Deserialize)]
struct Update {
    data: Figures,
}

#[derive(Deserialize)]
struct Figures {
    totals: Responses,
}

#[derive(Deserialize)]
struct Responses {
    responses: u64,
}

/// A case: so many clients are notified of so many lines.
const CROWDS: [(Case, usize, usize); 3] =
    [(Case::Live, 1, 200), (Case::Fanout, 100, 20), (Case::Fanout, 500, 20)];

/// Measures the notification latency of a line in all these cases.
pub(crate) fn measure(programs: &Programs, home: &Home, cases: &[Case]) -> Result<Vec<UpdateFigures>> {
    let crowds = CROWDS.into_iter().filter(|(case, ..)| cases.contains(case));
    let crowds: Vec<_> = crowds.map(|(_, clients, lines)| (clients, lines)).collect();
    if crowds.is_empty() {
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let mut growing = home.growing_copy()?;
    let mut checker = Checker::new(home.answer.totals);
    let server = programs.serve(folder.path(), growing.path())?;
    // A single thread: the server needs the other cores.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut figures = Vec::new();
    for (clients, lines) in crowds {
        eprintln!("{}: {clients} clients are notified of {lines} lines", home.path.display());
        let latency = notify_crowd(server.url(), &mut growing, &mut checker, clients, lines, APPEND_EVERY);
        let latency = runtime.block_on(latency)?;
        figures.push(UpdateFigures { clients, latency });
    }
    ready::check(&server, &mut checker)?;
    server.stop()?;
    Ok(figures)
}

/// Measures the notification latency of so many lines, so far apart, for so many new clients.
pub(super) async fn notify_crowd(
    url: &str,
    home: &mut GrowingHome,
    checker: &mut Checker,
    clients: usize,
    lines: usize,
    every: Duration,
) -> Result<Latency> {
    let mut audience = Audience::gather(url, clients).await?;
    audience.wait_for(checker.responses()).await?;
    let mut latencies = Vec::with_capacity(lines);
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..lines {
        ticks.tick().await;
        let start = Instant::now();
        checker.grow(home.append()?);
        audience.wait_for(checker.responses()).await?;
        latencies.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Latency::of(latencies).context("no line was appended")
}

/// Clients, and the last message to each.
pub(crate) struct Audience {
    /// A client's number, and the responses that it was notified of.
    news: UnboundedReceiver<(usize, u64)>,
    known: Vec<u64>,
    /// Ends the clients with their owner.
    _tasks: JoinSet<Result<()>>,
}

impl Audience {
    /// Connects so many clients.
    pub(crate) async fn gather(url: &str, clients: usize) -> Result<Self> {
        let address = url.replacen("http", "ws", 1) + "api/v1/ws?tz=UTC";
        let (sender, news) = unbounded_channel();
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (mut socket, _) = connect_async(&address).await.context("cannot open a WebSocket")?;
            let sender = sender.clone();
            tasks.spawn(async move {
                while let Some(message) = socket.next().await {
                    if let Ok(update) = serde_json::from_str::<Update>(message?.to_text()?) {
                        sender.send((client, update.data.totals.responses))?;
                    }
                }
                Ok(())
            });
        }
        Ok(Self { news, known: vec![0; clients], _tasks: tasks })
    }

    /// Returns whether every client was notified of so many responses.
    pub(super) fn knows(&mut self, responses: u64) -> bool {
        while let Ok((client, now)) = self.news.try_recv() {
            self.known[client] = now;
        }
        self.known.iter().all(|known| responses <= *known)
    }

    /// Waits until every client was notified of so many responses.
    pub(crate) async fn wait_for(&mut self, responses: u64) -> Result<()> {
        let mut behind = self.known.iter().filter(|known| **known < responses).count();
        while behind > 0 {
            let news = timeout(PATIENCE, self.news.recv()).await.with_context(|| {
                format!("{behind} clients were not notified of all {responses} responses within {PATIENCE:?}")
            })?;
            let (client, now) = news.context("the server closed all connections")?;
            let before = std::mem::replace(&mut self.known[client], now);
            behind -= usize::from(before < responses && responses <= now);
        }
        Ok(())
    }
}
