//! `ctm compare`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, named};
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, percent, usd};
use super::usage::{Doubts, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{ComparedItem, ComparisonStats};
use ctm_report::{COMPARED_WHAT, ComparedWhat, ComparisonQuery};
use ctm_types::printable::one_line;

#[derive(Debug, Args)]
pub(in crate::cli) struct CompareArgs {
    /// What is compared
    #[arg(value_parser = named(&COMPARED_WHAT))]
    what: ComparedWhat,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Only this version or model, by name; may be repeated
    #[arg(long, value_name = "NAME")]
    item: Vec<String>,
    /// Only projects in which every compared item was used
    #[arg(long)]
    same_projects: bool,
    /// Print Markdown without names of projects, folders and sessions, for a bug report
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    report: bool,
}

pub(super) async fn answer(ready: &CommandContext, args: &CompareArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let wanted =
        ComparisonQuery { by: args.what, items: args.item.clone(), same_projects: args.same_projects };
    let stats = ready.archive()?.comparison(&query, &wanted).await?;
    ready.say_why_empty(&query, stats.items.is_empty()).await?;
    args.form.output(&stats, columns(), &stats.items, || page(&stats, args))
}

fn page(stats: &ComparisonStats, args: &CompareArgs) -> String {
    if stats.items.is_empty() {
        return no_usage(&stats.meta);
    }
    if args.report {
        return report(stats);
    }
    let notes = dim(&format!(
        "Below {} responses, the rates of an item support no statement.",
        count(stats.minimum_responses)
    ));
    let table = table(stats, args.form.compact).render(width());
    table + &footer(&stats.meta, &Doubts::default()) + "\n" + &notes
}

fn name(item: &ComparedItem) -> String {
    item.key.as_deref().map_or_else(|| "(none)".to_owned(), |key| one_line(key).into_owned())
}

fn table(stats: &ComparisonStats, compact: bool) -> Table {
    let row = |item: &ComparedItem| {
        Row::new(vec![
            Value::name(&name(item)),
            Value::Count(item.usage.responses),
            Value::Count(item.prompts),
            item.tokens_per_prompt.map_or(Value::Rate(None), |tokens| Value::Count(whole(tokens))),
            Value::Usd(item.cost_per_prompt_usd.map(|cost| cost.0)),
            Value::Rate(item.thinking_share),
            Value::Rate(item.usage.cache_hit_rate),
            Value::Rate(item.error_rate),
        ])
    };
    let heading = if stats.by == "model" { "Model" } else { "Version" };
    let head = [heading, "n", "Prompts", "Tokens each", "Cost each", "Thinking", "Cache", "Errors"];
    Table {
        head: head.map(str::to_owned).to_vec(),
        rows: stats.items.iter().map(row).collect(),
        total: None,
        compact,
    }
}

/// Returns a mean as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of counts is not negative"
)]
fn whole(mean: f64) -> u64 {
    mean.round() as u64
}

/// Returns the comparison in Markdown. Names of versions and models are all names in it.
fn report(stats: &ComparisonStats) -> String {
    let heading = if stats.by == "model" { "Model" } else { "Claude Code" };
    let mean = |mean: Option<f64>| mean.map_or_else(|| "-".to_owned(), |mean| count(whole(mean)));
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| percent(Some(rate)));
    let row = |item: &ComparedItem| {
        let cost = item.cost_per_prompt_usd.map_or_else(|| "-".to_owned(), |cost| usd(Some(cost.0)));
        let cells = [
            name(item).replace('|', "\\|"),
            count(item.usage.responses),
            count(item.prompts),
            mean(item.tokens_per_prompt),
            cost,
            mean(item.output_tokens_per_response),
            format!("{} (n = {})", rate(item.thinking_share), count(item.thinking_responses)),
            rate(item.usage.cache_hit_rate),
            format!("{} (n = {})", rate(item.error_rate), count(item.tool_calls)),
        ];
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![
        format!(
            "{} to {} ({}), {} projects{}; list prices of {}.",
            stats.meta.from,
            stats.meta.to,
            stats.meta.tz,
            count(stats.projects),
            if stats.same_projects { ", the same for every row" } else { "" },
            stats.meta.price_version,
        ),
        String::new(),
        format!(
            "| {heading} | responses | prompts | tokens per prompt | cost per prompt | output per response | thinking \
             share | cache hit rate | failed tool calls |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|".to_owned(),
    ];
    lines.extend(stats.items.iter().map(row));
    lines.join("\n")
}

fn columns() -> Vec<Column<ComparedItem>> {
    vec![
        Column::new("key", |of: &ComparedItem| of.key.as_deref().map(Cell::Text).into()),
        Column::new("responses", |of| Cell::Count(of.usage.responses)),
        Column::new("prompts", |of| Cell::Count(of.prompts)),
        Column::new("total_tokens", |of| Cell::Count(of.usage.total_tokens)),
        Column::new("cost_usd", |of| of.usage.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("certainty", |of| Cell::Text(of.usage.certainty.name())),
        Column::new("tokens_per_prompt", |of| of.tokens_per_prompt.map(Cell::Rate).into()),
        Column::new("cost_per_prompt_usd", |of| of.cost_per_prompt_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("output_tokens_per_response", |of| of.output_tokens_per_response.map(Cell::Rate).into()),
        Column::new("thinking_responses", |of| Cell::Count(of.thinking_responses)),
        Column::new("thinking_share", |of| of.thinking_share.map(Cell::Rate).into()),
        Column::new("cache_hit_rate", |of| of.usage.cache_hit_rate.map(Cell::Rate).into()),
        Column::new("tool_calls", |of| Cell::Count(of.tool_calls)),
        Column::new("tool_errors", |of| Cell::Count(of.tool_errors)),
        Column::new("error_rate", |of| of.error_rate.map(Cell::Rate).into()),
    ]
}
