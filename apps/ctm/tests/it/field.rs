//! What people reported of other programs, rebuilt as small homes with the right answers, where
//! `CTM_CORPORA` names a folder beside them.

use crate::place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A report: its home, and what is right.
struct Case {
    place: Place,
    expect: Value,
}

/// Returns a report by its name.
fn case(name: &str) -> Option<Case> {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return None;
    };
    let folder = corpora.join("../cases/field").join(name);
    let expect: Value = serde_json::from_slice(&std::fs::read(folder.join("expect.json")).unwrap()).unwrap();
    Some(Case { place: Place::reading(&folder.join("claude")), expect: expect["expect"].clone() })
}

impl Case {
    fn json(&self, args: &[&str]) -> Value {
        let all = [args, &["--json", "--tz", "UTC"]].concat();
        serde_json::from_str(&self.place.print(&all)).unwrap()
    }

    /// Checks the figures of the totals that are expected.
    fn check_totals(&self, answer: &Value) {
        let totals = &answer["totals"];
        let expected = self.expect.as_object().unwrap().iter();
        for (name, expected) in expected.filter(|(name, _)| !matches!(name.as_str(), "why" | "projects")) {
            let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
            assert_eq!(totals[name].to_string(), expected, "{name} in {totals}");
        }
    }

    /// Checks the responses of each session, with and without a database.
    fn check_sessions(&self) {
        let expected: BTreeMap<String, u64> = serde_json::from_value(self.expect.clone()).unwrap();
        for more in [&["sessions"][..], &["sessions", "--no-database"]] {
            let answer = self.json(more);
            let items = answer["items"].as_array().unwrap().iter();
            let found: BTreeMap<String, u64> = items
                .map(|item| (item["id"].as_str().unwrap().to_owned(), item["responses"].as_u64().unwrap()))
                .collect();
            assert_eq!(found, expected, "{more:?}");
        }
    }
}

#[test]
fn a_fork_that_says_so_has_what_it_added() {
    let Some(case) = case("background-fork-marked") else { return };
    case.check_sessions();
}

#[test]
fn a_fork_that_does_not_say_so_has_what_it_added() {
    let Some(case) = case("fork-unmarked-smaller-name") else { return };
    case.check_sessions();
    let page = case.place.print(&["explain", "1aaaaaaa-2222-4222-8222-222222222222"]);
    let parent = "Forked from ffffffff-1111-4111-8111-111111111111 at 2026-08-09 10:10 (UTC), with 3 responses";
    assert!(page.contains(parent), "{page}");
}

#[test]
fn a_response_that_only_a_progress_record_holds_counts() {
    let Some(case) = case("embedded-only-counts") else { return };
    case.check_totals(&case.json(&["daily"]));
}

#[test]
fn the_zone_of_the_environment_is_that_of_days() {
    let Some(case) = case("tz-environment") else { return };
    let mut command = case.place.ctm(&["daily", "--csv"]);
    let ran = crate::place::Ran::of(command.env_remove("CTM_TZ").env("TZ", "Asia/Tokyo"));
    let day = case.expect["day"].as_str().unwrap();
    assert!(ran.out.lines().nth(1).is_some_and(|row| row.starts_with(day)), "{ran:?}");
}
