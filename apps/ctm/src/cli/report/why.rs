//! `ctm why`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, PREVIOUS, named};
use super::super::output::{CommandOutput, FormArgs, bold, dim, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, counted, local, percent, signed_usd, usd};
use super::usage::ESTIMATE;
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::{Bucket, RangePreset};
use ctm_export::{Cell, Column};
use ctm_report::wire::{
    CauseOfChange, ChangedDifference, ChangedItem, ChangedPresence, ChangedValue, Movers, Number,
    PreviousPeriod, Statement, WhyPeriod, WhyStats,
};
use ctm_report::{Compare, Period, WhyQuery};
use ctm_types::PicoUsd;

#[derive(Debug, Args)]
pub(in crate::cli) struct WhyArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Period of comparison: the previous one, the same days of the week before, or the same days a year earlier
    #[arg(long, default_value = "previous", value_parser = named(&PREVIOUS))]
    vs: Compare,
    /// Maximum number of items of each kind, besides the rest
    #[arg(long, value_name = "COUNT", default_value = "5", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
}

pub(super) async fn answer(ready: &CommandContext, args: &WhyArgs) -> Result<CommandOutput, AppError> {
    let mut query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    if args.filter.is_of_all_days() {
        query.period = Period::Preset(RangePreset::LastDays(7));
    }
    let wanted = WhyQuery { compare: args.vs, limit: args.limit.into() };
    let stats = ready.archive()?.why(&query, wanted).await?;
    ready.say_why_empty(&query, stats.current.responses + stats.current.unpriced_responses == 0).await?;
    args.form.output(&stats, columns(), &stats.causes, || page(&stats, query.tz, args.form.compact))
}

fn page(stats: &WhyStats, tz: Tz, compact: bool) -> String {
    let (Some(period), Some(previous)) = (&stats.previous_period, &stats.previous) else {
        return format!(
            "No period to compare {} to {} with ({}).",
            stats.meta.from, stats.meta.to, stats.meta.tz
        );
    };
    let mut parts = vec![
        format!("{}\n{}", bold(&heading(stats, period, tz)), sentence(stats)),
        causes(stats, previous, compact).render(width()),
    ];
    if !compact {
        parts.extend(stats.movers.iter().filter(|movers| !movers.items.is_empty()).map(moved));
    }
    parts.push(notes(stats, previous));
    parts.join("\n\n")
}

fn heading(stats: &WhyStats, previous: &PreviousPeriod, tz: Tz) -> String {
    let until = previous.until.map_or_else(String::new, |at| format!(" until {}", local(at, tz)));
    let meta = &stats.meta;
    format!("{} to {} against {} to {}{until} ({})", meta.from, meta.to, previous.from, previous.to, meta.tz)
}

/// Returns the difference in a sentence, or why there is none.
fn sentence(stats: &WhyStats) -> String {
    let few = stats.previous.as_ref().map_or(0, |previous| previous.responses).min(stats.current.responses);
    match stats.statement {
        Statement::Supported => statement(stats),
        Statement::FewResponses => format!(
            "Too few responses for a statement: {}, at least {} in both periods are needed.",
            count(few),
            count(stats.minimum_responses)
        ),
        Statement::KnownInPart | Statement::NoComparison => {
            "The previous period is known in part only: no statement.".to_owned()
        }
    }
}

fn statement(stats: &WhyStats) -> String {
    let difference = stats.difference_usd.map_or(PicoUsd::ZERO, |difference| difference.0);
    let before = stats.previous.as_ref().and_then(|previous| previous.cost_usd).map(|cost| cost.0);
    if difference == PicoUsd::ZERO {
        return "The cost did not change.".to_owned();
    }
    let is_more = difference > PicoUsd::ZERO;
    let verb = if is_more { "rose" } else { "fell" };
    let size = if is_more { difference } else { -difference };
    let relative =
        before.filter(|before| *before > PicoUsd::ZERO).map(|before| size.to_f64() / before.to_f64());
    let relative = relative.map_or_else(String::new, |rate| format!(" ({})", percent(Some(rate))));
    let largest = stats.causes.iter().max_by_key(|cause| {
        let part = cause.difference_usd.0;
        if is_more { part } else { -part }
    });
    let by = largest.map_or_else(String::new, |cause| {
        let part = signed_usd(Some(cause.difference_usd.0));
        format!(", mostly by {} ({part})", name(cause.cause).to_lowercase())
    });
    format!("The cost {verb} by {}{relative}{by}.", usd(Some(size)))
}

/// Returns the name of a cause, and the figure that it is about.
fn name(cause: &str) -> &'static str {
    match cause {
        "volume" => "Responses",
        "mix" => "Mix of models",
        "context" => "Context per response",
        "cache" => "Share from the cache",
        "output" => "Output per response",
        "web_searches" => "Web searches",
        _ => "Prices",
    }
}

fn causes(stats: &WhyStats, previous: &WhyPeriod, compact: bool) -> Table {
    let figure = |cause: &str, of: &WhyPeriod| match cause {
        "volume" => Value::Count(of.responses),
        "context" => rounded(of.prompt_tokens_per_response),
        "cache" => Value::Rate(of.cache_hit_rate),
        "output" => rounded(of.output_tokens_per_response),
        "web_searches" => Value::Count(of.web_searches),
        _ => Value::Nothing,
    };
    let is_shown = |cause: &&CauseOfChange| {
        cause.cause != "web_searches" || previous.web_searches > 0 || stats.current.web_searches > 0
    };
    let row = |cause: &CauseOfChange| {
        Row::new(vec![
            Value::name(name(cause.cause)),
            figure(cause.cause, previous),
            figure(cause.cause, &stats.current),
            Value::Difference(Some(cause.difference_usd.0)),
        ])
    };
    Table {
        head: head("Cause"),
        rows: stats.causes.iter().filter(is_shown).map(row).collect(),
        total: Some(vec![
            Value::name("Cost"),
            Value::cost(previous.cost_usd, previous.certainty),
            Value::cost(stats.current.cost_usd, stats.current.certainty),
            Value::Difference(stats.difference_usd.map(|difference| difference.0)),
        ]),
        compact,
    }
}

fn head(first: &str) -> Vec<String> {
    [first, "Before", "Now", "Difference"].map(str::to_owned).to_vec()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of counts is shown rounded"
)]
fn rounded(mean: Option<f64>) -> Value {
    mean.map_or(Value::Nothing, |mean| Value::Count(mean.round() as u64))
}

/// Returns the table of the items of a kind that changed most.
fn moved(movers: &Movers) -> String {
    let heading = match movers.by {
        "project" => "Project",
        "model" => "Model",
        "session" => "Session",
        "agent" => "Subagent",
        "skill" => "Skill",
        "version" => "Version",
        other => other,
    };
    let mut rows: Vec<Row> = movers.items.iter().map(|item| Row::new(item_cells(item))).collect();
    if let Some(rest) = &movers.rest {
        rows.push(Row::new(cells(&counted(movers.rest_count as u64, "other", "others"), rest)));
    }
    let mut head = head(heading);
    head.push(String::new());
    Table { head, rows, total: None, compact: false }.render(width())
}

fn item_cells(item: &ChangedItem) -> Vec<Value> {
    let name = if item.key.is_empty() { "(none)" } else { &item.key };
    let mut cells = cells(name, &item.value);
    cells.push(Value::name(match item.presence {
        ChangedPresence::Both => "",
        ChangedPresence::New => "new",
        ChangedPresence::Gone => "gone",
    }));
    cells
}

fn cells(name: &str, value: &ChangedValue) -> Vec<Value> {
    let amount = |number: Option<Number>| match number {
        Some(Number::Usd(amount)) => Value::Usd(Some(amount.0)),
        _ => Value::Usd(None),
    };
    let difference = match value.difference {
        Some(ChangedDifference::Usd(amount)) => Some(amount.0),
        _ => None,
    };
    vec![Value::name(name), amount(value.previous), amount(value.current), Value::Difference(difference)]
}

/// Returns the notes on coverage and missing prices.
fn notes(stats: &WhyStats, previous: &WhyPeriod) -> String {
    let current = &stats.current;
    let covered = |of: &WhyPeriod| format!("{} of {}", count(of.days_with_usage), count(of.days));
    let mut lines = vec![
        dim(&format!("Days with responses: {}, before {}.", covered(current), covered(previous))),
        dim(ESTIMATE),
    ];
    if current.days_unknown > 0 || previous.days_unknown > 0 {
        lines.push(warning(&format!(
            "Days without transcripts: {}, before {}.",
            count(current.days_unknown),
            count(previous.days_unknown)
        )));
    }
    if current.unpriced_tokens > 0 || previous.unpriced_tokens > 0 {
        let of = |period: &WhyPeriod| {
            let tokens = counted(period.unpriced_tokens, "token", "tokens");
            format!("{tokens} of {}", counted(period.unpriced_responses, "response", "responses"))
        };
        lines.push(warning(&format!(
            "Without a price and in no cause: {}, before {}.",
            of(current),
            of(previous)
        )));
    }
    lines.join("\n")
}

fn columns() -> Vec<Column<CauseOfChange>> {
    vec![
        Column::new("cause", |cause: &CauseOfChange| Cell::Text(cause.cause)),
        Column::new("difference_usd", |cause: &CauseOfChange| Cell::Usd(cause.difference_usd.0)),
    ]
}
