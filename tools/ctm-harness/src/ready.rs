//! Readiness of a server, by its health.

use crate::answer::Checker;
use crate::http::Connection;
use crate::server::{PATIENCE, Server};
use anyhow::{Result, bail};
use serde::Deserialize;
use std::time::Duration;

/// Time between two questions whether the server is up to date.
const ASK_EVERY: Duration = Duration::from_millis(1);

/// The part of `GET /health` with the status and the progress of reading.
#[derive(Deserialize)]
struct Health {
    status: String,
    ingest: Ingest,
}

#[derive(Deserialize)]
struct Ingest {
    state: String,
}

/// Waits until a server has read everything, and returns how long that took from its start.
pub fn wait_until_live(server: &Server) -> Result<Duration> {
    let mut connection = Connection::open(server.url())?;
    loop {
        let health: Health = serde_json::from_slice(&connection.get("/api/v1/health")?)?;
        let age = server.age();
        if health.ingest.state == "live" {
            return Ok(age);
        }
        if age > PATIENCE {
            bail!("the server did not get up to date");
        }
        server.idle(ASK_EVERY)?;
    }
}

/// Checks that a server reports that it is healthy.
pub fn check_health(server: &Server) -> Result<()> {
    let health = Connection::open(server.url())?.get("/api/v1/health")?;
    let Health { status, .. } = serde_json::from_slice(&health)?;
    if status != "healthy" {
        bail!("the server is {status}: {}", String::from_utf8_lossy(&health));
    }
    Ok(())
}

/// Checks the totals of a server over all time.
pub fn check(server: &Server, checker: &mut Checker) -> Result<()> {
    checker.check(&Connection::open(server.url())?.get("/api/v1/stats?range=all&tz=UTC")?)
}
