//! Homes generated for a measurement.
//!
//! A generator of its own process: the memory of this one would be part of what [`crate::measure`] sees of a program.

use anyhow::Result;
use ctm_corpus::Plan;
use ctm_harness::home::{Home, write_answer};
use ctm_harness::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Generates a home for another process of the benchmark.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its plan, as JSON.
    plan: String,
    /// The home: an empty folder, or one to be created.
    path: PathBuf,
}

/// Generates a home, with its answer.
pub(crate) fn run(args: &Args) -> Result<()> {
    let plan: Plan = serde_json::from_str(&args.plan)?;
    write_answer(&ctm_corpus::generate(&plan, &args.path)?, &args.path)
}

/// Returns the home of a plan, which a process of its own generates.
pub(crate) fn generated(plan: &Plan, path: &Path) -> Result<Home> {
    eprintln!("a home of {} MB is generated", plan.size_bytes / 1_000_000);
    let mut generator = Command::new(std::env::current_exe()?);
    process::run(generator.arg("generate").arg(serde_json::to_string(plan)?).arg(path))?;
    Home::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_harness::home::UNTIL_MS;

    #[test]
    fn a_plan_is_passed_on_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan { size_bytes: 100_000, days: 3, ..Plan::stress(5, 0, UNTIL_MS) };
        let path = folder.path().join("home");
        run(&Args { plan: serde_json::to_string(&plan).unwrap(), path: path.clone() }).unwrap();
        let expected = ctm_corpus::generate(&plan, &folder.path().join("same")).unwrap();
        assert_eq!(Home::open(&path).unwrap().answer.totals.responses, expected.totals.responses);
    }
}
