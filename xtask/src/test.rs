//! `cargo xtask test`: every check and every test, cheap failures first.

use crate::tally::{Runner, Tally};
use crate::web::Web;
use crate::{browser, codegen, schemathesis, tidy, tools};
use anyhow::{Context, Result};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Sets up what is missing, and runs every check and every test.
///
/// `test` and `ci` are the same command, and CI runs it: what passes here passes there. On
/// Debian as root, missing packages are installed; elsewhere it says what to install. Tests that
/// need shared data run when the environment variable `CTM_CORPORA` names their folder.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leaves out the tests that need a browser.
    #[arg(long)]
    skip_browser: bool,
}

/// Runs everything and prints the summary, which ends with the number of tests.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let repository = Repository::here();
    let mut session = Session::default();
    let outcome = run_steps(&mut session, &repository, !args.skip_browser);
    println!();
    for (step, duration) in &session.durations {
        println!("{:>8.1} s  {step}", duration.as_secs_f64());
    }
    if let Err(error) = &outcome {
        println!("\n{error:#}\n");
    }
    println!("{}", session.tally);
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_steps(session: &mut Session, repository: &Repository, browser: bool) -> Result<()> {
    let web = Web::of(repository)?;
    let cargo =
        |session: &mut Session, step, command: &mut Command| session.step(step, |_| process::run(command));
    session.step("tools", |_| tools::require(browser))?;
    cargo(session, "format", &mut repository.cargo(["fmt", "--all", "--check"]))?;
    session.step("tidy", |_| tidy::run())?;
    // Before anything that embeds the page is compiled, or that would be compiled again.
    session.step("web install", |_| web.install())?;
    session.step("web build", |_| web.build())?;
    session.step("web size", |_| process::run(&mut web.pnpm(["size"])))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    cargo(session, "clippy", &mut repository.cargo(clippy))?;
    session.step("deny", |_| tools::deny(repository))?;

    session.step("codegen", |_| codegen::run(&codegen::Args { check: true }))?;
    session.step("web lint", |_| process::run(&mut web.pnpm(["lint"])))?;
    session.step("web check", |_| process::run(&mut web.pnpm(["check"])))?;
    session.step("web test", |tally| count(&mut web.pnpm(["test"]), Runner::Vitest, tally))?;

    let test = ["test", "--workspace", "--no-fail-fast"];
    session.step("test", |tally| count(&mut repository.cargo(test), Runner::Cargo, tally))?;
    session.step("schemathesis", |_| schemathesis::run(&schemathesis::Args::default()))?;
    if browser {
        session.step("browser", |tally| browser::test(repository, &web, tally))?;
    }
    Ok(())
}

/// Runs tests, shows what they say, and counts them.
pub(crate) fn count(command: &mut Command, runner: Runner, tally: &mut Tally) -> Result<()> {
    // Colours would stand between the words that are counted.
    command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never").env_remove("FORCE_COLOR");
    process::run_watched(command, |line| *tally += runner.count(line))
}

/// What happened so far.
#[derive(Default)]
struct Session {
    durations: Vec<(&'static str, Duration)>,
    tally: Tally,
}

impl Session {
    /// Takes a step, and says which one it was when it fails.
    fn step(&mut self, name: &'static str, take: impl FnOnce(&mut Tally) -> Result<()>) -> Result<()> {
        println!("\n==> {name}");
        let start = Instant::now();
        let result = take(&mut self.tally);
        self.durations.push((name, start.elapsed()));
        result.with_context(|| format!("step `{name}` failed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_step_is_named_and_timed() {
        let mut session = Session::default();
        session.step("first", |_| Ok(())).unwrap();
        let error = session.step("second", |_| anyhow::bail!("no luck")).unwrap_err();
        assert_eq!(format!("{error:#}"), "step `second` failed: no luck");
        assert_eq!(session.durations.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["first", "second"]);
    }

    #[cfg(unix)]
    #[test]
    fn tests_are_counted_even_when_some_fail() {
        let mut tally = Tally::default();
        let script = "echo 'test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured'; exit 101";
        let result = count(Command::new("sh").args(["-c", script]), Runner::Cargo, &mut tally);
        assert!(result.is_err());
        assert_eq!(tally.to_string(), "3 passed, 2 failed, 1 skipped");
    }
}
