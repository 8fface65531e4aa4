//! `ctm serve` as a child.

use crate::process;
use crate::repository::Repository;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use wait4::{ResourceUsage, Wait4};

/// The longest wait for expected events: for a server to start, to read a home or a line, to respond, to
/// notify and to end. No figure depends on it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Text before the address on the line that reports that the server is ready.
const READY: &str = "ctm is ready at ";

/// A running server; it ends with its owner.
pub struct Server {
    /// `None` once it was waited for.
    child: Option<Child>,
    /// Lines of its output, until it ends.
    lines: Receiver<String>,
    started: Instant,
    url: String,
    /// Time from its start to the line with its address.
    pub ready: Duration,
}

/// Prefixes of the environment variables with the settings, data and Claude home of this machine.
const SETTINGS: [&str; 3] = ["CTM_", "CLAUDE_", "XDG_"];

/// Returns a call of `ctm` without the settings of this machine: `folder` is its home folder and working
/// directory.
pub fn isolated(ctm: &Path, folder: &Path) -> Command {
    let mut command = Command::new(ctm);
    for (name, _) in std::env::vars_os() {
        if SETTINGS.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("HOME", folder).current_dir(folder);
    command
}

/// Builds the program and returns where it is.
pub fn built(repository: &Repository) -> Result<PathBuf> {
    // With what the tests of the workspace are built from: without `--tests` the features of dependencies are
    // others, and many packages would be compiled twice.
    process::run(&mut repository.cargo(["build", "--workspace", "--bin", "ctm", "--tests"]))?;
    Ok(repository.target()?.join("debug/ctm").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Returns the call of `ctm` that serves `home` on any free port, with a database in `folder`.
pub fn serving(ctm: &Path, folder: &Path, home: &Path) -> Command {
    let mut command = isolated(ctm, folder);
    command.args(["serve", "--port", "0", "--log-level", "warn", "--claude-dir"]).arg(home);
    command.arg("--database").arg(folder.join("ctm.db"));
    command
}

impl Server {
    /// Starts a server and waits for its address.
    pub fn start(command: &mut Command) -> Result<Self> {
        let started = Instant::now();
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("cannot start `{}`", process::shown(command)))?;
        let lines = process::lines(child.stdout.take().expect("stdout is piped"));
        let mut server =
            Self { child: Some(child), lines, started, url: String::new(), ready: Duration::ZERO };
        while server.url.is_empty() {
            match server.lines.recv_timeout(PATIENCE) {
                Ok(line) => server.url.push_str(line.strip_prefix(READY).unwrap_or_default()),
                Err(RecvTimeoutError::Timeout) => bail!("the server did not say where it listens"),
                Err(RecvTimeoutError::Disconnected) => bail!("the server ended early"),
            }
        }
        server.ready = started.elapsed();
        Ok(server)
    }

    /// The address of the page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of the process.
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Returns how long ago it was started.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Leaves the server idle for a while, during which it must not end.
    pub fn idle(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("the server ended early"),
            }
        }
    }

    /// Requests the server to end, which must be soon and successful, and returns its resource usage.
    pub fn stop(mut self) -> Result<ResourceUsage> {
        let mut child = self.child.take().expect("only this takes the child");
        process::terminate(&mut child)?;
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.child = Some(child);
                    bail!("the server did not end when it was asked to");
                }
            }
        }
        let ended = child.wait4()?;
        if !ended.status.success() {
            bail!("the server ended with {} when it was asked to", ended.status);
        }
        Ok(ended.rusage)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Both fail when the server has already ended, as intended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn start(script: &str) -> Result<Server> {
        Server::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn server_is_ready_when_it_reports_its_address() {
        let server =
            start("trap 'exit 0' TERM; echo reading; echo ctm is ready at http://x/; while :; do :; done")
                .unwrap();
        assert_eq!(server.url(), "http://x/");
        server.idle(Duration::ZERO).unwrap();
        assert!(server.stop().unwrap().maxrss > 0);
    }

    #[test]
    fn server_that_ends_early_or_badly_is_an_error() {
        assert_eq!(start("echo no port").err().unwrap().to_string(), "the server ended early");
        let server =
            start("trap 'exit 3' TERM; echo ctm is ready at http://x/; while :; do :; done").unwrap();
        let error = server.stop().unwrap_err();
        assert_eq!(error.to_string(), "the server ended with exit status: 3 when it was asked to");
    }
}
