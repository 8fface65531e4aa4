//! A session among those of its project.

use super::at_noon;
use crate::place::{Place, response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn a_session_is_compared_with_those_of_its_project() {
    let (place, _) = Place::generated(22, 500_000);
    let server = at_noon(&place);
    let projects = server.json("stats/projects?range=all&limit=500")["items"].clone();
    for project in projects.as_array().unwrap() {
        let name = super::escaped(project["project"].as_str().unwrap());
        let sessions = server.json(&format!("sessions?range=all&project={name}&limit=500"))["items"].clone();
        let mut sessions: Vec<Value> = sessions.as_array().unwrap().clone();
        sessions.sort_by_key(|of| (of["started_at"].to_string(), of["id"].to_string()));
        let mut costs: Vec<f64> = sessions.iter().filter_map(|of| of["cost_usd"].as_f64()).collect();
        costs.sort_by(f64::total_cmp);
        let middle = costs.len() / 2;
        let median = if costs.len() % 2 == 1 {
            costs[middle]
        } else {
            f64::midpoint(costs[middle - 1], costs[middle])
        };
        let wholes: BTreeMap<usize, Value> = sessions
            .iter()
            .map(|of| server.json(&format!("sessions/{}", of["id"].as_str().unwrap())))
            .enumerate()
            .filter(|(_, whole)| whole["project"] == project["project"])
            .collect();
        for (place, whole) in wholes {
            let among = &whole["among_project"];
            assert_eq!(among["sessions"], json!(costs.len()), "{among}");
            let found = among["median_cost_usd"].as_f64().unwrap();
            assert!((found - median).abs() < 1e-9, "{found}, {median}");
            let id =
                |place: Option<usize>| place.and_then(|place| sessions.get(place)).map(|of| of["id"].clone());
            assert_eq!(among["previous"], id(place.checked_sub(1)).unwrap_or_default());
            assert_eq!(among["next"], id(Some(place + 1)).unwrap_or_default());
            if costs.len() >= 5 {
                let in_project = sessions[place]["cost_usd"].as_f64().unwrap();
                let factor = among["factor"].as_f64().unwrap();
                assert!((factor - in_project / median).abs() < 1e-6, "{factor}");
            } else {
                assert!(among["factor"].is_null(), "{among}");
            }
        }
    }
    server.stop();
}

#[test]
fn a_session_is_compared_with_the_median_from_five_sessions_on() {
    let id = |number: u32| format!("7777777{number}-7777-4777-8777-777777777777");
    let place = Place::empty();
    let add = |number: u32| {
        let at = format!("2026-11-20T0{number}:00:00Z");
        let line = response(&id(number), number, 1_000 * u64::from(number), &at);
        place.append(&format!("projects/-home-u-app/{}.jsonl", id(number)), line.as_bytes());
    };
    (1..=4).for_each(add);
    let server = at_noon(&place);
    let among = server.json(&format!("sessions/{}", id(4)))["among_project"].clone();
    assert_eq!((&among["sessions"], &among["factor"]), (&json!(4), &Value::Null), "{among}");
    server.stop();
    add(5);
    let server = at_noon(&place);
    let among = server.json(&format!("sessions/{}", id(4)))["among_project"].clone();
    assert_eq!((&among["sessions"], &among["more_expensive"]), (&json!(5), &json!(1)), "{among}");
    let factor = among["factor"].as_f64().unwrap();
    assert!(factor > 1.2 && factor < 1.4, "about 4 / 3: {among}");
    assert_eq!((&among["previous"], &among["next"]), (&json!(id(3)), &json!(id(5))));
    server.stop();
}
