//! `ctm drivers`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::FilterArgs;
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, percent, usd};
use super::usage::{Doubts, cost_value, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{DriverItem, DriverStats, Usage};

#[derive(Debug, Args)]
pub(in crate::cli) struct DriversArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) async fn answer(ready: &CommandContext, args: &DriversArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let stats = ready.archive()?.drivers(&query).await?;
    let is_empty = stats.totals.responses == 0;
    ready.say_why_empty(&query, is_empty).await?;
    args.form.output(&stats, columns(), &stats.items, || {
        if is_empty { no_usage(&stats.meta) } else { page(&stats, args.form.compact) }
    })
}

fn page(stats: &DriverStats, compact: bool) -> String {
    let mut text = table(stats, compact).render(width());
    let sentences: Vec<String> = stats.items.iter().filter_map(sentence).collect();
    if !sentences.is_empty() {
        text.push_str(&format!("\n\n{}", sentences.join("\n")));
    }
    let note = dim("A response can have several drivers: they do not add up to the total.");
    text + &footer(&stats.meta, &Doubts::of(&stats.totals)) + "\n" + &note
}

fn table(stats: &DriverStats, compact: bool) -> Table {
    let cells = |name: &str, share: Option<f64>, usage: &Usage| {
        vec![
            Value::name(name),
            Value::Count(usage.responses),
            Value::Count(usage.total_tokens),
            share.map_or(Value::Nothing, |share| Value::Rate(Some(share))),
            cost_value(usage),
        ]
    };
    let row = |of: &DriverItem| Row::new(cells(&name(of), of.share_cost, &of.usage));
    let none = Row::new(cells("None of these", None, &stats.none));
    Table {
        head: ["Driver", "Responses", "Tokens", "Share", "Cost"].map(str::to_owned).to_vec(),
        rows: stats.items.iter().map(row).chain([none]).collect(),
        total: Some(cells("Total", None, &stats.totals)),
        compact,
    }
}

fn name(of: &DriverItem) -> String {
    let bound = count(of.threshold.unwrap_or_default());
    match of.driver {
        "long_context" => format!("Prompt above {bound} tokens"),
        "parallel_sessions" => format!("{bound} sessions at once or more"),
        "long_sessions" => format!("Session of {bound} hours or more"),
        "cache_misses" => format!("Cache miss above {bound} tokens"),
        _ => "Subagents".to_owned(),
    }
}

/// Returns what a driver amounts to, and what lowers it.
fn sentence(of: &DriverItem) -> Option<String> {
    let advice = match of.advice? {
        "compact" => "/compact within a task, and /clear before another one.",
        "smaller_model" => "`ctm what-if --part subagents --as-model MODEL` shows what another model costs.",
        "fewer_sessions" => "All sessions share the same limits.",
        "new_session" => "A new session begins with a short prompt.",
        _ => "`ctm cache` lists the causes.",
    };
    let bound = count(of.threshold.unwrap_or_default());
    let came = match of.driver {
        "long_context" => format!("came at a prompt of more than {bound} tokens"),
        "parallel_sessions" => format!("came while {bound} sessions or more ran at once"),
        "long_sessions" => format!("came from sessions that had run for {bound} hours or more"),
        "cache_misses" => format!("came from responses that missed the cache by more than {bound} tokens"),
        _ => "came from subagents".to_owned(),
    };
    let cost = usd(of.usage.cost_usd.map(|cost| cost.0));
    Some(format!("{} of the cost ({cost}) {came}. {advice}", percent(of.share_cost)))
}

fn columns() -> Vec<Column<DriverItem>> {
    vec![
        Column::new("driver", |of: &DriverItem| Cell::Text(of.driver)),
        Column::new("threshold", |of| of.threshold.map(Cell::Count).into()),
        Column::new("responses", |of| Cell::Count(of.usage.responses)),
        Column::new("total_tokens", |of| Cell::Count(of.usage.total_tokens)),
        Column::new("share_cost", |of| of.share_cost.map(Cell::Rate).into()),
        Column::new("cost_usd", |of| of.usage.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("certainty", |of| Cell::Text(of.usage.certainty.name())),
        Column::new("advice", |of| of.advice.map(Cell::Text).into()),
    ]
}
