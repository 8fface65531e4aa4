//! A crash at any moment loses nothing and counts nothing twice.

use crate::figures::Figures;
use crate::place::Place;
use crate::running::wait_for;
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
            interrupted += u32::from(killed_at(&place, whole_run * moment / MOMENTS));
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

/// Returns the size of the database with its log.
fn written(place: &Place) -> u64 {
    let Ok(files) = place.database().parent().unwrap().read_dir() else { return 0 };
    // A file of the log can go at any time.
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}

/// Runs `ctm daily` and kills it when so many bytes are written. Returns whether it was still running.
fn killed_at(place: &Place, bytes: u64) -> bool {
    let mut run = place.ctm(&["daily"]).stdout(Stdio::null()).spawn().unwrap();
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
