//! `ctm hooks`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::FilterArgs;
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::counted;
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{HookItem, HookStats, HookTimes};

#[derive(Debug, Args)]
pub(in crate::cli) struct HooksArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) async fn answer(ready: &CommandContext, args: &HooksArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let stats = ready.archive()?.hooks(&query).await?;
    ready.say_why_empty(&query, stats.items.is_empty()).await?;
    args.form.output(&stats, columns(), &stats.items, || page(&stats, args.form.compact))
}

fn page(stats: &HookStats, compact: bool) -> String {
    let HookStats { meta, items, totals } = stats;
    if items.is_empty() {
        return format!("No runs of hooks from {} to {} ({}).", meta.from, meta.to, meta.tz);
    }
    let mut notes = Vec::new();
    let untimed = totals.runs - totals.timed_runs;
    if untimed > 0 {
        let runs = counted(untimed, "run has", "runs have");
        notes.push(format!("{runs} no logged duration, and no part in the times."));
    }
    let unjudged = totals.runs - totals.judged_runs;
    if unjudged > 0 {
        let runs = counted(unjudged, "run has", "runs have");
        notes.push(format!("{runs} no logged outcome, and may have failed or blocked."));
    }
    let table = table(stats, compact).render(width());
    if notes.is_empty() { table } else { format!("{table}\n\n{}", dim(&notes.join("\n"))) }
}

fn table(stats: &HookStats, compact: bool) -> Table {
    let cells = |name: &str, event: &str, of: &HookTimes| {
        let judged = |runs| if of.judged_runs > 0 { Value::Count(runs) } else { Value::Nothing };
        let mut cells = vec![Value::name(name), Value::name(event), Value::Count(of.runs)];
        cells.push(judged(of.failed_runs));
        if !compact {
            cells.push(judged(of.blocked_runs));
        }
        cells.push(Value::Milliseconds((of.timed_runs > 0).then_some(of.total_ms)));
        if !compact {
            cells.extend([of.median_ms, of.p95_ms].map(Value::Milliseconds));
        }
        cells.push(Value::Milliseconds(of.max_ms));
        cells
    };
    let row = |of: &HookItem| {
        let program = of.program.as_deref().unwrap_or("(unknown)");
        Row::new(cells(program, &of.event, &of.times))
    };
    let head: &[&str] = if compact {
        &["Hook", "Event", "Runs", "Failed", "Time", "Longest"]
    } else {
        &["Hook", "Event", "Runs", "Failed", "Blocked", "Time", "Median", "95 %", "Longest"]
    };
    Table {
        head: head.iter().map(|name| (*name).to_owned()).collect(),
        rows: stats.items.iter().map(row).collect(),
        total: Some(cells("Total", "", &stats.totals)),
        compact,
    }
}

fn columns() -> Vec<Column<HookItem>> {
    vec![
        Column::new("program", |of: &HookItem| of.program.as_deref().map(Cell::Text).into()),
        Column::new("event", |of: &HookItem| Cell::Text(&of.event)),
        Column::new("runs", |of| Cell::Count(of.times.runs)),
        Column::new("judged_runs", |of| Cell::Count(of.times.judged_runs)),
        Column::new("failed_runs", |of| Cell::Count(of.times.failed_runs)),
        Column::new("blocked_runs", |of| Cell::Count(of.times.blocked_runs)),
        Column::new("timed_runs", |of| Cell::Count(of.times.timed_runs)),
        Column::new("total_ms", |of| Cell::Count(of.times.total_ms)),
        Column::new("share_time", |of| of.share_time.map(Cell::Rate).into()),
        Column::new("median_ms", |of| known(of.times.median_ms)),
        Column::new("p95_ms", |of| known(of.times.p95_ms)),
        Column::new("max_ms", |of| known(of.times.max_ms)),
        Column::new("sessions", |of| Cell::Count(of.times.sessions)),
        Column::new("last_at", |of| of.times.last_at.map(|at| Cell::Time(at.0)).into()),
    ]
}

fn known(time_ms: Option<u64>) -> Cell<'static> {
    time_ms.map(Cell::Count).into()
}
