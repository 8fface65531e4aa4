//! Files that the programs themselves made of `testdata/claude/everyday` (`testdata/imports/README.md`).

use ctm_facts::imports::{ImportContent, ImportGrain, ImportTokens, OtherProgram};
use ctm_types::PicoUsd;
use std::collections::BTreeMap;
use std::path::Path;

fn read(name: &str) -> ImportContent {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/imports");
    ctm_imports::read(&std::fs::read(folder.join(name)).unwrap(), None).unwrap()
}

/// Returns tokens and cost in micro-dollars by period.
fn by_period(content: &ImportContent) -> Vec<(String, u64, i128)> {
    let mut periods: BTreeMap<(String, String), (u64, PicoUsd)> = BTreeMap::new();
    for figure in &content.figures {
        let period = (figure.period.first.clone(), figure.period.last.clone());
        let sum = periods.entry(period).or_default();
        sum.0 += figure.tokens.total();
        sum.1 += figure.cost.unwrap_or_default();
    }
    let row = |((first, last), (tokens, cost)): ((String, String), (u64, PicoUsd))| {
        let days = if first == last { first } else { format!("{first} {last}") };
        (days, tokens, cost.0 / 1_000_000)
    };
    periods.into_iter().map(row).collect()
}

#[track_caller]
fn check(
    name: &str,
    program: OtherProgram,
    grain: ImportGrain,
    zone: Option<&str>,
    expected: &[(&str, u64, i128)],
) {
    let content = read(name);
    assert_eq!((content.program, content.zone, content.has_other_agents), (program, zone, false));
    assert!(content.figures.iter().all(|figure| figure.period.grain == grain));
    let expected = expected.iter().map(|(days, tokens, cost)| ((*days).to_owned(), *tokens, *cost));
    assert_eq!(by_period(&content), expected.collect::<Vec<_>>(), "{name}");
}

/// The days of the home as they count.
const DAYS: [(&str, u64, i128); 4] = [
    ("2026-03-07", 16_100, 80_500),
    ("2026-03-08", 18_750, 32_250),
    ("2026-03-09", 21_290, 13_530),
    ("2026-03-11", 8, 60),
];

/// The days of the home as programs count them that take the first line of a growing response, and price a cache write for an
/// hour like one for five minutes.
const FIRST_LINES: [(&str, u64, i128); 4] = [
    ("2026-03-07", 14_101, 30_525),
    ("2026-03-08", 18_750, 28_500),
    ("2026-03-09", 21_290, 13_530),
    ("2026-03-11", 8, 60),
];

#[test]
fn days_of_every_version_of_ccusage_are_read() {
    check("ccusage-20.0.24-daily.json", OtherProgram::Ccusage, ImportGrain::Day, None, &DAYS);
    check("ccusage-20.0.24-all-daily.json", OtherProgram::Ccusage, ImportGrain::Day, None, &DAYS);
    let mut days = DAYS;
    days[1].2 = 28_500;
    check("ccusage-19.0.3-daily.json", OtherProgram::Ccusage, ImportGrain::Day, None, &days);
    check("ccusage-17.2.1-daily.json", OtherProgram::Ccusage, ImportGrain::Day, None, &FIRST_LINES);
    check("ccusage-17.2.1-instances.json", OtherProgram::Ccusage, ImportGrain::Day, None, &FIRST_LINES);
}

#[test]
fn weeks_and_months_of_ccusage_are_periods() {
    let month = [("2026-03-01 2026-03-31", 56_148, 126_340)];
    check("ccusage-20.0.24-monthly.json", OtherProgram::Ccusage, ImportGrain::Month, None, &month);
    let month = [("2026-03-01 2026-03-31", 54_149, 72_615)];
    check("ccusage-18.0.11-monthly.json", OtherProgram::Ccusage, ImportGrain::Month, None, &month);
    let weeks = [("2026-03-01 2026-03-07", 16_100, 80_500), ("2026-03-08 2026-03-14", 40_048, 45_840)];
    check("ccusage-20.0.24-weekly.json", OtherProgram::Ccusage, ImportGrain::Week, None, &weeks);
}

#[test]
fn sessions_of_ccusage_count_on_the_days_that_are_known_of_them() {
    let spans = [
        ("2026-03-07 2026-03-08", 34_850, 112_750),
        ("2026-03-09", 20_510, 13_530),
        ("2026-03-09 2026-03-11", 788, 60),
    ];
    check("ccusage-20.0.24-session.json", OtherProgram::Ccusage, ImportGrain::Sessions, None, &spans);
    let ends = [("2026-03-08", 34_850, 109_000), ("2026-03-09", 20_510, 13_530), ("2026-03-11", 788, 60)];
    check("ccusage-19.0.3-session.json", OtherProgram::Ccusage, ImportGrain::Sessions, None, &ends);
    // Version 17 takes a project for a session, and the subagents of a session for one more.
    let projects = [("2026-03-08", 3_300, 5_000), ("2026-03-09", 50_061, 67_555), ("2026-03-11", 788, 60)];
    check("ccusage-17.2.1-session.json", OtherProgram::Ccusage, ImportGrain::Sessions, None, &projects);
}

#[test]
fn models_are_apart_and_one_without_a_price_has_no_cost() {
    let content = read("ccusage-20.0.24-daily.json");
    let of_day: Vec<_> =
        content.figures.iter().filter(|figure| figure.period.first == "2026-03-09").collect();
    let named: Vec<_> = of_day.iter().map(|figure| (&*figure.model, figure.cost)).collect();
    let sonnet = ("claude-sonnet-4-5-20250929", Some(PicoUsd(13_530_000_000)));
    assert_eq!(named, [sonnet, ("house-model-1", None)]);
    let tokens = ImportTokens { input: 10, output: 500, cache_read: 20_000, cache_write: 0 };
    assert_eq!(of_day[0].tokens, tokens);
}

#[test]
fn a_warehouse_and_its_report_have_the_same_days() {
    let days = [
        ("2026-11-25", 14_101, 30_525),
        ("2026-11-26", 18_750, 28_500),
        ("2026-11-27", 21_290, 13_530),
        ("2026-11-29", 8, 60),
    ];
    for name in ["claude-monitor-4.0.0-usage.json", "claude-monitor-4.0.0-entries.json"] {
        check(name, OtherProgram::ClaudeMonitor, ImportGrain::Day, Some("UTC"), &days);
        assert_eq!(read(name).format.as_deref(), Some("1.0"));
    }
}

#[test]
fn a_cache_of_toktrack_has_tokens_and_offline_no_cost() {
    let days = FIRST_LINES.map(|(day, tokens, _)| (day, tokens, 0));
    check("toktrack-0.1.51-claude-code_daily.json", OtherProgram::Toktrack, ImportGrain::Day, None, &days);
    assert_eq!(read("toktrack-0.1.51-claude-code_daily.json").format.as_deref(), Some("5"));
}
