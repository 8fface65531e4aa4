//! `cargo xtask test`: every check and every test, cheap failures first.
//!
//! # Design
//!
//! The checks of the page use one core; the code is compiled on all cores, at times on a single one. The
//! former therefore run in parallel with the compiler, in their order; their output is kept and shown whole
//! when both are done, or before the next step when one has failed. Crates are linted as they are compiled,
//! because `cargo clippy` compiles all dependencies a second time. More tests run at once than there are cores, because
//! most wait for a server, a child or the disk; for the same reason, tasks with programs of their own run in parallel with them.

use crate::page::Web;
use crate::tally::{self, Runner, TestCounts};
use crate::{browser, codegen, docs, postgres, prometheus, tidy, tools};
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::num::NonZero;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Installs missing tools, and runs every check and every test.
///
/// `test` and `ci` are the same command, which CI runs: the results are the same. On Debian as root, missing
/// packages are installed; elsewhere the task lists what to install. Tests that need shared data run when the
/// environment variable `CTM_CORPORA` names their folder.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Omits the tests that need a browser.
    #[arg(long)]
    skip_browser: bool,
}

/// Runs everything and prints the summary, which ends with the number of tests.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let repository = Repository { lints: true, ..Repository::here() };
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
    session.step("docs", |_| docs::run(repository, &docs::Args::default()))?;
    // Before anything that embeds the page is compiled, or that would be compiled again.
    session.step("web install", |_| web.install())?;
    session.step("web build", |_| web.build())?;
    let page = vec![
        Aside { name: "web size", command: web.pnpm(["size"]), runner: None },
        Aside { name: "web lint", command: web.pnpm(["lint"]), runner: None },
        Aside { name: "web check", command: web.pnpm(["check"]), runner: None },
        Aside { name: "web test", command: web.pnpm(["test"]), runner: Some(Runner::Vitest) },
    ];
    session.beside(page, |session| {
        let build = ["build", "--workspace", "--all-targets"];
        cargo(session, "build and lint", &mut repository.cargo(build))?;
        session.step("deny", |_| tools::deny(repository))?;
        session.step("codegen", |_| codegen::run(repository, &codegen::Args { check: true }))
    })?;
    let mut test = repository.cargo(["test", "--workspace", "--no-fail-fast"]);
    test.env(TEST_THREADS, std::env::var(TEST_THREADS).unwrap_or_else(|_| threads().to_string()));
    let programs = session.step("postgres", |_| postgres::programs(repository))?;
    test.env("CTM_POSTGRES", programs);
    // What no member enables, and the examples that need it.
    let mut stored =
        repository.cargo(["test", "--features", "ctm-types/serde,ctm-reader/serde", "--no-fail-fast"]);
    stored.args(["--package", "ctm-types", "--package", "ctm-reader", "--", "stored", "Readme"]);
    session.beside(tasks(repository, ["package", "bindings"]), |session| {
        session.step("test", |tally| tally::count(&mut test, Runner::Cargo, tally))?;
        session.step("test features", |tally| tally::count(&mut stored, Runner::Cargo, tally))
    })?;
    session.step("prometheus", |_| prometheus::run(repository))?;
    session.beside(tasks(repository, ["schemathesis", "otlp", "mcp", "plugin", "smtp"]), |session| {
        if !browser {
            return Ok(());
        }
        session.step("browser", |tally| browser::test(repository, &web, tally))
    })
}

/// Returns tasks of this program as parallel steps. None installs packages of the system, which one step does at a time.
///
/// Cargo starts the program: its file was replaced if it was compiled anew to be linted.
fn tasks<const N: usize>(repository: &Repository, names: [&'static str; N]) -> Vec<Aside> {
    let task = |name| {
        let command = repository.cargo(["run", "--quiet", "--package", "xtask", "--", name]);
        Aside { name, command, runner: None }
    };
    names.map(task).into()
}

/// Environment variable with the number of parallel tests of the Rust test harness.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// Returns the number of parallel tests.
fn threads() -> usize {
    2 * thread::available_parallelism().map_or(1, NonZero::get)
}

/// A step that runs in parallel with others.
struct Aside {
    name: &'static str,
    command: Command,
    /// Parser of its test counts, if it has tests.
    runner: Option<Runner>,
}

/// A completed parallel step.
struct Done {
    name: &'static str,
    duration: Duration,
    output: String,
    result: Result<()>,
    tally: TestCounts,
}

impl Aside {
    fn take(mut self) -> Done {
        let start = Instant::now();
        tally::without_colours(&mut self.command);
        let (output, result) = match process::run_captured(&mut self.command) {
            Ok(captured) => captured,
            Err(error) => (String::new(), Err(error)),
        };
        let mut tally = TestCounts::default();
        for line in output.lines() {
            tally += self.runner.map_or_else(TestCounts::default, |runner| runner.count(line));
        }
        Done { name: self.name, duration: start.elapsed(), output, result, tally }
    }
}

/// Takes steps in turn, up to the first that fails, which is noted in `failed`.
fn take_all(asides: Vec<Aside>, failed: &AtomicBool) -> Vec<Done> {
    let mut all = Vec::new();
    for aside in asides {
        all.push(aside.take());
        if all.last().is_some_and(|done| done.result.is_err()) {
            failed.store(true, Ordering::Relaxed);
            break;
        }
    }
    all
}

/// State of a run.
#[derive(Default)]
struct Session {
    durations: Vec<(&'static str, Duration)>,
    tally: TestCounts,
    /// `true` if a parallel step has failed.
    failed_beside: Arc<AtomicBool>,
}

impl Session {
    /// Runs a step, and names it in its error. No step begins after a parallel one has failed.
    fn step<T>(&mut self, name: &'static str, take: impl FnOnce(&mut TestCounts) -> Result<T>) -> Result<T> {
        if self.failed_beside.load(Ordering::Relaxed) {
            bail!("step `{name}` was not taken");
        }
        println!("\n==> {name}");
        let start = Instant::now();
        let result = take(&mut self.tally);
        self.durations.push((name, start.elapsed()));
        result.with_context(|| format!("step `{name}` failed"))
    }

    /// Runs steps in parallel with others, and shows their output when all are done. The failure of the
    /// parallel steps, which may have stopped the others, is reported first, then that of the others.
    fn beside(&mut self, asides: Vec<Aside>, others: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let (outcome, all) = thread::scope(|scope| {
            let failed = Arc::clone(&self.failed_beside);
            let beside = scope.spawn(move || take_all(asides, &failed));
            (others(self), beside.join())
        });
        let all = all.map_err(|_| anyhow::anyhow!("a step beside the others panicked"))?;
        let mut beside = Ok(());
        for Done { name, duration, output, result, tally } in all {
            println!("\n==> {name}\n{}", output.trim_end());
            self.durations.push((name, duration));
            self.tally += tally;
            beside = beside.and(result.with_context(|| format!("step `{name}` failed")));
        }
        beside.and(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_step_is_named_and_timed() {
        let mut session = Session::default();
        session.step("first", |_| Ok(())).unwrap();
        let error = session.step("second", |_| -> Result<()> { bail!("no luck") }).unwrap_err();
        assert_eq!(format!("{error:#}"), "step `second` failed: no luck");
        assert_eq!(session.durations.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["first", "second"]);
    }

    #[cfg(unix)]
    fn aside(name: &'static str, script: &str, runner: Option<Runner>) -> Aside {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Aside { name, command, runner }
    }

    #[cfg(unix)]
    #[test]
    fn parallel_steps_are_counted_and_stop_at_their_first_failure() {
        let mut session = Session::default();
        let asides = vec![
            aside("one", "echo 'Tests  3 passed | 1 skipped (4)'", Some(Runner::Vitest)),
            aside("two", "echo 'Tests  2 failed (2)' >&2; exit 1", Some(Runner::Vitest)),
            aside("three", "exit 0", None),
        ];
        let error = session.beside(asides, |session| session.step("four", |_| Ok(()))).unwrap_err();
        let expected =
            "step `two` failed: `sh -c echo 'Tests  2 failed (2)' >&2; exit 1` ended with exit status: 1";
        assert_eq!(format!("{error:#}"), expected);
        assert_eq!(
            session.durations.iter().map(|(step, _)| *step).collect::<Vec<_>>(),
            ["four", "one", "two"]
        );
        assert_eq!(session.tally.to_string(), "3 passed, 2 failed, 1 skipped");
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_beside_stops_the_others() {
        let mut session = Session::default();
        let asides = vec![aside("one", "exit 1", None)];
        let others = |session: &mut Session| {
            let failed = Arc::clone(&session.failed_beside);
            session.step("two", |_| {
                while !failed.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                Ok(())
            })?;
            session.step("three", |_| Ok(()))
        };
        let error = session.beside(asides, others).unwrap_err();
        assert_eq!(format!("{error:#}"), "step `one` failed: `sh -c exit 1` ended with exit status: 1");
        assert_eq!(session.durations.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["two", "one"]);
    }
}
