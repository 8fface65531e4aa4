//! `ctm export`: the same rows as over REST, in a file that is whole or not there.

use crate::http::post_json;
use crate::place::{Place, Ran};
use crate::running::Running;

const DATASETS: [&str; 9] = [
    "daily",
    "models",
    "daily-models",
    "projects",
    "daily-projects",
    "sessions",
    "responses",
    "notes",
    "views",
];

#[test]
fn a_file_is_what_the_server_sends() {
    let place = Place::everyday();
    let server = Running::at("2026-03-11T23:00:00Z", &place, &[]);
    place.print(&["note", "add", "=a new model", "--date", "2026-03-08"]);
    place.print(&["note", "add", "out of the days", "--date", "2026-03-12"]);
    let notes = place.print(&["export", "--dataset=notes", "--to=2026-03-11", "--fields=date,text"]);
    assert_eq!(notes, "date,text\n2026-03-08,'=a new model\n");
    let url = format!("{}api/v1/export", server.url());
    for dataset in DATASETS {
        for format in ["csv", "json", "ndjson"] {
            let printed = place.print(&[
                "export",
                "--dataset",
                dataset,
                "--format",
                format,
                "--from",
                "2026-03-07",
                "--to",
                "2026-03-11",
            ]);
            let filter = r#""filter":{"from":"2026-03-07","to":"2026-03-11"}"#;
            let body = format!(r#"{{"dataset":"{dataset}","format":"{format}",{filter}}}"#);
            let sent = post_json(&url, &body);
            assert_eq!(printed, sent.body, "{dataset} {format}");
        }
    }
    server.stop();
}

#[test]
fn an_existing_file_is_kept_without_force() {
    let place = Place::everyday();
    let export = |args: &[&str]| place.run(&[&["export", "--dataset", "daily"], args].concat());
    let file = place.path().join("days.ndjson");
    let read = || std::fs::read_to_string(&file).unwrap();
    let ran = export(&["--output", "days.ndjson", "--fields", "date,total_tokens", "--to", "2026-03-08"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    assert!(ran.err.contains("2 rows in `days.ndjson`"), "{}", ran.err);
    let days = "{\"date\":\"2026-03-07\",\"total_tokens\":16100}\n{\"date\":\"2026-03-08\",\"total_tokens\":18750}\n";
    assert_eq!(read(), days);
    export(&["--output", "days.ndjson"]).failed(2, &["already exists", "--force"]);
    assert_eq!(read(), days);
    assert_eq!(
        export(&["--output", "days.ndjson", "--force", "--format", "csv", "--fields", "date"]).code,
        Some(0)
    );
    assert!(read().starts_with("date\n2026-03-07\n"));
    // Nothing is left of what was being written.
    let names: Vec<_> =
        std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{names:?}");
}

#[test]
fn a_failed_export_leaves_no_file() {
    let place = Place::everyday();
    let check =
        |args: &[&str], code, part: &str| place.run(&[&["export"], args].concat()).failed(code, &[part]);
    check(&[], 2, "--dataset");
    check(&["--dataset", "days"], 2, "daily");
    check(&["--dataset", "daily", "--format", "xlsx"], 2, "ndjson");
    check(&["--dataset", "daily", "--fields", "money", "--output", "a.csv"], 2, "unknown field `money`");
    check(&["--dataset", "daily", "--output", "no/folder/a.csv"], 1, "no/folder/a.csv");
    check(&["--dataset", "daily", "--force"], 2, "--output");
    let inside = place.claude().join("projects/a.csv");
    check(&["--dataset", "daily", "--output", inside.to_str().unwrap()], 2, "is in a Claude home");
    assert!(!inside.exists());
    assert!(!place.path().join("a.csv").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::everyday();
    let mut command =
        place.command("sh", &["-c", "\"$CTM\" export --dataset responses --format ndjson | head -n 1"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ran = Ran::of(command.env("CTM", env!("CARGO_BIN_EXE_ctm")).env("PATH", path));
    assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (Some(0), "", 1));
}
