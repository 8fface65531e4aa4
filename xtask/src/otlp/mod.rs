//! `cargo xtask otlp`: telemetry from OpenTelemetry's own SDK, in both encodings, against a server.
//!
//! # Design
//!
//! The tests of the program send bodies written by hand. Here a sender that others maintain writes them, so that both sides
//! cannot share a mistake about the format. What it sends belongs to a generated home whose truth is known: some reports
//! are lost, some come twice, all in another order, half of them before the home is read and half after a restart.
//!
//! In the other direction, the metrics that a server exports are read by OpenTelemetry's own messages.

mod export;

use crate::python;
use anyhow::{Context, Result, ensure};
use ctm_corpus::{Plan, Report, Telemetry, generate_with_telemetry};
use ctm_harness::http::Connection;
use ctm_harness::repository::Repository;
use ctm_harness::server::{self, Server};
use ctm_harness::{clock, process, ready};
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Everything that is installed, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The sender.
const SENDER: &str = include_str!("sender.py");

/// Reports of a hundred that are lost.
const LOST_PERCENT: u64 = 7;

/// Maximum time of a sender.
const LIMIT: Duration = Duration::from_secs(120);

/// Sends a server the telemetry of a generated home, by OpenTelemetry's SDK for Python, and compares its totals; and has it export its metrics.
///
/// The SDK is installed below the target folder, which requires Python; on Debian as root it is installed.
/// `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// What the server sums.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Totals {
    output_tokens: u64,
    responses: u64,
    unfinalised_responses: u64,
}

#[derive(Deserialize)]
struct Stats {
    totals: Totals,
}

/// Sends telemetry in both encodings to a server, and compares its totals with the truth.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let programs = python::programs(repository, "otlp", REQUIREMENTS)?;
    let binary = server::built(repository)?;
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let home = folder.join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    let (answer, telemetry) = generate_with_telemetry(&plan, &home)?;
    let delivered = telemetry.delivered(1, LOST_PERCENT);
    let (completed, unlogged) = Telemetry::added(&delivered);
    let (first, second) = delivered.split_at(delivered.len() / 2);

    fs::write(folder.join("sender.py"), SENDER)?;
    let python = programs.join("python");
    let server = Server::start(&mut server::serving(&binary, folder, &home))?;
    send(&python, folder, &server, "protobuf", first)?;
    server.stop()?;
    let server = Server::start(&mut server::serving(&binary, folder, &home))?;
    ready::wait_until_live(&server)?;
    send(&python, folder, &server, "json", second)?;
    // As a sender does that was not answered.
    send(&python, folder, &server, "protobuf", second)?;
    ready::check_health(&server)?;

    let more: u64 = completed.iter().map(|(_, more)| more).sum();
    let mut expected = Totals {
        output_tokens: answer.totals.tokens.output + more,
        responses: answer.totals.responses,
        unfinalised_responses: answer.totals.unfinalised - completed.len() as u64,
    };
    check(&server, "", &expected)?;
    expected.output_tokens += unlogged.iter().map(|report| report.tokens.output).sum::<u64>();
    expected.responses += unlogged.len() as u64;
    check(&server, "&unlogged=true", &expected)?;
    server.stop()?;
    export::check(&binary, &python, folder, &home)?;
    let database = fs::read(folder.join("ctm.db"))?;
    ensure!(!database.windows(6).any(|bytes| bytes == b"MARKER"), "the database has more than it should");
    println!("{} reports, {} completed, {} unlogged", delivered.len(), completed.len(), unlogged.len());
    Ok(())
}

/// Has a sender send reports.
fn send(python: &Path, folder: &Path, server: &Server, encoding: &str, reports: &[Report]) -> Result<()> {
    let lines: String = reports.iter().map(|report| format!("{}\n", attributes(report))).collect();
    let path = folder.join("reports.jsonl");
    fs::write(&path, lines)?;
    let mut sender = Command::new(python);
    sender
        .arg(folder.join("sender.py"))
        .arg(format!("{}otlp/v1/logs", server.url()))
        .arg(encoding)
        .arg(&path);
    process::run_within(sender.env("HOME", folder).env("NO_PROXY", "*").current_dir(folder), LIMIT)
}

/// Returns the attributes of a report, as Claude Code names them.
fn attributes(of: &Report) -> serde_json::Value {
    json!({
        "at_ms": of.at_ms,
        "event.name": "api_request",
        "request_id": of.request,
        "session.id": of.session,
        "model": of.model,
        "speed": of.speed,
        "query_source": of.query_source,
        "input_tokens": of.tokens.input,
        "output_tokens": of.tokens.output,
        "cache_read_tokens": of.tokens.cache_read,
        "cache_creation_tokens": of.tokens.cache_write_5m + of.tokens.cache_write_1h,
        "cost_usd": 0.01,
    })
}

fn check(server: &Server, query: &str, expected: &Totals) -> Result<()> {
    let body = Connection::open(server.url())?.get(&format!("/api/v1/stats?range=all&tz=UTC{query}"))?;
    let Stats { totals } = serde_json::from_slice(&body).context("cannot read the totals")?;
    ensure!(totals == *expected, "the server sums {totals:?}, and it is {expected:?}");
    Ok(())
}
