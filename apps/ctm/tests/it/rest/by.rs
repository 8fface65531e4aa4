//! Usage by what responses were made for.

use super::at_noon;
use crate::http::get;
use crate::place::{Place, response};
use crate::running::Running;
use ctm_report::BY;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns the sum of a figure over the items and the rest.
fn sum(by: &Value, figure: &str) -> f64 {
    let items = by["items"].as_array().unwrap().iter();
    let parts = items.chain(Some(&by["rest"])).filter(|part| part.is_object());
    parts.filter_map(|part| part[figure].as_f64()).sum()
}

#[test]
fn more_reports_at_once_than_connections_are_answered() {
    let (place, _) = Place::generated(9, 400_000);
    let server = at_noon(&place);
    let url = server.url();
    let asked = BY.map(|(what, _)| {
        let url = format!("{url}api/v1/by/{what}?range=all");
        std::thread::spawn(move || get(&url).status)
    });
    assert_eq!(asked.map(|asked| asked.join().unwrap()), [200; BY.len()]);
    server.stop();
}

#[test]
fn every_report_adds_up_to_the_totals() {
    let (place, _) = Place::generated(9, 400_000);
    let server = at_noon(&place);
    for filter in ["range=all", "range=30d", "range=30d&sidechain=true", "range=7d&tz=Asia%2FTokyo&limit=1"] {
        let totals = server.json(&format!("stats?{}", filter.replace("&limit=1", "")))["totals"].clone();
        for (what, _) in BY {
            let mut by = server.json(&format!("by/{what}?{filter}"));
            let of_subagents = by["totals"].as_object_mut().unwrap().remove("subagents").unwrap();
            assert_eq!(by["totals"], totals, "{what} {filter}");
            let parts =
                by["items"].as_array().unwrap().iter().chain(by["rest"].as_object().map(|_| &by["rest"]));
            let responses = parts.map(|part| part["subagents"]["responses"].as_u64().unwrap());
            assert_eq!(of_subagents["responses"], responses.sum::<u64>(), "{what} {filter}");
            for figure in ["responses", "total_tokens", "unpriced_tokens", "cost_usd"] {
                let expected = totals[figure].as_f64().unwrap_or_default();
                assert!((sum(&by, figure) - expected).abs() < 1e-9, "{what} {filter} {figure}: {by}");
            }
        }
    }
    server.stop();
}

#[test]
fn main_conversations_and_subagents_are_apart() {
    let (place, _) = Place::generated(10, 200_000);
    let server = at_noon(&place);
    let by = server.json("by/agent");
    let of = |sidechain: bool| server.json(&format!("stats?sidechain={sidechain}"))["totals"].clone();
    let (main, subagents): (Vec<_>, Vec<_>) =
        by["items"].as_array().unwrap().iter().partition(|item| item["kind"] == "main");
    let responses =
        |items: &[&Value]| items.iter().map(|item| item["responses"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(json!(responses(&main)), of(false)["responses"]);
    assert_eq!(json!(responses(&subagents)), of(true)["responses"]);
    for figure in ["responses", "total_tokens", "cost_usd", "certainty"] {
        assert_eq!(by["totals"]["subagents"][figure], of(true)[figure], "{figure}");
    }
    assert!(responses(&subagents) > 0);
    server.stop();
}

#[test]
fn responses_of_a_skill_are_only_its_own_and_early_mcp_attribution_is_unreliable() {
    let place = Place::empty();
    let session = "55555555-5555-4555-8555-555555555555";
    let line = |number, version: &str, more: Value| {
        let line = response(session, number, 100, &format!("2026-11-20T10:0{number}:00Z"));
        let mut line: Value = serde_json::from_str(line.trim()).unwrap();
        line["version"] = json!(version);
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let mcp = json!({"attributionMcpServer": "docs", "attributionMcpTool": "search"});
    let lines = [
        line(1, "2.1.221", mcp.clone()),
        line(2, "2.1.222", mcp),
        line(3, "2.1.222", json!({"attributionSkill": "commit"})),
        line(4, "2.1.222", json!({})),
    ];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let server = at_noon(&place);
    let items = |server: &Running, what: &str| -> Vec<(Value, Value, Value)> {
        let by = server.json(&format!("by/{what}"));
        let items = by["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                (item["key"].clone(), item["responses"].clone(), item["unreliable_responses"].clone())
            })
            .collect()
    };
    assert_eq!(
        items(&server, "skill"),
        [(json!("commit"), json!(1), json!(0)), (Value::Null, json!(3), json!(0))]
    );
    assert_eq!(
        items(&server, "mcp"),
        [(json!("docs"), json!(2), json!(1)), (Value::Null, json!(2), json!(0))]
    );
    assert_eq!(items(&server, "version").len(), 2);
    assert_eq!(get(&format!("{}api/v1/by/colour", server.url())).status, 404);
    server.stop();
}

#[test]
fn tickets_are_found_in_branches_by_the_pattern_of_the_setting() {
    let place = Place::empty();
    let session = "55555555-5555-4555-8555-555555555555";
    let line = |number, branch: &str| {
        let line = response(session, number, 100, &format!("2026-11-20T10:0{number}:00Z"));
        let mut line: Value = serde_json::from_str(line.trim()).unwrap();
        line["gitBranch"] = json!(branch);
        format!("{line}\n")
    };
    let lines = [line(1, "fix/APP-7-login"), line(2, "APP-7"), line(3, "issue/12"), line(4, "main")];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let tickets = |settings: &[(&'static str, &str)]| {
        let server = Running::at("2026-11-24T12:00:00Z", &place, settings);
        let by = server.json("by/ticket");
        server.stop();
        let items = by["items"].as_array().unwrap().iter();
        items.map(|item| (item["key"].clone(), item["responses"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(tickets(&[]), [(json!("APP-7"), json!(2)), (Value::Null, json!(2))]);
    assert_eq!(tickets(&[("ticket", "^issue/([0-9]+)")]), [(json!("12"), json!(1)), (Value::Null, json!(3))]);
}

/// Returns the parameters that narrow the list of responses to an item.
fn narrowing(what: &str, item: &Value) -> String {
    let by = if what == "tool" { "only_tool" } else { what };
    match item["kind"].as_str().unwrap() {
        "named" => format!("{by}={}", super::escaped(item["key"].as_str().unwrap())),
        "several" => "several_tools=true".to_owned(),
        "main" => "sidechain=false".to_owned(),
        "none" => format!("without={what}"),
        other => panic!("no list of {other}"),
    }
}

/// Starts a server that finds a ticket in the first one of the branches.
pub(super) fn with_tickets(place: &Place) -> Running {
    let server = at_noon(place);
    let branches = server.json("by/branch?range=all")["items"].clone();
    server.stop();
    let pattern = format!("^({})$", branches[0]["key"].as_str().unwrap());
    Running::at("2026-11-24T12:00:00Z", place, &[("ticket", &pattern)])
}

/// Returns the number and the cost of all listed responses.
fn listed(server: &Running, query: &str) -> (u64, f64) {
    let (mut count, mut sum) = (0, 0.0);
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("responses?{query}&limit=500{cursor}"));
        let items = page["items"].as_array().unwrap();
        count += items.len() as u64;
        sum += items.iter().filter_map(|item| item["cost_usd"].as_f64()).sum::<f64>();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", super::escaped(next)),
            None => {
                assert_eq!(page["total"], json!(count), "{query}");
                return (count, sum);
            }
        }
    }
}

#[test]
fn the_list_of_every_item_adds_up_to_it() {
    let (place, _) = Place::generated(9, 400_000);
    let server = with_tickets(&place);
    let mut kinds = BTreeSet::new();
    for (what, _) in BY {
        let by = server.json(&format!("by/{what}?range=all&limit=500"));
        for item in by["items"].as_array().unwrap() {
            let narrowing = narrowing(what, item);
            let (count, cost) = listed(&server, &format!("range=all&{narrowing}"));
            assert_eq!(item["responses"], json!(count), "{what} {item}");
            let expected = item["cost_usd"].as_f64().unwrap_or_default();
            assert!((cost - expected).abs() < 1e-9, "{what} {narrowing}: {cost}, {item}");
            kinds.insert((what, item["kind"].as_str().unwrap().to_owned()));
        }
    }
    for (what, _) in BY {
        assert!(kinds.contains(&(what, "named".to_owned())), "{what}: {kinds:?}");
    }
    for kind in [("tool", "several"), ("tool", "none"), ("agent", "main"), ("ticket", "none"), ("pr", "none")]
    {
        assert!(kinds.contains(&(kind.0, kind.1.to_owned())), "{kind:?}: {kinds:?}");
    }
    server.stop();
}

#[test]
fn the_list_of_an_item_has_exactly_its_responses_whatever_is_asked() {
    let (place, _) = Place::generated(9, 400_000);
    let server = with_tickets(&place);
    let mut compared = 0;
    for filter in ["range=30d&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        for (what, _) in BY {
            let by = server.json(&format!("by/{what}?{filter}&limit=500"));
            let items = by["items"].as_array().unwrap().iter();
            for item in items.filter(|item| item["kind"] != "main") {
                let list = server.json(&format!("responses?{filter}&{}&limit=1", narrowing(what, item)));
                assert_eq!(list["total"], item["responses"], "{filter} {what} {item}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40);
    let none = server.json("responses?range=all&version=0.0.0&without=skill");
    assert_eq!(none["total"], json!(0));
    let both = get(&format!("{}api/v1/responses?skill=a&without=skill", server.url()));
    assert_eq!(both.status, 400, "{}", both.body);
    server.stop();
}

#[test]
fn a_response_belongs_to_the_next_pull_request_of_its_session_or_the_last_one() {
    let place = Place::empty();
    let session = "55555555-5555-4555-8555-555555555555";
    let linked = |number: u32, at: &str| {
        let record = json!({"type": "pr-link", "sessionId": session, "prNumber": number,
            "prRepository": "owner/name", "prUrl": format!("https://github.com/owner/name/pull/{number}"),
            "timestamp": at, "uuid": format!("00000000-0000-4000-8000-{number:012}")});
        format!("{record}\n")
    };
    let lines = [
        response(session, 1, 100, "2026-11-20T10:01:00Z"),
        linked(7, "2026-11-20T10:02:00Z"),
        response(session, 2, 100, "2026-11-20T10:02:00Z"),
        response(session, 3, 100, "2026-11-20T10:03:00Z"),
        linked(8, "2026-11-20T10:04:00Z"),
        linked(7, "2026-11-20T10:05:00Z"),
        response(session, 4, 100, "2026-11-20T10:06:00Z"),
    ];
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.concat().as_bytes());
    let other = "66666666-6666-4666-8666-666666666666";
    let unlinked = response(other, 5, 100, "2026-11-20T10:01:00Z");
    place.append(&format!("projects/-home-u-app/{other}.jsonl"), unlinked.as_bytes());
    let server = at_noon(&place);
    let total = |query: &str| server.json(&format!("responses?{query}"))["total"].clone();
    assert_eq!(total("pr=owner/name%237"), json!(2));
    assert_eq!(total("pr=owner/name%238"), json!(2));
    assert_eq!(total("without=pr"), json!(1));
    for item in server.json("by/pr")["items"].as_array().unwrap() {
        assert_eq!(total(&narrowing("pr", item)), item["responses"], "{item}");
    }
    server.stop();
}
