//! Metrics of the present state: official limits, budgets, and the pace.

use super::{encoded, new_registry};
use ctm_report::wire::{BudgetLevel, BudgetStatus, CurrentLimit, CurrentLimits, Time};
use ctm_types::printable::one_line;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWindow {
    source: String,
    window: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBudget {
    budget: String,
}

type Gauges = Family<OfWindow, Gauge<f64, AtomicU64>>;

/// Returns the metrics of the present state: the official limits of each home, the budgets, and the pace in US dollars per minute, if it
/// is known.
#[must_use]
pub fn present(limits: &[CurrentLimits], budgets: &[BudgetStatus], pace: Option<f64>) -> String {
    let mut registry = new_registry();
    register_limits(&mut registry, limits);
    register_budgets(&mut registry, budgets);
    if let Some(pace) = pace {
        let gauge: Gauge<f64, AtomicU64> = Gauge::default();
        gauge.set(pace);
        let help = "Cost per minute of the active sessions, over the last ten minutes";
        registry.register("pace_usd_per_minute", help, gauge);
    }
    encoded(&registry)
}

fn register_limits(registry: &mut Registry, limits: &[CurrentLimits]) {
    let (used, resets, runs_out) = (Gauges::default(), Gauges::default(), Gauges::default());
    for of in limits {
        let source = one_line(of.source.as_deref().unwrap_or_default()).into_owned();
        for (window, limit) in windows(of) {
            let labels = OfWindow { source: source.clone(), window };
            used.get_or_create(&labels).set(limit.used_percentage / 100.0);
            for (times, time) in [(&resets, &limit.resets_at), (&runs_out, &limit.runs_out_at)] {
                if let Some(Time(at)) = time {
                    times.get_or_create(&labels).set(at.timestamp() as f64);
                }
            }
        }
    }
    registry.register("limit_used_ratio", "Used part of an official limit, by home and window", used);
    let help = "Time at which an official limit resets, by home and window";
    registry.register("limit_reset_timestamp_seconds", help, resets);
    let help = "Time at which an official limit is reached at the present pace, if that is before its reset";
    registry.register("limit_reached_timestamp_seconds", help, runs_out);
}

fn register_budgets(registry: &mut Registry, budgets: &[BudgetStatus]) {
    let used = Family::<OfBudget, Gauge<f64, AtomicU64>>::default();
    let levels = Family::<OfBudget, Gauge>::default();
    for of in budgets {
        let labels = OfBudget { budget: one_line(&of.budget.name).into_owned() };
        let level = match of.used.level {
            BudgetLevel::Unknown => continue,
            BudgetLevel::Fine => 0,
            BudgetLevel::Soft => 1,
            BudgetLevel::Hard => 2,
        };
        levels.get_or_create(&labels).set(level);
        if let Some(ratio) = of.used.used_ratio {
            used.get_or_create(&labels).set(ratio);
        }
    }
    registry.register("budget_used_ratio", "Used part of a budget, by name", used);
    registry.register("budget_level", "Level of a budget: 0 fine, 1 soft, 2 hard, by name", levels);
}

/// Returns the current windows of an account, by name.
fn windows(of: &CurrentLimits) -> impl Iterator<Item = (&'static str, &CurrentLimit)> {
    let usual = [("five_hour", &of.five_hour), ("seven_day", &of.seven_day)];
    let usual = usual.into_iter().filter_map(|(window, limit)| Some((window, limit.as_ref()?)));
    usual.chain(of.others.iter().map(|other| (other.window, &other.limit)))
}
