//! Command-line arguments.

use super::alert::AlertArgs;
use super::audit::AuditArgs;
use super::budget::BudgetArgs;
use super::close::CloseArgs;
use super::context::Flags;
use super::db::DbArgs;
use super::doctor::DoctorArgs;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::generate::SettingsArgs;
use super::generate::{CompletionsArgs, ManArgs};
use super::guard::GuardArgs;
use super::import::ImportArgs;
use super::limits::LimitsArgs;
use super::link::LinkArgs;
use super::machines::MachinesArgs;
use super::mcp::McpArgs;
use super::note::NoteArgs;
use super::prices::PricesArgs;
use super::prove::{ProveArgs, VerifyArgs};
use super::push::PushArgs;
use super::receipt::ReceiptArgs;
use super::report::Report;
use super::settings;
use super::sql::SqlArgs;
use super::statusline::StatuslineArgs;
use super::team::TeamArgs;
use super::telemetry::TelemetryArgs;
use super::written::WrittenArgs;
use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;

/// Exact token usage and cost of Claude Code, from its transcripts.
///
/// Without a command: today, 7 days, 30 days and all time in a few lines.
#[derive(Debug, Parser)]
#[command(name = "ctm", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Amounts are estimates at API list prices, not your subscription bill.

Exit codes: 0 done, 1 other failure, 2 invalid argument or setting, 3 no readable Claude home,
4 database unusable, 5 cannot listen on the address; of `doctor` 10 warnings, 11 errors; of `budget status` 10 soft, 11 hard;
of `receipt` 10 a cost that may exceed --at-most, 11 one that does; of `close --check` 10 corrected, 11 broken;
of `verify` 11 does not hold; of `guard` 2 only to stop Claude Code.";

/// Returns the command line with the flags of all settings. The arguments of a command are added when it is named or built.
pub(super) fn command() -> clap::Command {
    settings::with_flags(Args::command())
}

/// Parses a command line into its arguments and the settings that were given as flags.
pub(super) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<(Args, Flags), clap::Error> {
    let matches = command().try_get_matches_from(args)?;
    let args = Args::from_arg_matches(&matches)?;
    Ok((args, settings::given(&matches)))
}

/// Returns whether a command line names a command, whatever is wrong with the rest of it.
pub(super) fn names_command(args: &[OsString], name: &str) -> bool {
    let lenient = command().ignore_errors(true).try_get_matches_from(args);
    lenient.is_ok_and(|matches| matches.subcommand_name() == Some(name))
}

#[derive(Debug, Subcommand)]
// All of them would take longer to build than a hook takes for its answer.
#[command(defer = true)]
pub(super) enum Command {
    /// Serve the dashboard and the REST interface, and keep the database up to date
    Serve(Box<ServeArgs>),
    /// Print a line for Claude Code's status line, and store the official rate limits
    Statusline(StatuslineArgs),
    /// Watch today's usage, the current block, limits and recent responses in the terminal
    Watch,
    /// Show the official rate limits, their utilization over time, and when each was reached
    Limits(LimitsArgs),
    /// Add, list and remove budgets, and show how they stand, also by the exit code
    Budget(BudgetArgs),
    /// Add, list, test and remove alert rules, and list the alerts that they raised
    Alert(Box<AlertArgs>),
    /// Stop Claude Code while a budget is at its hard level, as a hook of its settings
    Guard(GuardArgs),
    /// Show the received telemetry of Claude Code, and how it is set up to send it
    Telemetry(Box<TelemetryArgs>),
    /// Print all settings with names, defaults and allowed values
    Settings(SettingsArgs),
    /// Print the OpenAPI document of the REST interface
    Openapi,
    #[command(flatten)]
    Report(Report),
    /// Write a report of a period as Markdown, HTML or PDF: totals, what changed and why, and what was most expensive
    #[command(name = "report")]
    WrittenReport(Box<WrittenArgs>),
    /// Write what a session, a branch or a pull request cost, as Markdown, SVG or JSON, also as a check in CI
    Receipt(Box<ReceiptArgs>),
    /// Write days, models, projects, sessions, every response, notes, views or facts to a file
    Export(Box<ExportArgs>),
    /// Add usage of other machines, or show what other programs counted, from their files
    Import(ImportArgs),
    /// List the machines whose usage was imported, and remove one
    Machines(MachinesArgs),
    /// Let other machines push their usage to this one: invite, list and revoke them
    Team(TeamArgs),
    /// Push the responses of this machine to a hub: starts `ctm-push`, a program of its own
    Push(PushArgs),
    /// Show the line accounting, and compare with Claude Code's own figures
    Audit(Box<AuditArgs>),
    /// Add, list and remove notes about days
    Note(NoteArgs),
    /// Explain how a session, response or day was counted
    Explain(ExplainArgs),
    /// Seal a month, list the seals with what changed since, and check them
    Close(CloseArgs),
    /// Write the usage of a session as a bundle that anybody can check, without texts and paths
    Prove(ProveArgs),
    /// Check a bundle: compute every price, sum and digest in it again
    Verify(VerifyArgs),
    /// Run a statement of SQL over views of the facts, which it only reads
    Sql(SqlArgs),
    /// Serve reports as tools of the Model Context Protocol, on standard input and output
    Mcp(McpArgs),
    /// List prices, look up a model, or check your own price file
    Prices(PricesArgs),
    /// Check the setup, and suggest remedies
    Doctor(DoctorArgs),
    /// Create, list and remove read-only links to the dashboard
    Link(LinkArgs),
    /// Manage the database: status, backup, restore, check, rebuild, vacuum, forget, remember
    Db(DbArgs),
    /// Check the health of the server on this machine
    Healthcheck,
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct ServeArgs {
    /// Serve a generated Claude home, without any data of yours
    #[arg(long)]
    pub(super) demo: bool,
}
