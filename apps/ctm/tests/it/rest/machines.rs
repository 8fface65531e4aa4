//! Machines whose usage is imported: their list, and removing one.

use super::problems::check_problem;
use super::{NOW, everyday, names};
use crate::http::{host, request_with};
use crate::place::Place;
use crate::running::{Running, wait_for};
use ctm_report::BY;
use serde_json::{Value, json};

/// A server whose database has the usage of two machines: its own, and another one with a single response.
fn two() -> (Place, Running, Value) {
    two_at("names")
}

/// The same, where the other machine discloses what is of a level.
fn two_at(level: &str) -> (Place, Running, Value) {
    let (place, server) = everyday();
    let before = server.json("stats?range=all")["totals"].clone();
    let other = Place::empty();
    let line = crate::place::response("other", 1, 10, "2026-03-10T10:00:00Z");
    let mut line: Value = serde_json::from_str(line.trim()).unwrap();
    line["version"] = json!("2.1.99");
    other.append("projects/-p/other.jsonl", format!("{line}\n").as_bytes());
    let file = place.path().join("desk.gz");
    other.run(&["export", "facts", "-o", file.to_str().unwrap(), "--machine", "desk", "--level", level]);
    place.print(&["import", "facts", "desk.gz"]);
    (place, server, before)
}

#[test]
fn machines_are_listed_counted_and_removed() {
    let (_place, server, before) = two();
    let all = || server.json("stats?range=all")["totals"].clone();
    let responses = before["responses"].as_u64().unwrap();
    assert_eq!(all()["responses"], responses + 1);
    let listed = server.json("machines");
    let [desk] = &listed["items"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(
        (&desk["name"], &desk["level"], &desk["responses"], &desk["counting"]),
        (&json!("desk"), &json!("names"), &json!(1), &json!(1))
    );
    for what in BY.map(|(what, _)| what) {
        let by = server.json(&format!("by/{what}?range=all"));
        let of_items = by["items"].as_array().unwrap().iter().map(|item| item["responses"].as_u64().unwrap());
        assert_eq!(
            (of_items.sum::<u64>(), &by["totals"]["responses"]),
            (responses + 1, &json!(responses + 1))
        );
    }
    let of_desk = server.json("stats?range=all&home=machine:desk");
    assert_eq!(of_desk["totals"]["responses"], 1);
    let versions = server.json("by/version?range=all&home=machine:desk");
    assert_eq!(names(&versions["items"], "key"), ["2.1.99"]);
    let sources = server.json("stats/sources?range=all").to_string();
    assert!(sources.contains("machine:desk"), "{sources}");

    let id = desk["id"].as_str().unwrap();
    let url = format!("{}api/v1/machines/{id}", server.url());
    let origin = format!("http://{}", host(&server.url()));
    // Only a page of the server itself removes anything.
    assert_eq!(request_with("DELETE", &url, &[("origin", "http://evil.example")], "").status, 403);
    assert_eq!(all()["responses"], responses + 1);
    let removed = request_with("DELETE", &url, &[("origin", &origin)], "");
    assert_eq!((removed.status, &removed.json()), (200, desk));
    assert_eq!(all(), before);
    assert_eq!(server.json("machines"), json!({"items": []}));
    let again = request_with("DELETE", &url, &[("origin", &origin)], "");
    check_problem(&again, 404, &format!("/api/v1/machines/{id}"));
    assert_eq!(request_with("POST", &url, &[("origin", &origin)], "").status, 405);
    server.stop();
}

#[test]
fn usage_of_an_undisclosed_project_has_a_name() {
    let (_place, server, _) = two_at("totals");
    let projects = server.json("stats/projects?range=all&home=machine:desk");
    let names: Vec<_> = projects["items"].as_array().unwrap().iter().map(|item| &item["project"]).collect();
    assert_eq!(names, ["(unknown)"]);
    let named = server.json("stats?range=all&project=(unknown)");
    assert_eq!(named["totals"]["responses"], 1);
    server.stop();
}

#[test]
fn an_import_while_a_server_runs_is_shown() {
    let (place, server, _) = two();
    place.print(&["machines", "remove", "desk"]);
    let version = || server.json("stats?range=all")["meta"]["data_version"].clone();
    let before = version();
    place.print(&["import", "facts", "desk.gz"]);
    wait_for(|| (version() != before).then_some(()));
    assert_eq!(server.json("stats?range=all&home=machine:desk")["totals"]["responses"], 1);
    server.stop();
    let again = Running::at(NOW, &place, &[]);
    assert_eq!(again.json("machines")["items"][0]["name"], "desk");
    again.stop();
}
