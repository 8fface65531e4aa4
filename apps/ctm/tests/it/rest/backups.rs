//! Backups of the database, and their restore while the server runs.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::figures::Report;
use crate::http::{Answer, host, request_with};
use crate::place::{Place, response};
use crate::running::{Running, wait_for};
use crate::socket::Socket;
use serde_json::{Value, json};

use std::path::PathBuf;
use std::{fs, iter};

const JSON: (&str, &str) = ("content-type", "application/json");

fn put(server: &Running, path: &str, body: &str) -> Answer {
    let origin = format!("http://{}", host(&server.url()));
    request_with("PUT", &format!("{}api/v1/{path}", server.url()), &[JSON, ("origin", &origin)], body)
}

fn restore(server: &Running, name: &str, dry_run: bool) -> Answer {
    put(server, "backups/restore", &json!({"name": name, "dry_run": dry_run}).to_string())
}

/// Makes a backup and returns its name.
fn back_up(server: &Running) -> String {
    let made = put(server, "backups", "");
    assert_eq!(made.status, 200, "{}", made.body);
    made.json()["items"][0]["name"].as_str().unwrap().to_owned()
}

fn folder(place: &Place) -> PathBuf {
    ctm_ingest::backups::folder(&place.database())
}

fn responses(server: &Running) -> u64 {
    server.json("stats")["totals"]["responses"].as_u64().unwrap()
}

/// Appends a response and waits until it counts.
fn append(place: &Place, server: &Running, file: &str, output: u64) {
    let before = responses(server);
    // Other tokens, another response.
    let number = u32::try_from(output).unwrap();
    place.append(file, response(file, number, output, "2026-03-11T09:30:00.000Z").as_bytes());
    wait_for(|| (responses(server) > before).then_some(()));
}

#[test]
fn a_dry_run_counts_the_differences_and_changes_nothing() {
    let (place, server) = everyday();
    append(&place, &server, "projects/-x/gone.jsonl", 40);
    let name = back_up(&server);
    let empty = restore(&server, &name, true).json();
    for side in ["only_in_backup", "only_in_database"] {
        let none = json!({"responses": 0, "total_tokens": 0, "days": 0, "first_at": null, "last_at": null});
        assert_eq!(empty["comparison"][side], none, "{side}");
    }
    append(&place, &server, "projects/-x/new.jsonl", 1_000);
    let before = Report::parse(&server.get("stats/daily"));
    let answer = restore(&server, &name, true);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    let at = "2026-03-11T09:30:00.000Z";
    let one = json!({"responses": 1, "total_tokens": 1000, "days": 1, "first_at": at, "last_at": at});
    assert_eq!(answer["comparison"]["only_in_database"], one);
    assert_eq!(answer["comparison"]["only_in_backup"]["responses"], 0);
    assert_eq!(
        (&answer["responses"], &answer["dry_run"], &answer["kept"]),
        (&json!(7), &json!(true), &Value::Null)
    );
    assert_eq!(Report::parse(&server.get("stats/daily")).items, before.items);
    assert_eq!(server.json("backups")["items"].as_array().unwrap().len(), 1);
    server.stop();
}

#[test]
fn a_restore_replaces_the_database_of_a_running_server_and_notifies_clients() {
    let (place, server) = everyday();
    append(&place, &server, "projects/-x/kept.jsonl", 40);
    let name = back_up(&server);
    // Of a deleted transcript, only the database knows the response.
    append(&place, &server, "projects/-x/new.jsonl", 1_000);
    fs::remove_file(place.claude().join("projects/-x/new.jsonl")).unwrap();
    assert_eq!(responses(&server), 8);
    let version = |server: &Running| server.json("stats")["meta"]["data_version"].as_u64().unwrap();
    let before = version(&server);
    let mut socket = Socket::greeted(&server.url());

    let answer = restore(&server, &name, false);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let kept = answer.json()["kept"].as_str().unwrap().to_owned();
    assert_eq!(responses(&server), 7);
    assert!(version(&server) > before);
    // What is announced while the database is exchanged cannot be answered.
    let update = iter::repeat_with(|| socket.next()).find(|message| message["type"] != "error").unwrap();
    assert_eq!(update["type"], "stats_update");
    assert!(update["data"]["data_version"].as_u64().unwrap() > before);

    // The previous database is a backup, and reading continues.
    append(&place, &server, "projects/-x/kept.jsonl", 50);
    assert_eq!(responses(&server), 8);
    assert_eq!(restore(&server, &kept, false).status, 200);
    wait_for(|| (responses(&server) == 9).then_some(()));
    server.stop();
    assert!(place.print(&["db", "check"]).contains("is in order: 9 responses."));
}

#[test]
fn foreign_damaged_and_newer_files_are_refused() {
    let (place, server) = everyday();
    let name = back_up(&server);
    let backup = folder(&place).join(&name);
    let write = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(&backup).unwrap();
        change(&mut bytes);
        fs::write(folder(&place).join(name), bytes).unwrap();
    };
    write("letter.db", &|bytes| *bytes = b"this is a letter to a friend, and no database at all".to_vec());
    // The application id and the user's pages are in the header of a SQLite file.
    write("foreign.db", &|bytes| bytes[68..72].copy_from_slice(b"abcd"));
    write("damaged.db", &|bytes| {
        let half = bytes.len() / 2;
        bytes[half..].fill(0xA5);
    });
    let before = responses(&server);
    for name in ["letter.db", "foreign.db", "damaged.db"] {
        for dry_run in [true, false] {
            check_problem(&restore(&server, name, dry_run), 409, "/api/v1/backups/restore");
        }
    }
    for name in ["nothing.db", "../ctm.db", "ctm.db", &*backup.display().to_string()] {
        check_problem(&restore(&server, name, false), 404, "/api/v1/backups/restore");
    }
    assert_eq!(responses(&server), before);
    // Nothing is left behind.
    let beside = fs::read_dir(place.database().parent().unwrap()).unwrap();
    let names = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.contains("partial") && !name.contains("replaced")));
    server.stop();
}

#[test]
fn a_database_that_is_open_elsewhere_is_not_replaced() {
    let (place, server) = everyday();
    let name = back_up(&server);
    let other = Running::at(NOW, &place, &[]);
    check_problem(&restore(&server, &name, false), 409, "/api/v1/backups/restore");
    assert_eq!(responses(&server), responses(&other));
    other.stop();
    assert_eq!(restore(&server, &name, false).status, 200);
    server.stop();
}

#[test]
fn backups_are_private_and_made_by_the_own_page_only() {
    let (place, server) = everyday();
    for path in ["backups", "backups/restore"] {
        let url = format!("{}api/v1/{path}", server.url());
        let body = "{\"name\":\"x\",\"dry_run\":true}";
        check_problem(&request_with("PUT", &url, &[JSON], body), 403, &format!("/api/v1/{path}"));
    }
    assert!(!folder(&place).exists());
    let name = back_up(&server);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder(&place)), mode(folder(&place).join(&name))), (0o700, 0o600));
    }
    let listed = server.json("backups");
    assert_eq!(listed["folder"], folder(&place).to_str().unwrap());
    assert_eq!(listed["items"][0]["name"], name);
    server.stop();
}
