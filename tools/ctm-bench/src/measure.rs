//! Running a command to its end, and what that took.
//!
//! # Design
//!
//! CPU time and peak memory come from `wait4`, which reports them for this one child. Polling `/proc` was
//! rejected: it misses the peak, and takes CPU time from the measured program.
//!
//! Until a child becomes its program it shares the memory of the process that started it, so its peak is
//! never below that process's own. The benchmark therefore stays small: it reads files through a small
//! buffer, and opens its many sockets only after all commands have run.

use super::procfs;
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::{ResourceUsage, Wait4};

/// Resources used by a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Consumption {
    /// CPU time of all threads, in user mode and in the system.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at a time, in bytes.
    pub(crate) peak_bytes: u64,
}

impl From<ResourceUsage> for Consumption {
    fn from(usage: ResourceUsage) -> Self {
        Self { cpu: usage.utime + usage.stime, peak_bytes: usage.maxrss }
    }
}

/// A command that ran to its end.
#[derive(Debug)]
pub(crate) struct Run {
    /// From its start until it was gone.
    pub(crate) wall: Duration,
    /// From its start until the last byte of its output had come.
    pub(crate) answered: Duration,
    /// Resources used by the process.
    pub(crate) consumption: Consumption,
    /// Bytes written to storage, where the system reports them.
    pub(crate) written_bytes: Option<u64>,
    /// Its standard output.
    pub(crate) output: Vec<u8>,
}

/// Runs a command to its end; it must succeed.
pub(crate) fn run(command: &mut Command) -> Result<Run> {
    run_reading(command, Stdio::null())
}

/// Runs a command with `input` on standard input to its end; it must succeed.
pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Result<Run> {
    let mut file = tempfile::tempfile()?;
    file.write_all(input)?;
    file.rewind()?;
    run_reading(command, file.into())
}

fn run_reading(command: &mut Command, input: Stdio) -> Result<Run> {
    // Error messages must not fill a pipe that is not read.
    let mut complaints = tempfile::tempfile()?;
    command.stdin(input).stdout(Stdio::piped()).stderr(complaints.try_clone()?);
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", process::shown(command)))?;
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let (mut output, mut answered) = (Vec::new(), Duration::ZERO);
    let mut chunk = [0; 16 << 10];
    loop {
        let length = stdout.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        answered = start.elapsed();
        output.extend_from_slice(&chunk[..length]);
    }
    process::wait_until_ended(&mut child)?;
    let wall = start.elapsed();
    let written_bytes = if procfs::is_there() { Some(procfs::written_bytes(child.id())?) } else { None };
    let ended = child.wait4()?;
    if !ended.status.success() {
        bail!("`{}` ended with {}:\n{}", process::shown(command), ended.status, text(&mut complaints)?);
    }
    Ok(Run { wall, answered, consumption: ended.rusage.into(), written_bytes, output })
}

fn text(file: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Result<Run> {
        run(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn output_is_timed_apart_from_the_end() {
        let run = sh("echo answer; exec >&-; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").unwrap();
        assert_eq!(run.output, b"answer\n");
        assert!(Duration::ZERO < run.answered && run.answered < run.wall, "{run:?}");
        assert!(run.consumption.cpu > Duration::ZERO && run.consumption.peak_bytes > 0, "{run:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn bytes_are_those_of_the_command_alone() {
        assert_eq!(sh("exit 0").unwrap().written_bytes, Some(0));
    }

    #[test]
    fn a_failure_contains_the_exit_code_and_standard_error() {
        let error = sh("echo no luck >&2; exit 3").unwrap_err();
        let text = "`sh -c echo no luck >&2; exit 3` ended with exit status: 3:\nno luck";
        assert_eq!(error.to_string(), text);
    }
}
