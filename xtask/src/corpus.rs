//! `cargo xtask corpus`: a generated Claude home with its answer.

use anyhow::{Context, Result};
use ctm_corpus::Plan;
use std::path::PathBuf;
use std::time::Instant;

/// Writes a generated Claude home, and the exact answer beside it.
///
/// Equal arguments give equal homes, byte for byte; they end on 22 November 2026, and hold
/// everything that is hard to read.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Size of all transcripts together, in megabytes.
    #[arg(long)]
    size_mb: u64,
    /// Decides everything that is left to chance.
    #[arg(long)]
    seed: u64,
    /// The home: an empty folder, or one to be created; the answer is its `answer.json`.
    #[arg(long)]
    out: PathBuf,
    /// Number of days [default: 365].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
}

/// The end of all homes, 2026-11-22 00:00 UTC: a fixed one, so that a seed means the same for ever.
const UNTIL_MS: i64 = 1_795_305_600_000;

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut plan = Plan::stress(args.seed, args.size_mb.saturating_mul(1_000_000), UNTIL_MS);
    plan.days = args.days.unwrap_or(plan.days);

    let start = Instant::now();
    let answer = ctm_corpus::generate(&plan, &args.out)?;
    let seconds = start.elapsed().as_secs_f64();

    let path = args.out.join("answer.json");
    std::fs::write(&path, format!("{:#}\n", answer.to_json()))
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    let megabytes = u32::try_from(answer.bytes / 1_000_000).map_or(f64::INFINITY, f64::from);
    println!(
        "{} files, {} bytes, {} responses in {seconds:.1} s ({:.0} MB/s)",
        answer.files,
        answer.bytes,
        answer.totals.responses,
        megabytes / seconds
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_lies_beside_the_transcripts() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("home");
        run(&Args { size_mb: 1, seed: 7, out: out.clone(), days: Some(10) }).unwrap();
        let answer = std::fs::read_to_string(out.join("answer.json")).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["totals"]["responses"].as_u64() > Some(0));
        assert!(out.join("projects").is_dir());
    }
}
