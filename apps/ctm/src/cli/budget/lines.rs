//! Budgets in words: a line for each.

use super::super::context::CommandContext;
use super::super::output::{bad, warning};
use super::super::text::{count, percent, usd};
use crate::error::AppError;
use chrono::Weekday;
use ctm_report::BudgetCalendar;
use ctm_report::wire::{
    Budget, BudgetAmount, BudgetLevel, BudgetReach, BudgetScope, BudgetStatus, BudgetUse, Budgets, Certainty,
    Usd,
};
use ctm_types::printable::Printable;

/// Returns a line for each budget of the database; none without a database.
pub(in crate::cli) async fn lines(ready: &CommandContext) -> Result<Vec<String>, AppError> {
    if ready.reporter.facts().store().is_none() {
        return Ok(Vec::new());
    }
    let calendar = BudgetCalendar { tz: ready.tz(), week_start: Weekday::Mon };
    Ok(of(&ready.archive()?.budgets(calendar, None, false).await?))
}

/// Returns a line for each budget: the used part, what is left, and the distance from the pace.
pub(super) fn of(budgets: &Budgets) -> Vec<String> {
    let name = |of: &BudgetStatus| Printable(&of.budget.name).to_string();
    let width = budgets.items.iter().map(|of| name(of).chars().count()).max().unwrap_or_default();
    let padded = |of: &BudgetStatus| format!("{:<width$}  {}", name(of), line(of));
    let coloured = |of: &BudgetStatus| match of.used.level {
        BudgetLevel::Unknown | BudgetLevel::Fine => padded(of),
        BudgetLevel::Soft => warning(&padded(of)),
        BudgetLevel::Hard => bad(&padded(of)),
    };
    budgets.items.iter().map(coloured).collect()
}

/// Returns a budget and its level in a sentence, with the day on which its next period begins.
pub(in crate::cli) fn reached(of: &BudgetStatus) -> String {
    let BudgetStatus { budget, used: stood, .. } = of;
    let mut parts = vec![format!("{} of {} ({})", used(stood), limit(budget), part(stood))];
    if budget.scope != BudgetScope::Everything {
        parts.push(scope(budget));
    }
    let next = stood.period_to.filter(|_| matches!(&*budget.per, "day" | "week" | "month"));
    parts.extend(
        next.and_then(|last| last.succ_opt()).map(|day| format!("the next {} begins on {day}", budget.per)),
    );
    Printable(format!("the budget `{}` is at its {}: {}", budget.name, level(of), parts.join(", ")))
        .to_string()
}

fn line(of: &BudgetStatus) -> String {
    let BudgetStatus { budget, used: stood, reached } = of;
    let mut parts = vec![format!("{} of {} ({})", used(stood), limit(budget), part(stood))];
    if stood.level >= BudgetLevel::Soft {
        parts.push(level(of));
    }
    parts.extend(left(stood));
    parts.extend(pace(budget, stood));
    parts.extend(reached.as_ref().map(reach));
    if budget.scope != BudgetScope::Everything {
        parts.push(Printable(scope(budget)).to_string());
    }
    parts.join(", ")
}

/// Returns what is left, or how much more is used.
fn left(of: &BudgetUse) -> Option<String> {
    let left = of.left?;
    if units(left) < 0.0 {
        return Some(format!("{}{} over it", at_least(of), amount(absolute(left))));
    }
    let per_day = of.left_per_day.map(|per_day| format!(" ({} a day)", amount(per_day)));
    let at_most = if of.certainty == Certainty::AtLeast { "at most " } else { "" };
    Some(format!("{at_most}{} left{}", amount(left), per_day.unwrap_or_default()))
}

/// Returns the distance from the pace that would just use the amount.
fn pace(budget: &Budget, of: &BudgetUse) -> Option<String> {
    let difference = units(of.used?) - units(budget.limit) * of.elapsed?;
    let side = if difference < 0.0 { "below" } else { "above" };
    let difference = difference.abs();
    Some(match budget.limit {
        BudgetAmount::Usd(_) => format!("${difference:.2} {side} the pace"),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is for showing only")]
        BudgetAmount::Tokens(_) => format!("{} {side} the pace", count(difference as u64)),
    })
}

/// Returns the time until a budget is reached at the pace of the forecast, with its interval.
fn reach(of: &BudgetReach) -> String {
    match (of.days.map(time), of.earliest_days.map(time), of.latest_days.map(time)) {
        (Some(at), Some(earliest), Some(latest)) => format!("reached in {at} ({earliest} to {latest})"),
        (Some(at), Some(earliest), None) => format!("reached in {at} ({earliest} or later)"),
        (None, Some(earliest), _) => format!("not reached at this pace (in {earliest} at the earliest)"),
        _ => "not reached at this pace".to_owned(),
    }
}

/// Returns a time in days, or in hours below one.
fn time(days: f64) -> String {
    if days < 1.0 { format!("{:.1} h", days * 24.0) } else { format!("{days:.1} d") }
}

/// Returns the amount and the period of a budget.
pub(super) fn limit(budget: &Budget) -> String {
    let per = match &*budget.per {
        named @ ("block" | "day" | "week" | "month") => format!("per {named}"),
        days => format!("in {} days", days.trim_end_matches('d')),
    };
    format!("{} {per}", amount(budget.limit))
}

/// Returns the usage that counts, which may have a name that is unsafe to show.
pub(super) fn scope(budget: &Budget) -> String {
    let name = budget.scope_name.as_deref().unwrap_or_default();
    match budget.scope {
        BudgetScope::Everything => "all usage".to_owned(),
        BudgetScope::Project => format!("project {name}"),
        BudgetScope::Model => format!("model {name}"),
        BudgetScope::Home => format!("home {name}"),
    }
}

/// Returns the used amount, marked where it is a lower bound.
pub(super) fn used(of: &BudgetUse) -> String {
    of.used.map_or_else(|| "-".to_owned(), |used| format!("{}{}", at_least(of), amount(used)))
}

/// Returns the used part of the amount.
pub(super) fn part(of: &BudgetUse) -> String {
    format!("{}{}", at_least(of), percent(of.used_ratio))
}

/// Returns the mark of an amount that is a lower bound.
fn at_least(of: &BudgetUse) -> &'static str {
    if of.certainty == Certainty::AtLeast { "≥ " } else { "" }
}

/// Returns the level in words.
pub(super) fn level(of: &BudgetStatus) -> String {
    level_of(&of.used)
}

/// Returns the level in words.
pub(super) fn level_of(of: &BudgetUse) -> String {
    match of.level {
        BudgetLevel::Unknown => "unknown",
        BudgetLevel::Fine => "fine",
        BudgetLevel::Soft => "soft level",
        BudgetLevel::Hard => "hard level",
    }
    .to_owned()
}

fn amount(of: BudgetAmount) -> String {
    match of {
        BudgetAmount::Usd(Usd(amount)) => usd(Some(amount)),
        BudgetAmount::Tokens(tokens) => format!("{} tokens", count(tokens.unsigned_abs())),
    }
}

fn absolute(of: BudgetAmount) -> BudgetAmount {
    match of {
        BudgetAmount::Usd(Usd(amount)) if amount.0 < 0 => BudgetAmount::Usd(Usd(-amount)),
        BudgetAmount::Tokens(tokens) => BudgetAmount::Tokens(tokens.saturating_abs()),
        of @ BudgetAmount::Usd(_) => of,
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is for showing only")]
fn units(of: BudgetAmount) -> f64 {
    match of {
        BudgetAmount::Usd(Usd(amount)) => amount.to_f64(),
        BudgetAmount::Tokens(tokens) => tokens as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstream::adapter::strip_str;
    use ctm_types::{BudgetLimit, BudgetPeriod};

    fn wire_budget(name: &str, period: BudgetPeriod, scope: ctm_types::BudgetScope) -> Budget {
        Budget::configured(&ctm_types::Budget {
            name: name.to_owned(),
            limit: BudgetLimit::Usd("200".parse().unwrap()),
            period,
            scope,
            soft_percent: 80,
            hard_percent: 100,
        })
    }

    /// Returns a budget of 200 dollars per month, of which something is used.
    fn status(used: Option<&str>, level: BudgetLevel) -> BudgetStatus {
        let budget = wire_budget("all", BudgetPeriod::Month, ctm_types::BudgetScope::Everything);
        let limit = BudgetLimit::Usd("200".parse().unwrap());
        let used: Option<ctm_types::PicoUsd> = used.map(|used| used.parse().unwrap());
        let amount = |units: i128| BudgetAmount::of(limit, units);
        let left = used.map(|used| limit.units() - used.0);
        let used = BudgetUse {
            period_from: None,
            period_to: None,
            used: used.map(|used| amount(used.0)),
            certainty: if used.is_some() { Certainty::Exact } else { Certainty::Unknown },
            used_ratio: used.map(|used| used.to_f64() / 200.0),
            level,
            elapsed: Some(0.5),
            left: left.map(amount),
            left_per_day: left.map(|left| amount(left.max(0) / 10)),
        };
        BudgetStatus { budget, used, reached: None }
    }

    /// Returns the line of such a budget.
    fn shown(used: Option<&str>, level: BudgetLevel) -> String {
        let budgets = Budgets {
            day: chrono::NaiveDate::default(),
            tz: "UTC",
            tz_source: ctm_config::settings::ZoneSource::Request,
            level,
            items: vec![status(used, level)],
        };
        strip_str(&of(&budgets).join("\n")).to_string()
    }

    #[test]
    fn a_budget_shows_what_is_left_and_its_pace() {
        assert_eq!(
            shown(Some("80"), BudgetLevel::Fine),
            "all  $80.00 of $200.00 per month (40.0%), $120.00 left ($12.00 a day), $20.00 below the pace"
        );
        assert_eq!(
            shown(Some("170"), BudgetLevel::Soft),
            "all  $170.00 of $200.00 per month (85.0%), soft level, $30.00 left ($3.00 a day), $70.00 above the pace"
        );
        assert_eq!(
            shown(Some("230"), BudgetLevel::Hard),
            "all  $230.00 of $200.00 per month (115.0%), hard level, $30.00 over it, $130.00 above the pace"
        );
        assert_eq!(shown(None, BudgetLevel::Unknown), "all  - of $200.00 per month (-)");
    }

    #[test]
    fn a_level_is_explained_with_the_begin_of_the_next_period() {
        let mut of = status(Some("230"), BudgetLevel::Hard);
        let usual = "the budget `all` is at its hard level: $230.00 of $200.00 per month (115.0%)";
        assert_eq!(reached(&of), usual);
        of.used.period_to = chrono::NaiveDate::from_ymd_opt(2026, 12, 31);
        assert_eq!(reached(&of), format!("{usual}, the next month begins on 2027-01-01"));
        of.budget =
            wire_budget("in\nside", BudgetPeriod::Days(30), ctm_types::BudgetScope::Project("/p".to_owned()));
        assert_eq!(
            reached(&of),
            "the budget `in\\nside` is at its hard level: $230.00 of $200.00 in 30 days (115.0%), project /p"
        );
    }

    #[test]
    fn the_time_until_a_budget_is_reached_has_its_interval() {
        let shown =
            |days, earliest_days, latest_days| reach(&BudgetReach { days, earliest_days, latest_days });
        assert_eq!(shown(Some(5.25), Some(0.5), Some(9.0)), "reached in 5.2 d (12.0 h to 9.0 d)");
        assert_eq!(shown(Some(5.0), Some(2.0), None), "reached in 5.0 d (2.0 d or later)");
        assert_eq!(shown(None, Some(2.0), None), "not reached at this pace (in 2.0 d at the earliest)");
        assert_eq!(shown(None, None, None), "not reached at this pace");
    }
}
