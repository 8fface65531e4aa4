//! `GET /seals`: what `ctm close` lists, without a change of the database.

use super::NOW;
use super::problems::check_problem;
use crate::http::get;
use crate::place::{Place, response};
use crate::running::{Running, wait_for};
use serde_json::{Value, json};

fn parsed(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.run(args).out).unwrap()
}

/// What `ctm close --check` lists.
fn checked(place: &Place) -> Value {
    parsed(place, &["close", "--check", "--json", "--no-update"])
}

#[test]
fn seals_are_those_that_close_lists() {
    let place = Place::everyday();
    place.print(&["close", "2026-03"]);
    place.print(&["close", "2026-04"]);
    let server = Running::at(NOW, &place, &[]);
    let listed = server.json("seals");
    assert_eq!(listed, checked(&place));
    let [march, april] = &listed["items"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!([&march["month"], &march["state"], &april["month"]], ["2026-03", "intact", "2026-04"]);
    let statement: Value = serde_json::from_str(april["statement"].as_str().unwrap()).unwrap();
    assert_eq!(statement["previous"], march["digest"]);
    check_problem(&get(&format!("{}api/v1/seals?month=2026-03", server.url())), 400, "/api/v1/seals");
    server.stop();
}

#[test]
fn a_correction_is_listed_before_and_after_close_notices_it() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("seals")["items"], json!([]));
    // By another process, as the rest.
    place.print(&["close", "2026-03", "--no-update"]);
    assert_eq!(server.json("seals")["items"][0]["state"], "intact");
    place.append(
        "projects/-home-u-live/live.jsonl",
        response("live", 1, 50, "2026-03-21T10:00:00Z").as_bytes(),
    );
    place.print(&["daily"]);
    let corrected = wait_for(|| {
        let march = server.json("seals")["items"][0].clone();
        (march["state"] == "corrected").then_some(march)
    });
    let [correction] = &corrected["corrections"].as_array().unwrap()[..] else { panic!("{corrected}") };
    assert_eq!((&correction["day"], &correction["noticed_at"]), (&json!("2026-03-21"), &Value::Null));
    assert_eq!((&correction["before"], &correction["after"]["output_tokens"]), (&Value::Null, &json!(50)));
    assert_eq!(server.json("seals"), checked(&place), "nothing was stored");
    place.print(&["close", "--no-update"]);
    let noticed = server.json("seals");
    assert!(noticed["items"][0]["corrections"][0]["noticed_at"].is_string(), "{noticed}");
    assert_eq!(noticed, checked(&place));
    server.stop();
}
