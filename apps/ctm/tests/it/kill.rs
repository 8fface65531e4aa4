//! A crash at any moment loses nothing and counts nothing twice.

use crate::figures::Figures;
use crate::holder::Holder;
use crate::place::{Place, copy};
use crate::running::wait_for;
use serde_json::Value;
use std::fs;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

/// Moments at which a run is killed, spread evenly over the bytes that a whole one writes.
const MOMENTS: u64 = 50;

/// Databases that the kills are spread over: what an early kill leaves is met by a later one.
const DATABASES: u64 = 10;

#[test]
fn a_run_killed_at_any_moment_resumes_to_the_exact_answer() {
    let (place, answer) = Place::generated(5, 40_000_000);
    place.print(&["daily"]);
    let whole_run = written(&place);
    check(&place, &Figures::from(&answer));

    let (mut interrupted, mut loading) = (0, 0);
    for database in 0..DATABASES {
        std::fs::remove_dir_all(place.database().parent().unwrap()).unwrap();
        for moment in (database..MOMENTS).step_by(DATABASES as usize) {
            interrupted += u32::from(killed_at(&place, &["daily"], whole_run * moment / MOMENTS));
            loading += u32::from(is_loading(&place));
        }
        check(&place, &Figures::from(&answer));
    }
    println!(
        "{interrupted} of {MOMENTS} runs of {whole_run} bytes were interrupted, {loading} of them in a load"
    );
    assert!(interrupted > 0, "no run was interrupted");
    assert!(loading > 0 || sql(&place, "SELECT 1").is_none(), "no load was interrupted");
}

/// Moments at which the sealing of a month is killed, spread evenly over the bytes that a whole one writes.
const SEALING_MOMENTS: u64 = 24;

#[test]
fn a_killed_close_leaves_no_seal_or_a_whole_one() {
    let (place, _) = Place::generated(5, 400_000);
    place.print(&["daily"]);
    let folder = place.database().parent().unwrap().to_owned();
    let kept = place.path().join("kept");
    copy(&folder, &kept);
    let close = ["close", "2026-10", "--no-update"];
    let mut whole_run = place.ctm(&close).stdout(Stdio::null()).spawn().unwrap();
    let (before, mut most) = (written(&place), 0);
    wait_for(|| {
        most = most.max(written(&place));
        whole_run.try_wait().unwrap()
    });
    let sealed = seals(&place);
    assert_eq!(sealed.len(), 1);

    let (mut interrupted, mut left) = (0, 0);
    for moment in 0..SEALING_MOMENTS {
        fs::remove_dir_all(&folder).unwrap();
        copy(&kept, &folder);
        let bytes = before + (most - before) * moment / SEALING_MOMENTS;
        interrupted += u32::from(killed_at(&place, &close, bytes));
        left += seals(&place).len();
        seal_again(&place, &sealed[0]);
    }
    println!("{interrupted} of {SEALING_MOMENTS} runs were interrupted, {left} left a seal");
    assert!(interrupted > 0, "no run was interrupted");
}

#[test]
fn a_close_that_is_killed_on_either_side_of_its_transaction_leaves_no_seal_or_a_whole_one() {
    let (place, _) = Place::generated(5, 400_000);
    place.print(&["daily"]);
    // At the latest it waits for its turn to write.
    let Some(holder) = Holder::of(&place) else { return };
    let mut waiting = place.ctm(&["close", "2026-10", "--no-update"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for(|| opens(waiting.id(), &place).then_some(()));
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    holder.release();
    assert!(seals(&place).is_empty());
    // Its seal is stored, and it has not ended.
    let mut storing = place.ctm(&["close", "2026-10", "--no-update"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for(|| (sql(&place, "SELECT count(*) FROM seal").as_deref() == Some("1")).then_some(()));
    storing.kill().unwrap();
    storing.wait().unwrap();
    let sealed = seals(&place);
    assert_eq!(sealed.len(), 1);
    seal_again(&place, &sealed[0]);
}

/// Returns whether a process has the database open; where that is unknown, it may have.
fn opens(process: u32, place: &Place) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { return true };
    let database = place.database().canonicalize().unwrap();
    files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).any(|path| path == database)
}

/// Returns the sealed months, each of which is intact.
fn seals(place: &Place) -> Vec<Value> {
    let checked = place.print(&["close", "--check", "--json", "--no-update"]);
    let checked: Value = serde_json::from_str(&checked).unwrap();
    checked["items"].as_array().unwrap().clone()
}

/// Seals the month unless it is sealed, and checks that its seal has the same facts as another one.
fn seal_again(place: &Place, other: &Value) {
    if seals(place).is_empty() {
        place.print(&["close", "2026-10", "--no-update"]);
    }
    let facts = |seal: &Value| {
        let statement: Value = serde_json::from_str(seal["statement"].as_str().unwrap()).unwrap();
        ["facts", "totals", "days", "previous"].map(|field| statement[field].clone())
    };
    let all = seals(place);
    assert_eq!((all.len(), facts(&all[0])), (1, facts(other)));
    if let Some(checked) = sql(place, "PRAGMA integrity_check") {
        assert_eq!(checked, "ok");
    }
}

/// Returns the size of the database with its log.
fn written(place: &Place) -> u64 {
    let Ok(files) = place.database().parent().unwrap().read_dir() else { return 0 };
    // A file of the log can go at any time.
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}

/// Runs a command and kills it when so many bytes are written. Returns whether it was still running.
fn killed_at(place: &Place, command: &[&str], bytes: u64) -> bool {
    let mut run = place.ctm(command).stdout(Stdio::null()).spawn().unwrap();
    wait_for(|| (written(place) >= bytes || run.try_wait().unwrap().is_some()).then_some(()));
    // On Unix this is SIGKILL; the process gets no chance to clean up.
    run.kill().unwrap();
    run.wait().unwrap().code().is_none()
}

/// Returns whether a first reading was broken off before it had built its indexes.
fn is_loading(place: &Place) -> bool {
    const EVENTS: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'event'";
    sql(place, EVENTS).as_deref() == Some("1") && sql(place, INDEXES).is_some_and(|built| built != "3")
}

/// Counts the indexes that a first reading builds at its end.
const INDEXES: &str =
    "SELECT count(*) FROM sqlite_schema WHERE name IN ('event_key', 'event_at', 'tool_call_id')";

fn check(place: &Place, expected: &Figures) {
    assert_eq!(&Figures::of(|report| place.print(&[report, "--json"])), expected);
    let Some(checked) = sql(place, "PRAGMA integrity_check") else {
        return println!("the integrity check is skipped: there is no sqlite3");
    };
    assert_eq!((checked.as_str(), sql(place, INDEXES).as_deref()), ("ok", Some("3")));
}

/// Returns what a statement selects from the database; `None` where there is no `sqlite3`.
fn sql(place: &Place, statement: &str) -> Option<String> {
    match Command::new("sqlite3").arg(place.database()).arg(statement).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}
