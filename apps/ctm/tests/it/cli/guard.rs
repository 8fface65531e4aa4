//! `ctm guard`: what stops Claude Code, what does not, and that nothing is changed.

use crate::holder::Holder;
use crate::place::{Place, Ran, response};
use crate::running::wait_for;
use ctm_report::clock::Clock;
use ctm_report::wire::Time;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Part of the message of a guard that does not wait any longer.
const LATE: &str = "does not answer in time";

/// A place with 1,000 output tokens of the present time, and a budget of so many tokens.
fn place(tokens: &str) -> Place {
    let place = Place::empty();
    let now = Time(Clock::system().now()).to_string();
    place.append("projects/-home-u-live/a.jsonl", response("a", 1, 1_000, &now).as_bytes());
    place.print(&["daily"]);
    place.print(&["budget", "add", "all", "--tokens", tokens, "--per", "30d"]);
    place
}

fn run(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.ctm(&[&["guard"], args].concat()).stdin(Stdio::null()))
}

/// Runs the guard on a machine that is not too busy for it to know the budgets in time.
fn guard(place: &Place, args: &[&str]) -> Ran {
    wait_for(|| {
        let ran = run(place, args);
        (!ran.err.contains(LATE)).then_some(ran)
    })
}

#[test]
fn only_a_hard_level_stops_claude_code() {
    let check = |tokens: &str, args: &[&str], code: i32, out: &str, err: &str| {
        let ran = guard(&place(tokens), args);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (Some(code), out, err),
            "{tokens} {args:?}"
        );
    };
    let hard = "the budget `all` is at its hard level: 1,000 tokens of 1,000 tokens in 30 days (100.0%)";
    let soft = "the budget `all` is at its soft level: 1,000 tokens of 1,250 tokens in 30 days (80.0%)";
    check("1000", &[], 2, "", &format!("ctm: {hard}\n"));
    check("1000", &["all"], 2, "", &format!("ctm: {hard}\n"));
    check("1250", &[], 0, &format!("{}\n", json!({ "systemMessage": soft })), "");
    check("1250", &["--soft"], 2, "", &format!("ctm: {soft}\n"));
    check("1251", &["--soft"], 0, "", "");
    check("1251", &[], 0, "", "");
}

#[test]
fn usage_that_is_not_stored_does_not_count() {
    let place = place("1500");
    let now = Time(Clock::system().now()).to_string();
    place.append("projects/-home-u-live/a.jsonl", response("a", 2, 1_000, &now).as_bytes());
    assert_eq!(guard(&place, &[]).code, Some(0));
    place.print(&["daily"]);
    assert_eq!(guard(&place, &[]).code, Some(2));
}

/// Returns all files below a folder with their contents.
fn contents(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(contents(&entry.path()));
        } else {
            found.insert((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
    found
}

#[test]
fn nothing_is_changed_or_created() {
    let without_database = Place::everyday();
    let before = contents(without_database.path());
    assert_eq!(guard(&without_database, &[]).code, Some(0));
    assert_eq!(contents(without_database.path()), before);
    let stopped = place("1");
    let (home, database) = (contents(stopped.claude()), fs::read(stopped.database()).unwrap());
    assert_eq!(guard(&stopped, &[]).code, Some(2));
    assert_eq!((contents(stopped.claude()), fs::read(stopped.database()).unwrap()), (home, database));
}

#[test]
fn whatever_is_unknown_lets_claude_code_continue() {
    let continues = |place: &Place, args: &[&str], code: i32, part: &str| {
        let ran = guard(place, args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(part), "`{part}` is not in: {}", ran.err);
    };
    let place = place("1");
    // A hook that is not set up correctly fails visibly, and stops nothing.
    continues(&place, &["none"], 1, "no budget has the name or id `none`");
    continues(&place, &["--sofd"], 1, "--sofd");
    continues(&place, &["--tz", "Mars"], 1, "Mars");
    continues(&Place::empty(), &[], 0, "ctm.db");
    fs::write(place.database(), "no database").unwrap();
    continues(&place, &[], 0, "database");
    fs::write(place.path().join("a.toml"), "[[budget]]\nname = 5\n").unwrap();
    let config = place.path().join("a.toml");
    continues(&place, &["--config", config.to_str().unwrap()], 1, "a.toml");
}

#[test]
fn a_locked_database_lets_claude_code_continue() {
    let place = place("1");
    let Some(holder) = Holder::alone(&place) else { return };
    let ran = run(&place, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert!(ran.err.contains(LATE), "{}", ran.err);
    holder.release();
    assert_eq!(guard(&place, &[]).code, Some(2));
}
