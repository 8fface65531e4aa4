//! `ctm trends`.

use super::super::context::{CommandContext, FactsArgs};
use super::super::filter::{FilterArgs, named};
use super::super::output::{CommandOutput, FormArgs};
use super::super::table::{Row, Table, Value};
use super::super::text::local;
use super::Direction;
use super::usage::{Doubts, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::{Bucket, Metric, Split, Step};
use ctm_export::{Cell, Column};
use ctm_report::wire::{BucketStart, Number, TrendSeries, TrendStats};
use ctm_report::{COMPARED, Compare, METRICS, Query, SPLITS, STEPS, TrendQuery};

/// Maximum length of a bar.
const BAR: usize = 30;

#[derive(Debug, Args)]
pub(in crate::cli) struct TrendsArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) facts: FactsArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Sort order
    #[arg(long, value_enum)]
    order: Option<Direction>,
    /// Metric
    #[arg(long, default_value = "cost_usd", value_parser = named(&METRICS))]
    metric: Metric,
    /// Length of a bucket
    #[arg(long, default_value = "day", value_parser = named(&STEPS))]
    bucket: Step,
    /// Split of the series; `kind` applies to the cost and to all tokens
    #[arg(long, default_value = "none", value_parser = named(&SPLITS))]
    group: Split,
    /// Period of comparison: the previous one, or the same days a year earlier
    #[arg(long, default_value = "none", value_parser = named(&COMPARED))]
    compare: Compare,
    /// Maximum number of series, besides one for the rest
    #[arg(long, value_name = "COUNT", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=100))]
    series: u16,
}

pub(super) async fn answer(ready: &CommandContext, args: &TrendsArgs) -> Result<CommandOutput, AppError> {
    if args.group == Split::Kind && !matches!(args.metric, Metric::Cost | Metric::TotalTokens) {
        let allowed = "--group kind requires --metric cost_usd or --metric total_tokens";
        return Err(AppError::Query(allowed.to_owned()));
    }
    let step = args.bucket.with_week_start(args.filter.week_start());
    let bucket = match step {
        Step::Calendar(bucket) => bucket,
        Step::Hour => Bucket::Day,
    };
    let query = args.filter.query(&ready.reporter, ready.tz(), bucket)?;
    let trend = TrendQuery {
        metric: args.metric,
        step,
        split: args.group,
        most_series: args.series.into(),
        compare: args.compare,
    };
    let stats = ready.reporter.trends(&query, trend).await?;
    let is_empty = stats.totals.iter().flatten().all(|value| !is_used(*value));
    ready.say_why_empty(&query, is_empty).await?;
    if args.form.json {
        return CommandOutput::json(&stats);
    }
    if args.form.csv {
        return CommandOutput::csv(columns(), &points(&stats));
    }
    if is_empty {
        return Ok(CommandOutput::Page(no_usage(&stats.meta)));
    }
    let table =
        if args.group == Split::Nothing { over_time(&stats, args, &query) } else { by_series(&stats) };
    let table = Table { compact: args.form.compact, ..table };
    // Omitted usage is noted where the metric is money.
    let doubts = match args.metric {
        Metric::Cost | Metric::CacheSaving => {
            Doubts::of(&ready.reporter.stats(&query, Compare::None).await?.totals)
        }
        _ => Doubts::default(),
    };
    Ok(CommandOutput::Page(table.render(width()) + &footer(&stats.meta, &doubts)))
}

/// Returns a row per bucket, with a bar.
fn over_time(stats: &TrendStats, args: &TrendsArgs, query: &Query) -> Table {
    let highest = stats.totals.iter().flatten().map(|value| amount(*value)).fold(0.0, f64::max);
    let row = |at: usize| {
        let name = match stats.buckets[at] {
            BucketStart::Hour(time) => local(time, query.tz),
            BucketStart::Day(date) if args.bucket == Step::Calendar(Bucket::Month) => {
                date.format("%Y-%m").to_string()
            }
            BucketStart::Day(date) => date.to_string(),
        };
        let mut cells = vec![Value::Name(name), value(stats.totals[at])];
        if let Some(previous) = &stats.previous {
            cells.push(value(previous.get(at).copied().flatten()));
        }
        if !args.form.compact {
            cells.push(Value::Name(bar(stats.totals[at], highest)));
        }
        Row::new(cells)
    };
    let mut rows: Vec<Row> = (0..stats.buckets.len()).map(row).collect();
    if args.order == Some(Direction::Desc) {
        rows.reverse();
    }
    let mut head = vec![stats.bucket.to_owned(), stats.metric.to_owned()];
    let mut total = vec![Value::name("Total"), value(stats.statistics.total)];
    if let Some(compared) = COMPARED.iter().find(|(_, compare)| *compare == args.compare)
        && stats.previous.is_some()
    {
        head.push(compared.0.to_owned());
        total.push(Value::Nothing);
    }
    if !args.form.compact {
        head.push(String::new());
        total.push(Value::name(""));
    }
    Table { head, rows, total: Some(total), compact: false }
}

/// Returns a row per series, with its sparkline.
fn by_series(stats: &TrendStats) -> Table {
    let row = |series: &TrendSeries| {
        let name = if series.key.is_none() { "Others" } else { &series.label };
        Row::new(vec![Value::name(name), value(series.total), Value::Name(course(&series.values))])
    };
    let used = |series: &&TrendSeries| series.values.iter().flatten().any(|value| is_used(*value));
    Table {
        head: vec![stats.group.to_owned(), stats.metric.to_owned(), format!("by {}", stats.bucket)],
        rows: stats.series.iter().filter(used).map(row).collect(),
        total: Some(vec![
            Value::name("Total"),
            value(stats.statistics.total),
            Value::Name(course(&stats.totals)),
        ]),
        compact: false,
    }
}

fn value(number: Option<Number>) -> Value {
    match number {
        Some(Number::Count(count)) => Value::Count(count),
        Some(Number::Usd(usd)) => Value::Usd(Some(usd.0)),
        Some(Number::Rate(rate)) => Value::Rate(Some(rate)),
        None => Value::Usd(None),
    }
}

#[expect(clippy::cast_precision_loss, reason = "for drawing only")]
fn amount(number: Number) -> f64 {
    match number {
        Number::Count(count) => count as f64,
        Number::Usd(usd) => usd.0.to_f64(),
        Number::Rate(rate) => rate,
    }
}

/// Returns whether a value differs from zero; a saving can be negative.
fn is_used(number: Number) -> bool {
    amount(number).abs() > 0.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "for drawing only"
)]
fn bar(number: Option<Number>, highest: f64) -> String {
    let length = number.map_or(0.0, |number| amount(number).max(0.0) / highest.max(f64::MIN_POSITIVE));
    "█".repeat((length * BAR as f64).round() as usize)
}

/// Draws values as a line of blocks; more than [`BAR`] are combined.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for drawing only")]
fn course(values: &[Option<Number>]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let together = values.len().div_ceil(BAR).max(1);
    let sums: Vec<f64> = values
        .chunks(together)
        .map(|chunk| chunk.iter().flatten().map(|value| amount(*value).max(0.0)).sum())
        .collect();
    let highest = sums.iter().copied().fold(0.0, f64::max);
    let level = |sum: &f64| {
        if *sum <= 0.0 {
            return ' ';
        }
        let level = (sum / highest * 8.0).ceil() as usize;
        LEVELS[level.clamp(1, LEVELS.len()) - 1]
    };
    sums.iter().map(level).collect()
}

/// A value of a series.
struct Point<'a> {
    bucket: BucketStart,
    series: Option<&'a str>,
    value: Option<Number>,
}

fn points(stats: &TrendStats) -> Vec<Point<'_>> {
    stats
        .series
        .iter()
        .flat_map(|series| {
            stats.buckets.iter().zip(&series.values).map(|(bucket, value)| Point {
                bucket: *bucket,
                series: series.key.as_deref(),
                value: *value,
            })
        })
        .collect()
}

fn columns<'a>() -> Vec<Column<Point<'a>>> {
    vec![
        Column::new("bucket", |point: &Point<'_>| match point.bucket {
            BucketStart::Hour(time) => Cell::Time(time.0),
            BucketStart::Day(date) => Cell::Date(date),
        }),
        Column::new("series", |point| point.series.map(Cell::Text).into()),
        Column::new("value", |point| {
            match point.value {
                Some(Number::Count(count)) => Some(Cell::Count(count)),
                Some(Number::Usd(usd)) => Some(Cell::Usd(usd.0)),
                Some(Number::Rate(rate)) => Some(Cell::Rate(rate)),
                None => None,
            }
            .into()
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_of_a_series_has_a_place_for_everything() {
        let counts =
            |counts: &[u64]| counts.iter().map(|count| Some(Number::Count(*count))).collect::<Vec<_>>();
        assert_eq!(course(&counts(&[0, 1, 4, 8])), " ▁▄█");
        assert_eq!(course(&[None, Some(Number::Rate(0.5))]), " █");
        assert_eq!(course(&counts(&[1; 61])).chars().count(), 21);
        assert_eq!(course(&[]), "");
        assert_eq!(bar(Some(Number::Count(5)), 10.0).chars().count(), 15);
    }
}
