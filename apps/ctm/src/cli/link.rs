//! `ctm link`: read-only links to the dashboard.

use super::context::{self, Flags};
use super::output::{CommandOutput, JsonArgs};
use super::table::{Row, Table, Value};
use super::text::local;
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use ctm_api::links::{NEEDS_TOKEN, ReadOnlyLink, path_of};
use ctm_config::settings::Settings;
use ctm_personal::{Link, LinkScope, Personal};
use ctm_report::Homes;
use ctm_report::clock::Clock;
use ctm_types::printable::one_line;

/// Arguments of `ctm link`.
#[derive(Debug, Args)]
pub(super) struct LinkArgs {
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    /// Create a read-only link, and print its address
    Add(AddArgs),
    /// List the links, without their secrets
    List(JsonArgs),
    /// Remove a link, with immediate effect
    Remove {
        /// Id of the link, as listed
        id: String,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Name of the link
    name: String,
    /// Show only this project
    #[arg(long, value_name = "NAME", conflicts_with = "home")]
    project: Option<String>,
    /// Show only this Claude home, by its label or path
    #[arg(long, value_name = "HOME")]
    home: Option<String>,
    /// Show the names of projects, branches and MCP tools; otherwise projects are shown as "Project A"
    #[arg(long)]
    names: bool,
    /// Hours until the link ends: 1 to 2160 (90 days)
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=2160))]
    hours: u32,
}

/// Runs `ctm link`.
pub(super) async fn run(flags: Flags, args: &LinkArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let personal = Personal::new(store.clone());
    let answer = match &args.command {
        LinkCommand::Add(args) => add(&settings, &personal, args).await,
        LinkCommand::List(form) => list(&personal, form.json, settings.tz).await,
        LinkCommand::Remove { id } => remove(&personal, id).await,
    };
    store.close().await;
    answer?.print()
}

async fn add(settings: &Settings, personal: &Personal, args: &AddArgs) -> Result<CommandOutput, AppError> {
    if settings.auth_token.is_none() {
        return Err(AppError::Query(NEEDS_TOKEN.to_owned()));
    }
    let scope = match (&args.project, &args.home) {
        (Some(project), _) => LinkScope::Project(project.clone()),
        (None, Some(home)) => LinkScope::Home(Homes::new(&settings.homes).permanent(home)),
        (None, None) => LinkScope::Everything,
    };
    let now = Clock::system().now_ms();
    let (link, secret) = Link::create(&args.name, scope, args.names, args.hours, now);
    let record = personal.add(&link, now).await?;
    let until = local(ReadOnlyLink::of(&record, now).ends_at, settings.tz);
    let path = settings.base_path.href(&path_of(&secret));
    Ok(CommandOutput::Page(format!(
        "{path}\n\nOpen it below the address of the server. It reads until {until} and changes nothing. The secret after `#` \
         is shown only here.\nctm link remove {} ends it at once.",
        record.id
    )))
}

async fn list(personal: &Personal, json: bool, tz: Tz) -> Result<CommandOutput, AppError> {
    let now = Clock::system().now_ms();
    let records = personal.all::<Link>().await?;
    let links: Vec<ReadOnlyLink> = records.iter().map(|record| ReadOnlyLink::of(record, now)).collect();
    if json {
        return CommandOutput::json(&links);
    }
    if links.is_empty() {
        return Ok(CommandOutput::Page("No links. `ctm link add NAME` creates one.".to_owned()));
    }
    let head = ["Id", "Name", "Shows", "Names", "Ends", "Last used"].map(str::to_owned).to_vec();
    let rows = links.iter().map(|link| row(link, tz)).collect();
    let table = Table { head, rows, total: None, compact: false };
    Ok(CommandOutput::Page(table.render(width())))
}

fn row(link: &ReadOnlyLink, tz: Tz) -> Row {
    let ends = if link.expired { "ended".to_owned() } else { local(link.ends_at, tz) };
    let used = link.last_used_at.map_or_else(|| "never".to_owned(), |at| local(at, tz));
    let shows = link.of.clone().unwrap_or_else(|| "everything".to_owned());
    let names = if link.names { "yes" } else { "no" }.to_owned();
    let cells = [link.id.clone(), link.name.clone(), shows, names, ends, used];
    Row::new(cells.map(|cell| Value::name(&cell)).into())
}

async fn remove(personal: &Personal, id: &str) -> Result<CommandOutput, AppError> {
    let removed = personal.remove::<Link>(id).await?;
    Ok(CommandOutput::Page(format!("Removed the link \"{}\".", one_line(&removed.content.name))))
}
