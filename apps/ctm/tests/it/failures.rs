//! After a failure the server resumes storing, and reports the problem meanwhile.

#[cfg(target_os = "linux")]
use crate::figures::Figures;
use crate::holder::Holder;
use crate::http::{Answer, get};
use crate::place::{Place, Ran, copy, response};
use crate::process::Process;
use crate::running::wait_for;
use crate::socket::Socket;
use rustix::process::Signal;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const AT: &str = "2026-03-11T09:30:00.000Z";

/// Responses of the home of usual things.
const EVERYDAY: u64 = 6;

/// A server that finds what fails, and what succeeds again, without polling.
fn serve(place: &Place) -> Process {
    let server = Process::spawn(place.ctm(&["serve", "--port", "0"]).env("CTM_POLL_INTERVAL", "3600"));
    server.line("up to date");
    server
}

/// Appends a response that is known from no other.
fn append(place: &Place, number: u32) {
    place.append("projects/-home-u-live/live.jsonl", response("live", number, 7, AT).as_bytes());
}

fn ask(server: &Process, path: &str) -> Answer {
    get(&format!("{}{path}", server.url()))
}

fn responses(server: &Process) -> Option<u64> {
    let stats = ask(server, "api/v1/stats");
    (stats.status == 200).then(|| stats.json()["totals"]["responses"].as_u64().unwrap())
}

fn codes(health: &Value) -> Vec<&str> {
    let conditions = health["conditions"].as_array().unwrap();
    conditions.iter().map(|condition| condition["code"].as_str().unwrap()).collect()
}

/// Waits until the server has a condition, and checks that everything shows it.
#[track_caller]
fn check_condition(place: &Place, server: &Process, code: &str, severity: &str) -> Value {
    let health = wait_for(|| {
        let health = ask(server, "api/v1/health").json();
        codes(&health).contains(&code).then_some(health)
    });
    assert_eq!(health["status"], severity, "{health}");
    let condition = health["conditions"].as_array().unwrap().iter().find(|found| found["code"] == code);
    let condition = condition.unwrap().clone();
    assert_eq!(condition["severity"], severity);
    assert!(health["problems"].as_array().unwrap().contains(&condition["message"]), "{health}");
    let answer = ask(server, "api/v1/health");
    assert_eq!(answer.status, if severity == "unhealthy" { 503 } else { 200 });
    let shown = format!("ctm_condition{{code=\"{code}\",severity=\"{severity}\"}} 1\n");
    let metrics = ask(server, "metrics");
    assert!(metrics.status == 200 && metrics.body.contains(&shown), "{}", metrics.body);

    let port = port(server);
    let checked = place.run(&["healthcheck", "--port", &port]);
    assert_eq!(checked.code, Some(i32::from(severity == "unhealthy")), "{checked:?}");
    assert!(checked.out.starts_with(&format!("{severity} (ctm ")), "{}", checked.out);
    assert!(checked.out.contains(&format!("\n{code}: ")), "{}", checked.out);
    condition
}

/// Waits until nothing is wrong any more, and checks that everything is stored.
#[track_caller]
fn check_recovered(place: &Place, server: &Process, expected: u64) {
    wait_for(|| (responses(server) == Some(expected)).then_some(()));
    let health = wait_for(|| {
        let answer = ask(server, "api/v1/health");
        let health = answer.json();
        let is_live = health["status"] == "healthy" && health["ingest"]["state"] == "live";
        (answer.status == 200 && is_live).then_some(health)
    });
    assert!(codes(&health).is_empty() && health["problems"] == Value::Array(Vec::new()), "{health}");
    let ingest = &health["ingest"];
    assert_eq!(ingest["files_done"], ingest["files_total"]);
    assert!(
        !ask(server, "metrics")
            .body
            .lines()
            .any(|line| { line.starts_with("ctm_condition{") && line.ends_with(" 1") })
    );
    assert!(place.print(&["healthcheck", "--port", &port(server)]).starts_with("healthy (ctm "));
}

/// Stops the server, and checks what it leaves.
#[track_caller]
fn check_left(place: &Place, server: Process, expected: u64) {
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
    check_database(place, expected);
}

/// Checks that a database is sound, and contains this number of responses, each once.
#[track_caller]
fn check_database(place: &Place, expected: u64) {
    assert!(place.print(&["db", "check"]).contains("is in order"));
    let daily: Value = serde_json::from_str(&place.print(&["daily", "--json"])).unwrap();
    assert_eq!(daily["totals"]["responses"], expected);
}

fn port(server: &Process) -> String {
    server.url().trim_end_matches('/').rsplit(':').next().unwrap().to_owned()
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    database.with_extension(format!("db{suffix}"))
}

/// Another database: of a home with three responses of its own, closed.
fn other_database(place: &Place) -> PathBuf {
    let other = Place::empty();
    for number in 101..=103 {
        append(&other, number);
    }
    other.print(&["daily"]);
    let path = place.database().with_file_name("other.db");
    fs::copy(other.database(), &path).unwrap();
    path
}

/// Lets the files that a process writes become no larger than they are.
#[cfg(target_os = "linux")]
fn limit_files(server: &Process, most_bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_raw(server.id().try_into().unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: most_bytes, maximum: None }).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_is_a_condition_and_ends_nothing() {
    let place = Place::everyday();
    let server = serve(&place);
    append(&place, 1);
    wait_for(|| (responses(&server) == Some(EVERYDAY + 1)).then_some(()));
    let mut number = 1;
    for _ in 0..2 {
        let log = beside(&place.database(), "-wal").metadata().unwrap().len();
        limit_files(&server, Some(log));
        number += 1;
        append(&place, number);
        let condition = check_condition(&place, &server, "database_io", "unhealthy");
        let message = condition["message"].as_str().unwrap();
        assert!(message.contains("ulimit -f") && message.contains("ctm.db"), "{message}");
        // Stored facts can be queried.
        assert_eq!(responses(&server), Some(EVERYDAY + u64::from(number) - 1));
        let doctor = Ran::of(place.ctm(&["doctor"]).env("CTM_PORT", port(&server)));
        assert_eq!(doctor.code, Some(11), "{}", doctor.out);
        assert!(doctor.out.contains("error    server") && doctor.out.contains("ulimit -f"), "{}", doctor.out);
        number += 1;
        append(&place, number);
        limit_files(&server, None);
        check_recovered(&place, &server, EVERYDAY + u64::from(number));
    }
    assert!(!ask(&server, "metrics").body.contains("ctm_looks_failed_total 0\n"));
    check_left(&place, server, EVERYDAY + u64::from(number));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_stored_is_not_counted_as_read_however_often_it_is_tried() {
    let place = Place::everyday();
    let server = serve(&place);
    append(&place, 1);
    wait_for(|| (responses(&server) == Some(EVERYDAY + 1)).then_some(()));
    let progress = || {
        let ingest = &ask(&server, "api/v1/health").json()["ingest"];
        ["files_done", "files_total", "bytes_done", "bytes_total"].map(|name| ingest[name].as_u64().unwrap())
    };
    let before = progress();
    let log = beside(&place.database(), "-wal").metadata().unwrap().len();
    limit_files(&server, Some(log));
    append(&place, 2);
    check_condition(&place, &server, "database_io", "unhealthy");
    let has_failed =
        |times: u32| ask(&server, "metrics").body.contains(&format!("ctm_looks_failed_total {times}\n"));
    wait_for(|| (3..100).any(has_failed).then_some(()));
    // An attempt may be under way.
    let [files_done, _, bytes_done, _] = progress();
    assert_eq!([files_done, bytes_done], [before[0], before[2]]);
    limit_files(&server, None);
    check_recovered(&place, &server, EVERYDAY + 2);
    let [files_done, files_total, bytes_done, bytes_total] = progress();
    assert_eq!([files_done, files_total], [before[0] + 1; 2]);
    assert_eq!(bytes_done, bytes_total);
    check_left(&place, server, EVERYDAY + 2);
}

#[test]
fn a_report_that_cannot_write_gives_the_reason_and_completes_later() {
    let place = Place::everyday();
    for (blocks, is_enough) in [(20, false), (60, false), (100_000, true)] {
        let script = format!("ulimit -f {blocks}; exec \"$0\" daily");
        let ran = Ran::of(&mut place.command("sh", &["-c", &script, env!("CARGO_BIN_EXE_ctm")]));
        if is_enough {
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        } else {
            ran.failed(4, &[place.database().to_str().unwrap(), "ulimit -f"]);
        }
    }
    check_database(&place, EVERYDAY);
}

#[cfg(target_os = "linux")]
#[test]
fn a_first_reading_that_fails_again_and_again_ends_in_the_exact_answer() {
    let (place, answer) = Place::generated(7, 20_000_000);
    let (projects, away) = (place.claude().join("projects"), place.path().join("away"));
    fs::rename(&projects, &away).unwrap();
    let server = serve(&place);
    let mut most_bytes = 60_000;
    limit_files(&server, Some(most_bytes));
    fs::rename(&away, &projects).unwrap();
    let mut failures = 0;
    let expected = Figures::from(&answer);
    // Until it has failed, or has everything.
    while wait_for(|| {
        let has_failed = codes(&ask(&server, "api/v1/health").json()).contains(&"database_io");
        (has_failed || responses(&server) == Some(expected.totals().responses)).then_some(has_failed)
    }) {
        let metrics = |part: &str| ask(&server, "metrics").body.contains(part);
        let failed = (1..100).find(|times| metrics(&format!("ctm_looks_failed_total {times}\n"))).unwrap();
        failures += 1;
        most_bytes *= 2;
        limit_files(&server, Some(most_bytes));
        // The next look has failed, or it has not.
        wait_for(|| {
            let is_over = !metrics("code=\"database_io\",severity=\"unhealthy\"} 1\n");
            (is_over || !metrics(&format!("ctm_looks_failed_total {failed}\n"))).then_some(())
        });
    }
    println!("{failures} failures");
    assert!(failures >= 3, "{failures}");
    limit_files(&server, None);
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
    assert_eq!(Figures::of(|report| place.print(&[report, "--json", "--no-update"])), expected);
    assert!(place.print(&["db", "check"]).contains("is in order"));
}

/// A file system of its own, which only root can make.
#[cfg(target_os = "linux")]
struct SmallDisk(PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn at(path: PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(&path).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(path));
        }
        println!("skipped: a small disk cannot be made here");
        None
    }

    /// Takes all room that is left.
    fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let mut file = fs::File::create(&filler).unwrap();
        while std::io::Write::write(&mut file, &[0; 4096]).is_ok() {}
        filler
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A program that has it open keeps it until it ends.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_condition_until_there_is_room() {
    let place = Place::everyday();
    let Some(disk) = SmallDisk::at(place.database().parent().unwrap().to_owned()) else { return };
    let server = serve(&place);
    for number in (1..6).step_by(2) {
        let filler = disk.fill();
        append(&place, number);
        let condition = check_condition(&place, &server, "database_full", "unhealthy");
        assert!(condition["message"].as_str().unwrap().contains("free space"), "{condition}");
        append(&place, number + 1);
        fs::remove_file(filler).unwrap();
        check_recovered(&place, &server, EVERYDAY + u64::from(number) + 1);
    }
    check_left(&place, server, EVERYDAY + 6);
}

#[test]
fn a_locked_database_is_a_condition_until_it_is_let_go() {
    let place = Place::everyday();
    let server = serve(&place);
    let Some(holder) = Holder::of(&place) else { return };
    append(&place, 1);
    check_condition(&place, &server, "database_locked", "degraded");
    assert_eq!(responses(&server), Some(EVERYDAY));
    holder.release();
    check_recovered(&place, &server, EVERYDAY + 1);
    check_left(&place, server, EVERYDAY + 1);
}

#[test]
fn a_deleted_database_is_created_again_from_transcripts() {
    for with_log in [true, false] {
        let place = Place::everyday();
        let server = serve(&place);
        append(&place, 1);
        wait_for(|| (responses(&server) == Some(EVERYDAY + 1)).then_some(()));
        let mut socket = Socket::connect(server.url(), "");
        let version = socket.next()["data"]["data_version"].as_u64().unwrap();
        assert_eq!(socket.next()["type"], "stats_update");
        let database = place.database();
        fs::remove_file(&database).unwrap();
        if with_log {
            fs::remove_file(beside(&database, "-wal")).unwrap();
            fs::remove_file(beside(&database, "-shm")).unwrap();
        }
        append(&place, 2);
        // Subscribers are notified of a newer version, and so ask again.
        wait_for(|| {
            let update = socket.next()["data"].take();
            (update["totals"]["responses"] == EVERYDAY + 2).then(|| {
                assert!(update["data_version"].as_u64() > Some(version), "{update}");
            })
        });
        check_recovered(&place, &server, EVERYDAY + 2);
        assert!(ask(&server, "metrics").body.contains("ctm_database_reopened_total 1\n"));
        check_left(&place, server, EVERYDAY + 2);
    }
}

#[test]
fn a_database_that_is_put_in_the_place_is_read_on() {
    let place = Place::everyday();
    let server = serve(&place);
    append(&place, 1);
    wait_for(|| (responses(&server) == Some(EVERYDAY + 1)).then_some(()));
    fs::rename(other_database(&place), place.database()).unwrap();
    // Other programs do not read it with the log of the previous file.
    let daily: Value = serde_json::from_str(&place.print(&["daily", "--json"])).unwrap();
    assert_eq!(daily["totals"]["responses"], EVERYDAY + 4);
    append(&place, 2);
    check_recovered(&place, &server, EVERYDAY + 5);
    assert_eq!(ask(&server, "api/v1/health").json()["database"]["error"], Value::Null);
    check_left(&place, server, EVERYDAY + 5);
}

#[test]
fn a_database_that_is_put_in_the_place_just_before_the_end_stays_as_it_is() {
    let place = Place::everyday();
    let server = serve(&place);
    append(&place, 1);
    wait_for(|| (responses(&server) == Some(EVERYDAY + 1)).then_some(()));
    let away = place.database().with_file_name("away.db");
    fs::rename(place.database(), &away).unwrap();
    fs::rename(other_database(&place), place.database()).unwrap();
    check_left(&place, server, EVERYDAY + 4);
    // The moved file contains everything from its log.
    fs::rename(&away, place.database()).unwrap();
    let stored: Value = serde_json::from_str(&place.print(&["daily", "--json", "--no-update"])).unwrap();
    assert_eq!(stored["totals"]["responses"], EVERYDAY + 1);
    check_database(&place, EVERYDAY + 1);
}

#[test]
fn a_foreign_database_is_unchanged_until_it_is_removed() {
    let place = Place::everyday();
    let server = serve(&place);
    let letter = place.path().join("letter");
    let text = "this is a letter to a friend, and no database at all".repeat(100);
    fs::write(&letter, &text).unwrap();
    fs::rename(&letter, place.database()).unwrap();
    append(&place, 1);
    check_condition(&place, &server, "database_damaged", "unhealthy");
    assert_eq!(ask(&server, "api/v1/stats").status, 503);
    assert_eq!(fs::read_to_string(place.database()).unwrap(), text);
    fs::remove_file(place.database()).unwrap();
    check_recovered(&place, &server, EVERYDAY + 1);

    let made = Command::new("sqlite3").arg(&letter).arg("CREATE TABLE notes (text)").status();
    if made.is_ok_and(|made| made.success()) {
        let bytes = fs::read(&letter).unwrap();
        fs::rename(&letter, place.database()).unwrap();
        check_condition(&place, &server, "database_foreign", "unhealthy");
        place.run(&["daily"]).failed(4, &["not one of ctm"]);
        assert!(fs::read(place.database()).unwrap() == bytes);
        fs::remove_file(place.database()).unwrap();
        check_recovered(&place, &server, EVERYDAY + 1);
    } else {
        println!("half of it is skipped: there is no sqlite3");
    }
    check_left(&place, server, EVERYDAY + 1);
}

#[test]
fn a_missing_home_is_a_condition_until_it_is_back() {
    let place = Place::everyday();
    let server = serve(&place);
    let away = place.path().join("away");
    for number in [1, 2] {
        fs::rename(place.claude(), &away).unwrap();
        let condition = check_condition(&place, &server, "home_unreadable", "degraded");
        assert!(condition["message"].as_str().unwrap().contains(place.claude().to_str().unwrap()));
        fs::rename(&away, place.claude()).unwrap();
        append(&place, number);
        check_recovered(&place, &server, EVERYDAY + u64::from(number));
    }
    check_left(&place, server, EVERYDAY + 2);
}

#[test]
fn a_home_that_another_one_replaces_is_read_and_watched() {
    let place = Place::everyday();
    let server = serve(&place);
    let other = Place::empty();
    append(&other, 1);
    // The file is missing for a moment, or longer.
    for (number, is_gone_for_long) in [(1, false), (2, true)] {
        let new = place.path().join(format!("new-{number}"));
        copy(other.claude(), &new);
        fs::rename(place.claude(), place.path().join(format!("old-{number}"))).unwrap();
        if is_gone_for_long {
            check_condition(&place, &server, "home_unreadable", "degraded");
        }
        fs::rename(new, place.claude()).unwrap();
        check_recovered(&place, &server, EVERYDAY + 2 * u64::from(number) - 1);
        append(&other, 2 * number);
        append(&other, 2 * number + 1);
        append(&place, 2 * number);
        check_recovered(&place, &server, EVERYDAY + 2 * u64::from(number));
    }
    check_left(&place, server, EVERYDAY + 4);
}
