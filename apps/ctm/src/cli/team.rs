//! `ctm team`: a hub, to which other machines push their usage.

use super::context::{self, Flags};
use super::output::{CommandOutput, JsonArgs};
use super::table::{Row, Table, Value};
use super::text::{counted, local};
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use ctm_backend::Hub;
use ctm_config::settings::Settings;
use ctm_hub::{EnrolError, NewInvite};
use ctm_push_format::Level;
use ctm_report::clock::Clock;
use ctm_report::wire::{TeamMachine, Time};
use ctm_types::printable::one_line;

/// Arguments of `ctm team`.
#[derive(Debug, Args)]
pub(super) struct TeamArgs {
    #[command(subcommand)]
    command: TeamCommand,
}

#[derive(Debug, Subcommand)]
enum TeamCommand {
    /// Make a code with which other machines enrol, to push their usage to this one
    Invite(InviteArgs),
    /// List the machines that enrolled
    Machines(JsonArgs),
    /// Revoke the token of a machine, with immediate effect; what it pushed stays
    Revoke {
        /// Name of the machine, or its id of `ctm team machines --json`
        name: String,
    },
}

#[derive(Debug, Args)]
struct InviteArgs {
    /// Time until the code ends, such as 24h or 7d: at most 90 days
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = hours)]
    expires: u32,
    /// Machines that can enrol with the code
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(i64::from(*NewInvite::USES.start())..=i64::from(*NewInvite::USES.end())))]
    uses: u32,
    /// How much the machines are to disclose: totals, hashed or names
    #[arg(long, default_value = "names", value_parser = level())]
    level: Level,
    /// Address of this server for the other machines [default: its host and port]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::name)).try_map(|name| name.parse::<Level>())
}

/// Parses a time of whole hours or days.
fn hours(text: &str) -> Result<u32, String> {
    let (number, hours) = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 24),
        (None, None) => ("", 0),
    };
    let is_digits = number.bytes().all(|digit| digit.is_ascii_digit());
    let parsed =
        number.parse::<u32>().ok().filter(|_| is_digits).and_then(|number| number.checked_mul(hours));
    parsed.filter(|hours| NewInvite::HOURS.contains(hours)).ok_or_else(|| {
        "a time is a number of hours or days, such as `24h` or `7d`, of at most 90 days".to_owned()
    })
}

/// Runs `ctm team`.
pub(super) async fn run(flags: Flags, args: &TeamArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let answer = async {
        let hub = context::open_hub(&settings, &store, &prices).await?;
        match &args.command {
            TeamCommand::Invite(args) => invite(&settings, &hub, args).await,
            TeamCommand::Machines(form) => list(&hub, form.json, settings.tz).await,
            TeamCommand::Revoke { name } => revoke(&hub, name).await,
        }
    };
    let answer = answer.await;
    store.close().await;
    answer?.print()
}

async fn invite(settings: &Settings, hub: &Hub, args: &InviteArgs) -> Result<CommandOutput, AppError> {
    let invite = NewInvite::new(args.level.name(), args.uses, args.expires, Clock::system().now_ms());
    let code = hub.invite(&invite).await.map_err(|error| match error {
        EnrolError::Storage(error) => error.into(),
        error => AppError::Query(format!("no invite was made: {error}\nuse another level")),
    })?;
    let url = args.url.clone().unwrap_or_else(|| own_url(settings));
    let machines = counted(args.uses.into(), "machine", "machines");
    let until = local(Time::of(invite.ends_at_ms), settings.tz);
    Ok(CommandOutput::Page(format!(
        "On the other machine:\n\n    ctm push enrol {} {code}\n\nThe code is valid for {machines} until {until}, at the level \
         `{}`, and is shown only here.\nThe server of this machine has to run as a hub: ctm serve --team",
        one_line(&url),
        args.level
    )))
}

/// Returns the address of the server as its settings have it.
fn own_url(settings: &Settings) -> String {
    let address = std::net::SocketAddr::new(settings.host, settings.port);
    format!("http://{address}{}", settings.base_path.href("/"))
}

async fn list(hub: &Hub, json: bool, tz: Tz) -> Result<CommandOutput, AppError> {
    let machines: Vec<TeamMachine> = hub.hub_machines().await?.iter().map(TeamMachine::of).collect();
    if json {
        return CommandOutput::json(&machines);
    }
    if machines.is_empty() {
        let none = "No machine enrolled. `ctm team invite` makes a code for one.";
        return Ok(CommandOutput::Page(none.to_owned()));
    }
    let head = ["Name", "Level", "Last push", "Clock", "Program"].map(str::to_owned).to_vec();
    let rows = machines.iter().map(|machine| row(machine, tz)).collect();
    let table = Table { head, rows, total: None, compact: false };
    Ok(CommandOutput::Page(table.render(width())))
}

fn row(machine: &TeamMachine, tz: Tz) -> Row {
    let pushed = match machine.pushed_at {
        _ if machine.revoked => "revoked".to_owned(),
        Some(at) => local(at, tz),
        None => "never".to_owned(),
    };
    let clock = match machine.skew_ms.map(|skew| skew / 1_000) {
        None => String::new(),
        Some(seconds) if seconds.abs() < 60 => "exact".to_owned(),
        Some(seconds) if seconds > 0 => format!("{seconds} s behind"),
        Some(seconds) => format!("{} s ahead", seconds.unsigned_abs()),
    };
    let agent = machine.agent.clone().unwrap_or_default();
    let cells = [machine.name.clone(), machine.level.clone(), pushed, clock, agent];
    Row::new(cells.map(|cell| Value::name(&cell)).into())
}

async fn revoke(hub: &Hub, name: &str) -> Result<CommandOutput, AppError> {
    let machines = hub.hub_machines().await?;
    let named: Vec<_> =
        machines.iter().filter(|machine| machine.name == name || machine.id.to_string() == name).collect();
    let shown = one_line(name);
    let machine = match named[..] {
        [machine] => machine,
        [] => {
            let detail =
                format!("no machine that enrolled is called `{shown}`\n`ctm team machines` lists them");
            return Err(AppError::Query(detail));
        }
        _ => {
            let detail =
                format!("several machines are called `{shown}`\nuse an id of `ctm team machines --json`");
            return Err(AppError::Query(detail));
        }
    };
    let is_revoked = hub.revoke_machine(machine.id).await?;
    let done = if is_revoked { "Revoked the token of" } else { "There was no token of" };
    Ok(CommandOutput::Page(format!(
        "{done} \"{shown}\". What it pushed stays: `ctm machines remove` removes it."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_of_hours_or_days() {
        let check = |text: &str, expected: Option<u32>| assert_eq!(hours(text).ok(), expected, "{text}");
        check("24h", Some(24));
        check("90d", Some(90 * 24));
        for text in ["", "h", "24", "0h", "-1h", "91d", "1w", "9223372036854775807d", "+1h"] {
            check(text, None);
        }
    }
}
