//! `ctm by`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, named};
use super::super::output::{CommandOutput, FormArgs, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, counted};
use super::usage::{Doubts, cost_value, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{ByItem, ByKind, ByStats, Usage};
use ctm_report::{BY, ByWhat};

#[derive(Debug, Args)]
pub(in crate::cli) struct ByArgs {
    /// What the rows are
    #[arg(value_parser = named(&BY))]
    what: ByWhat,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Maximum number of named rows, besides the rest
    #[arg(long, value_name = "COUNT", default_value = "100", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
}

pub(super) async fn answer(ready: &CommandContext, args: &ByArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let stats = ready.archive()?.by(&query, args.what, args.limit.into()).await?;
    ready.say_why_empty(&query, stats.items.is_empty()).await?;
    args.form.output(&stats, columns(), &stats.items, || page(&stats, args.form.compact))
}

fn page(stats: &ByStats, compact: bool) -> String {
    if stats.items.is_empty() {
        return no_usage(&stats.meta);
    }
    table(stats, compact).render(width()) + &notes(stats)
}

fn table(stats: &ByStats, compact: bool) -> Table {
    let mut head = vec![heading(stats.by), "Responses"];
    if !compact {
        head.push("Subagents");
    }
    head.extend(["Total", "Cost"]);
    let cells = |name: &str, usage: &Usage, subagents: &Usage| {
        let mut cells = vec![Value::name(name), Value::Count(usage.responses)];
        if !compact {
            cells.push(cost_value(subagents));
        }
        cells.extend([Value::Count(usage.total_tokens), cost_value(usage)]);
        cells
    };
    let row = |item: &ByItem| Row::new(cells(&name(item), &item.usage, &item.subagents));
    let others_name = counted(stats.rest_count as u64, "other", "others");
    let rest = stats.rest.iter().map(|rest| Row::new(cells(&others_name, &rest.usage, &rest.subagents)));
    let (named, others): (Vec<&ByItem>, Vec<&ByItem>) =
        stats.items.iter().partition(|item| item.kind == ByKind::Named);
    Table {
        head: head.into_iter().map(str::to_owned).collect(),
        rows: named.into_iter().map(row).chain(rest).chain(others.into_iter().map(row)).collect(),
        total: Some(cells("Total", &stats.totals.usage, &stats.totals.subagents)),
        compact,
    }
}

fn heading(by: &str) -> &'static str {
    match by {
        "skill" => "Skill",
        "plugin" => "Plugin",
        "agent" => "Subagent",
        "mcp" => "MCP server",
        "tool" => "Tool",
        "effort" => "Effort",
        "entrypoint" => "Entrypoint",
        "version" => "Version",
        "branch" => "Branch",
        "ticket" => "Ticket",
        _ => "Pull request",
    }
}

/// Returns the name of an item; unreliable ones are marked.
fn name(item: &ByItem) -> String {
    let name = match item.kind {
        ByKind::Named => item.key.as_deref().unwrap_or_default(),
        ByKind::Several => "(several)",
        ByKind::Main => "(main conversation)",
        ByKind::None => "(none)",
    };
    if item.unreliable_responses > 0 { format!("{name} *") } else { name.to_owned() }
}

fn notes(stats: &ByStats) -> String {
    let mut notes = footer(&stats.meta, &Doubts::of(&stats.totals.usage));
    let unreliable: u64 = stats.items.iter().map(|item| item.unreliable_responses).sum();
    if unreliable > 0 {
        let note = format!(
            "* {} of versions before 2.1.222, which attributed responses to an MCP server long after its last call.",
            count(unreliable)
        );
        notes.push('\n');
        notes.push_str(&warning(&note));
    }
    notes
}

fn columns() -> Vec<Column<ByItem>> {
    vec![
        Column::new("key", |item: &ByItem| item.key.as_deref().map(Cell::Text).into()),
        Column::new("kind", |item| {
            Cell::Text(match item.kind {
                ByKind::Named => "named",
                ByKind::Several => "several",
                ByKind::Main => "main",
                ByKind::None => "none",
            })
        }),
        Column::new("responses", |item| Cell::Count(item.usage.responses)),
        Column::new("total_tokens", |item| Cell::Count(item.usage.total_tokens)),
        Column::new("cost_usd", |item| item.usage.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("certainty", |item| Cell::Text(item.usage.certainty.name())),
        Column::new("subagents_cost_usd", |item| {
            item.subagents.cost_usd.map(|cost| Cell::Usd(cost.0)).into()
        }),
        Column::new("unreliable_responses", |item| Cell::Count(item.unreliable_responses)),
    ]
}
