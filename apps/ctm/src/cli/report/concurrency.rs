//! `ctm concurrency`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, named};
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, local};
use super::usage::no_usage;
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::{Bucket, Step};
use ctm_export::{Cell, Column};
use ctm_report::STEPS;
use ctm_report::wire::{AtOnce, BucketStart, ConcurrencyItem, ConcurrencyStats};

#[derive(Debug, Args)]
pub(in crate::cli) struct ConcurrencyArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Length of a bucket
    #[arg(long, default_value = "day", value_parser = named(&STEPS))]
    bucket: Step,
}

pub(super) async fn answer(
    ready: &CommandContext,
    args: &ConcurrencyArgs,
) -> Result<CommandOutput, AppError> {
    let step = args.bucket.with_week_start(args.filter.week_start());
    let bucket = match step {
        Step::Calendar(bucket) => bucket,
        Step::Hour => Bucket::Day,
    };
    let query = args.filter.query(&ready.reporter, ready.tz(), bucket)?;
    let stats = ready.archive()?.concurrency(&query, step).await?;
    let is_empty = stats.sessions.peak == 0;
    ready.say_why_empty(&query, is_empty).await?;
    args.form.output(&stats, columns(), &stats.items, || {
        if is_empty { no_usage(&stats.meta) } else { page(&stats, query.tz, args.form.compact) }
    })
}

fn page(stats: &ConcurrencyStats, tz: Tz, compact: bool) -> String {
    let whole = table(stats, tz, compact);
    // Times by number do not fit beside each other in a narrow terminal.
    let table = if whole.fits(width()) { whole } else { table(stats, tz, true) };
    let mut text = table.render(width());
    let peak_at = stats.sessions.peak_at.map(|at| local(at, tz)).unwrap_or_default();
    text.push_str(&format!(
        "\n\nMost sessions at once: {}, first at {peak_at}.\n",
        count(stats.sessions.peak)
    ));
    let minutes = count(stats.active_minutes);
    let note = format!("A session or subagent is active for {minutes} minutes from each response on.");
    text + &dim(&note)
}

fn table(stats: &ConcurrencyStats, tz: Tz, compact: bool) -> Table {
    let time = |time_ms: u64| if time_ms == 0 { Value::Nothing } else { Value::Milliseconds(Some(time_ms)) };
    let cells = |name: String, sessions: &AtOnce, subagents: &AtOnce| {
        let mut cells = vec![Value::Name(name), Value::Count(sessions.peak)];
        if !compact {
            cells.push(mean(sessions));
        }
        cells.push(time(sessions.active_ms));
        if !compact {
            cells.extend([sessions.one_ms, sessions.two_ms, sessions.more_ms].map(time));
        }
        cells.push(Value::Count(subagents.peak));
        if !compact {
            cells.push(mean(subagents));
        }
        cells
    };
    let used = stats.items.iter().filter(|item| item.sessions.peak > 0);
    let row =
        |of: &ConcurrencyItem| Row::new(cells(name(of.start, stats.bucket, tz), &of.sessions, &of.subagents));
    let head: &[&str] = if compact {
        &["Start", "Most", "Active", "Subagents"]
    } else {
        &["Start", "Most", "Mean", "Active", "1", "2", "3 or more", "Subagents", "Mean"]
    };
    Table {
        head: head.iter().map(|name| (*name).to_owned()).collect(),
        rows: used.map(row).collect(),
        total: Some(cells("Total".to_owned(), &stats.sessions, &stats.subagents)),
        compact,
    }
}

fn mean(of: &AtOnce) -> Value {
    of.mean.map_or(Value::Nothing, Value::Decimal)
}

fn name(start: BucketStart, bucket: &str, tz: Tz) -> String {
    match start {
        BucketStart::Hour(time) => local(time, tz),
        BucketStart::Day(date) if bucket == "month" => date.format("%Y-%m").to_string(),
        BucketStart::Day(date) => date.to_string(),
    }
}

fn columns() -> Vec<Column<ConcurrencyItem>> {
    vec![
        Column::new("start", |of: &ConcurrencyItem| match of.start {
            BucketStart::Hour(time) => Cell::Time(time.0),
            BucketStart::Day(date) => Cell::Date(date),
        }),
        Column::new("sessions_peak", |of| Cell::Count(of.sessions.peak)),
        Column::new("sessions_mean", |of| of.sessions.mean.map(Cell::Rate).into()),
        Column::new("sessions_active_ms", |of| Cell::Count(of.sessions.active_ms)),
        Column::new("sessions_one_ms", |of| Cell::Count(of.sessions.one_ms)),
        Column::new("sessions_two_ms", |of| Cell::Count(of.sessions.two_ms)),
        Column::new("sessions_more_ms", |of| Cell::Count(of.sessions.more_ms)),
        Column::new("sessions_total_ms", |of| Cell::Count(of.sessions.total_ms)),
        Column::new("subagents_peak", |of| Cell::Count(of.subagents.peak)),
        Column::new("subagents_mean", |of| of.subagents.mean.map(Cell::Rate).into()),
        Column::new("subagents_active_ms", |of| Cell::Count(of.subagents.active_ms)),
        Column::new("subagents_one_ms", |of| Cell::Count(of.subagents.one_ms)),
        Column::new("subagents_two_ms", |of| Cell::Count(of.subagents.two_ms)),
        Column::new("subagents_more_ms", |of| Cell::Count(of.subagents.more_ms)),
        Column::new("subagents_total_ms", |of| Cell::Count(of.subagents.total_ms)),
    ]
}
