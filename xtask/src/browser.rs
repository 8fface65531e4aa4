//! The tests in a browser, against the real program.
//!
//! The program reads a generated home that ends now, keeps its database in a temporary folder,
//! and has to end well when it is asked to.

use crate::repository::Repository;
use crate::tally::{Runner, Tally};
use crate::web::Web;
use crate::{clock, process, test, tools};
use anyhow::{Context, Result, bail};
use ctm_corpus::Plan;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long the program may take to start, with its first reading, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds the program, starts it, tests its page, and stops it.
pub(crate) fn test(repository: &Repository, web: &Web<'_>, tally: &mut Tally) -> Result<()> {
    // With the features of the whole workspace, so that what the tests were built from serves.
    process::run(&mut repository.cargo(["build", "--workspace", "--bin", "ctm"]))?;
    let binary = repository.target()?.join("debug/ctm").with_extension(std::env::consts::EXE_EXTENSION);

    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("claude");
    let plan = Plan { size_bytes: 3_000_000, ..Plan::demo(1, clock::now_ms()) };
    ctm_corpus::generate(&plan, &home)?;
    // One that the tests may write to; the last line of a generated one may be unfinished.
    let project = home.join("projects/-home-u-src-live");
    let transcript = project.join("5e551011-0000-4000-8000-000000000000.jsonl");
    std::fs::create_dir_all(project)?;
    std::fs::write(&transcript, "")?;

    let server = Server::start(&mut command(&binary, temporary.path(), &home))?;
    let mut tests = web.pnpm(["e2e"]);
    tests.env("CTM_URL", &server.url).env("CTM_TEST_TRANSCRIPT", transcript);
    tests.envs(tools::chromium().map(|chromium| ("CTM_CHROMIUM", chromium)));
    test::count(&mut tests, Runner::Playwright, tally)?;
    server.stop()
}

/// Environment variables that tell `ctm` where this machine's settings, data and Claude home are.
const SETTINGS: [&str; 3] = ["CTM_", "CLAUDE_", "XDG_"];

/// Returns the call of `ctm` that serves `home`, with nothing of this machine's settings.
fn command(binary: &Path, temporary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if SETTINGS.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
        .args(["serve", "--port", "0", "--log-level", "warn", "--claude-dir"])
        .arg(home)
        .arg("--database")
        .arg(temporary.join("ctm.db"))
        .env("HOME", temporary)
        .current_dir(temporary);
    command
}

/// A running server; it ends with its owner.
struct Server {
    child: Child,
    /// Lines of its output, until it ends.
    lines: Receiver<String>,
    /// Where it listens.
    url: String,
}

impl Server {
    /// Starts the server and waits until it says where it listens.
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the server")?;
        let lines = read_lines(child.stdout.take().expect("stdout is piped"));
        let mut server = Self { child, lines, url: String::new() };
        loop {
            match server.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    println!("{line}");
                    if let Some(url) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                        url.clone_into(&mut server.url);
                        return Ok(server);
                    }
                }
                Err(RecvTimeoutError::Timeout) => bail!("the server did not say where it listens"),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the server ended early with {}", server.child.wait()?)
                }
            }
        }
    }

    /// Asks the server to end, which it has to do soon and with success.
    fn stop(mut self) -> Result<()> {
        process::terminate(&mut self.child)?;
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => println!("{line}"),
                Err(RecvTimeoutError::Timeout) => bail!("the server did not end when it was asked to"),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status} when it was asked to");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when the server has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the lines that a program writes; the channel closes when it ends.
fn read_lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody listens any more when the server is about to be killed.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn start(script: &str) -> Result<Server> {
        Server::start(Command::new("sh").args(["-c", script]).stdin(Stdio::piped()))
    }

    #[test]
    fn server_is_ready_when_it_says_where() {
        let server = start(
            "trap 'exit 0' TERM; echo reading; echo ctm is ready at http://127.0.0.1:1/ now; while :; do read line; done",
        )
        .unwrap();
        assert_eq!(server.url, "http://127.0.0.1:1/");
        server.stop().unwrap();
    }

    #[test]
    fn server_that_ends_early_is_an_error() {
        let error = start("echo no port; exit 4").err().unwrap();
        assert_eq!(error.to_string(), "the server ended early with exit status: 4");
    }

    #[test]
    fn server_that_ends_badly_is_an_error() {
        let server = start("trap 'exit 3' TERM; echo http://x/; while :; do read line; done").unwrap();
        let error = server.stop().unwrap_err();
        assert_eq!(error.to_string(), "the server ended with exit status: 3 when it was asked to");
    }
}
