//! `cargo xtask coverage`: how many lines the tests run, and whether that is enough.

use crate::tools;
use anyhow::{Context, Result, bail};
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Version of cargo-llvm-cov to install if it is missing.
const LLVM_COV: &str = "0.9.1";

/// Minimum coverage of the lines of a folder, in percent.
const FLOORS: [(&str, f64); 8] = [
    ("crates/ctm-aggregate", 85.0),
    ("crates/ctm-api", 85.0),
    ("crates/ctm-facts", 85.0),
    ("crates/ctm-export", 85.0),
    ("crates/ctm-pricing", 95.0),
    ("crates/ctm-reader", 90.0),
    ("crates/ctm-storage", 85.0),
    ("", 80.0),
];

/// Runs the tests of the program and its crates, and counts the lines that they run.
///
/// It fails below these floors: 95 % for prices, 90 % for reading, 85 % for facts, sums, storage, export and
/// the contract, 80 % for everything. Missing tools are installed below the target folder. LLVM's tools must
/// match the compiler: those of rustup (`rustup component add llvm-tools`), else, on Debian as root, a
/// package.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// The part of the report of `cargo llvm-cov` that is read.
#[derive(Deserialize)]
struct Report {
    data: Vec<Data>,
}

#[derive(Deserialize)]
struct Data {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: PathBuf,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Lines,
}

/// Lines of code.
#[derive(Clone, Copy, Default, Deserialize)]
struct Lines {
    count: u64,
    covered: u64,
}

impl Lines {
    /// Returns how many are run, in per cent.
    fn percent(self) -> f64 {
        100.0 * self.covered as f64 / self.count.max(1) as f64
    }
}

pub(crate) fn run() -> Result<()> {
    let repository = Repository::here();
    let mut command = Command::new(tools::of_cargo(&repository, "cargo-llvm-cov", LLVM_COV)?);
    // The tasks are not part of the program.
    command.args([
        "llvm-cov",
        "--workspace",
        "--exclude",
        "xtask",
        "--exclude",
        "ctm-bench",
        "--exclude",
        "ctm-harness",
        "--json",
        "--summary-only",
        "--output-path",
    ]);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("coverage.json");
    command.arg(&path).current_dir(&repository.root);
    if let Some(major) = missing_llvm()? {
        command.env("LLVM_COV", format!("/usr/bin/llvm-cov-{major}"));
        command.env("LLVM_PROFDATA", format!("/usr/bin/llvm-profdata-{major}"));
    }
    process::run(&mut command)?;
    let report: Report = serde_json::from_slice(&std::fs::read(&path)?)?;
    let files = report.data.iter().flat_map(|data| &data.files);
    let files: Vec<_> = files.map(|file| (repository.relative(&file.filename), file.summary.lines)).collect();
    check(&files)
}

/// Prints how many lines of each folder are run; fails when they are too few.
fn check(files: &[(String, Lines)]) -> Result<()> {
    let mut low = Vec::new();
    for (folder, floor) in FLOORS {
        let lines = files.iter().filter(|(path, _)| Path::new(path).starts_with(folder)).fold(
            Lines::default(),
            |sum, (_, lines)| Lines { count: sum.count + lines.count, covered: sum.covered + lines.covered },
        );
        let name = if folder.is_empty() { "everything" } else { folder };
        println!("{:>6.2} % of {:>6} lines, at least {floor} %: {name}", lines.percent(), lines.count);
        if lines.count == 0 || lines.percent() < floor {
            low.push(name);
        }
    }
    if !low.is_empty() {
        bail!("the tests run too few lines of {}", low.join(", "));
    }
    Ok(())
}

/// Returns the version of LLVM whose tools are required from the system, because the compiler has none; on
/// Debian as root they are installed.
fn missing_llvm() -> Result<Option<String>> {
    let rustc = |args: &[&str]| process::output(Command::new("rustc").args(args));
    let (sysroot, version) = (rustc(&["--print", "sysroot"])?, rustc(&["-vV"])?);
    let of = |start: &str| version.lines().find_map(|line| line.strip_prefix(start));
    let host = of("host: ").context("rustc has no host")?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/llvm-cov");
    if own.with_extension(std::env::consts::EXE_EXTENSION).is_file() {
        return Ok(None);
    }
    let major =
        of("LLVM version: ").and_then(|version| version.split('.').next()).context("rustc has no LLVM")?;
    if process::find(&format!("llvm-cov-{major}")).is_none() {
        System::this()
            .require(&[&format!("llvm-{major}")], "LLVM's tools: `rustup component add llvm-tools`")?;
    }
    Ok(Some(major.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_lines_of_a_crate_are_too_few() {
        let lines = |path: &str, covered| (path.to_owned(), Lines { count: 100, covered });
        let mut files: Vec<_> = FLOORS[..FLOORS.len() - 1]
            .iter()
            .map(|(folder, _)| lines(&format!("{folder}/src/lib.rs"), 95))
            .collect();
        assert!(check(&files).is_ok());
        files.push(lines("crates/ctm-reader/src/line.rs", 80));
        let error = check(&files).unwrap_err().to_string();
        assert_eq!(error, "the tests run too few lines of crates/ctm-reader");
        files.push(lines("apps/ctm/src/lib.rs", 0));
        files.push(lines("apps/ctm/src/main.rs", 0));
        assert!(check(&files).unwrap_err().to_string().ends_with("crates/ctm-reader, everything"));
    }

    #[test]
    fn a_crate_without_lines_is_no_crate() {
        assert!(check(&[]).is_err());
    }
}
