//! `ctm cache`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, named};
use super::super::output::{CommandOutput, FormArgs, dim};
use super::super::table::{Row, Table, Value};
use super::super::text::counted;
use super::usage::{Doubts, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{CacheCause, CacheItem, CacheMisses, CacheStats, Usd};
use ctm_report::{CACHE_BY, CacheBy};
use ctm_types::PicoUsd;

#[derive(Debug, Args)]
pub(in crate::cli) struct CacheArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Items that misses are listed by, below their causes
    #[arg(long, default_value = "project", value_parser = named(&CACHE_BY))]
    by: CacheBy,
    /// Maximum number of items, besides the rest
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
}

pub(super) async fn answer(ready: &CommandContext, args: &CacheArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let stats = ready.archive()?.cache(&query, args.by, args.limit.into()).await?;
    let is_empty = stats.durations.iter().all(|of| of.read_tokens == 0 && of.write_tokens == 0);
    ready.say_why_empty(&query, is_empty).await?;
    args.form.output(&stats, columns(), &stats.causes, || {
        if is_empty { no_usage(&stats.meta) } else { page(&stats, args.form.compact) }
    })
}

fn page(stats: &CacheStats, compact: bool) -> String {
    let mut parts = vec![causes(stats, compact).render(width())];
    if !stats.items.is_empty() {
        parts.push(items(stats, compact).render(width()));
    }
    parts.push(durations(stats, compact).render(width()));
    parts.push(alternatives(stats, compact).render(width()));
    let notes = dim(
        "Inferred: from what changed since the response before. Alternatives: the same responses, priced \
                     anew.",
    );
    parts.join("\n\n") + &footer(&stats.meta, &Doubts::default()) + "\n" + &notes
}

fn cells(of: &CacheMisses) -> [Value; 3] {
    [Value::Count(of.misses), Value::Count(of.missed_tokens), Value::cost(of.extra_usd, of.certainty)]
}

fn amount(usd: Option<Usd>) -> Option<PicoUsd> {
    usd.map(|usd| usd.0)
}

fn causes(stats: &CacheStats, compact: bool) -> Table {
    let row = |of: &CacheCause| {
        let mut row = vec![Value::name(&format!("{} ({})", of.cause, of.basis.name()))];
        row.extend(cells(&of.of));
        Row::new(row)
    };
    let mut total = vec![Value::name("Total")];
    total.extend(cells(&stats.misses));
    Table {
        head: ["Cause of a miss", "Times", "Tokens", "Extra cost"].map(str::to_owned).to_vec(),
        rows: stats.causes.iter().map(row).collect(),
        total: Some(total),
        compact,
    }
}

fn items(stats: &CacheStats, compact: bool) -> Table {
    let heading = match stats.by {
        "session" => "Session",
        "version" => "Version",
        _ => "Project",
    };
    let row = |name: &str, of: &CacheMisses| {
        let mut row = vec![Value::name(name)];
        row.extend(cells(of));
        Row::new(row)
    };
    let rest = stats.rest.iter().map(|of| row(&counted(stats.rest_count as u64, "other", "others"), of));
    Table {
        head: [heading, "Times", "Tokens", "Extra cost"].map(str::to_owned).to_vec(),
        rows: stats.items.iter().map(|of| row(name(of), &of.of)).chain(rest).collect(),
        total: None,
        compact,
    }
}

fn name(item: &CacheItem) -> &str {
    item.key.as_deref().unwrap_or("(none)")
}

fn durations(stats: &CacheStats, compact: bool) -> Table {
    let rows = stats.durations.iter().map(|of| {
        let saving = Value::Difference(amount(of.saving_usd));
        let name = if of.duration == "5m" { "5 minutes" } else { "1 hour" };
        Row::new(vec![Value::name(name), Value::Count(of.write_tokens), Value::Count(of.read_tokens), saving])
    });
    Table {
        head: ["Cache of", "Written", "Read", "Saving"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
        compact,
    }
}

fn alternatives(stats: &CacheStats, compact: bool) -> Table {
    let rows = stats.alternatives.iter().map(|of| {
        let name = match of.cache {
            "actual" => "Actual",
            "none" => "Without a cache",
            "5m" => "5-minute cache only",
            _ => "1-hour cache only",
        };
        let difference = match of.cache {
            "actual" => Value::Nothing,
            _ => Value::Difference(amount(of.difference_usd)),
        };
        Row::new(vec![Value::name(name), Value::cost(of.cost_usd, of.certainty), difference])
    });
    Table {
        head: ["Alternative", "Cost", "Difference"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
        compact,
    }
}

fn columns() -> Vec<Column<CacheCause>> {
    vec![
        Column::new("cause", |cause: &CacheCause| Cell::Text(&cause.cause)),
        Column::new("basis", |cause| Cell::Text(cause.basis.name())),
        Column::new("misses", |cause| Cell::Count(cause.of.misses)),
        Column::new("missed_tokens", |cause| Cell::Count(cause.of.missed_tokens)),
        Column::new("extra_usd", |cause| amount(cause.of.extra_usd).map(Cell::Usd).into()),
        Column::new("certainty", |cause| Cell::Text(cause.of.certainty.name())),
    ]
}
