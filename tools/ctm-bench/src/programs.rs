//! The programs that are measured.

use super::measure;
use anyhow::{Result, bail};
use ctm_harness::ready;
use ctm_harness::repository::Repository;
use ctm_harness::server::Server;
use ctm_harness::{process, server};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release builds.
pub(crate) struct Programs {
    ctm: PathBuf,
    floor: PathBuf,
}

impl Programs {
    /// Finds the programs, which are built before unless they are to be taken as they are.
    pub(crate) fn of(repository: &Repository, build: bool) -> Result<Self> {
        let programs = Self::without_floor(repository, build)?;
        if build {
            let floor = ["build", "--release", "--package", "ctm-reader", "--example", "floor"];
            process::run(&mut repository.cargo(floor))?;
        }
        built(&programs.floor)?;
        Ok(programs)
    }

    /// Finds `ctm` alone, for counts that are not compared with the bare loop.
    pub(crate) fn without_floor(repository: &Repository, build: bool) -> Result<Self> {
        if build {
            process::run(&mut repository.cargo(["build", "--release", "--package", "ctm"]))?;
        }
        let release = repository.target()?.join("release");
        let binary = |name: &str| release.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        let programs = Self { ctm: binary("ctm"), floor: binary("examples/floor") };
        built(&programs.ctm)?;
        Ok(programs)
    }

    /// Returns a call of the bare loop that any reader needs.
    pub(crate) fn floor(&self, home: &Path) -> Command {
        let mut command = Command::new(&self.floor);
        command.arg(home);
        command
    }

    /// Returns a call of the walk that reads the metadata of every transcript.
    pub(crate) fn stat(&self, home: &Path) -> Command {
        let mut command = Command::new(&self.floor);
        command.arg("--stat").arg(home);
        command
    }

    /// Returns a call of `ctm` with nothing of this machine's settings. `folder` is its home, and
    /// where it is called.
    pub(crate) fn ctm<const N: usize>(&self, folder: &Path, home: &Path, args: [&str; N]) -> Command {
        let mut command = server::isolated(&self.ctm, folder);
        command.args(args).args(["--tz", "UTC", "--claude-dir"]).arg(home);
        command
    }

    /// Starts a server with a database in `folder`, and waits until it is up to date.
    pub(crate) fn serve(&self, folder: &Path, home: &Path) -> Result<Server> {
        let server = Server::start(&mut self.serving(folder, home, &folder.join("ctm.db")))?;
        ready::wait_until_live(&server)?;
        Ok(server)
    }

    /// Returns the call of a server on any free port that only logs errors, without a rate limit.
    pub(crate) fn serving(&self, folder: &Path, home: &Path, database: &Path) -> Command {
        let mut command =
            self.ctm(folder, home, ["serve", "--port", "0", "--log-level", "warn", "--rate-limit", "0"]);
        command.arg("--database").arg(database);
        command
    }

    /// Returns whether `ctm daily` has an option.
    pub(crate) fn has_option(&self, option: &str) -> Result<bool> {
        let help = measure::run(Command::new(&self.ctm).args(["daily", "--help"]))?.output;
        Ok(String::from_utf8_lossy(&help).split_whitespace().any(|word| word == option))
    }

    /// Returns the version that `ctm` prints.
    pub(crate) fn version(&self) -> Result<String> {
        let version = measure::run(Command::new(&self.ctm).arg("--version"))?.output;
        Ok(String::from_utf8_lossy(&version).trim().to_owned())
    }
}

fn built(binary: &Path) -> Result<()> {
    if !binary.is_file() {
        bail!("`{}` is not there; leave --no-build out", binary.display());
    }
    Ok(())
}
