//! The command line.

mod args;
mod audit;
mod explain;
mod export;
mod filter;
mod output;
mod prices;
mod ready;
mod report;
mod serve;
mod table;
mod text;

use crate::api;
use crate::error::AppError;
use args::{Args, Command};
use clap::Parser;
use output::Answer;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs a command line and returns the exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no failures. A closed pipe has nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match execute(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ctm: {error}");
            error.exit_code()
        }
    }
}

fn execute(args: Args) -> Result<(), AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(AppError::io("start"))?;
    let flags = args.settings.flags(args.command.as_ref());
    match args.command {
        Some(Command::Serve(serve)) => runtime.block_on(serve::run(flags, &serve)),
        Some(Command::Openapi) => Answer::Data(api::document()).print(),
        Some(Command::Report(report)) => runtime.block_on(report::run(flags, report)),
        Some(Command::Export(args)) => runtime.block_on(export::run(flags, &args)),
        Some(Command::Audit(args)) => runtime.block_on(audit::run(flags, &args)),
        Some(Command::Explain(args)) => runtime.block_on(explain::run(flags, &args)),
        Some(Command::Prices(args)) => prices::run(flags, &args),
        None => runtime.block_on(report::summary(flags)),
    }
}
