//! Tools, one session, its responses, and why each number is what it is.

use super::{FORK, MAIN, NOTES, at_noon, escaped, everyday, names};
use crate::http::get;
use crate::place::{Place, response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn tools_are_counted_with_their_failures() {
    let (_place, server) = everyday();
    let answer = server.json("stats/tools");
    assert_eq!((&answer["calls"], &answer["errors"]), (&json!(3), &json!(1)));
    let items = answer["items"].as_array().unwrap();
    assert_eq!(names(&answer["items"], "tool"), ["Bash", "Read", "Task"]);
    let bash = json!({
        "tool": "Bash", "mcp_server": null, "calls": 1, "errors": 1, "error_rate": 1.0, "sessions": 1,
        "last_at": "2026-03-08T04:30:00.000Z",
    });
    assert_eq!(items[0], bash);
    let calls = |query: &str| server.json(&format!("stats/tools?{query}"))["calls"].clone();
    assert_eq!(calls("to=2026-03-07"), 1);
    assert_eq!(calls("tz=Asia/Kolkata&to=2026-03-07"), 0);
    assert_eq!(calls(&format!("session={FORK}")), 0);
    assert_eq!(calls("model=claude-opus-4-5-20251101&project=/home/u/shop"), 3);
    assert_eq!(calls("sidechain=true"), 0);
    server.stop();
}

#[test]
fn cache_misses_of_a_session_have_what_they_cost() {
    let place = Place::empty();
    let session = "77777777-7777-4777-8777-777777777777";
    let line = |number, at: &str, read: u64, written: u64| {
        let mut line: Value = serde_json::from_str(response(session, number, 10, at).trim()).unwrap();
        line["message"]["model"] = json!("claude-opus-4-5-20251101");
        line["message"]["usage"] = json!({
            "input_tokens": 0, "output_tokens": 10,
            "cache_read_input_tokens": read, "cache_creation_input_tokens": written,
        });
        format!("{line}\n")
    };
    let lines = [
        line(1, "2026-11-20T10:00:00Z", 0, 20_000),
        line(2, "2026-11-20T10:01:00Z", 20_000, 1_000),
        line(3, "2026-11-20T10:30:00Z", 0, 22_000),
    ];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let server = at_noon(&place);
    let misses = server.json(&format!("sessions/{session}"))["cache_breaks"].clone();
    let key = server.json(&format!("sessions/{session}/responses?order=desc"))["items"][0]["key"].clone();
    // 21,000 tokens written for 6.25 instead of read for 0.50 US dollars a million.
    let expected = json!([{
        "key": key, "at": "2026-11-20T10:30:00.000Z", "agent": null, "cached_tokens": 21_000, "read_tokens": 0,
        "resent_tokens": 21_000, "extra_cost_usd": 0.12075, "pause_ms": 29 * 60_000,
        "cause": "expired", "basis": "inferred",
    }]);
    assert_eq!(misses, expected);
    server.stop();
}

#[test]
fn responses_of_a_period_are_listed_and_found_by_their_calls() {
    let (_place, server) = everyday();
    let total = server.json("stats")["totals"]["responses"].clone();
    let all = server.json("responses?limit=100");
    assert_eq!(all["total"], total);
    let items = all["items"].as_array().unwrap();
    assert_eq!(json!(items.len()), total);
    assert!(items.is_sorted_by(|one, next| one["at"].as_str() >= next["at"].as_str()));
    let first = server.json("responses?limit=1");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = server.json(&format!("responses?limit=1&cursor={}", escaped(cursor)));
    assert_eq!([&first["items"][0], &second["items"][0]], [&items[0], &items[1]]);
    let found = |query: &str| {
        let answer = server.json(&format!("responses?{query}"));
        assert_eq!(answer["total"], answer["items"].as_array().unwrap().len());
        answer["items"].as_array().unwrap().iter().map(|item| item["tools"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("tool=Read"), [json!(["Read"])]);
    assert!(found("tool=Read&failed=true").is_empty());
    assert_eq!(found("failed=true").len(), 1);
    assert_eq!(found("failed=true"), found("tool=Bash&failed=true"));
    assert!(found("failed=true&to=2026-03-07").is_empty());
    let failed = server.json("responses?failed=true");
    assert_eq!(failed["items"][0]["failed_tools"], json!(["Bash"]));
    let between = |since: &str, until: &str| {
        let is_within = |item: &&Value| (since..until).contains(&item["at"].as_str().unwrap());
        items.iter().filter(is_within).map(|item| item["tools"].clone()).collect::<Vec<_>>()
    };
    let half = between("2026-03-08T04:30", "2026-03-08T05");
    assert!(!half.is_empty());
    assert_eq!(found("since=2026-03-08T04:30:00Z&until=2026-03-08T05:00:00Z"), half);
    assert_eq!(found("weekday=sunday&hour=4"), between("2026-03-08T04", "2026-03-08T05"));
    assert_eq!(found("weekday=sunday&hour=3"), between("2026-03-08T03", "2026-03-08T04"));
    server.stop();
}

#[test]
fn responses_are_sorted_page_by_page_by_cost_and_output() {
    let (place, answer) = Place::generated(9, 6_000_000);
    let server = at_noon(&place);
    for sort in ["cost_usd", "output_tokens"] {
        for order in ["desc", "asc"] {
            let mut items: Vec<Value> = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = server.json(&format!("responses?limit=200&sort={sort}&order={order}{cursor}"));
                items.extend(page["items"].as_array().unwrap().iter().cloned());
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={}", escaped(next));
            }
            assert_eq!(items.len() as u64, answer.totals.responses, "{sort} {order}");
            let keys: BTreeSet<_> = items.iter().map(|item| item["key"].to_string()).collect();
            assert_eq!(keys.len(), items.len(), "{sort} {order}");
            let value = |item: &Value| item[sort].as_f64().unwrap_or(-1.0);
            let is_sorted = items.is_sorted_by(|one, next| {
                if order == "desc" { value(one) >= value(next) } else { value(one) <= value(next) }
            });
            assert!(is_sorted, "{sort} {order}");
        }
    }
    server.stop();
}

#[test]
fn a_session_has_its_transcripts_tools_and_versions() {
    let (place, server) = everyday();
    let session = server.json(&format!("sessions/{MAIN}?tz=Asia/Kolkata"));
    let listed = server.json("sessions")["items"][2].clone();
    for (field, value) in listed.as_object().unwrap() {
        assert_eq!(&session[field], value, "{field}");
    }
    assert_eq!(session["meta"]["tz"], "Asia/Kolkata");
    assert_eq!(names(&session["tools"], "tool"), ["Bash", "Read", "Task"]);
    assert_eq!((&session["versions"], &session["branches"]), (&json!(["2.1.200"]), &json!(["main"])));
    let home = place.claude().to_str().unwrap();
    let files = session["files"].as_array().unwrap();
    let paths: Vec<_> = files.iter().map(|file| file["file"].as_str().unwrap()).collect();
    let own = format!("{home}/projects/-home-u-shop/{MAIN}");
    // The fork has copies of its first lines, none of which counts.
    let fork = format!("{home}/projects/-home-u-shop/{FORK}.jsonl");
    assert_eq!(paths, [format!("{own}.jsonl"), format!("{own}/subagents/agent-a1b2c3d.jsonl"), fork]);
    assert_eq!(files[2]["responses"], 0);
    assert_eq!((&files[0]["present"], &files[0]["responses"]), (&json!(true), &json!(2)));
    assert_eq!((&files[0]["source"], &files[0]["lines"]), (&json!(home), &json!(8)));
    let unknown = get(&format!("{}api/v1/sessions/none", server.url()));
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("unknown session `none`"), "{}", unknown.body);
    server.stop();
}

#[test]
fn responses_lead_to_their_lines() {
    let (place, server) = everyday();
    let answer = server.json(&format!("sessions/{MAIN}/responses"));
    let items = answer["items"].as_array().unwrap();
    assert_eq!((&answer["total"], items.len()), (&json!(3), 3));
    let first = json!({
        "key": "msg_everyday0000000000001", "at": "2026-03-07T18:45:00.000Z", "session": MAIN,
        "project": "/home/u/shop", "cwd": "/home/u/shop", "model": "claude-opus-4-5-20251101", "cost_usd": 0.0805,
        "unpriced_tokens": 0, "web_searches": 0, "context_tokens": 14_100, "tools": ["Read"], "failed_tools": [], "certainty": "exact",
        "sidechain": false, "agent": null, "agent_kind": null, "copies": 6, "final": true,
        "source": {
            "file": format!("{}/projects/-home-u-shop/{MAIN}.jsonl", place.claude().display()),
            "line_offset": 1666,
        },
        "skill": null, "plugin": null, "attributed_agent": null, "mcp_server": null, "mcp_tool": null, "effort": null,
        "thinking_tokens": null, "cache_miss_reason": null, "cache_missed_tokens": null, "refusal_category": null,
        "entrypoint": null, "team": null, "teammate": null,
        "input_tokens": 100, "output_tokens": 2000, "cache_read_tokens": 10_000,
        "cache_write_5m_tokens": 4000, "cache_write_1h_tokens": 0, "total_tokens": 16_100,
    });
    assert_eq!(items[0], first);
    let agent = &items[2];
    assert_eq!((&agent["sidechain"], &agent["agent"]), (&json!(true), &json!("a1b2c3d")));
    assert_eq!(agent["agent_kind"], "Explore");

    let newest = server.json(&format!("sessions/{MAIN}/responses?order=desc&limit=2"));
    assert_eq!(newest["items"][0], *agent);
    let cursor = escaped(newest["next_cursor"].as_str().unwrap());
    let rest = server.json(&format!("sessions/{MAIN}/responses?order=desc&limit=2&cursor={cursor}"));
    assert_eq!((&rest["items"], &rest["next_cursor"]), (&json!([first]), &Value::Null));
    let refused = get(&format!("{}api/v1/sessions/{MAIN}/responses?cursor=1%27%20OR%201=1", server.url()));
    assert_eq!((refused.status, &refused.json()["errors"][0]["code"]), (400, &json!("unknown_cursor")));
    assert_eq!(get(&format!("{}api/v1/sessions/none/responses", server.url())).status, 404);
    server.stop();
}

#[test]
fn a_number_is_explained_down_to_the_arithmetic() {
    let (_place, server) = everyday();
    let explained = server.json("responses/msg_everyday0000000000001");
    let lines = explained["lines"].as_array().unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            let in_fork = line["file"].as_str().unwrap().contains(FORK);
            (in_fork, line["line_offset"].as_u64().unwrap(), line["lost_by"].as_str())
        })
        .collect();
    // The last of the original's own lines counts: it is final, like its copy in the fork.
    assert_eq!(shown[0], (false, 1666, None));
    assert_eq!(shown[1], (true, 1666, Some("smallest_path")));
    let growing: Vec<_> = shown[2..].iter().map(|(.., lost_by)| *lost_by).collect();
    assert_eq!(growing, [Some("final"); 4]);
    assert_eq!(lines.iter().filter(|line| line["counts"] == true).count(), 1);
    let original: Vec<_> = lines.iter().filter(|line| line["original"] == true).collect();
    assert_eq!((original.len(), &original[0]["line_offset"]), (1, &json!(298)));

    let [part] = explained["parts"].as_array().unwrap().as_slice() else { panic!("{explained}") };
    let terms: Vec<_> = part["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|term| {
            let kind = term["kind"].as_str().unwrap();
            (
                kind,
                term["count"].as_u64().unwrap(),
                term["usd_each"].to_string(),
                term["cost_usd"].to_string(),
            )
        })
        .collect();
    let text = |kind, count, each: &str, cost: &str| (kind, count, each.to_owned(), cost.to_owned());
    let expected = [
        text("input", 100, "5e-6", "0.0005"),
        text("output", 2000, "0.000025", "0.05"),
        text("cache_read", 10_000, "5e-7", "0.005"),
        text("cache_write_5m", 4000, "6.25e-6", "0.025"),
    ];
    assert_eq!(terms, expected);
    assert_eq!((&part["priced_as"], &part["cost_usd"]), (&json!("claude-opus-4-5"), &json!(0.0805)));
    assert!(part["price"]["from"].is_string() && part["price"]["source"].is_string());
    assert_eq!((&part["multipliers"], &explained["flags"]), (&json!([]), &json!([])));

    let unpriced = server.json(&format!("responses/{}", escaped(&gateway_key())));
    assert_eq!((&unpriced["cost_usd"], &unpriced["flags"]), (&Value::Null, &json!(["unpriced"])));
    assert!(unpriced["parts"][0]["unpriced_reason"].as_str().unwrap().contains("house-model-1"));
    let unfinished = server.json("responses/msg_everyday0000000000006");
    assert_eq!(unfinished["flags"], json!(["unfinalised"]));
    assert_eq!(get(&format!("{}api/v1/responses/none", server.url())).status, 404);
    server.stop();
}

/// The key of the response of the model without a price, which has characters that addresses do
/// not have.
fn gateway_key() -> String {
    let responses = [NOTES, "chatcmpl-5"];
    format!("gw:{}|{}|700|0|0", responses[0], responses[1])
}

#[test]
fn the_responses_of_all_sessions_are_all_responses() {
    let (place, answer) = Place::generated(11, 2_000_000);
    let server = at_noon(&place);
    let (mut responses, mut tokens) = (0, 0);
    for session in answer.by_session.keys() {
        let mut query = format!("sessions/{}/responses?limit=7", escaped(session));
        loop {
            let page = server.json(&query);
            for item in page["items"].as_array().unwrap() {
                responses += 1;
                tokens += item["total_tokens"].as_u64().unwrap();
            }
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("sessions/{}/responses?limit=7&cursor={}", escaped(session), escaped(cursor));
        }
    }
    assert_eq!((responses, tokens), (answer.totals.responses, answer.totals.tokens.total()));
    server.stop();
}
