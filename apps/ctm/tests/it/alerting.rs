//! Alerts of every kind from a home, at a given time, and once each.

use crate::place::{Place, response};
use crate::stored::sqlite3;
use chrono::{DateTime, Days, TimeDelta, Utc};
use ctm_config::prices;
use ctm_document::Language;
use ctm_ingest::conditions::{Code, Condition, Conditions, Subject};
use ctm_ingest::open_store;
use ctm_personal::{AlertContext, AttemptEnd, DueDelivery, Personal, StoredRule};
use ctm_report::clock::Clock;
use ctm_report::wire::{ListedChannel, ReportNames};
use ctm_report::{DatabaseReports, Homes, Reporter};
use ctm_server::alert_reports::{AlertReports, ReportForm, SentReport};
use ctm_server::alerts::Evaluation;
use ctm_server::channels::{AlertChannel, Channels, deliver};
use ctm_types::{EpochMs, LimitSample, LimitWindow};
use std::fs::File;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A place as a server has it at a time.
struct At {
    archive: DatabaseReports,
    personal: Personal,
    clock: Clock,
    tz: chrono_tz::Tz,
}

/// Opens the database of a place at a time, and closes it after `run`.
fn opened<T>(place: &Place, at: &str, run: impl AsyncFnOnce(&At) -> T) -> T {
    let settings = place.settings(&[]);
    let prices = prices::load(&settings).unwrap();
    let clock = Clock::frozen(time(at));
    Runtime::new().unwrap().block_on(async {
        let store = open_store(&settings, prices.context_thresholds()).await.unwrap();
        let reporter = Reporter::new(store.clone(), prices, clock.clone(), Homes::new(&settings.homes));
        let archive = DatabaseReports::new(store.clone(), reporter);
        let result =
            run(&At { archive, personal: Personal::new(store.clone()), clock, tz: settings.tz }).await;
        store.close().await;
        result
    })
}

impl At {
    /// Returns the evaluation of a server that was just started.
    fn evaluation(&self) -> Evaluation {
        Evaluation::new(self.archive.clone(), self.personal.clone(), self.clock.clone(), self.tz)
    }

    async fn deliver(&self, channels: &Channels) -> usize {
        let reports = AlertReports { archive: &self.archive, tz: self.tz };
        deliver(&self.personal, reports, channels, self.clock.now_ms()).await.unwrap()
    }
}

/// Evaluates the rules of a place at a time; returns the titles.
fn raised(place: &Place, at: &str, conditions: &[Condition]) -> Vec<String> {
    opened(place, at, async |at| {
        let mut evaluation = at.evaluation();
        let alerts = evaluation.evaluate(conditions).await.unwrap();
        assert_eq!(evaluation.evaluate(conditions).await.unwrap(), []);
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
///
/// At 15 dollars per million, 1,000 output tokens are $0.015, and a million are $15. The first hour, number 0, has a model without a price.
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
        ("month_summary", &[]),
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
        // One response: $0.015.
        "2026-03-10 cost $0.02".to_owned(),
        // 40 times $0.015 with a price, the one of the day before, and $15: $15.615.
        "Budget month is at 104 % of $15.00 for March 2026".to_owned(),
        // Since 5 March: $0.015 and $15.
        "Budget rolling is at 150 % of $10.00 in the last 7 days".to_owned(),
        format!("90 % of the 5-hour limit of {home} is used"),
        // 30 % since nine o'clock, in 32 minutes: the last 10 % take 10 minutes and 40 seconds from 09:32 on.
        format!("{limit} is reached at 2026-03-11 09:42 at this pace"),
        format!("{limit} resets at 2026-03-11 11:00"),
        "Problem: database locked".to_owned(),
        "Session big cost $15.00, which is unusual".to_owned(),
        // $15 in the two minutes since half past nine.
        "The active sessions cost $7.50 a minute".to_owned(),
        "The hour from 2026-03-11 09:00 cost $15.00, which is unusual".to_owned(),
        "The model house-model-1 has no price".to_owned(),
        // The hours from 00:10 to 16:10 on 2 March, numbers 24 to 40: 17 times $0.015 is $0.255.
        "The week from 2026-03-02 cost $0.26".to_owned(),
    ];
    expected.sort();
    assert_eq!(raised(&place, "2026-03-11T09:32:00Z", &conditions.all()), expected);
    // Later, and on the next day, only what is new; the rolling budget stays at its level.
    assert_eq!(raised(&place, "2026-03-11T10:00:00Z", &conditions.all()), [""; 0]);
    assert_eq!(raised(&place, "2026-03-12T00:00:00Z", &conditions.all()), ["2026-03-11 cost $15.00"]);
    assert_eq!(raised(&place, "2026-03-13T12:00:00Z", &[]), [""; 0]);
    // The whole: forty hours and a day of 1.5 cents, and 15 dollars.
    assert_eq!(raised(&place, "2026-04-01T00:00:00Z", &[]), ["March 2026 cost $15.62"]);
}

#[test]
fn transcripts_that_are_deleted_soon_are_alerted_to_unless_they_are_stored() {
    let place = Place::empty();
    for name in ["a", "b"] {
        let file = format!("projects/-home-u-live/{name}.jsonl");
        place.append(&file, response(name, 1, 1_000, "2026-02-10T00:00:00.000Z").as_bytes());
        let modified = SystemTime::from(time("2026-02-10T00:00:00Z"));
        let file = File::options().append(true).open(place.claude().join(file)).unwrap();
        file.set_modified(modified).unwrap();
    }
    place.print(&["daily"]);
    place.print(&["alert", "add", "a", "--watch", "expiring_transcripts"]);
    assert_eq!(raised(&place, "2026-03-11T10:00:00Z", &[]), [""; 0]);
    // As a reading leaves it that was broken off.
    let broken_off = "UPDATE source_file SET size_bytes = 0, tail = NULL WHERE path LIKE '%b.jsonl'";
    if sqlite3(&place.database(), broken_off).is_none() {
        println!("skipped: there is no sqlite3");
        return;
    }
    // Claude Code deletes after 30 days; three days before, on 9 March, it is soon.
    assert_eq!(raised(&place, "2026-03-09T00:00:00Z", &[]), [""; 0]);
    let title = |day: &str| vec![format!("1 transcript that is not stored is deleted by {day}")];
    assert_eq!(raised(&place, "2026-03-09T00:01:00Z", &[]), title("2026-03-12"));
    assert_eq!(raised(&place, "2026-03-09T20:00:00Z", &[]), [""; 0]);
    assert_eq!(raised(&place, "2026-03-10T00:00:00Z", &[]), title("2026-03-13"));
    place.print(&["daily"]);
    assert_eq!(raised(&place, "2026-03-11T00:00:00Z", &[]), [""; 0]);
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

/// A channel that ends its attempts as it is given, and keeps the ids of what it was sent, with the reports.
struct Desk {
    ends: Mutex<Vec<AttemptEnd>>,
    received: Mutex<Vec<(String, Option<SentReport>)>>,
}

impl Desk {
    fn with(ends: Vec<AttemptEnd>) -> (Arc<Self>, Channels) {
        let desk = Arc::new(Self { ends: Mutex::new(ends), received: Mutex::default() });
        let channels: Channels = Arc::new([Arc::clone(&desk) as Arc<dyn AlertChannel>]);
        (desk, channels)
    }
}

impl AlertChannel for Desk {
    fn name(&self) -> &str {
        "desk"
    }

    fn listed(&self) -> ListedChannel {
        ListedChannel { name: self.name().to_owned(), kind: "exec", language: "en", problem: None }
    }

    fn report_form(&self) -> ReportForm {
        ReportForm { language: Language::English, names: ReportNames::Numbered }
    }

    fn send(&self, due: &DueDelivery, report: Option<SentReport>, _now: EpochMs) -> (String, AttemptEnd) {
        self.received.lock().unwrap().push((due.alert.id.clone(), report));
        let end = self.ends.lock().unwrap().remove(0);
        (format!("attempt {}", due.attempts + 1), end)
    }
}

#[test]
fn alerts_are_sent_again_with_their_id_until_they_are_received() {
    let place = Place::everyday();
    place.print(&["alert", "add", "a", "--watch", "condition"]);
    let at = |ms: i64| EpochMs(time("2026-03-11T10:00:00Z").timestamp_millis() + ms);
    let (desk, channels) =
        Desk::with(vec![AttemptEnd::Again(at(2_000)), AttemptEnd::Again(at(3_000)), AttemptEnd::Sent]);
    let sent = |now: &str| opened(&place, now, async |at| at.deliver(&channels).await);
    assert_eq!(sent("2026-03-11T09:00:00Z"), 0);
    opened(&place, "2026-03-11T10:00:01Z", async |at| {
        let names = ["desk", "removed"].map(str::to_owned);
        let to = AlertContext { now: at.clock.now_ms(), tz: at.tz, channels: &names };
        let id = at.personal.all::<StoredRule>().await.unwrap()[0].id.clone();
        at.personal.test_alert(&id, &to).await.unwrap();
    });
    let times = [
        ("2026-03-11T10:00:00.999Z", 0),
        ("2026-03-11T10:00:01Z", 2),
        ("2026-03-11T10:00:01.999Z", 0),
        ("2026-03-11T10:00:02Z", 1),
        ("2026-03-11T10:00:03Z", 1),
        ("2027-03-11T10:00:00Z", 0),
    ];
    for (now, attempts) in times {
        assert_eq!(sent(now), attempts, "{now}");
    }
    let received = desk.received.lock().unwrap();
    assert!(
        received.len() == 3 && received.iter().all(|(id, report)| *id == received[0].0 && report.is_none())
    );
    let history: serde_json::Value =
        serde_json::from_str(&place.print(&["alert", "history", "--json"])).unwrap();
    let shown = |index: usize| {
        let of = &history["items"][0]["deliveries"][index];
        (of["state"].clone(), of["attempts"].clone(), of["answer"].clone())
    };
    assert_eq!(shown(0), ("sent".into(), 3.into(), "attempt 3".into()));
    assert_eq!(shown(1), ("failed".into(), 1.into(), "no channel has this name any more".into()));
}

#[test]
fn a_summary_is_sent_with_the_written_report_of_its_days() {
    let place = with_usage();
    for kind in ["day_summary", "week_summary", "month_summary"] {
        place.print(&["alert", "add", kind, "--watch", kind]);
    }
    let (desk, channels) = Desk::with(vec![AttemptEnd::Sent; 3]);
    let deliver = |now: &str| {
        opened(&place, now, async |at| {
            let mut evaluation = at.evaluation().sending_to(vec!["desk".to_owned()]);
            evaluation.evaluate(&[]).await.unwrap();
            at.deliver(&channels).await
        })
    };
    // The day and the week, and later the month.
    assert_eq!([deliver("2026-03-11T00:00:00Z"), deliver("2026-04-01T00:00:00Z")], [2, 1]);
    let received = desk.received.lock().unwrap();
    let days = [("2026-03-10", "2026-03-10"), ("2026-03-02", "2026-03-08"), ("2026-03-01", "2026-03-31")];
    for (from, to) in days {
        // The last line has the time at which a report was written.
        let without_time = |text: &str| text.trim_end().rsplit_once('\n').unwrap().0.to_owned();
        let args = ["report", "--from", from, "--to", to, "--names=numbered"];
        let [markdown, html] = ["md", "html"]
            .map(|format| place.print(&[&args[..], &["--no-update", "--format", format]].concat()));
        let reports = received.iter().filter_map(|(_, report)| report.as_ref());
        let of_days: Vec<_> =
            reports.filter(|report| without_time(&report.markdown) == without_time(&markdown)).collect();
        let [report] = of_days[..] else { panic!("{from} to {to}: {received:#?}\n{markdown}") };
        let body = |html: &str| html.split_once("<footer>").unwrap().0.to_owned();
        assert_eq!(body(&report.html), body(&html));
        assert!(report.markdown.contains("Project A") && !report.markdown.contains("live"));
        assert!(report.summary.starts_with(from) && report.summary.contains("for "), "{}", report.summary);
    }
}
