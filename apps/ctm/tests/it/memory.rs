//! Memory is bounded, whatever the size of a line, a file or an answer.

use crate::figures::Report;
use crate::http::post_json;
use crate::place::{NOON, Place, Ran, response};
use crate::process::Process;
use crate::running::wait_for;
use ctm_corpus::Plan;
use serde_json::json;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};

/// Address space that `ctm` is given, in KiB: a fraction of the file that it has to read.
const LIMIT_KIB: u64 = 400_000;

/// Size of the file with a hole, in bytes.
const FILE_BYTES: u64 = 2 << 30;

/// Bytes of the long line.
const LINE_BYTES: usize = 64 << 20;

#[test]
fn a_huge_line_and_a_huge_file_fit_into_little_memory() {
    let place = Place::empty();
    let folder = place.claude().join("projects/-home-u-huge");
    std::fs::create_dir_all(&folder).unwrap();

    // A tool result of 64 MB on the line of a response.
    let line = response("long", 1, 7, "2026-03-11T09:30:00.000Z");
    let long = line.replacen('{', &format!(r#"{{"toolUseResult":"{}","#, "x".repeat(LINE_BYTES)), 1);
    std::fs::write(folder.join("long.jsonl"), long).unwrap();

    // Remains of a crash: a hole of gigabytes, followed by lines.
    let mut file = File::create(folder.join("hole.jsonl")).unwrap();
    file.seek(SeekFrom::Start(FILE_BYTES)).unwrap();
    write!(file, "\n{}", response("hole", 2, 11, "2026-03-11T09:31:00.000Z")).unwrap();

    let ctm = format!("ulimit -v {LIMIT_KIB} && exec \"$0\" daily --json");
    let mut command = place.command("/bin/sh", &["-c", &ctm, env!("CARGO_BIN_EXE_ctm")]);
    let ran = Ran::of(&mut command);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let totals = serde_json::from_str::<Report>(&ran.out).unwrap().totals;
    assert_eq!((totals.responses, totals.total_tokens), (2, 18));
}

#[test]
fn lines_of_absurd_lists_and_names_fit_into_little_memory() {
    let place = Place::empty();
    let mut number = 0;
    let mut line = |content: &str, usage: &str| {
        number += 1;
        let line = response("s", number, 7, "2026-03-11T09:30:00.000Z");
        let line = line.replacen(r#""usage":{"#, &format!(r#""usage":{{{usage}"#), 1);
        line.replacen(r#""message":{"#, &format!(r#""message":{{{content}"#), 1)
    };
    // Two bytes of a line are some hundred in memory, on lines within and beyond the buffer.
    for (name, items) in [("within", 2_500_000), ("beyond", 10_000_000)] {
        let list = format!("[{}]", vec!["{}"; items].join(","));
        let content = format!(r#""content":{list},"#);
        place.append(&format!("projects/-p/content-{name}.jsonl"), line(&content, "").as_bytes());
        let usage = format!(r#""iterations":{list},"#);
        place.append(&format!("projects/-p/iterations-{name}.jsonl"), line("", &usage).as_bytes());
    }
    let cwd = line("", "");
    let cwd = cwd.replacen(r#""cwd":""#, &format!(r#""cwd":"{}"#, "x".repeat(300_000_000)), 1);
    place.append("projects/-p/cwd.jsonl", cwd.as_bytes());
    drop(cwd);

    let ctm = format!("ulimit -v {LIMIT_KIB} && exec \"$0\" daily --json");
    let mut command = place.command("/bin/sh", &["-c", &ctm, env!("CARGO_BIN_EXE_ctm")]);
    let ran = Ran::of(&mut command);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let totals = serde_json::from_str::<Report>(&ran.out).unwrap().totals;
    assert_eq!(totals.responses, 5);
}

/// Responses of which every one is exported.
const RESPONSES: u64 = 50_000;

/// Memory that the large export may take beyond the small one, in kB: far less than it is long.
const MORE_KB: u64 = 8_000;

#[test]
fn an_export_takes_the_same_memory_however_long_it_is() {
    let place = Place::empty();
    fs::remove_dir_all(place.claude()).unwrap();
    ctm_corpus::generate(&Plan::lean(5, RESPONSES, NOON), place.claude()).unwrap();
    place.print(&["daily"]);
    let server = Process::serve(&place, &[]);
    let rows = |from: &str| {
        let filter = json!({ "from": from, "to": "2026-11-22" });
        let body = json!({ "dataset": "responses", "format": "ndjson", "filter": filter });
        let answer = post_json(&format!("{}api/v1/export", server.url()), &body.to_string());
        let rows: usize = answer.header("x-row-count").parse().unwrap();
        assert_eq!(answer.body.lines().count(), rows);
        (rows as u64, answer.body.len() as u64)
    };
    // Until everything is set aside that a server keeps.
    let before = wait_for(|| {
        let before = server.peak_kb();
        rows("2026-11-21");
        (server.peak_kb() == before).then_some(before)
    });
    let (few, _) = rows("2026-11-21");
    let (all, bytes) = rows("2025-01-01");
    assert!(20 * few < all && RESPONSES <= all, "{few} of {all}");
    // The kernel sums its counters up lazily, so that a peak can be a little lower later.
    let more = server.peak_kb().saturating_sub(before);
    assert!(more < MORE_KB && 2 * MORE_KB * 1000 < bytes, "{more} kB more for {bytes} bytes");
}
