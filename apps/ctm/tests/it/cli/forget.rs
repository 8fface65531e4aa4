//! `ctm db forget` and `ctm db remember`.

use crate::figures::Report;
use crate::place::{Place, Ran, copy, response};
use ctm_corpus::Answer;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const SHOP: &str = "/home/u/shop";
const NOTES: &str = "/home/u/notes";
/// A response of the shop, and the transcript of the session that it was made in.
const KEY: &str = "msg_everyday0000000000001";
const TRANSCRIPT: &str = "projects/-home-u-shop/11111111-1111-4111-8111-111111111111.jsonl";

fn filled() -> Place {
    let place = Place::everyday();
    place.print(&["daily"]);
    place
}

fn parsed(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.print(args)).unwrap()
}

fn forget(place: &Place, args: &[&str]) -> Value {
    parsed(place, &[&["db", "forget", "--yes", "--no-backup", "--json"], args].concat())
}

fn totals(place: &Place) -> (u64, u64) {
    let totals = Report::parse(&place.print(&["daily", "--json"])).totals;
    (totals.responses, totals.total_tokens)
}

/// Responses that are known, of the shop and of the notes.
fn responses_of(place: &Place) -> [u64; 2] {
    let json = parsed(place, &["projects", "--json"]);
    let of = |project: &str| {
        let items = json["items"].as_array().unwrap().iter();
        items.filter(|item| item["project"] == project).map(|item| item["responses"].as_u64().unwrap()).sum()
    };
    [SHOP, NOTES].map(of)
}

/// Checks that the lines of every home add up, and returns how many log what was forgotten.
#[track_caller]
fn forgotten_lines(audit: &Value) -> u64 {
    let count = |value: &Value| value.as_u64().unwrap();
    for home in audit["lines"].as_array().unwrap() {
        let skipped: u64 = home["skipped"].as_object().unwrap().values().map(count).sum();
        let parts = ["used", "duplicate", "unbilled", "forgotten"].map(|part| count(&home[part]));
        assert_eq!(count(&home["read"]), parts.iter().sum::<u64>() + skipped, "{home}");
    }
    let used = audit["lines"].as_array().unwrap().iter().map(|home| count(&home["used"])).sum::<u64>();
    assert_eq!(used, count(&audit["responses"]["totals"]["responses"]));
    count(&audit["forgotten"]["lines"])
}

/// Files beside the database, and the database, with a text in them.
fn files_with(place: &Place, text: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.database().parent().unwrap()).unwrap();
    let holds =
        |path: &PathBuf| fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes());
    entries.map(|entry| entry.unwrap().path()).filter(holds).collect()
}

#[test]
fn a_dry_run_shows_what_would_go_and_changes_nothing() {
    let place = filled();
    let before = fs::read(place.database()).unwrap();
    let shown = place.print(&["db", "forget", "--project", SHOP, "--dry-run"]);
    for part in [
        "/home/u/shop          4  55,360  $0.13         2     3  2026-03-07  2026-03-09",
        "And 3 prompts.",
        "Nothing was changed.",
    ] {
        assert!(shown.contains(part), "`{part}` is not in: {shown}");
    }
    let json = parsed(&place, &["db", "forget", "--project", SHOP, "--dry-run", "--json"]);
    assert_eq!(
        (&json["number"], &json["dry_run"], &json["backup"]),
        (&Value::Null, &json!(true), &Value::Null)
    );
    let report = parsed(&place, &["daily", "--project", SHOP, "--json"]);
    for field in ["responses", "total_tokens", "cost_usd", "sessions"] {
        assert_eq!(json["totals"][field], report["totals"][field], "{field}");
        assert_eq!(json["projects"][0][field], report["totals"][field], "{field}");
    }
    assert_eq!(
        (&json["totals"]["days"], &json["tz"], &json["prompts"]),
        (&json!(3), &json!("UTC"), &json!(3))
    );
    assert_eq!(fs::read(place.database()).unwrap(), before);
    // The database, and the id of the machine.
    assert_eq!(fs::read_dir(place.database().parent().unwrap()).unwrap().count(), 2);
}

#[test]
fn only_selected_facts_are_forgotten() {
    let place = filled();
    let before = fs::read(place.database()).unwrap();
    place.run(&["db", "forget", "--project", SHOP]).failed(2, &["needs a terminal", "--yes", "--dry-run"]);
    place.run(&["db", "forget", "--yes"]).failed(2, &["--home", "--before"]);
    place.run(&["db", "forget", "--before", "soon", "--yes"]).failed(2, &["YYYY-MM-DD"]);
    let between = ["db", "forget", "--after", "2026-03-08", "--before", "2026-03-09", "--yes"];
    place.run(&between).failed(2, &["no day is between"]);
    place
        .run(&["db", "forget", "--home", "nowhere", "--yes"])
        .failed(2, &["unknown Claude home `nowhere`", "claude"]);
    place.run(&["db", "forget", "--list", "--project", SHOP]).failed(2, &["--list"]);
    place.run(&["db", "remember", "1"]).failed(2, &["nothing was forgotten as number 1"]);
    place.run(&["db", "remember"]).failed(2, &["--all"]);
    let nothing = place.print(&["db", "forget", "--project", "/nowhere", "--yes"]);
    assert!(nothing.contains("nothing was changed"), "{nothing}");
    assert!(place.print(&["db", "forget", "--list"]).contains("Nothing was forgotten."));
    assert!(place.print(&["db", "remember", "--all"]).contains("Nothing was forgotten."));
    assert_eq!(fs::read(place.database()).unwrap(), before);
    Place::everyday().run(&["db", "forget", "--project", SHOP, "--yes"]).failed(4, &["no database"]);
}

#[test]
fn a_project_is_removed_from_all_responses_and_from_the_file() {
    let place = filled();
    let printed = place.print(&["db", "forget", "--project", SHOP, "--yes"]);
    assert!(printed.contains("Forgotten, as number 1"), "{printed}");
    let backup = files_with(&place, SHOP);
    let [backup] = &backup[..] else { panic!("{backup:?}") };
    assert!(printed.contains(backup.to_str().unwrap()), "{printed}");
    assert_eq!(responses_of(&place), [0, 2]);

    let audit = parsed(&place, &["audit", "--json"]);
    assert_eq!(forgotten_lines(&audit), 9);
    assert_eq!(audit["forgotten"], json!({"decisions": 1, "responses": 4, "tokens": 55_360, "lines": 9}));
    let page = place.print(&["audit"]);
    assert!(
        page.contains("of responses that were forgotten") && page.contains("Forgotten: 4 responses"),
        "{page}"
    );
    place
        .run(&["explain", KEY])
        .failed(2, &[&format!("response `{KEY}` was forgotten on"), "ctm db remember 1"]);
    assert_eq!(parsed(&place, &["db", "status", "--json"])["forgotten"], 4);
    assert!(place.print(&["db", "status"]).contains("Forgotten    4 responses"));
    assert!(place.print(&["db", "check"]).contains("is in order"));

    // Neither reading again, nor a transcript that is rewritten, nor a fork brings it back.
    place.print(&["db", "rebuild"]);
    let transcript = place.claude().join(TRANSCRIPT);
    let lines = fs::read_to_string(&transcript).unwrap();
    let rewritten: Vec<&str> = lines.lines().skip(1).collect();
    fs::write(&transcript, rewritten.join("\n") + "\n").unwrap();
    let fork = lines.replace("11111111-1111", "99999999-9999").replace(SHOP, "/home/u/fork");
    place.append("projects/-home-u-fork/99999999-9999-4111-8111-111111111111.jsonl", fork.as_bytes());
    assert_eq!(totals(&place).0, 2);
    forgotten_lines(&parsed(&place, &["audit", "--json"]));
    assert_eq!(files_with(&place, SHOP), std::slice::from_ref(backup));

    // Reading the transcripts directly is independent of it.
    let without = Report::parse(&place.print(&["daily", "--no-database", "--json"]));
    assert_eq!(without.totals.responses, 6);

    // The state before is in the backup.
    place.print(&["db", "restore", backup.to_str().unwrap()]);
    assert_eq!(totals(&place).0, 6);
}

#[cfg(unix)]
#[test]
fn the_backup_is_private_and_can_be_elsewhere_or_omitted() {
    use std::os::unix::fs::PermissionsExt;
    let place = filled();
    let json = parsed(&place, &["db", "forget", "--project", SHOP, "--yes", "--json"]);
    let backup = Path::new(json["backup"].as_str().unwrap());
    assert_eq!(backup.parent(), place.database().parent());
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let session = ["db", "forget", "--session", "33333333-3333-4333-8333-333333333333", "--yes"];
    place
        .run(&[&session[..], &["--backup", backup.to_str().unwrap()]].concat())
        .failed(2, &["already exists"]);
    assert_eq!(responses_of(&place), [0, 2]);
    place.print(&[&session[..], &["--backup", "b.db"]].concat());
    assert!(place.path().join("b.db").exists());
    assert_eq!(totals(&place).0, 0);
    assert_eq!(forget(&place, &["--project", SHOP])["backup"], Value::Null);
}

#[test]
fn forgotten_facts_are_listed_and_can_be_remembered() {
    let place = filled();
    let before = totals(&place);
    forget(&place, &["--project", SHOP, "--before", "2026-03-09"]);
    assert_eq!(responses_of(&place), [1, 2]);
    forget(&place, &["--project", SHOP]);
    forget(&place, &["--session", "33333333-3333-4333-8333-333333333333"]);
    assert_eq!(totals(&place), (0, 0));
    let listed = parsed(&place, &["db", "forget", "--list", "--json"]);
    let numbers: Vec<_> = listed.as_array().unwrap().iter().map(|of| of["responses"].as_u64()).collect();
    assert_eq!(numbers, [Some(3), Some(1), Some(2)]);
    assert_eq!((&listed[0]["until"], &listed[0]["from"]), (&json!("2026-03-09T00:00:00.000Z"), &Value::Null));
    // The name of what had to go is not kept.
    assert_eq!(listed[0]["projects"], listed[1]["projects"]);
    assert!(listed[0]["projects"][0].as_str().unwrap().starts_with('#'));
    let text = place.print(&["db", "forget", "--list"]);
    assert!(text.contains("3 responses") && text.contains("before 2026-03-09 00:00"), "{text}");

    assert!(place.print(&["db", "remember", "2"]).contains("1 response was restored."));
    assert_eq!(responses_of(&place), [1, 0]);
    // A name that is known from elsewhere is shown.
    assert_eq!(parsed(&place, &["db", "forget", "--list", "--json"])[0]["projects"], json!([SHOP]));
    place.run(&["db", "remember", "1", "2"]).failed(2, &["as number 2"]);
    place.print(&["db", "remember", "--all"]);
    assert_eq!(totals(&place), before);
    let audit = parsed(&place, &["audit", "--json"]);
    assert_eq!((forgotten_lines(&audit), &audit["forgotten"]["decisions"]), (0, &json!(0)));
}

#[test]
fn new_responses_count_after_forgetting() {
    let place = filled();
    forget(&place, &["--project", SHOP]);
    let later = response("11111111-1111-4111-8111-111111111111", 1, 100, "2026-03-12T10:00:00.000Z");
    place.append(TRANSCRIPT, later.replace("/home/u/live", SHOP).as_bytes());
    assert_eq!(responses_of(&place), [1, 2]);
    // A line without a directory has the last one before it.
    let nameless = response("11111111-1111-4111-8111-111111111111", 2, 100, "2026-03-12T11:00:00.000Z");
    place.append(TRANSCRIPT, nameless.replace("\"cwd\":\"/home/u/live\",", "").as_bytes());
    assert_eq!(responses_of(&place), [2, 2]);
    assert_eq!(forgotten_lines(&parsed(&place, &["audit", "--json"])), 9);
    assert!(place.print(&["sessions"]).contains("11111111"));
}

#[test]
fn a_home_is_forgotten_by_its_label_its_path_or_the_path_it_had() {
    let asked: [fn(&Place) -> String; 4] = [
        |_| "test".to_owned(),
        |place| place.path().join("test").display().to_string(),
        |_| "./test/".to_owned(),
        |place| {
            let path = place.path().canonicalize().unwrap().join("test");
            fs::remove_dir_all(&path).unwrap();
            path.display().to_string()
        },
    ];
    for (at, asked) in asked.into_iter().enumerate() {
        let place = filled();
        let lines = [1, 2].map(|number| response("fake", number, 1_000_000_000, "2026-03-10T10:00:00.000Z"));
        let fake = place.path().join("test/projects/-evil");
        fs::create_dir_all(&fake).unwrap();
        fs::write(fake.join("fake.jsonl"), lines.concat()).unwrap();
        // A command that a foreign folder set the home of, and later commands that know nothing of it.
        let homes = format!("{},test={}", place.claude().display(), place.path().join("test").display());
        let both = |args: &[&str]| {
            let ran = Ran::of(place.ctm(args).env("CTM_CLAUDE_DIR", &homes));
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
            ran.out
        };
        both(&["daily"]);
        assert_eq!(totals(&place).0, 8);
        let home = asked(&place);
        let args = ["db", "forget", "--home", &home, "--yes", "--no-backup", "--json"];
        let done = if at == 0 { both(&args) } else { place.print(&args) };
        assert_eq!(serde_json::from_str::<Value>(&done).unwrap()["totals"]["responses"], 2, "{home}");
        assert_eq!(totals(&place), (6, 56_148));
        if at > 0 {
            assert_eq!(files_with(&place, "evil"), [""; 0].map(PathBuf::from));
            assert_eq!(parsed(&place, &["audit", "--json"])["lines"].as_array().unwrap().len(), 1);
        }
        if at < 3 {
            both(&["db", "rebuild"]);
            assert_eq!(forgotten_lines(&serde_json::from_str(&both(&["audit", "--json"])).unwrap()), 2);
            let again = both(&["db", "forget", "--home", "test", "--yes"]);
            assert!(again.contains("nothing was changed"), "{again}");
        }
        assert_eq!(totals(&place), (6, 56_148));
    }
}

#[test]
fn a_copy_of_a_home_is_forgotten_and_the_home_stays() {
    // Whichever of the two is called first, and whether the transcripts of the home are still there.
    for (name, are_gone) in [("a-copy", false), ("z-copy", false), ("a-copy", true), ("z-copy", true)] {
        let place = Place::everyday();
        let copied = place.path().join(name);
        copy(place.claude(), &copied);
        let homes = format!("{},{}", place.claude().display(), copied.display());
        let ran = Ran::of(place.ctm(&["daily"]).env("CTM_CLAUDE_DIR", &homes));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        if are_gone {
            fs::remove_dir_all(place.claude().join("projects")).unwrap();
            fs::create_dir(place.claude().join("projects")).unwrap();
        }
        let done = forget(&place, &["--home", copied.to_str().unwrap()]);
        assert_eq!((&done["totals"]["responses"], &done["logged_elsewhere"]), (&json!(0), &json!(6)));
        assert_eq!(responses_of(&place), [4, 2]);
        let sources = parsed(&place, &["daily", "--json", "--home", place.claude().to_str().unwrap()]);
        assert_eq!(
            (&sources["totals"]["responses"], &sources["totals"]["total_tokens"]),
            (&json!(6), &json!(56_148))
        );
        forgotten_lines(&parsed(&place, &["audit", "--json"]));
        assert_eq!(files_with(&place, name), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn lines_of_a_wrong_clock_are_forgotten_by_their_days() {
    let place = filled();
    let early = response("clock", 1, 5, "1970-01-01T00:00:01.000Z");
    let late = response("clock", 2, 5, "9999-06-01T00:00:00.000Z");
    place.append("projects/-p/clock.jsonl", (early + &late).as_bytes());
    assert_eq!(totals(&place).0, 8);
    let done = forget(&place, &["--after", "2100-01-01"]);
    assert_eq!(
        (&done["totals"]["responses"], &done["totals"]["first_at"]),
        (&json!(1), &json!("9999-06-01T00:00:00.000Z"))
    );
    assert_eq!(forget(&place, &["--before", "20000101"])["totals"]["responses"], 1);
    place.print(&["db", "rebuild"]);
    assert_eq!(totals(&place), (6, 56_148));
    place.print(&["trends"]);
    // Days are in the zone, and exclusive.
    assert_eq!(forget(&place, &["--before", "2026-03-08", "--tz", "Asia/Tokyo"])["totals"]["responses"], 0);
    assert_eq!(forget(&place, &["--before", "2026-03-08"])["totals"]["responses"], 1);
    assert_eq!(forget(&place, &["--after", "2026-03-11"])["totals"]["responses"], 0);
    assert_eq!(forget(&place, &["--after", "2026-03-10"])["totals"]["responses"], 1);
}

#[test]
fn selectors_mean_what_agrees_with_all_of_them() {
    let place = filled();
    let nothing = forget(&place, &["--project", SHOP, "--session", "33333333-3333-4333-8333-333333333333"]);
    assert_eq!((&nothing["number"], &nothing["totals"]["responses"]), (&Value::Null, &json!(0)));
    let both = ["--project", SHOP, "--project", NOTES, "--before", "2026-03-10"];
    assert_eq!(forget(&place, &both)["totals"]["responses"], 5);
    assert_eq!(responses_of(&place), [0, 1]);
}

#[test]
fn a_concurrent_reader_restores_nothing() {
    let (place, answer): (Place, Answer) = Place::generated(9, 6_000_000);
    place.print(&["daily"]);
    let project = answer.by_project.keys().next().unwrap();
    let of = parsed(&place, &["daily", "--json", "--project", project]);
    let left = answer.totals.responses - of["totals"]["responses"].as_u64().unwrap();
    let mut readers: Vec<_> = (0..2).map(|_| place.ctm(&["db", "rebuild"]).output_later()).collect();
    forget(&place, &["--project", project]);
    readers.extend([place.ctm(&["db", "rebuild"]).output_later()]);
    for mut reader in readers {
        assert!(reader.wait().unwrap().success());
    }
    assert_eq!(totals(&place).0, left);
    forgotten_lines(&parsed(&place, &["audit", "--json"]));
    assert!(place.print(&["db", "check"]).contains("is in order"));
    place.print(&["db", "remember", "--all"]);
    assert_eq!(totals(&place).0, answer.totals.responses);
}

trait Later {
    fn output_later(&mut self) -> std::process::Child;
}

impl Later for std::process::Command {
    /// Starts a command with unread output.
    fn output_later(&mut self) -> std::process::Child {
        use std::process::Stdio;
        self.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use crate::process::Process;
    use crate::running::{Running, wait_for};
    use crate::socket::Socket;
    use rustix::process::Signal;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::ffi::OsStr;
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;
    use std::process::Stdio;

    /// Runs `ctm` with a terminal as standard input, on which something is typed.
    fn typed(place: &Place, args: &[&str], answer: &str) -> Ran {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let end =
            fs::File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
        let mut keyboard = fs::File::from(keyboard);
        keyboard.write_all(answer.as_bytes()).unwrap();
        let child = place.ctm(args).stdin(end).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[test]
    fn a_terminal_requires_confirmation() {
        let place = filled();
        let args = ["db", "forget", "--project", SHOP, "--no-backup"];
        for no in ["n\n", "\n", "no\n", "\u{4}"] {
            let ran = typed(&place, &args, no);
            assert_eq!((ran.code, ran.out.trim()), (Some(0), "Nothing was changed."), "{}", ran.err);
            assert!(ran.err.contains("55,360") && ran.err.contains("[y/N]"), "{}", ran.err);
            assert_eq!(responses_of(&place), [4, 2]);
        }
        let ran = typed(&place, &args, "y\n");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.starts_with("Forgotten, as number 1"), "{}", ran.out);
        assert_eq!(responses_of(&place), [0, 2]);
    }

    #[test]
    fn a_server_notices_and_continues() {
        let place = Place::everyday();
        let server = Running::at("2026-03-11T23:00:00Z", &place, &[]);
        let mut socket = Socket::greeted(&server.url());
        assert_eq!(server.json("stats")["totals"]["responses"], 6);
        forget(&place, &["--project", SHOP]);
        // Cached response bodies are stale, and subscribers are notified.
        assert_eq!(server.json("stats")["totals"]["responses"], 2);
        assert_eq!(socket.next()["type"], "stats_update");
        assert_eq!(forgotten_lines(&server.json("audit")), 9);
        let gone = crate::http::get(&format!("{}api/v1/responses/{KEY}", server.url()));
        assert_eq!(gone.status, 404);
        assert!(gone.body.contains("was forgotten on"), "{}", gone.body);
        // It continues in the transcript of the known project, with names that have new numbers.
        let later = response("11111111-1111-4111-8111-111111111111", 1, 100, "2026-03-11T22:00:00.000Z");
        place.append(TRANSCRIPT, later.replace("/home/u/live", SHOP).as_bytes());
        wait_for(|| (server.json("stats")["totals"]["responses"] == 3).then_some(()));
        let projects = server.json("stats/projects");
        let names: Vec<_> =
            projects["items"].as_array().unwrap().iter().map(|item| &item["project"]).collect();
        assert_eq!(names, [SHOP, NOTES]);
        // The whole home, which it continues to read.
        forget(&place, &["--home", place.claude().to_str().unwrap()]);
        assert_eq!(server.json("stats")["totals"]["responses"], 0);
        let more = response("new", 2, 100, "2026-03-11T22:30:00.000Z");
        place.append(TRANSCRIPT, more.as_bytes());
        wait_for(|| (server.json("stats")["totals"]["responses"] == 1).then_some(()));
        server.stop();
        assert_eq!(totals(&place).0, 1);
        forgotten_lines(&parsed(&place, &["audit", "--json"]));
        assert!(place.print(&["db", "check"]).contains("is in order"));
    }

    #[test]
    fn nothing_can_be_read_in_the_file_while_a_server_has_it_open() {
        let place = Place::everyday();
        let server = Process::serve(&place, &[]);
        server.line("up to date");
        assert!(!files_with(&place, SHOP).is_empty());
        forget(&place, &["--project", SHOP]);
        assert_eq!(files_with(&place, SHOP), [""; 0].map(PathBuf::from));
        server.signal(Signal::TERM);
        assert!(server.end().success());
        assert_eq!(files_with(&place, SHOP), [""; 0].map(PathBuf::from));
    }

    #[test]
    fn a_database_that_another_holds_is_left_as_it_was() {
        let place = filled();
        let Some(holder) = crate::holder::Holder::of(&place) else { return };
        let ran = place.run(&["db", "forget", "--project", SHOP, "--yes"]);
        ran.failed(4, &["is locked by another process"]);
        holder.release();
        assert_eq!(responses_of(&place), [4, 2]);
        assert!(place.print(&["db", "forget", "--list"]).contains("Nothing was forgotten."));
    }
}
