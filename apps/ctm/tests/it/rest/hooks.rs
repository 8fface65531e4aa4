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

/// Returns a line about a hook that ran within a turn.
fn within_turn(session: &str, number: u32, at: &str, kind: &str, event: &str, members: &Value) -> String {
    let mut attachment = json!({"type": kind, "hookEvent": event, "hookName": event});
    attachment.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let line = json!({
        "type": "attachment", "uuid": format!("{session}-of-turn-{number}"), "timestamp": at,
        "sessionId": session, "attachment": attachment,
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
        {"program": "lint.sh", "event": "Stop", "share_time": 5_600.0 / 5_647.0, "runs": 5, "judged_runs": 4,
         "failed_runs": 0, "blocked_runs": 0, "timed_runs": 4, "total_ms": 5_600, "median_ms": 200,
         "p95_ms": 5_000, "max_ms": 5_000, "sessions": 2, "last_at": "2026-03-10T10:30:00.000Z"},
        {"program": "node", "event": "Stop", "share_time": 40.0 / 5_647.0, "runs": 1, "judged_runs": 1,
         "failed_runs": 0, "blocked_runs": 0, "timed_runs": 1, "total_ms": 40, "median_ms": 40,
         "p95_ms": 40, "max_ms": 40, "sessions": 1, "last_at": "2026-03-09T08:00:01.000Z"},
        {"program": null, "event": "Stop", "share_time": 7.0 / 5_647.0, "runs": 1, "judged_runs": 1,
         "failed_runs": 0, "blocked_runs": 0, "timed_runs": 1, "total_ms": 7, "median_ms": 7, "p95_ms": 7,
         "max_ms": 7, "sessions": 1, "last_at": "2026-03-10T08:00:01.000Z"},
    ]);
    assert_eq!(stats["items"], expected);
    let totals = json!({"runs": 7, "judged_runs": 6, "failed_runs": 0, "blocked_runs": 0, "timed_runs": 6,
        "total_ms": 5_647, "median_ms": 100, "p95_ms": 5_000, "max_ms": 5_000, "sessions": 2,
        "last_at": "2026-03-10T10:30:00.000Z"});
    assert_eq!(stats["totals"], totals);
    server.stop();
    let printed = place.print(&["hooks", "--from", "2026-03-09", "--to", "2026-03-10"]);
    let expected = "\
Hook       Event  Runs  Failed  Blocked   Time  Median   95 %  Longest
lint.sh    Stop      5       0        0  5.6 s  200 ms  5.0 s    5.0 s
node       Stop      1       0        0  40 ms   40 ms  40 ms    40 ms
(unknown)  Stop      1       0        0   7 ms    7 ms   7 ms     7 ms
Total                7       0        0  5.6 s  100 ms  5.0 s    5.0 s

1 run has no logged duration, and no part in the times.
1 run has no logged outcome, and may have failed or blocked.
";
    assert_eq!(printed, expected);
}

#[test]
fn hooks_within_a_turn_have_their_event_and_outcome() {
    const COMMAND: &str = "/home/u/.claude/hooks/lint.sh --token secret";
    let place = Place::empty();
    let at = |second: u32| format!("2026-03-09T08:00:{second:02}Z");
    let timed = |duration_ms: u64| json!({"command": COMMAND, "durationMs": duration_ms, "stderr": "secret"});
    let run = |second: u32, kind: &str, event: &str, members: &Value| {
        within_turn(ONE, second, &at(second), kind, event, members)
    };
    let of_main = [
        response(ONE, 1, 100, &at(0)),
        run(1, "hook_success", "PreToolUse", &timed(100)),
        run(2, "hook_non_blocking_error", "PreToolUse", &timed(300)),
        run(
            3,
            "hook_cancelled",
            "PreToolUse",
            &json!({"command": COMMAND, "durationMs": 600, "timedOut": true}),
        ),
        run(4, "hook_cancelled", "PreToolUse", &timed(40)),
        run(5, "hook_blocking_error", "PreToolUse", &json!({"blockingError": {"command": COMMAND}})),
        run(6, "hook_success", "SessionStart", &timed(9)),
        // The summary of the turn has it as well.
        run(7, "hook_success", "Stop", &timed(70)),
        hooks(ONE, 8, &at(8), &[(COMMAND, Some(70))]),
        run(9, "hook_additional_context", "SessionStart", &timed(1)),
    ];
    let of_subagent = [response(ONE, 2, 100, &at(10)), run(11, "hook_success", "PreToolUse", &timed(20))];
    place.append(&format!("projects/-home-u-live/{ONE}.jsonl"), of_main.concat().as_bytes());
    let file = format!("projects/-home-u-live/{ONE}/subagents/agent-a1.jsonl");
    place.append(&file, of_subagent.concat().as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let figures = |filter: &str| -> Vec<Value> {
        let stats = server.json(&format!("hooks?range=all{filter}"));
        let items = stats["items"].as_array().unwrap().iter();
        items
            .map(|of| {
                let names = ["event", "runs", "judged_runs", "failed_runs", "blocked_runs", "total_ms"];
                names.iter().map(|name| of[*name].clone()).collect()
            })
            .collect()
    };
    let [stop, start] = [json!(["Stop", 1, 1, 0, 0, 70]), json!(["SessionStart", 1, 1, 0, 0, 9])];
    assert_eq!(figures(""), [json!(["PreToolUse", 6, 6, 2, 1, 1_060]), stop.clone(), start.clone()]);
    assert_eq!(figures("&sidechain=true"), [json!(["PreToolUse", 1, 1, 0, 0, 20])]);
    assert_eq!(figures("&sidechain=false"), [json!(["PreToolUse", 5, 5, 2, 1, 1_040]), stop, start]);
    let view = "SELECT event, outcome, count(*), max(duration_ms) FROM hooks
                WHERE event = 'PreToolUse' GROUP BY outcome ORDER BY outcome";
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let body = json!({ "sql": view }).to_string();
    let answer = request_with("POST", &format!("{}api/v1/sql", server.url()), &headers, &body).json();
    let expected = json!([
        ["PreToolUse", "blocked", 1, null],
        ["PreToolUse", "cancelled", 1, 40],
        ["PreToolUse", "failed", 1, 300],
        ["PreToolUse", "passed", 2, 100],
        ["PreToolUse", "timed_out", 1, 600],
    ]);
    assert_eq!(answer["rows"], expected);
    server.stop();
    let printed = place.print(&["hooks", "--from", "2026-03-09", "--to", "2026-03-09", "--compact"]);
    let expected = "\
Hook     Event         Runs  Failed   Time  Longest
lint.sh  PreToolUse       6       2  1.0 s   600 ms
lint.sh  Stop             1       0  70 ms    70 ms
lint.sh  SessionStart     1       0   9 ms     9 ms
Total                     8       2  1.1 s   600 ms

1 run has no logged duration, and no part in the times.
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
    assert!(names(&all["items"], "event").contains(&"PreToolUse"), "{all}");
    let days = server.json("stats/daily?range=all")["days"].clone();
    let days = days.as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap());
    let days: Vec<Value> = days.map(|day| server.json(&format!("hooks?from={day}&to={day}"))).collect();
    for figure in ["runs", "judged_runs", "failed_runs", "blocked_runs", "timed_runs", "total_ms"] {
        let of_items: u64 =
            all["items"].as_array().unwrap().iter().map(|of| of[figure].as_u64().unwrap()).sum();
        assert_eq!(sum(&all, figure), of_items, "{figure}");
        assert_eq!(sum(&all, figure), days.iter().map(|day| sum(day, figure)).sum::<u64>(), "{figure}");
    }
    let statement = "SELECT count(*), count(duration_ms), sum(duration_ms), max(duration_ms), count(outcome),
        sum(outcome IN ('failed', 'timed_out')), sum(outcome = 'blocked') FROM hooks";
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let body = json!({ "sql": statement }).to_string();
    let answer = request_with("POST", &format!("{}api/v1/sql", server.url()), &headers, &body).json();
    let figures = ["runs", "timed_runs", "total_ms", "max_ms", "judged_runs", "failed_runs", "blocked_runs"]
        .map(|figure| all["totals"][figure].clone());
    assert_eq!(answer["rows"], json!([figures]));
    server.stop();
}
