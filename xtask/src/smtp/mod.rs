//! `cargo xtask smtp`: mail from `ctm serve` to a server that others maintain.
//!
//! # Design
//!
//! The tests of `ctm-notify` have a mail server written by hand. Here aiosmtpd receives a written report in each form of
//! encryption, and Python's own library reads it, so that both sides cannot share a mistake.

use crate::python;
use anyhow::Result;
use ctm_corpus::{Plan, generate};
use ctm_harness::repository::Repository;
use ctm_harness::{clock, process, server};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Everything that is installed, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The mail server, and what it checks.
const RECEIVER: &str = include_str!("receiver.py");

/// Maximum time of the receiver.
const LIMIT: Duration = Duration::from_secs(180);

/// Sends a monthly report by mail to a real server, unencrypted, with STARTTLS and with TLS, and reads it there.
///
/// The mail server is installed below the target folder, which requires Python; on Debian as root it is installed.
/// `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Sends mail, and has it checked by its receiver.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let programs = python::programs(repository, "smtp", REQUIREMENTS)?;
    let binary = server::built(repository)?;
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let home = folder.join("claude");
    generate(&Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) }, &home)?;
    let script = folder.join("receiver.py");
    fs::write(&script, RECEIVER)?;
    let certificates = repository.root.join("crates/ctm-notify/tests/tls");
    let mut receiver = Command::new(programs.join("python"));
    receiver.arg(script).args([&*binary, folder, &home, &certificates]);
    process::run_within(receiver.env("NO_PROXY", "*").current_dir(folder), LIMIT)
}
