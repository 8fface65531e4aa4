//! Reports that neither use nor make a database.

use crate::place::Place;

/// Returns the output of a report without the lines about the time and the database.
fn print(place: &Place, args: &[&str]) -> Vec<String> {
    let printed = place.print(args);
    let is_stable = |line: &&str| !line.contains("\"generated_at\"") && !line.contains("\"data_version\"");
    printed.lines().filter(is_stable).map(str::to_owned).collect()
}

#[test]
fn every_report_is_the_same_without_a_database() {
    let (place, answer) = Place::generated(5, 6_000_000);
    let project = answer.by_project.keys().next().unwrap().as_str();
    let model = answer.by_model.keys().next().unwrap().as_str();
    let questions: [&[&str]; 6] = [
        &["daily", "--tz", "Asia/Kolkata"],
        &["weekly", "--model", model],
        &["monthly", "--project", project],
        &["models", "--range", "30d"],
        &["projects", "--from", "2026-01-01"],
        &["sessions"],
    ];
    let without =
        questions.map(|question| print(&place, &[question, ["--json", "--no-database"].as_slice()].concat()));
    assert!(!place.database().exists());
    for (question, without) in questions.iter().zip(without) {
        let with = print(&place, &[question, ["--json"].as_slice()].concat());
        assert_eq!(without, with, "{question:?}");
    }
    assert!(place.database().exists());
}

#[test]
fn no_database_is_used_or_created() {
    let place = Place::everyday();
    place.print(&["daily"]);
    for transcript in place.transcripts() {
        std::fs::remove_file(transcript).unwrap();
    }
    let before = std::fs::read(place.database()).unwrap();
    assert!(place.print(&["daily", "--no-database"]).starts_with("No usage"));
    assert_eq!(std::fs::read(place.database()).unwrap(), before);
}
