//! The tests in a browser, against the real program.
//!
//! The program reads a generated home that ends now, keeps its database in a temporary folder,
//! and has to end well when it is asked to.

use crate::repository::Repository;
use crate::server::Server;
use crate::tally::{Runner, Tally};
use crate::web::Web;
use crate::{clock, process, server, test, tools};
use anyhow::Result;
use ctm_corpus::Plan;
use std::process::Command;

/// Builds the program, starts it, tests its page, and stops it.
pub(crate) fn test(repository: &Repository, web: &Web<'_>, tally: &mut Tally) -> Result<()> {
    visit(repository, web.pnpm(["e2e"]), |tests| test::count(tests, Runner::Playwright, tally))
}

/// Does the same, and takes the pictures of the documentation in place of testing.
pub(crate) fn take_pictures(repository: &Repository, web: &Web<'_>) -> Result<()> {
    visit(repository, web.pnpm(["screenshots"]), process::run)
}

/// Has `run` call `visitor`, which finds in its environment where the page is.
fn visit(
    repository: &Repository,
    mut visitor: Command,
    run: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<()> {
    let binary = server::built(repository)?;

    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    ctm_corpus::generate(&plan, &home)?;
    // One that the tests may write to; the last line of a generated one may be unfinished.
    let project = home.join("projects/-home-u-src-live");
    let transcript = project.join("5e551011-0000-4000-8000-000000000000.jsonl");
    std::fs::create_dir_all(project)?;
    std::fs::write(&transcript, "")?;

    let server = Server::start(&mut server::serving(&binary, temporary.path(), &home))?;
    visitor.env("CTM_URL", server.url()).env("CTM_TEST_TRANSCRIPT", transcript);
    visitor.envs(tools::chromium().map(|chromium| ("CTM_CHROMIUM", chromium)));
    run(&mut visitor)?;
    server.stop()?;
    Ok(())
}
