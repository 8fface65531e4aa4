//! `ctm sql`: a statement of SQL over views of the facts.

use super::context::{CommandContext, Flags, UpdateArgs};
use super::output::{CommandOutput, FormArgs, warning};
use super::table::{Row, Table, Value};
use super::text::count;
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_export::{Cell, csv_rows};
use ctm_personal::{Personal, SavedQuery};
use ctm_report::wire::{SqlCell, SqlRows};
use ctm_report::{MOST_SQL_ROWS, SQL_ROWS};
use ctm_types::PicoUsd;
use std::io::Read as _;

/// Maximum length of a statement from standard input, in bytes.
const MOST_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct SqlArgs {
    /// One SELECT over the views; `-` reads it from standard input
    #[arg(required_unless_present_any = ["saved", "views"])]
    statement: Option<String>,
    /// Run the saved query with this name
    #[arg(long, value_name = "NAME", conflicts_with = "statement")]
    saved: Option<String>,
    /// List the views with their columns
    #[arg(long, conflicts_with_all = ["statement", "saved"])]
    views: bool,
    /// Maximum number of rows, 1 to 10,000
    #[arg(long, value_name = "COUNT", default_value_t = SQL_ROWS, value_parser = limit, hide_default_value = false)]
    limit: usize,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
}

/// Parses a number of rows.
fn limit(text: &str) -> Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| (1..=MOST_SQL_ROWS).contains(rows));
    rows.ok_or_else(|| format!("a whole number from 1 to {MOST_SQL_ROWS}"))
}

/// Runs the statement and prints its rows.
pub(super) async fn run(flags: Flags, args: &SqlArgs) -> Result<(), AppError> {
    // Before reading transcripts, which may take long.
    let given = args.statement.as_deref().map(statement).transpose()?;
    let ready = CommandContext::from_database(flags, args.update).await?;
    let output = if args.views {
        views(&ready, args.form).await?
    } else {
        let statement = match given {
            Some(statement) => statement,
            None => saved(&ready, args.saved.as_deref().unwrap_or_default()).await?,
        };
        rows(&ready.archive()?.sql(&statement, ready.tz(), args.limit).await?, args.form)?
    };
    output.print()?;
    ready.close().await
}

/// Returns a given statement, or that of standard input.
fn statement(given: &str) -> Result<String, AppError> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MOST_BYTES + 1).read_to_string(&mut text);
    match read.map_err(AppError::io("read the statement from standard input"))? {
        bytes if bytes as u64 > MOST_BYTES => {
            Err(AppError::Query(format!("the statement has more than {MOST_BYTES} bytes")))
        }
        _ => Ok(text),
    }
}

/// Returns the statement of a saved query.
async fn saved(ready: &CommandContext, name: &str) -> Result<String, AppError> {
    let store = ready.reporter.facts().store().ok_or_else(|| AppError::Query("no database".to_owned()))?;
    let queries = Personal::new(store.clone()).all::<SavedQuery>().await?;
    let found = queries.into_iter().find(|query| query.content.name == name);
    found.map(|query| query.content.sql).ok_or_else(|| {
        AppError::Query(format!("no saved query is called `{}`", ctm_types::printable::one_line(name)))
    })
}

async fn views(ready: &CommandContext, form: FormArgs) -> Result<CommandOutput, AppError> {
    let views = ready.archive()?.sql_views(true).await?.views;
    if form.json {
        return CommandOutput::json(&views);
    }
    let row =
        |view: &str, column: &str| vec![SqlCell::Text(view.to_owned()), SqlCell::Text(column.to_owned())];
    let rows = views.iter().flat_map(|view| view.columns.iter().map(|column| row(view.name, column)));
    let listed = SqlRows {
        columns: ["view", "column"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        cut: None,
        data_version: 0,
    };
    self::rows(&listed, form)
}

fn rows(found: &SqlRows, form: FormArgs) -> Result<CommandOutput, AppError> {
    if form.json {
        return CommandOutput::json(found);
    }
    if form.csv {
        let cells = found.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>());
        let text = csv_rows(&found.columns, cells).map_err(AppError::io("write CSV"))?;
        return Ok(CommandOutput::csv_text(text));
    }
    Ok(CommandOutput::Page(page(found, form.compact)))
}

fn page(found: &SqlRows, compact: bool) -> String {
    let row = |row: &Vec<SqlCell>| {
        Row::new(found.columns.iter().zip(row).map(|(column, cell)| value(column, cell)).collect())
    };
    let table = Table {
        head: found.columns.iter().map(|name| ctm_types::printable::one_line(name).into_owned()).collect(),
        rows: found.rows.iter().map(row).collect(),
        total: None,
        compact,
    };
    let shown = if found.rows.is_empty() { "No rows".to_owned() } else { table.render(width()) };
    match found.cut {
        None => shown,
        Some(bound) => {
            let rows = count(found.rows.len() as u64);
            let of = if bound == "rows" { "--limit" } else { "the maximum size of a result" };
            format!("{shown}\n\n{}", warning(&format!("Cut off after {rows} rows by {of}.")))
        }
    }
}

/// Returns a value of a column. A time is no count.
fn value(column: &str, cell: &SqlCell) -> Value {
    match cell {
        SqlCell::Null => Value::Nothing,
        SqlCell::Integer(integer) if column.ends_with("_ms") || *integer < 0 => {
            Value::name(&integer.to_string())
        }
        SqlCell::Integer(integer) => Value::Count(integer.unsigned_abs()),
        SqlCell::Real(amount) if column.ends_with("_usd") => Value::Usd(usd(*amount)),
        SqlCell::Real(real) => Value::name(&real.to_string()),
        SqlCell::Text(text) => Value::name(text),
    }
}

/// Returns an amount to show.
#[expect(clippy::cast_possible_truncation, reason = "an amount beyond the range is the largest one")]
fn usd(amount: f64) -> Option<PicoUsd> {
    amount.is_finite().then(|| PicoUsd((amount * 1e12).round() as i128))
}

fn cell(of: &SqlCell) -> Cell<'_> {
    match of {
        SqlCell::Null => Cell::Unknown,
        SqlCell::Integer(integer) => Cell::Difference(*integer),
        SqlCell::Real(real) => Cell::Rate(*real),
        SqlCell::Text(text) => Cell::Text(text),
    }
}
