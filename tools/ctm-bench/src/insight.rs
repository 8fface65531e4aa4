//! The reports that explain usage, on a large database: each is computed from single responses, so that time and memory
//! could grow with their number.

use super::api::{ENOUGH, REQUESTS};
use super::procfs;
use super::programs::Programs;
use super::report::ReportFigures;
use super::statistics::Latency;
use anyhow::{Context, Result};
use ctm_harness::home::Home;
use ctm_harness::http::Connection;
use ctm_harness::server::Server;
use std::time::Instant;

/// The reports for all time; the limits have a period of their own.
const PATHS: [&str; 18] = [
    "/api/v1/why?range=90d&tz=UTC",
    "/api/v1/by/skill?range=all&tz=UTC",
    "/api/v1/by/plugin?range=all&tz=UTC",
    "/api/v1/by/agent?range=all&tz=UTC",
    "/api/v1/by/mcp?range=all&tz=UTC",
    "/api/v1/by/tool?range=all&tz=UTC",
    "/api/v1/by/effort?range=all&tz=UTC",
    "/api/v1/by/entrypoint?range=all&tz=UTC",
    "/api/v1/by/version?range=all&tz=UTC",
    "/api/v1/by/branch?range=all&tz=UTC",
    "/api/v1/by/ticket?range=all&tz=UTC",
    "/api/v1/by/pr?range=all&tz=UTC",
    "/api/v1/compare/version?range=all&tz=UTC",
    "/api/v1/compare/model?range=all&tz=UTC",
    "/api/v1/drivers?range=all&tz=UTC",
    "/api/v1/hooks?range=all&tz=UTC",
    "/api/v1/concurrency?range=all&tz=UTC",
    "/api/v1/limits/calibration?tz=UTC",
];

/// Measures all reports on the database of a home.
pub(crate) fn ask(programs: &Programs, home: &Home) -> Result<Vec<ReportFigures>> {
    home.warm()?;
    let folder = tempfile::tempdir()?;
    let server = programs.serve(folder.path(), &home.path)?;
    let mut connection = Connection::open(server.url())?;
    let asked = PATHS
        .iter()
        .map(|path| measure(path, &mut connection, &server).with_context(|| format!("GET {path}")))
        .collect::<Result<_>>()?;
    server.stop()?;
    Ok(asked)
}

/// Measures the first request for a report, with the memory of the server, and others.
fn measure(path: &str, connection: &mut Connection, server: &Server) -> Result<ReportFigures> {
    eprintln!("GET {path}");
    if procfs::is_there() {
        procfs::reset_peak(server.id())?;
    }
    let start = Instant::now();
    let bytes = connection.get(path)?.len();
    let first_ms = start.elapsed().as_secs_f64() * 1e3;
    let peak_mb = if procfs::is_there() { Some(procfs::peak_mb(server.id())?) } else { None };
    let mut others = Vec::with_capacity(REQUESTS);
    let begin = Instant::now();
    while others.len() < REQUESTS && begin.elapsed() < ENOUGH {
        let start = Instant::now();
        connection.get(path)?;
        others.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let others = Latency::of(others).context("nothing was asked")?;
    Ok(ReportFigures { path: path.to_owned(), bytes, first_ms, others, peak_mb })
}
