//! All homes of a person: second accounts, Cowork and Xcode beside the usual home.

use crate::http::get;
use crate::place::{Place, Ran, response};
use crate::process::Process;
use crate::socket::Socket;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// The folder of Cowork's sessions below a user's home folder.
const SESSIONS: &str = if cfg!(target_os = "macos") {
    "Library/Application Support/Claude/local-agent-mode-sessions"
} else {
    ".config/Claude/local-agent-mode-sessions"
};

/// A user with a home, a second account and two tasks of Cowork, each with one response.
struct Person(Place);

impl Person {
    fn new() -> Self {
        let person = Self(Place::empty());
        for (name, home) in [("a", "claude"), ("b", ".claude-work")] {
            person.write(name, home);
        }
        ["c", "d"].iter().for_each(|task| person.add_task(task));
        person
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// Adds a task of Cowork, with the file beside its home that is never read.
    fn add_task(&self, name: &str) {
        let task = format!("{SESSIONS}/org/account/local_{name}");
        self.write(name, &format!("{task}/.claude"));
        let partial = response("partial", 7, 70_000, "2026-03-11T10:00:00.000Z");
        fs::write(self.path().join(task).join("audit.jsonl"), partial).unwrap();
    }

    fn write(&self, name: &str, home: &str) {
        let folder = self.path().join(home).join("projects/-p");
        fs::create_dir_all(&folder).unwrap();
        let text = response(name, name.as_bytes()[0].into(), 5, "2026-03-11T10:00:00.000Z");
        fs::write(folder.join(format!("{name}.jsonl")), text).unwrap();
    }

    fn run(&self, list: &str, args: &[&str]) -> Ran {
        Ran::of(self.0.ctm(args).env("CTM_CLAUDE_DIR", list))
    }

    /// The number of responses of a report with arguments, when `list` is read.
    #[track_caller]
    fn responses(&self, list: &str, args: &[&str]) -> u64 {
        let args = [&["daily", "--json", "--no-database"], args].concat();
        let ran = self.run(list, &args);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let daily: Value = serde_json::from_str(&ran.out).unwrap();
        daily["totals"]["responses"].as_u64().unwrap()
    }
}

#[test]
fn auto_reads_every_home_once_and_no_file_beside_them() {
    let person = Person::new();
    let usual = person.path().join("claude");
    assert_eq!(person.responses(usual.to_str().unwrap(), &[]), 1);
    assert_eq!(person.responses("auto,~/claude", &[]), 4);
    assert_eq!(person.responses("auto", &["--home", "cowork"]), 2);
    assert_eq!(person.responses("auto", &["--home", "work"]), 1);
    assert_eq!(person.responses(&format!("tasks=~/{SESSIONS}"), &["--home", "tasks"]), 2);
    let ran = person.run("auto,~/claude", &["daily", "--no-database", "--home", "nobody"]);
    assert!(ran.err.contains("nothing to report"), "{}", ran.err);
}

#[test]
fn homes_with_one_label_are_one_row_of_every_list() {
    let person = Person::new();
    assert_eq!(person.run("auto", &["daily"]).code, Some(0));
    let json = |args: &[&str]| -> Value { serde_json::from_str(&person.run("auto", args).out).unwrap() };
    let audit = json(&["audit", "--json"]);
    let lines = audit["lines"].as_array().unwrap().iter();
    let mut lines: Vec<_> = lines.map(|home| (home["source"].as_str(), home["files"].as_u64())).collect();
    lines.sort_unstable();
    assert_eq!(lines, [(Some("cowork"), Some(2)), (Some("work"), Some(1))]);
    // Transcripts of months ago, by a clock of today: those of the desktop app stay.
    let old = std::time::SystemTime::UNIX_EPOCH;
    let task = person.path().join(SESSIONS).join("org/account/local_c/.claude/projects/-p/c.jsonl");
    fs::File::options().append(true).open(task).unwrap().set_modified(old).unwrap();
    let work = person.path().join(".claude-work/projects/-p/b.jsonl");
    fs::File::options().append(true).open(work).unwrap().set_modified(old).unwrap();
    let audit = json(&["audit", "--json"]);
    let of = |label: &str| {
        let homes = audit["retention"].as_array().unwrap();
        homes.iter().find(|home| home["source"] == label).unwrap().clone()
    };
    assert_eq!(
        [&of("cowork")["files_expiring_in_3_days"], &of("cowork")["kept_desktop_files"]],
        [&json!(0), &json!(1)]
    );
    assert_eq!(of("work")["files_expiring_in_3_days"], 1);
    let text = person.run("auto", &["audit"]).out;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("of cowork after 30 days by default, and keeps 1 transcript of the desktop app"),
        "{text}"
    );
}

#[test]
fn homes_that_are_not_read_are_offered_by_the_doctor_and_on_the_first_run() {
    let person = Person::new();
    let usual = person.path().join("claude");
    let first = person.run(usual.to_str().unwrap(), &["daily"]);
    let said = first.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.starts_with("ctm: not read: `"), "{}", first.err);
    assert!(said.contains("(Cowork, 2 homes); CTM_CLAUDE_DIR=auto reads all homes"), "{}", first.err);
    assert_eq!(person.run(usual.to_str().unwrap(), &["daily"]).err, "");
    let doctor = |list: &str| -> Vec<Value> {
        let ran = person.run(list, &["doctor", "--json"]);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        report["checks"].as_array().unwrap().iter().filter(|check| check["name"] == "home").cloned().collect()
    };
    let offered = doctor(usual.to_str().unwrap());
    assert_eq!(offered.len(), 3);
    assert!(offered.iter().all(|check| check["status"] == "ok"), "{offered:?}");
    let advice = offered[1]["advice"].as_str().unwrap();
    let work = person.path().join(".claude-work");
    assert!(advice.starts_with(&format!("add `work={}` to claude_dir; ", work.display())), "{advice}");
    let all: Vec<_> = doctor("auto").iter().map(|check| check["message"].to_string()).collect();
    assert_eq!(all.len(), 2);
    assert!(all[1].contains("`cowork`: 2 homes with 2 transcripts"), "{all:?}");
    let nowhere = Person::new().run("/nowhere", &["daily"]);
    nowhere.failed(3, &["no Claude home found", "there are homes in `", "CTM_CLAUDE_DIR=auto reads them"]);
}

#[test]
fn a_server_reads_the_task_that_begins_and_releases_the_one_that_is_removed() {
    let person = Person::new();
    let server = Process::spawn(person.0.ctm(&["serve", "--port", "0"]).env("CTM_CLAUDE_DIR", "auto"));
    server.line("up to date");
    let of = |path: &str| get(&format!("{}api/v1/{path}", server.url())).json();
    let responses = || of("stats?range=all&home=cowork")["totals"]["responses"].clone();
    assert_eq!(responses(), 2);
    let mut socket = Socket::greeted(server.url());
    person.add_task("e");
    assert_eq!(socket.close_code(), 1001);
    server.line("the Claude homes have changed");
    server.line("up to date");
    assert_eq!(responses(), 3);
    let sources = of("stats/sources?range=all");
    let rows: Vec<_> =
        sources["items"].as_array().unwrap().iter().map(|row| (&row["source"], &row["homes"])).collect();
    assert_eq!(rows, [(&json!("cowork"), &json!(3)), (&json!("work"), &json!(1))]);
    fs::remove_dir_all(person.path().join(SESSIONS).join("org/account/local_c")).unwrap();
    server.line("the Claude homes have changed");
    server.line("up to date");
    assert_eq!((responses(), of("health")["status"].clone()), (json!(2), json!("healthy")));
    assert_eq!(of("stats?range=all")["totals"]["responses"], 4);
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn the_health_lists_homes_that_are_not_read() {
    let person = Person::new();
    let server = Process::serve(&person.0, &[]);
    let health = get(&format!("{}api/v1/health", server.url())).json();
    let cowork =
        json!({"kind": "cowork", "label": "cowork", "path": person.path().join(SESSIONS), "homes": 2});
    let work =
        json!({"kind": "account", "label": "work", "path": person.path().join(".claude-work"), "homes": 1});
    assert_eq!(health["unread_homes"], json!([work, cowork]));
    server.signal(Signal::TERM);
    assert_eq!(server.end().code(), Some(0));
}
