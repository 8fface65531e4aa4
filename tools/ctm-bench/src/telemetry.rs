//! A server that receives telemetry: at a given rate, and as fast as it takes it.
//!
//! # Design
//!
//! The reports are those of a generated home, in the order of time, as many sessions send them at once; the server has
//! read the home, so that most of them complete or confirm a response. Each encoding starts with the same database. What
//! is stored in the end is compared with the truth.

use crate::goal::{Bound, Target};
use crate::procfs;
use crate::programs::Programs;
use crate::report::TelemetryFigures;
use crate::section::{Place, Section, count, head, spread};
use crate::statistics::{Latency, Spread};
use anyhow::{Context, Result, ensure};
use ctm_corpus::otlp::{Encoding, body};
use ctm_corpus::{Plan, Report, Telemetry, generate_with_telemetry};
use ctm_harness::home::UNTIL_MS;
use ctm_harness::http::Connection;
use ctm_harness::server::Server;
use ctm_harness::{process, ready};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Responses in the generated home, over a year, and its seed.
const RESPONSES: u64 = 300_000;
const SEED: u64 = 3;

/// Sessions that send at the same time, each its next body after the answer to the last.
const SENDERS: usize = 10;

/// Records of a body: a session that works sends fewer every five seconds.
const BATCH: usize = 100;

/// Records a second that a server has to take, and for how long.
const OFFERED_PER_S: u32 = 5_000;
const OFFERED_FOR: Duration = Duration::from_secs(30);

/// Parts in which the other records are sent without a pause.
const PARTS: usize = 5;

/// The most memory that a server should need.
const MOST_MB: f64 = 100.0;

/// The totals that telemetry changes.
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

/// Measures a server that receives the telemetry of a home in each encoding.
pub(crate) fn measure(programs: &Programs) -> Result<Vec<TelemetryFigures>> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    eprintln!("a home of {RESPONSES} responses is made, with its telemetry");
    let (answer, mut telemetry) = generate_with_telemetry(&Plan::lean(SEED, RESPONSES, UNTIL_MS), &home)?;
    telemetry.reports.sort_by_key(|report| report.at_ms);
    let (completed, unlogged) = Telemetry::added(&telemetry.reports);
    let more: u64 = completed.iter().map(|(_, more)| more).sum();
    let expected = Totals {
        output_tokens: answer.totals.tokens.output
            + more
            + unlogged.iter().map(|report| report.tokens.output).sum::<u64>(),
        responses: answer.totals.responses + unlogged.len() as u64,
        unfinalised_responses: answer.totals.unfinalised - completed.len() as u64,
    };
    // The first server reads the home, which is not measured here.
    programs.serve(folder.path(), &home)?.stop()?;
    let of = |encoding: Encoding| {
        let own = folder.path().join(format!("{encoding:?}"));
        std::fs::create_dir(&own)?;
        std::fs::copy(folder.path().join("ctm.db"), own.join("ctm.db"))?;
        // Or the database would wait for the disk to take the copy.
        process::run(&mut Command::new("sync"))?;
        eprintln!("{} reports are sent as {}", telemetry.reports.len(), encoding.name());
        receive(programs, &own, &home, encoding, &telemetry.reports, &expected)
    };
    Encoding::ALL.into_iter().map(of).collect()
}

fn receive(
    programs: &Programs,
    folder: &Path,
    home: &Path,
    encoding: Encoding,
    reports: &[Report],
    expected: &Totals,
) -> Result<TelemetryFigures> {
    let server = programs.serve(folder, home)?;
    let offered = OFFERED_FOR.as_secs() as usize * OFFERED_PER_S as usize;
    let (first, rest) = reports.split_at_checked(offered).context("there are too few reports")?;
    let first = bodies(first, encoding);
    let bytes: usize = first.iter().map(Vec::len).sum();

    let before = cpu(&server)?;
    let every = Duration::from_secs(BATCH as u64) / OFFERED_PER_S;
    let (took_ms, seconds) = send(server.url(), encoding, &first, every)?;
    let core_percent = match (before, cpu(&server)?) {
        (Some(before), Some(after)) => Some(100.0 * (after - before).as_secs_f64() / seconds),
        _ => None,
    };
    let mut most_per_s = Vec::new();
    for part in rest.chunks(rest.len().div_ceil(PARTS)) {
        let (_, seconds) = send(server.url(), encoding, &bodies(part, encoding), Duration::ZERO)?;
        most_per_s.push(part.len() as f64 / seconds);
    }
    let peak_mb = procfs::is_there().then(|| procfs::peak_mb(server.id())).transpose()?;
    let stats = Connection::open(server.url())?.get("/api/v1/stats?range=all&tz=UTC&unlogged=true")?;
    let Stats { totals } = serde_json::from_slice(&stats).context("cannot read the totals")?;
    ensure!(totals == *expected, "the server sums {totals:?}, and it is {expected:?}");
    ready::check_health(&server)?;
    server.stop()?;
    Ok(TelemetryFigures {
        encoding: encoding.name().to_owned(),
        record_bytes: bytes as f64 / offered as f64,
        offered_per_s: offered as f64 / seconds,
        seconds,
        answers: Latency::of(took_ms).context("nothing was sent")?,
        core_percent,
        most_per_s: Spread::of(most_per_s).context("nothing more was sent")?,
        peak_mb,
    })
}

fn bodies(reports: &[Report], encoding: Encoding) -> Vec<Vec<u8>> {
    reports.chunks(BATCH).map(|reports| body(reports, encoding, "private")).collect()
}

fn cpu(server: &Server) -> Result<Option<Duration>> {
    procfs::is_there().then(|| procfs::cpu(server.id())).transpose()
}

/// Sends bodies, one each `every`, and returns how long each answer took and the whole, in milliseconds and seconds.
///
/// The time of an answer begins when its body is due, so that it includes the wait for a sender.
fn send(url: &str, encoding: Encoding, bodies: &[Vec<u8>], every: Duration) -> Result<(Vec<f64>, f64)> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let sender = || -> Result<Vec<f64>> {
        let mut connection = Connection::open(url)?;
        let mut took_ms = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(body) = bodies.get(at) else { return Ok(took_ms) };
            let due = if every.is_zero() { Instant::now() } else { start + every * u32::try_from(at)? };
            thread::sleep(due.saturating_duration_since(Instant::now()));
            connection.post("/otlp/v1/logs", encoding.media_type(), body)?;
            took_ms.push(due.elapsed().as_secs_f64() * 1e3);
        }
    };
    let took_ms = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(sender)).collect();
        let joined = senders.into_iter().map(|sender| sender.join().expect("senders do not panic"));
        joined.collect::<Result<Vec<_>>>()
    })?;
    Ok((took_ms.concat(), start.elapsed().as_secs_f64()))
}

/// Returns the table of telemetry.
pub(crate) fn section(telemetry: &[TelemetryFigures]) -> Option<Section> {
    let first = telemetry.first()?;
    let share = |percent: Option<f64>| percent.map_or_else(String::new, |percent| format!("{percent:.0} %"));
    let row = |figures: &TelemetryFigures| {
        vec![
            figures.encoding.clone(),
            format!("{:.0} B", figures.record_bytes),
            format!("{:.1} ms", figures.answers.p50_ms),
            format!("{:.1} ms", figures.answers.p99_ms),
            share(figures.core_percent),
            spread(figures.most_per_s, 0, "records/s"),
            format!("{:.1} ×", figures.most_per_s.median / f64::from(OFFERED_PER_S)),
            figures.peak_mb.map_or_else(String::new, |peak| format!("{peak:.0} MB")),
        ]
    };
    Some(Section {
        place: Place::Telemetry,
        title: format!(
            "{} records a second for {:.0} s from {SENDERS} senders, then without a pause (median of {PARTS} parts, least to most)",
            count(u64::from(OFFERED_PER_S)),
            first.seconds
        ),
        head: head([
            "encoding",
            "record",
            "answers p50",
            "answers p99",
            "of a core",
            "without a pause",
            "of that rate",
            "peak memory",
        ]),
        rows: telemetry.iter().map(row).collect(),
    })
}

/// Returns the figures that have targets.
pub(crate) fn targets(telemetry: &[TelemetryFigures]) -> Vec<Target> {
    let mut targets = Vec::new();
    for figures in telemetry {
        let mut target = |what: &str, measured, unit, bound| {
            targets.push(Target {
                what: format!("telemetry, {}: {what}", figures.encoding),
                measured,
                unit,
                bound,
            });
        };
        // The last answer comes a little after the last record is due.
        let sustained = Bound::AtLeast(0.99 * f64::from(OFFERED_PER_S));
        target("sustained", figures.offered_per_s, "records/s", sustained);
        let most = Bound::AtLeast(f64::from(OFFERED_PER_S));
        target("without a pause", figures.most_per_s.median, "records/s", most);
        if let Some(peak_mb) = figures.peak_mb {
            target("peak memory", peak_mb, "MB", Bound::Below(MOST_MB));
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::report;

    #[test]
    fn a_rate_that_is_not_kept_is_no_success() {
        let mut telemetry = report().telemetry;
        let met = |telemetry: &[TelemetryFigures]| -> Vec<bool> {
            targets(telemetry).iter().map(Target::is_met).collect()
        };
        assert_eq!(met(&telemetry), [true, true, true]);
        telemetry[0].offered_per_s = 4_900.0;
        telemetry[0].peak_mb = Some(100.0);
        assert_eq!(met(&telemetry), [false, true, false]);
    }
}
