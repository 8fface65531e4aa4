//! Metrics that a server exports, read by the messages of OpenTelemetry.

use anyhow::{Context, Result, bail, ensure};
use ctm_harness::http::Connection;
use ctm_harness::process;
use ctm_harness::server::{self, Server};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// The receiver.
const RECEIVER: &str = include_str!("receiver.py");

/// A metric as it was received.
#[derive(Deserialize)]
struct Metric {
    name: String,
    unit: String,
    kind: String,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    attributes: BTreeMap<String, String>,
    value: serde_json::Number,
}

/// Has a server export its metrics to a receiver, and compares them with those that it serves.
pub(super) fn check(ctm: &Path, python: &Path, folder: &Path, home: &Path) -> Result<()> {
    std::fs::write(folder.join("receiver.py"), RECEIVER)?;
    let mut receiver = Command::new(python);
    receiver.arg(folder.join("receiver.py")).env("HOME", folder).stdout(Stdio::piped());
    let mut receiver = receiver.spawn().context("cannot start the receiver")?;
    let lines = process::lines(receiver.stdout.take().context("the receiver has no output")?);
    let line = || lines.recv_timeout(server::PATIENCE);
    let port: u16 = line()?.parse().context("the receiver has no port")?;
    let mut serving = server::serving(ctm, folder, home);
    serving
        .args(["--otlp-export-allow-private=true", "--otlp-export-allow-http=true", "--otlp-export"])
        .arg(format!("http://127.0.0.1:{port}/v1/metrics"));
    let server = Server::start(&mut serving)?;
    let mut received = vec![line().context("the server exports nothing")?];
    received.extend(std::iter::from_fn(|| line().ok()));
    ensure!(receiver.wait()?.success(), "the receiver cannot read the metrics");
    let served = Connection::open(server.url())?.get("/metrics")?;
    let served = String::from_utf8(served)?;
    for line in &received {
        let metric = serde_json::from_str(line).with_context(|| line.clone())?;
        compare(&metric, &served)?;
    }
    server.stop()?;
    println!("{} metrics are received as they are served", received.len());
    Ok(())
}

/// Compares a metric with the text format: its kind, and the values of usage, which stay the same.
fn compare(metric: &Metric, served: &str) -> Result<()> {
    let Metric { name, unit, kind, points } = metric;
    let kind = if kind == "sum" { "gauge" } else { kind };
    ensure!(served.contains(&format!("# TYPE {name} {kind}\n")), "`{name}` is no {kind} of /metrics");
    ensure!(name.ends_with("_seconds") || unit != "s", "`{name}` is in seconds");
    for point in points {
        // One label alone: the order of several is not in the message.
        let Some((label, text)) = point.attributes.first_key_value().filter(|_| point.attributes.len() == 1)
        else {
            continue;
        };
        let sample = format!("{name}{{{label}=\"{text}\"}} {}\n", point.value);
        if name.ends_with("_total") && !served.contains(&sample) {
            bail!("/metrics has no line `{}`", sample.trim_end());
        }
    }
    Ok(())
}
