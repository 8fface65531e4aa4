//! A hub on PostgreSQL: servers, machines and the program that pushes, each as a process.

use crate::cli::push::{add, expected, is_built};
use crate::http::{Answer, get, host, request};
use crate::place::{Place, Ran};
use crate::process::Process;
use crate::running::{Running, wait_for};
use crate::socket::Socket;
use ctm_config::machine::machine_id;
use ctm_harness::postgres::{Cluster, installed};
use ctm_harness::process::find;
use ctm_report::clock::Clock;
use rustix::process::Signal;
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

const PASSWORD: &str = "hush-of-the-team";

/// A database on PostgreSQL, with servers of their own folders.
struct Database {
    cluster: Cluster,
    url: String,
}

impl Database {
    /// Starts one; `None` without the programs for it.
    fn start() -> Option<Self> {
        let programs = newest()?;
        let cluster = Cluster::start(&programs).unwrap();
        Some(Self { url: cluster.url(), cluster })
    }

    /// Starts one that is reached with TLS and a password.
    fn start_secured() -> Option<Self> {
        let programs = newest().filter(|_| find("openssl").is_some())?;
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let cluster = Cluster::start_secured(&programs, port, PASSWORD).unwrap();
        Some(Self { url: format!("postgres://ctm:{PASSWORD}@localhost:{port}/postgres"), cluster })
    }

    fn command(&self, place: &Place, args: &[&str]) -> Command {
        let mut command = place.ctm(args);
        command
            .env("CTM_DATABASE_URL", &self.url)
            .env("CTM_LOG_FILE", log(place))
            .env("CTM_LOG_LEVEL", "debug");
        command
    }

    fn serve(&self, place: &Place) -> Process {
        Process::spawn(&mut self.command(place, &["serve", "--port", "0", "--team"]))
    }

    fn print(&self, place: &Place, args: &[&str]) -> String {
        let ran = Ran::of(&mut self.command(place, args));
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{args:?}");
        ran.out
    }

    /// Enrols a machine by a server of a place.
    fn enrol(&self, machine: &Place, hub: &Place, server: &Process) {
        let invite = self.print(hub, &["team", "invite"]);
        let code = invite.lines().find(|line| line.contains("ctm push enrol")).unwrap();
        machine.print(&["push", "enrol", server.url(), code.split_whitespace().last().unwrap()]);
    }
}

/// Returns the programs of the newest PostgreSQL.
fn newest() -> Option<std::path::PathBuf> {
    let newest = installed().pop().filter(|_| is_built());
    if newest.is_none() {
        println!("skipped: PostgreSQL is not installed, or `ctm-push` not built");
    }
    newest
}

fn log(place: &Place) -> std::path::PathBuf {
    place.path().join("log")
}

fn ask(server: &Process, path: &str) -> Answer {
    get(&format!("{}api/v1/{path}", server.url()))
}

fn json(server: &Process, path: &str) -> Value {
    let answer = ask(server, path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

fn totals(server: &Process) -> (u64, u64) {
    let stats = json(server, "stats?range=all&tz=UTC");
    let of = |name: &str| stats["totals"][name].as_u64().unwrap();
    (of("responses"), of("output_tokens"))
}

/// Copies transcripts to another home, at the same paths.
fn copy_to(machine: &Place, whole: &Place, transcripts: &[std::path::PathBuf]) {
    for path in transcripts {
        let relative = path.strip_prefix(whole.claude()).unwrap();
        machine.append(relative.to_str().unwrap(), &std::fs::read(path).unwrap());
    }
}

#[test]
fn a_hub_on_postgresql_has_the_totals_of_one_home_with_all_transcripts() {
    let Some(database) = Database::start_secured() else { return };
    let (whole, _) = Place::generated(23, 2_000_000);
    let transcripts = whole.transcripts();
    let (first, rest) = transcripts.split_at(transcripts.len() / 3);
    let (both, last) = rest.split_at(rest.len() / 2);
    let [laptop, desk, hub, other_hub] = [(); 4].map(|()| Place::empty());
    for (machine, own) in [(&laptop, first), (&desk, last)] {
        copy_to(machine, &whole, own);
        copy_to(machine, &whole, both);
    }
    // The homes of a server are not read: what is in them counts when its machine pushes it.
    add(&hub, 0..5);
    let server = database.serve(&hub);
    let other = database.serve(&other_hub);
    assert_eq!(totals(&server), (0, 0));
    let mut socket = Socket::greeted(other.url());
    database.enrol(&laptop, &hub, &server);
    laptop.print(&["push"]);
    // A server looks for what another one has received.
    assert_eq!(socket.next()["type"], "stats_update");
    assert_eq!(totals(&other), totals(&server));
    database.enrol(&desk, &other_hub, &other);
    desk.print(&["push"]);

    let alone = Running::start(Clock::system(), &whole, &[]);
    for path in ["stats?range=all", "stats/models?range=all", "stats/daily?range=all"] {
        let (expected, found) = (alone.json(path), json(&server, path));
        assert!(expected["totals"]["responses"].as_u64() > Some(100), "{expected}");
        for part in ["totals", "items", "days"] {
            assert_eq!(found[part], expected[part], "{part} of {path}");
        }
    }
    alone.stop();

    // A machine that is removed leaves what the others have, and pushes nothing more.
    let of_laptop = machine_id(&laptop.database()).unwrap();
    assert_eq!(json(&server, "machines")["items"].as_array().unwrap().len(), 2);
    let own_page = format!("http://{}", host(server.url()));
    let url = format!("{}api/v1/machines/{of_laptop}", server.url());
    let removed = request("DELETE", &url, &[("origin", &own_page)]);
    assert_eq!(removed.status, 200, "{}", removed.body);
    let alone = Running::start(Clock::system(), &desk, &[]);
    assert_eq!(json(&server, "stats?range=all")["totals"], alone.json("stats?range=all")["totals"]);
    alone.stop();
    laptop.run(&["push"]).failed(1, &["removed"]);

    // What is stored survives the server, and machines continue.
    server.signal(Signal::TERM);
    server.end();
    let server = database.serve(&hub);
    let before = totals(&server);
    assert_eq!(before, totals(&other));
    add(&desk, 0..10);
    assert!(desk.print(&["push"]).contains("10 responses pushed"));
    let (responses, output) = expected(0..10);
    assert_eq!(totals(&other), (before.0 + responses, before.1 + output));

    // The machine of a server pushes like any other.
    database.enrol(&hub, &other_hub, &other);
    let pushed = database.print(&hub, &["push"]);
    assert!(pushed.contains("5 responses pushed"), "{pushed}");
    assert_eq!(totals(&server), (before.0 + responses, before.1 + output));

    for path in ["config", "health", "team", "machines", "stats"] {
        let answer = ask(&server, path);
        assert!(!answer.body.contains(PASSWORD), "{path}: {}", answer.body);
    }
    drop((server, other));
    for place in [&hub, &other_hub] {
        let log = std::fs::read_to_string(log(place)).unwrap();
        assert!(log.contains("what machines push to `postgres://ctm@localhost:"), "{log}");
        assert!(!log.contains(PASSWORD), "{log}");
    }
}

#[test]
fn commands_list_revoke_and_remove_the_machines_of_a_hub_on_postgresql() {
    let Some(database) = Database::start() else { return };
    let [laptop, desk, hub] = [(); 3].map(|()| Place::empty());
    add(&laptop, 0..4);
    add(&desk, 2..8);
    let server = database.serve(&hub);
    for machine in [&laptop, &desk] {
        database.enrol(machine, &hub, &server);
        machine.print(&["push"]);
    }
    let [laptop_id, desk_id] = [&laptop, &desk].map(|machine| machine_id(&machine.database()).unwrap());
    assert_eq!(totals(&server), expected(0..8));
    let listed = database.print(&hub, &["machines"]);
    assert!(listed.contains(&laptop_id[..8]) && listed.contains(&desk_id[..8]), "{listed}");
    let enrolled = database.print(&hub, &["team", "machines"]);
    assert_eq!(enrolled.matches("ctm-push").count(), 2, "{enrolled}");
    database.print(&hub, &["team", "revoke", &laptop_id]);
    laptop.run(&["push"]).failed(1, &["token"]);
    assert_eq!(totals(&server), expected(0..8));
    database.print(&hub, &["machines", "remove", &laptop_id]);
    assert_eq!(totals(&server), expected(2..8));
    // The database of this machine has no machine, and needs none.
    assert!(hub.print(&["team", "machines"]).contains("No machine enrolled"));
}

#[test]
fn a_hub_on_postgresql_refuses_what_only_machines_have_and_answers_the_rest() {
    let Some(database) = Database::start() else { return };
    let [desk, hub] = [(); 2].map(|()| Place::empty());
    add(&desk, 0..8);
    let server = database.serve(&hub);
    database.enrol(&desk, &hub, &server);
    desk.print(&["push"]);
    let document: Value = serde_json::from_str(&ctm_api::document::document()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let readable = paths.filter(|(path, of)| of.get("get").is_some() && !path.contains('{'));
    let mut refused = Vec::new();
    for (path, _) in readable {
        let path = path.strip_prefix("/api/v1/").unwrap_or(path);
        if ["/metrics", "push", "ws"].contains(&path) {
            continue;
        }
        let answer = ask(&server, path);
        match answer.status {
            200 | 400 => {}
            404 => {
                assert_eq!(answer.json()["code"], "of_machines", "{path}: {}", answer.body);
                refused.push(path.to_owned());
            }
            status => panic!("{path}: {status}: {}", answer.body),
        }
    }
    assert_eq!(
        refused,
        [
            "audit",
            "cache",
            "concurrency",
            "drivers",
            "hooks",
            "limits/calibration",
            "responses",
            "seals",
            "sql",
            "stats/tools",
            "telemetry"
        ]
    );
    for path in ["sessions/x", "sessions/x/responses", "responses/x", "by/skill"] {
        assert_eq!(ask(&server, path).json()["code"], "of_machines", "{path}");
    }
    // What is unknown is left out, and no zero.
    let now = json(&server, "now");
    assert_eq!((&now["usd_per_min"], &now["pace_certainty"]), (&Value::Null, &Value::from("unknown")));
    assert_eq!(now["day"]["responses"], 0);
    let metrics = get(&format!("{}metrics", server.url())).body;
    let has = |name: &str| metrics.lines().any(|line| line.starts_with(name));
    assert!(has("ctm_responses_total{"), "{metrics}");
    for absent in ["ctm_lines_", "ctm_telemetry_requests ", "ctm_pace_"] {
        assert!(!has(absent), "{absent}: {metrics}");
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let place = Place::empty();
    let unused = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ctm:{PASSWORD}@127.0.0.1:{unused}/usage");
    let ran = |args: &[&str]| {
        let ran = Ran::in_time(place.ctm(args).env("CTM_DATABASE_URL", &url));
        assert!(!ran.err.contains(PASSWORD) && !ran.out.contains(PASSWORD), "{ran:?}");
        ran
    };
    let shown = format!("cannot open the database `postgres://ctm@127.0.0.1:{unused}/usage`");
    for args in [&["serve", "--port", "0", "--team"][..], &["team", "machines"]] {
        ran(args).failed(4, &[&shown, "CTM_DATABASE_URL"]);
    }
    ran(&["serve", "--port", "0"]).failed(2, &["CTM_DATABASE_URL", "ctm serve --team"]);
}

#[test]
fn a_hub_answers_503_while_its_database_is_gone_and_recovers() {
    let Some(database) = Database::start() else { return };
    let [desk, hub] = [(); 2].map(|()| Place::empty());
    add(&desk, 0..8);
    let server = database.serve(&hub);
    database.enrol(&desk, &hub, &server);
    desk.print(&["push"]);
    let token = token_of(&desk);
    let bearer = format!("Bearer {token}");
    let position = || request("GET", &format!("{}api/v1/push", server.url()), &[("authorization", &bearer)]);
    assert_eq!(position().status, 200);
    database.cluster.crash().unwrap();
    let answer = wait_for(|| Some(position()).filter(|answer| answer.status != 200));
    assert_eq!(answer.status, 503, "{}", answer.body);
    let health = wait_for(|| Some(ask(&server, "health")).filter(|health| health.status == 503));
    assert!(health.body.contains("database_unopened"), "{}", health.body);
    database.cluster.resume().unwrap();
    add(&desk, 8..9);
    assert!(desk.print(&["push"]).contains("1 response pushed"));
    assert_eq!(totals(&server), expected(0..9));
    wait_for(|| Some(ask(&server, "health")).filter(|health| health.status == 200));
}

/// Returns the token of a machine, from its file beside the database.
fn token_of(machine: &Place) -> String {
    let folder = machine.database().parent().map(Path::to_owned).unwrap();
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|of| of == "token")).unwrap();
    std::fs::read_to_string(file).unwrap().trim().to_owned()
}
