//! `ctm push enrol`, `ctm push rotate`, `ctm push forget`: at which hubs this machine is.

use crate::args::{EnrolArgs, ForgetArgs};
use crate::error::PushError;
use crate::http::{Enrolment, Hub, certificates};
use crate::machine::{Machine, journal_id};
use crate::shown::counted;
use ctm_facts::{PushHub, PushProgress, PushTarget};
use ctm_push_format::Level;
use ctm_report::clock::Clock;
use ctm_types::printable::{self, one_line};
use std::fs;

/// Digits of its id that a machine without a name is called by.
const DIGITS_OF_NAME: usize = 8;

/// Enrols this machine at a hub. Returns the message.
pub(crate) async fn enrol(machine: &Machine, args: &EnrolArgs) -> Result<String, PushError> {
    let url = crate::address::checked(&args.url, args.insecure_http)
        .map_err(|reason| PushError::Argument(format!("`{}` {reason}", one_line(&args.url))))?;
    let certificate = args.certificate.as_ref().map(|path| {
        let read = PushError::io(format!("read the certificate in `{}`", printable::path(path)));
        fs::read_to_string(path).map_err(read).and_then(|pem| certificates(&pem).map(|_| pem))
    });
    let digits = machine.id.to_string();
    let mut hub = PushHub {
        url,
        hub: String::new(),
        name: args.name.clone().unwrap_or_else(|| digits[..DIGITS_OF_NAME].to_owned()),
        most_level: args.level.to_string(),
        certificate: certificate.transpose()?,
        plain_http: args.insecure_http,
        pepper: Vec::new(),
        enrolled_at_ms: Clock::system().now_ms(),
    };
    let Enrolment { token, pepper, level, hub: id, epoch } =
        Hub::new(&hub, None)?.enrol(&args.code, &digits, &hub.name)?;
    let level: Option<Level> = level.parse().ok();
    let is_id = id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let (Some(level), Ok(pepper), true) = (level, hex::decode(&pepper), is_id) else {
        return Err(PushError::Hub(format!("`{}` does not answer as a hub does", one_line(&hub.url))));
    };
    let level = level.min(args.level);
    (hub.hub, hub.pepper) = (id, pepper);
    machine.store_token(&hub.hub, &token)?;
    let progress = PushProgress::beginning(level.to_string(), journal_id()?, epoch);
    machine.store.add_push_target(&hub, &progress).await?;
    Ok(format!(
        "Enrolled at {} as {}, level {level}. `ctm push` sends {}.",
        one_line(&hub.url),
        one_line(&hub.name),
        counted(machine.store.pushes_due(0).await?, "response", "responses")
    ))
}

/// Replaces the tokens for all hubs, or for one. Returns the message.
pub(crate) async fn rotate(machine: &Machine, url: Option<&str>) -> Result<String, PushError> {
    let targets = machine.targets(url).await?;
    if targets.is_empty() {
        return Err(not_enrolled());
    }
    let mut lines = Vec::new();
    for PushTarget { hub, .. } in targets {
        let token = Hub::new(&hub, Some(machine.token(&hub)?))?.rotate()?;
        machine.store_token(&hub.hub, &token)?;
        lines.push(format!("{}: token replaced", one_line(&hub.url)));
    }
    Ok(lines.join("\n"))
}

pub(crate) fn not_enrolled() -> PushError {
    PushError::Argument("this machine is enrolled at no hub\n`ctm push enrol URL CODE` enrols it".to_owned())
}

/// Deletes what was pushed to hubs, and ends the enrolment. Returns the message.
pub(crate) async fn forget(machine: &Machine, args: &ForgetArgs) -> Result<String, PushError> {
    let targets = machine.targets(args.url.as_deref()).await?;
    let [target] = &targets[..] else {
        let problem = match targets.len() {
            0 => "this machine is enrolled at no hub",
            _ => "this machine is enrolled at several hubs\nspecify one of `ctm push status`",
        };
        return Err(PushError::Argument(problem.to_owned()));
    };
    if !args.only_here {
        Hub::new(&target.hub, Some(machine.token(&target.hub)?))?.forget()?;
    }
    machine.remove_token(&target.hub.hub)?;
    machine.store.remove_push_target(target.id).await?;
    let there = if args.only_here { "Its usage on the hub stays" } else { "Its usage on the hub is deleted" };
    Ok(format!("This machine is no longer enrolled at {}. {there}.", one_line(&target.hub.url)))
}
