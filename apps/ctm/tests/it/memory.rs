//! Memory is bounded by the buffer and the batch, whatever the size of a line or a file.

use crate::figures::Report;
use crate::place::{Place, Ran, response};
use std::fs::File;
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

    // What a crash leaves: a hole of gigabytes, and life goes on behind it.
    let mut file = File::create(folder.join("hole.jsonl")).unwrap();
    file.seek(SeekFrom::Start(FILE_BYTES)).unwrap();
    write!(file, "\n{}", response("hole", 2, 11, "2026-03-11T09:31:00.000Z")).unwrap();

    let ctm = format!("ulimit -v {LIMIT_KIB} && exec \"$0\" daily --json");
    let mut command = place.command("/bin/sh", &["-c", &ctm, env!("CARGO_BIN_EXE_ctm")]);
    // Address space that an allocator sets aside for each thread is not what is measured.
    let ran = Ran::of(command.env("MALLOC_ARENA_MAX", "1"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let totals = serde_json::from_str::<Report>(&ran.out).unwrap().totals;
    assert_eq!((totals.responses, totals.total_tokens), (2, 18));
}
