//! `ctm target`: what a window, a day, a week and a month should cost at most.

use super::context::{self, CommandContext, Flags, UpdateArgs};
use super::filter::amount;
use super::output::{CommandOutput, JsonArgs, warning};
use super::text::{percent, usd};
use crate::error::AppError;
use chrono::Weekday;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use ctm_api::targets;
use ctm_facts::UsageFilter;
use ctm_personal::{Personal, TargetSpan, Targets, TargetsChange};
use ctm_report::clock::Clock;
use ctm_report::wire::{Now, Usage};
use ctm_types::PicoUsd;

#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    #[command(subcommand)]
    command: Option<TargetCommand>,
    #[command(flatten)]
    form: JsonArgs,
    #[command(flatten)]
    update: UpdateArgs,
}

#[derive(Debug, Subcommand)]
enum TargetCommand {
    /// Set a target in US dollars
    Set {
        /// Span of the target
        #[arg(value_parser = span())]
        span: TargetSpan,
        /// US dollars, from 0.01 to 1000000
        #[arg(value_name = "USD", value_parser = amount)]
        amount: PicoUsd,
    },
    /// Remove a target
    Remove {
        /// Span of the target
        #[arg(value_parser = span())]
        span: TargetSpan,
    },
}

fn span() -> impl TypedValueParser<Value = TargetSpan> {
    PossibleValuesParser::new(TargetSpan::ALL.map(TargetSpan::name))
        .map(|name| TargetSpan::by_name(&name).expect("these are the names of all spans"))
}

/// Runs `ctm target`.
pub(super) async fn run(flags: Flags, args: &TargetArgs) -> Result<(), AppError> {
    match &args.command {
        None => list(flags, args).await,
        Some(TargetCommand::Set { span, amount }) => change(flags, *span, Some(*amount)).await,
        Some(TargetCommand::Remove { span }) => change(flags, *span, None).await,
    }
}

async fn list(flags: Flags, args: &TargetArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, args.update).await?;
    let targets = stored(&ready).await?;
    let answer = if args.form.json {
        CommandOutput::json(&targets::Targets::from(targets))?
    } else {
        let lines = lines(&ready, targets).await?;
        let none = "No targets. `ctm target set month 200` sets one.";
        CommandOutput::Page(if lines.is_empty() { none.to_owned() } else { lines.join("\n") })
    };
    answer.print()?;
    ready.close().await
}

async fn change(flags: Flags, span: TargetSpan, target: Option<PicoUsd>) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let change = TargetsChange::from([(span, target)]);
    let changed = Personal::new(store.clone()).change_targets(&change, Clock::system().now_ms()).await;
    store.close().await;
    changed?;
    let text = match target {
        Some(amount) => format!("Target per {}: {}.", words(span), usd(Some(amount))),
        None => format!("No target per {}.", words(span)),
    };
    CommandOutput::Page(text).print()
}

/// Returns the targets of the database; none without a database.
pub(super) async fn stored(ready: &CommandContext) -> Result<Targets, AppError> {
    match ready.reporter.facts().store() {
        Some(store) => Ok(Personal::new(store.clone()).targets().await?),
        None => Ok(Targets::default()),
    }
}

/// Returns a line for each target: the used part, and the distance from the pace that would just reach it.
pub(super) async fn lines(ready: &CommandContext, targets: Targets) -> Result<Vec<String>, AppError> {
    if targets == Targets::default() {
        return Ok(Vec::new());
    }
    let now = ready.archive()?.now(ready.tz(), Weekday::Mon, &UsageFilter::default()).await?;
    let line = |span| Some(line(span, targets.of(span)?, used(span, &now)));
    Ok(TargetSpan::ALL.into_iter().filter_map(line).collect())
}

/// Returns the usage of a span, and the elapsed part of its time; `None` without an active window.
#[expect(clippy::cast_precision_loss, reason = "a part is for showing only")]
fn used(span: TargetSpan, now: &Now) -> Option<(&Usage, f64)> {
    let of = match span {
        TargetSpan::Block => {
            let block = now.block.as_ref()?;
            let whole = (block.end_at.0 - block.start_at.0).num_seconds();
            let elapsed = (now.meta.generated_at.0 - block.start_at.0).num_seconds();
            return Some((&block.usage, elapsed as f64 / whole as f64));
        }
        TargetSpan::Day => &now.day,
        TargetSpan::Week => &now.week,
        TargetSpan::Month => &now.month,
    };
    Some((&of.usage, of.elapsed))
}

fn line(span: TargetSpan, target: PicoUsd, used: Option<(&Usage, f64)>) -> String {
    let name = words(span);
    let amount = usd(Some(target));
    let Some((Some(cost), elapsed)) = used.map(|(usage, elapsed)| (usage.cost_usd, elapsed)) else {
        return format!("{name:<13} - of {amount}");
    };
    let cost = cost.0;
    let share = percent(Some(cost.to_f64() / target.to_f64()));
    let text = format!("{name:<13} {} of {amount} ({share}), ", usd(Some(cost)));
    if cost > target {
        return warning(&format!("{text}{} over the target", usd(Some(cost - target))));
    }
    let difference = cost.to_f64() - target.to_f64() * elapsed;
    let side = if difference < 0.0 { "below" } else { "above" };
    format!("{text}${:.2} {side} the pace", difference.abs())
}

fn words(span: TargetSpan) -> &'static str {
    match span {
        TargetSpan::Block => "5-hour window",
        TargetSpan::Day => "day",
        TargetSpan::Week => "week",
        TargetSpan::Month => "month",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstream::adapter::strip_str;
    use ctm_report::wire::Usd;

    fn shown(cost: Option<&str>, elapsed: f64) -> String {
        let usage = Usage::of(&ctm_aggregate::Amounts::default(), 1);
        let usage = Usage { cost_usd: cost.map(|cost| Usd(cost.parse().unwrap())), ..usage };
        let line = line(TargetSpan::Month, "200".parse().unwrap(), Some((&usage, elapsed)));
        strip_str(&line).to_string()
    }

    #[test]
    fn a_target_shows_its_share_and_its_pace() {
        assert_eq!(
            shown(Some("120"), 0.5),
            "month         $120.00 of $200.00 (60.0%), $20.00 above the pace"
        );
        assert_eq!(shown(Some("80"), 0.5), "month         $80.00 of $200.00 (40.0%), $20.00 below the pace");
        assert_eq!(
            shown(Some("230"), 0.5),
            "month         $230.00 of $200.00 (115.0%), $30.00 over the target"
        );
        assert_eq!(shown(None, 0.5), "month         - of $200.00");
    }
}
