//! `ctm import history`: files that other programs made of the home of usual things (`testdata/imports/README.md`), beside its
//! usage and in no sum of it.

use crate::place::Place;
use crate::running::Running;
use crate::stored::sqlite3;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// An hour after the last response of the home.
const NOW: &str = "2026-03-11T10:00:00Z";

/// Commands whose answers no import changes.
const SUMS: [&[&str]; 6] = [
    &["models", "--json"],
    &["projects", "--json"],
    &["sessions", "--json"],
    &["monthly", "--json"],
    &["blocks", "--json"],
    &["audit", "--json"],
];

/// Copies a file of `testdata/imports` into the place; of a dump, the database.
fn put(place: &Place, name: &str) -> Option<String> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/imports").join(name);
    let Some(database) = name.strip_suffix(".sql") else {
        fs::copy(&from, place.path().join(name)).unwrap();
        return Some(name.to_owned());
    };
    let database = format!("{database}.db");
    sqlite3(&place.path().join(&database), &fs::read_to_string(from).unwrap())?;
    Some(database)
}

fn import(place: &Place, name: &str) -> String {
    place.print(&["import", "history", name])
}

fn daily(place: &Place) -> Value {
    let range = ["--from", "2026-03-07", "--to", "2026-03-11", "--tz", "UTC", "--no-update"];
    serde_json::from_str(&place.print(&[&["daily", "--json"][..], &range].concat())).unwrap()
}

/// Removes what differs from run to run.
fn settle(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(fields) => {
            fields.retain(|field, _| !["meta", "generated_at"].contains(&field.as_str()));
            fields.values_mut().for_each(settle);
        }
        _ => {}
    }
}

/// Returns each command with its answer.
fn sums(place: &Place) -> Vec<(&'static str, Value)> {
    let answer = |command: &&'static [&'static str]| {
        let mut answer: Value = serde_json::from_str(&place.print(command)).unwrap();
        settle(&mut answer);
        (command[0], answer)
    };
    SUMS.iter().map(answer).collect()
}

/// Returns the difference of each day of a program from what is known here.
fn differences(place: &Place, program: &str) -> Vec<(String, i64)> {
    let answer: Value = serde_json::from_str(&place.print(&["import", "history", "--json"])).unwrap();
    let items = answer["items"].as_array().unwrap().clone();
    let of_program = items.iter().filter(|item| item["program"] == program && item["grain"] == "day");
    let difference = |item: &Value| {
        (item["from"].as_str().unwrap().to_owned(), item["known"]["difference_tokens"].as_i64().unwrap())
    };
    of_program.map(difference).collect()
}

#[test]
fn each_program_has_its_days_beside_those_that_are_known_here_and_no_sum_changes() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let (before, totals) = (sums(&place), daily(&place)["totals"].clone());
    assert_eq!(totals["total_tokens"], 56_148);
    let growing = [("2026-03-07", -1_999), ("2026-03-08", 0), ("2026-03-09", 0), ("2026-03-11", 0)];
    let none = growing.map(|(day, _)| (day, 0));
    for (name, program, differs) in [
        ("ccusage-20.0.24-daily.json", "ccusage", none),
        ("toktrack-0.1.51-claude-code_daily.json", "toktrack", growing),
        ("token-dashboard-5.0.0.sql", "token-dashboard", none),
        ("agentsview-0.46.1.sql", "agentsview", none),
    ] {
        let Some(file) = put(&place, name) else { continue };
        assert!(import(&place, &file).contains("4 periods"));
        let expected = differs.map(|(day, by)| (day.to_owned(), by));
        assert_eq!(differences(&place, program), expected, "{program}");
    }
    let file = put(&place, "claude-monitor-4.0.0-usage.json").unwrap();
    import(&place, &file);
    for ((command, before), (_, after)) in before.into_iter().zip(sums(&place)) {
        assert!(before == after, "{command}: {before} {after}");
    }
    assert_eq!(daily(&place)["totals"], totals);
}

#[test]
fn a_file_counts_once_is_replaced_by_a_later_one_and_can_be_removed() {
    let place = Place::everyday();
    for name in ["ccusage-17.2.1-daily.json", "ccusage-20.0.24-daily.json", "ccusage-20.0.24-monthly.json"] {
        put(&place, name).unwrap();
    }
    place.print(&["daily"]);
    assert!(import(&place, "ccusage-17.2.1-daily.json").contains("4 periods of ccusage, 54,149 tokens"));
    assert_eq!(
        import(&place, "ccusage-17.2.1-daily.json").trim(),
        "ccusage-17.2.1-daily.json: imported before"
    );
    let later = import(&place, "ccusage-20.0.24-daily.json");
    assert!(
        later.contains("replaced: 4 periods") && later.contains("zone of its days is unknown"),
        "{later}"
    );
    assert!(import(&place, "ccusage-20.0.24-monthly.json").contains("1 period of ccusage"));
    let listed = place.print(&["import", "history"]);
    assert_eq!(listed.matches("ccusage-").count(), 3, "{listed}");
    let days = place.print(&["import", "history", "--days"]);
    assert!(days.contains("2026-03-01  2026-03-31  month") && days.contains("unknown"), "{days}");
    let table = place.print(&["daily", "--from", "2026-03-07", "--to", "2026-03-11"]);
    assert!(
        table.contains("ccusage counted 56,148 tokens on 4 days, 0 of which nothing else covers"),
        "{table}"
    );

    place.run(&["import", "history", "--remove", "nothing"]).failed(2, &["no imported file is called"]);
    place.print(&["import", "history", "--remove", "ccusage-20.0.24-monthly.json"]);
    place.print(&["import", "history", "--remove", "ccusage"]);
    assert!(place.print(&["import", "history"]).contains("Nothing of other programs"));
    assert_eq!(daily(&place)["days"][0].get("imported"), None);
}

#[test]
fn a_refused_file_imports_nothing_of_the_command() {
    let place = Place::everyday();
    let good = put(&place, "ccusage-20.0.24-daily.json").unwrap();
    let whole = fs::read(place.path().join(&good)).unwrap();
    fs::write(place.path().join("cut.json"), &whole[..700]).unwrap();
    fs::write(place.path().join("no.db"), "SQLite format 3\0 and no more").unwrap();
    for (bad, parts) in [
        ("cut.json", &["cut.json", "incomplete", "line 2"][..]),
        ("no.db", &["no.db", "not a SQLite database"]),
        ("absent.json", &["absent.json", "No such file"]),
        (".", &["not a regular file"]),
    ] {
        place.run(&["import", "history", &good, bad]).failed(2, &[&["nothing was imported"], parts].concat());
    }
    place
        .run(&["import", "history", &good, "--kind", "toktrack"])
        .failed(2, &["a file of ccusage, not of toktrack"]);
    assert!(!place.database().exists());
}

#[test]
fn days_that_only_other_programs_counted_are_in_coverage_and_history_and_in_no_sum() {
    let place = Place::empty();
    let file = put(&place, "ccusage-20.0.24-daily.json").unwrap();
    place.append(
        "projects/-home-u-live/new.jsonl",
        crate::place::response("new", 1, 1_000, "2026-03-09T09:00:00.000Z").as_bytes(),
    );
    import(&place, &file);
    let server = Running::at(NOW, &place, &[]);
    let stats = server.json("stats/daily");
    let day = |place: usize| &stats["days"][place];
    assert_eq!((&stats["meta"]["from"], &stats["meta"]["source"]), (&json!("2026-03-07"), &json!("mixed")));
    assert_eq!((&day(0)["source"], &day(0)["total_tokens"]), (&json!("imported"), &json!(0)));
    let first = &day(0)["imported"][0];
    assert_eq!((&first["program"], &first["total_tokens"]), (&json!("ccusage"), &json!(16_100)));
    assert_eq!((&first["zone"], &first["known"]), (&Value::Null, &Value::Null));
    assert_eq!(day(2)["source"], "events");
    let known = day(2)["total_tokens"].as_i64().unwrap();
    assert_eq!(day(2)["imported"][0]["known"]["difference_tokens"], 21_290 - known);
    assert_eq!((&day(3)["source"], day(3).get("imported")), (&json!("none"), None));
    assert_eq!(stats["totals"]["total_tokens"], known);

    let history = server.json("stats/history");
    let covered: Vec<_> = history["coverage"].as_array().unwrap().iter().map(|day| &day["source"]).collect();
    assert_eq!(covered, ["imported", "imported", "events", "none", "imported"]);
    assert_eq!(history["coverage"][0]["programs"], json!(["ccusage"]));
    assert_eq!(history["imported"].as_array().unwrap().len(), 4);
    // A project is nothing that other programs distinguish.
    let of_project = server.json("stats/daily?project=/home/u/shop&from=2026-03-07");
    assert_eq!(of_project["days"][0].get("imported"), None);
    server.stop();
}

#[test]
fn budgets_and_forecasts_of_days_that_a_program_counted_are_what_they_were() {
    const ASKED: [&str; 6] =
        ["forecast", "budgets", "stats", "stats/models", "stats/trends?metric=total_tokens", "blocks"];
    let place = Place::everyday();
    place.print(&["budget", "add", "all", "--usd", "5", "--per", "month"]);
    let ask = || {
        let server = Running::at(NOW, &place, &[]);
        let answers = ASKED.map(|asked| {
            let mut answer = server.json(asked);
            settle(&mut answer);
            answer
        });
        server.stop();
        answers
    };
    let before = ask();
    assert_eq!(before[1]["items"][0]["used"], json!(0.12634), "{}", before[1]);
    for name in ["ccusage-17.2.1-daily.json", "ccusage-20.0.24-monthly.json", "ccusage-20.0.24-session.json"]
    {
        import(&place, &put(&place, name).unwrap());
    }
    assert_eq!(ask(), before);
}
