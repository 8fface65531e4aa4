//! Starting other programs.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Runs a command to its end; it must succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    succeed(command, status)
}

/// Runs a command to its end, shows its output and passes each line on; it must succeed.
pub fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let stdout = child.stdout.take().expect("stdout is piped");
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    succeed(command, child.wait()?)
}

/// Runs a command to its end, and returns what it wrote to stdout and stderr, as it was written, and whether it
/// succeeded.
pub fn run_captured(command: &mut Command) -> Result<(String, Result<()>)> {
    let mut file = tempfile::tempfile().context("cannot make a temporary file")?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file.try_clone()?);
    let status = command.status().with_context(|| cannot_start(command))?;
    let mut output = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut output)?;
    Ok((String::from_utf8_lossy(&output).into_owned(), succeed(command, status)))
}

/// Runs a command to its end, which must be successful and within a time limit.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let lines = lines(child.stdout.take().expect("stdout is piped"));
    let until = Instant::now() + limit;
    loop {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => println!("{line}"),
            Err(RecvTimeoutError::Disconnected) => return succeed(command, child.wait()?),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                bail!("`{}` did not end within {limit:?}", shown(command));
            }
        }
    }
}

/// Returns the lines that a program writes; the channel closes when it ends.
pub fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // The receiver is gone when the program is about to be killed.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Runs a command to its end and returns its standard output; it must succeed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    succeed(command, output.status)?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Becomes another program, so that signals and the exit code are the other's.
#[cfg(unix)]
pub fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).with_context(|| cannot_start(command))
}

/// Runs another program in place of this one, and passes its exit code on.
#[cfg(not(unix))]
pub fn become_program(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| cannot_start(command))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits until a child has ended, and leaves it to be waited for, so that the system still has its figures.
#[cfg(unix)]
pub fn wait_until_ended(child: &mut Child) -> Result<()> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    Ok(())
}

/// Waits until a child has ended.
#[cfg(not(unix))]
pub fn wait_until_ended(child: &mut Child) -> Result<()> {
    child.wait()?;
    Ok(())
}

/// Requests a program to end, as a service manager does.
#[cfg(unix)]
pub fn terminate(child: &mut Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    Ok(kill_process(Pid::from_child(child), Signal::TERM)?)
}

/// Ends a program.
#[cfg(not(unix))]
pub fn terminate(child: &mut Child) -> Result<()> {
    Ok(child.kill()?)
}

/// Returns where a program is on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|file| file.is_file())
}

/// Writes a command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", shown(command))
}

fn succeed(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::server::PATIENCE;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn every_line_is_passed_on() {
        let mut lines = Vec::new();
        run_watched(&mut shell(r"printf 'one\ntwo\377\nthree'"), |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two\u{fffd}", "three"]);
    }

    #[test]
    fn failure_names_command_and_exit_code() {
        for result in [run(&mut shell("exit 3")), run_watched(&mut shell("exit 3"), |_| ())] {
            assert_eq!(result.unwrap_err().to_string(), "`sh -c exit 3` ended with exit status: 3");
        }
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program`");
    }

    #[test]
    fn output_is_captured_in_its_order_whatever_the_outcome() {
        let (output, result) =
            run_captured(&mut shell("echo one; echo two >&2; echo three; exit 3")).unwrap();
        assert_eq!(output, "one\ntwo\nthree\n");
        assert!(result.unwrap_err().to_string().ends_with("ended with exit status: 3"));
        let (output, result) = run_captured(&mut shell("echo one")).unwrap();
        assert_eq!((output.as_str(), result.is_ok()), ("one\n", true));
    }

    #[test]
    fn program_that_does_not_end_is_killed() {
        run_within(&mut shell("echo done"), PATIENCE).unwrap();
        let error = run_within(&mut shell("exit 3"), PATIENCE).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` ended with exit status: 3");
        let error = run_within(&mut shell("while :; do :; done"), Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c while :; do :; done` did not end within 0ns");
    }

    #[test]
    fn terminated_program_can_end_well() {
        let mut child = shell("trap 'exit 0' TERM; echo ready; while :; do read line; done")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        terminate(&mut child).unwrap();
        assert!(child.wait().unwrap().success());
    }
}
