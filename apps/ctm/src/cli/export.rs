//! `ctm export`: a table, or the facts for other machines, as a file.

use super::context::{CommandContext, Flags, UpdateArgs};
use super::destination::{Destination, OutputFile, Stream, open_stream};
use super::filter::{FilterArgs, SoughtArgs, named, weekday};
use super::machines::{self, ExportFactsArgs};
use super::output::{CommandOutput, on_terminal};
use super::text::counted;
use crate::error::AppError;
use crate::logging;
use chrono::Weekday;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use ctm_aggregate::{Bucket, HourOfWeek, Metric};
use ctm_export::Format;
use ctm_report::export::{Dataset, Export, ExportError, ExportQuery, schema};
use ctm_report::{CHANGED_BY, COMPARED, ChangeQuery, ChangedBy, Compare, SUMMED, SoughtResponses};
use ctm_types::printable;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    command: Option<ExportCommand>,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// Write the responses of this machine to a file for other machines
    Facts(ExportFactsArgs),
    /// Write charges by UTC day, home, project, model and kind of token, as FOCUS 1.2 names them
    Focus(FileArgs),
    /// Print the JSON Schema of the rows of every data set
    Schema,
}

#[derive(Debug, Args)]
struct TableArgs {
    /// Data set
    #[arg(long, value_parser = dataset(), required = true)]
    dataset: Option<Dataset>,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    file: FileArgs,
}

/// The file, and the usage in it.
#[derive(Debug, Args)]
struct FileArgs {
    /// Format of the file [default: by its extension, else csv]
    #[arg(long, value_parser = format())]
    format: Option<Format>,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "output")]
    force: bool,
    /// Fields of a row in order, comma-separated [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    fields: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    update: UpdateArgs,
}

/// The filters of some data sets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
struct ListArgs {
    /// Only responses that called this tool
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    tool: Option<String>,
    /// Only responses with a failed tool call; with --tool, with a failed call of this tool
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    sessions: SoughtArgs,
    /// Only sessions or responses on this day of the week, in the hour of --hour
    #[arg(long, value_name = "DAY", value_parser = weekday(), requires = "hour")]
    weekday: Option<Weekday>,
    /// Only sessions or responses in this hour of the day, 0 to 23, on the day of --weekday
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..24), requires = "weekday")]
    hour: Option<u8>,
    /// Items of the changes [default: model]
    #[arg(long, value_name = "ITEMS", value_parser = named(&CHANGED_BY))]
    by: Option<ChangedBy>,
    /// Metric of the changes [default: `cost_usd`]
    #[arg(long, value_parser = named(&SUMMED))]
    metric: Option<Metric>,
    /// Period of comparison of the changes [default: previous]
    #[arg(long, value_name = "PERIOD", value_parser = named(&COMPARED))]
    compare: Option<Compare>,
}

impl ListArgs {
    /// Returns what is exported of a data set.
    fn query(&self, dataset: Dataset) -> Result<ExportQuery, AppError> {
        let given = [
            ("tool", self.tool.is_some()),
            ("failed", self.failed),
            ("search", self.sessions.search.is_some()),
            ("active", self.sessions.active),
            ("hour", self.hour.is_some()),
            ("by", self.by.is_some()),
            ("metric", self.metric.is_some()),
            ("compare", self.compare.is_some()),
        ];
        if let Some((name, _)) =
            given.iter().find(|(name, is_given)| *is_given && !dataset.filters().contains(name))
        {
            let name_of_set = dataset.name();
            return Err(AppError::Query(format!("--{name} does not apply to the data set `{name_of_set}`")));
        }
        let hour_of_week = self.weekday.zip(self.hour).map(|(weekday, hour)| HourOfWeek {
            weekday: weekday.num_days_from_monday() as usize,
            hour: hour.into(),
        });
        let all = ChangeQuery::ALL;
        Ok(ExportQuery {
            dataset,
            only: SoughtResponses {
                tool: self.tool.clone(),
                failed: self.failed,
                hour_of_week,
                ..SoughtResponses::default()
            },
            sought: self.sessions.sought(),
            changes: ChangeQuery {
                by: self.by.unwrap_or(all.by),
                metric: self.metric.unwrap_or(all.metric),
                compare: self.compare.unwrap_or(all.compare),
                ..all
            },
        })
    }
}

fn dataset() -> impl TypedValueParser<Value = Dataset> {
    PossibleValuesParser::new(Dataset::ALL.map(Dataset::name)).try_map(|name| {
        Dataset::ALL.into_iter().find(|dataset| dataset.name() == name).ok_or("unknown data set")
    })
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}

/// Writes the file.
pub(super) async fn run(flags: Flags, args: &ExportArgs) -> Result<(), AppError> {
    match (&args.command, args.table.dataset) {
        (Some(ExportCommand::Facts(facts)), _) => machines::export(flags, facts).await,
        (Some(ExportCommand::Schema), _) => CommandOutput::of_json(schema()).print(),
        (Some(ExportCommand::Focus(file)), _) => export_table(flags, &Dataset::Focus.into(), file).await,
        // Before reading, which may take long.
        (None, Some(dataset)) => {
            export_table(flags, &args.table.list.query(dataset)?, &args.table.file).await
        }
        // Only a command may leave it out.
        (None, None) => Err(AppError::Query("specify a data set with --dataset".to_owned())),
    }
}

async fn export_table(flags: Flags, wanted: &ExportQuery, args: &FileArgs) -> Result<(), AppError> {
    let destination = args.output.as_deref().map(|path| Destination::find(path, args.force)).transpose()?;
    let ready = CommandContext::from_database(flags, args.update).await?;
    if let Some(destination) = &destination {
        ready.settings.check_output(destination.path())?;
    }
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let export = ready.archive()?.export(wanted, &query, args.format(), &args.fields).await;
    let export = export.map_err(failed)?;
    let rows = counted(export.row_count, "row", "rows");
    match &destination {
        Some(Destination::File(place)) => write_file(place, export).await?,
        Some(Destination::Stream(path)) => {
            let fail = AppError::io(format!("write `{}`", printable::path(path)));
            write_stream(open_stream(path).map_err(fail)?, export, args.format()).await?;
        }
        None => write_stream(Stream::stdout(), export, args.format()).await?,
    }
    if let Some(path) = &args.output {
        logging::complain(format_args!("{rows} in `{}`", printable::path(path)));
    }
    ready.close().await
}

impl FileArgs {
    fn format(&self) -> Format {
        let by_name = || self.output.as_ref()?.extension()?.to_str()?.parse().ok();
        self.format.or_else(by_name).unwrap_or(Format::Csv)
    }
}

/// Writes a complete file atomically.
async fn write_file(place: &OutputFile, mut export: Export) -> Result<(), AppError> {
    let mut file = place.begin()?;
    while let Some(piece) = export.next().await.map_err(failed)? {
        file.write_all(&piece).map_err(place.failed())?;
    }
    place.finish(file)
}

/// Writes piece by piece; a closed pipe ends the output without an error.
async fn write_stream(stream: Stream, mut export: Export, format: Format) -> Result<(), AppError> {
    let mut out = Printer { format, stream, rest: Vec::new(), is_quoted: false };
    while let Some(piece) = export.next().await.map_err(failed)? {
        match out.print(piece) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(AppError::io("write the output"))?,
        }
    }
    Ok(())
}

/// Writes the pieces of a file: unchanged, except made safe to show on a terminal.
struct Printer {
    format: Format,
    stream: Stream,
    /// The beginning of an incomplete line.
    rest: Vec<u8>,
    /// `true` if the field begins within quotes.
    is_quoted: bool,
}

impl Printer {
    fn print(&mut self, piece: Vec<u8>) -> io::Result<()> {
        let out = &mut self.stream.out;
        if self.stream.is_terminal {
            self.rest.extend(piece);
            // Every format ends with a line feed, and a line contains whole characters.
            let complete = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let lines: Vec<u8> = self.rest.drain(..complete).collect();
            let lines = String::from_utf8_lossy(&lines);
            out.write_all(on_terminal(self.format, &lines, &mut self.is_quoted).as_bytes())?;
        } else {
            out.write_all(&piece)?;
        }
        out.flush()
    }
}

fn failed(error: ExportError) -> AppError {
    match error {
        ExportError::Report(error) => error.into(),
        ExportError::Field(error) => AppError::Query(printable::Printable(error).to_string()),
        ExportError::Write(error) => AppError::io("write a row")(error),
    }
}
