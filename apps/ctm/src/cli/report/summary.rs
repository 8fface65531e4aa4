//! `ctm` without a command.

use super::super::budget;
use super::super::context::{CommandContext, Flags};
use super::super::output::CommandOutput;
use super::super::table::{Row, Table, Value};
use super::usage::{Doubts, cost_value, footer};
use crate::error::AppError;
use crate::wrapping::width;
use ctm_aggregate::RangePreset;
use ctm_facts::UsageFilter;
use ctm_report::{Compare, Period, Query};

/// The periods of the summary.
const PERIODS: [(&str, RangePreset); 4] = [
    ("Today", RangePreset::Today),
    ("7 days", RangePreset::LastDays(7)),
    ("30 days", RangePreset::LastDays(30)),
    ("All time", RangePreset::All),
];

/// Prints today, 7 days, 30 days and all time in a few lines.
pub(in crate::cli) async fn run(flags: Flags) -> Result<(), AppError> {
    let ready = CommandContext::up_to_date(flags).await?;
    let tz = ready.tz();
    let mut rows = Vec::new();
    let mut foot = String::new();
    let mut is_empty = true;
    for (name, preset) in PERIODS {
        let query = Query { period: Period::Preset(preset), tz, filter: UsageFilter::default() };
        let stats = ready.reporter.stats(&query, Compare::None).await?;
        rows.push(Row::new(vec![
            Value::name(name),
            cost_value(&stats.totals),
            Value::Count(stats.totals.total_tokens),
            Value::Count(stats.totals.output_tokens),
            Value::Count(stats.totals.responses),
            Value::Count(stats.totals.sessions),
            Value::Rate(stats.totals.cache_hit_rate),
        ]));
        // The last period is all time.
        foot = footer(&stats.meta, &Doubts::of(&stats.totals));
        is_empty = stats.totals.responses == 0;
    }
    let head = ["", "Cost", "Tokens", "Output", "Responses", "Sessions", "Cache hits"];
    let table = Table { head: head.map(str::to_owned).to_vec(), rows, total: None, compact: false };
    let budgets = budget::lines(&ready).await?;
    let budgets = if budgets.is_empty() { String::new() } else { format!("\n\n{}", budgets.join("\n")) };
    CommandOutput::Page(table.render(width()) + &budgets + &foot).print()?;
    ready.say_why_empty(&Query { tz, ..Query::all() }, is_empty).await?;
    ready.close().await
}
