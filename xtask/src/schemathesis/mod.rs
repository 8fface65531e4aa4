//! `cargo xtask schemathesis`: requests that the OpenAPI document allows, and many that it does not.
//!
//! Schemathesis generates requests from the document: valid ones, ones at the limits of validity, malformed
//! ones, and unknown methods. Every response must match the document. Endpoints are only taken from the
//! document, so all of them are tested.
//!
//! # Design
//!
//! The tests of the program check every response against the document as well, but with hand-written
//! requests. The requests here follow from the document, a seed and the pinned versions of all packages, so
//! that findings are reproducible.

use crate::python;
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::answer::{Answer, Checker};
use ctm_harness::home::write_answer;
use ctm_harness::repository::Repository;
use ctm_harness::server::{self, Server};
use ctm_harness::{clock, process, ready};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Everything that is installed, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Checks that cannot apply. `positive_data_acceptance`: not every request that matches the schema of each
/// parameter is valid, for example with an unknown zone, `from` after `to`, or two mutually exclusive
/// parameters, which a schema of a query cannot express. `ignored_auth`: the server runs without a token, and
/// then requires none.
const IMPOSSIBLE: &str = "positive_data_acceptance,ignored_auth";

/// Default number of random requests per operation.
const EXAMPLES: u32 = 30;

/// Default seed.
const SEED: u64 = 1;

/// Maximum time of a response, in seconds.
const ANSWER_S: u16 = 10;

/// Maximum time of the whole run.
const LIMIT: Duration = Duration::from_secs(600);

/// Sends the server requests that its OpenAPI document permits, and others.
///
/// Schemathesis is installed below the target folder, which requires Python; on Debian as root it is
/// installed. The server runs on a small generated home. The task fails on any response that does not match
/// the document, prints the request to reproduce it, and fails when the server is unhealthy or incomplete
/// afterwards. `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Maximum number of random requests per operation, besides those at the limits.
    #[arg(long, default_value_t = EXAMPLES, value_parser = clap::value_parser!(u32).range(1..))]
    examples: u32,
    /// Seed of the generator.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
}

/// Starts a server, sends requests, and checks that it has lost nothing.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let programs = python::programs(repository, "schemathesis", REQUIREMENTS)?;
    let binary = server::built(repository)?;

    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    write_answer(&ctm_corpus::generate(&plan, &home)?, &home)?;
    let mut checker = Checker::new(Answer::of(&home)?.totals);

    let server = Server::start(&mut server::serving(&binary, temporary.path(), &home))?;
    ready::wait_until_live(&server)?;
    ready::check(&server, &mut checker)?;
    let mut schemathesis = Command::new(programs.join("schemathesis"));
    process::run_within(ask(&mut schemathesis, args, server.url(), temporary.path()), LIMIT)?;
    ready::check_health(&server)?;
    ready::check(&server, &mut checker).context("after all requests")?;
    server.stop()?;
    Ok(())
}

/// Completes the call of Schemathesis, which takes its settings from nowhere else and leaves
/// nothing behind but in `folder`.
fn ask<'a>(schemathesis: &'a mut Command, args: &Args, url: &str, folder: &Path) -> &'a mut Command {
    schemathesis
        .arg("run")
        .arg(format!("{url}api/v1/openapi.json"))
        .args(["--checks", "all", "--exclude-checks", IMPOSSIBLE])
        .args(["--max-examples", &args.examples.to_string(), "--seed", &args.seed.to_string()])
        .args(["--workers", "1", "--generation-database", "none", "--continue-on-failure"])
        .args(["--request-timeout", &ANSWER_S.to_string(), "--output-truncate", "false"])
        .env("HOME", folder)
        .env("NO_PROXY", "*")
        .current_dir(folder)
}
