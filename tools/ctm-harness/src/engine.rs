//! The program that builds and runs containers.

use crate::packages::System;
use crate::process;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Packages of podman on Debian, without recommended ones.
const PACKAGES: [&str; 6] = ["podman", "buildah", "runc", "netavark", "aardvark-dns", "iptables"];

/// Options of podman without systemd, as in CI: with limits that such a machine allows.
const WITHOUT_SYSTEMD: &str = "\
[containers]
default_ulimits = [\"nofile=4096:4096\", \"nproc=2048:2048\"]
[engine]
cgroup_manager = \"cgroupfs\"
runtime = \"runc\"
";

/// The image.
pub const IMAGE: &str = "localhost/ctm:latest";

/// Podman or docker.
pub struct Engine {
    program: PathBuf,
    /// Settings for podman, where it needs any.
    settings: Option<TempDir>,
}

impl Engine {
    /// Finds one; on Debian as root it is installed.
    pub fn find() -> Result<Self> {
        let known = || process::find("podman").or_else(|| process::find("docker"));
        if known().is_none() {
            System::this().require(&PACKAGES, "podman or docker so that `podman` or `docker` starts it")?;
        }
        let program = known().context("neither `podman` nor `docker` is there")?;
        let needs_settings = program.ends_with("podman") && !Path::new("/run/systemd/system").exists();
        let settings = if needs_settings && std::env::var_os("CONTAINERS_CONF").is_none() {
            let folder = tempfile::tempdir()?;
            std::fs::write(folder.path().join("containers.conf"), WITHOUT_SYSTEMD)?;
            Some(folder)
        } else {
            None
        };
        Ok(Self { program, settings })
    }

    /// Returns a call of the engine.
    pub fn command<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(folder) = &self.settings {
            command.env("CONTAINERS_CONF", folder.path().join("containers.conf"));
        }
        command.args(args);
        command
    }

    /// Returns a call that builds an image; podman's own format would omit health checks.
    pub fn build(&self) -> Command {
        let mut command = self.command(["build"]);
        if self.program.ends_with("podman") {
            command.args(["--format", "docker"]);
        }
        command
    }
}

/// Options for a restricted container: it can only write to its volume, has no capabilities, and reads a
/// Claude home that is mounted read-only.
pub fn locked_up(claude_dir: &Path, memory_mb: u64) -> Vec<String> {
    let home = format!("{}:/claude:ro", claude_dir.display());
    [
        "--read-only",
        "--tmpfs=/tmp:size=16m",
        &format!("--memory={memory_mb}m"),
        &format!("--memory-swap={memory_mb}m"),
        "--pids-limit=64",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--volume",
        &home,
    ]
    .map(ToOwned::to_owned)
    .into()
}
