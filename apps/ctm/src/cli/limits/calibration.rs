//! `ctm limits --calibration`: what one percent of each limit buys.

use super::super::table::{Row, Table, Value};
use super::super::text::{counted, local, percent, usd};
use super::name;
use crate::wrapping::wrapped;
use chrono_tz::Tz;
use ctm_report::wire::{EarlyReset, LimitCalibration, LimitCalibrations, LimitRate, Usd};
use ctm_types::printable::one_line;

/// Returns the calibrations as a table, with what else the reports show below it.
pub(super) fn page(of: &LimitCalibrations, tz: Tz, width: usize) -> String {
    if of.limits.is_empty() {
        return "No official limits were reported on these days.\nClaude Code reports them to `ctm statusline`; \
                `ctm statusline --install` shows the setup."
            .to_owned();
    }
    let rows: Vec<Row> = of.limits.iter().flat_map(|limit| rows(limit, of, tz)).collect();
    let mut parts = Vec::new();
    if !rows.is_empty() {
        let head = ["Limit", "Since", "1 % buys", "Quartiles", "Tokens", "Rises", "Change"];
        let table = Table { head: head.map(str::to_owned).into(), rows, total: None, compact: true };
        parts.push(table.render(width));
    }
    let sentences = of.limits.iter().flat_map(|limit| sentences(limit, of, tz));
    let sentences: Vec<String> = sentences.flat_map(|line| wrapped(&line, width)).collect();
    parts.extend((!sentences.is_empty()).then(|| sentences.join("\n")));
    parts.join("\n\n")
}

/// Returns the name of a limit, with its account where there are several.
fn title(limit: &LimitCalibration, of: &LimitCalibrations) -> String {
    let is_one = of.limits.iter().all(|other| other.source == limit.source);
    let account = limit.source.as_deref().filter(|_| !is_one);
    account.map_or_else(
        || name(limit.window).to_owned(),
        |label| format!("{} of {}", name(limit.window), one_line(label)),
    )
}

fn rows(limit: &LimitCalibration, of: &LimitCalibrations, tz: Tz) -> Vec<Row> {
    let title = title(limit, of);
    let row = |rate: &LimitRate| {
        let change = rate.change.map_or_else(String::new, |change| format!("{:+.0}%", change * 100.0));
        Row::new(vec![
            Value::name(&title),
            Value::Name(local(rate.from, tz)),
            Value::Usd(Some(rate.usd_per_percent.0)),
            Value::Name(between(rate.usd_lower, rate.usd_upper)),
            Value::Count(rate.tokens_per_percent),
            Value::Count(rate.observations as u64),
            Value::Name(change),
        ])
    };
    limit.rates.iter().map(row).collect()
}

fn between(Usd(lower): Usd, Usd(upper): Usd) -> String {
    format!("{} to {}", usd(Some(lower)), usd(Some(upper)))
}

/// Returns what a table of rates does not show.
fn sentences(limit: &LimitCalibration, of: &LimitCalibrations, tz: Tz) -> Vec<String> {
    let title = title(limit, of);
    let mut lines = Vec::new();
    if limit.rates.is_empty() {
        let (found, fewest) = (limit.observations, of.fewest_observations);
        lines.push(format!(
            "{title}: {found} rises were reported; a rate needs {fewest} with usage that has a price."
        ));
    }
    if let (Some(elsewhere), Some(last)) = (limit.elsewhere_percent, limit.elsewhere.last()) {
        lines.push(format!(
            "{title}: at least {} was used elsewhere, in {} without enough usage here, the last until {}.",
            percent(Some(elsewhere / 100.0)),
            counted(limit.elsewhere_observations as u64, "rise", "rises"),
            local(last.to, tz)
        ));
    }
    lines.extend(limit.early_resets.iter().map(|reset| early(&title, reset, tz)));
    lines
}

fn early(title: &str, reset: &EarlyReset, tz: Tz) -> String {
    format!(
        "{title}: reset early, by {} at {:.0}% and due {}.",
        local(reset.at, tz),
        reset.used_before,
        local(reset.due_at, tz)
    )
}
