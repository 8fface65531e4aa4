//! `cargo xtask package`: the crates that are published, as others receive them.
//!
//! # Design
//!
//! In the workspace a crate compiles with files that its package lacks, and with dependencies that other members enable.
//! So the packages are unpacked outside of it, and a program that depends on nothing else prints the totals of homes with
//! known ones. Nothing is asked of a registry: versions are those of `Cargo.lock`, which were downloaded with the workspace.

use anyhow::{Context, Result, bail, ensure};
use ctm_corpus::Plan;
use ctm_harness::home::UNTIL_MS;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use flate2::read::GzDecoder;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates that are published, in the order of their dependencies.
pub(crate) const PUBLISHED: [&str; 3] = ["ctm-types", "ctm-pricing", "ctm-reader"];

/// Their version, which is that of the whole workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every package has besides its source.
const DOCUMENTS: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Maximum size of a compressed package in bytes, so that none contains data by mistake.
const MAX_BYTES: u64 = 200_000;

/// The program that uses the packages.
const PROGRAM: &str = include_str!("totals.rs");

/// Figures of which each home with known totals has at least these.
const FIGURES: usize = 6;

/// Packages the crates that are published, and has a program outside of the workspace use them.
///
/// The program prints the totals of a generated home, and of each home in the folder that the environment variable
/// `CTM_CORPORA` names. `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Packages the crates and checks what a program has of them.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    package(repository, folder)?;
    let program = build(repository, folder)?;

    let home = folder.join("home");
    let answer = ctm_corpus::generate(&Plan::stress(1, 20_000_000, UNTIL_MS), &home)?;
    check(&program, &home, &answer.to_json()["totals"])?;
    let Some(corpora) = std::env::var_os("CTM_CORPORA") else {
        println!("skipped: CTM_CORPORA is not set");
        return Ok(());
    };
    for entry in fs::read_dir(&corpora).with_context(|| format!("cannot read `{}`", corpora.display()))? {
        let home = entry?.path();
        if let Ok(golden) = fs::read(home.join("golden.json")) {
            let golden: Value = serde_json::from_slice(&golden).context("golden.json")?;
            check(&program, &home, &golden["totals"])?;
        }
    }
    Ok(())
}

/// Packages the crates, and unpacks them into `folder`.
fn package(repository: &Repository, folder: &Path) -> Result<()> {
    // The program below compiles what the packages contain; changes that are not committed yet are tested as well.
    let options = ["--no-verify", "--allow-dirty", "--exclude-lockfile", "--offline", "--quiet"];
    let mut command = repository.cargo(["package"]);
    command.args(options).args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    process::run(&mut command)?;
    let packages = repository.target()?.join("package");
    for name in PUBLISHED {
        let path = packages.join(format!("{name}-{VERSION}.crate"));
        let file = File::open(&path).with_context(|| format!("cannot open `{}`", path.display()))?;
        let bytes = file.metadata()?.len();
        ensure!(bytes <= MAX_BYTES, "`{}` has {bytes} bytes, and may have {MAX_BYTES}", path.display());
        tar::Archive::new(GzDecoder::new(file)).unpack(folder)?;
        for document in DOCUMENTS {
            ensure!(
                unpacked(folder, name).join(document).is_file(),
                "the package of {name} has no {document}"
            );
        }
        println!("{name} {VERSION}: {bytes} bytes");
    }
    Ok(())
}

fn unpacked(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}-{VERSION}"))
}

/// Builds the program in `folder`, beside the packages, and returns its path.
fn build(repository: &Repository, folder: &Path) -> Result<PathBuf> {
    let program = folder.join("totals");
    fs::create_dir_all(program.join("src"))?;
    fs::write(program.join("src/main.rs"), PROGRAM)?;
    fs::write(program.join("Cargo.toml"), manifest())?;
    fs::copy(repository.root.join("Cargo.lock"), program.join("Cargo.lock"))?;
    // Kept, so that dependencies are compiled once.
    let target = repository.target()?.join("tools/package");
    let mut command = repository.cargo(["build", "--offline", "--quiet"]);
    process::run(command.current_dir(&program).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug").join(format!("totals{}", std::env::consts::EXE_SUFFIX)))
}

/// Returns the manifest of the program, which takes the crates as from a registry, with their sources beside it.
fn manifest() -> String {
    let versions = PUBLISHED.map(|name| format!("{name}.version = '{VERSION}'\n")).concat();
    let sources = PUBLISHED.map(|name| format!("{name}.path = '../{name}-{VERSION}'\n")).concat();
    format!(
        "[package]\nname = 'totals'\nedition = '2024'\n\n[workspace]\n\n[dependencies]\nserde_json = '1'\n{versions}\
         ctm-reader.features = ['serde']\n\n[patch.crates-io]\n{sources}\n\
         [profile.dev]\ndebug = false\n"
    )
}

/// Checks what the program prints of a home with known totals.
fn check(program: &Path, home: &Path, expected: &Value) -> Result<()> {
    let output = process::output(Command::new(program).arg(home))?;
    let printed: Map<String, Value> = serde_json::from_str(&output).context("output of the program")?;
    println!("{}", output.trim_end());
    match differences(&printed, expected) {
        Ok(_) => Ok(()),
        Err(wrong) => bail!("totals of `{}`: {wrong}", home.display()),
    }
}

/// Returns how many printed figures are the expected ones, or those that are not.
fn differences(printed: &Map<String, Value>, expected: &Value) -> Result<usize, String> {
    let known = printed.iter().filter_map(|(name, value)| Some((name, value, expected.get(name)?)));
    let wrong: Vec<_> = known
        .clone()
        .filter(|(_, value, expected)| value != expected)
        .map(|(name, value, expected)| format!("{name} is {value}, expected {expected}"))
        .collect();
    match known.count() {
        _ if !wrong.is_empty() => Err(wrong.join("; ")),
        count if count < FIGURES => Err(format!("{count} figures are known, and not {FIGURES}")),
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_program_depends_on_the_packages_alone() {
        let manifest: toml::Table = manifest().parse().unwrap();
        let dependencies: Vec<_> = manifest["dependencies"].as_table().unwrap().keys().collect();
        assert_eq!(dependencies, ["ctm-pricing", "ctm-reader", "ctm-types", "serde_json"]);
        let path = manifest["patch"]["crates-io"]["ctm-types"]["path"].as_str().unwrap();
        assert_eq!(path, format!("../ctm-types-{VERSION}"));
    }

    #[test]
    fn a_wrong_figure_and_too_few_figures_are_found() {
        let totals =
            json!({"input": 1, "output": 2, "cache_read": 3, "write_5m": 4, "write_1h": 5, "responses": 6});
        let check = |name: &str, value: Value, expected| {
            let mut printed = totals.as_object().unwrap().clone();
            printed.insert(name.to_owned(), value);
            assert_eq!(differences(&printed, &totals), expected, "{name}");
        };
        check("cost_usd", json!("1.5"), Ok(6));
        check("output", json!(7), Err("output is 7, expected 2".to_owned()));
        let few = differences(&Map::new(), &totals);
        assert_eq!(few, Err("0 figures are known, and not 6".to_owned()));
    }
}
