//! A crash at any moment loses nothing and counts nothing twice.

use crate::figures::Figures;
use crate::place::Place;
use crate::running::wait_for;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

/// Moments at which a run is killed, spread evenly over the bytes that a whole one writes.
const MOMENTS: u64 = 20;

/// Databases that the kills are spread over: what an early kill leaves is met by a later one.
const DATABASES: u64 = 4;

#[test]
fn a_run_killed_at_any_moment_resumes_to_the_exact_answer() {
    let (place, answer) = Place::generated(5, 40_000_000);
    place.print(&["daily"]);
    let whole_run = written(&place);
    check(&place, &Figures::from(&answer));

    let mut interrupted = 0;
    for database in 0..DATABASES {
        std::fs::remove_dir_all(place.database().parent().unwrap()).unwrap();
        for moment in (database..MOMENTS).step_by(DATABASES as usize) {
            interrupted += u32::from(killed_at(&place, whole_run * moment / MOMENTS));
        }
        check(&place, &Figures::from(&answer));
    }
    println!("{interrupted} of {MOMENTS} runs of {whole_run} bytes were interrupted");
    assert!(interrupted > 0, "no run was interrupted");
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

fn check(place: &Place, expected: &Figures) {
    assert_eq!(&Figures::of(|report| place.print(&[report, "--json"])), expected);
    let checked = Command::new("sqlite3").arg(place.database()).arg("PRAGMA integrity_check").output();
    match checked {
        Ok(output) => assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "ok"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("the integrity check is skipped: there is no sqlite3");
        }
        Err(error) => panic!("{error}"),
    }
}
