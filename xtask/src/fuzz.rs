//! `cargo xtask fuzz`: coverage-guided inputs.
//!
//! # Design
//!
//! cargo-fuzz does the same for crates of its own form, and requires a nightly compiler unless configured
//! otherwise. It consists of one build with counters in the code, and a call of the resulting libFuzzer
//! program; this module does both with the installed compiler.

use anyhow::{Context, Result, bail};
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Path of the corpus, with a folder per target.
const CORPUS: &str = "crates/ctm-fuzz/corpus";

/// Counters of edges and comparisons in the code, which guide libFuzzer.
const COUNTERS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Limits per input: seconds, and memory in MB. The longest input has 16 kB.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"];

/// Runs every parser of external input on generated inputs.
///
/// Each target begins with its folder in `crates/ctm-fuzz/corpus` and with what earlier runs found of
/// interest, which is kept below the target folder. The task continues with the next target when one fails, and
/// fails at the end. It needs Linux or macOS and a C++ compiler; on Debian as root that is installed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target; without it all, one after the other.
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// Builds the fuzzer and runs it on the requested targets.
pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let targets = asked(targets(&repository.root.join(CORPUS))?, args.target.as_deref())?;
    let fuzzer = build(&repository)?;
    let kept = repository.target()?.join("fuzz-corpus");
    let mut failed = Vec::new();
    for target in targets {
        println!("\n==> {target}");
        if let Err(error) = fuzz(&repository, &fuzzer, &kept, &target, args.seconds) {
            println!("{error:#}");
            failed.push(target);
        }
    }
    if !failed.is_empty() {
        bail!(
            "{} failed; fix it, and keep the input under a descriptive name in {CORPUS}, where `cargo test` runs it",
            failed.join(", ")
        );
    }
    Ok(())
}

/// Returns the names of all targets, in order.
fn targets(corpus: &Path) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(corpus)? {
        targets.push(entry?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    Ok(targets)
}

fn asked(targets: Vec<String>, target: Option<&str>) -> Result<Vec<String>> {
    match target {
        None => Ok(targets),
        Some(target) if targets.iter().any(|known| known == target) => Ok(vec![target.to_owned()]),
        Some(target) => bail!("`{target}` is no target; there are {}", targets.join(", ")),
    }
}

/// Builds the fuzzer. Because a platform is named, what runs in the compiler counts nothing.
fn build(repository: &Repository) -> Result<PathBuf> {
    if process::find("c++").is_none() {
        System::this().require(&["g++"], "a C++ compiler")?;
    }
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc has no host")?;
    let build =
        ["build", "--locked", "--package", "ctm-fuzz", "--features", "libfuzzer", "--profile", "fuzz"];
    let mut cargo = repository.cargo(build);
    process::run(cargo.args(["--target", host]).env("RUSTFLAGS", COUNTERS.join(" ")))?;
    Ok(repository.target()?.join(host).join("fuzz/ctm-fuzz"))
}

fn fuzz(repository: &Repository, fuzzer: &Path, kept: &Path, target: &str, seconds: u32) -> Result<()> {
    let kept = kept.join(target);
    let found = kept.with_extension("found");
    for folder in [&kept, &found] {
        std::fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(fuzzer);
    command
        .args(LIMITS)
        .args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", found.display())])
        .arg("-print_final_stats=1")
        .args([&kept, &repository.root.join(CORPUS).join(target)])
        .env("CTM_FUZZ_TARGET", target)
        .current_dir(&found);
    process::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_targets_are_run_or_the_one_that_is_named() {
        let targets = targets(&Repository::here().root.join(CORPUS)).unwrap();
        assert!(targets.is_sorted() && targets.len() > 1, "{targets:?}");
        assert_eq!(asked(targets.clone(), None).unwrap(), targets);
        assert_eq!(asked(targets.clone(), Some("queries")).unwrap(), ["queries"]);
        let error = asked(targets, Some("query")).unwrap_err().to_string();
        assert!(error.starts_with("`query` is no target; there are bodies, "), "{error}");
    }
}
