//! Sessions and subagents that are active at once.

use super::{at_noon, escaped, everyday};
use crate::place::{Place, Ran, response};
use crate::running::Running;
use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NOW: &str = "2026-03-11T10:00:00Z";
const SESSIONS: [&str; 3] = [
    "aaaaaaaa-1111-4111-8111-111111111111",
    "bbbbbbbb-2222-4222-8222-222222222222",
    "cccccccc-3333-4333-8333-333333333333",
];
const MINUTE: u64 = 60_000;
const FIGURES: [&str; 5] = ["active_ms", "one_ms", "two_ms", "more_ms", "total_ms"];

/// Returns a response of a subagent.
fn of_subagent(session: &str, number: u32, at: &str, agent: &str) -> String {
    let mut line: Value = serde_json::from_str(response(session, number, 100, at).trim()).unwrap();
    line["isSidechain"] = json!(true);
    line["agentId"] = json!(agent);
    format!("{line}\n")
}

/// Returns a place with three sessions around midnight, one with two subagents, and a server.
fn working() -> (Place, Running) {
    let place = Place::empty();
    let [one, two, three] = SESSIONS;
    let write = |name: String, lines: &[String]| {
        place.append(&format!("projects/-home-u-live/{name}.jsonl"), lines.concat().as_bytes());
    };
    write(
        one.to_owned(),
        &[response(one, 1, 100, "2026-03-09T23:50:00Z"), response(one, 2, 100, "2026-03-09T23:54:00Z")],
    );
    write(
        two.to_owned(),
        &[response(two, 3, 100, "2026-03-09T23:58:00Z"), response(two, 4, 100, "2026-03-10T08:00:00Z")],
    );
    write(three.to_owned(), &[response(three, 5, 100, "2026-03-10T08:03:00Z")]);
    for (number, at, agent) in [(6, "2026-03-10T08:03:30Z", "a1"), (7, "2026-03-10T08:04:30Z", "a2")] {
        let line = of_subagent(three, number, at, agent);
        write(format!("{three}/subagents/agent-{agent}"), &[line]);
    }
    let server = Running::at(NOW, &place, &[]);
    (place, server)
}

#[test]
fn time_is_counted_by_how_many_are_active() {
    let (place, server) = working();
    let stats = server.json("concurrency?from=2026-03-09&to=2026-03-10");
    let at_once = |[peak, one, two, more]: [u64; 4], total_ms: u64, peak_at: &str| {
        let active_ms = (one + two + more) * MINUTE / 2;
        let [one_ms, two_ms, more_ms] = [one, two, more].map(|halves| halves * MINUTE / 2);
        json!({"peak": peak, "peak_at": peak_at, "mean": total_ms as f64 / active_ms as f64, "active_ms": active_ms,
            "one_ms": one_ms, "two_ms": two_ms, "more_ms": more_ms, "total_ms": total_ms})
    };
    let none = json!({"peak": 0, "peak_at": null, "mean": null, "active_ms": 0, "one_ms": 0, "two_ms": 0,
        "more_ms": 0, "total_ms": 0});
    // In halves of minutes: 23:50 to 23:59 one, from 23:58 on the second, cut at midnight.
    let before = at_once([2, 18, 2, 0], 11 * MINUTE, "2026-03-09T23:58:00.000Z");
    // 00:00 to 00:03, 08:00 to 08:05 and 08:03 to 08:09:30.
    let after = at_once([2, 6 + 6 + 9, 4, 0], (3 + 5) * MINUTE + 13 * MINUTE / 2, "2026-03-10T08:03:00.000Z");
    let subagents = at_once([2, 4, 8, 0], 10 * MINUTE, "2026-03-10T08:04:30.000Z");
    let expected = json!([
        {"start": "2026-03-09", "sessions": before, "subagents": none},
        {"start": "2026-03-10", "sessions": after, "subagents": subagents},
    ]);
    assert_eq!(stats["items"], expected);
    assert_eq!((&stats["bucket"], &stats["active_minutes"]), (&json!("day"), &json!(5)));
    assert_eq!(stats["subagents"], subagents);
    assert_eq!(stats["sessions"]["peak_at"], "2026-03-09T23:58:00.000Z");

    let main = server.json("concurrency?from=2026-03-10&to=2026-03-10&sidechain=false");
    assert_eq!((&main["subagents"], &main["sessions"]["total_ms"]), (&none, &json!(13 * MINUTE)));
    let one = server.json(&format!("concurrency?range=all&session={}", SESSIONS[0]));
    assert_eq!((&one["sessions"]["peak"], &one["sessions"]["total_ms"]), (&json!(1), &json!(9 * MINUTE)));
    let part = server.json("concurrency?from=2026-03-10&to=2026-03-10&until=2026-03-10T08:00:00Z");
    assert_eq!(part["sessions"]["total_ms"], 3 * MINUTE);
    server.stop();

    let print = |columns: usize| {
        let args = ["concurrency", "--from", "2026-03-09", "--to", "2026-03-10"];
        Ran::of(place.ctm(&args).env("COLUMNS", columns.to_string())).out
    };
    let narrow = print(80);
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    assert!(narrow.starts_with("Start       Most       Active  Subagents"), "{narrow}");
    let printed = print(100);
    let expected = "\
Start       Most  Mean       Active            1           2  3 or more  Subagents  Mean
2026-03-09     2   1.1  10 min        9 min        1 min                     0
2026-03-10     2   1.2  12 min 30 s  10 min 30 s  2 min                     2   1.7
";
    assert!(printed.starts_with("Start       Most"), "{printed}");
    assert!(printed.contains("Most sessions at once: 2, first at 2026-03-09 23:58."), "{printed}");
    let columns = |text: &str, line: usize| -> Vec<String> {
        text.lines()
            .nth(line)
            .unwrap()
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .map(str::to_owned)
            .collect()
    };
    for line in 0..3 {
        assert_eq!(columns(&printed, line), columns(expected, line), "{printed}");
    }
}

#[test]
fn a_period_without_usage_has_no_time() {
    let (place, server) = everyday();
    let stats = server.json("concurrency?from=2026-01-01&to=2026-01-02&bucket=hour");
    assert_eq!(stats["items"].as_array().unwrap().len(), 48);
    assert_eq!((&stats["sessions"]["peak"], &stats["sessions"]["mean"]), (&json!(0), &Value::Null));
    server.stop();
    let printed = place.print(&["concurrency", "--from", "2026-01-01", "--to", "2026-01-02"]);
    assert_eq!(printed, "No usage from 2026-01-01 to 2026-01-02 (UTC).\n");
}

/// Returns the times of all responses of each session, in epoch milliseconds.
fn times(server: &Running) -> BTreeMap<String, Vec<i64>> {
    let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("responses?range=all&limit=500{cursor}"));
        for item in page["items"].as_array().unwrap() {
            let at = DateTime::parse_from_rfc3339(item["at"].as_str().unwrap()).unwrap();
            let session = item["session"].as_str().unwrap().to_owned();
            times.entry(session).or_default().push(at.timestamp_millis());
        }
        let Some(next) = page["next_cursor"].as_str() else { return times };
        cursor = format!("&cursor={}", escaped(next));
    }
}

#[test]
fn the_active_times_of_all_sessions_are_the_integral() {
    let (place, _) = Place::generated(24, 400_000);
    let server = at_noon(&place);
    let all = server.json("concurrency?range=all");
    let end_ms =
        DateTime::parse_from_rfc3339(&format!("{}T23:59:59.999Z", all["meta"]["to"].as_str().unwrap()));
    let end_ms = end_ms.unwrap().timestamp_millis() + 1;
    let active_ms = |mut times: Vec<i64>| -> i64 {
        times.sort_unstable();
        let nexts = times.iter().skip(1).copied().chain([end_ms]);
        times.iter().zip(nexts).map(|(at_ms, next_ms)| (next_ms - at_ms).min(300_000)).sum()
    };
    let sum: i64 = times(&server).into_values().map(active_ms).sum();
    assert_eq!(all["sessions"]["total_ms"].as_i64(), Some(sum));

    let figure = |of: &Value, kind: &str, figure: &str| of[kind][figure].as_u64().unwrap();
    for query in ["range=30d", "range=30d&tz=Asia%2FKolkata", "range=30d&sidechain=true"] {
        let month = server.json(&format!("concurrency?{query}"));
        assert!(figure(&month, "sessions", "total_ms") > 0, "{query}: {month}");
        let hours = server.json(&format!("concurrency?{query}&bucket=hour"));
        for kind in ["sessions", "subagents"] {
            for stats in [&month, &hours] {
                let items = || stats["items"].as_array().unwrap().iter();
                for name in FIGURES {
                    let sum: u64 = items().map(|item| figure(item, kind, name)).sum();
                    assert_eq!(figure(&month, kind, name), sum, "{query} {kind} {name}");
                }
                let peak = items().map(|item| figure(item, kind, "peak")).max();
                assert_eq!(Some(figure(&month, kind, "peak")), peak, "{query} {kind}");
            }
        }
    }
    server.stop();
}
