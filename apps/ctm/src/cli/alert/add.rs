//! `ctm alert add`.

use super::super::context::{self, Flags};
use super::super::filter::amount;
use super::super::output::{CommandOutput, JsonArgs};
use super::words;
use crate::error::AppError;
use clap::Args;
use clap::builder::PossibleValuesParser;
use ctm_alerts::{AlertRule, QuietHours, Watched, WatchedParts};
use ctm_personal::{Personal, StoredRule};
use ctm_report::clock::Clock;
use ctm_report::wire;
use ctm_types::PicoUsd;
use ctm_types::printable::Printable;

/// Variables with the name of the user.
const USER: [&str; 2] = ["USER", "USERNAME"];

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Name of the rule, which no other has
    #[arg(required_unless_present = "suggested", conflicts_with = "suggested")]
    name: Option<String>,
    /// What the rule watches
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(Watched::KINDS), required_unless_present = "suggested", conflicts_with = "suggested")]
    watch: Option<String>,
    /// Add all rules that are useful to most and are not there yet
    #[arg(long)]
    suggested: bool,
    /// Of budget: only this budget, by name [default: all budgets]
    #[arg(long, value_name = "NAME")]
    budget: Option<String>,
    /// Of budget: the level from which on it raises an alert, soft or hard [default: soft]
    #[arg(long)]
    level: Option<String>,
    /// Of `limit_used`: the used part of a limit, in percent
    #[arg(long)]
    percent: Option<u16>,
    /// Of `limit_reset`: the time before the reset, in minutes
    #[arg(long)]
    minutes: Option<u32>,
    /// Of `spend_rate`: the cost of the active sessions per minute, in US dollars
    #[arg(long, value_name = "USD", value_parser = amount)]
    usd_per_minute: Option<PicoUsd>,
    /// Hours of the day in which it raises nothing, such as 22:00-07:00
    #[arg(long, value_name = "HOURS", value_parser = str::parse::<QuietHours>)]
    quiet: Option<QuietHours>,
    /// Minutes after an alert in which it raises no other one
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    cooldown: u32,
    #[command(flatten)]
    form: JsonArgs,
}

impl AddArgs {
    fn rule(&self) -> Result<AlertRule, AppError> {
        let parts = WatchedParts {
            budget: self.budget.clone(),
            level: self.level.clone(),
            percent: self.percent,
            minutes: self.minutes,
            usd_per_minute: self.usd_per_minute,
        };
        let watched = Watched::of(self.watch.as_deref().unwrap_or_default(), parts);
        Ok(AlertRule {
            name: self.name.clone().unwrap_or_default(),
            watched: watched.map_err(|(_, message)| AppError::Query(Printable(message).to_string()))?,
            quiet: self.quiet,
            cooldown_minutes: self.cooldown,
        })
    }
}

/// Adds a rule, or those that are suggested, with the name of the user of this machine.
pub(super) async fn run(flags: Flags, args: &AddArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    let rules = if args.suggested { AlertRule::suggested() } else { vec![args.rule()?] };
    let store = context::open_store(&settings, &prices).await?;
    let personal = Personal::new(store.clone());
    let added = add(&personal, rules, args.suggested).await;
    store.close().await;
    let added = added?;
    let line = |rule: &wire::AlertRule| {
        format!("Added the rule {}: {}.", Printable(&rule.name), Printable(words::watched(rule)))
    };
    let lines: Vec<String> = added.iter().map(line).collect();
    let answer = match (args.form.json, args.suggested) {
        (true, true) => CommandOutput::json(&added)?,
        (true, false) => CommandOutput::json(&added[0])?,
        (false, _) if lines.is_empty() => CommandOutput::Page("All suggested rules are there.".to_owned()),
        (false, _) => CommandOutput::Page(lines.join("\n")),
    };
    answer.print()
}

/// Adds rules; suggested ones only as far as none watches the same.
async fn add(
    personal: &Personal,
    rules: Vec<AlertRule>,
    are_suggested: bool,
) -> Result<Vec<wire::AlertRule>, AppError> {
    let by = USER.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let stored = personal.all::<StoredRule>().await?;
    let is_there = |rule: &AlertRule| {
        let mut known = stored.iter().map(|record| &record.content.rule);
        known.any(|known| known.watched == rule.watched || known.name == rule.name)
    };
    let mut added = Vec::new();
    for rule in rules {
        if are_suggested && is_there(&rule) {
            continue;
        }
        let rule = StoredRule { rule, by: by.clone() };
        added.push(personal.add_alert_rule(&rule, Clock::system().now_ms()).await?.into());
    }
    Ok(added)
}
