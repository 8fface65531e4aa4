//! `ctm note`: notes about days.

use super::context::{self, Flags};
use super::filter::day;
use super::output::{CommandOutput, JsonArgs};
use super::table::{Row, Table, Value};
use crate::error::AppError;
use crate::wrapping::width;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ctm_aggregate::day_of_ms;
use ctm_personal::{Note, Personal};
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, wire};
use ctm_types::printable::Printable;

#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    #[command(subcommand)]
    command: NoteCommand,
}

#[derive(Debug, Subcommand)]
enum NoteCommand {
    /// Add a note about a day
    Add {
        /// The text, one line of at most 500 characters
        text: String,
        /// The day, as YYYY-MM-DD [default: today]
        #[arg(long, value_name = "DAY", value_parser = day)]
        date: Option<NaiveDate>,
        #[command(flatten)]
        form: JsonArgs,
    },
    /// List the notes, the oldest day first
    List {
        /// First day, as YYYY-MM-DD
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: Option<NaiveDate>,
        /// Last day, as YYYY-MM-DD
        #[arg(long, value_name = "DAY", value_parser = day)]
        to: Option<NaiveDate>,
        #[command(flatten)]
        form: JsonArgs,
    },
    /// Remove a note
    Remove {
        /// Id of the note, as listed
        id: String,
        #[command(flatten)]
        form: JsonArgs,
    },
}

/// Runs a subcommand.
pub(super) async fn run(flags: Flags, args: &NoteArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    settings.check_database()?;
    let store = context::open_store(&settings, &prices).await?;
    let (personal, clock) = (Personal::new(store.clone()), Clock::system());
    let output = match &args.command {
        NoteCommand::Add { text, date, form } => {
            let date = date.unwrap_or_else(|| day_of_ms(clock.now_ms(), settings.tz));
            let note = Note { date, text: text.clone() };
            one("Added to", personal.add(&note, clock.now_ms()).await?.into(), *form)?
        }
        NoteCommand::Remove { id, form } => {
            one("Removed from", personal.remove::<Note>(id).await?.into(), *form)?
        }
        NoteCommand::List { from, to, form } => {
            let reporter = context::reporter(&settings, prices, store.clone());
            let notes = DatabaseReports::new(store.clone(), reporter).notes(*from, *to).await?;
            if form.json { CommandOutput::json(&notes)? } else { CommandOutput::Page(page(&notes)) }
        }
    };
    output.print()?;
    store.close().await;
    Ok(())
}

fn one(done: &str, note: wire::Note, form: JsonArgs) -> Result<CommandOutput, AppError> {
    if form.json {
        return CommandOutput::json(&note);
    }
    let wire::Note { date, text, .. } = note;
    Ok(CommandOutput::Page(format!("{done} {date}: {}", Printable(text))))
}

fn page(notes: &wire::Notes) -> String {
    if notes.items.is_empty() {
        return "No notes".to_owned();
    }
    let row = |note: &wire::Note| {
        let cells = [note.date.to_string(), note.id.clone(), note.text.clone()];
        Row::new(cells.iter().map(|cell| Value::name(cell)).collect())
    };
    let head = ["Day", "Id", "Note"].map(str::to_owned).into();
    let rows = notes.items.iter().map(row).collect();
    Table { head, rows, total: None, compact: false }.render(width())
}
