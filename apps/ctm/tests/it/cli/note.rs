//! `ctm note`: notes are kept with the database, and not with facts.

use crate::place::Place;
use serde_json::Value;

fn filled() -> Place {
    let place = Place::everyday();
    place.print(&["daily"]);
    place
}

fn list(place: &Place, args: &[&str]) -> Vec<(String, String)> {
    let printed = place.print(&[&["note", "list", "--json"], args].concat());
    let notes: Value = serde_json::from_str(&printed).unwrap();
    let text = |note: &Value, field: &str| note[field].as_str().unwrap().to_owned();
    notes["items"].as_array().unwrap().iter().map(|note| (text(note, "date"), text(note, "text"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(date, text)| ((*date).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn notes_are_added_listed_by_day_and_removed() {
    let place = filled();
    assert_eq!(place.print(&["note", "list"]).trim(), "No notes");
    let added = place.print(&["note", "add", "second", "--date", "2026-03-09"]);
    assert_eq!(added.trim(), "Added to 2026-03-09: second");
    place.print(&["note", "add", "first", "--date", "2026-03-08"]);
    place.print(&["note", "add", "also\u{202e} second", "--date", "2026-03-09"]);
    let expected =
        pairs(&[("2026-03-08", "first"), ("2026-03-09", "second"), ("2026-03-09", "also\u{202e} second")]);
    assert_eq!(list(&place, &[]), expected);
    assert_eq!(list(&place, &["--from", "2026-03-09"]), expected[1..]);
    assert_eq!(list(&place, &["--to", "2026-03-08"]), expected[..1]);
    assert!(!place.print(&["note", "list"]).contains('\u{202e}'));

    let printed = place.print(&["note", "list", "--json"]);
    let notes: Value = serde_json::from_str(&printed).unwrap();
    let id = notes["items"][0]["id"].as_str().unwrap();
    assert_eq!(place.print(&["note", "remove", id]).trim(), "Removed from 2026-03-08: first");
    place.run(&["note", "remove", id]).failed(2, &["no note has the id", id]);
    assert_eq!(list(&place, &[]), expected[1..]);
}

#[test]
fn an_invalid_note_is_refused_and_no_database_is_created() {
    let place = Place::everyday();
    place.run(&["note", "add", "a"]).failed(4, &["no database"]);
    place.run(&["note", "list"]).failed(4, &["no database"]);
    assert!(!place.database().exists());
    let place = filled();
    place.run(&["note", "add", " "]).failed(2, &["`text` is empty"]);
    place.run(&["note", "add", "a\nb"]).failed(2, &["line breaks"]);
    place.run(&["note", "add", &"x".repeat(501)]).failed(2, &["`text` has 501 characters", "1 to 500"]);
    place.run(&["note", "add", "a", "--date", "2026-02-30"]).failed(2, &["YYYY-MM-DD"]);
    assert_eq!(list(&place, &[]), []);
    place.print(&["note", "add", &"木".repeat(500)]);
}

#[test]
fn a_restored_backup_has_the_notes_and_forgetting_keeps_them() {
    let place = filled();
    place.print(&["note", "add", "kept", "--date", "2026-03-08"]);
    place.print(&["db", "backup", "b.db"]);
    place.print(&["note", "add", "later", "--date", "2026-03-09"]);
    place.print(&["db", "forget", "--project", "/home/u/shop", "--yes", "--no-backup"]);
    let both = pairs(&[("2026-03-08", "kept"), ("2026-03-09", "later")]);
    assert_eq!(list(&place, &[]), both);
    place.print(&["db", "rebuild"]);
    place.print(&["db", "vacuum"]);
    assert_eq!(list(&place, &[]), both);
    place.print(&["db", "restore", "b.db"]);
    assert_eq!(list(&place, &[]), both[..1]);
}
