//! `ctm budget`: how much may be used within a period, and how that stands.

mod add;
mod lines;

pub(super) use lines::{lines, reached};

use super::context::{self, CommandContext, Flags, UpdateArgs};
use super::filter::{day, weekday};
use super::output::{CommandOutput, JsonArgs};
use super::table::{Row, Table, Value};
use crate::error::AppError;
use crate::wrapping::width;
use add::AddArgs;
use chrono::{NaiveDate, Weekday};
use clap::{Args, Subcommand};
use ctm_personal::{Personal, Record, StoredBudget, Targets};
use ctm_report::wire::{self, BudgetLevel};
use ctm_report::{BudgetCalendar, DatabaseReports};
use ctm_types::printable::Printable;
use std::process::ExitCode;

/// Exit code of a status with a soft level.
const SOFT: u8 = 10;

/// Exit code of a status with a hard level.
const HARD: u8 = 11;

#[derive(Debug, Args)]
pub(super) struct BudgetArgs {
    #[command(subcommand)]
    command: BudgetCommand,
}

#[derive(Debug, Subcommand)]
enum BudgetCommand {
    /// Add a budget
    Add(AddArgs),
    /// List the budgets, and how they stand
    List(ShowArgs),
    /// Remove a stored budget
    Remove {
        /// Name or id of the budget
        name: String,
        #[command(flatten)]
        form: JsonArgs,
    },
    /// Show how the budgets stand; the exit code is 0, 10 from the soft part on, 11 from the hard part on
    Status(StatusArgs),
    /// Show how a budget stood at the end of each day
    History(HistoryArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// First day of a week
    #[arg(long, value_name = "DAY", value_parser = weekday(), default_value = "monday")]
    week_start: Weekday,
    #[command(flatten)]
    form: JsonArgs,
    #[command(flatten)]
    update: UpdateArgs,
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// Only this budget, by name or id
    name: Option<String>,
    /// How they stood at the end of a day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day)]
    at: Option<NaiveDate>,
    /// Print nothing, for the exit code alone
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Args)]
struct HistoryArgs {
    /// Name or id of the budget
    name: String,
    /// First day, as YYYY-MM-DD [default: 29 days before the last day]
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<NaiveDate>,
    /// Last day, as YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs a subcommand.
pub(super) async fn run(flags: Flags, args: &BudgetArgs) -> Result<ExitCode, AppError> {
    let done = match &args.command {
        BudgetCommand::Add(args) => add::run(flags, args).await,
        BudgetCommand::List(args) => list(flags, args).await,
        BudgetCommand::Remove { name, form } => remove(flags, name, *form).await,
        BudgetCommand::Status(args) => return status(flags, args).await,
        BudgetCommand::History(args) => history(flags, args).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Returns the targets of the database; none without a database.
pub(super) async fn targets(ready: &CommandContext) -> Result<Targets, AppError> {
    match ready.reporter.facts().store() {
        Some(store) => Ok(Personal::new(store.clone()).targets().await?),
        None => Ok(Targets::default()),
    }
}

async fn list(flags: Flags, args: &ShowArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, args.update).await?;
    let budgets = ready.archive()?.budgets(calendar(&ready, args), None, false).await?;
    let answer =
        if args.form.json { CommandOutput::json(&budgets)? } else { CommandOutput::Page(page(&budgets)) };
    answer.print()?;
    ready.close().await
}

fn page(budgets: &wire::Budgets) -> String {
    if budgets.items.is_empty() {
        return "No budgets. `ctm budget add all --usd 200 --per month` adds one.".to_owned();
    }
    let row = |of: &wire::BudgetStatus| {
        let budget = &of.budget;
        let parts = format!("{} %, {} %", budget.soft_percent, budget.hard_percent);
        let origin = match (budget.source, &budget.created_by, budget.created_at) {
            (wire::BudgetSource::ConfigFile, ..) => "config file".to_owned(),
            (_, Some(by), Some(wire::Time(at))) => format!("{by}, {}", at.format("%Y-%m-%d")),
            (_, None, Some(wire::Time(at))) => at.format("%Y-%m-%d").to_string(),
            (.., None) => String::new(),
        };
        let id = budget.id.clone().unwrap_or_default();
        let cells = [
            budget.name.clone(),
            lines::limit(budget),
            lines::scope(budget),
            parts,
            lines::level(of),
            origin,
            id,
        ];
        Row::new(cells.iter().map(|cell| Value::name(cell)).collect())
    };
    let head = ["Budget", "Amount", "Of", "Soft, hard", "Level", "Added", "Id"].map(str::to_owned).into();
    let rows = budgets.items.iter().map(row).collect();
    Table { head, rows, total: None, compact: false }.render(width())
}

async fn remove(flags: Flags, name: &str, form: JsonArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    settings.check_database()?;
    let store = context::open_store(&settings, &prices).await?;
    let personal = Personal::new(store.clone());
    let stored = personal.all::<StoredBudget>().await?;
    let id = found(&stored, name).ok_or_else(|| {
        let is_configured = settings.budgets.iter().any(|budget| budget.name == name);
        let advice = if is_configured {
            "it is in the config file; remove it there"
        } else {
            "`ctm budget list` lists all"
        };
        AppError::Query(format!("no stored budget has the name or id `{}`; {advice}", Printable(name)))
    })?;
    let removed: wire::Budget = personal.remove::<StoredBudget>(id).await?.into();
    store.close().await;
    let text = format!("Removed the budget {}.", Printable(&removed.name));
    if form.json { CommandOutput::json(&removed)? } else { CommandOutput::Page(text) }.print()
}

/// Returns the id of the stored budget with a name or id.
fn found<'a>(stored: &'a [Record<StoredBudget>], name: &str) -> Option<&'a str> {
    let by_id = stored.iter().find(|record| record.id == name);
    by_id
        .or_else(|| stored.iter().find(|record| record.content.budget.name == name))
        .map(|record| &*record.id)
}

/// Returns all budgets, or the one with a name or id.
pub(super) fn all_or_one(mut budgets: wire::Budgets, name: Option<&str>) -> Result<wire::Budgets, AppError> {
    let Some(name) = name else { return Ok(budgets) };
    budgets.items.retain(|of| of.budget.name == name || of.budget.id.as_deref() == Some(name));
    let level = budgets.items.iter().map(|of| of.used.level).max();
    budgets.level = level.ok_or_else(|| {
        let name = Printable(name);
        AppError::Query(format!("no budget has the name or id `{name}`; `ctm budget list` lists all"))
    })?;
    Ok(budgets)
}

async fn status(flags: Flags, args: &StatusArgs) -> Result<ExitCode, AppError> {
    let ready = CommandContext::from_database(flags, args.show.update).await?;
    // A hook that wants the exit code alone has no time for forecasts.
    let calendar = calendar(&ready, &args.show);
    let budgets = ready.archive()?.budgets(calendar, args.at, !args.quiet).await?;
    let budgets = all_or_one(budgets, args.name.as_deref())?;
    let none = "No budgets. `ctm budget add all --usd 200 --per month` adds one.";
    let lines = lines::of(&budgets);
    match (args.show.form.json, args.quiet) {
        (true, _) => CommandOutput::json(&budgets)?.print()?,
        (false, true) => {}
        (false, false) if lines.is_empty() => CommandOutput::Page(none.to_owned()).print()?,
        (false, false) => CommandOutput::Page(lines.join("\n")).print()?,
    }
    ready.close().await?;
    Ok(match budgets.level {
        BudgetLevel::Unknown | BudgetLevel::Fine => ExitCode::SUCCESS,
        BudgetLevel::Soft => ExitCode::from(SOFT),
        BudgetLevel::Hard => ExitCode::from(HARD),
    })
}

async fn history(flags: Flags, args: &HistoryArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, args.show.update).await?;
    let archive: DatabaseReports = ready.archive()?;
    let history =
        archive.budget_history(&args.name, (args.from, args.to), calendar(&ready, &args.show)).await?;
    let row = |of: &wire::BudgetDay| {
        let cells =
            [of.day.to_string(), lines::used(&of.used), lines::part(&of.used), lines::level_of(&of.used)];
        Row::new(cells.iter().map(|cell| Value::name(cell)).collect())
    };
    let answer = if args.show.form.json {
        CommandOutput::json(&history)?
    } else {
        let head = ["Day", "Used", "Of the amount", "Level"].map(str::to_owned).into();
        let rows = history.days.iter().map(row).collect();
        CommandOutput::Page(Table { head, rows, total: None, compact: false }.render(width()))
    };
    answer.print()?;
    ready.close().await
}

fn calendar(ready: &CommandContext, args: &ShowArgs) -> BudgetCalendar {
    BudgetCalendar { tz: ready.tz(), week_start: args.week_start }
}
