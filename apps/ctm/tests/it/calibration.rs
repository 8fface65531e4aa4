//! What one percent of an official limit buys, of stored reports and transcripts.

use crate::http::get;
use crate::place::{Place, response};
use crate::running::Running;
use ctm_types::{EpochMs, LimitSample, LimitWindow};
use serde_json::{Value, json};
use std::time::Duration;

const NOW: &str = "2026-03-11T10:00:00Z";
const PATH: &str = "limits/calibration?from=2026-03-01&to=2026-03-11&tz=UTC";
const SESSION: &str = "77777777-7777-4777-8777-777777777777";

/// The first report, on 2026-03-10 at midnight UTC.
const START_MS: i64 = 1_773_100_800_000;
const MINUTE_MS: i64 = 60_000;

/// Responses a minute apart, in thousands of output tokens, each followed by a report of one more percent; 0 for none.
fn used(thousands: &[u64]) -> Place {
    let place = Place::empty();
    let at = |minute: usize| START_MS + i64::try_from(minute).unwrap() * MINUTE_MS;
    let mut lines = String::new();
    for (minute, thousand) in thousands.iter().enumerate().filter(|(_, thousand)| **thousand > 0) {
        let time = chrono::DateTime::from_timestamp_millis(at(minute + 1) - 1_000).unwrap().to_rfc3339();
        lines += &response(SESSION, u32::try_from(minute).unwrap(), thousand * 1_000, &time);
    }
    place.append(&format!("projects/-home-u-live/{SESSION}.jsonl"), lines.as_bytes());
    place.print(&["daily"]);
    let samples = (0..=thousands.len()).map(|minute| sample(&place, minute, at(minute)));
    store(&place, &samples.collect::<Vec<_>>());
    place
}

fn sample(place: &Place, percent: usize, at_ms: i64) -> LimitSample {
    LimitSample {
        home: place.claude().to_str().unwrap().to_owned(),
        session: SESSION.to_owned(),
        window: LimitWindow::SevenDay,
        used_percentage: u32::try_from(percent).unwrap().into(),
        resets_at_ms: Some(EpochMs(START_MS + 7 * 24 * 60 * MINUTE_MS)),
        first_at_ms: EpochMs(at_ms),
        last_at_ms: EpochMs(at_ms),
    }
}

fn store(place: &Place, samples: &[LimitSample]) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
        store.add_samples(samples, &[], Duration::from_secs(5)).await.unwrap();
    });
}

/// 60 rises: 10,000 tokens of output each, 8,000 from the 31st on, and one without a response.
fn changing() -> Place {
    let mut thousands = vec![10; 30];
    thousands.extend([8; 30]);
    thousands[40] = 0;
    used(&thousands)
}

#[test]
fn a_percent_buys_what_was_used_while_it_rose_until_that_changes() {
    let place = changing();
    let server = Running::at(NOW, &place, &[]);
    let answer = server.json(PATH);
    let limit = &answer["limits"][0];
    assert_eq!((&limit["window"], &limit["windows"]), (&json!("seven_day"), &json!(1)));
    assert_eq!((&limit["observations"], &limit["unpriced_observations"]), (&json!(60), &json!(0)));
    let figures = |rate: &Value| {
        ["from", "observations", "usd_per_percent", "usd_lower", "tokens_per_percent", "tokens_upper"]
            .map(|name| rate[name].clone())
    };
    let rates: Vec<_> = limit["rates"].as_array().unwrap().iter().map(figures).collect();
    // Output at 15 dollars per million.
    let expected = [
        json!(["2026-03-10T00:00:00.000Z", 30, 0.15, 0.15, 10_000, 10_000]),
        json!(["2026-03-10T00:30:00.000Z", 29, 0.12, 0.12, 8_000, 8_000]),
    ];
    assert_eq!(json!(rates), json!(expected));
    let changes: Vec<_> =
        limit["rates"].as_array().unwrap().iter().map(|rate| rate["change"].as_f64()).collect();
    assert!(changes[0].is_none() && (changes[1].unwrap() + 0.2).abs() < 1e-9, "{changes:?}");
    assert!(limit["rates"][1]["p_value"].as_f64().unwrap() < 1e-6, "{limit}");
    assert_eq!((&limit["elsewhere_percent"], &limit["elsewhere_observations"]), (&json!(1.0), &json!(1)));
    assert_eq!(limit["elsewhere"][0]["from"], "2026-03-10T00:40:00.000Z");
    assert_eq!(server.json(&format!("{PATH}&home=other"))["limits"], json!([]));
    assert_eq!(server.json("limits/calibration?to=2026-03-09")["limits"], json!([]));
    server.stop();

    let days = ["limits", "--calibration", "--from", "2026-03-01", "--to", "2026-03-11", "--tz", "UTC"];
    let printed: Value = serde_json::from_str(&place.print(&[&days[..], &["--json"]].concat())).unwrap();
    assert_eq!(printed, answer);
    let text = place.print(&days);
    for part in ["2026-03-10 00:00     $0.15", "$0.12 to $0.12", "8.00k", "-20%"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let elsewhere = "7 days: at least 1.0% was used elsewhere, in 1 rise";
    assert!(text.contains(elsewhere), "{text}");
}

#[test]
fn a_few_rises_say_nothing_and_an_early_reset_is_shown() {
    let place = used(&[10; 4]);
    // Two hours later the same session reports less of the same window.
    store(&place, &[sample(&place, 0, START_MS + 120 * MINUTE_MS)]);
    let server = Running::at(NOW, &place, &[]);
    let limit = server.json(PATH)["limits"][0].clone();
    assert_eq!((&limit["rates"], &limit["elsewhere_percent"]), (&json!([]), &Value::Null));
    let reset = &limit["early_resets"][0];
    assert_eq!((&reset["at"], &reset["used_before"]), (&json!("2026-03-10T02:00:00.000Z"), &json!(4.0)));
    server.stop();
    let text = place.print(&["limits", "--calibration", "--from", "2026-03-01", "--to", "2026-03-11"]);
    assert!(text.contains("7 days: 4 rises were reported; a rate needs 5"), "{text}");
    assert!(text.contains("7 days: reset early, by 2026-03-10 02:00 at 4%"), "{text}");
}

#[test]
fn usage_without_a_price_is_in_no_rate() {
    let place = used(&[10; 20]);
    let line =
        response(SESSION, 900, 5, "2026-03-10T00:03:30Z").replace("claude-sonnet-4-5-20250929", "glm-5");
    place.append(&format!("projects/-home-u-live/{SESSION}.jsonl"), line.as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let limit = server.json(PATH)["limits"][0].clone();
    assert_eq!(
        (&limit["unpriced_observations"], &limit["rates"][0]["observations"]),
        (&json!(1), &json!(19))
    );
    server.stop();
}

#[test]
fn without_reports_there_is_nothing_and_wrong_days_are_refused() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("limits/calibration")["limits"], json!([]));
    let refused = get(&format!("{}api/v1/limits/calibration?from=2026-03-09&to=2026-03-01", server.url()));
    assert_eq!(refused.status, 400);
    server.stop();
    let text = place.print(&["limits", "--calibration"]);
    assert!(text.starts_with("No official limits were reported on these days."), "{text}");
}
