//! Test counts, from the output of the test runners.

use anyhow::Result;
use ctm_harness::process;
use std::fmt;
use std::ops::AddAssign;
use std::process::Command;

/// Counted tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TestCounts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl AddAssign for TestCounts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// A program that runs tests and sums them up in lines of its own kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runner {
    /// `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, once for each binary.
    Cargo,
    /// Vitest: `Tests  1 failed | 3 passed (4)`, once.
    Vitest,
    /// Playwright: lines such as `  3 passed (1.2s)`, one for each outcome.
    Playwright,
}

impl Runner {
    /// Returns what a line of output sums up, which is nothing for most lines.
    pub(crate) fn count(self, line: &str) -> TestCounts {
        let line = line.trim();
        match self {
            Self::Cargo => line
                .strip_prefix("test result: ")
                .and_then(|rest| rest.split_once(". "))
                .map(|(_, counts)| sum(counts.split(';')))
                .unwrap_or_default(),
            Self::Vitest => {
                line.strip_prefix("Tests ").map(|counts| sum(counts.split('|'))).unwrap_or_default()
            }
            Self::Playwright => sum([line].into_iter()),
        }
    }
}

fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> TestCounts {
    let mut tally = TestCounts::default();
    for count in counts {
        let mut words = count.split_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        match words.next() {
            // A flaky test passed when it was tried again.
            Some("passed" | "flaky") => tally.passed += number,
            Some("failed" | "interrupted") => tally.failed += number,
            // Playwright prints `did not run` for tests after a failed one.
            Some("ignored" | "skipped" | "todo" | "did") => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

/// Runs tests, shows their output, and counts them.
pub(crate) fn count(command: &mut Command, runner: Runner, tally: &mut TestCounts) -> Result<()> {
    process::run_watched(without_colours(command), |line| *tally += runner.count(line))
}

/// Disables the colours of a program, which would separate the parsed words.
pub(crate) fn without_colours(command: &mut Command) -> &mut Command {
    command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never").env_remove("FORCE_COLOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(runner: Runner, output: &str, expected: &str) {
        let mut tally = TestCounts::default();
        for line in output.lines() {
            tally += runner.count(line);
        }
        assert_eq!(tally.to_string(), expected, "{output}");
    }

    #[test]
    fn cargo_sums_up_each_binary() {
        let ok =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s";
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        check(
            Runner::Cargo,
            &format!("running 13 tests\n{ok}\ntest a ... ok\n{bad}"),
            "15 passed, 2 failed, 1 skipped",
        );
        check(Runner::Cargo, "5 passed", "0 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        check(
            Runner::Vitest,
            " Test Files  3 passed (3)\n      Tests  40 passed (40)",
            "40 passed, 0 failed, 0 skipped",
        );
        check(
            Runner::Vitest,
            "Tests  1 failed | 38 passed | 2 skipped | 1 todo (42)",
            "38 passed, 1 failed, 3 skipped",
        );
    }

    #[test]
    fn playwright_has_a_line_for_each_outcome() {
        check(
            Runner::Playwright,
            "Running 9 tests using 1 worker\n  2 failed\n    [chromium] > a\n  1 flaky\n  1 skipped\n  1 did not run\n  4 passed (5.2s)",
            "5 passed, 2 failed, 2 skipped",
        );
        check(Runner::Playwright, "  10 | await page.goto('/')", "0 passed, 0 failed, 0 skipped");
    }

    #[cfg(unix)]
    #[test]
    fn tests_are_counted_even_when_some_fail() {
        let mut tally = TestCounts::default();
        let script = "echo 'test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured'; exit 101";
        let result = count(Command::new("sh").args(["-c", script]), Runner::Cargo, &mut tally);
        assert!(result.is_err());
        assert_eq!(tally.to_string(), "3 passed, 2 failed, 1 skipped");
    }
}
