//! Simultaneous equal requests of many clients.

use anyhow::{Context, Result};
use ctm_harness::http::Connection;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// Connections that ask together.
pub(super) struct Crowd {
    connections: Vec<Connection>,
}

/// Response of a connection.
pub(super) struct Reply {
    pub(super) took_ms: f64,
    /// Changes with the response; `None` for responses that are computed per request.
    pub(super) tag: Option<String>,
}

impl Crowd {
    /// Opens this number of connections to the server whose page is at `url`.
    pub(super) fn gather(url: &str, connections: usize) -> Result<Self> {
        let connections = (0..connections).map(|_| Connection::open(url)).collect::<Result<_>>()?;
        Ok(Self { connections })
    }

    /// Has one of them ask.
    pub(super) fn ask_once(&mut self, address: &str) -> Result<Reply> {
        timed(self.connections.first_mut().context("no connections")?, address)
    }

    /// Has all of them ask at the same moment.
    pub(super) fn ask(&mut self, address: &str) -> Result<Vec<Reply>> {
        let barrier = Barrier::new(self.connections.len());
        thread::scope(|scope| {
            let asked = self.connections.iter_mut().map(|connection| {
                scope.spawn(|| {
                    barrier.wait();
                    timed(connection, address)
                })
            });
            let asked: Vec<_> = asked.collect();
            asked.into_iter().map(|asked| asked.join().expect("asking does not panic")).collect()
        })
    }
}

fn timed(connection: &mut Connection, address: &str) -> Result<Reply> {
    let start = Instant::now();
    let answer = connection.ask(address)?;
    Ok(Reply { took_ms: start.elapsed().as_secs_f64() * 1e3, tag: answer.tag })
}
