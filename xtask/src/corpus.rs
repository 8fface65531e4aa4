//! `cargo xtask corpus`: a generated Claude home with its totals.

use anyhow::Result;
use ctm_corpus::Plan;
use ctm_harness::home::{UNTIL_MS, write_answer};
use std::path::PathBuf;
use std::time::Instant;

/// Writes a generated Claude home, with its exact totals next to it.
///
/// Equal arguments give equal homes, byte for byte; they end on 22 November 2026. A home of a given size has
/// the shape of real ones with all lines that are difficult to read; a home of a given number of responses is
/// for measuring a database.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    extent: Extent,
    /// Seed of the generator.
    #[arg(long)]
    seed: u64,
    /// The home: an empty folder, or one to be created; the totals are in its `answer.json`.
    #[arg(long)]
    out: PathBuf,
    /// Number of days [default: 365].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
}

/// Requested extent: one of the two.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Extent {
    /// Size of all transcripts together, in megabytes.
    #[arg(long)]
    size_mb: Option<u64>,
    /// Number of responses, met within some percent; there is little else in the home.
    #[arg(long)]
    responses: Option<u64>,
}

impl Extent {
    fn plan(&self, seed: u64) -> Plan {
        if let Some(responses) = self.responses {
            return Plan::lean(seed, responses, UNTIL_MS);
        }
        let megabytes = self.size_mb.expect("one of the two is required");
        Plan::stress(seed, megabytes.saturating_mul(1_000_000), UNTIL_MS)
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut plan = args.extent.plan(args.seed);
    plan.days = args.days.unwrap_or(plan.days);

    let start = Instant::now();
    let answer = ctm_corpus::generate(&plan, &args.out)?;
    let seconds = start.elapsed().as_secs_f64();

    write_answer(&answer, &args.out)?;
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
    use clap::Parser;
    use ctm_corpus::Style;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn parse(extent: &[&str]) -> Result<Args, clap::Error> {
        let rest = ["--seed", "7", "--out", "home"];
        Command::try_parse_from([&["corpus"], extent, &rest].concat()).map(|command| command.args)
    }

    #[test]
    fn either_a_size_or_a_number_of_responses_is_required() {
        let check = |extent: &[&str], expected| {
            let plan = parse(extent).map(|args| args.extent.plan(7));
            assert_eq!(plan.ok().map(|plan| plan.style), expected, "{extent:?}");
        };
        check(&["--size-mb", "20"], Some(Style::Stress));
        check(&["--responses", "500"], Some(Style::Lean));
        check(&["--size-mb", "20", "--responses", "500"], None);
        check(&[], None);
    }

    #[test]
    fn answer_is_next_to_the_transcripts() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("home");
        let args = parse(&["--size-mb", "1", "--days", "10"]).unwrap();
        run(&Args { out: out.clone(), ..args }).unwrap();
        let answer = std::fs::read_to_string(out.join("answer.json")).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["totals"]["responses"].as_u64() > Some(0));
        assert!(out.join("projects").is_dir());
    }
}
