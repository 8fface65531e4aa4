//! Commands: the notice is JSON on their standard input, and no shell is between.

use crate::notice::{Notice, SendFailure, Sent};
use std::io::{ErrorKind, PipeReader, Read, Write, pipe};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a command runs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest part of its output that is kept, in bytes.
const MOST_OUTPUT: usize = 4 * 1024;

/// Time between two looks at whether the command has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The longest wait for output after the end, which a process that the command left behind may hold open.
const AFTER_END: Duration = Duration::from_millis(200);

/// Runs a command for a notice. Texts of the result may have secrets.
pub(crate) fn send(command: &[String], notice: &Notice, timeout: Duration) -> Result<Sent, SendFailure> {
    let (program, arguments) = command.split_first().ok_or_else(|| SendFailure::for_good("is empty"))?;
    let (reader, writer) = pipe().map_err(|error| SendFailure::for_now(error.to_string()))?;
    let mut child = started(program, arguments, writer)?;
    let output = collected(reader);
    let input = format!("{}\n", notice.cleaned().json());
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input is no error, and holds nothing up.
        thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    }
    let status = waited(&mut child, timeout);
    let output = output.recv_timeout(AFTER_END).unwrap_or_default();
    let shown = match output.trim() {
        "" => String::new(),
        output => format!(": {output}"),
    };
    match status {
        Some(status) if status.success() => Ok(Sent { text: format!("exits with 0{shown}") }),
        Some(status) => Err(SendFailure::for_now(match status.code() {
            Some(code) => format!("exits with {code}{shown}"),
            None => format!("was ended by a signal{shown}"),
        })),
        None => Err(SendFailure::for_now(format!("was ended after {} s{shown}", timeout.as_secs()))),
    }
}

fn started(program: &str, arguments: &[String], output: std::io::PipeWriter) -> Result<Child, SendFailure> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    let cannot = |error: std::io::Error| {
        let text = format!("cannot be started: {error}");
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::PermissionDenied => SendFailure::for_good(text),
            _ => SendFailure::for_now(text),
        }
    };
    command.stdout(output.try_clone().map_err(cannot)?).stderr(output);
    // A group of its own, so that all of it can be ended.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(cannot)
}

/// Returns how a command ended; `None` if it had to be ended.
fn waited(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < timeout => thread::sleep(LOOK),
            Ok(None) | Err(_) => {
                end(child);
                return None;
            }
        }
    }
}

/// Ends a command and the processes that it started.
fn end(child: &mut Child) {
    end_group(child);
    child.kill().ok();
    child.wait().ok();
}

#[cfg(unix)]
fn end_group(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // The child was not waited for, so that its id is still its own.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
}

/// There are no groups on this platform.
#[cfg(not(unix))]
fn end_group(_child: &Child) {}

/// Collects the beginning of the output; the rest is read and dropped, so that the command is not held up.
fn collected(mut reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; 1024]);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let room = MOST_OUTPUT.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..count.min(room)]);
        }
        sender.send(String::from_utf8_lossy(&kept).into_owned()).ok();
    });
    receiver
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use ctm_types::EpochMs;

    #[test]
    fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
        let text = String::new;
        let (id, at_ms) = ("0".repeat(32), EpochMs(0));
        let (title, is_test) = ("a".to_owned(), true);
        let notice =
            Notice { id, at_ms, rule: text(), kind: text(), title, text: text(), is_test, report: None };
        let command = ["sh", "-c", "sleep 60 & echo begun; wait"].map(str::to_owned);
        let failure = send(&command, &notice, Duration::from_secs(1)).unwrap_err();
        // The output ends when no process holds it open any more.
        assert_eq!(failure, SendFailure::for_now("was ended after 1 s: begun"));
    }
}
