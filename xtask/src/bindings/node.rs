//! The package for Node: put together, installed into an empty folder, and used.

use super::{Build, Homes, examples, json};
use crate::page::Web;
use anyhow::{Context, Result};
use ctm_harness::process;
use serde_json::Value;
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that use it.
const PROGRAMS: [(&str, &str); 2] =
    [("totals.mjs", include_str!("totals.mjs")), ("faults.mjs", include_str!("faults.mjs"))];

/// What users read, and its examples are run.
const README: &str = include_str!("../../../crates/ctm-node/package/README.md");

/// Options of the check of types.
const TYPES: [&str; 12] = [
    "--noEmit",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--allowJs",
    "--checkJs",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--types",
    "node",
    "--typeRoots",
];

/// A folder with nothing but the package.
pub(super) struct Installed {
    folder: PathBuf,
    /// The packages of the page, of which TypeScript is one.
    packages: PathBuf,
}

/// Puts the package together in `out`, with the library for this platform.
pub(super) fn package(build: &Build<'_>, out: &Path) -> Result<()> {
    let mut cargo = build.repository.cargo(["build", "--locked", "--quiet", "--package", "ctm-node"]);
    process::run(build.settings(&mut cargo))?;
    let profile = if build.is_release { "release" } else { "debug" };
    let library = build.target.join(profile).join(format!("{DLL_PREFIX}ctm_node{DLL_SUFFIX}"));
    fs::create_dir_all(out.join("prebuilds"))?;
    let prebuilt = out.join("prebuilds").join(format!("{}.node", platform(OS, ARCH)));
    fs::copy(&library, &prebuilt).with_context(|| format!("cannot copy `{}`", library.display()))?;
    for entry in fs::read_dir(build.repository.root.join("crates/ctm-node/package"))? {
        let file = entry?.path();
        let to = out.join(file.file_name().unwrap_or_default());
        fs::copy(&file, to).with_context(|| format!("cannot copy `{}`", file.display()))?;
    }
    let manifest = out.join("package.json");
    let text = fs::read_to_string(&manifest)?;
    fs::write(&manifest, text.replace("\"0.0.0\"", concat!("\"", env!("CARGO_PKG_VERSION"), "\"")))?;
    Ok(())
}

/// Returns how Node calls a platform: its system and processor.
fn platform(os: &str, arch: &str) -> String {
    let os = match os {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{arch}")
}

/// Returns a call of npm that asks nothing of the network.
fn npm(args: &[&str]) -> Command {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(args).args(["--offline", "--no-audit", "--no-fund", "--silent"]);
    npm
}

impl Installed {
    /// Puts the package together, and installs it into an empty folder.
    pub(super) fn create(build: &Build<'_>, folder: &Path) -> Result<Self> {
        let web = Web::of(build.repository)?;
        let packages = build.repository.root.join("web/node_modules");
        if !packages.join("typescript").exists() {
            web.install()?;
        }
        let package_folder = folder.join("package");
        package(build, &package_folder)?;
        let name = process::output(npm(&["pack"]).current_dir(&package_folder))?;
        let folder = folder.join("installed");
        fs::create_dir_all(&folder)?;
        process::run(npm(&["install"]).arg(package_folder.join(name.trim())).current_dir(&folder))?;
        for (name, program) in PROGRAMS {
            fs::write(folder.join(name), program)?;
        }
        Ok(Self { folder, packages })
    }

    /// Checks types, errors and the examples of the README.
    pub(super) fn check(&self, homes: &Homes) -> Result<()> {
        let mut tsc = self.command(&self.packages.join("typescript/bin/tsc"));
        tsc.args(TYPES).arg(self.packages.join("@types")).args(PROGRAMS.map(|(name, _)| name));
        process::run(&mut tsc)?;
        process::run(self.command(Path::new("faults.mjs")).args(homes.of_faults()))?;
        let examples = examples(README, "js", &self.folder, "mjs")?;
        let printed = examples.iter().map(|example| {
            process::output(self.command(example).env("HOME", &homes.user).env("USERPROFILE", &homes.user))
        });
        homes.check_examples(&printed.collect::<Result<Vec<_>>>()?, "231450000000n\n")
    }

    /// Returns the figures of a home.
    pub(super) fn totals(&self, home: &Path) -> Result<Value> {
        json(&process::output(self.command(Path::new("totals.mjs")).arg(home))?)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("node");
        command.arg(program).current_dir(&self.folder);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_called_as_node_calls_them() {
        let check = |os, arch, expected| assert_eq!(platform(os, arch), expected);
        check("linux", "x86_64", "linux-x64");
        check("macos", "aarch64", "darwin-arm64");
        check("windows", "x86_64", "win32-x64");
        check("freebsd", "riscv64", "freebsd-riscv64");
    }

    #[test]
    fn the_version_of_the_package_is_put_in_when_it_is_built() {
        let manifest: Value =
            serde_json::from_str(include_str!("../../../crates/ctm-node/package/package.json")).unwrap();
        assert_eq!(manifest["version"], "0.0.0");
    }
}
