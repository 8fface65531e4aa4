//! Reports of insight add up to the totals, over any homes, periods, zones and filters.

use super::{at_noon, escaped};
use crate::place::Place;
use crate::running::Running;
use ctm_report::BY;
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

/// Checks that a figure is as expected.
fn same(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

/// Returns the items of a report, and their rest if there is one.
fn parts<'v>(items: &'v Value, rest: &'v Value) -> impl Iterator<Item = &'v Value> {
    items.as_array().unwrap().iter().chain(Some(rest)).filter(|part| part.is_object())
}

/// Compares the reports of items with the totals of a query.
fn check_items(server: &Running, query: &str, totals: &Value) {
    let facets = BY.map(|(what, _)| format!("by/{what}")).into_iter();
    for path in facets.chain(["version", "model"].map(|what| format!("compare/{what}"))) {
        let stats = server.json(&format!("{path}?{query}"));
        for figure in FIGURES {
            let found = sum(parts(&stats["items"], &stats["rest"]), figure);
            same(found, number(totals, figure), &format!("{path}?{query} {figure}"));
        }
    }
    for path in ["drivers", "by/version", "by/tool"] {
        let stats = server.json(&format!("{path}?{query}"));
        for figure in FIGURES {
            same(
                number(&stats["totals"], figure),
                number(totals, figure),
                &format!("{path}?{query} {figure}"),
            );
        }
    }
    let what_if = server.json(&format!("what-if?{query}"));
    same(number(&what_if, "cost_usd"), number(totals, "cost_usd"), &format!("what-if?{query}"));
}

/// The figures of subagents in a row, each with that of all usage.
const OF_SUBAGENTS: [(&str, &str); 3] = [
    ("subagent_responses", "responses"),
    ("subagent_tokens", "total_tokens"),
    ("subagent_cost_usd", "cost_usd"),
];

/// Compares the usage of subagents in each row with the total, and with the same row of subagents and of main conversations.
fn check_subagents(server: &Running, query: &str, totals: &Value) {
    let lists =
        [("stats/models?", "model"), ("stats/projects?limit=500&", "project"), ("sessions?limit=500&", "id")];
    for (path, key) in lists {
        let list = |filter: &str| server.json(&format!("{path}{query}{filter}"));
        let all = list("");
        for (figure, _) in OF_SUBAGENTS {
            let found = sum(parts(&all["items"], &Value::Null), figure);
            same(found, number(totals, figure), &format!("{path}{query} {figure}"));
        }
        if query.contains("sidechain") {
            continue;
        }
        let [subagents, main] = ["&sidechain=true", "&sidechain=false"].map(list);
        let row = |of: &Value, item: &Value| {
            parts(&of["items"], &Value::Null).find(|row| row[key] == item[key]).cloned().unwrap_or_default()
        };
        for item in parts(&all["items"], &Value::Null) {
            let (subagents, main) = (row(&subagents, item), row(&main, item));
            for (figure, of_all) in OF_SUBAGENTS {
                let what = format!("{path}{query} {} {figure}", item[key]);
                same(number(item, figure), number(&subagents, of_all), &what);
                same(number(&subagents, of_all) + number(&main, of_all), number(item, of_all), &what);
            }
        }
    }
    if !query.contains("sidechain") {
        let listed = server.json(&format!("responses?{query}&sidechain=true&limit=1"));
        same(number(&listed, "total"), number(totals, "subagent_responses"), &format!("responses?{query}"));
    }
}

/// Compares the months beside plans with their total, and with the totals of a query.
fn check_worth(server: &Running, query: &str, totals: &Value) {
    let worth = server.json(&format!("worth?{query}"));
    let months = || worth["months"].as_array().unwrap().iter();
    for figure in FIGURES {
        same(number(&worth["usage"], figure), number(totals, figure), &format!("worth?{query} {figure}"));
    }
    same(sum(months(), "cost_usd"), number(totals, "cost_usd"), &format!("worth?{query} months"));
    for figure in ["compared_usd", "plan_usd", "difference_usd"] {
        same(sum(months(), figure), number(&worth["total"], figure), &format!("worth?{query} {figure}"));
    }
}

/// Compares the causes of a change, and what changed, with the change of the totals.
fn check_why(server: &Running, query: &str) {
    for compare in ["previous", "same-weekdays"] {
        let query = format!("{query}&compare={compare}");
        let why = server.json(&format!("why?{query}"));
        let change = server.json(&format!("stats?{query}"))["change"]["cost_usd"]["absolute"].clone();
        let Some(difference) = change.as_f64() else { continue };
        same(number(&why, "difference_usd"), difference, &format!("why?{query}"));
        let causes = sum(parts(&why["causes"], &Value::Null), "difference_usd");
        same(causes, difference, &format!("why?{query} causes"));
        for movers in why["movers"].as_array().unwrap() {
            let found = sum(parts(&movers["items"], &movers["rest"]), "difference");
            same(found, difference, &format!("why?{query} {}", movers["kind"]));
        }
    }
}

/// Compares misses of the cache with their causes and items, and savings with the totals of a query.
fn check_cache(server: &Running, query: &str, totals: &Value) {
    for by in ["project", "session", "version"] {
        let stats = server.json(&format!("cache?{query}&by={by}"));
        for figure in ["misses", "missed_tokens", "extra_usd"] {
            let expected = number(&stats["misses"], figure);
            let what = format!("cache?{query}&by={by} {figure}");
            same(sum(parts(&stats["causes"], &Value::Null), figure), expected, &what);
            same(sum(parts(&stats["items"], &stats["rest"]), figure), expected, &what);
        }
        let saving = sum(parts(&stats["durations"], &Value::Null), "saving_usd");
        same(saving, number(totals, "cache_saving_usd"), &format!("cache?{query} saving"));
    }
}

/// Compares runs of hooks, and time of sessions, with their totals.
fn check_times(server: &Running, query: &str) {
    let hooks = server.json(&format!("hooks?{query}"));
    for figure in ["runs", "judged_runs", "failed_runs", "blocked_runs", "timed_runs", "total_ms"] {
        let found = sum(parts(&hooks["items"], &Value::Null), figure);
        same(found, number(&hooks["totals"], figure), &format!("hooks?{query} {figure}"));
    }
    let concurrency = server.json(&format!("concurrency?{query}"));
    for of in ["sessions", "subagents"] {
        for figure in ["active_ms", "one_ms", "two_ms", "more_ms", "total_ms"] {
            let items = concurrency["items"].as_array().unwrap().iter().map(|item| &item[of]);
            let what = format!("concurrency?{query} {of} {figure}");
            same(sum(items, figure), number(&concurrency[of], figure), &what);
        }
    }
}

/// Compares every report with the totals of a query.
fn check(server: &Running, query: &str) {
    let totals = server.json(&format!("stats?{query}"))["totals"].clone();
    check_items(server, query, &totals);
    check_subagents(server, query, &totals);
    check_worth(server, query, &totals);
    check_why(server, query);
    check_cache(server, query, &totals);
    check_times(server, query);
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
