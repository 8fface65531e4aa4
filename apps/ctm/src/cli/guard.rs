//! `ctm guard`: a hook of Claude Code that stops it when a budget is at its hard level.
//!
//! # Design
//!
//! A hook delays what it guards, and its own failure must stop nothing. So it reads stored figures alone, changes nothing and has a
//! deadline: everything that can wait for a file or another process runs on another thread, and Claude Code continues unless a
//! budget is known to be at that level. The exit code that stops it has no other meaning, not even a wrong command line.

use super::budget::{all_or_one, reached};
use super::context::{self, Flags};
use super::filter::weekday;
use super::output::CommandOutput;
use crate::error::AppError;
use crate::logging;
use chrono::Weekday;
use clap::Args;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_report::wire::{BudgetLevel, Budgets};
use ctm_report::{BudgetCalendar, DatabaseReports};
use ctm_storage::Store;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Exit code that makes Claude Code stop, with the message on standard error.
const STOP: u8 = 2;

/// Exit code of a guard that is not set up correctly. Claude Code shows its message, and continues.
pub(super) const MISUSED: u8 = 1;

/// Time after which Claude Code continues, whatever the budgets are.
const DEADLINE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Args)]
pub(super) struct GuardArgs {
    /// Only this budget, by name or id
    name: Option<String>,
    /// Stop from the soft part on
    #[arg(long)]
    soft: bool,
    /// First day of a week
    #[arg(long, value_name = "DAY", value_parser = weekday(), default_value = "monday")]
    week_start: Weekday,
}

/// Answers whether Claude Code may continue.
pub(super) fn run(flags: Flags, args: &GuardArgs) -> ExitCode {
    let (sender, known) = channel();
    let asked = args.clone();
    std::thread::spawn(move || sender.send(stored(flags, &asked)));
    match known.recv_timeout(DEADLINE) {
        Ok(Ok(budgets)) => answer(&budgets, if args.soft { BudgetLevel::Soft } else { BudgetLevel::Hard }),
        Ok(Err(error)) => {
            logging::complain(error.text());
            let is_misused = matches!(error, AppError::Config(_) | AppError::Query(_));
            if is_misused { ExitCode::from(MISUSED) } else { ExitCode::SUCCESS }
        }
        Err(_) => {
            logging::complain("the budgets are unknown: the database does not answer in time");
            ExitCode::SUCCESS
        }
    }
}

/// Returns how the budgets stand by what is stored.
fn stored(flags: Flags, args: &GuardArgs) -> Result<Budgets, AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    let prices = prices::load(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(AppError::io("start"))?.block_on(async {
        let store = Store::open_to_read(&settings.database, prices.context_thresholds()).await?;
        let store = store.with_projects(settings.projects.clone());
        let reporter = context::reporter(&settings, prices, store.clone());
        let calendar = BudgetCalendar { tz: settings.tz, week_start: args.week_start };
        let budgets = DatabaseReports::new(store, reporter).budgets(calendar, None, false).await?;
        all_or_one(budgets, args.name.as_deref())
    })
}

/// Returns the exit code, with a message if a budget is at its soft level or above.
fn answer(budgets: &Budgets, stops_at: BudgetLevel) -> ExitCode {
    let at_least = |level| {
        let of = budgets.items.iter().filter(|of| of.used.level >= level);
        of.map(reached).collect::<Vec<_>>().join("\n")
    };
    if budgets.level >= stops_at {
        logging::complain(at_least(stops_at));
        return ExitCode::from(STOP);
    }
    if budgets.level >= BudgetLevel::Soft {
        // Claude Code shows this to the person, and adds nothing to the prompt.
        let message = serde_json::json!({ "systemMessage": at_least(BudgetLevel::Soft) });
        if let Err(error) = CommandOutput::of_json(message.to_string()).print() {
            logging::complain(error.text());
        }
    }
    ExitCode::SUCCESS
}
