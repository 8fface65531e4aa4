//! The tests in a browser, against the real program.
//!
//! The program reads a generated home that ends now, keeps its database in a temporary folder, and must end
//! successfully on request. It is tested behind nginx with TLS and a login, under a path, and every page on
//! real homes, if `CTM_CORPORA` names a folder with some. A server that is started before its home exists has a test of its own.

use crate::page::Web;
use crate::tally::{self, Runner, TestCounts};
use crate::{proxy, tools};
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::repository::Repository;
use ctm_harness::server::Server;
use ctm_harness::{clock, process, server};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the program, starts it, tests its page, and stops it.
pub(crate) fn test(repository: &Repository, web: &Web<'_>, tally: &mut TestCounts) -> Result<()> {
    let mut count = |tests: &mut Command| tally::count(tests, Runner::Playwright, tally);
    visit(repository, web.pnpm(["e2e"]), &mut count)?;
    wait_for_home(repository, web, &mut count)?;
    proxy::each(repository, |proxied| {
        if proxied.base.is_empty() {
            return Ok(());
        }
        let mut looks = web.pnpm(["exec", "playwright", "test", "--project", "base"]);
        looks.env("CTM_TEST_BASE_URL", proxied.url()).env("CTM_TEST_TOKEN", proxy::TOKEN);
        looks.envs(tools::chromium().map(|chromium| ("CTM_CHROMIUM", chromium)));
        count(&mut looks)
    })?;
    let Some(corpora) = std::env::var_os("CTM_CORPORA") else {
        println!("skipped: every page on real homes, because CTM_CORPORA is not set");
        return Ok(());
    };
    for home in homes(Path::new(&corpora))? {
        println!("every page on `{}`", home.display());
        let mut looks =
            web.pnpm(["exec", "playwright", "test", "every.spec.ts", "--project", "page", "--no-deps"]);
        looks.env("CTM_TEST_RANGE", "all");
        let temporary = tempfile::tempdir()?;
        let context = || home.display().to_string();
        serve(repository, temporary.path(), &home, looks, &mut count).with_context(context)?;
    }
    Ok(())
}

/// Tests the page of a server that is started before its home exists.
fn wait_for_home(
    repository: &Repository,
    web: &Web<'_>,
    count: &mut impl FnMut(&mut Command) -> Result<()>,
) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("later/.claude");
    let binary = server::built(repository)?;
    let server = Server::start(&mut server::serving(&binary, temporary.path(), &home))?;
    let mut looks = web.pnpm(["exec", "playwright", "test", "--project", "waiting"]);
    looks.env("CTM_TEST_WAITING_URL", server.url()).env("CTM_TEST_WAITING_HOME", &home);
    looks.envs(tools::chromium().map(|chromium| ("CTM_CHROMIUM", chromium)));
    count(&mut looks)?;
    server.stop()?;
    Ok(())
}

/// Returns the Claude homes in a folder.
fn homes(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut homes = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.join("projects").is_dir() {
            homes.push(path);
        }
    }
    homes.sort();
    Ok(homes)
}

/// Does the same, and takes the pictures of the documentation in place of testing.
pub(crate) fn take_pictures(repository: &Repository, web: &Web<'_>) -> Result<()> {
    visit(repository, web.pnpm(["screenshots"]), process::run)
}

/// Does the same, and prints how fast the page is in place of testing.
pub(crate) fn measure(repository: &Repository, web: &Web<'_>) -> Result<()> {
    visit(repository, web.pnpm(["bench"]), process::run)
}

/// Has `run` call `visitor`, which finds in its environment where the page of a generated home is.
fn visit(
    repository: &Repository,
    mut visitor: Command,
    run: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    ctm_corpus::generate(&plan, &home)?;
    // A home that the tests may write to; the last line of a generated one may be unfinished.
    let project = home.join("projects/-home-u-src-live");
    let transcript = project.join("5e551011-0000-4000-8000-000000000000.jsonl");
    std::fs::create_dir_all(project)?;
    std::fs::write(&transcript, "")?;
    visitor.env("CTM_TEST_TRANSCRIPT", transcript);
    serve(repository, temporary.path(), &home, visitor, run)
}

/// Runs `visitor` with the URL of the page of a home in its environment; the database is in `folder`.
fn serve(
    repository: &Repository,
    folder: &Path,
    home: &Path,
    mut visitor: Command,
    run: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<()> {
    let binary = server::built(repository)?;
    let server = Server::start(&mut server::serving(&binary, folder, home))?;
    visitor.env("CTM_URL", server.url());
    visitor.envs(tools::chromium().map(|chromium| ("CTM_CHROMIUM", chromium)));
    run(&mut visitor)?;
    server.stop()?;
    Ok(())
}
