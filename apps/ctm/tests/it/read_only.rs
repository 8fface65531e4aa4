//! The Claude home is read and nothing else: `ctm` runs without the right to write there, and
//! leaves everything as it was.

use crate::http::get;
use crate::place::{Place, Ran, copy_program};
use crate::process::Process;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A user with no rights of its own; root may write everywhere, and proves nothing.
const NOBODY: u32 = 65_534;

/// A place with a read-only home, and an executable copy of the binary.
struct Guarded {
    place: Place,
    binary: PathBuf,
    is_root: bool,
}

impl Guarded {
    fn new() -> Self {
        let (place, _) = Place::generated(6, 1_000_000);
        let binary = place.path().join("ctm");
        copy_program(&binary);
        let data = place.path().join("data");
        fs::create_dir(&data).unwrap();
        let is_root = fs::metadata(&data).unwrap().uid() == 0;
        set_mode(place.path(), 0o755);
        if is_root {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        for path in tree(place.claude()) {
            set_mode(&path, if path.is_dir() { 0o555 } else { 0o444 });
        }
        Self { place, binary, is_root }
    }

    fn ctm(&self, args: &[&str]) -> Command {
        let mut command = self.place.command(&self.binary, args);
        // Code coverage is written to the one writable folder.
        command.env("LLVM_PROFILE_FILE", self.place.path().join("data/lines.profraw"));
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// The observable state of the home, except for access times.
    fn state(&self) -> BTreeMap<PathBuf, (u64, u32, i64, i64, Vec<u8>)> {
        let state = |path: PathBuf| {
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            let times = (metadata.mtime_nsec(), metadata.ctime_nsec());
            (path, (metadata.ino(), metadata.mode(), times.0, times.1, content))
        };
        tree(self.place.claude()).into_iter().map(state).collect()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Or the folder for temporary files could not be removed.
        set_mode(self.place.claude(), 0o755);
        for path in tree(self.place.claude()).into_iter().filter(|path| path.is_dir()) {
            set_mode(&path, 0o755);
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Returns a folder and everything below it.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut paths = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { paths.extend(tree(&path)) } else { paths.push(path) }
    }
    paths
}

#[test]
fn the_home_is_as_it_was_after_a_report_and_a_server() {
    let guarded = Guarded::new();
    let before = guarded.state();
    let ran = Ran::of(&mut guarded.ctm(&["daily"]));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("Total"), "{}", ran.out);
    assert!(guarded.state() == before, "a report changed the home");

    let server = Process::spawn(&mut guarded.ctm(&["serve", "--port", "0"]));
    server.line("up to date");
    assert_eq!(get(&format!("{}api/v1/stats", server.url())).status, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
    assert!(guarded.state() == before, "a server changed the home");
}

#[test]
fn a_database_where_nothing_can_be_written_is_read_all_the_same() {
    let guarded = Guarded::new();
    let data = guarded.place.path().join("data");
    let out = guarded.place.path().join("out");
    fs::create_dir(&out).unwrap();
    if guarded.is_root {
        chown(&out, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let run = |args: &[&str]| Ran::of(&mut guarded.ctm(args));
    assert_eq!(run(&["daily"]).code, Some(0));
    let before = run(&["daily", "--no-update"]).out;
    let backup = out.join("b.db");
    let backup = backup.to_str().unwrap();
    let answers = || {
        assert_eq!(run(&["daily", "--no-update"]).out, before);
        for command in [
            &["db", "status"][..],
            &["db", "check"],
            &["db", "backup", backup, "--force"],
            &["audit", "--no-update"],
            &["sessions", "--no-update"],
            &["limits"],
            &["export", "--dataset", "responses", "--format", "csv", "--no-update"],
        ] {
            let ran = run(command);
            assert_eq!(ran.code, Some(0), "{command:?}: {ran:?}");
        }
    };
    // As it was left: with an empty log beside it, and without one.
    let close = || {
        for path in tree(&data) {
            set_mode(&path, if path.is_dir() { 0o555 } else { 0o444 });
        }
    };
    let open = || {
        set_mode(&data, 0o755);
        tree(&data).into_iter().filter(|path| path.is_file()).for_each(|path| set_mode(&path, 0o644));
    };
    close();
    answers();
    open();
    for log in ["ctm.db-wal", "ctm.db-shm"] {
        let _ = fs::remove_file(data.join(log));
    }
    close();
    answers();
    run(&["daily"]).failed(4, &["cannot open the database", "--no-update"]);
    // Commits that are in the log alone are not left out in silence.
    open();
    fs::write(data.join("ctm.db-wal"), "commits").unwrap();
    close();
    run(&["daily", "--no-update"]).failed(4, &["ctm.db-wal", "copy both files"]);
    open();
}

#[test]
fn a_home_that_may_not_be_read_is_refused() {
    let guarded = Guarded::new();
    set_mode(guarded.place.claude(), 0o000);
    for command in ["daily", "serve"] {
        let ran = Ran::of(&mut guarded.ctm(&[command]));
        ran.failed(3, &[guarded.place.claude().to_str().unwrap(), "Permission denied"]);
    }
}

#[test]
fn a_folder_that_may_not_be_read_is_named_and_costs_nothing_else() {
    let guarded = Guarded::new();
    let projects = guarded.place.claude().join("projects");
    let closed = tree(&projects).into_iter().find(|path| path.parent() == Some(&projects)).unwrap();
    set_mode(&closed, 0o000);
    let ran = Ran::of(&mut guarded.ctm(&["daily"]));
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("Total"), "{}", ran.out);
    for part in [closed.to_str().unwrap(), "Permission denied"] {
        assert!(ran.err.contains(part), "{ran:?}");
    }
    let server = Process::spawn(&mut guarded.ctm(&["serve", "--port", "0"]));
    server.line("up to date");
    let health = get(&format!("{}api/v1/health", server.url())).json();
    assert_eq!((&health["status"], &health["claude_dir"]["readable"]), (&"degraded".into(), &true.into()));
    assert!(health["problems"][0].as_str().unwrap().contains("Permission denied"), "{health}");
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
}
