//! Snapshots, coverage, the audit, and Claude Code's own statistics.

use super::NOW;
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};
use std::fs;

/// Claude Code's own statistics with two days before the first usage of the home, an implausible one, and a
/// day that both cover.
const STATS_CACHE: &str = r#"{
    "version": 2, "lastComputedDate": "2026-03-07",
    "dailyActivity": [{"date": "2026-03-01", "messageCount": 9, "sessionCount": 2, "toolCallCount": 4}],
    "dailyModelTokens": [
        {"date": "2026-03-01", "tokensByModel": {"claude-opus-4-5-20251101": 1000}},
        {"date": "2026-03-02", "tokensByModel": {"claude-opus-4-5-20251101": 500, "gone-model": 7}},
        {"date": "2026-03-03", "tokensByModel": {"tiny-model": 9}},
        {"date": "2026-03-07", "tokensByModel": {"claude-opus-4-5-20251101": 6300}}
    ],
    "modelUsage": {"claude-opus-4-5-20251101": {"inputTokens": 900, "outputTokens": 9100,
        "cacheReadInputTokens": 70000, "cacheCreationInputTokens": 0},
        "tiny-model": {"inputTokens": 1, "outputTokens": 1}}
}"#;

fn with_stats_cache() -> (Place, Running) {
    let place = Place::everyday();
    fs::write(place.claude().join("stats-cache.json"), STATS_CACHE).unwrap();
    let server = Running::at(NOW, &place, &[]);
    (place, server)
}

#[test]
fn days_that_only_claude_code_counted_are_shown_and_in_no_sum() {
    let (_place, server) = with_stats_cache();
    let daily = server.json("stats/daily");
    assert_eq!((&daily["meta"]["from"], &daily["meta"]["source"]), (&json!("2026-03-01"), &json!("mixed")));
    let day = |place: usize| &daily["days"][place];
    let first = json!({
        "tokens": 1000, "unit": "input_output", "models": {"claude-opus-4-5-20251101": 1000},
        "messages": 9, "sessions": 2, "tool_calls": 4,
    });
    assert_eq!((&day(0)["source"], &day(0)["stats_cache"]), (&json!("stats_cache"), &first));
    assert_eq!((&day(0)["total_tokens"], &day(1)["stats_cache"]["tokens"]), (&json!(0), &json!(507)));
    // A figure above the model's total is invalid.
    assert_eq!((&day(2)["source"], day(2).get("stats_cache")), (&json!("none"), None));
    assert_eq!((&day(6)["source"], day(6).get("stats_cache")), (&json!("events"), None));
    assert_eq!(
        (&daily["totals"]["total_tokens"], &daily["totals"]["cost_usd"]),
        (&json!(56_148), &json!(0.12634))
    );
    assert_eq!(server.json("stats")["totals"], daily["totals"]);

    // The events of 7 March in UTC are on the 8th in India: they are not counted by the statistics too.
    let in_india = server.json("stats/daily?tz=Asia/Kolkata&from=2026-03-01&to=2026-03-08");
    let sources: Vec<_> = (0..8).map(|day| in_india["days"][day]["source"].as_str().unwrap()).collect();
    assert_eq!(
        sources,
        ["stats_cache", "stats_cache", "none", "none", "none", "none", "none", "events"],
        "{in_india}"
    );

    let of_model = server.json("stats/daily?model=gone-model&to=2026-03-03&from=2026-03-01");
    assert_eq!(of_model["days"][1]["stats_cache"]["tokens"], 7);
    assert_eq!(of_model["meta"]["source"], "stats_cache");
    // The statistics have no projects.
    let of_project = server.json("stats/daily?project=/home/u/shop&from=2026-03-01");
    assert_eq!(
        (&of_project["days"][0]["source"], &of_project["meta"]["source"]),
        (&json!("none"), &json!("events"))
    );
    server.stop();
}

#[test]
fn the_audit_accounts_for_every_line_and_for_every_difference() {
    let (place, server) = with_stats_cache();
    fs::write(place.claude().join("settings.json"), r#"{"cleanupPeriodDays": 60}"#).unwrap();
    let audit = server.json("audit");
    let lines = &audit["lines"][0];
    assert_eq!(lines["source"], place.claude().to_str().unwrap());
    let count = |field: &str| lines[field].as_u64().unwrap();
    let skipped: u64 = lines["skipped"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(count("read"), count("used") + count("duplicate") + skipped);
    assert_eq!((count("files"), count("used"), count("duplicate")), (4, 6, 5));
    assert_eq!(lines["skipped"], json!({"no_usage": 9}));
    let responses = &audit["responses"];
    assert_eq!(responses["by_copies"], json!([{"copies": 1, "responses": 5}, {"copies": 6, "responses": 1}]));
    assert_eq!(
        (&responses["sidechain"]["responses"], &responses["unpriced"]),
        (&json!(1), &json!({"house-model-1": 780}))
    );
    assert_eq!(responses["sidechain_share"], 3300.0 / 56_148.0);
    assert_eq!(responses["totals"], server.json("stats")["totals"]);

    let cache = &audit["stats_cache"][0];
    assert_eq!((&cache["unit"], &cache["days_only_there"]), (&json!("input_output"), &json!(2)));
    let both = cache["days"].as_array().unwrap().iter().find(|day| day["date"] == "2026-03-07").unwrap();
    assert_eq!(
        (&both["stats_cache"], &both["events"], &both["difference"]),
        (&json!(6300), &json!(2100), &json!(4200))
    );
    let codes: Vec<_> =
        cache["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["per_line", "stale", "input_output_only", "deleted", "implausible"]);
    let opus =
        cache["models"].as_array().unwrap().iter().find(|model| model["model"] == "claude-opus-4-5-20251101");
    assert_eq!((&opus.unwrap()["stats_cache"], &opus.unwrap()["events"]), (&json!(80_000), &json!(31_550)));
    let retention = &audit["retention"][0];
    assert_eq!((&retention["cleanup_period_days"], &retention["is_set"]), (&json!(60), &json!(true)));
    server.stop();
}

#[test]
fn coverage_has_the_source_of_every_day() {
    let (place, server) = with_stats_cache();
    let coverage = |server: &Running| -> Vec<(String, String, Value)> {
        let history = server.json("stats/history");
        let days = history["coverage"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        days.map(|day| (text(&day["date"]), text(&day["source"]), day["transcripts"].clone())).collect()
    };
    let days = coverage(&server);
    assert_eq!((days.len(), days[0].1.as_str(), days[2].1.as_str()), (11, "stats_cache", "none"));
    assert_eq!(days[6], ("2026-03-07".to_owned(), "events".to_owned(), json!("present")));
    server.stop();
    // Claude Code deletes a session; its days are known all the same.
    fs::remove_file(place.claude().join(format!("projects/-home-u-shop/{}.jsonl", super::MAIN))).unwrap();
    let server = Running::at(NOW, &place, &[]);
    let days = coverage(&server);
    assert_eq!((&days[6].2, &days[7].2, &days[8].2), (&json!("gone"), &json!("partial"), &json!("present")));
    server.stop();
}

#[test]
fn snapshots_show_what_was_reported_when() {
    let place = Place::everyday();
    let at = |now: &str| {
        let server = Running::at(now, &place, &[("snapshot_interval", "3600"), ("retention_days", "30")]);
        // It is taken after the first look, which is over when the page of snapshots has it.
        let history = crate::running::wait_for(|| {
            Some(server.json("stats/history")).filter(|history| history["total"] != 0)
        });
        server.stop();
        history
    };
    let first = at(NOW);
    assert_eq!(
        (&first["total"], &first["items"][0]["taken_at"]),
        (&json!(1), &json!("2026-03-11T10:00:00.000Z"))
    );
    let totals = first["items"][0]["totals"].clone();
    assert_eq!(
        (&totals["total_tokens"], &totals["cost_usd"], &totals["sessions"]),
        (&json!(56_148), &json!(0.12634), &json!(3))
    );
    // Nothing has changed since, and it is not an hour later.
    assert_eq!(at("2026-03-11T10:30:00Z")["total"], 1);
    assert_eq!(at("2026-03-11T12:00:00Z")["total"], 1);
    place.append(
        "projects/-home-u-live/new.jsonl",
        crate::place::response("new", 1, 1_000, "2026-03-11T12:00:00.000Z").as_bytes(),
    );
    let server = Running::at("2026-03-11T13:00:00Z", &place, &[]);
    let history = crate::running::wait_for(|| {
        Some(server.json("stats/history?limit=1")).filter(|history| history["total"] == 2)
    });
    assert_eq!(
        (&history["items"][0]["totals"]["total_tokens"], &history["items"][0]["id"]),
        (&json!(57_148), &json!(2))
    );
    let before =
        server.json(&format!("stats/history?limit=1&cursor={}", history["next_cursor"].as_str().unwrap()));
    assert_eq!((&before["items"][0]["totals"], &before["next_cursor"]), (&totals, &Value::Null));
    server.stop();
}

#[test]
fn a_clock_that_jumps_takes_no_snapshot_away_and_stops_none() {
    let place = Place::everyday();
    let mut number = 0;
    // A server at a time, after something new was written.
    let mut taken = |now: &str| -> Vec<i64> {
        number += 1;
        let line = crate::place::response("new", number, 1_000, "2026-03-11T09:59:00.000Z");
        place.append("projects/-home-u-live/new.jsonl", line.as_bytes());
        let server = Running::at(now, &place, &[("snapshot_interval", "3600"), ("retention_days", "30")]);
        let history = crate::running::wait_for(|| {
            Some(server.json("stats/history?limit=500&order=asc"))
                .filter(|history| history["total"].as_u64() >= Some(u64::from(number)))
        });
        server.stop();
        history["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(taken("2026-03-11T10:00:00Z"), [1]);
    assert_eq!(taken("2026-03-11T12:00:00Z"), [1, 2]);
    // Ten years ahead, and twice so; right again; far behind; right again.
    assert_eq!(taken("2036-03-11T13:00:00Z"), [1, 2, 3]);
    assert_eq!(taken("2036-03-11T15:00:00Z"), [1, 2, 3, 4]);
    assert_eq!(taken("2026-03-11T16:00:00Z"), [1, 2, 3, 4, 5]);
    assert_eq!(taken("2026-03-11T18:00:00Z"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(taken("1970-01-01T00:00:00Z"), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(taken("2026-03-11T20:00:00Z"), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn snapshots_are_kept_for_the_retention_period() {
    let place = Place::everyday();
    let taken = |number: u32, now: &str| -> Vec<i64> {
        let line = crate::place::response("new", number, 1_000, "2026-03-11T09:59:00.000Z");
        place.append("projects/-home-u-live/new.jsonl", line.as_bytes());
        let server = Running::at(now, &place, &[("snapshot_interval", "3600"), ("retention_days", "30")]);
        let ids = crate::running::wait_for(|| {
            let history = server.json("stats/history?limit=500&order=asc");
            let items = history["items"].as_array().unwrap();
            let ids: Vec<i64> = items.iter().map(|item| item["id"].as_i64().unwrap()).collect();
            Some(ids).filter(|ids| ids.last() >= Some(&i64::from(number)))
        });
        server.stop();
        ids
    };
    assert_eq!(taken(1, "2026-03-11T10:00:00Z"), [1]);
    assert_eq!(taken(2, "2026-03-20T10:00:00Z"), [1, 2]);
    assert_eq!(taken(3, "2026-04-15T10:00:00Z"), [1, 2, 3]);
    // The one before is older than the retention by a snapshot that was stored already.
    assert_eq!(taken(4, "2026-04-16T10:00:00Z"), [2, 3, 4]);
}

#[test]
fn homes_are_counted_apart_and_together() {
    let (work, home) = (Place::everyday(), Place::empty());
    home.append(
        "projects/-home-u-live/other.jsonl",
        crate::place::response("other", 1, 1_000, "2026-03-11T09:30:00.000Z").as_bytes(),
    );
    let list = format!("work={},home={}", work.claude().display(), home.claude().display());
    let server = Running::at(NOW, &work, &[("claude_dir", &list)]);
    let sources = server.json("stats/sources");
    let homes: Vec<_> = sources["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (source["source"].as_str().unwrap(), source["total_tokens"].as_u64().unwrap()))
        .collect();
    assert_eq!(homes, [("work", 56_148), ("home", 1_000)]);
    assert_eq!(sources["totals"], server.json("stats")["totals"]);
    for (query, tokens) in [
        ("home=home", 1_000),
        ("home=work", 56_148),
        ("home=work&home=home", 57_148),
        ("home=none", 0),
        ("source=work", 56_148),
    ] {
        for report in ["stats", "stats/daily", "stats/models", "stats/projects", "sessions"] {
            assert_eq!(
                server.json(&format!("{report}?{query}"))["totals"]["total_tokens"],
                tokens,
                "{report} {query}"
            );
        }
    }
    // A block of one account does not affect another account.
    assert_eq!(server.json("blocks?home=home")["current"]["total_tokens"], 1_000);
    server.stop();
}
