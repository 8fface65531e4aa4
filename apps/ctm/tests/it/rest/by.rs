//! Usage by what responses were made for.

use super::at_noon;
use crate::http::get;
use crate::place::{Place, response};
use crate::running::Running;
use ctm_report::BY;
use serde_json::{Value, json};

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

#[test]
fn the_list_of_an_item_has_exactly_its_responses() {
    let (place, _) = Place::generated(9, 400_000);
    let server = at_noon(&place);
    let mut compared = 0;
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        for what in ["skill", "plugin", "agent", "mcp", "effort", "entrypoint", "version", "branch"] {
            let by = server.json(&format!("by/{what}?{filter}"));
            for item in by["items"].as_array().unwrap().iter().filter(|item| item["key"].is_string()) {
                let name = super::escaped(item["key"].as_str().unwrap());
                let list = server.json(&format!("responses?{filter}&{what}={name}&limit=1"));
                assert_eq!(list["total"], item["responses"], "{filter} {what} {item}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20);
    let none = server.json("responses?range=all&version=0.0.0");
    assert_eq!(none["total"], json!(0));
    server.stop();
}
