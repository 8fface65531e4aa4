//! `cargo xtask schemathesis`: requests that the OpenAPI document allows, and many that it does not.
//!
//! Schemathesis reads the document and makes requests from it: valid ones, ones at the limits of
//! what is valid, malformed ones, and methods that there are not. Every answer has to be what the
//! document says of it. Nothing here names an endpoint: whatever the document says is tested.
//!
//! # Design
//!
//! The tests of the program check every answer against the document as well, but they ask what
//! somebody thought of. The requests here follow from the document, a seed and the versions of
//! all packages, which are pinned, so that a finding can be made again.

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

/// Checks that cannot hold. `positive_data_acceptance`: not all that fits the schema of each
/// parameter is a question, such as a zone that there is not, `from` after `to`, or two parameters
/// that exclude each other, and no schema of a query can say so. `ignored_auth`: the server runs
/// without a token, and then asks nobody for one.
const IMPOSSIBLE: &str = "positive_data_acceptance,ignored_auth";

/// Requests that are made up at random for each operation, unless it is said otherwise.
const EXAMPLES: u32 = 30;

/// Decides what is left to chance, unless it is said otherwise.
const SEED: u64 = 1;

/// How long an answer may take, in seconds.
const ANSWER_S: u16 = 10;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Asks the server what its OpenAPI document allows, and what it does not.
///
/// Schemathesis is installed below the target folder, for which Python has to be there; on Debian
/// as root it is installed. The server runs on a small generated home. The task fails on any answer
/// that is not as the document says, prints the request that makes it, and fails when the server is
/// not healthy or not complete afterwards. `cargo xtask test` does the same.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The most requests made up at random for each operation; those at the limits are beside them.
    #[arg(long, default_value_t = EXAMPLES, value_parser = clap::value_parser!(u32).range(1..))]
    examples: u32,
    /// Decides everything that is left to chance.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
}

impl Default for Args {
    fn default() -> Self {
        Self { examples: EXAMPLES, seed: SEED }
    }
}

/// Starts a server, asks it, and checks that it has lost nothing.
pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let programs = python::programs(&repository, "schemathesis", REQUIREMENTS)?;
    let binary = server::built(&repository)?;

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
