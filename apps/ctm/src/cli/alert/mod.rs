//! `ctm alert`: alert rules, and the alerts that they raised.

mod add;
mod channels;
mod words;

use super::context::{self, CommandContext, Flags};
use super::output::{CommandOutput, JsonArgs};
use super::table::{Row, Table, Value};
use super::text::local;
use crate::error::AppError;
use crate::wrapping::width;
use add::AddArgs;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use ctm_personal::{AlertContext, Personal, Record, StoredRule};
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, wire};
use ctm_server::alerts::{Evaluation, EvaluationError};
use ctm_types::printable::Printable;

#[derive(Debug, Args)]
pub(super) struct AlertArgs {
    #[command(subcommand)]
    command: AlertCommand,
}

#[derive(Debug, Subcommand)]
enum AlertCommand {
    /// Add an alert rule, or those that are suggested
    Add(AddArgs),
    /// List the alert rules
    List(JsonArgs),
    /// Remove an alert rule
    Remove(OneArgs),
    /// Raise an alert of a rule with made-up figures, marked as a test
    Test(OneArgs),
    /// Evaluate the rules once, as `ctm serve` does every minute, and print the alerts that they raise
    Evaluate(JsonArgs),
    /// List the alerts that were raised, the newest first
    History(JsonArgs),
    /// List the channels of the config file, and what keeps one from sending
    Channels(JsonArgs),
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Name or id of the rule
    name: String,
    #[command(flatten)]
    form: JsonArgs,
}

/// Access to what is stored.
struct Stored {
    personal: Personal,
    reports: DatabaseReports,
    tz: Tz,
}

/// Runs a subcommand.
pub(super) async fn run(flags: Flags, args: &AlertArgs) -> Result<(), AppError> {
    match &args.command {
        AlertCommand::Add(args) => add::run(flags, args).await,
        AlertCommand::List(form) => of_stored(flags, async |stored| list(stored, *form).await).await,
        AlertCommand::Remove(args) => of_stored(flags, async |stored| remove(stored, args).await).await,
        AlertCommand::Test(args) => of_stored(flags, async |stored| test(stored, args).await).await,
        AlertCommand::Channels(form) => channels::run(flags, *form),
        AlertCommand::Evaluate(form) => evaluate(flags, *form).await,
        AlertCommand::History(form) => of_stored(flags, async |stored| history(stored, *form).await).await,
    }
}

/// Runs a subcommand that reads no transcripts.
async fn of_stored(
    flags: Flags,
    run: impl AsyncFnOnce(&Stored) -> Result<CommandOutput, AppError>,
) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    settings.check_database()?;
    let store = context::open_store(&settings, &prices).await?;
    let reporter = context::reporter(&settings, prices, store.clone());
    let stored = Stored {
        personal: Personal::new(store.clone()),
        reports: DatabaseReports::new(store.clone(), reporter),
        tz: settings.tz,
    };
    let answer = run(&stored).await;
    store.close().await;
    answer?.print()
}

async fn list(stored: &Stored, form: JsonArgs) -> Result<CommandOutput, AppError> {
    let rules = stored.reports.alert_rules().await?;
    if form.json {
        return CommandOutput::json(&rules);
    }
    if rules.items.is_empty() {
        return Ok(CommandOutput::Page(
            "No alert rules. `ctm alert add --suggested` adds those that are useful to most.".to_owned(),
        ));
    }
    // No table: a name that is cut cannot be given to the other commands.
    let lines: Vec<String> = rules.items.iter().map(words::rule).collect();
    Ok(CommandOutput::Page(lines.join("\n")))
}

async fn remove(stored: &Stored, args: &OneArgs) -> Result<CommandOutput, AppError> {
    let id = found(&stored.personal, &args.name).await?.id;
    let removed: wire::AlertRule = stored.personal.remove_alert_rule(&id).await?.into();
    if args.form.json {
        return CommandOutput::json(&removed);
    }
    Ok(CommandOutput::Page(format!("Removed the rule {}.", Printable(&removed.name))))
}

async fn test(stored: &Stored, args: &OneArgs) -> Result<CommandOutput, AppError> {
    let id = found(&stored.personal, &args.name).await?.id;
    let to = AlertContext { now: Clock::system().now_ms(), tz: stored.tz, channels: &[] };
    let alert = stored.personal.test_alert(&id, &to).await?;
    let alert = wire::Alert::from(alert);
    if args.form.json { CommandOutput::json(&alert) } else { Ok(CommandOutput::Page(line(&alert))) }
}

async fn history(stored: &Stored, form: JsonArgs) -> Result<CommandOutput, AppError> {
    let alerts = stored.reports.alerts().await?;
    if form.json {
        return CommandOutput::json(&alerts);
    }
    if alerts.items.is_empty() {
        return Ok(CommandOutput::Page("No alerts.".to_owned()));
    }
    let row = |alert: &wire::Alert| {
        let cells = [local(alert.at, stored.tz), alert.rule.clone(), title(alert), words::sent(alert)];
        Row::new(cells.iter().map(|cell| Value::name(cell)).collect())
    };
    Ok(table(&["Time", "Rule", "Alert", "Sent"], alerts.items.iter().map(row).collect()))
}

async fn evaluate(flags: Flags, form: JsonArgs) -> Result<(), AppError> {
    let ready = CommandContext::up_to_date(flags).await?;
    let archive = ready.archive()?;
    let Some(store) = ready.reporter.facts().store() else { return ready.close().await };
    let personal = Personal::new(store.clone());
    let mut evaluation = Evaluation::new(archive, personal, Clock::system(), ready.tz());
    let raised = evaluation.evaluate(&[]).await.map_err(|error| match error {
        EvaluationError::Report(error) => AppError::from(error),
        EvaluationError::Personal(error) => AppError::from(error),
    })?;
    let alerts: Vec<wire::Alert> = raised.into_iter().map(wire::Alert::from).collect();
    let lines: Vec<String> = alerts.iter().map(line).collect();
    let answer = if form.json {
        CommandOutput::json(&wire::Alerts { items: alerts })?
    } else if lines.is_empty() {
        CommandOutput::Page("No new alerts.".to_owned())
    } else {
        CommandOutput::Page(lines.join("\n"))
    };
    answer.print()?;
    ready.close().await
}

/// Returns an alert in two sentences.
fn line(alert: &wire::Alert) -> String {
    format!("{}. {}", Printable(title(alert)), Printable(&alert.en.text))
}

fn title(alert: &wire::Alert) -> String {
    format!("{}{}", if alert.is_test { "Test: " } else { "" }, alert.en.title)
}

fn table(head: &[&str], rows: Vec<Row>) -> CommandOutput {
    let head = head.iter().map(|&name| name.to_owned()).collect();
    CommandOutput::Page(Table { head, rows, total: None, compact: false }.render(width()))
}

/// Returns the rule with a name or id.
async fn found(personal: &Personal, name: &str) -> Result<Record<StoredRule>, AppError> {
    let rules = personal.all::<StoredRule>().await?;
    let by_id = rules.iter().find(|record| record.id == name);
    let found = by_id.or_else(|| rules.iter().find(|record| record.content.rule.name == name)).cloned();
    found.ok_or_else(|| {
        let text =
            format!("no alert rule has the name or id `{}`; `ctm alert list` lists all", Printable(name));
        AppError::Query(text)
    })
}
