//! `ctm blocks`.

use super::super::budget;
use super::super::context::CommandContext;
use super::super::filter::amount;
use super::super::output::{CommandOutput, bold, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, counted, duration, local, percent, usd};
use super::split::{SplitRow, part_columns, parts, split};
use super::usage::{Doubts, cost, cost_value, footer};
use super::{Direction, SplitArgs};
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::{Bucket, RangePreset};
use ctm_report::export::block_columns;
use ctm_report::wire::{Block, Blocks, Certainty, Meta, Time, Usage, Usd};
use ctm_report::{Order, PageQuery, PageSort, Period, Query};
use ctm_types::PicoUsd;
use serde::Serialize;

/// Number of days that `--recent` reports.
const RECENT_DAYS: u16 = 3;

#[derive(Debug, Args)]
pub(in crate::cli) struct BlocksArgs {
    #[command(flatten)]
    pub(super) split: SplitArgs,
    /// Only the active block
    #[arg(long, short)]
    active: bool,
    /// Only the last 3 days
    #[arg(long, short, conflicts_with_all = ["range", "from", "to", "last"])]
    recent: bool,
    /// Budget of a block in US dollars, in place of the stored one; shows the remaining amount now and at the
    /// projected end
    #[arg(long, value_name = "USD", value_parser = amount)]
    target: Option<PicoUsd>,
}

/// The response body of the REST interface, with the models of each window and the target.
#[derive(Serialize)]
struct SplitBlocks {
    meta: Meta,
    current: Option<Block>,
    items: Vec<SplitRow<Block>>,
    next_cursor: Option<String>,
    total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
}

/// Distance of the active block from its budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Target {
    target_usd: Usd,
    /// Remaining amount; negative when it is exceeded. Null without an active window.
    left_usd: Option<Usd>,
    /// Projected remaining amount at the end of the window. Null without a projection.
    projected_left_usd: Option<Usd>,
}

impl Target {
    fn new(target: PicoUsd, current: Option<&Block>) -> Self {
        let left = |cost: Usd| Usd(PicoUsd(target.0 - cost.0.0));
        Self {
            target_usd: Usd(target),
            left_usd: current.and_then(|block| block.usage.cost_usd).map(left),
            projected_left_usd: current.and_then(|block| block.projected_cost_usd).map(left),
        }
    }
}

pub(super) async fn answer(ready: &CommandContext, args: &BlocksArgs) -> Result<CommandOutput, AppError> {
    let mut query = args.split.report.query(ready, Bucket::Day)?;
    if args.recent {
        query.period = Period::Preset(RangePreset::LastDays(RECENT_DAYS));
    }
    let order =
        if args.split.report.order == Some(Direction::Desc) { Order::Descending } else { Order::Ascending };
    let page = PageQuery { order, ..PageQuery::all(PageSort::StartedAt) };
    let Blocks { meta, current, items, next_cursor, total } =
        ready.reporter.blocks(&query, &page, args.active.then_some(true)).await?;
    ready.say_why_empty(&query, items.is_empty()).await?;
    let breakdown = args.split.breakdown;
    let models = if breakdown { Some(ready.reporter.models_by_block(&query).await?) } else { None };
    let target = match args.target {
        Some(target) => Some(target),
        None => budget::targets(ready).await?.block,
    };
    let target = target.map(|target| Target::new(target, current.as_ref()));
    let items = split(items, |block| &block.start_at, models);
    let form = args.split.report.form;
    if form.csv {
        let windows = items.iter().filter(|item| !item.row.gap);
        return if breakdown {
            let windows = windows.map(|item| (item.row.start_at.to_string(), item.models.as_deref()));
            CommandOutput::csv(part_columns("start_at"), &parts(windows))
        } else {
            CommandOutput::csv(block_columns(), windows.map(|item| &item.row))
        };
    }
    let blocks = SplitBlocks { meta, current, items, next_cursor, total, target };
    if form.json {
        return CommandOutput::json(&blocks);
    }
    Ok(CommandOutput::Page(page_of(&blocks, args, &query)))
}

fn page_of(blocks: &SplitBlocks, args: &BlocksArgs, query: &Query) -> String {
    let mut doubts = Doubts::default();
    for item in &blocks.items {
        doubts.add(&item.row.usage);
    }
    if doubts.responses == 0 {
        let SplitBlocks { meta, .. } = blocks;
        return if args.active {
            "No window is active.".to_owned()
        } else {
            format!("No windows from {} to {} ({}).", meta.from, meta.to, meta.tz)
        };
    }
    let mut text = table(&blocks.items, query.tz, args.split.report.form.compact).render(width());
    if let Some(current) = &blocks.current {
        text.push_str("\n\n");
        text.push_str(&tell_current(current, blocks.target, blocks.meta.generated_at, query.tz));
    }
    text + &footer(&blocks.meta, &doubts)
}

fn table(items: &[SplitRow<Block>], tz: Tz, compact: bool) -> Table {
    let cells = |name: &str, last: &str, figures: Option<&Usage>| {
        let count = |of: fn(&Usage) -> u64| figures.map_or(Value::Nothing, |usage| Value::Count(of(usage)));
        let mut cells = vec![Value::name(name)];
        if !compact {
            cells.extend([Value::name(last), count(|usage| usage.responses)]);
        }
        cells.push(count(|usage| usage.total_tokens));
        cells.push(figures.map_or(Value::Nothing, cost_value));
        cells
    };
    let mut rows = Vec::new();
    for SplitRow { row: block, models } in items {
        let start = local(block.start_at, tz);
        if block.gap {
            let idle = duration(seconds_between(block.start_at, block.end_at));
            rows.push(Row::part(cells(&format!("idle {idle}"), "", None)));
            continue;
        }
        let last = block.last_at.map(|at| local(at, tz)).unwrap_or_default();
        let name = if block.active { format!("{start} active") } else { start };
        rows.push(Row::new(cells(&name, &last, Some(&block.usage))));
        let shares = models.iter().flatten();
        rows.extend(shares.map(|share| Row::part(cells(&share.model, "", Some(&share.usage)))));
    }
    let mut head = vec!["Window from", "Last use", "Responses", "Tokens", "Cost"];
    if compact {
        head.drain(1..3);
    }
    Table {
        head: head.into_iter().map(str::to_owned).collect(),
        rows,
        total: Some(total(items, compact)),
        compact,
    }
}

fn total(items: &[SplitRow<Block>], compact: bool) -> Vec<Value> {
    let sum = |of: fn(&Usage) -> u64| {
        Value::Count(items.iter().fold(0, |sum, item| sum.saturating_add(of(&item.row.usage))))
    };
    let costs: Vec<PicoUsd> = items.iter().filter_map(|item| cost(&item.row.usage)).collect();
    let is_exact = items.iter().all(|item| item.row.gap || item.row.usage.certainty == Certainty::Exact);
    let mut total = vec![Value::name("Total")];
    if !compact {
        total.extend([Value::name(""), sum(|usage| usage.responses)]);
    }
    total.push(sum(|usage| usage.total_tokens));
    let cost = (!costs.is_empty()).then(|| Usd(costs.into_iter().sum()));
    total.push(Value::cost(cost, if is_exact { Certainty::Exact } else { Certainty::AtLeast }));
    total
}

/// Returns the burn rate and projection of the active block at a time, and its distance from a target.
fn tell_current(block: &Block, target: Option<Target>, now: Time, tz: Tz) -> String {
    let left = duration(seconds_between(now, block.end_at));
    let mut lines = vec![
        bold("Current window"),
        format!(
            "Until {}, in {left}: {} and {} so far.",
            local(block.end_at, tz),
            counted(block.usage.total_tokens, "token", "tokens"),
            usd(cost(&block.usage))
        ),
    ];
    let burn_rate = block.burn_tokens_per_min.map(|tokens_per_min| {
        let an_hour = block.burn_usd_per_h.map(|usd| format!(" and ${usd:.2} an hour")).unwrap_or_default();
        format!("Burn rate: {tokens_per_min:.0} tokens a minute{an_hour}.")
    });
    lines.push(burn_rate.unwrap_or_else(|| "No burn rate yet.".to_owned()));
    lines.extend(block.projected_tokens.map(|projected| {
        let cost = block.projected_cost_usd.map(|cost| cost.0);
        format!("Projected at its end: {} tokens, {}.", count(projected), usd(cost))
    }));
    lines.extend(target.map(tell_target));
    lines.push("An estimate: the windows that count towards a limit are not in the transcripts.".to_owned());
    lines.join("\n")
}

fn tell_target(target: Target) -> String {
    let Target { target_usd, left_usd, projected_left_usd } = target;
    let amount = usd(Some(target_usd.0));
    let side = |left: Usd| {
        let size = usd(Some(PicoUsd(left.0.0.abs())));
        if left.0.0 < 0 { format!("{size} above it") } else { format!("{size} below it") }
    };
    let used = left_usd.map(|left| used_share(target_usd.0, left.0));
    let mut text = format!("Budget {amount}: {} used", percent(used));
    if let Some(left) = left_usd {
        text.push_str(&format!(", {}", side(left)));
    }
    if let Some(left) = projected_left_usd {
        text.push_str(&format!("; projected {}", side(left)));
    }
    text.push('.');
    let is_passed = left_usd.or(projected_left_usd).is_some_and(|left| left.0.0 < 0);
    let will_pass = projected_left_usd.is_some_and(|left| left.0.0 < 0);
    if is_passed || will_pass { warning(&text) } else { text }
}

fn used_share(target: PicoUsd, left: PicoUsd) -> f64 {
    1.0 - left.to_f64() / target.to_f64()
}

fn seconds_between(start: Time, end: Time) -> i64 {
    (end.0 - start.0).num_seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time(text.parse().unwrap())
    }
    use anstream::adapter::strip_str;

    fn usd_of(text: &str) -> Usd {
        Usd(text.parse().unwrap())
    }

    fn current(cost: &str, projected: Option<&str>) -> Block {
        let usage = Usage::of(&ctm_aggregate::Amounts::default(), 1);
        Block {
            start_at: at("2026-03-11T09:00:00.000Z"),
            end_at: at("2026-03-11T14:00:00.000Z"),
            first_at: None,
            last_at: None,
            active: true,
            gap: false,
            burn_tokens_per_min: projected.map(|_| 1_234.5),
            burn_usd_per_h: projected.map(|_| 3.456),
            projected_tokens: projected.map(|_| 370_350),
            projected_cost_usd: projected.map(usd_of),
            estimated: true,
            usage: Usage { total_tokens: 74_070, cost_usd: Some(usd_of(cost)), ..usage },
        }
    }

    fn tell(block: &Block, target: Option<&str>) -> String {
        let target = target.map(|target| Target::new(target.parse().unwrap(), Some(block)));
        let shown = tell_current(block, target, at("2026-03-11T10:00:00.000Z"), Tz::Asia__Kolkata);
        strip_str(&shown).to_string()
    }

    #[test]
    fn the_active_block_shows_burn_rate_and_projection() {
        insta::assert_snapshot!(tell(&current("3.456", Some("17.28")), None), @"
        Current window
        Until 2026-03-11 19:30, in 4 h 0 min: 74,070 tokens and $3.46 so far.
        Burn rate: 1234 tokens a minute and $3.46 an hour.
        Projected at its end: 370,350 tokens, $17.28.
        An estimate: the windows that count towards a limit are not in the transcripts.
        ");
        assert!(tell(&current("3.456", None), None).contains("No burn rate yet"));
    }

    #[test]
    fn a_target_shows_the_distance() {
        let check = |cost, projected, target, expected: &str| {
            let shown = tell(&current(cost, projected), Some(target));
            assert!(shown.contains(expected), "{shown}");
        };
        check("5", Some("15"), "20", "Budget $20.00: 25.0% used, $15.00 below it; projected $5.00 below it.");
        check("5", Some("25"), "20", "Budget $20.00: 25.0% used, $15.00 below it; projected $5.00 above it.");
        check("25", None, "20", "Budget $20.00: 125.0% used, $5.00 above it.");
    }
}
