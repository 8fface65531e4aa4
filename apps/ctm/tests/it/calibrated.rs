//! The rates of official limits over a generated year and real homes: transcripts have no percentages, so that those of
//! an account with a known rate are computed from their responses; with the tables of what is found in
//! `docs/insight.md`.

use crate::document::check_table;
use crate::golden::corpora;
use crate::place::Place;
use ctm_types::{EpochMs, LimitSample, LimitWindow};
use serde_json::Value;
use std::time::Duration;

const HEAD: &str = "| window | windows | observations | a percent buys | found, median | quartiles | deviation | taken for use elsewhere |\n\
                    |---|---|---|---|---|---|---|---|\n";

/// Average responses that one percent buys.
const RESPONSES_PER_PERCENT: f64 = 10.0;

/// How far the median of a rate may be from the truth: single responses are a percent or more.
const LARGEST_DEVIATION: f64 = 0.15;

const HOUR_MS: i64 = 3_600_000;

/// A response: its time, and its cost in US dollars.
type Spent = (i64, f64);

/// Returns the priced responses of a home, in the order of their times.
fn spent(place: &Place) -> Vec<Spent> {
    let rows: Vec<Value> =
        serde_json::from_str(&place.print(&["export", "--dataset", "responses", "--format", "json"]))
            .unwrap();
    let spent = |row: &Value| {
        let at = chrono::DateTime::parse_from_rfc3339(row["at"].as_str().unwrap()).unwrap();
        (at.timestamp_millis(), row["cost_usd"].as_f64().unwrap_or_default())
    };
    let mut spent: Vec<Spent> = rows.iter().map(spent).collect();
    spent.sort_by_key(|(at_ms, _)| *at_ms);
    spent
}

/// Returns the responses by window: one begins with the first response after the end of the one before.
fn windows(spent: &[Spent], length_ms: i64) -> Vec<&[Spent]> {
    let mut windows = Vec::new();
    let mut rest = spent;
    while let Some((start_ms, _)) = rest.first() {
        let (of_window, further) =
            rest.split_at(rest.partition_point(|(at_ms, _)| *at_ms < start_ms + length_ms));
        windows.push(of_window);
        rest = further;
    }
    windows
}

/// Reports whole percents at each response, without that response; one percent buys ten average responses. Returns the
/// rate in US dollars, and the number of windows.
fn report(place: &Place, spent: &[Spent], window: LimitWindow) -> (f64, usize) {
    let length_ms = window.hours() * HOUR_MS;
    let windows = windows(spent, length_ms);
    let cost = |of: &[Spent]| of.iter().map(|(_, usd)| usd).sum::<f64>();
    let rate = cost(spent) / spent.len() as f64 * RESPONSES_PER_PERCENT;
    assert!(windows.iter().all(|of| cost(of) < 100.0 * rate), "a limit is reached");
    let samples = windows.iter().flat_map(|of_window| {
        let end_ms = of_window[0].0 + length_ms;
        let mut used = 0.0;
        of_window.iter().map(move |(at_ms, usd)| {
            let percent = f64::floor(used / rate);
            used += usd;
            (*at_ms, percent, end_ms)
        })
    });
    let sample = |(at_ms, used_percentage, end_ms): (i64, f64, i64)| LimitSample {
        home: place.claude().to_str().unwrap().to_owned(),
        session: "s".to_owned(),
        window,
        used_percentage,
        resets_at_ms: Some(EpochMs(end_ms)),
        first_at_ms: EpochMs(at_ms),
        last_at_ms: EpochMs(at_ms),
    };
    let samples: Vec<LimitSample> = samples.map(sample).collect();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
        store.add_samples(&samples, &[], Duration::from_secs(5)).await.unwrap();
    });
    (rate, windows.len())
}

/// Checks the rates that are found in a home, and returns their table.
fn check_rates(place: &Place) -> String {
    place.print(&["daily"]);
    let spent = spent(place);
    let days = [spent[0].0, spent[spent.len() - 1].0]
        .map(|at_ms| chrono::DateTime::from_timestamp_millis(at_ms).unwrap().date_naive().to_string());
    let mut table = HEAD.to_owned();
    for (name, window) in [("five_hour", LimitWindow::FiveHour), ("seven_day", LimitWindow::SevenDay)] {
        let (truth, count) = report(place, &spent, window);
        let calibration = [
            "limits",
            "--calibration",
            "--json",
            "--no-update",
            "--tz",
            "UTC",
            "--from",
            &days[0],
            "--to",
            &days[1],
        ];
        let found: Value = serde_json::from_str(&place.print(&calibration)).unwrap();
        let limits = found["limits"].as_array().unwrap();
        let limit = limits.iter().find(|limit| limit["window"] == name).unwrap();
        let rates = limit["rates"].as_array().unwrap();
        assert_eq!(rates.len(), 1, "the rate never changes: {limit}");
        let usd = |name: &str| rates[0][name].as_f64().unwrap();
        let (lower, median, upper) = (usd("usd_lower"), usd("usd_per_percent"), usd("usd_upper"));
        let deviation = median / truth - 1.0;
        assert!(deviation.abs() < LARGEST_DEVIATION, "{median} instead of {truth}");
        table += &format!(
            "| {} | {count} | {} | ${truth:.3} | ${median:.3} | ${lower:.3} to ${upper:.3} | {:+.1} % | {} |\n",
            name.replace('_', " "),
            rates[0]["observations"],
            deviation * 100.0,
            limit["elsewhere_observations"],
        );
    }
    table
}

#[test]
fn the_rate_of_a_generated_year_is_found() {
    let (place, _) = Place::of_days(1, 365, 16_000_000);
    check_table("calibrated", "calibration of a generated year", &check_rates(&place));
}

#[test]
fn the_rate_of_real_homes_is_found() {
    let Some(corpora) = corpora() else { return };
    for name in ["irrlicht", "claude-code-log"] {
        let place = Place::reading(&corpora.join(name));
        check_table("calibrated", &format!("calibration of {name}"), &check_rates(&place));
    }
}
