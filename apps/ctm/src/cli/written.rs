//! `ctm report`: a written report of a period.

mod pdf;

use super::context::{CommandContext, Flags, UpdateArgs};
use super::destination::Destination;
use super::filter::{FilterArgs, PREVIOUS, named};
use super::output::CommandOutput;
use crate::error::AppError;
use crate::logging;
use clap::{Args, ValueEnum};
use ctm_aggregate::{Bucket, RangePreset};
use ctm_document::{Format, Language};
use ctm_report::wire::{PeriodReport, ReportNames};
use ctm_report::{Compare, Period, PeriodReportQuery, REPORT_NAMES};
use ctm_types::printable;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct WrittenArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    update: UpdateArgs,
    /// Period of comparison: the previous one, the same days of the week before, or the same days a year earlier
    #[arg(long, default_value = "previous", value_parser = named(&PREVIOUS))]
    vs: Compare,
    /// Maximum number of projects, models and sessions, besides the rest
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Names of projects, or letters without ids and titles of sessions, for readers who must not see names
    #[arg(long, default_value = "shown", value_parser = named(&REPORT_NAMES), help_heading = "Output")]
    names: ReportNames,
    /// Language
    #[arg(long, default_value = "en", value_parser = named(&Language::ALL), help_heading = "Output")]
    language: Language,
    /// Format [default: by the extension of the file, else md]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<WrittenFormat>,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "output", help_heading = "Output")]
    force: bool,
    /// Chromium, Chrome or Edge, which prints the PDF [default: found in PATH]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    browser: Option<PathBuf>,
}

/// Format of a written report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WrittenFormat {
    /// Markdown
    Md,
    /// One HTML file with charts, without scripts
    Html,
    /// The HTML file, printed by a browser on this machine
    Pdf,
    /// The figures, in the shape of the REST interface
    Json,
}

/// Writes the report.
pub(super) async fn run(flags: Flags, args: &WrittenArgs) -> Result<(), AppError> {
    let format = args.format();
    // Before reading, which may take long.
    let destination = args.output.as_deref().map(|path| Destination::find(path, args.force)).transpose()?;
    let printer = match format {
        WrittenFormat::Pdf if destination.is_none() && std::io::stdout().is_terminal() => {
            let problem = "a PDF cannot be shown on a terminal\nspecify a file with --output";
            return Err(AppError::Query(problem.to_owned()));
        }
        WrittenFormat::Pdf => Some(pdf::Printer::find(args.browser.as_deref())?),
        _ => None,
    };
    let ready = CommandContext::from_database(flags, args.update).await?;
    if let Some(destination) = &destination {
        ready.settings.check_output(destination.path())?;
    }
    let report = args.report(&ready).await?;
    let text = args.text(format, &report, &ready)?;
    let bytes = printer.map(|printer| printer.print(&text)).transpose()?;
    match (&destination, bytes) {
        (Some(destination), bytes) => destination.write(&bytes.unwrap_or_else(|| text.into_bytes()))?,
        (None, Some(pdf)) => std::io::stdout().write_all(&pdf).map_err(AppError::io("write the output"))?,
        (None, None) if format == WrittenFormat::Json => CommandOutput::of_json(text).print()?,
        (None, None) if std::io::stdout().is_terminal() => CommandOutput::Page(text).print()?,
        (None, None) => CommandOutput::Data(text.trim_end().to_owned()).print()?,
    }
    if let Some(path) = &args.output {
        let meta = &report.meta;
        logging::complain(format_args!("{} to {} in `{}`", meta.from, meta.to, printable::path(path)));
    }
    ready.close().await
}

impl WrittenArgs {
    fn format(&self) -> WrittenFormat {
        let by_name = || WrittenFormat::from_str(self.output.as_ref()?.extension()?.to_str()?, true).ok();
        self.format.or_else(by_name).unwrap_or(WrittenFormat::Md)
    }

    /// Returns the contents; without days in the command line, those of the last week.
    async fn report(&self, ready: &CommandContext) -> Result<PeriodReport, AppError> {
        let mut query = self.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
        let week_start = self.filter.week_start();
        if self.filter.is_of_all_days() {
            query.period = Period::Preset(RangePreset::LastWeek(week_start));
        }
        let wanted =
            PeriodReportQuery { compare: self.vs, week_start, limit: self.limit.into(), names: self.names };
        let report = ready.archive()?.period_report(&query, &wanted).await?;
        ready.say_why_empty(&query, report.totals.responses == 0).await?;
        Ok(report)
    }

    fn text(
        &self,
        format: WrittenFormat,
        report: &PeriodReport,
        ready: &CommandContext,
    ) -> Result<String, AppError> {
        let written = |format| ctm_document::written(report, format, self.language, ready.tz());
        Ok(match format {
            WrittenFormat::Md => written(Format::Markdown),
            WrittenFormat::Html | WrittenFormat::Pdf => written(Format::Html),
            WrittenFormat::Json => {
                let text = serde_json::to_string_pretty(report);
                text.map_err(|error| AppError::io("write JSON")(error.into()))?
            }
        })
    }
}
