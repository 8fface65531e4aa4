//! `ctm db`: no operation loses facts of the database.

use crate::place::{Place, response};
use serde_json::Value;
use std::fs;

const DAYS: [&str; 5] = ["--from", "2026-03-07", "--to", "2026-03-11", "--no-update"];

fn daily(place: &Place) -> String {
    place.print(&[&["daily"], &DAYS[..]].concat())
}

fn status(place: &Place) -> Value {
    serde_json::from_str(&place.print(&["db", "status", "--json"])).unwrap()
}

fn filled() -> Place {
    let place = Place::everyday();
    place.print(&["daily"]);
    place
}

#[test]
fn the_status_shows_the_contents_and_creates_nothing() {
    let place = Place::everyday();
    place.run(&["db", "status"]).failed(4, &["no database"]);
    place.run(&["db", "check"]).failed(4, &["no database"]);
    place.run(&["db", "backup", "b.db"]).failed(4, &["no database"]);
    assert!(!place.database().exists());
    let place = filled();
    let found = status(&place);
    assert_eq!(
        (&found["responses"], &found["transcripts"], &found["is_current"]),
        (&6.into(), &4.into(), &true.into())
    );
    assert!(place.print(&["db", "status"]).contains("6 responses of 4 transcripts"));
    assert!(place.print(&["db", "check"]).contains("is in order: 6 responses."));
}

#[test]
fn a_backup_is_restored_and_the_previous_database_is_kept() {
    let place = filled();
    let before = daily(&place);
    assert!(place.print(&["db", "backup", "b.db"]).starts_with("6 responses in `b.db`"));
    place.append("projects/-p/a.jsonl", response("a", 1, 5, "2026-03-11T10:00:00.000Z").as_bytes());
    place.print(&["daily"]);
    let later = daily(&place);
    assert_ne!(later, before);

    let text = place.print(&["db", "restore", "b.db"]);
    assert_eq!(daily(&place), before);
    let kept = text.lines().nth(1).and_then(|line| line.split('`').nth(1)).unwrap().to_owned();
    assert!(kept.contains(".replaced-"), "{text}");
    // The kept database is complete as well.
    place.print(&["db", "restore", &kept]);
    assert_eq!(daily(&place), later);
}

#[test]
fn a_dry_run_of_a_restore_counts_the_differences_and_changes_nothing() {
    let place = filled();
    place.print(&["db", "backup", "b.db"]);
    place.append("projects/-p/a.jsonl", response("a", 1, 5, "2026-03-11T10:00:00.000Z").as_bytes());
    place.print(&["daily"]);
    let later = daily(&place);
    let text = place.print(&["db", "restore", "b.db", "--dry-run"]);
    assert!(text.contains("6 responses, undamaged"), "{text}");
    assert!(text.contains("Only in the backup    nothing"), "{text}");
    assert!(text.contains("Only in the database  1 response of 1 UTC day, 5 tokens"), "{text}");
    assert_eq!(daily(&place), later);
    fs::remove_file(place.database()).unwrap();
    let text = place.print(&["db", "restore", "b.db", "--dry-run"]);
    assert!(text.contains("No database to compare with"), "{text}");
    assert!(!place.database().exists());
}

#[test]
fn a_backup_without_a_name_is_written_to_the_backup_folder() {
    let place = filled();
    for _ in 0..2 {
        assert!(place.print(&["db", "backup"]).starts_with("6 responses in `"));
    }
    let backups = ctm_ingest::backups::list(&place.database()).unwrap();
    assert_eq!(backups.len(), 2);
    place.print(&["db", "restore", backups[0].path.to_str().unwrap()]);
}

#[test]
fn an_existing_backup_is_kept_without_force() {
    let place = filled();
    place.print(&["db", "backup", "b.db"]);
    place.run(&["db", "backup", "b.db"]).failed(2, &["already exists", "--force"]);
    place.print(&["db", "backup", "b.db", "--force"]);
    let database = place.database();
    place
        .run(&["db", "backup", database.to_str().unwrap(), "--force"])
        .failed(2, &["is the database itself"]);
    let inside = place.claude().join("b.db");
    place.run(&["db", "backup", inside.to_str().unwrap()]).failed(2, &["is in a Claude home"]);
    assert!(!inside.exists());
}

#[test]
fn an_invalid_backup_changes_nothing() {
    let place = filled();
    let before = daily(&place);
    fs::write(place.path().join("letter"), "this is a letter to a friend, and no database at all").unwrap();
    place.run(&["db", "restore", "letter"]).failed(4, &["letter", "not a SQLite database"]);
    place.run(&["db", "restore", "nowhere"]).failed(2, &["no such file `nowhere`"]);
    let names: Vec<_> = fs::read_dir(place.database().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let is_known =
        |name: &String| name == "machine-id" || name.starts_with("ctm.db") && !name.contains("replaced");
    assert!(names.iter().all(is_known), "{names:?}");
    assert_eq!(daily(&place), before);
}

#[test]
fn a_damaged_database_is_reported_and_can_be_replaced() {
    let place = filled();
    let before = daily(&place);
    place.print(&["db", "backup", "b.db"]);
    fs::write(place.database(), "this was a database once, and is a letter to a friend now").unwrap();
    place.run(&["db", "check"]).failed(4, &["damaged"]);
    let doctor = place.run(&["doctor"]);
    assert_eq!(doctor.code, Some(11), "{}", doctor.out);
    place.print(&["db", "restore", "b.db"]);
    assert_eq!(daily(&place), before);
}

#[test]
fn a_rebuild_keeps_the_usage_of_deleted_transcripts() {
    let place = filled();
    let before = daily(&place);
    let audit = || {
        let json: Value = serde_json::from_str(&place.print(&["audit", "--json", "--no-update"])).unwrap();
        json["lines"].clone()
    };
    fs::remove_file(place.transcripts().remove(0)).unwrap();
    place.print(&["daily"]);
    let lines = audit();
    let text = place.print(&["db", "rebuild"]);
    assert!(text.contains("3 transcripts are read again. 6 responses are stored"), "{text}");
    assert!(text.contains("1 transcript that is deleted"), "{text}");
    assert_eq!((daily(&place), audit()), (before, lines));
}

#[cfg(unix)]
#[test]
fn a_server_prevents_exclusive_commands() {
    use crate::process::Process;
    use rustix::process::Signal;
    let place = filled();
    place.print(&["db", "backup", "b.db"]);
    let server = Process::serve(&place, &[]);
    for command in [&["db", "vacuum"][..], &["db", "restore", "b.db"]] {
        place.run(command).failed(4, &["another ctm has the database", "stop the server"]);
    }
    // An action without confirmation is executed.
    place.print(&["db", "backup", "c.db"]);
    place.print(&["db", "status"]);
    place.print(&["db", "check"]);
    place.print(&["db", "rebuild"]);
    server.signal(Signal::TERM);
    assert!(server.end().success());
    assert!(place.print(&["db", "vacuum"]).contains("before"));
}
