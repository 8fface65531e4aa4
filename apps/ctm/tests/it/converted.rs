//! Databases of before the first release (`testdata/databases`): the answers of the builds that wrote them.

use crate::place::Place;
use crate::stored::sqlite3;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A place with a database that a former build wrote, and what it answered; `None` without `sqlite3`.
fn former(schema: &str) -> Option<(Place, Value)> {
    let place = Place::empty();
    let read = |name: String| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/databases");
        fs::read_to_string(folder.join(name)).unwrap()
    };
    fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    sqlite3(&place.database(), &read(format!("{schema}.sql")))?;
    Some((place, serde_json::from_str(&read(format!("{schema}.answers.json"))).unwrap()))
}

/// Returns the answer of a command, by its name in the file of answers.
fn answer(place: &Place, command: &str) -> Value {
    if command == "export" {
        let lines = place.print(&["export", "--dataset", "responses", "--format", "ndjson", "--tz", "UTC"]);
        return lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    }
    let mut args: Vec<&str> = command.split(' ').collect();
    if command == "daily" {
        args.extend(["--since", "2026-03-01", "--until", "2026-03-31"]);
    }
    args.extend(["--json", "--tz", "UTC"]);
    serde_json::from_str(&place.print(&args)).unwrap()
}

/// Lists the fields of an answer whose value is not the former one, with both.
fn differences(former: &Value, now: &Value, at: &str, found: &mut Vec<String>) {
    match (former, now) {
        (Value::Object(fields), Value::Object(now)) => {
            for (field, value) in fields {
                differences(value, now.get(field).unwrap_or(&Value::Null), &format!("{at}/{field}"), found);
            }
        }
        (Value::Array(items), Value::Array(now)) if items.len() == now.len() => {
            for (index, (item, now)) in items.iter().zip(now).enumerate() {
                differences(item, now, &format!("{at}/{index}"), found);
            }
        }
        _ if former == now => {}
        _ => found.push(format!("{at}: {former} -> {now}")),
    }
}

/// Returns what a converted database answers otherwise than the build that wrote it did.
fn changed(place: &Place, answers: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (command, former) in answers.as_object().unwrap() {
        differences(former, &answer(place, command), command, &mut found);
    }
    found
}

/// Fields that every conversion changes: a line that is its own key has one without the path of the home, and of the same
/// line in two homes the home decides, and not the path.
fn changed_by_homes(keys: [usize; 2]) -> Vec<String> {
    let keys = keys.map(|at| format!("export/{at}/key"));
    ["explain msg_0000000000000000000040/lines/1/lost_by".to_owned()].into_iter().chain(keys).collect()
}

fn fields(changed: &[String]) -> Vec<String> {
    let field = |change: &String| change.split(": ").next().unwrap().to_owned();
    // Before the first usage a day has no cost since, where it was zero.
    let is_unknown_since =
        |change: &&String| change.starts_with("daily/days/") && change.ends_with(": 0 -> null");
    let changed = changed.iter().filter(|change| !is_unknown_since(change));
    // The price table has a later version, with the same prices.
    changed.map(field).filter(|field| !field.ends_with("/price_version")).collect()
}

#[test]
fn the_last_schema_answers_as_its_build_did() {
    let Some((place, answers)) = former("20261127090000") else { return };
    let changed = changed(&place, &answers);
    assert_eq!(fields(&changed), changed_by_homes([2, 12]), "{changed:?}");
}

#[test]
fn the_earlier_schema_answers_as_its_build_did_but_for_worktrees() {
    let Some((place, answers)) = former("20261125000000") else { return };
    let changed = changed(&place, &answers);
    let mut expected = changed_by_homes([2, 10]);
    expected.extend(
        [
            // Progress records are copies of responses since, and not counted apart.
            "audit/responses/embedded",
            "audit/responses/embedded_only",
            // A worktree is folded to its repository since.
            "export/11/project",
            "projects/items",
            "projects/total",
        ]
        .map(str::to_owned),
    );
    expected.sort();
    let mut found = fields(&changed);
    found.sort();
    assert_eq!(found, expected, "{changed:?}");
    let worktree = "\"/home/u/shop/.claude/worktrees/w1\" -> \"/home/u/shop\"";
    assert!(changed.contains(&format!("export/11/project: {worktree}")), "{changed:?}");
}

#[test]
fn facts_of_deleted_transcripts_are_in_the_totals() {
    for schema in ["20261125000000", "20261127090000"] {
        let Some((place, answers)) = former(schema) else { return };
        // Nothing is read: no transcript is left.
        let daily = answer(&place, "daily");
        for total in ["responses", "input_tokens", "output_tokens", "total_tokens", "cost_usd"] {
            assert_eq!(daily["totals"][total], answers["daily"]["totals"][total], "{schema} {total}");
        }
        let gone = answer(&place, "sessions")["items"].as_array().unwrap().last().unwrap().clone();
        let expected = json!(["eeeeeeee-0000-4000-8000-000000000001", 3, 453]);
        assert_eq!(json!([gone["id"], gone["responses"], gone["total_tokens"]]), expected, "{schema}");
        assert!(place.print(&["db", "check"]).contains("is in order"));
    }
}

#[test]
fn a_database_of_another_program_is_refused_by_every_command_and_left() {
    let place = Place::everyday();
    let other = place.path().join("other-app.db");
    if sqlite3(&other, "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')").is_none() {
        return;
    }
    let before = fs::read(&other).unwrap();
    let listed = fs::read_dir(place.path()).unwrap().count();
    for command in [&["daily"][..], &["sessions"], &["audit"], &["db", "rebuild"], &["daily", "--no-update"]]
    {
        let ran = place.run(&[command, &["--database", other.to_str().unwrap()]].concat());
        assert_ne!(ran.code, Some(0), "{command:?}");
        assert!(ran.err.contains("is a database, but not one of ctm"), "{command:?}: {}", ran.err);
        assert!(fs::read(&other).unwrap() == before, "{command:?}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), listed, "{command:?}");
    }
}

#[test]
fn a_schema_that_is_not_converted_is_refused_with_what_to_do() {
    let Some((place, _)) = former("20261127090000") else { return };
    sqlite3(&place.database(), "DELETE FROM _sqlx_migrations WHERE version > 20261126000000");
    let ran = place.run(&["daily"]);
    assert_eq!(ran.code.map(|code| code != 0), Some(true));
    assert!(ran.err.contains("a pre-release version of ctm (schema 20261126000000)"), "{}", ran.err);
    assert!(ran.err.contains("move it away"), "{}", ran.err);
}
