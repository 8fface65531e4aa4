//! Files that are written for people: a regular file is replaced as a whole, a link stays a link, and a
//! pipe or a device is written to and stays what it is.

use crate::commands::make_pipe;
use crate::place::{Place, Ran};
use crate::running::PATIENCE;
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::process::Command;

const EXPORT: [&str; 4] = ["export", "--dataset", "daily", "--no-update"];

fn filled() -> (Place, String) {
    let place = Place::everyday();
    place.print(&["daily"]);
    let rows = place.print(&EXPORT);
    (place, rows)
}

fn export(place: &Place, args: &[&str]) -> Ran {
    Ran::in_time(&mut place.ctm(&[&EXPORT, args].concat()))
}

/// Runs a script in which `$CTM` exports.
fn script(place: &Place, script: &str) -> Ran {
    let mut command: Command = place.command("sh", &["-c", script]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ctm = format!("{} {}", env!("CARGO_BIN_EXE_ctm"), EXPORT.join(" "));
    Ran::in_time(command.env("CTM", ctm).env("PATH", path))
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().is_symlink()
}

#[test]
fn a_pipe_and_a_device_are_written_to_and_stay() {
    let (place, rows) = filled();
    let (pipe, device) = (place.path().join("pipe"), place.path().join("device"));
    make_pipe(&pipe);
    symlink("/dev/null", &device).unwrap();
    for force in [&[][..], &["--force"]] {
        let (sender, read) = std::sync::mpsc::channel();
        let reading = pipe.clone();
        std::thread::spawn(move || sender.send(fs::read_to_string(reading).unwrap()));
        let ran = export(&place, &[&["-o", "pipe"], force].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
        assert_eq!(read.recv_timeout(PATIENCE).unwrap(), rows);
        let ran = export(&place, &[&["-o", "device"], force].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
        assert!(ran.err.contains("rows in `device`"), "{}", ran.err);
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo() && is_link(&device));
    assert!(fs::metadata(&device).unwrap().file_type().is_char_device());
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_takes_nothing_is_a_failure() {
    let (place, _) = filled();
    let ran = export(&place, &["-o", "/dev/full"]);
    ran.failed(1, &["No space left on device"]);
}

#[test]
fn standard_output_by_its_path_comes_behind_what_is_there() {
    let (place, rows) = filled();
    // Behind a link of the test's own, which is all that a wrong program could replace.
    symlink("/dev/stdout", place.path().join("out")).unwrap();
    for path in ["out", "/dev/fd/1"] {
        assert_eq!(export(&place, &["-o", path]).out, rows);
        let ran = script(&place, &format!("{{ echo a; $CTM -o {path}; echo b; }} > file"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert_eq!(fs::read_to_string(place.path().join("file")).unwrap(), format!("a\n{rows}b\n"));
        let ran = script(&place, &format!("{{ $CTM -o {path} --force; $CTM -o {path}; }} >> file"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let all = fs::read_to_string(place.path().join("file")).unwrap();
        assert_eq!(all, format!("a\n{rows}b\n{rows}{rows}"));
        let ran = script(&place, &format!("$CTM -o {path} --format ndjson | head -n 1"));
        assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 1), "{}", ran.err);
    }
    assert_eq!(export(&place, &["-o", "/dev/stdout"]).out, rows);
    let ran = script(&place, "$CTM -o /dev/fd/3 3> three && cat three");
    assert_eq!((ran.code, ran.out), (Some(0), rows), "{}", ran.err);
}

#[test]
fn behind_a_link_the_file_is_replaced_and_the_link_stays() {
    let (place, rows) = filled();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("folder/target.csv"), "before").unwrap();
    symlink("folder/other.csv", at("link.csv")).unwrap();
    symlink("target.csv", at("folder/other.csv")).unwrap();
    export(&place, &["-o", "link.csv"]).failed(2, &["`link.csv` already exists", "--force"]);
    assert_eq!(export(&place, &["-o", "link.csv", "--force"]).code, Some(0));
    assert!(is_link(&at("link.csv")) && is_link(&at("folder/other.csv")));
    assert_eq!(fs::read_to_string(at("folder/target.csv")).unwrap(), rows);

    // A dangling link is followed, but not into a Claude home.
    symlink("folder/new.csv", at("dangling.csv")).unwrap();
    assert_eq!(export(&place, &["-o", "dangling.csv"]).code, Some(0));
    assert!(is_link(&at("dangling.csv")));
    assert_eq!(fs::read_to_string(at("folder/new.csv")).unwrap(), rows);
    symlink(place.claude().join("new.csv"), at("inside.csv")).unwrap();
    export(&place, &["-o", "inside.csv"]).failed(2, &["is in a Claude home"]);
    assert!(!place.claude().join("new.csv").exists());

    symlink("loop.csv", at("loop.csv")).unwrap();
    export(&place, &["-o", "loop.csv", "--force"]).failed(1, &["loop.csv"]);
    export(&place, &["-o", "folder", "--force"]).failed(2, &["`folder` is a folder"]);
}

#[test]
fn a_backup_is_a_regular_file() {
    let (place, _) = filled();
    let at = |name: &str| place.path().join(name);
    make_pipe(&at("pipe"));
    symlink("/dev/null", at("device")).unwrap();
    symlink("/dev/stdout", at("out")).unwrap();
    for file in ["pipe", "device", "out", "/dev/fd/1"] {
        for force in [&[][..], &["--force"]] {
            let ran = Ran::in_time(&mut place.ctm(&[&["db", "backup", file], force].concat()));
            ran.failed(2, &[file, "not a regular file"]);
        }
    }
    assert!(fs::metadata(at("pipe")).unwrap().file_type().is_fifo() && is_link(&at("device")));

    fs::create_dir(at("folder")).unwrap();
    symlink("folder/b.db", at("link.db")).unwrap();
    place.print(&["db", "backup", "link.db"]);
    place.print(&["db", "backup", "link.db", "--force"]);
    assert!(is_link(&at("link.db")) && fs::metadata(at("folder/b.db")).unwrap().is_file());
    place.print(&["db", "restore", "link.db"]);
}

#[test]
fn nothing_takes_the_place_of_the_database() {
    let (place, _) = filled();
    symlink(place.database(), place.path().join("link.db")).unwrap();
    let database = place.database();
    for file in [database.to_str().unwrap(), "link.db"] {
        export(&place, &["-o", file, "--force"]).failed(2, &["is the database itself"]);
        place.run(&["db", "backup", file, "--force"]).failed(2, &["is the database itself"]);
    }
    place.print(&["db", "check"]);
}

#[test]
fn a_database_behind_a_link_is_restored_behind_it() {
    let (place, rows) = filled();
    place.print(&["db", "backup", "b.db"]);
    let link = place.path().join("link.db");
    symlink(place.database(), &link).unwrap();
    let link_named = link.to_str().unwrap();
    place.print(&["db", "restore", "b.db", "--database", link_named]);
    assert!(is_link(&link));
    assert_eq!(place.print(&EXPORT), rows);
}
