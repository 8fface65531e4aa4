//! `ctm daily`, `ctm weekly`, `ctm monthly`.

use super::super::context::CommandContext;
use super::super::output::{CommandOutput, dim};
use super::super::text::counted;
use super::split::{part_columns, parts};
use super::usage::UsageTable;
use super::{Direction, SplitArgs};
use crate::error::AppError;
use ctm_aggregate::Bucket;
use ctm_report::export::day_columns;
use ctm_report::wire;
use std::collections::BTreeMap;

pub(super) async fn answer(
    ready: &CommandContext,
    args: &SplitArgs,
    bucket: Bucket,
) -> Result<CommandOutput, AppError> {
    let query = args.report.query(ready, bucket)?;
    let mut stats = ready.reporter.daily(&query, bucket, args.breakdown).await?;
    ready.say_why_empty(&query, stats.totals.responses == 0).await?;
    if args.report.order == Some(Direction::Desc) {
        stats.days.reverse();
    }
    if args.report.form.json {
        return CommandOutput::json(&stats);
    }
    let used = stats.days.iter().filter(|day| day.usage.responses > 0);
    if args.report.form.csv {
        return if args.breakdown {
            let days = used.map(|day| (day.date.to_string(), day.models.as_deref()));
            CommandOutput::csv(part_columns("date"), &parts(days))
        } else {
            CommandOutput::csv(day_columns(), used)
        };
    }
    let head = match bucket {
        Bucket::Day => "Day",
        Bucket::Week(_) => "Week from",
        Bucket::Month => "Month",
    };
    let mut table = UsageTable::new(head, args.report.form.compact);
    for day in used {
        table.add(&name(day, bucket), &day.usage, day.models.as_deref());
    }
    let mut page = table.render(&stats.totals, &stats.meta);
    page.push_str(&tell_cached(&stats.days));
    page.push_str(&imported(&stats.days));
    Ok(CommandOutput::Page(page))
}

/// Returns a note on days that only Claude Code's own statistics cover: they are in no row and no sum.
fn tell_cached(days: &[wire::Day]) -> String {
    let cached: Vec<_> = days.iter().filter_map(|day| Some((day.date, day.stats_cache.as_ref()?))).collect();
    let dates = || cached.iter().map(|(date, _)| *date);
    let Some((first, last)) = dates().min().zip(dates().max()) else { return String::new() };
    let tokens = cached.iter().fold(0_u64, |sum, (_, day)| sum.saturating_add(day.tokens));
    let line = format!(
        "Only Claude Code's own statistics cover {} from {first} to {last}: {} by its count, not included here.",
        counted(cached.len() as u64, "day", "days"),
        counted(tokens, "token", "tokens"),
    );
    format!("\n{}", dim(&line))
}

/// Returns a note for each other program on the days that it counted.
fn imported(days: &[wire::Day]) -> String {
    let mut by_program: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for (day, usage) in days.iter().flat_map(|day| day.imported.iter().map(move |usage| (day, usage))) {
        let (alone, both, tokens) = by_program.entry(usage.program).or_default();
        *(if day.usage.responses == 0 { alone } else { both }) += 1;
        *tokens = tokens.saturating_add(usage.total_tokens);
    }
    let line = |(program, (alone, both, tokens)): (&str, (u64, u64, u64))| {
        let line = format!(
            "{program} counted {} on {}, {alone} of which nothing else covers; not included here (`ctm import history --days`).",
            counted(tokens, "token", "tokens"),
            counted(alone + both, "day", "days"),
        );
        format!("\n{}", dim(&line))
    };
    by_program.into_iter().map(line).collect()
}

fn name(day: &wire::Day, bucket: Bucket) -> String {
    match bucket {
        Bucket::Month => day.date.format("%Y-%m").to_string(),
        Bucket::Day | Bucket::Week(_) => day.date.to_string(),
    }
}
