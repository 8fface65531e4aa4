//! Versions of Claude Code, and models, compared.

use super::at_noon;
use crate::place::Place;
use serde_json::{Value, json};

fn sum(items: &Value, figure: &str) -> f64 {
    items.as_array().unwrap().iter().filter_map(|item| item[figure].as_f64()).sum()
}

#[test]
fn versions_and_models_add_up_to_the_reports() {
    let (place, _) = Place::generated(23, 400_000);
    let server = at_noon(&place);
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo", "range=all&sidechain=false"] {
        let totals = server.json(&format!("stats?{filter}"))["totals"].clone();
        let tools = server.json(&format!("stats/tools?{filter}"));
        for what in ["version", "model"] {
            let items = server.json(&format!("compare/{what}?{filter}"))["items"].clone();
            let check = |figure: &str, expected: &Value| {
                let (found, expected) = (sum(&items, figure), expected.as_f64().unwrap());
                assert!((found - expected).abs() < 1e-9, "{filter} {what} {figure}: {found}, {expected}");
            };
            for figure in ["responses", "total_tokens", "cost_usd", "cache_read_tokens"] {
                check(figure, &totals[figure]);
            }
            check("tool_calls", &tools["calls"]);
            check("tool_errors", &tools["errors"]);
            assert!(sum(&items, "prompts") > 0.0);
        }
    }
    server.stop();
}

#[test]
fn a_report_for_a_bug_has_no_names() {
    let (place, _) = Place::generated(26, 400_000);
    let server = at_noon(&place);
    let of = |path: &str, field: &str| -> Vec<String> {
        let items = server.json(path)["items"].clone();
        items.as_array().unwrap().iter().filter_map(|item| Some(item[field].as_str()?.to_owned())).collect()
    };
    let mut names = of("stats/projects?range=all&limit=500", "project");
    names.extend(of("stats/projects?range=all&limit=500", "label"));
    names.extend(of("sessions?range=all&limit=500", "id"));
    names.extend(of("by/branch?range=all", "key"));
    names.push(place.path().display().to_string());
    assert!(names.len() > 5, "{names:?}");
    let versions = of("compare/version?range=all", "key");
    for what in ["version", "model"] {
        let report = place.print(&["compare", what, "--report", "--range", "all"]);
        let named: Vec<_> = names.iter().filter(|name| report.contains(name.as_str())).collect();
        assert!(named.is_empty(), "{named:?} in:\n{report}");
        assert!(what == "model" || versions.iter().any(|version| report.contains(version)), "{report}");
    }
    server.stop();
}

#[test]
fn the_prompts_of_days_add_up_to_those_of_the_month() {
    let (place, _) = Place::generated(24, 300_000);
    let server = at_noon(&place);
    let prompts = |query: &str| sum(&server.json(&format!("compare/version?{query}"))["items"], "prompts");
    let days = server.json("stats/daily?range=30d")["days"].clone();
    let days = days.as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap());
    let of_days: f64 = days.map(|day| prompts(&format!("from={day}&to={day}"))).sum();
    assert!((of_days - prompts("range=30d")).abs() < 0.5);
    server.stop();
}

#[test]
fn rates_are_the_quotients_of_their_sums() {
    let (place, _) = Place::generated(25, 300_000);
    let server = at_noon(&place);
    let items = server.json("compare/model?range=all")["items"].clone();
    for item in items.as_array().unwrap() {
        let number = |figure: &str| item[figure].as_f64().unwrap_or_default();
        let check = |rate: &str, part: &str, whole: &str| match number(whole) {
            0.0 => assert!(item[rate].is_null(), "{item}"),
            whole => assert!((number(rate) - number(part) / whole).abs() < 1e-9, "{rate}: {item}"),
        };
        check("tokens_per_prompt", "total_tokens", "prompts");
        check("output_tokens_per_response", "output_tokens", "responses");
        check("error_rate", "tool_errors", "tool_calls");
        assert!(number("thinking_share") <= 1.0, "{item}");
    }
    server.stop();
}

#[test]
fn a_comparison_in_the_same_projects_names_none() {
    let (place, _) = Place::generated(26, 400_000);
    let server = at_noon(&place);
    let all = server.json("compare/model?range=all");
    let names: Vec<&str> =
        all["items"].as_array().unwrap().iter().filter_map(|item| item["key"].as_str()).take(2).collect();
    let query = format!("compare/model?range=all&item={}&item={}", names[0], names[1]);
    let (two, same) = (server.json(&query), server.json(&format!("{query}&same_projects=true")));
    assert_eq!(two["items"].as_array().unwrap().len(), 2);
    assert!(same["projects"].as_u64() <= two["projects"].as_u64());
    assert_eq!(same["same_projects"], json!(true));
    let mut project = same.clone();
    project["meta"] = Value::Null;
    for named in server.json("stats/projects?range=all&limit=500")["items"].as_array().unwrap() {
        assert!(!project.to_string().contains(named["project"].as_str().unwrap()));
    }
    assert_eq!(crate::http::get(&format!("{}api/v1/compare/moon", server.url())).status, 404);
    server.stop();
}

#[test]
fn the_list_of_a_compared_item_has_exactly_its_responses() {
    let (place, _) = Place::generated(26, 400_000);
    let server = at_noon(&place);
    let mut fewer = 0;
    for filter in ["range=all", "range=30d&tz=Asia%2FTokyo"] {
        for (what, name) in [("version", "version"), ("model", "only_model")] {
            let all = server.json(&format!("compare/{what}?{filter}"));
            let same = server.json(&format!("compare/{what}?{filter}&same_projects=true"));
            fewer += u64::from(same["projects"].as_u64() < all["projects"].as_u64());
            for (stats, more) in [(all, String::new()), (same, format!("&same_projects={what}"))] {
                for item in stats["items"].as_array().unwrap() {
                    let of = item["key"].as_str().map_or_else(
                        || format!("without={what}"),
                        |key| format!("{name}={}", super::escaped(key)),
                    );
                    let list = server.json(&format!("responses?{filter}&{of}{more}&limit=1"));
                    assert_eq!(list["total"], item["responses"], "{filter} {of}{more}");
                }
            }
        }
    }
    assert!(fewer > 0, "no comparison leaves out a project");
    server.stop();
}
