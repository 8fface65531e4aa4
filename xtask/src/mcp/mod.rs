//! `cargo xtask mcp`: the server of the Model Context Protocol with the official SDK as its client.
//!
//! # Design
//!
//! The tests of the program write the protocol by hand. Here a client that others maintain speaks it, calls every tool and
//! checks every result against the schema of the tool, so that both sides cannot share a mistake.

use crate::python;
use anyhow::{Context, Result, ensure};
use ctm_corpus::{Plan, generate};
use ctm_harness::repository::Repository;
use ctm_harness::{clock, process, server};
use serde::Deserialize;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Everything that is installed, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The client.
const CLIENT: &str = include_str!("client.py");

/// Maximum time of the client.
const LIMIT: Duration = Duration::from_secs(120);

/// Calls every tool of `ctm mcp` on a generated home, by the official SDK for Python, and compares the totals.
///
/// The SDK is installed below the target folder, which requires Python; on Debian as root it is installed.
/// `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// What the client found.
#[derive(Debug, Deserialize)]
struct Found {
    server: String,
    tools: usize,
    documents: usize,
    responses: u64,
    output_tokens: u64,
}

/// Calls every tool, and compares the totals with the truth.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let programs = python::programs(repository, "mcp", REQUIREMENTS)?;
    let binary = server::built(repository)?;
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let home = folder.join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    let answer = generate(&plan, &home)?;
    fs::write(folder.join("client.py"), CLIENT)?;
    let mut client = Command::new(programs.join("python"));
    let found = folder.join("found.json");
    client.arg(folder.join("client.py")).arg(&found).arg(binary).args(["mcp", "--claude-dir"]).arg(&home);
    client.arg("--database").arg(folder.join("ctm.db"));
    process::run_within(client.env("HOME", folder).current_dir(folder), LIMIT)?;
    let found: Found =
        serde_json::from_slice(&fs::read(&found)?).context("cannot read what the client found")?;
    let totals = &answer.totals;
    let expected = (totals.responses, totals.tokens.output);
    ensure!((found.responses, found.output_tokens) == expected, "{found:?}, and it is {expected:?}");
    ensure!(found.server == "ctm" && found.tools > 0 && found.documents > 0, "{found:?}");
    println!("{} tools, {} documents", found.tools, found.documents);
    Ok(())
}
