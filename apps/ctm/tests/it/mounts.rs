//! Homes at other mount points: the count does not depend on them, and a home at two paths can be mapped to
//! one.

use crate::place::{NOON, Place, Ran};
use ctm_corpus::{Plan, generate};
use std::fs;
use std::path::{Path, PathBuf};

/// Two homes full of copies of the same sessions, the second one with some of its own.
struct Homes {
    place: Place,
    folders: [PathBuf; 2],
}

impl Homes {
    fn generated(seed: u64) -> Self {
        let place = Place::empty();
        let folders = ["first", "second"].map(|name| place.path().canonicalize().unwrap().join(name));
        generate(&Plan::tangled(seed, 200_000, NOON), &folders[0]).unwrap();
        generate(&Plan::tangled(seed + 1, 100_000, NOON), &folders[1]).unwrap();
        copy(&folders[0].join("projects"), &folders[1].join("projects"));
        Self { place, folders }
    }

    /// Returns what is answered with the homes at other paths, known as before, in a database of its own or without one.
    fn at(&self, names: [&str; 2], has_database: bool) -> Vec<String> {
        let root = self.place.path().canonicalize().unwrap();
        let mounts = names.map(|name| root.join(name));
        for (folder, mount) in self.folders.iter().zip(&mounts) {
            fs::rename(folder, mount).unwrap();
        }
        let list = |paths: &[PathBuf; 2]| format!("{},{}", paths[1].display(), paths[0].display());
        let same = |at: usize| format!("{}=/homes/{at}", mounts[at].display());
        let ask = |args: &[&str]| {
            let mut command = self.place.ctm(args);
            command.env("CTM_CLAUDE_DIR", list(&mounts)).env("CTM_SAME_HOMES", [same(0), same(1)].join(","));
            command.env("CTM_DATABASE_PATH", root.join(format!("data-{}/ctm.db", names[0])));
            if !has_database {
                command.arg("--no-database");
            }
            let ran = Ran::of(&mut command);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            // The time of the answer, and the state of the database, are their own.
            ran.out
                .lines()
                .filter(|line| !line.contains("generated_at") && !line.contains("data_version"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let mut answers = vec![ask(&["daily", "--json"]), ask(&["sessions", "--json"])];
        if has_database {
            answers.push(ask(&["export", "--dataset", "responses", "--format", "csv"]));
        }
        for (folder, mount) in self.folders.iter().zip(&mounts) {
            fs::rename(mount, folder).unwrap();
        }
        answers
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else if !to.exists() {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn facts_are_the_same_wherever_homes_are_mounted() {
    for seed in [1, 2] {
        let homes = Homes::generated(seed);
        let expected = homes.at(["a", "b"], true);
        assert!(expected[2].lines().count() > 20 && expected[2].contains("/homes/0"), "{}", expected[2]);
        // In the other order, below each other's names, and without a database.
        for (names, has_database) in [(["z", "c"], true), (["d", "d-2"], true), (["y", "e"], false)] {
            let found = homes.at(names, has_database);
            assert_eq!(found, expected[..found.len()], "{names:?}");
        }
    }
}

#[test]
fn a_home_in_a_container_is_the_one_on_the_host() {
    let place = Place::everyday();
    let root = place.path().canonicalize().unwrap();
    let mounted = root.join("mounted");
    copy(place.claude(), &mounted);
    let expected = place.print(&["export", "--dataset", "responses", "--format", "csv"]);
    let inside = |args: &[&str], same: bool| {
        let mut command = place.ctm(args);
        command.env("CTM_CLAUDE_DIR", &mounted);
        if same {
            command.env("CTM_SAME_HOMES", format!("{}={}", mounted.display(), place.claude().display()));
        }
        Ran::of(&mut command)
    };
    assert_eq!(inside(&["export", "--dataset", "responses", "--format", "csv"], true).out, expected);
    let audit = inside(&["audit", "--json"], true).out;
    assert!(!audit.contains("mounted") || audit.contains(&*place.claude().to_string_lossy()), "{audit}");
    let doctor = inside(&["doctor", "--json"], true).out;
    assert!(!doctor.contains("with the same paths"), "{doctor}");
    // An unmapped home is a second home, and is reported.
    assert_eq!(inside(&["daily"], false).code, Some(0));
    let doctor = inside(&["doctor", "--json"], false);
    assert_eq!(doctor.code, Some(10), "{doctor:?}");
    let (one, other) = (place.claude().display(), mounted.display());
    assert!(
        doctor.out.contains(&format!("`{one}` and `{other}` have 4 transcripts with the same paths")),
        "{doctor:?}"
    );
    assert!(doctor.out.contains("CTM_SAME_HOMES"), "{doctor:?}");
    assert!(doctor.out.contains("\"message\": \"id "), "{doctor:?}");
}

#[test]
fn a_path_of_a_same_home_is_absolute() {
    let place = Place::everyday();
    for list in ["here", "here=/there", "/here=there", "=/x"] {
        let ran = Ran::of(place.ctm(&["daily"]).env("CTM_SAME_HOMES", list));
        assert_eq!(ran.code, Some(2), "{list}: {ran:?}");
        assert!(ran.err.contains("CTM_SAME_HOMES"), "{ran:?}");
    }
}
