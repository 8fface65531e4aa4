//! Runs of hooks.

use super::{MAIN, at_noon, everyday, names};
use crate::http::{host, request_with};
use crate::place::{Place, response};
use crate::running::Running;
use serde_json::{Value, json};

const NOW: &str = "2026-03-11T10:00:00Z";
const ONE: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const OTHER: &str = "bbbbbbbb-2222-4222-8222-222222222222";

/// Returns a line with the hooks that ran at the end of a turn, each a command and a duration.
fn hooks(session: &str, number: u32, at: &str, ran: &[(&str, Option<u64>)]) -> String {
    let infos: Vec<Value> = ran
        .iter()
        .map(|(command, duration_ms)| match duration_ms {
            Some(duration_ms) => json!({"command": command, "durationMs": duration_ms}),
            None => json!({"command": command}),
        })
        .collect();
    let line = json!({
        "type": "system", "subtype": "stop_hook_summary", "uuid": format!("{session}-{number}"),
        "timestamp": at, "sessionId": session, "hookInfos": infos, "hookErrors": [],
    });
    format!("{line}\n")
}

/// Returns a place with two sessions of two models, and a server.
fn working() -> (Place, Running) {
    let place = Place::empty();
    let lint = "/home/u/.claude/hooks/lint.sh --all";
    let of_one = [
        response(ONE, 1, 100, "2026-03-09T08:00:00Z"),
        hooks(ONE, 1, "2026-03-09T08:00:01Z", &[(lint, Some(100)), ("node notify.js", Some(40))]),
        response(ONE, 2, 100, "2026-03-10T08:00:00Z"),
        hooks(ONE, 2, "2026-03-10T08:00:01Z", &[(lint, Some(300)), ("what is this", Some(7))]),
        hooks(ONE, 3, "2026-03-10T08:00:02Z", &[(lint, None)]),
    ];
    let of_other = response(OTHER, 3, 100, "2026-03-10T09:00:00Z")
        .replace("claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001");
    let of_other = [
        of_other,
        hooks(OTHER, 1, "2026-03-10T09:00:01Z", &[(lint, Some(200))]),
        // No response of the main conversation is in the hour before it.
        hooks(OTHER, 2, "2026-03-10T10:30:00Z", &[(lint, Some(5_000))]),
    ];
    place.append(&format!("projects/-home-u-live/{ONE}.jsonl"), of_one.concat().as_bytes());
    place.append(&format!("projects/-home-u-live/{OTHER}.jsonl"), of_other.concat().as_bytes());
    let server = Running::at(NOW, &place, &[]);
    (place, server)
}

#[test]
fn hooks_are_summed_by_program() {
    let (place, server) = working();
    let stats = server.json("hooks?range=all");
    let expected = json!([
        {"program": "lint.sh", "share_time": 5_600.0 / 5_647.0, "runs": 5, "timed_runs": 4, "total_ms": 5_600,
         "median_ms": 200, "p95_ms": 5_000, "max_ms": 5_000, "sessions": 2, "last_at": "2026-03-10T10:30:00.000Z"},
        {"program": "node", "share_time": 40.0 / 5_647.0, "runs": 1, "timed_runs": 1, "total_ms": 40,
         "median_ms": 40, "p95_ms": 40, "max_ms": 40, "sessions": 1, "last_at": "2026-03-09T08:00:01.000Z"},
        {"program": null, "share_time": 7.0 / 5_647.0, "runs": 1, "timed_runs": 1, "total_ms": 7,
         "median_ms": 7, "p95_ms": 7, "max_ms": 7, "sessions": 1, "last_at": "2026-03-10T08:00:01.000Z"},
    ]);
    assert_eq!(stats["items"], expected);
    let totals = json!({"runs": 7, "timed_runs": 6, "total_ms": 5_647, "median_ms": 100, "p95_ms": 5_000,
        "max_ms": 5_000, "sessions": 2, "last_at": "2026-03-10T10:30:00.000Z"});
    assert_eq!(stats["totals"], totals);
    server.stop();
    let printed = place.print(&["hooks", "--from", "2026-03-09", "--to", "2026-03-10"]);
    let expected = "\
Hook       Runs   Time  Share  Median   95 %  Longest
lint.sh       5  5.6 s  99.2%  200 ms  5.0 s    5.0 s
node          1  40 ms   0.7%   40 ms  40 ms    40 ms
(unknown)     1   7 ms   0.1%    7 ms   7 ms     7 ms
Total         7  5.6 s         100 ms  5.0 s    5.0 s

1 run has no logged duration, and no part in the times.
Hooks at the end of a turn. Those of other events are not counted.
";
    assert_eq!(printed, expected);
}

#[test]
fn a_filter_selects_runs_by_the_response_before_them() {
    let (_place, server) = working();
    let runs = |filter: &str| server.json(&format!("hooks?range=all&{filter}"))["totals"]["runs"].clone();
    assert_eq!(runs(&format!("session={ONE}")), 5);
    assert_eq!(runs("model=claude-haiku-4-5-20251001"), 1);
    assert_eq!(runs("model=claude-sonnet-4-5-20250929"), 5);
    assert_eq!(runs("sidechain=true"), 0);
    assert_eq!(runs("sidechain=false"), 7);
    assert_eq!(runs("project=%2Fhome%2Fu%2Flive"), 7);
    assert_eq!(runs("project=%2Fhome%2Fu%2Fother"), 0);
    let part = server.json("hooks?from=2026-03-10&to=2026-03-10&since=2026-03-10T09:00:00Z");
    assert_eq!(part["totals"]["runs"], 2);
    server.stop();
}

#[test]
fn a_home_without_hooks_says_so() {
    let (place, server) = everyday();
    let stats = server.json(&format!("hooks?range=all&session={MAIN}"));
    assert_eq!((&stats["items"], &stats["totals"]["runs"]), (&json!([]), &json!(0)));
    assert_eq!((&stats["totals"]["max_ms"], &stats["totals"]["last_at"]), (&Value::Null, &Value::Null));
    server.stop();
    let printed = place.print(&["hooks", "--from", "2026-03-07", "--to", "2026-03-11"]);
    assert_eq!(printed, "No runs of hooks from 2026-03-07 to 2026-03-11 (UTC).\n");
}

#[test]
fn the_runs_of_days_add_up_and_are_those_of_the_view() {
    let (place, _) = Place::of_days(23, 365, 400_000);
    let server = at_noon(&place);
    let sum = |stats: &Value, figure: &str| stats["totals"][figure].as_u64().unwrap();
    let all = server.json("hooks?range=all");
    assert!(sum(&all, "runs") > 1 && names(&all["items"], "program").contains(&"lint.sh"), "{all}");
    let days = server.json("stats/daily?range=all")["days"].clone();
    let days = days.as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap());
    let days: Vec<Value> = days.map(|day| server.json(&format!("hooks?from={day}&to={day}"))).collect();
    for figure in ["runs", "timed_runs", "total_ms"] {
        let of_items: u64 =
            all["items"].as_array().unwrap().iter().map(|of| of[figure].as_u64().unwrap()).sum();
        assert_eq!(sum(&all, figure), of_items, "{figure}");
        assert_eq!(sum(&all, figure), days.iter().map(|day| sum(day, figure)).sum::<u64>(), "{figure}");
    }
    let statement = "SELECT count(*), count(duration_ms), sum(duration_ms), max(duration_ms) FROM hooks";
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let body = json!({ "sql": statement }).to_string();
    let answer = request_with("POST", &format!("{}api/v1/sql", server.url()), &headers, &body).json();
    let figures = ["runs", "timed_runs", "total_ms", "max_ms"].map(|figure| all["totals"][figure].clone());
    assert_eq!(answer["rows"], json!([figures]));
    server.stop();
}
