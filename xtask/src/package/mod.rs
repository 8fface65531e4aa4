//! `cargo xtask package`: the crates that are published, as others receive them.
//!
//! # Design
//!
//! In the workspace a crate compiles with files that its package lacks, and with dependencies that other members enable.
//! So the packages are unpacked outside of it, and a program that depends on nothing else prints the totals of homes with
//! known ones. Nothing is asked of a registry: versions are those of `Cargo.lock`, which were downloaded with the workspace.

use crate::totals;
use anyhow::{Context, Result, ensure};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use flate2::read::GzDecoder;
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

/// Packages the crates that are published, and has a program outside of the workspace use them.
///
/// The program prints the totals of a generated home, and of each home in the folder that the environment variable
/// `CTM_CORPORA` names. `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that keeps the packages and the program, for other toolchains and targets
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Packages the crates and checks what a program has of them.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = args.out.as_deref().unwrap_or(temporary.path());
    fs::create_dir_all(folder)?;
    package(repository, folder)?;
    let program = build(repository, folder)?;

    for home in totals::homes(temporary.path())? {
        let output = process::output(Command::new(&program).arg(&home.path))?;
        println!("{}", output.trim_end());
        home.check("totals", &serde_json::from_str(&output).context("output of the program")?)?;
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
    fs::write(folder.join("Cargo.toml"), workspace())?;
    fs::copy(repository.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    // Kept, so that dependencies are compiled once.
    let target = repository.target()?.join("tools/package");
    let mut command = repository.cargo(["build", "--offline", "--quiet"]);
    process::run(command.current_dir(&program).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug").join(format!("totals{}", std::env::consts::EXE_SUFFIX)))
}

/// Returns the manifest of the program, which takes the crates as from a registry.
fn manifest() -> String {
    let versions = PUBLISHED.map(|name| format!("{name}.version = '{VERSION}'\n")).concat();
    format!(
        "[package]\nname = 'totals'\nedition = '2024'\n\n[dependencies]\nserde_json = '1.0.140'\n{versions}\
         ctm-reader.features = ['serde']\n"
    )
}

/// Returns the manifest of a workspace of the program and the packages. They are its members, so that the lowest versions
/// that they permit can be resolved.
fn workspace() -> String {
    let folders = PUBLISHED.map(|name| format!("'{name}-{VERSION}', ")).concat();
    let sources = PUBLISHED.map(|name| format!("{name}.path = '{name}-{VERSION}'\n")).concat();
    format!(
        "[workspace]\nresolver = '3'\nmembers = [{folders}'totals']\n\n[patch.crates-io]\n{sources}\n\
         [profile.dev]\ndebug = false\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_depends_on_the_packages_alone() {
        let manifest: toml::Table = manifest().parse().unwrap();
        let dependencies: Vec<_> = manifest["dependencies"].as_table().unwrap().keys().collect();
        assert_eq!(dependencies, ["ctm-pricing", "ctm-reader", "ctm-types", "serde_json"]);
        let workspace: toml::Table = workspace().parse().unwrap();
        let path = workspace["patch"]["crates-io"]["ctm-types"]["path"].as_str().unwrap();
        assert_eq!(path, format!("ctm-types-{VERSION}"));
    }
}
