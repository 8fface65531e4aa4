//! `ctm tools`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::FilterArgs;
use super::super::output::{CommandOutput, FormArgs};
use super::super::table::{Row, Table, Value};
use super::super::text::local_day;
use super::Direction;
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_report::Compare;
use ctm_report::export::tool_columns;
use ctm_report::wire::ToolUsage;

#[derive(Debug, Args)]
pub(in crate::cli) struct ToolsArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Sort order
    #[arg(long, value_enum)]
    order: Option<Direction>,
}

pub(super) async fn answer(ready: &CommandContext, args: &ToolsArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let mut stats = ready.archive()?.tools(&query, Compare::None).await?;
    ready.say_why_empty(&query, stats.items.is_empty()).await?;
    if args.order == Some(Direction::Asc) {
        stats.items.reverse();
    }
    if args.form.json {
        return CommandOutput::json(&stats);
    }
    if args.form.csv {
        return CommandOutput::csv(tool_columns(), &stats.items);
    }
    if stats.items.is_empty() {
        let meta = &stats.meta;
        return Ok(CommandOutput::Page(format!(
            "No tool calls from {} to {} ({}).",
            meta.from, meta.to, meta.tz
        )));
    }
    let row = |tool: &ToolUsage| {
        let mut cells = vec![Value::name(&tool.tool), Value::Count(tool.calls), Value::Count(tool.errors)];
        if !args.form.compact {
            cells.extend([Value::Rate(Some(tool.error_rate)), Value::Count(tool.sessions)]);
            let last = tool.last_at.map(|at| local_day(at, query.tz));
            cells.push(Value::Name(last.unwrap_or_default()));
        }
        Row::new(cells)
    };
    let mut total = vec![Value::name("Total"), Value::Count(stats.calls), Value::Count(stats.errors)];
    let mut head = vec!["Tool", "Calls", "Errors"];
    if !args.form.compact {
        head.extend(["Error rate", "Sessions", "Last"]);
        total.extend([Value::Rate(rate(stats.errors, stats.calls)), Value::Nothing, Value::name("")]);
    }
    let table = Table {
        head: head.into_iter().map(str::to_owned).collect(),
        rows: stats.items.iter().map(row).collect(),
        total: Some(total),
        compact: args.form.compact,
    };
    Ok(CommandOutput::Page(table.render(width())))
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for showing only")]
fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
