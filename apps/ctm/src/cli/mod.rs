//! The command line.

mod alert;
mod args;
mod audit;
mod backup;
mod budget;
mod close;
mod context;
mod db;
mod destination;
mod doctor;
mod explain;
mod export;
mod filter;
mod forget;
mod generate;
mod guard;
mod healthcheck;
mod import;
mod invocation;
mod limits;
mod link;
mod machines;
mod mcp;
mod note;
mod output;
mod prices;
mod prove;
mod push;
mod receipt;
mod report;
mod serve;
mod settings;
mod signing;
mod sql;
mod statusline;
mod table;
mod team;
mod telemetry;
mod text;
mod unread;
mod watch;
mod written;

use crate::error::AppError;
use crate::wrapping::fitted_to;
use crate::{file_size, logging};
use args::{Args, Command};
use context::Flags;
use ctm_api::document::document;
use ctm_types::printable;
use output::CommandOutput;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use tokio::runtime::Builder;

/// Returns the command line with all commands and arguments, for help and documentation.
#[must_use]
pub fn command() -> clap::Command {
    let mut command = args::command();
    command.build();
    command
}

/// Runs a command line and returns the exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    logging::report_panics();
    let _finish = Finish;
    let args: Vec<OsString> = args.into_iter().collect();
    match args::parse(&args) {
        Ok((args, flags)) => execute(args, flags).unwrap_or_else(|error| {
            logging::complain(error.text());
            error.exit_code()
        }),
        Err(error) => refuse(error, &args),
    }
}

/// Waits for the last log lines, also when a panic ends the program.
struct Finish;

impl Drop for Finish {
    fn drop(&mut self) {
        logging::finish();
    }
}

/// Prints help, the version, or an error of the command line.
fn refuse(error: clap::Error, args: &[OsString]) -> ExitCode {
    // An error quotes arguments, so it is created with arguments that are safe to show.
    let shown = args.iter().map(|arg| printable::one_line(&arg.to_string_lossy()).into_owned());
    let error = args::parse(shown).err().unwrap_or(error);
    let text = error.render().ansi().to_string();
    let text = printable::styled(&text);
    // A closed pipe has no reader.
    let _ = if error.use_stderr() {
        write!(output::styled_where_seen(io::stderr()), "{}", fitted_to(&io::stderr(), &text))
    } else {
        write!(output::styled_where_seen(io::stdout()), "{text}")
    };
    match u8::try_from(error.exit_code()).unwrap_or(2) {
        0 => ExitCode::SUCCESS,
        _ if args::names_command(args, "guard") => ExitCode::from(guard::MISUSED),
        code => ExitCode::from(code),
    }
}

fn execute(args: Args, flags: Flags) -> Result<ExitCode, AppError> {
    let done = match args.command {
        Some(Command::Doctor(args)) => return block_on(doctor::run(flags, &args)),
        Some(Command::Close(args)) => return block_on(close::run(flags, &args)),
        Some(Command::Verify(args)) => return block_on(prove::check(flags, &args)),
        Some(Command::Budget(args)) => return block_on(budget::run(flags, &args)),
        Some(Command::Push(args)) => {
            return block_on(async {
                push::update(flags.clone(), &args).await?;
                push::run(flags, &args).await
            });
        }
        Some(Command::Receipt(args)) => return block_on(receipt::run(flags, &args)),
        Some(Command::Guard(args)) => return Ok(guard::run(flags, &args)),
        Some(Command::Healthcheck) => return Ok(healthcheck::run(flags)),
        Some(Command::Serve(serve)) => block_on(serve::run(flags, &serve)),
        Some(Command::Statusline(args)) => block_on(async { statusline::run(flags, &args) }),
        Some(Command::Limits(args)) => block_on(limits::run(flags, &args)),
        Some(Command::Telemetry(args)) => block_on(telemetry::run(flags, &args)),
        Some(Command::Watch) => block_on(watch::run(flags)),
        Some(Command::Settings(args)) => block_on(async { generate::settings(&args) }),
        Some(Command::Openapi) => block_on(async { CommandOutput::of_json(document()).print() }),
        Some(Command::Report(report)) => block_on(report::run(flags, report)),
        Some(Command::WrittenReport(args)) => block_on(written::run(flags, &args)),
        Some(Command::Export(args)) => block_on(export::run(flags, &args)),
        Some(Command::Import(args)) => block_on(import::run(flags, &args)),
        Some(Command::Machines(args)) => block_on(machines::run(flags, &args)),
        Some(Command::Team(args)) => block_on(team::run(flags, &args)),
        Some(Command::Alert(args)) => block_on(alert::run(flags, &args)),
        Some(Command::Audit(args)) => block_on(audit::run(flags, &args)),
        Some(Command::Note(args)) => block_on(note::run(flags, &args)),
        Some(Command::Prove(args)) => block_on(prove::prove(flags, &args)),
        Some(Command::Explain(args)) => block_on(explain::run(flags, &args)),
        Some(Command::Sql(args)) => block_on(sql::run(flags, &args)),
        Some(Command::Prices(args)) => block_on(async { prices::run(flags, &args) }),
        Some(Command::Mcp(args)) => block_on(mcp::run(flags, &args)),
        Some(Command::Link(args)) => block_on(link::run(flags, &args)),
        Some(Command::Db(args)) => block_on(db::run(flags, &args)),
        Some(Command::Completions(args)) => block_on(async { generate::completions(&args) }),
        Some(Command::Man(args)) => block_on(async { generate::man(&args) }),
        None => block_on(report::summary(flags)),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs a command within a runtime; a hook has no time to start one with several threads.
fn block_on<T>(command: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(AppError::io("start"))?.block_on(async {
        file_size::let_writes_fail();
        command.await
    })
}
