//! `ctm push`: starts the program that pushes.
//!
//! # Design
//!
//! This program sends nothing but alerts to channels that a person configures. `ctm-push` is a program of its own, which is
//! found as Git finds its commands: beside this one, else in `PATH`.

use super::context::{CommandContext, Flags};
use crate::error::AppError;
use crate::logging;
use clap::Args;
use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use tokio::process::Command;

const PROGRAM: &str = "ctm-push";

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(super) struct PushArgs {
    /// Arguments of `ctm-push`; `ctm push --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

/// Reads what is new, so that it can be pushed. What is stored is pushed even if no home can be read.
pub(super) async fn update(flags: Flags, args: &PushArgs) -> Result<(), AppError> {
    let only_shows = ["--help", "-h", "--version", "-V"];
    if args.arguments.iter().any(|argument| only_shows.iter().any(|name| argument == name)) {
        return Ok(());
    }
    match CommandContext::up_to_date(flags).await {
        Ok(ready) => ready.close().await,
        Err(error) => {
            logging::complain(error.text());
            Ok(())
        }
    }
}

/// Runs the program with the arguments and settings of this command line. Returns its exit code.
pub(super) async fn run(flags: Flags, args: &PushArgs) -> Result<ExitCode, AppError> {
    let own = env::current_exe().unwrap_or_default();
    let beside = own.with_file_name(PROGRAM).with_extension(env::consts::EXE_EXTENSION);
    let program = if beside.is_file() { beside } else { PathBuf::from(PROGRAM) };
    let settings = flags.into_iter().map(|(name, value)| format!("--{}={value}", name.replace('_', "-")));
    let mut command = Command::new(program);
    command.args(settings).args(&args.arguments);
    let status = finished(command).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => AppError::Query(format!(
            "`{PROGRAM}` is neither beside `ctm` nor in PATH\n\
             it is a program of its own, because ctm itself pushes nothing: place it beside `ctm`"
        )),
        _ => AppError::io(format!("run `{PROGRAM}`"))(error),
    })?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs a command to its end. This process is not replaced by it: a process that ends its threads for that cannot start any,
/// which the allocator reports on standard error.
#[cfg(unix)]
async fn finished(mut command: Command) -> io::Result<ExitStatus> {
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut child = command.spawn()?;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            // A terminal interrupts all programs of its foreground, so this one only waits for the other.
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
                    kill_process(pid, Signal::TERM)?;
                }
            }
        }
    }
}

#[cfg(not(unix))]
async fn finished(mut command: Command) -> io::Result<ExitStatus> {
    command.status().await
}
