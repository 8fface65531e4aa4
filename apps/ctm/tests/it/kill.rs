//! A crash at any moment loses nothing and counts nothing twice.

use crate::figures::Figures;
use crate::place::Place;
use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a run is killed, spread evenly over the time that a whole one takes.
const MOMENTS: u32 = 20;

/// Databases that the kills are spread over: what an early kill leaves is met by a later one.
const DATABASES: u32 = 4;

#[test]
fn a_run_killed_at_any_moment_resumes_to_the_exact_answer() {
    let (place, answer) = Place::generated(5, 40_000_000);
    let begin = Instant::now();
    place.print(&["daily"]);
    let whole_run = begin.elapsed();
    check(&place, &Figures::from(&answer));

    let mut interrupted = 0;
    for database in 0..DATABASES {
        std::fs::remove_dir_all(place.database().parent().unwrap()).unwrap();
        for moment in (database..MOMENTS).step_by(DATABASES as usize) {
            interrupted += u32::from(killed_after(&place, whole_run * moment / MOMENTS));
        }
        check(&place, &Figures::from(&answer));
    }
    println!("{interrupted} of {MOMENTS} runs of {whole_run:?} were interrupted");
    assert!(interrupted >= MOMENTS / 4, "too few runs were interrupted: {interrupted}");
}

/// Runs `ctm daily` and kills it after a time. Returns whether it was still running.
fn killed_after(place: &Place, time: Duration) -> bool {
    let mut run = place.ctm(&["daily"]).stdout(Stdio::null()).spawn().unwrap();
    // No synchronisation: any moment is as good as another.
    std::thread::sleep(time);
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
