//! `ctm machines`: the machines whose usage is imported, and their removal.

use super::super::context::{self, Flags};
use super::super::output::{CommandOutput, JsonArgs};
use super::super::table::{Row, Table, Value};
use super::super::text::{counted, local};
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use ctm_backend::Hub;
use ctm_facts::StoredMachine;
use ctm_report::wire;
use ctm_types::printable::one_line;

/// Arguments of `ctm machines`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in super::super) struct MachinesArgs {
    #[command(subcommand)]
    command: Option<MachinesCommand>,
    #[command(flatten)]
    form: JsonArgs,
}

#[derive(Debug, Subcommand)]
enum MachinesCommand {
    /// Remove what was imported of a machine, as if it had never been
    Remove {
        /// Name of the machine, or its id of `ctm machines --json`
        name: String,
        /// Show what would be removed, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs `ctm machines`.
pub(in super::super) async fn run(flags: Flags, args: &MachinesArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    if settings.database_url.is_none() {
        settings.check_database()?;
    }
    let store = context::open_store(&settings, &prices).await?;
    let answer = async {
        let hub = context::open_hub(&settings, &store, &prices).await?;
        match &args.command {
            Some(MachinesCommand::Remove { name, dry_run }) => remove(&hub, name, *dry_run).await,
            None => list(&hub, args.form.json, settings.tz).await,
        }
    };
    let answer = answer.await;
    store.close().await;
    answer?.print()
}

async fn list(hub: &Hub, json: bool, tz: Tz) -> Result<CommandOutput, AppError> {
    let machines: Vec<wire::Machine> = hub.machines().await?.iter().map(wire::Machine::of).collect();
    if json {
        return CommandOutput::json(&machines);
    }
    if machines.is_empty() {
        let none = "No usage of other machines. `ctm import facts FILE` adds it.";
        return Ok(CommandOutput::Page(none.to_owned()));
    }
    let head = ["Name", "Level", "Exported", "Responses", "Counting"].map(str::to_owned).to_vec();
    let rows = machines.iter().map(|machine| row(machine, tz)).collect();
    let table = Table { head, rows, total: None, compact: false };
    Ok(CommandOutput::Page(table.render(width())))
}

fn row(machine: &wire::Machine, tz: Tz) -> Row {
    let names = [machine.name.clone(), machine.level.clone(), local(machine.exported_at, tz)];
    let counts = [machine.responses, machine.counting].map(Value::Count);
    Row::new(names.iter().map(|name| Value::name(name)).chain(counts).collect())
}

async fn remove(hub: &Hub, name: &str, dry_run: bool) -> Result<CommandOutput, AppError> {
    let machines = hub.machines().await?;
    let machine = named(&machines, name)?;
    let responses = counted(machine.responses, "response", "responses");
    let counting = format!("{responses}, {} of which count as it has them", machine.counting);
    let shown = one_line(&machine.name);
    if dry_run {
        return Ok(CommandOutput::Page(format!("Would remove \"{shown}\": {counting}.")));
    }
    hub.remove_machine(machine.id).await?;
    Ok(CommandOutput::Page(format!("Removed \"{shown}\": {counting}.")))
}

fn named<'m>(machines: &'m [StoredMachine], name: &str) -> Result<&'m StoredMachine, AppError> {
    let is_named = |machine: &&StoredMachine| machine.name == name || machine.id.to_string() == name;
    machines.iter().find(is_named).ok_or_else(|| {
        AppError::Query(format!("no machine is called `{}`\n`ctm machines` lists them", one_line(name)))
    })
}
