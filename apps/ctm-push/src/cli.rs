//! The command line.

use crate::args::{Args, Command};
use crate::error::PushError;
use crate::machine::{Flags, Machine};
use crate::output::{complain, print};
use crate::{enrol, generate, run, shown};
use clap::Parser;
use std::process::ExitCode;

/// Runs the command line of the process, and returns the exit code.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe has no reader.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match execute(args).and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.text());
            error.exit_code()
        }
    }
}

fn execute(args: Args) -> Result<String, PushError> {
    // Without a database, which need not exist.
    match &args.command {
        Some(Command::Completions { shell }) => return Ok(generate::completions(*shell)),
        Some(Command::Man { dir }) => return generate::man(dir.as_deref()),
        _ => {}
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(PushError::io("start"))?;
    let Args { command, now, database } = args;
    let flags: Flags = database.map(|database| ("database", database)).into_iter().collect();
    runtime.block_on(async {
        let machine = Machine::open(flags).await?;
        let said = match command {
            Some(Command::Enrol(args)) => enrol::enrol(&machine, &args).await,
            Some(Command::Daemon) => run::daemon(&machine).await,
            Some(Command::Status { json }) => shown::status(&machine, json).await,
            Some(Command::Log { url }) => shown::log(&machine, url.as_deref()).await,
            Some(Command::Rotate { url }) => enrol::rotate(&machine, url.as_deref()).await,
            Some(Command::Forget(args)) => enrol::forget(&machine, &args).await,
            Some(Command::Now(now)) => run::now(&machine, &now).await,
            Some(Command::Completions { .. } | Command::Man { .. }) | None => run::now(&machine, &now).await,
        };
        machine.store.close().await;
        said
    })
}
