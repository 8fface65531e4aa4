//! `cargo xtask mcp`: the server of the Model Context Protocol with the official SDK as its client.
//!
//! # Design
//!
//! The tests of the program write the protocol by hand. Here a client that others maintain speaks it, calls every tool and
//! checks every result against the schema of the tool, so that both sides cannot share a mistake.

use crate::python;
use anyhow::{Context, Result, ensure};
use ctm_corpus::{Answer, Plan, generate};
use ctm_harness::repository::Repository;
use ctm_harness::server::{self, Server};
use ctm_harness::{clock, process, ready};
use serde::Deserialize;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Everything that is installed, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The client.
const CLIENT: &str = include_str!("client.py");

/// Maximum time of the client.
const LIMIT: Duration = Duration::from_secs(120);

/// Calls every tool of `ctm mcp`, and of a server over HTTP, on a generated home, by the official SDK for Python, and
/// compares the totals.
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
    let python = programs.join("python");
    let database = folder.join("pipes.db");
    let started = [
        binary.as_os_str(),
        "mcp".as_ref(),
        "--claude-dir".as_ref(),
        home.as_os_str(),
        "--database".as_ref(),
        database.as_os_str(),
    ];
    check(&python, folder, &started, &answer)?;
    let server = Server::start(&mut server::serving(&binary, folder, &home))?;
    ready::wait_until_live(&server)?;
    check(&python, folder, &[format!("{}mcp", server.url()).as_ref()], &answer)?;
    server.stop()?;
    Ok(())
}

/// Has a client call every tool of a server, and compares the totals with the truth.
fn check(python: &Path, folder: &Path, server: &[&OsStr], answer: &Answer) -> Result<()> {
    let found = folder.join("found.json");
    let mut client = Command::new(python);
    client.arg(folder.join("client.py")).arg(&found).args(server);
    process::run_within(client.env("HOME", folder).env("NO_PROXY", "*").current_dir(folder), LIMIT)?;
    let found: Found =
        serde_json::from_slice(&fs::read(&found)?).context("cannot read what the client found")?;
    let expected = (answer.totals.responses, answer.totals.tokens.output);
    ensure!((found.responses, found.output_tokens) == expected, "{found:?}, and it is {expected:?}");
    ensure!(found.server == "ctm" && found.tools > 0 && found.documents > 0, "{found:?}");
    println!("{} tools, {} documents", found.tools, found.documents);
    Ok(())
}
