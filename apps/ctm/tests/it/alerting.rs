//! Alerts of every kind from a home, at a given time, and once each.

use crate::place::{Place, response};
use chrono::{DateTime, Days, TimeDelta, Utc};
use ctm_config::prices;
use ctm_ingest::conditions::{Code, Condition, Conditions, Subject};
use ctm_ingest::open_store;
use ctm_personal::{AlertContext, AttemptEnd, DueDelivery, Personal, StoredRule};
use ctm_report::clock::Clock;
use ctm_report::wire::ListedChannel;
use ctm_report::{DatabaseReports, Homes, Reporter};
use ctm_server::alerts::Evaluation;
use ctm_server::channels::{AlertChannel, Channels, deliver};
use ctm_types::{EpochMs, LimitSample, LimitWindow};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Evaluates the rules of a place at a time, as a server that was just started does; returns the titles.
fn raised(place: &Place, at: &str, conditions: &[Condition]) -> Vec<String> {
    let settings = place.settings(&[]);
    let prices = prices::load(&settings).unwrap();
    let clock = Clock::frozen(time(at));
    Runtime::new().unwrap().block_on(async {
        let store = open_store(&settings, prices.context_thresholds()).await.unwrap();
        let reporter = Reporter::new(store.clone(), prices, clock.clone(), Homes::new(&settings.homes));
        let archive = DatabaseReports::new(store.clone(), reporter);
        let personal = Personal::new(store.clone());
        let mut evaluation = Evaluation::new(archive, personal, clock, settings.tz);
        let alerts = evaluation.evaluate(conditions).await.unwrap();
        assert_eq!(evaluation.evaluate(conditions).await.unwrap(), []);
        store.close().await;
        let mut titles: Vec<_> = alerts.into_iter().map(|alert| alert.content.texts.en.title).collect();
        titles.sort();
        titles
    })
}

/// A place whose limit of five hours was reported at these times.
fn report_limits(place: &Place, reports: &[(&str, f64)]) {
    let sample = |(at, used_percentage): &(&str, f64)| {
        let at_ms = EpochMs(time(at).timestamp_millis());
        LimitSample {
            home: place.claude().to_str().unwrap().to_owned(),
            session: "big".to_owned(),
            window: LimitWindow::by_name("five_hour").unwrap(),
            used_percentage: *used_percentage,
            resets_at_ms: Some(EpochMs(time("2026-03-11T11:00:00Z").timestamp_millis())),
            first_at_ms: at_ms,
            last_at_ms: at_ms,
        }
    };
    let samples: Vec<_> = reports.iter().map(sample).collect();
    Runtime::new().unwrap().block_on(async {
        let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
        store.add_samples(&samples, &[], Duration::from_secs(5)).await.unwrap();
        store.close().await;
    });
}

/// A place with forty hours and sessions of 1.5 cents, one of the day before, and one of 15 dollars at half past nine.
fn with_usage() -> Place {
    let place = Place::empty();
    let first = time("2026-03-01T00:10:00Z");
    let add = |number: u32, session: &str, output: u64, at: DateTime<Utc>| {
        let line = response(session, number, output, &at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string());
        let line =
            if number == 0 { line.replace("claude-sonnet-4-5-20250929", "house-model-1") } else { line };
        place.append(&format!("projects/-home-u-live/{session}.jsonl"), line.as_bytes());
    };
    for number in 0..=40 {
        add(number, &format!("s{number:02}"), 1_000, first + TimeDelta::hours(number.into()));
    }
    add(41, "yesterday", 1_000, first + Days::new(9));
    add(42, "big", 1_000_000, time("2026-03-11T09:30:00Z"));
    place.print(&["daily", "--range", "all"]);
    place
}

#[test]
fn every_kind_is_raised_once_with_its_figures() {
    let place = with_usage();
    let reports =
        [("2026-03-11T09:00:00Z", 60.0), ("2026-03-11T09:15:00Z", 75.0), ("2026-03-11T09:30:00Z", 90.0)];
    report_limits(&place, &reports);
    for (kind, more) in [
        ("budget", &["--level", "hard"][..]),
        ("limit_used", &["--percent", "85"]),
        ("limit_reset", &["--minutes", "90"]),
        ("limit_reached", &[]),
        ("spend_rate", &["--usd-per-minute", "5"]),
        ("unusual_hour", &[]),
        ("unusual_session", &[]),
        ("unpriced_model", &[]),
        ("expiring_transcripts", &[]),
        ("condition", &[]),
        ("day_summary", &[]),
        ("week_summary", &[]),
    ] {
        place.print(&[&["alert", "add", kind, "--watch", kind], more].concat());
    }
    for (name, amount, per) in [("month", "15", "month"), ("rolling", "10", "7d"), ("fine", "99", "month")] {
        place.print(&["budget", "add", name, "--usd", amount, "--per", per]);
    }
    let conditions = Conditions::new(Clock::frozen(time("2026-03-11T09:31:00Z")));
    conditions.report(Subject::Database, Some((Code::DatabaseLocked, "it is locked; wait".to_owned())));
    let home = place.claude().display();
    let limit = format!("The 5-hour limit of {home}");
    let mut expected = vec![
        "2026-03-10 cost $0.02".to_owned(),
        "Budget month is at 104 % of $15.00 for March 2026".to_owned(),
        "Budget rolling is at 150 % of $10.00 in the last 7 days".to_owned(),
        format!("90 % of the 5-hour limit of {home} is used"),
        format!("{limit} is reached at 2026-03-11 09:42 at this pace"),
        format!("{limit} resets at 2026-03-11 11:00"),
        "Problem: database locked".to_owned(),
        "Session big cost $15.00, which is unusual".to_owned(),
        "The active sessions cost $7.50 a minute".to_owned(),
        "The hour from 2026-03-11 09:00 cost $15.00, which is unusual".to_owned(),
        "The model house-model-1 has no price".to_owned(),
        "The week from 2026-03-02 cost $0.26".to_owned(),
    ];
    expected.sort();
    assert_eq!(raised(&place, "2026-03-11T09:32:00Z", &conditions.all()), expected);
    // Later, and on the next day, only what is new; the rolling budget stays at its level.
    assert_eq!(raised(&place, "2026-03-11T10:00:00Z", &conditions.all()), [""; 0]);
    assert_eq!(raised(&place, "2026-03-12T00:00:00Z", &conditions.all()), ["2026-03-11 cost $15.00"]);
    assert_eq!(raised(&place, "2026-03-13T12:00:00Z", &[]), [""; 0]);
}

#[test]
fn quiet_hours_defer_an_alert_and_a_problem_that_returns_is_another_one() {
    let place = Place::everyday();
    place.print(&["alert", "add", "a", "--watch", "condition", "--quiet", "22:00-07:00"]);
    let at = |since: &str| {
        let conditions = Conditions::new(Clock::frozen(time(since)));
        conditions.report(Subject::Database, Some((Code::DatabaseLocked, "it is locked".to_owned())));
        conditions.all()
    };
    let first = at("2026-03-11T23:00:00Z");
    assert_eq!(raised(&place, "2026-03-11T23:01:00Z", &first), [""; 0]);
    assert_eq!(raised(&place, "2026-03-12T07:00:00Z", &first), ["Problem: database locked"]);
    assert_eq!(raised(&place, "2026-03-12T08:00:00Z", &first), [""; 0]);
    assert_eq!(
        raised(&place, "2026-03-12T09:00:00Z", &at("2026-03-12T08:30:00Z")),
        ["Problem: database locked"]
    );
}

/// A channel that ends its attempts as it is given, and keeps the ids of what it was sent.
struct Desk {
    ends: Mutex<Vec<AttemptEnd>>,
    received: Mutex<Vec<String>>,
}

impl AlertChannel for Desk {
    fn name(&self) -> &str {
        "desk"
    }

    fn listed(&self) -> ListedChannel {
        ListedChannel { name: self.name().to_owned(), kind: "exec", language: "en", problem: None }
    }

    fn send(&self, due: &DueDelivery, _now: EpochMs) -> (String, AttemptEnd) {
        self.received.lock().unwrap().push(due.alert.id.clone());
        let end = self.ends.lock().unwrap().remove(0);
        (format!("attempt {}", due.attempts + 1), end)
    }
}

#[test]
fn alerts_are_sent_again_with_their_id_until_they_are_received() {
    let place = Place::everyday();
    place.print(&["alert", "add", "a", "--watch", "condition"]);
    let ends = vec![AttemptEnd::Again(EpochMs(2_000)), AttemptEnd::Again(EpochMs(3_000)), AttemptEnd::Sent];
    let desk = Arc::new(Desk { ends: Mutex::new(ends), received: Mutex::default() });
    let channels: Channels = Arc::new([Arc::clone(&desk) as Arc<dyn AlertChannel>]);
    let sent = |at_ms: i64| {
        Runtime::new().unwrap().block_on(async {
            let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
            let sent = deliver(&Personal::new(store.clone()), &channels, EpochMs(at_ms)).await.unwrap();
            store.close().await;
            sent
        })
    };
    assert_eq!(sent(0), 0);
    Runtime::new().unwrap().block_on(async {
        let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
        let personal = Personal::new(store.clone());
        let names = ["desk", "removed"].map(str::to_owned);
        let to = AlertContext { now: EpochMs(1_000), tz: chrono_tz::Tz::UTC, channels: &names };
        let id = personal.all::<StoredRule>().await.unwrap()[0].id.clone();
        personal.test_alert(&id, &to).await.unwrap();
        store.close().await;
    });
    assert_eq!(
        [sent(999), sent(1_000), sent(1_999), sent(2_000), sent(3_000), sent(i64::MAX)],
        [0, 2, 0, 1, 1, 0]
    );
    let received = desk.received.lock().unwrap();
    assert!(received.len() == 3 && received.iter().all(|id| *id == received[0]));
    let history: serde_json::Value =
        serde_json::from_str(&place.print(&["alert", "history", "--json"])).unwrap();
    let shown = |index: usize| {
        let of = &history["items"][0]["deliveries"][index];
        (of["state"].clone(), of["attempts"].clone(), of["answer"].clone())
    };
    assert_eq!(shown(0), ("sent".into(), 3.into(), "attempt 3".into()));
    assert_eq!(shown(1), ("failed".into(), 1.into(), "no channel has this name any more".into()));
}
