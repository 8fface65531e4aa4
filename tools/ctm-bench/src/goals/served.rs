//! A server: with many subscribers, while other files grow, and with its page in a browser.

use super::Args;
use super::reading::target;
use crate::costs::Thing;
use crate::goal::{Bound, Target};
use crate::homes::generated;
use crate::programs::Programs;
use crate::section::count;
use crate::statistics::Latency;
use crate::{api, procfs, watchers};
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::answer::Checker;
use ctm_harness::home::UNTIL_MS;
use ctm_harness::http::Connection;
use ctm_harness::process;
use ctm_harness::ready;
use ctm_harness::repository::Repository;
use serde::Deserialize;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// WebSockets that are connected, lines that are appended, and the time between two.
const WATCHERS: usize = 500;
const LINES: usize = 100;
const LINE_EVERY: Duration = Duration::from_millis(200);

/// How long foreign files grow, and the time between two writes.
const FOREIGN_FOR: Duration = Duration::from_secs(20);
const FOREIGN_EVERY: Duration = Duration::from_millis(100);

/// Measures a server with many subscribers while lines are appended and requests are sent, one after the other.
pub(super) fn watched(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    let folder = tempfile::tempdir()?;
    let plan = Plan::stress(args.seed, args.size_mb * 1_000_000, UNTIL_MS);
    let home = generated(&plan, &folder.path().join("home"))?;
    let mut growing = home.growing_copy()?;
    let mut checker = Checker::new(home.answer.totals);
    let server = programs.serve(folder.path(), growing.path())?;
    // One thread: the server needs the other cores.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    eprintln!("{WATCHERS} clients are notified of {LINES} lines, while requests are sent");
    let (over, url) = (AtomicBool::new(false), server.url());
    let (latency, asked) = thread::scope(|scope| {
        let asking = scope.spawn(|| ask_until(&over, url));
        let notified = watchers::notify_crowd(url, &mut growing, &mut checker, WATCHERS, LINES, LINE_EVERY);
        let latency = runtime.block_on(notified);
        over.store(true, Ordering::Relaxed);
        (latency, asking.join().expect("requests do not panic"))
    });
    let (latency, asked) = (latency?, asked?);
    ready::check(&server, &mut checker)?;
    server.stop()?;
    let what = |figure: &str| format!("{} MB, {WATCHERS} WebSockets, 5 lines/s: {figure}", args.size_mb);
    Ok(vec![
        target(&what("p99 of requests"), asked.p99_ms, "ms", Bound::Below(20.0)),
        target(
            &what("p99 until the last WebSocket is notified of a line"),
            latency.p99_ms,
            "ms",
            Bound::Below(80.0),
        ),
    ])
}

/// Sends all requests in rotation on one connection until `over` is set.
fn ask_until(over: &AtomicBool, url: &str) -> Result<Latency> {
    let mut connection = Connection::open(url)?;
    let mut took_ms = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for path in api::PATHS {
            let start = Instant::now();
            connection.get(path)?;
            took_ms.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    Latency::of(took_ms).context("no request was sent")
}

/// Measures the CPU time of a server with many transcripts while a file grows that is not one.
pub(super) fn beside_foreign_files(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    if !procfs::is_there() {
        eprintln!("skipped: foreign, because this system has no /proc");
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    eprintln!("a home of {} transcripts is generated", args.files);
    Thing::Transcripts.write(&home, args.files)?;
    // The first one reads everything, which the other need not.
    programs.serve(folder.path(), &home)?.stop()?;
    let server = programs.serve(folder.path(), &home)?;
    let foreign = home.join("projects/-home-u-0/notes.txt");
    let mut file = OpenOptions::new().create(true).append(true).open(foreign)?;
    eprintln!("a foreign file grows for {} s", FOREIGN_FOR.as_secs());
    let (start, before) = (Instant::now(), procfs::cpu(server.id())?);
    while start.elapsed() < FOREIGN_FOR {
        file.write_all(b"written by another program\n")?;
        server.idle(FOREIGN_EVERY)?;
    }
    let cpu = procfs::cpu(server.id())?.saturating_sub(before);
    let share = 100.0 * cpu.div_duration_f64(start.elapsed());
    server.stop()?;
    let what =
        format!("{} files, a foreign file grows ten times a second: share of a core", count(args.files));
    Ok(vec![target(&what, share, "%", Bound::Below(2.0))])
}

/// Figures printed by the measurement of the page.
#[derive(Deserialize)]
struct Page {
    lcp_ms: f64,
    requests: u32,
}

/// Measures the page with all data of a home in a browser.
pub(super) fn in_a_browser(args: &Args, programs: &Programs, repository: &Repository) -> Result<Vec<Target>> {
    let web = repository.root.join("web");
    if !web.join("node_modules").is_dir() {
        eprintln!("skipped: page, because `cargo xtask web` has not installed its packages");
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let plan = Plan::stress(args.seed, args.size_mb * 1_000_000, UNTIL_MS);
    let home = generated(&plan, &folder.path().join("home"))?;
    let server = programs.serve(folder.path(), &home.path)?;
    let mut playwright = std::process::Command::new(web.join("node_modules/.bin/playwright"));
    playwright.args(["test", "--project=bench", "whole.bench.ts"]).current_dir(&web);
    playwright.env("CTM_URL", server.url());
    let (printed, ended) = process::run_captured(&mut playwright)?;
    ended.with_context(|| printed.clone())?;
    server.stop()?;
    let page = found(&printed)?;
    let what = |figure: &str| format!("page, all data of {} MB: {figure}", args.size_mb);
    Ok(vec![
        target(&what("largest contentful paint"), page.lcp_ms / 1e3, "s", Bound::Below(0.5)),
        target(&what("requests"), f64::from(page.requests), "requests", Bound::Below(26.0)),
    ])
}

/// Returns the figures in the output of the measurement of the page.
fn found(printed: &str) -> Result<Page> {
    let figures = printed.lines().find_map(|line| line.trim().strip_prefix("all: "));
    let figures = figures.with_context(|| format!("no figures are printed, but:\n{printed}"))?;
    serde_json::from_str(figures).context("the figures of the page")
}

/// Measures all tests from an empty target folder.
pub(super) fn all_tests(repository: &Repository) -> Result<Vec<Target>> {
    let folder = tempfile::tempdir()?;
    let mut ci = repository.cargo(["xtask", "ci"]);
    ci.env("CARGO_TARGET_DIR", folder.path());
    let start = Instant::now();
    process::run(&mut ci)?;
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    Ok(vec![target("all tests from an empty target folder", minutes, "min", Bound::Below(20.0))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_between_other_lines() {
        let page = found("Running 1 test\nall: {\"lcp_ms\": 512.5, \"requests\": 25}\n  ok 1\n").unwrap();
        assert_eq!((page.lcp_ms, page.requests), (512.5, 25));
        let error = found("1 failed\n").err().unwrap().to_string();
        assert!(error.ends_with("1 failed\n"), "{error}");
    }
}
