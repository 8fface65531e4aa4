//! Programs from Python's packages, in environments of their own.

use anyhow::{Context, Result};
use ctm_harness::packages::System;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Debian package with Python's support for environments.
const PYTHON: &str = "python3-venv";

/// Requirements that an environment was made from: a file in it, which is written last.
const MADE_FROM: &str = "requirements.txt";

/// Returns the folder with the programs of an environment, which is created below the target folder if it
/// does not exist or has other `requirements`.
pub(crate) fn programs(repository: &Repository, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = repository.target()?.join("tools").join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let made_from = folder.join(MADE_FROM);
    if std::fs::read_to_string(&made_from).is_ok_and(|text| text == requirements) {
        return Ok(programs);
    }
    if !makes_environments() {
        System::this().require(&[PYTHON], "Python 3.10 or newer so that `python3 -m venv` works")?;
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let wanted = folder.join("wanted.txt");
    std::fs::write(&wanted, requirements).with_context(|| format!("cannot write `{}`", wanted.display()))?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--requirement"]);
    process::run(pip.arg(&wanted))?;
    std::fs::rename(&wanted, &made_from)?;
    Ok(programs)
}

/// Returns whether a Python with support for environments is installed; Debian's has none.
fn makes_environments() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
