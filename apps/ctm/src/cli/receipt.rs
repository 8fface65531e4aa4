//! `ctm receipt`: what a session, a branch or a pull request cost.

use super::context::{CommandContext, FactsArgs, Flags};
use super::destination::Destination;
use super::filter::{HomeArgs, amount, named};
use super::output::CommandOutput;
use crate::error::AppError;
use crate::logging;
use clap::{Args, ValueEnum};
use ctm_document::figures::usd;
use ctm_document::{Language, ReceiptFormat};
use ctm_facts::UsageFilter;
use ctm_report::wire::{Certainty, ReportNames, Usd, WorkReceipt};
use ctm_report::{Query, REPORT_NAMES, ReceiptQuery, Work};
use ctm_types::PicoUsd;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code of a cost that is not known to be within the limit.
const UNCERTAIN: u8 = 10;

/// Exit code of a cost above the limit.
const EXCEEDED: u8 = 11;

#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    #[command(flatten)]
    work: WorkArgs,
    /// Only this project, by name; may be repeated
    #[arg(long, value_name = "PROJECT", allow_hyphen_values = true, help_heading = "Filter")]
    project: Vec<String>,
    #[command(flatten)]
    homes: HomeArgs,
    #[command(flatten)]
    facts: FactsArgs,
    /// Exit with 11 if the cost exceeds this amount, and with 10 if that cannot be excluded
    #[arg(long, value_name = "USD", value_parser = amount)]
    at_most: Option<PicoUsd>,
    /// Names, or letters of projects without ids, titles, branches and repositories, for readers who must not see names
    #[arg(long, default_value = "shown", value_parser = named(&REPORT_NAMES), help_heading = "Output")]
    names: ReportNames,
    /// Language
    #[arg(long, default_value = "en", value_parser = named(&Language::ALL), help_heading = "Output")]
    language: Language,
    /// Format [default: by the extension of the file, else md]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<Format>,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "output", help_heading = "Output")]
    force: bool,
}

/// The piece of work.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WorkArgs {
    /// What the session with this id cost
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    session: Option<String>,
    /// What the responses on this git branch cost
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    branch: Option<String>,
    /// What a pull request cost: its number, its address, or OWNER/NAME#NUMBER
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pr: Option<String>,
}

/// Format of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown, fit for a comment
    Md,
    /// One picture
    Svg,
    /// The figures
    Json,
}

/// Writes the receipt; the exit code is that of the limit.
pub(super) async fn run(flags: Flags, args: &ReceiptArgs) -> Result<ExitCode, AppError> {
    // Before reading, which may take long.
    let destination = args.output.as_deref().map(|path| Destination::find(path, args.force)).transpose()?;
    let ready = CommandContext::for_archive(flags, args.facts).await?;
    if let Some(destination) = &destination {
        ready.settings.check_output(destination.path())?;
    }
    let filter = UsageFilter {
        projects: args.project.clone(),
        homes: args.homes.paths(&ready.reporter),
        ..UsageFilter::default()
    };
    let query = Query { tz: ready.tz(), filter, ..Query::all() };
    let wanted = ReceiptQuery { work: args.work.work(), names: args.names };
    let receipt = ready.archive()?.receipt(&query, &wanted).await?;
    let text = args.text(&receipt, &ready)?;
    match &destination {
        Some(destination) => destination.write(format!("{}\n", text.trim_end()).as_bytes())?,
        None if args.format() == Format::Json => CommandOutput::of_json(text).print()?,
        None if std::io::stdout().is_terminal() => CommandOutput::Page(text).print()?,
        None => CommandOutput::Data(text.trim_end().to_owned()).print()?,
    }
    ready.close().await?;
    Ok(args.at_most.map_or(ExitCode::SUCCESS, |most| checked(&receipt, most)))
}

impl WorkArgs {
    fn work(&self) -> Work {
        let session = self.session.clone().map(Work::Session);
        let branch = || self.branch.clone().map(Work::Branch);
        session.or_else(branch).unwrap_or_else(|| Work::PullRequest(self.pr.clone().unwrap_or_default()))
    }
}

impl ReceiptArgs {
    fn format(&self) -> Format {
        let by_name = || Format::from_str(self.output.as_ref()?.extension()?.to_str()?, true).ok();
        self.format.or_else(by_name).unwrap_or(Format::Md)
    }

    fn text(&self, receipt: &WorkReceipt, ready: &CommandContext) -> Result<String, AppError> {
        let written = |format| ctm_document::receipt(receipt, format, self.language, ready.tz());
        Ok(match self.format() {
            Format::Md => written(ReceiptFormat::Markdown),
            Format::Svg => written(ReceiptFormat::Svg),
            Format::Json => serde_json::to_string_pretty(receipt)
                .map_err(|error| AppError::io("write JSON")(error.into()))?,
        })
    }
}

/// Compares a cost with its limit, and states what is wrong.
fn checked(receipt: &WorkReceipt, most: PicoUsd) -> ExitCode {
    let limit = usd(Some(most));
    match (receipt.totals.cost_usd, receipt.totals.certainty) {
        (Some(Usd(cost)), _) if cost > most => {
            logging::complain(format_args!("the cost of {} exceeds {limit}", usd(Some(cost))));
            ExitCode::from(EXCEEDED)
        }
        (Some(_), Certainty::Exact) => ExitCode::SUCCESS,
        _ => {
            logging::complain(format_args!("only a part of the cost is known: it may exceed {limit}"));
            ExitCode::from(UNCERTAIN)
        }
    }
}
