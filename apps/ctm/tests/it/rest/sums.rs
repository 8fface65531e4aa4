//! Reports of insight add up to the totals, over any homes, periods, zones and filters.

use super::{at_noon, escaped};
use crate::place::Place;
use crate::running::Running;
use proptest::prelude::*;
use serde_json::Value;

const ZONES: [&str; 5] = ["UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Kiritimati", "Asia/Kathmandu"];
const RANGES: [&str; 6] = ["all", "7d", "30d", "90d", "this-month", "last-month"];
const FIGURES: [&str; 4] = ["responses", "total_tokens", "unpriced_tokens", "cost_usd"];

/// What is asked for: numbers that choose a period, a zone, and what the filter names.
#[derive(Debug, Clone)]
struct Asked {
    range: usize,
    days: Option<(u32, u32)>,
    zone: usize,
    narrowed: usize,
    nth: usize,
}

fn asked() -> impl Strategy<Value = Asked> {
    let days = prop::option::of((1u32..=25, 0u32..=5));
    (0..RANGES.len(), days, 0..ZONES.len(), 0usize..5, 0usize..8)
        .prop_map(|(range, days, zone, narrowed, nth)| Asked { range, days, zone, narrowed, nth })
}

impl Asked {
    fn query(&self, models: &[String], projects: &[String]) -> String {
        let period = match self.days {
            Some((first, more)) => format!("from=2026-11-{first:02}&to=2026-11-{:02}", first + more),
            None => format!("range={}", RANGES[self.range]),
        };
        let named = |name: &str, of: &[String]| match of {
            [] => String::new(),
            of => format!("&{name}={}", escaped(&of[self.nth % of.len()])),
        };
        let narrowed = match self.narrowed {
            0 => String::new(),
            1 => named("model", models),
            2 => named("project", projects),
            3 => "&sidechain=true".to_owned(),
            _ => "&sidechain=false".to_owned(),
        };
        format!("{period}&tz={}{narrowed}", escaped(ZONES[self.zone]))
    }
}

fn names(server: &Running, path: &str, field: &str) -> Vec<String> {
    let list = server.json(path);
    let items = list["items"].as_array().unwrap().iter();
    items.filter_map(|item| Some(item[field].as_str()?.to_owned())).collect()
}

fn number(of: &Value, figure: &str) -> f64 {
    of[figure].as_f64().unwrap_or_default()
}

fn sum<'v>(parts: impl Iterator<Item = &'v Value>, figure: &str) -> f64 {
    parts.map(|part| number(part, figure)).sum()
}

/// Compares every report with the totals of a query.
fn check(server: &Running, query: &str) {
    let totals = server.json(&format!("stats?{query}"))["totals"].clone();
    let same = |found: f64, expected: f64, what: &str| {
        assert!((found - expected).abs() < 1e-9, "{what}?{query}: {found}, expected {expected}");
    };
    for what in ["version", "model"] {
        let stats = server.json(&format!("compare/{what}?{query}"));
        for figure in FIGURES {
            let items = stats["items"].as_array().unwrap().iter();
            same(sum(items, figure), number(&totals, figure), &format!("compare/{what} {figure}"));
        }
    }
    let worth = server.json(&format!("worth?{query}"));
    let months = || worth["months"].as_array().unwrap().iter();
    for figure in FIGURES {
        same(number(&worth["usage"], figure), number(&totals, figure), &format!("worth {figure}"));
    }
    same(sum(months(), "cost_usd"), number(&totals, "cost_usd"), "worth months");
    for figure in ["compared_usd", "plan_usd", "difference_usd"] {
        same(sum(months(), figure), number(&worth["total"], figure), &format!("worth {figure}"));
    }
    let drivers = server.json(&format!("drivers?{query}"));
    let by = server.json(&format!("by/version?{query}"));
    let what_if = server.json(&format!("what-if?{query}"));
    for figure in FIGURES {
        same(number(&drivers["totals"], figure), number(&totals, figure), &format!("drivers {figure}"));
        same(number(&by["totals"], figure), number(&totals, figure), &format!("by {figure}"));
    }
    same(number(&what_if, "cost_usd"), number(&totals, "cost_usd"), "what-if");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_report_adds_up_whatever_is_asked(seed in 0u64..1000, all in prop::collection::vec(asked(), 6)) {
        let (place, _) = Place::generated(seed, 120_000);
        let folder = place.path().join(".config/ctm");
        std::fs::create_dir_all(&folder).unwrap();
        let plan = "[[plan]]\nname = 'Max'\nprice = 200\nfrom = 2026-10-20\nuntil = 2026-11-12\n";
        std::fs::write(folder.join("config.toml"), plan).unwrap();
        let server = at_noon(&place);
        let models = names(&server, "stats/models?range=all", "model");
        let projects = names(&server, "stats/projects?range=all&limit=500", "project");
        for asked in &all {
            check(&server, &asked.query(&models, &projects));
        }
        server.stop();
    }
}
