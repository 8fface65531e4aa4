//! All figures that have a target, in one run: each as a ratio or an absolute figure.
//!
//! - [`reading`]: homes of a gigabyte, of millions of responses and of many files;
//! - [`served`]: a server with many subscribers, a server while other files grow, and its page in a browser;
//! - [`confined`]: a first reading in little memory.
//!
//! Absolute targets apply to a machine of two cores; ratios apply to any.

mod confined;
mod reading;
mod served;

use crate::goal::Target;
use crate::programs::Programs;
use crate::section::{Place, Section, head};
use crate::{machine, telemetry, today};
use anyhow::{Result, bail};
use clap::ValueEnum;
use ctm_harness::repository::Repository;

/// Measures every figure that has a target, and prints both.
///
/// Homes are generated in the folder for temporary files. All parts take about an hour and 15 GB of it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these parts [default: all].
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
    /// Seed of the generated homes.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Size of the home with real proportions, in MB.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    size_mb: u64,
    /// Responses of the home with many responses; it is compared with one of a tenth.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10..))]
    responses: u64,
    /// Responses of the largest home.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    most_responses: u64,
    /// Transcripts of the home with many files.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..))]
    files: u64,
    /// Runs of each command.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Does not run the programs of docs/accuracy.md.
    #[arg(long)]
    no_rivals: bool,
    /// Takes the release builds as they are.
    #[arg(long)]
    no_build: bool,
}

/// Part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Commands on the home with real proportions, and other programs.
    Reading,
    /// A first reading of many responses.
    Responses,
    /// The largest number of responses: reading, reports and REST.
    Most,
    /// A first reading of many files.
    Files,
    /// A server while a file grows that is not a transcript.
    Foreign,
    /// A first reading of many responses in 64 MiB.
    Confined,
    /// A server with 500 WebSockets and five lines a second.
    Server,
    /// A server that receives telemetry in both encodings.
    Telemetry,
    /// The page with all data of a home, in a browser.
    Page,
    /// All tests from an empty build folder.
    Tests,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let programs = Programs::of(&repository, !args.no_build)?;
    println!("Measured on {} with {} on {}.", today(), programs.version()?, machine());
    let parts = if args.only.is_empty() { Part::value_variants() } else { &args.only };
    let (mut targets, mut failed) = (Vec::new(), Vec::new());
    for part in parts {
        match args.measure(*part, &programs, &repository) {
            Ok(found) => targets.extend(found),
            // The figures of an hour are not lost for one of them.
            Err(error) => {
                let name = part.to_possible_value().expect("every part can be named").get_name().to_owned();
                eprintln!("failed: {name}: {error:#}");
                failed.push(name);
            }
        }
    }
    println!("\n{}", section(&targets).table());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

impl Args {
    fn measure(&self, part: Part, programs: &Programs, repository: &Repository) -> Result<Vec<Target>> {
        match part {
            Part::Reading => reading::of_a_size(self, programs, repository),
            Part::Responses => reading::of_responses(self, programs),
            Part::Most => reading::of_most_responses(self, programs),
            Part::Files => reading::of_files(self, programs),
            Part::Foreign => served::beside_foreign_files(self, programs),
            Part::Confined => confined::of_responses(self, programs),
            Part::Server => served::watched(self, programs),
            Part::Telemetry => Ok(telemetry::targets(&telemetry::measure(programs)?)),
            Part::Page => served::in_a_browser(self, programs, repository),
            Part::Tests => served::all_tests(repository),
        }
    }
}

fn section(targets: &[Target]) -> Section {
    Section {
        place: Place::Goals,
        title: "Figures and their targets".to_owned(),
        head: head(["figure", "measured", "target", "met"]),
        rows: targets.iter().map(Target::row).collect(),
    }
}
