//! Packages for npm: one for each platform, and the one that finds them.

use super::layout::Layout;
use super::pack::{Entry, tar_gz};
use super::release::{NAME, Release};
use anyhow::Result;

/// What the package of a platform is.
const PLATFORM: &str = include_str!("../../../packaging/npm/platform.json");

/// What the main package is, with all others as optional dependencies.
const MAIN: &str = include_str!("../../../packaging/npm/package.json");

/// The script that starts the program.
const START: &str = include_str!("../../../packaging/npm/start.js");

/// How it is used.
const README: &str = include_str!("../../../packaging/npm/README.md");

/// Returns the name of the package of a platform and its content.
pub(super) fn package(layout: &Layout) -> Result<(String, Vec<u8>)> {
    let (os, cpu) = layout.platform.npm;
    let mut values = layout.release.values();
    values.set("npm_os", os);
    values.set("npm_cpu", cpu);
    let mut files = vec![Entry::file("package/package.json", values.fill(PLATFORM)?)];
    files.extend(layout.programs("package/bin/")?);
    files.extend(layout.licences("package/")?);
    Ok((format!("{NAME}-{os}-{cpu}-{}.tgz", layout.release.version), tar_gz(&files)?))
}

/// Returns the name of the main package and its content.
pub(super) fn main_package(release: &Release, licences: Vec<Entry>) -> Result<(String, Vec<u8>)> {
    let mut files = vec![
        Entry::file("package/package.json", release.values().fill(MAIN)?),
        Entry::program("package/start.js", START),
        Entry::file("package/README.md", README),
    ];
    files.extend(licences);
    Ok((format!("{NAME}-{}.tgz", release.version), tar_gz(&files)?))
}
