//! The demonstration's work, as it is counted.

use crate::place::Place;
use ctm_corpus::LiveWork;
use serde_json::Value;
use std::path::Path;

/// The beginning of the first day: 2026-03-09T08:00:00Z, a Monday.
const MORNING: i64 = 1_773_043_200_000;

/// Days of work.
const DAYS: i64 = 5;

/// Writes the work of some days.
fn work(home: &Path, seed: u64) {
    let mut work = LiveWork::begin(home, seed, MORNING).unwrap();
    let mut at_ms = MORNING;
    while at_ms < MORNING + DAYS * 24 * 60 * 60 * 1000 {
        let pause = work.append(at_ms).unwrap();
        at_ms += i64::try_from(pause.as_millis()).unwrap();
    }
}

#[test]
fn a_day_of_the_demonstration_costs_what_one_person_uses() {
    for seed in [1, 2] {
        let place = Place::empty();
        work(place.claude(), seed);
        let report: Value =
            serde_json::from_str(&place.print(&["daily", "--no-database", "--json"])).unwrap();
        let days = report["days"].as_array().unwrap();
        let used: Vec<_> = days.iter().filter(|day| day["responses"] != 0).collect();
        assert_eq!(i64::try_from(used.len()).unwrap(), DAYS, "{report}");
        for day in used {
            let (responses, cost) = (day["responses"].as_u64().unwrap(), day["cost_usd"].as_f64().unwrap());
            assert!((100..800).contains(&responses), "{}: {responses} responses", day["date"]);
            assert!((5.0..60.0).contains(&cost), "{}: ${cost}", day["date"]);
        }
    }
}
