//! `ctm push` once, and `ctm push daemon`.

use crate::agent::{Agent, Pushed, Rest, course};
use crate::args::NowArgs;
use crate::body;
use crate::enrol::not_enrolled;
use crate::error::PushError;
use crate::machine::Machine;
use crate::output;
use crate::shown::counted;
use ctm_facts::PushTarget;
use ctm_push_format::MOST_CLAIMS;
use ctm_push_protocol::Course;
use ctm_report::clock::Clock;
use ctm_types::printable::one_line;
use std::collections::BTreeMap;
use std::time::Duration;

/// Until it knows what a hub wants, a daemon waits up to this long: many machines start at the same time of the day.
const FIRST_WAIT_MS: u64 = 60_000;

/// How often a daemon looks for hubs that this machine was enrolled at meanwhile.
const LOOK_MS: u64 = 60_000;

/// Pushes to all hubs, or to one. Returns the message.
pub(crate) async fn now(machine: &Machine, args: &NowArgs) -> Result<String, PushError> {
    let targets = machine.targets(args.url.as_deref()).await?;
    if targets.is_empty() {
        return Err(not_enrolled());
    }
    let (mut lines, mut failed) = (Vec::new(), Vec::new());
    for target in targets {
        if args.dry_run {
            lines.push(dry(machine, target).await?);
            continue;
        }
        let url = target.hub.url.clone();
        let pushed = Agent::new(machine, target.clone())?.push(&mut course(&target)).await?;
        match said(&url, &pushed) {
            Ok(line) => lines.push(line),
            Err(line) => failed.push(line),
        }
    }
    if failed.is_empty() { Ok(lines.join("\n")) } else { Err(PushError::Hub(failed.join("\n"))) }
}

/// Returns what was pushed, or why it ended.
fn said(url: &str, pushed: &Pushed) -> Result<String, String> {
    let (url, responses) = (one_line(url), counted(pushed.responses, "response", "responses"));
    match &pushed.rest {
        Rest::Done => Ok(format!("{url}: {responses} pushed")),
        Rest::Failed(reason) => Err(format!("{reason}; {responses} pushed")),
        Rest::Stopped(reason) => Err(format!(
            "nothing is pushed to {url}: {}\nenrol this machine again, or end this with `ctm push forget`",
            one_line(reason)
        )),
    }
}

/// Returns the lines of the next push.
async fn dry(machine: &Machine, target: PushTarget) -> Result<String, PushError> {
    let page = machine.store.push_page(target.progress.acked, MOST_CLAIMS).await?;
    let level = course(&target).level();
    let write = || PushError::io("write a push");
    let packed = body::packed(machine, &target, level, &page, Clock::system().now_ms()).map_err(write())?;
    let Some(packed) = packed else {
        return Err(PushError::Hub("the next push is too large, and will be sent in parts".to_owned()));
    };
    let text = body::unpacked(&packed).map_err(write())?;
    Ok(text.trim_end().to_owned())
}

/// Pushes until it is ended, or until no hub is left.
pub(crate) async fn daemon(machine: &Machine) -> Result<String, PushError> {
    let mut courses: BTreeMap<i64, (Course, u64)> = BTreeMap::new();
    loop {
        let targets = machine.targets(None).await?;
        courses.retain(|id, _| targets.iter().any(|target| target.id == *id));
        let mut stopped = Vec::new();
        for target in targets {
            if let Some(reason) = &target.progress.stopped {
                stopped.push(format!("{}: {}", one_line(&target.hub.url), one_line(reason)));
                courses.remove(&target.id);
                continue;
            }
            let first = || (course(&target), fastrand::u64(0..=FIRST_WAIT_MS));
            let (course, wait_ms) = courses.entry(target.id).or_insert_with(first);
            if *wait_ms == 0 {
                *wait_ms = advance(machine, target, course).await?;
            }
        }
        let Some(next) = courses.values().map(|(_, wait_ms)| *wait_ms).min() else {
            return Err(if stopped.is_empty() { not_enrolled() } else { PushError::Hub(stopped.join("\n")) });
        };
        let wait_ms = next.min(LOOK_MS);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        courses.values_mut().for_each(|(_, left)| *left = left.saturating_sub(wait_ms));
    }
}

/// Pushes to a hub, prints what was pushed or went wrong, and returns how long to wait.
async fn advance(machine: &Machine, target: PushTarget, course: &mut Course) -> Result<u64, PushError> {
    let url = target.hub.url.clone();
    let pushed = Agent::new(machine, target)?.push(course).await?;
    match said(&url, &pushed) {
        Ok(line) if pushed.responses > 0 => output::print(&line)?,
        Ok(_) => {}
        Err(line) => output::complain(&line),
    }
    Ok(pushed.wait_ms.max(1))
}
