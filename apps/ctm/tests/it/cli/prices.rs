//! `ctm prices`: without a home and without a database.

use crate::place::Place;
use serde_json::Value;

/// The user's own prices.
const OWN: &str =
    "[[price]]\nmodel = 'house-model-1'\ninput = '0.5'\noutput = '2'\n[discount]\nmultiplier = '0.9'\n";

fn without_home() -> Place {
    let place = Place::empty();
    std::fs::remove_dir_all(place.claude()).unwrap();
    place
}

#[test]
fn all_prices_are_listed_by_their_days() {
    let place = without_home();
    let json: Value = serde_json::from_str(&place.print(&["prices", "--json"])).unwrap();
    let sonnet =
        json["models"].as_array().unwrap().iter().find(|model| model["model"] == "claude-sonnet-5-5");
    let prices = sonnet.unwrap()["prices"].as_array().unwrap();
    let read: Vec<_> = prices.iter().map(|row| (row["from"].as_str(), row["cache_read"].as_f64())).collect();
    assert_eq!(read, [(Some("2026-09-28"), Some(0.2)), (Some("2026-10-07"), Some(0.1))]);
    let page = place.print(&["prices"]);
    assert!(page.contains("claude-sonnet-5-5") && page.contains("above 200,000 tokens"), "{page}");
    assert_eq!(page, place.print(&["prices", "list"]));
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(!place.database().exists());
}

#[test]
fn a_name_is_parsed() {
    let place = without_home();
    let check = |name: &str, parts: &[&str]| {
        let page = place.print(&["prices", "show", name]);
        for part in parts {
            assert!(page.contains(part), "`{part}` is not in: {page}");
        }
    };
    check("claude-opus-5", &["claude-opus-5 is the id of a model", "Aliases: claude-opus-5-latest"]);
    check("claude-opus-5-fast[1m]", &["is an alias of claude-opus-5", "selects fast mode"]);
    check("us.anthropic.claude-opus-4-5-20251101-v1:0", &["an alias of claude-opus-4-5", "regional x 1.1"]);
    check("claude-3-opus", &["Not on the first-party API from 2026-01-05 on"]);
    place.run(&["prices", "show", "opus"]).failed(2, &["no price (ambiguous_alias)", "[alias]"]);
    place.run(&["prices", "show", "claude-opus-99"]).failed(2, &["unknown_model", "[[price]]"]);
}

#[test]
fn own_prices_are_checked_and_shown() {
    let place = without_home();
    let file = place.path().join("own.toml");
    std::fs::write(&file, OWN).unwrap();
    let file = file.to_str().unwrap();
    assert!(
        place
            .print(&["prices", "check", file])
            .starts_with("The file is valid: 1 price, a discount of list price x 0.9")
    );
    let shown = place.print(&["prices", "show", "house-model-1", "--prices", file, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&shown["prices"][0]["is_own"], shown["today"]["cache_read"].as_f64()),
        (&Value::from(true), Some(0.05))
    );

    std::fs::write(file, OWN.replace("'0.5'", "0.5")).unwrap();
    place
        .run(&["prices", "check", file])
        .failed(2, &["line 3, column 9", "input = 0.5", "expected a string"]);
    place.run(&["prices", "check", "nowhere.toml"]).failed(2, &["nowhere.toml"]);
}
