//! `cargo xtask prometheus`: the metrics, read by Prometheus itself, and the files in `docs/examples/prometheus`.
//!
//! # Design
//!
//! The tests of the program compare samples with reports. Here the two programs that people use judge the rest: `promtool` checks
//! the text format, the alerting rules and their tests, and Prometheus scrapes OpenMetrics, as the example sets it up,
//! loads the rules, and answers every query of the dashboard. Grafana is in no package registry, so that the dashboard itself is
//! only read as JSON.

mod scraper;

use anyhow::{Context, Result, ensure};
use ctm_corpus::Plan;
use ctm_harness::http::Connection;
use ctm_harness::packages::System;
use ctm_harness::repository::Repository;
use ctm_harness::server::{self, Server};
use ctm_harness::{clock, process, ready};
use scraper::Scraper;
use serde::Deserialize;
use serde_json::json;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// The Debian package with both programs.
const PACKAGE: &str = "prometheus";

/// The examples, from the root of the repository.
const EXAMPLES: &str = "docs/examples/prometheus";

/// Time from now to the reset of the limits, in seconds.
const TO_RESET_S: i64 = 3_600;

/// Has Prometheus read the metrics of a server, and checks the examples in `docs/examples/prometheus`.
///
/// It needs `promtool` and `prometheus`, which are installed on Debian as root.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// The part of a dashboard with its queries.
#[derive(Deserialize)]
struct Dashboard {
    panels: Vec<Panel>,
}

#[derive(Deserialize)]
struct Panel {
    title: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    expr: String,
}

/// Runs all checks.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let is_missing = ["promtool", "prometheus"].iter().any(|program| process::find(program).is_none());
    System::this().require(if is_missing { &[PACKAGE] } else { &[] }, "promtool and prometheus")?;
    let examples = repository.root.join(EXAMPLES);
    for check in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        process::run(Command::new("promtool").args(check).current_dir(&examples))?;
    }
    process::run(
        Command::new("promtool").args(["check", "config", "prometheus.yml"]).current_dir(&examples),
    )?;

    let place = tempfile::tempdir()?;
    let folder = place.path();
    let home = folder.join("claude");
    ctm_corpus::generate(&Plan { size_bytes: 300_000, ..Plan::demo(1, clock::now_ms()) }, &home)?;
    let ctm = server::built(repository)?;
    let server = Server::start(&mut server::serving(&ctm, folder, &home))?;
    ready::wait_until_live(&server)?;
    report_limits(&ctm, folder, &home)?;
    check_text(&server, folder)?;
    let scraper = Scraper::start(&examples, folder, server.url())?;
    scraper.wait_for("ctm_limit_used_ratio")?;
    for panel in dashboard(&examples)?.panels {
        for target in panel.targets {
            scraper.query(&target.expr).with_context(|| format!("panel `{}`", panel.title))?;
        }
    }
    let alerts = scraper.alerts()?;
    ensure!(alerts.iter().any(|name| name == "CtmLimitNearlyReached"), "no alert of the limit: {alerts:?}");
    drop(scraper);
    server.stop()?;
    println!("Prometheus reads both formats, loads the rules, and answers every query of the dashboard");
    Ok(())
}

/// Reports limits as Claude Code does, by its status line.
fn report_limits(ctm: &Path, folder: &Path, home: &Path) -> Result<()> {
    let resets_at = clock::now_ms() / 1_000 + TO_RESET_S;
    let limit = |used: f64| json!({ "used_percentage": used, "resets_at": resets_at });
    let described = json!({
        "session_id": "5f0c9a52-1111-4222-8333-444455556666",
        "transcript_path": home.join("projects/-home-u-a/5f0c9a52-1111-4222-8333-444455556666.jsonl"),
        "rate_limits": { "five_hour": limit(85.0), "seven_day": limit(20.0) },
    });
    let input = folder.join("described.json");
    fs::write(&input, described.to_string())?;
    let mut statusline = server::isolated(ctm, folder);
    statusline.arg("statusline").arg("--claude-dir").arg(home).arg("--database").arg(folder.join("ctm.db"));
    process::output(statusline.stdin(File::open(&input)?)).map(drop)
}

/// Has `promtool` check the text format, including the names of all metrics.
fn check_text(server: &Server, folder: &Path) -> Result<()> {
    let text = Connection::open(server.url())?.get("/metrics")?;
    ensure!(!text.ends_with(b"# EOF\n"), "a client that names no format gets OpenMetrics");
    let file = folder.join("metrics.txt");
    fs::write(&file, text)?;
    process::run(Command::new("promtool").args(["check", "metrics"]).stdin(File::open(&file)?))
}

fn dashboard(examples: &Path) -> Result<Dashboard> {
    let path = examples.join("grafana.json");
    serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("cannot read {}", path.display()))
}
