//! `ctm budget`: adding and removing budgets, how they stand, and the exit codes.

use crate::place::Place;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// A day of the home of usual things, and its zone.
const DAY: [&str; 4] = ["--at", "2026-03-11", "--tz", "UTC"];

fn add(place: &Place, args: &[&str]) -> String {
    place.print(&[&["budget", "add"], args].concat())
}

fn status(place: &Place, args: &[&str]) -> (Option<i32>, String) {
    let ran = place.run(&[&["budget", "status"], &DAY[..], args].concat());
    assert_eq!(ran.err, "");
    (ran.code, ran.out)
}

#[test]
fn the_exit_code_is_that_of_the_highest_level() {
    let place = Place::everyday();
    assert_eq!(status(&place, &[]).0, Some(0));
    let added = add(&place, &["all", "--usd", "1", "--per", "month"]);
    assert_eq!(added, "Added the budget all: $1.00 per month of all usage.\n");
    assert_eq!(status(&place, &[]).0, Some(0));
    add(&place, &["tokens", "--tokens", "60000", "--per", "month", "--soft", "50", "--hard", "1000"]);
    assert_eq!(status(&place, &[]).0, Some(10));
    add(&place, &["opus", "--tokens", "100", "--per", "5d", "--model", "claude-opus-4-5-20251101"]);
    let (code, out) = status(&place, &[]);
    assert_eq!(code, Some(11));
    assert_snapshot!(out, @"
    all     ≥ $0.13 of $1.00 per month (≥ 12.6%), at most $0.87 left ($0.0416 a day), $0.23 below the pace
    tokens  56,148 tokens of 60,000 tokens per month (93.6%), soft level, 3,852 tokens left (183 tokens a day), 34,857 above the pace
    opus    31,550 tokens of 100 tokens in 5 days (31550.0%), hard level, 31,450 tokens over it, model claude-opus-4-5-20251101
    ");
    assert_eq!(status(&place, &["all"]).0, Some(0));
    assert_eq!(status(&place, &["--quiet", "tokens"]), (Some(10), String::new()));
    let json: Value = serde_json::from_str(&status(&place, &["--json"]).1).unwrap();
    assert_eq!((&json["level"], json["items"].as_array().unwrap().len()), (&Value::from("hard"), 3));
    // A past day has its own level, and a day before the first usage none.
    let at = |day| place.run(&["budget", "status", "opus", "--at", day, "--tz", "UTC"]).code;
    assert_eq!((at("2026-03-01"), at("2026-03-07")), (Some(0), Some(11)));
    place.run(&["budget", "status", "none"]).failed(2, &["no budget has the name or id `none`; "]);
}

#[test]
fn budgets_are_listed_with_their_origin_and_removed_by_name() {
    let place = Place::everyday();
    let folder = place.path().join(".config/ctm");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[[budget]]\nname = 'fixed'\nusd = 20\nper = '30d'\n")
        .unwrap();
    let ran = place
        .ctm(&["budget", "add", "shop", "--usd", "5", "--per", "week", "--project", "/home/u/shop"])
        .env("USER", "kim")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let list = || -> Value { serde_json::from_str(&place.print(&["budget", "list", "--json"])).unwrap() };
    let listed = list();
    let items = listed["items"].as_array().unwrap();
    assert_eq!((&items[0]["source"], &items[0]["created_by"]), (&Value::from("config_file"), &Value::Null));
    assert_eq!((&items[1]["source"], &items[1]["created_by"]), (&Value::from("stored"), &Value::from("kim")));
    let page = place.print(&["budget", "list"]);
    assert!(
        page.contains("config file") && page.contains("kim, ") && page.contains("project /home/u/shop"),
        "{page}"
    );
    place
        .run(&["budget", "add", "shop", "--usd", "5", "--per", "day"])
        .failed(2, &["`name` is `shop`, which another budget has"]);
    place.run(&["budget", "remove", "fixed"]).failed(2, &["it is in the config file; remove it there"]);
    assert_eq!(place.print(&["budget", "remove", "shop"]), "Removed the budget shop.\n");
    place.run(&["budget", "remove", "shop"]).failed(2, &["`ctm budget list` lists all"]);
    assert_eq!(list()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_history_has_the_level_of_each_day() {
    let place = Place::everyday();
    add(&place, &["all", "--tokens", "40000", "--per", "month"]);
    let days = ["--from", "2026-03-06", "--to", "2026-03-11", "--tz", "UTC"];
    assert_snapshot!(place.print(&[&["budget", "history", "all"], &days[..]].concat()), @"
    Day         Used           Of the amount  Level
    2026-03-06  -              -              unknown
    2026-03-07  16,100 tokens  40.2%          fine
    2026-03-08  34,850 tokens  87.1%          soft level
    2026-03-09  56,140 tokens  140.3%         hard level
    2026-03-10  56,140 tokens  140.3%         hard level
    2026-03-11  56,148 tokens  140.4%         hard level
    ");
}

// With a forecast, the usage of a scope is read once for all its budgets.
#[test]
fn the_status_has_the_figures_of_the_list() {
    let place = Place::everyday();
    let scopes: [&[&str]; 3] =
        [&[], &["--project", "/home/u/shop"], &["--model", "claude-opus-4-5-20251101"]];
    for (number, scope) in scopes.into_iter().enumerate() {
        for period in ["block", "month", "366d"] {
            if scope.is_empty() || period != "block" {
                let name = format!("{period} {number}");
                add(&place, &[&[&name, "--tokens", "600000", "--per", period], scope].concat());
            }
        }
    }
    let figures = |command: &str| -> Vec<Value> {
        let printed = place.print(&["budget", command, "--json", "--tz", "UTC"]);
        let budgets: Value = serde_json::from_str(&printed).unwrap();
        let figures = |of: &Value| json!([of["name"], of["used"], of["left"], of["certainty"]]);
        budgets["items"].as_array().unwrap().iter().map(figures).collect()
    };
    let listed = figures("list");
    assert_eq!(figures("status"), listed);
    let used = listed.iter().filter(|of| of[1] != json!(0)).count();
    assert_eq!(used, 3, "{listed:?}");
}

#[test]
fn invalid_budgets_are_refused() {
    let place = Place::everyday();
    let refused = |args: &[&str], part: &str| {
        place.run(&[&["budget", "add"], args].concat()).failed(2, &[part]);
    };
    refused(&["a", "--per", "day"], "--usd");
    refused(&["a", "--usd", "5", "--per", "year"], "allowed: block, day, week, month");
    refused(&["a", "--usd", "5", "--per", "367d"], "allowed: block");
    refused(&["a", "--usd", "5", "--per", "day", "--soft", "101"], "the soft part is 101 %");
    refused(&["a", "--usd", "5", "--per", "block", "--project", "p"], "a block is one of a home");
    refused(&["", "--usd", "5", "--per", "day"], "`name` must be one line");
    refused(&["a", "--usd", "5", "--tokens", "5", "--per", "day"], "cannot be used with");
}
