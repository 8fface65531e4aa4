//! What a rule watches, in words.

use super::super::text::usd;
use ctm_report::wire::{Alert, AlertDelivery, AlertRule, Usd};
use ctm_types::printable::Printable;

/// Returns what a rule watches; it may contain a name that is unsafe to show.
pub(super) fn watched(rule: &AlertRule) -> String {
    let AlertRule { budget, level, percent, minutes, usd_per_minute, .. } = rule;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    match rule.watches {
        "budget" => {
            let of = budget.as_ref().map_or("any budget".to_owned(), |name| format!("the budget {name}"));
            format!("{of} at its {} level", text(level))
        }
        "limit_used" => format!("{} % of a limit used", percent.unwrap_or_default()),
        "limit_reset" => format!("{} minutes before a limit resets", minutes.unwrap_or_default()),
        "limit_reached" => "a limit that is reached before its reset".to_owned(),
        "spend_rate" => {
            format!("more than {} a minute", usd(usd_per_minute.map(|Usd(amount)| amount)))
        }
        "unusual_hour" => "an unusual hour".to_owned(),
        "unusual_session" => "an unusual session".to_owned(),
        "unpriced_model" => "a model without a price".to_owned(),
        "expiring_transcripts" => "transcripts about to be deleted that are not stored".to_owned(),
        "day_summary" => "the end of a day".to_owned(),
        "week_summary" => "the end of a week".to_owned(),
        "month_summary" => "the end of a month".to_owned(),
        _ => "problems of the database, a home or the server".to_owned(),
    }
}

/// Returns a rule in a line: its name, what it watches, and when it raises nothing.
pub(super) fn rule(rule: &AlertRule) -> String {
    let quiet = rule.quiet.as_ref().map(|hours| format!("; quiet {hours}"));
    let cooldown = Some(rule.cooldown_minutes).filter(|minutes| *minutes > 0);
    let cooldown = cooldown.map(|minutes| format!("; cooldown {minutes} min"));
    let [quiet, cooldown] = [quiet, cooldown].map(Option::unwrap_or_default);
    format!("{}: {}{quiet}{cooldown}", Printable(&rule.name), Printable(&watched(rule)))
}

/// Returns what was sent of an alert to each channel; an answer may be unsafe to show.
pub(super) fn sent(alert: &Alert) -> String {
    let of = |of: &AlertDelivery| {
        let answer = if of.answer.is_empty() { String::new() } else { format!(" ({})", of.answer) };
        format!("{}: {}{answer}", of.channel, of.state)
    };
    let all: Vec<String> = alert.deliveries.iter().map(of).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}
