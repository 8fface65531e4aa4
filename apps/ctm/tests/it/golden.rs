//! Real transcripts and small cases with known answers, through the binary.

use crate::figures::{Figures, Report, Row};
use crate::place::Place;
use ctm_types::PicoUsd;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Returns the folder of the real homes, if there is one.
pub(crate) fn corpora() -> Option<PathBuf> {
    let corpora = std::env::var_os("CTM_CORPORA").map(PathBuf::from);
    if corpora.is_none() {
        println!("skipped: CTM_CORPORA is not set");
    }
    corpora
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The five kinds of tokens, responses, unpriced tokens and the exact cost.
type Counts = ([u64; 7], PicoUsd);

/// Reads an expected row, whose cache writes are called `{write}5m` and `{write}1h`.
fn expected(row: &Value, write: &str) -> Counts {
    let writes = [format!("{write}5m"), format!("{write}1h")];
    let names = ["input", "output", "cache_read", &writes[0], &writes[1], "responses", "unpriced_tokens"];
    let counts = names.map(|name| row[name].as_u64().unwrap());
    (counts, row["cost_usd"].as_str().unwrap().parse().unwrap())
}

fn found(row: &Row) -> Counts {
    let tally = row.tally();
    let tokens = tally.tokens;
    let counts = [
        tokens.input,
        tokens.output,
        tokens.cache_read,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tally.responses,
        row.unpriced_tokens,
    ];
    (counts, row.cost())
}

#[test]
fn real_homes_give_their_known_answers_to_the_last_decimal() {
    let Some(corpora) = corpora() else { return };
    for entry in std::fs::read_dir(corpora).unwrap() {
        let home = entry.unwrap().path();
        let golden = home.join("golden.json");
        if !golden.exists() {
            continue;
        }
        let golden = json(&golden);
        let place = Place::reading(&home);
        for (report, grouping) in
            [("daily", "by_day_utc"), ("models", "by_model"), ("sessions", "by_session")]
        {
            let report = Report::parse(&place.print(&[report, "--json", "--tz", "UTC"]));
            assert_eq!(found(&report.totals), expected(&golden["totals"], "write_"), "{}", home.display());
            assert_eq!(report.totals.tally().unfinalised, golden["unfinalised"].as_u64().unwrap());
            let used = report.items.iter().filter(|row| row.total_tokens > 0);
            let rows: BTreeMap<_, _> = used.map(|row| (row.name(), found(row))).collect();
            let golden = golden[grouping].as_object().unwrap();
            let golden: BTreeMap<_, _> =
                golden.iter().map(|(name, row)| (name.as_str(), expected(row, "write_"))).collect();
            assert_eq!(rows, golden, "{} {grouping}", home.display());
        }
        check_audit(&place);
    }
}

/// Checks that every line of a home is accounted for, and that one line is used for each response.
fn check_audit(place: &Place) {
    let audit: Value = serde_json::from_str(&place.print(&["audit", "--json", "--tz", "UTC"])).unwrap();
    let count = |of: &Value| of.as_u64().unwrap();
    let mut used = 0;
    for home in audit["lines"].as_array().unwrap() {
        let skipped: u64 = home["skipped"].as_object().unwrap().values().map(count).sum();
        let accounted = ["used", "duplicate", "unbilled", "forgotten"].map(|kind| count(&home[kind]));
        assert_eq!(count(&home["read"]), accounted.iter().sum::<u64>() + skipped, "{home}");
        used += accounted[0];
    }
    assert_eq!(used, count(&audit["responses"]["totals"]["responses"]), "{}", place.claude().display());
}

#[test]
fn a_second_run_changes_nothing() {
    let Some(corpora) = corpora() else { return };
    let place = Place::reading(&corpora.join("irrlicht"));
    let answer = || {
        let json = place.print(&["daily", "--json"]);
        let lines = json.lines().filter(|line| !line.contains("\"generated_at\""));
        (Report::parse(&json).meta.data_version, lines.collect::<Vec<_>>().join("\n"))
    };
    let (version, first) = answer();
    assert!(version > 0);
    assert_eq!(answer(), (version, first));
}

#[test]
fn small_cases_give_their_known_answers_to_the_last_decimal() {
    let Some(corpora) = corpora() else { return };
    let cases = json(&corpora.join("../cases/transcript-cases.json"));
    for case in cases.as_array().unwrap() {
        let place = Place::empty();
        for (path, lines) in case["files"].as_object().unwrap() {
            let lines: Vec<_> = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            place.append(path, lines.join("\n").as_bytes());
        }
        for report in Figures::REPORTS {
            let report = Report::parse(&place.print(&[report, "--json"]));
            report.check_sum();
            assert_eq!(found(&report.totals), expected(&case["expect"], "cache_write_"), "{}", case["name"]);
        }
    }
}
