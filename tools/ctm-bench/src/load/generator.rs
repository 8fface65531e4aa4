//! Many requests at a time, by `wrk`.
//!
//! # Design
//!
//! The generator shares the processor with the server, so its CPU time is missing there: `wrk` needs one
//! thread and very little time per request. Each of its connections sends the next request after a response;
//! a pause of the server delays requests, and counts as one slow response per connection.

use crate::report::Traffic;
use crate::statistics::Latency;
use anyhow::{Context, Result, bail};
use ctm_harness::packages::System;
use ctm_harness::process;
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// The generator: a Debian package, and the program in it.
const WRK: &str = "wrk";

/// The requests of `wrk`, and the form of its results.
const SCRIPT: &str = include_str!("wrk.lua");

/// Time after which a response is late, in seconds; none may be.
const LATE_S: u64 = 10;

/// Sends requests.
pub(super) struct Generator {
    _folder: TempDir,
    script: PathBuf,
    connections: usize,
}

/// Summary of the script.
#[derive(Deserialize)]
struct Summary {
    requests: u32,
    duration_us: u32,
    /// Responses without success.
    refused: u64,
    /// Connections that were refused or ended.
    broken: u64,
    /// Requests without a response in time.
    late: u64,
    p50_us: u32,
    p95_us: u32,
    p99_us: u32,
    max_us: u32,
}

impl Generator {
    /// Creates a generator with this number of requests in flight. `wrk` is installed if it is missing.
    pub(super) fn new(connections: usize) -> Result<Self> {
        if process::find(WRK).is_none() {
            System::this().require(&[WRK], "wrk 4 so that `wrk` starts it")?;
        }
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("wrk.lua");
        std::fs::write(&script, SCRIPT)?;
        Ok(Self { _folder: folder, script, connections })
    }

    /// Sends requests to the server at `url` for these paths in rotation, for this number of seconds. All
    /// responses must be successful.
    pub(super) fn ask(&self, url: &str, addresses: &[&str], seconds: u64) -> Result<Traffic> {
        let mut wrk = Command::new(WRK);
        wrk.args(["--threads", "1", "--connections", &self.connections.to_string()]);
        wrk.args(["--duration", &format!("{seconds}s"), "--timeout", &format!("{LATE_S}s"), "--script"]);
        wrk.arg(&self.script).args(["--", url]).args(addresses);
        traffic(&process::output(&mut wrk)?)
    }
}

/// Parses the figures from the output of `wrk`.
fn traffic(output: &str) -> Result<Traffic> {
    let line = output.lines().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("wrk printed no figures:\n{output}"))?;
    let figures: Summary = serde_json::from_str(line).context("the figures of wrk")?;
    let Summary { requests, refused, broken, late, .. } = figures;
    if refused + broken + late > 0 {
        bail!(
            "of {requests} requests {refused} were answered with an error, {late} too late; {broken} connections failed"
        );
    }
    let seconds = f64::from(figures.duration_us) / 1e6;
    let milliseconds = |microseconds: u32| f64::from(microseconds) / 1e3;
    Ok(Traffic {
        seconds,
        requests_per_s: f64::from(requests) / seconds,
        latency: Latency {
            count: requests as usize,
            p50_ms: milliseconds(figures.p50_us),
            p95_ms: milliseconds(figures.p95_us),
            p99_ms: milliseconds(figures.p99_us),
            max_ms: milliseconds(figures.max_us),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(refused: u64) -> String {
        format!(
            "Running 2s test @ http://127.0.0.1:1/\n  3000 requests in 2.00s, 1.00MB read\n\
             {{\"requests\": 3000, \"duration_us\": 2000000, \"refused\": {refused}, \"broken\": 0, \"late\": 0, \
             \"p50_us\": 500, \"p95_us\": 950, \"p99_us\": 1990, \"max_us\": 12000}}\n"
        )
    }

    #[test]
    fn figures_are_those_of_the_script() {
        let Traffic { seconds, requests_per_s, latency } = traffic(&output(0)).unwrap();
        assert_eq!((seconds, requests_per_s), (2.0, 1_500.0));
        let expected = Latency { count: 3_000, p50_ms: 0.5, p95_ms: 0.95, p99_ms: 1.99, max_ms: 12.0 };
        assert_eq!(latency, expected);
    }

    #[test]
    fn traffic_with_an_error_is_no_figure() {
        let error = traffic(&output(7)).unwrap_err().to_string();
        assert!(error.starts_with("of 3000 requests 7 were answered with an error"), "{error}");
        let error = traffic("unable to connect\n").unwrap_err().to_string();
        assert!(error.ends_with("unable to connect\n"), "{error}");
    }
}
