//! `cargo xtask dist test`: packages installed, run, upgraded and removed by the programs that users do it with.
//!
//! # Design
//!
//! Everything is in a temporary folder: a root for dpkg and rpm, an environment of Python, a folder of npm with a registry of its
//! own. No other is asked for a package.
//! Two versions with the same programs are made, so that there is something to upgrade to.

mod npm;
mod python;
mod system;

use super::layout::Layout;
use super::release::{PYTHON_NAME, Release};
use super::{PROGRAMS, lay_out, packages, program, write};
use anyhow::{Context, Result, ensure};
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use ctm_harness::server;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// The version that is installed first, and the one that it is upgraded to.
const VERSIONS: [&str; 2] = ["0.0.1", env!("CARGO_PKG_VERSION")];

/// Programs that install and check packages, in Debian packages of their names.
const TOOLS: [&str; 2] = ["rpm", "lintian"];

/// The packages of one version.
struct Version {
    name: &'static str,
    files: Vec<PathBuf>,
}

impl Version {
    /// Returns the package whose name ends like this.
    fn package(&self, end: &str) -> Result<&Path> {
        let has_end = |file: &&PathBuf| file.to_string_lossy().ends_with(end);
        let found = self.files.iter().find(has_end);
        Ok(found.with_context(|| format!("there is no package `*{end}`"))?)
    }
}

/// Installs, runs, upgrades and removes every package of this platform.
pub(super) fn test(repository: &Repository, programs: Option<&Path>) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let place = temporary.path();
    let built = match programs {
        Some(programs) => programs.canonicalize().context("cannot find the programs")?,
        None => built(repository)?,
    };
    let versions = versions(repository, &built, place)?;
    python::test(repository, &versions, &place.join("python"))?;
    npm::test(&versions, &place.join("npm"))?;
    if cfg!(target_os = "linux") {
        let missing: Vec<_> = TOOLS.into_iter().filter(|name| process::find(name).is_none()).collect();
        System::this().require(&missing, "rpm and lintian")?;
        system::test(&versions, place)?;
    }
    Ok(())
}

/// Builds the programs for the tests.
fn built(repository: &Repository) -> Result<PathBuf> {
    let ctm = server::built(repository)?;
    process::run(&mut repository.cargo(["build", "--package", PROGRAMS[1]]))?;
    Ok(ctm.parent().context("a program is in a folder")?.to_owned())
}

/// Makes the packages of both versions, from the same programs.
fn versions(repository: &Repository, built: &Path, place: &Path) -> Result<[Version; 2]> {
    let [first, second] =
        VERSIONS.map(|name| Release { version: name.to_owned(), repository: Some("owner/name".to_owned()) });
    let mut layout = lay_out(repository, built, place.join("layout"), first)?;
    let first = make(repository, &layout, VERSIONS[0], place)?;
    layout.release = second;
    Ok([first, make(repository, &layout, VERSIONS[1], place)?])
}

fn make(repository: &Repository, layout: &Layout, name: &'static str, place: &Path) -> Result<Version> {
    let out = place.join(name);
    fs::create_dir(&out)?;
    let mut made = packages(layout)?;
    made.push(super::npm::main_package(&layout.release, super::manifests::licences(repository)?)?);
    Ok(Version { name, files: write(made, &out)? })
}

/// Runs both programs in a folder.
fn run(folder: &Path) -> Result<()> {
    for name in PROGRAMS {
        let printed = process::output(Command::new(program(folder, name)).arg("--version"))?;
        ensure!(printed.starts_with(name), "`{name} --version` prints `{printed}`");
    }
    Ok(())
}

/// Checks that no file is left below a folder, which may be removed itself.
fn nothing_left(folder: &Path) -> Result<()> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let left: Vec<_> =
        entries.filter(|entry| !entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect();
    ensure!(left.is_empty(), "after the removal there are still {left:?}");
    Ok(())
}
