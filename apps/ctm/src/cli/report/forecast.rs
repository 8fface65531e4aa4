//! `ctm forecast`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::HomeArgs;
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::local_as;
use crate::error::AppError;
use crate::wrapping::width;
use chrono::Weekday;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::forecast::LEAST;
use ctm_export::{Cell, Column};
use ctm_facts::UsageFilter;
use ctm_report::wire::{CostForecast, Forecasts, PeriodForecast, TokenForecast, Usd};

#[derive(Debug, Args)]
pub(in crate::cli) struct ForecastArgs {
    /// First day of a week [default: monday]
    #[arg(long, value_name = "DAY", value_parser = super::super::filter::weekday(), help_heading = "Filter")]
    week_start: Option<Weekday>,
    /// Only this project, by name; may be repeated
    #[arg(long, value_name = "PROJECT", allow_hyphen_values = true, help_heading = "Filter")]
    project: Vec<String>,
    #[command(flatten, next_help_heading = "Filter")]
    homes: HomeArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) async fn answer(ready: &CommandContext, args: &ForecastArgs) -> Result<CommandOutput, AppError> {
    let of = UsageFilter {
        projects: args.project.clone(),
        homes: args.homes.paths(&ready.reporter),
        ..UsageFilter::default()
    };
    let week_start = args.week_start.unwrap_or(Weekday::Mon);
    let forecasts = ready.reporter.forecast(ready.tz(), week_start, &of).await?;
    args.form
        .output(&forecasts, columns(), &forecasts.items, || page(&forecasts, ready.tz(), args.form.compact))
}

fn page(forecasts: &Forecasts, tz: Tz, compact: bool) -> String {
    let is_missing = |of: &PeriodForecast| of.cost.median_usd.is_none();
    let mut notes = vec!["Low to high contains the cost at the end four times out of five.".to_owned()];
    if forecasts.items.iter().any(is_missing) {
        notes.push(format!(
            "No forecast before the first usage of a period, in the first half hour of a block, or from fewer than \
             {LEAST} comparable earlier ones."
        ));
    }
    format!("{}\n\n{}", table(forecasts, tz, compact).render(width()), dim(&notes.join("\n")))
}

fn table(forecasts: &Forecasts, tz: Tz, compact: bool) -> Table {
    let row = |of: &PeriodForecast| {
        let cost = |usd: Option<Usd>| usd.map_or(Value::Nothing, |usd| Value::cost(Some(usd), of.certainty));
        let CostForecast { used_usd, low_usd, median_usd, high_usd, .. } = &of.cost;
        let ends = if of.period == "block" { local_as(of.ends_at, tz, "%H:%M") } else { of.to.to_string() };
        let mut cells = vec![Value::name(of.period), Value::Name(ends), cost(Some(*used_usd))];
        cells.extend([low_usd, median_usd, high_usd].map(|usd| cost(*usd)));
        if !compact {
            let TokenForecast { used, median, .. } = &of.tokens;
            cells.extend([Value::Count(*used), median.map_or(Value::Nothing, Value::Count)]);
        }
        Row::new(cells)
    };
    let head: &[&str] = if compact {
        &["Period", "Ends", "So far", "Low", "Median", "High"]
    } else {
        &["Period", "Ends", "So far", "Low", "Median", "High", "Tokens so far", "Median"]
    };
    Table {
        head: head.iter().map(|name| (*name).to_owned()).collect(),
        rows: forecasts.items.iter().map(row).collect(),
        total: None,
        compact,
    }
}

fn columns() -> Vec<Column<PeriodForecast>> {
    vec![
        Column::new("period", |of: &PeriodForecast| Cell::Text(of.period)),
        Column::new("from", |of| Cell::Date(of.from)),
        Column::new("to", |of| Cell::Date(of.to)),
        Column::new("ends_at", |of| Cell::Time(of.ends_at.0)),
        Column::new("certainty", |of| Cell::Text(of.certainty.name())),
        Column::new("used_usd", |of| Cell::Usd(of.cost.used_usd.0)),
        Column::new("low_usd", |of| usd(of.cost.low_usd)),
        Column::new("median_usd", |of| usd(of.cost.median_usd)),
        Column::new("high_usd", |of| usd(of.cost.high_usd)),
        Column::new("used_tokens", |of| Cell::Count(of.tokens.used)),
        Column::new("low_tokens", |of| tokens(of.tokens.low)),
        Column::new("median_tokens", |of| tokens(of.tokens.median)),
        Column::new("high_tokens", |of| tokens(of.tokens.high)),
        Column::new("stretches", |of| Cell::Count(of.cost.stretches)),
    ]
}

fn usd(usd: Option<Usd>) -> Cell<'static> {
    usd.map(|Usd(cost)| Cell::Usd(cost)).into()
}

fn tokens(tokens: Option<u64>) -> Cell<'static> {
    tokens.map(Cell::Count).into()
}
