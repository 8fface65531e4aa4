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
    let mut text = table(stats, compact).render(width());
    text.push_str("\n\n");
    let untimed = totals.runs - totals.timed_runs;
    if untimed > 0 {
        let runs = counted(untimed, "run has", "runs have");
        text.push_str(&format!("{runs} no logged duration, and no part in the times.\n"));
    }
    text + &dim("Hooks at the end of a turn. Those of other events are not counted.")
}

fn table(stats: &HookStats, compact: bool) -> Table {
    let cells = |name: &str, share: Option<f64>, of: &HookTimes| {
        let known = (of.timed_runs > 0).then_some(of.total_ms);
        let mut cells = vec![Value::name(name), Value::Count(of.runs), Value::Milliseconds(known)];
        if !compact {
            cells.push(share.map_or(Value::Nothing, |share| Value::Rate(Some(share))));
            cells.extend([of.median_ms, of.p95_ms].map(Value::Milliseconds));
        }
        cells.push(Value::Milliseconds(of.max_ms));
        cells
    };
    let row = |of: &HookItem| {
        Row::new(cells(of.program.as_deref().unwrap_or("(unknown)"), of.share_time, &of.times))
    };
    let head: &[&str] = if compact {
        &["Hook", "Runs", "Time", "Longest"]
    } else {
        &["Hook", "Runs", "Time", "Share", "Median", "95 %", "Longest"]
    };
    Table {
        head: head.iter().map(|name| (*name).to_owned()).collect(),
        rows: stats.items.iter().map(row).collect(),
        total: Some(cells("Total", None, &stats.totals)),
        compact,
    }
}

fn columns() -> Vec<Column<HookItem>> {
    vec![
        Column::new("program", |of: &HookItem| of.program.as_deref().map(Cell::Text).into()),
        Column::new("runs", |of| Cell::Count(of.times.runs)),
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
