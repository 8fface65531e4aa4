//! Pipes, devices and files of any size in the place of a file that is read: no command waits for them,
//! and none takes up memory for them.

use crate::commands::{SESSION, make_pipe, that_end};
use crate::place::{Place, Ran};
use crate::running::wait_for;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Runs `ctm` with the input of a status line.
#[track_caller]
fn run(place: &Place, args: &[&str]) -> Ran {
    let session = place.path().join("session.json");
    fs::write(&session, SESSION).unwrap();
    Ran::in_time(place.ctm(args).stdin(fs::File::open(session).unwrap()))
}

/// Makes a file of three gigabytes that takes up no room.
fn make_huge(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::File::create(path).unwrap().set_len(3 << 30).unwrap();
}

fn make_endless(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink("/dev/zero", path).unwrap();
}

/// The files that a report reads of a home.
const OF_THE_HOME: [&str; 5] = [
    "projects/-home-u-shop/x.jsonl",
    "projects/-home-u-shop/agent-x.meta.json",
    "stats-cache.json",
    "settings.json",
    "settings.local.json",
];

#[test]
fn no_command_waits_for_a_pipe_in_the_home() {
    let place = Place::everyday();
    fs::write(place.path().join("own.toml"), "").unwrap();
    for file in OF_THE_HOME {
        make_pipe(&place.claude().join(file));
    }
    place.append("projects/-home-u-shop/agent-x.jsonl", b"{}\n");
    for command in that_end(&place) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let ran = run(&place, &words);
        // Commands that do not need the unreadable files succeed.
        let expected: &[i32] = match words.first() {
            Some(&"doctor") => &[10, 11],
            Some(&"healthcheck") => &[1],
            _ => &[0],
        };
        assert!(ran.code.is_some_and(|code| expected.contains(&code)), "{words:?}: {ran:?}");
    }
}

#[test]
fn a_report_works_with_any_file_in_place_of_a_small_one() {
    let before = Place::everyday().print(&["daily", "--json", "--no-database", "--to", "2026-03-11"]);
    let figures = |text: &str| text.split("\"generated_at\"").next().unwrap().to_owned();
    for make in [make_huge, make_endless] {
        let place = Place::everyday();
        place.append("projects/-home-u-shop/agent-x.jsonl", b"");
        for file in &OF_THE_HOME[1..] {
            make(&place.claude().join(file));
        }
        let ran = run(&place, &["daily", "--json", "--no-database", "--to", "2026-03-11"]);
        assert_eq!((ran.code, figures(&ran.out)), (Some(0), figures(&before)), "{}", ran.err);
        let cache = place.claude().join("stats-cache.json");
        assert_eq!(ran.err.matches(cache.to_str().unwrap()).count(), 1, "{}", ran.err);
    }
}

#[test]
fn a_file_of_settings_is_a_small_regular_file() {
    let check = |make: fn(&Path), reason: &str, code: i32| {
        for (name, file, command) in [
            ("", "config/ctm/config.toml", "daily"),
            ("", "config/ctm/.env", "statusline"),
            ("", "config/ctm/prices.toml", "daily"),
            ("--config", "a", "daily"),
            ("--env-file", "a", "doctor"),
            ("--prices", "a", "models"),
            ("--auth-token-file", "a", "serve"),
        ] {
            let place = Place::everyday();
            let path = place.path().join(file);
            make(&path);
            let path = path.to_str().unwrap();
            let is_line = command == "statusline";
            let args = [command, name, path];
            let args = if name.is_empty() { &args[..1] } else { &args[..] };
            let session = place.path().join("session.json");
            fs::write(&session, SESSION).unwrap();
            let run = || {
                let mut command = place.ctm(args);
                command
                    .env("XDG_CONFIG_HOME", place.path().join("config"))
                    .stdin(fs::File::open(&session).unwrap());
                Ran::in_time(&mut command)
            };
            // Claude Code shows nothing at all when its status line fails.
            let ran = if is_line {
                wait_for(|| {
                    let ran = run();
                    assert_eq!(ran.code, Some(0), "{ran:?}");
                    // A busy machine may be too slow to find the reason in time.
                    ran.out.contains("`ctm doctor`").then_some(ran)
                })
            } else {
                let ran = run();
                ran.failed(code, &[reason]);
                ran
            };
            assert_eq!(ran.err.matches(reason).count(), 1, "{}", ran.err);
            // The path of a token may be the token itself, if both were confused.
            let named = usize::from(name != "--auth-token-file");
            assert_eq!(ran.err.matches(path).count(), named, "{}", ran.err);
        }
    };
    check(make_pipe, "not a regular file", 2);
    check(make_endless, "not a regular file", 2);
    check(|path| fs::create_dir_all(path).unwrap(), "not a regular file", 2);
    check(make_huge, "larger than ", 2);
}

#[test]
fn a_pipe_of_facts_is_refused_without_being_opened() {
    let place = Place::empty();
    make_pipe(&place.path().join("a"));
    run(&place, &["import", "facts", "a"]).failed(2, &["`a` cannot be read", "not a regular file"]);
}

#[test]
fn a_file_of_prices_that_is_checked_is_a_small_regular_file() {
    let place = Place::empty();
    let path = place.path().join("a");
    make_pipe(&path);
    run(&place, &["prices", "check", "a"]).failed(2, &["`a`", "not a regular file"]);
    fs::remove_file(&path).unwrap();
    make_huge(&path);
    run(&place, &["prices", "check", "a"]).failed(2, &["`a`", "larger than "]);
}

#[test]
fn a_database_is_a_regular_file() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let (pipe, device) = (place.path().join("pipe"), place.path().join("device"));
    make_pipe(&pipe);
    symlink("/dev/null", &device).unwrap();
    for path in [pipe, device] {
        let path = path.to_str().unwrap();
        for command in
            [&["daily"][..], &["daily", "--no-update"], &["db", "status"], &["db", "vacuum"], &["serve"]]
        {
            let ran = run(&place, &[command, &["--database", path]].concat());
            ran.failed(4, &[path, "not a regular file"]);
        }
        let ran = run(&place, &["doctor", "--json", "--database", path]);
        assert_eq!(ran.code, Some(11), "{ran:?}");
        assert!(ran.out.contains("not a regular file"), "{}", ran.out);
        run(&place, &["db", "restore", path]).failed(2, &[path, "not a regular file"]);
        place.print(&["db", "backup", "b.db", "--force"]);
        let ran = run(&place, &["db", "restore", "b.db", "--database", path]);
        ran.failed(2, &["not a regular file", "--database"]);
        let ran = run(&place, &["statusline", "--database", path]);
        assert_eq!((ran.code, ran.out.split(" · ").next()), (Some(0), Some("Model")), "{ran:?}");
    }
}

#[test]
fn files_next_to_a_database_must_be_regular() {
    for suffix in ["-journal", "-wal", "-shm"] {
        let place = Place::everyday();
        place.print(&["daily"]);
        place.print(&["db", "backup", "b.db"]);
        make_pipe(&place.path().join(format!("b.db{suffix}")));
        let ran = run(&place, &["db", "restore", "b.db"]);
        ran.failed(4, &["`b.db`", &format!("its `{suffix}` is not a regular file")]);
        run(&place, &["daily", "--database", "b.db"]).failed(4, &["b.db", "not a regular file"]);
    }
}

#[test]
fn a_home_is_a_folder() {
    let place = Place::everyday();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let pipe = place.path().join("pipe");
    make_pipe(&pipe);
    let homes: [PathBuf; 3] = [file, pipe, "/dev/null".into()];
    for home in homes {
        let home = home.to_str().unwrap();
        for command in ["daily", "serve"] {
            run(&place, &[command, "--claude-dir", home]).failed(3, &[home, "Not a directory"]);
        }
        let ran = run(&place, &["doctor", "--claude-dir", home]);
        assert_eq!(ran.code, Some(11), "{ran:?}");
    }
}
