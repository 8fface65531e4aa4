//! The wheel, in a new environment and by `uvx`.

use super::{PYTHON_NAME, Release, Version, run};
use crate::python;
use anyhow::{Result, ensure};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::Path;
use std::process::Command;

/// What has `uvx`.
const UV: &str = "uv==0.13.8\n";

/// Installs, runs, upgrades and removes the wheel.
pub(super) fn test(repository: &Repository, versions: &[Version; 2], environment: &Path) -> Result<()> {
    // This installs Python as well.
    let uvx = python::programs(repository, "uv", UV)?.join("uvx");
    process::run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let pip = |args: &[&str]| {
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "--disable-pip-version-check"]).args(args);
        pip
    };
    for version in versions {
        process::run(pip(&["install", "--quiet", "--no-index", "--upgrade"]).arg(version.package(".whl")?))?;
        let shown = process::output(&mut pip(&["show", PYTHON_NAME]))?;
        ensure!(shown.contains(&format!("Version: {}", version.name)), "pip shows `{shown}`");
        run(&programs)?;
        // What `uvx` starts.
        let start = programs.join(PYTHON_NAME).with_extension(std::env::consts::EXE_EXTENSION);
        let printed = process::output(Command::new(start).arg("--version"))?;
        ensure!(printed.starts_with("ctm"), "`{PYTHON_NAME} --version` prints `{printed}`");
    }
    process::run(&mut pip(&["uninstall", "--quiet", "--yes", PYTHON_NAME]))?;
    for name in ["ctm", "ctm-push", PYTHON_NAME, &Release::python_module()] {
        ensure!(!super::program(&programs, name).exists(), "`{name}` was not removed");
    }
    let mut uvx = Command::new(uvx.with_extension(std::env::consts::EXE_EXTENSION));
    uvx.args(["--quiet", "--offline", "--no-config", "--isolated", "--cache-dir"])
        .arg(environment.join("cache"));
    uvx.arg("--from").arg(versions[1].package(".whl")?).args([PYTHON_NAME, "--version"]);
    let printed = process::output(&mut uvx)?;
    ensure!(printed.starts_with("ctm"), "`uvx` prints `{printed}`");
    println!("wheel: installed, run, upgraded, removed");
    Ok(())
}
