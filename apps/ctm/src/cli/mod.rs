//! The command line.

mod args;
mod audit;
mod db;
mod doctor;
mod explain;
mod export;
mod filter;
mod generate;
mod healthcheck;
mod limits;
mod output;
mod prices;
mod ready;
mod report;
mod serve;
mod statusline;
mod table;
mod text;
mod watch;

use crate::api;
use crate::arenas;
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
    execute(args).unwrap_or_else(|error| {
        eprintln!("ctm: {error}");
        error.exit_code()
    })
}

fn execute(args: Args) -> Result<ExitCode, AppError> {
    if matches!(args.command, Some(Command::Serve(_))) {
        arenas::share();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(AppError::io("start"))?;
    let flags = args.settings.flags(args.command.as_ref());
    let done = match args.command {
        Some(Command::Doctor(args)) => return runtime.block_on(doctor::run(flags, &args)),
        Some(Command::Healthcheck(_)) => return Ok(healthcheck::run(flags)),
        Some(Command::Serve(serve)) => runtime.block_on(serve::run(flags, &serve)),
        Some(Command::Statusline(args)) => {
            let done = runtime.block_on(statusline::run(flags, &args));
            // What is still being read is read by the next one.
            runtime.shutdown_background();
            done
        }
        Some(Command::Limits(args)) => runtime.block_on(limits::run(flags, &args)),
        Some(Command::Watch) => runtime.block_on(watch::run(flags)),
        Some(Command::Settings) => generate::settings(),
        Some(Command::Openapi) => Answer::Data(api::document()).print(),
        Some(Command::Report(report)) => runtime.block_on(report::run(flags, report)),
        Some(Command::Export(args)) => runtime.block_on(export::run(flags, &args)),
        Some(Command::Audit(args)) => runtime.block_on(audit::run(flags, &args)),
        Some(Command::Explain(args)) => runtime.block_on(explain::run(flags, &args)),
        Some(Command::Prices(args)) => prices::run(flags, &args),
        Some(Command::Db(args)) => runtime.block_on(db::run(flags, &args)),
        Some(Command::Completions(args)) => generate::completions(&args),
        Some(Command::Man(args)) => generate::man(&args),
        None => runtime.block_on(report::summary(flags)),
    };
    done.map(|()| ExitCode::SUCCESS)
}
