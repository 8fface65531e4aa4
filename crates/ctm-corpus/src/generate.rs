//! Writing the home of a plan.

use crate::answer::{Answer, Listed, Written};
use crate::calendar;
use crate::conversation::{self, Opening};
use crate::error::{CorpusError, Result};
use crate::home::Home;
use crate::plan::Plan;
use crate::telemetry::{Report, Telemetry};
use std::path::Path;

/// Writes the home that `plan` asks for and returns what is in it.
///
/// `home` is created when it is absent.
///
/// # Errors
///
/// When there is something in `home` already, or it cannot be written.
pub fn generate(plan: &Plan, home: &Path) -> Result<Answer> {
    Ok(write(plan, home, None, None)?.answer)
}

/// Writes the home that `plan` asks for and returns what is in it, and each of its responses in no order.
///
/// `home` is created when it is absent.
///
/// # Errors
///
/// When there is something in `home` already, or it cannot be written.
pub fn generate_listed(plan: &Plan, home: &Path) -> Result<(Answer, Vec<Listed>)> {
    let Written { answer, list, .. } = write(plan, home, Some(Vec::new()), None)?;
    Ok((answer, list))
}

/// Writes the home that `plan` asks for, and returns what is in it and the telemetry beside it.
///
/// `home` is created when it is absent.
///
/// # Errors
///
/// When there is something in `home` already, or it cannot be written.
pub fn generate_with_telemetry(plan: &Plan, home: &Path) -> Result<(Answer, Telemetry)> {
    let Written { answer, reports, own_totals, .. } = write(plan, home, None, Some(Vec::new()))?;
    Ok((answer, Telemetry { reports, own_totals }))
}

/// Writes a home; responses are listed, and reported, into what is given for that.
fn write(
    plan: &Plan,
    home: &Path,
    list: Option<Vec<Listed>>,
    reports: Option<Vec<Report>>,
) -> Result<Written> {
    if home.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CorpusError::NotEmpty(home.to_owned()));
    }
    let mut home = Home::new(plan, home);
    home.list = list;
    home.reports = reports;
    let days = calendar::days(plan, &mut home.random);
    let first_ms = days.first().map_or(plan.until_ms, calendar::PlannedDay::start_ms);
    let life_ms = (plan.until_ms - first_ms).unsigned_abs().max(1);
    for day in &days {
        home.make_due(day.done_by_end);
        while home.is_behind() {
            let start_ms = day.session_start(&mut home.random, plan.until_ms);
            let age_ms = (start_ms - first_ms).unsigned_abs();
            conversation::write(&mut home, &Opening { start_ms, permille: age_ms * 1_000 / life_ms })?;
        }
    }
    home.finish()
}
