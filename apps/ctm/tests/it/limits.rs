//! The status line, and the official limits that it is told.

use crate::holder::Holder;
use crate::place::{Place, Ran};
use crate::running::Running;
use crate::socket::Socket;
use serde_json::{Value, json};
use std::fs::{self, File};

/// The server's time; Claude Code tells things at the time of the machine, which is later.
const NOW: &str = "2026-03-11T23:00:00Z";

/// Days in which the machine's time is.
const ALL_DAYS: &str = "limits?from=2026-03-01&to=2035-12-31";

/// When limits begin anew, in seconds: in 2036.
const RESETS_AT: i64 = 2_100_000_000;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// What Claude Code tells about a session that has used so much of both limits, in percent.
fn told(place: &Place, five_hour: f64, seven_day: f64) -> Value {
    let transcript = place.claude().join(format!("projects/-home-u-shop/{SESSION}.jsonl"));
    json!({
        "session_id": SESSION,
        "transcript_path": transcript,
        "model": { "id": "claude-opus-4-5-20251101", "display_name": "Opus 4.5" },
        "cost": { "total_cost_usd": 9.99 },
        "context_window": { "used_percentage": 41.4 },
        "rate_limits": {
            "five_hour": { "used_percentage": five_hour, "resets_at": RESETS_AT },
            "seven_day": { "used_percentage": seven_day, "resets_at": RESETS_AT },
        },
    })
}

/// Runs `ctm statusline` as Claude Code does.
fn statusline(place: &Place, args: &[&str], input: &str) -> Ran {
    let told = place.path().join("told.json");
    fs::write(&told, input).unwrap();
    Ran::of(place.ctm(&[&["statusline"], args].concat()).stdin(File::open(told).unwrap()))
}

/// Returns the line, without the word that a busy machine was too slow to read everything in time.
#[track_caller]
fn line(place: &Place, args: &[&str], input: &Value) -> String {
    let ran = statusline(place, args, &input.to_string());
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    ran.out.trim_end().trim_end_matches(" · reading…").to_owned()
}

#[test]
fn the_status_line_tells_what_is_known() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let told = told(&place, 23.5, 104.0);
    let session = place.print(&["daily", "--session", SESSION, "--json"]);
    let session: Value = serde_json::from_str(&session).unwrap();
    let cost = format!("${:.2}", session["totals"]["cost_usd"].as_f64().unwrap());
    assert_eq!(
        line(&place, &[], &told),
        format!(
            "Opus 4.5 · session {cost} · today $0.00 · context 41% · 5h 24% until 13:20 · 7d 104% until Fri 13:20"
        )
    );
    let format = ["--statusline-format", "{model}[ {block_cost}] \\[{seven_day}\\]"];
    assert_eq!(line(&place, &format, &told), "Opus 4.5 [104%]");
}

#[test]
fn without_a_database_and_a_home_the_line_tells_what_claude_code_told() {
    let place = Place::everyday();
    let told = told(&place, 1.0, 2.0);
    fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    fs::write(place.database(), "no database, for sure").unwrap();
    let ran = statusline(&place, &[], &told.to_string());
    assert_eq!(
        ran.out.trim_end(),
        "Opus 4.5 · session $9.99 · context 41% · 5h 1% until 13:20 · 7d 2% until Fri 13:20"
    );
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("is damaged or is no SQLite database"), "{}", ran.err);
}

#[test]
fn what_nobody_can_make_a_line_of_is_refused_with_advice() {
    let place = Place::everyday();
    for input in ["", "[]", "{\"session_id\": "] {
        statusline(&place, &[], input).failed(2, &["`ctm statusline --install` shows"]);
    }
    let ran = statusline(&place, &["--statusline-format", "{cost}"], "{}");
    ran.failed(2, &["--statusline-format is `{cost}`; allowed: "]);
}

#[test]
fn installing_changes_nothing_and_shows_a_setting_that_claude_code_understands() {
    let place = Place::everyday();
    let text = place.print(&["statusline", "--install"]);
    let start = text.find('{').unwrap();
    let end = text.find("\n}\n").unwrap() + 2;
    let setting: Value = serde_json::from_str(&text[start..end]).unwrap();
    assert_eq!(setting["statusLine"]["type"], "command");
    assert!(setting["statusLine"]["command"].as_str().unwrap().ends_with(" statusline"));
    assert!(!place.claude().join("settings.json").exists());
}

#[test]
fn limits_are_told_by_rest_by_websocket_and_on_the_command_line() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("limits")["current"], Value::Null);
    let mut socket = Socket::greeted(&server.url());
    socket.send(&json!({"type": "subscribe", "data": {"topics": ["limits"]}}).to_string());
    let first = socket.next();
    assert_eq!((&first["type"], &first["data"]), (&json!("limits_update"), &json!({ "current": null })));

    line(&place, &[], &told(&place, 23.5, 12.0));
    let update = socket.next();
    assert_eq!(update["type"], "limits_update");
    let current = &update["data"]["current"];
    assert_eq!(
        (&current["five_hour"]["used_percentage"], &current["seven_day"]["resets_at"]),
        (&json!(23.5), &json!("2036-07-18T13:20:00.000Z"))
    );
    for used in [23.5, 100.0, 101.0] {
        line(&place, &[], &told(&place, used, 12.0));
    }

    let limits = server.json(ALL_DAYS);
    let samples = limits["samples"].as_array().unwrap();
    let figures: Vec<_> = samples
        .iter()
        .map(|sample| (sample["window"].as_str().unwrap(), &sample["used_percentage"]))
        .collect();
    let (five, seven) = ("five_hour", "seven_day");
    let expected = [(five, json!(23.5)), (seven, json!(12.0)), (five, json!(100.0)), (five, json!(101.0))];
    assert_eq!(figures, expected.each_ref().map(|(window, used)| (*window, used)));
    assert_eq!(limits["hits"].as_array().unwrap().len(), 1);
    assert_eq!(limits["hits"][0]["at"], samples[2]["sampled_at"]);
    assert_eq!(limits["current"]["source"], place.claude().to_str().unwrap());
    assert_eq!(server.json(&format!("{ALL_DAYS}&source=other"))["samples"], json!([]));
    server.stop();

    let text = place.print(&["limits"]);
    assert!(text.starts_with("5 hours 101.0%, resets 2036-07-18 13:20 "), "{text}");
    assert!(text.contains("\n5-hour limit reached once in 30 days\n"), "{text}");
    let told: Value = serde_json::from_str(&place.print(&["limits", "--json"])).unwrap();
    assert_eq!((&told["samples"], &told["hits"]), (&limits["samples"], &limits["hits"]));
}

#[test]
fn while_the_database_is_busy_the_line_tells_what_it_has_and_limits_are_kept_for_the_next_one() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::of(&place) else { return };
    let new = crate::place::response(SESSION, 1, 7, "2026-03-11T09:30:00.000Z");
    place.append("projects/-home-u-live/new.jsonl", new.as_bytes());
    let ran = statusline(&place, &[], &told(&place, 55.0, 2.0).to_string());
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    assert!(ran.out.contains(" · today $0.00 · ") && ran.out.ends_with(" · reading…\n"), "{}", ran.out);
    let kept = place.database().with_extension("db.limits");
    assert_eq!(fs::read_to_string(&kept).unwrap().lines().count(), 2);
    holder.release();

    line(&place, &[], &json!({ "session_id": SESSION }));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "");
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json(ALL_DAYS)["samples"][0]["used_percentage"], 55.0);
    server.stop();
}
