//! Runs every target on its corpus: inputs of interest, and those that revealed a fault.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use ctm_fuzz::{TARGETS, Target};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&corpus()), targets);
    for target in TARGETS {
        assert!(names(&corpus().join(target.name)).len() > 1, "{}", target.name);
        assert_eq!(Target::named(target.name).unwrap().name, target.name);
    }
}

#[test]
fn no_input_of_the_corpus_shows_a_fault() {
    for target in TARGETS {
        let folder = corpus().join(target.name);
        for name in names(&folder) {
            println!("{}/{name}", target.name);
            target.run(&fs::read(folder.join(name)).unwrap());
        }
    }
}

#[test]
fn next_to_nothing_shows_no_fault_either() {
    for target in TARGETS {
        for input in [&b""[..], b"a", b"abcd", b"\0\0\0\0\n", b"\xff\xff\xff\xff\xff"] {
            target.run(input);
        }
    }
}
