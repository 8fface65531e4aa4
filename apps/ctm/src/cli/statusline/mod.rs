//! `ctm statusline`: one line for Claude Code's status line, and the official limits and prompt caches kept.
//!
//! Claude Code starts it after every answer, describes the session on standard input, and shows nothing when
//! it fails. Therefore it always prints a line, and ends soon after:
//!
//! - [`input`]: what Claude Code writes, as far as it comes in time;
//! - [`look`]: findings from settings, database and transcripts, each as soon as it is available;
//! - [`line`]: the line, of whatever was found in time;
//! - [`spool`]: samples that cannot be stored yet, as lines ([`entries`]).
//!
//! # Design
//!
//! All work that can wait for a file or another process runs on other threads; the printing thread only waits
//! for a channel. Timeouts of the runtime are not sufficient: a system call that does not return blocks them
//! as well.

mod entries;
mod input;
mod line;
mod look;
pub(super) mod spool;

use super::invocation::invocation;
use super::output::CommandOutput;
use crate::error::AppError;
use clap::Args as ClapArgs;
use ctm_config::settings::{DEFAULT_STATUSLINE, STATUSLINE_FIGURES};
use ctm_report::clock::Clock;
use ctm_types::printable;
use line::Known;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Remedy for an input that does not describe a session.
const ADVICE: &str = "`ctm statusline --install` shows how Claude Code is set up to run it";

/// Arguments of `ctm statusline`.
#[derive(Debug, ClapArgs)]
pub(super) struct StatuslineArgs {
    /// Show the entry to add to Claude Code's settings; nothing is changed
    #[arg(long)]
    install: bool,
}

/// Deadlines of the steps.
#[derive(Debug, Clone, Copy)]
struct Schedule {
    /// The session is described.
    listened: Instant,
    /// Deadline for reading new transcripts.
    read: Instant,
    /// The line is printed.
    printed: Instant,
    /// The limits are stored, and the process ends.
    ended: Instant,
}

impl Schedule {
    fn from(start: Instant) -> Self {
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        Self { listened: after(35), read: after(50), printed: after(85), ended: after(350) }
    }
}

/// Prints the line, then gives the limits some time to be stored.
pub(super) fn run(flags: BTreeMap<&'static str, String>, args: &StatuslineArgs) -> Result<(), AppError> {
    let schedule = Schedule::from(Instant::now());
    if args.install {
        return CommandOutput::Data(installation(&flags)).print();
    }
    if std::io::stdin().is_terminal() {
        let missing = "no description of a session on standard input";
        return Err(AppError::Query(format!("{missing}; {ADVICE}")));
    }
    let described = Arc::new(input::listen(schedule.listened));
    let (sender, findings) = channel();
    let looked_for = Arc::clone(&described);
    std::thread::spawn(move || look::look(flags, &looked_for, schedule, &sender));
    let known = collect(&findings, schedule.printed);
    CommandOutput::Data(line::line(&described.status, &known, Clock::system().now())).print()?;
    while findings.recv_timeout(left(schedule.ended)).is_ok() {}
    Ok(())
}

/// Returns the findings up to a time, or all of them if they are complete before.
fn collect(findings: &Receiver<look::Finding>, until: Instant) -> Known {
    let mut known = Known::default();
    while let Ok(finding) = findings.recv_timeout(left(until)) {
        if !known.take(finding) {
            break;
        }
    }
    known
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Returns the setting to add, with its file.
fn installation(flags: &BTreeMap<&'static str, String>) -> String {
    let command = invocation(&["statusline"], flags);
    let setting = serde_json::json!({ "statusLine": { "type": "command", "command": command } });
    let figures: String = STATUSLINE_FIGURES
        .iter()
        .map(|(name, what)| format!("\n  {:<18}{what}", format!("{{{name}}}")))
        .collect();
    let setting = format!("{setting:#}");
    let setting = printable::json(&setting);
    format!(
        "Add this to ~/.claude/settings.json, next to the existing entries:\n\n{setting}\n\n\
         Claude Code then shows one line under its prompt, and passes ctm the official limits, which `ctm limits`\n\
         shows over time. Run `ctm` once before, so that existing transcripts are already counted.\n\n\
         Another format is set with --statusline-format, CTM_STATUSLINE_FORMAT or `statusline_format` in the config file:\n\n  \
         {DEFAULT_STATUSLINE}\n{figures}"
    )
}
