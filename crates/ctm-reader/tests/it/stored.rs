//! Reading on from a checkpoint that was stored is reading on.

use crate::home::{Home, S1, lines, main_file, reply};
use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, TranscriptFile, discover};
use ctm_types::{Batch, Checkpoint, Start};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::path::Path;

/// Stores a value, and returns what is read back.
fn stored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Reads a file on to its end, with each checkpoint as it is and as it is stored, and returns the last checkpoint.
fn read_on(file: &TranscriptFile, mut known: Option<Checkpoint>, limit_bytes: u64) -> Checkpoint {
    loop {
        let direct = Reader::new().read(file, known.as_ref(), limit_bytes).unwrap();
        let again = Reader::new().read(file, known.as_ref().map(stored).as_ref(), limit_bytes).unwrap();
        assert_eq!(again, direct, "{}", file.path.full());
        assert_eq!(stored(&direct), direct, "{}", file.path.full());
        if let (Some(known), Start::Checkpoint(offset)) = (&known, direct.start) {
            assert_eq!(offset, known.offset_bytes);
        }
        known = Some(direct.next);
        if direct.at_end {
            return known.unwrap();
        }
    }
}

/// Writes the lines of a file one by one, and reads on after each.
fn check(path: &str, content: &str) {
    let home = Home::new();
    home.write(path, "");
    let mut known: Option<Checkpoint> = None;
    for line in content.split_inclusive('\n') {
        home.append(path, line);
        let files = home.files();
        // A case may have a file that is no transcript.
        if let [file] = &files[..] {
            known = Some(read_on(file, known, BATCH_BYTES));
        }
    }
}

#[test]
fn after_each_line_reading_on_is_the_same() {
    let content = lines(&[
        reply("a", 2),
        reply("a", 9).set("cwd", r#""/home/\u4e00/\"a\"""#),
        reply("b", 5).embedded(),
        reply("c", 1).message("stop_reason", r#""end_turn""#),
    ]);
    check(&main_file(S1), &format!("{content}nonsense\n\n{{}}\n{content}"));
    let Some(corpora) = crate::real::corpora() else { return };
    let cases = std::fs::read(corpora.join("../cases/transcript-cases.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    for case in cases.as_array().unwrap() {
        for (path, lines) in case["files"].as_object().unwrap() {
            let lines: Vec<_> = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            check(path, &lines.join("\n"));
        }
    }
}

fn check_home(home: &Path, limit_bytes: u64) {
    let files = discover(&ClaudeHome::open(home).unwrap()).files;
    assert!(!files.is_empty());
    for file in &files {
        read_on(file, None, limit_bytes);
    }
}

#[test]
fn in_batches_of_any_size_reading_on_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plan = ctm_corpus::Plan::stress(3, 1_000_000, 1_768_471_200_000);
    ctm_corpus::generate(&plan, folder.path()).unwrap();
    check_home(folder.path(), 20_000);
    let Some(corpora) = crate::real::corpora() else { return };
    for home in std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path()) {
        if home.join("golden.json").exists() {
            check_home(&home, BATCH_BYTES);
        }
    }
}

#[test]
fn a_checkpoint_of_other_content_is_not_read_on_from() {
    let home = Home::with(lines(&[reply("a", 2), reply("b", 5)]));
    let file = home.files().remove(0);
    let whole: Batch = Reader::new().read(&file, None, BATCH_BYTES).unwrap();
    let form = serde_json::to_value(&whole.next).unwrap();
    for field in ["offset_bytes", "head_hash", "tail_hash"] {
        for other in [0, 1, u64::MAX] {
            let mut form = form.clone();
            form[field] = other.into();
            let checkpoint: Checkpoint = serde_json::from_value(form).unwrap();
            let batch = Reader::new().read(&file, Some(&checkpoint), BATCH_BYTES).unwrap();
            assert_eq!(batch, whole, "{field} {other}");
        }
    }
}

#[test]
fn batches_end_with_the_file_or_with_an_error() {
    let home = Home::with(lines(&[reply("a", 2), reply("b", 5)]));
    let file = home.files().remove(0);
    let mut reader = Reader::new();
    let batches: Vec<_> = reader.batches(&file, None).map(Result::unwrap).collect();
    assert_eq!(batches, [Reader::new().read(&file, None, BATCH_BYTES).unwrap()]);
    let next = batches[0].next.clone();
    let batches: Vec<_> = reader.batches(&file, Some(next.clone())).map(Result::unwrap).collect();
    assert_eq!((batches.len(), batches[0].start), (1, Start::Checkpoint(next.offset_bytes)));
    std::fs::remove_file(file.absolute()).unwrap();
    let failed: Vec<_> = reader.batches(&file, Some(next)).collect();
    assert!(matches!(&failed[..], [Err(error)] if error.is_not_found()), "{failed:?}");
}
