//! Installation of rivals at pinned versions, each by the client of its registry.

use super::{Registry, Rival};
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Installs a rival below `cache` unless it is there, and returns its folder.
pub(super) fn install(rival: &Rival, cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("{}-{}", rival.name, rival.version));
    if folder.join(rival.program).exists() {
        return Ok(folder);
    }
    // Left by an interrupted installation.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    eprintln!("{} {} is installed from {}", rival.name, rival.version, rival.registry.name());
    for mut command in commands(rival, &folder) {
        // Outside of the workspace, whose settings cargo would use.
        quiet(command.current_dir(std::env::temp_dir()))?;
    }
    if !folder.join(rival.program).exists() {
        bail!("{} {} has no `{}`", rival.name, rival.version, rival.program);
    }
    Ok(folder)
}

fn commands(rival: &Rival, folder: &Path) -> Vec<Command> {
    let call = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args);
        command
    };
    let version = rival.version;
    match rival.registry {
        Registry::Npm => {
            let mut npm = call("npm", &["install", "--no-audit", "--no-fund", "--prefix"]);
            npm.arg(folder).arg(format!("{}@{version}", rival.name));
            vec![npm]
        }
        Registry::Crates => {
            // With low priority, because it takes minutes, and without the settings of this workspace.
            let nice = if process::find("nice").is_some() { &["nice", "cargo"][..] } else { &["cargo"][..] };
            let mut cargo = call(nice[0], &nice[1..]);
            // Without `--locked`: a registry may not have every version of the lock file.
            cargo.args(["install", rival.name, "--version", version, "--root"]).arg(folder);
            cargo.env_remove("CARGO_TARGET_DIR");
            vec![cargo]
        }
        Registry::PyPi => {
            let mut venv = call("python3", &["-m", "venv"]);
            venv.arg(folder);
            let mut pip = Command::new(folder.join("bin/pip"));
            pip.args(["install", "--quiet", &format!("{}=={version}", rival.name)]);
            vec![venv, pip]
        }
    }
}

/// Runs a command, whose output is only shown if it fails.
fn quiet(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null());
    let (output, ended) = process::run_captured(command)?;
    let last: Vec<_> = output.lines().rev().take(5).collect();
    ended.with_context(|| last.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rivals::RIVALS;

    #[test]
    fn every_version_is_pinned() {
        for rival in &RIVALS {
            let commands = commands(rival, Path::new("/cache/x"));
            let last = process::shown(commands.last().unwrap());
            assert!(last.contains(rival.name) && last.contains(rival.version), "{last}");
        }
    }

    #[test]
    fn what_is_there_is_not_installed_again() {
        let cache = tempfile::tempdir().unwrap();
        let rival = &RIVALS[1];
        let program = cache.path().join("ccost-0.6.1").join(rival.program);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        assert_eq!(install(rival, cache.path()).unwrap(), cache.path().join("ccost-0.6.1"));
    }
}
