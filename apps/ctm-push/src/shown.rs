//! `ctm push status` and `ctm push log`.

use crate::error::PushError;
use crate::machine::Machine;
use chrono::DateTime;
use chrono_tz::Tz;
use ctm_facts::{LoggedPush, PushTarget, RefusedClaim};
use ctm_types::EpochMs;
use ctm_types::printable::one_line;
use serde::Serialize;

/// Refused responses that are shown.
const SHOWN_REFUSED: usize = 5;

/// A hub, for programs.
#[derive(Serialize)]
struct Status<'t> {
    url: &'t str,
    hub: &'t str,
    name: &'t str,
    level: &'t str,
    enrolled_at_ms: i64,
    /// Responses that the hub lacks.
    due: u64,
    /// Number of the journal: above 1 after a restored backup, or a change of level.
    epoch: u64,
    forked_at_ms: Option<i64>,
    stopped: Option<&'t str>,
    refused: usize,
    last: Option<Push<'t>>,
}

#[derive(Serialize)]
struct Push<'t> {
    at_ms: i64,
    responses: u64,
    bytes: u64,
    outcome: &'t str,
}

/// What is known of a hub.
struct Known {
    target: PushTarget,
    due: u64,
    log: Vec<LoggedPush>,
    refused: Vec<RefusedClaim>,
}

/// Returns how far each hub is.
pub(crate) async fn status(machine: &Machine, json: bool) -> Result<String, PushError> {
    let mut known = Vec::new();
    for target in machine.targets(None).await? {
        known.push(Known {
            due: machine.store.pushes_due(target.progress.acked).await?,
            log: machine.store.push_log(target.id).await?,
            refused: machine.store.refused_pushes(target.id).await?,
            target,
        });
    }
    if json {
        let status: Vec<Status<'_>> = known.iter().map(Known::status).collect();
        let text = serde_json::to_string_pretty(&status);
        return text.map_err(|error| PushError::io("write JSON")(error.into()));
    }
    if known.is_empty() {
        return Ok("This machine is enrolled at no hub. `ctm push enrol URL CODE` enrols it.".to_owned());
    }
    Ok(known.iter().map(|of| of.page(machine.settings.tz)).collect::<Vec<_>>().join("\n\n"))
}

impl Known {
    fn status(&self) -> Status<'_> {
        let (hub, progress) = (&self.target.hub, &self.target.progress);
        Status {
            url: &hub.url,
            hub: &hub.hub,
            name: &hub.name,
            level: &progress.level,
            enrolled_at_ms: hub.enrolled_at_ms.0,
            due: self.due,
            epoch: progress.epoch,
            forked_at_ms: progress.forked_at_ms.map(|at| at.0),
            stopped: progress.stopped.as_deref(),
            refused: self.refused.len(),
            last: self.log.first().map(|push| Push {
                at_ms: push.at_ms.0,
                responses: push.responses,
                bytes: push.bytes,
                outcome: &push.outcome,
            }),
        }
    }

    fn page(&self, tz: Tz) -> String {
        let (hub, progress) = (&self.target.hub, &self.target.progress);
        let mut lines = vec![
            one_line(&hub.url).into_owned(),
            format!("  Enrolled   {} as {}", local(hub.enrolled_at_ms, tz), one_line(&hub.name)),
            format!("  Level      {}", one_line(&progress.level)),
            format!("  To push    {}", counted(self.due, "response", "responses")),
        ];
        if let Some(push) = self.log.first() {
            lines.push(format!("  Last push  {}", line(push, tz)));
        }
        if let Some(at) = progress.forked_at_ms {
            lines.push(format!(
                "  Sent again {}: the hub knew more than this database, as after a restored backup",
                local(at, tz)
            ));
        }
        if !self.refused.is_empty() {
            lines.push(format!(
                "  Refused    {}",
                counted(self.refused.len() as u64, "response", "responses")
            ));
            let last = self.refused.iter().rev().take(SHOWN_REFUSED);
            lines.extend(last.map(|refused| format!("             {}", one_line(&refused.reason))));
        }
        if let Some(reason) = &progress.stopped {
            lines.push(format!("  Stopped    {}", one_line(reason)));
        }
        lines.join("\n")
    }
}

/// Returns the last pushes to each hub, or to one.
pub(crate) async fn log(machine: &Machine, url: Option<&str>) -> Result<String, PushError> {
    let targets = machine.targets(url).await?;
    let mut lines = Vec::new();
    for target in &targets {
        if targets.len() > 1 {
            lines.push(one_line(&target.hub.url).into_owned());
        }
        let log = machine.store.push_log(target.id).await?;
        lines.extend(log.iter().map(|push| line(push, machine.settings.tz)));
    }
    Ok(if lines.is_empty() { "Nothing was pushed yet.".to_owned() } else { lines.join("\n") })
}

fn line(push: &LoggedPush, tz: Tz) -> String {
    let LoggedPush { at_ms, responses, bytes, outcome } = push;
    let responses = counted(*responses, "response", "responses");
    format!("{}  {responses}, {bytes} B: {}", local(*at_ms, tz), one_line(outcome))
}

fn local(at: EpochMs, tz: Tz) -> String {
    let time = DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&tz);
    time.format("%Y-%m-%d %H:%M").to_string()
}

/// Returns a count with its noun.
pub(crate) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
