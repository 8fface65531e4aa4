//! A home in which every name is chosen to deceive, and every command that shows names.
//!
//! Output to a terminal, standard error or the log contains no control or invisible characters, and no line
//! that a name forges. Output for programs keeps its exact characters.

use crate::http::{get, request};
use crate::place::{Place, Ran};
use crate::process::Process;
use crate::socket::Socket;
use crate::terminal::Terminal;
use ctm_report::clock::Clock;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use unicode_general_category::{GeneralCategory, get_general_category};

/// A style that ctm itself never sets.
const STYLE: &str = "\u{1b}[35;7m";

/// Beginning of a forged line.
const FORGED: &str = "forged:";

/// A name that steers a terminal, forges lines, and is read in another order than it is written.
const HOSTILE: &str = "x\u{1b}[35;7mE\u{1b}]0;t\u{7}\u{9b}31m\r\nforged:\u{85}\u{202e}R\u{200b}Z\u{2028}L\u{2029}\
                       P\u{feff}B\u{e0041}T\u{ad}S\u{7f}\u{2066}I\u{61c}\u{fe0f}\u{200d}j";

/// Escaped form of the beginning of that name.
const SHOWN: &str = r"x\u{1b}[35;7mE";

/// A place with a home in a folder of such a name, with only such names.
struct Hostile {
    /// Holds the home.
    _outer: Place,
    place: Place,
}

impl Hostile {
    fn new() -> Self {
        let outer = Place::empty();
        let home = outer.path().join(HOSTILE);
        let place = Place::reading(&home);
        let at = ctm_report::wire::Time(Clock::system().now()).to_string();
        let project = format!("projects/{HOSTILE}");
        place.append(
            &format!("{project}/{HOSTILE}.jsonl"),
            response(1, "2026-03-11T10:00:00.000Z").as_bytes(),
        );
        place.append(&format!("{project}/{HOSTILE}.jsonl"), response(2, &at).as_bytes());
        place.append(&format!("{project}/{HOSTILE}.jsonl"), b"{\"usage\": broken\n");
        let subagent = format!("{project}/{HOSTILE}/subagents/agent-{HOSTILE}");
        place.append(&format!("{subagent}.jsonl"), response(3, &at).as_bytes());
        place
            .append(&format!("{subagent}.meta.json"), json!({ "agentType": HOSTILE }).to_string().as_bytes());
        place.append("stats-cache.json", b"{ no JSON");
        place.append("settings.json", b"{ no JSON");
        let endless = place.claude().join(format!("{project}/loop-{HOSTILE}.jsonl"));
        symlink(&endless, &endless).unwrap();
        Self { _outer: outer, place }
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.ctm(args).stdin(Stdio::null()))
    }

    fn ctm(&self, args: &[&str]) -> Command {
        self.place.ctm(args)
    }
}

/// A response whose every name is hostile.
fn response(number: u32, at: &str) -> String {
    let tool =
        json!({ "type": "tool_use", "id": format!("{number}{HOSTILE}"), "name": HOSTILE, "input": {} });
    let line = json!({
        "type": "assistant", "timestamp": at, "sessionId": HOSTILE, "cwd": format!("/home/{HOSTILE}"),
        "gitBranch": HOSTILE, "version": HOSTILE, "requestId": format!("{number}{HOSTILE}"), "agentId": HOSTILE,
        "attributionSkill": HOSTILE, "isSidechain": number == 3, "uuid": format!("{number}{HOSTILE}"),
        "message": {
            "id": format!("{number}{HOSTILE}"), "model": HOSTILE, "content": [tool], "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 5, "output_tokens": 1_000, "service_tier": HOSTILE, "speed": HOSTILE,
                "inference_geo": HOSTILE,
            },
        },
    });
    format!("{line}\n")
}

/// Checks that a text holds nothing that a terminal obeys or hides, but the ends of lines and the
/// sequences that ctm itself draws with.
#[track_caller]
fn check_shown(what: &str, text: &str) {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    assert!(!text.contains(STYLE), "{what}: a name sets a style: {text:?}");
    for line in text.split(['\r', '\n']) {
        assert!(!line.starts_with(FORGED), "{what}: a name forges a line: {text:?}");
        let mut rest = without_sequences(line);
        rest.retain(|char| {
            let is_selector = matches!(char, '\u{fe00}'..='\u{fe0f}');
            is_selector
                || matches!(get_general_category(char), Control | Format | LineSeparator | ParagraphSeparator)
        });
        assert_eq!(rest, "", "{what}: {line:?}");
    }
}

/// Takes out sequences that style a text or move the cursor.
fn without_sequences(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|char: char| char.is_ascii_digit() || ";?".contains(char));
        match rest.strip_prefix(|char: char| char.is_ascii_alphabetic()) {
            Some(rest) => text.push_str(rest),
            None => text.push_str(&format!("\u{1b}[{piece}")),
        }
    }
    text
}

/// Every command that ends by itself, with what it is asked.
fn commands() -> Vec<Vec<&'static str>> {
    let mut commands: Vec<Vec<&str>> = [
        "",
        "daily --breakdown",
        "weekly --breakdown",
        "monthly --breakdown --compact",
        "sessions",
        "sessions --breakdown --compact",
        "models",
        "models --no-database",
        "projects --breakdown",
        "blocks --breakdown",
        "blocks --active --target 1",
        "telemetry --install",
        "tools",
        "tools --compact",
        "trends --group model --metric total_tokens",
        "trends --group project --metric total_tokens",
        "trends --metric total_tokens",
        "limits",
        "limits --calibration",
        "audit",
        "by skill",
        "cache --by session",
        "compare version",
        "compare model --report",
        "drivers",
        "hooks",
        "concurrency --bucket hour",
        "forecast",
        "report --range=all",
        "report --range=all --format=html",
        "why",
        "what-if --as-model claude-haiku-4-5",
        "worth",
        "audit --range 7d",
        "explain 2026-03-11",
        "settings",
        "openapi",
        "export schema",
        "completions fish",
        "man",
        "prices",
        "prices list --current",
        "doctor",
        "doctor --json",
        "db status",
        "db status --json",
        "db check",
        "db rebuild",
        "db forget --list",
        "db remember --all",
        "db vacuum",
        "healthcheck --port 1",
        "statusline --install",
        "watch",
        "push status",
        "serve --port 70000",
        "export --dataset responses --fields NAME",
    ]
    .map(|line| line.split_whitespace().collect())
    .into();
    for word in ["daily", "models", "projects", "sessions", "tools", "blocks"] {
        commands.extend([vec![word, "--json"], vec![word, "--csv"]]);
    }
    for word in ["daily", "projects", "sessions"] {
        commands.extend([vec![word, "--json", "--breakdown"], vec![word, "--csv", "--breakdown"]]);
    }
    for group in ["model", "project"] {
        commands.extend(["--json", "--csv"].map(|form| vec!["trends", "--group", group, form]));
    }
    for dataset in ["daily", "models", "projects", "sessions", "responses", "focus"] {
        commands.extend(
            ["csv", "json", "ndjson"].map(|format| vec!["export", "--dataset", dataset, "--format", format]),
        );
    }
    commands.extend([
        vec!["audit", "--json"],
        vec!["limits", "--json"],
        vec!["limits", "--calibration"],
        vec!["close"],
        vec!["close", "2026-03"],
        vec!["prove", "--session", HOSTILE, "-o", "bundle.json", "--force"],
        vec!["prove", "--session", HOSTILE, "--key", HOSTILE],
        vec!["verify", "bundle.json"],
        vec!["verify", HOSTILE],
        vec!["explain", HOSTILE],
        vec!["explain", HOSTILE, "--json"],
        vec!["explain", "no\u{202e}thing\nforged:"],
        vec!["prices", "show", HOSTILE],
        vec!["prices", "check", HOSTILE],
        vec!["export", "--dataset", "sessions", "-o", HOSTILE, "--force"],
        vec!["export", "--dataset", "sessions", "-o", HOSTILE],
        vec!["export", "--dataset", "sessions", "--fields", HOSTILE],
        vec!["export", "--dataset", HOSTILE],
        vec!["export", "focus", "--fields", HOSTILE],
        vec!["receipt", "--session", HOSTILE],
        vec!["receipt", "--branch", HOSTILE, "--format", "svg"],
        vec!["receipt", "--branch", HOSTILE, "--format", "json"],
        vec!["receipt", "--pr", HOSTILE],
        vec!["export", "facts", "-o", HOSTILE, "--force"],
        vec!["export", "facts", "-o", HOSTILE],
        vec!["export", "facts", "-o", "/dev/null", "--machine", HOSTILE],
        vec!["export", "facts", "-o", "/dev/null", "--pepper", HOSTILE],
        vec!["import", "facts", HOSTILE],
        vec!["import", "facts", "no\u{202e}\nforged:/x"],
        vec!["import", "facts", "/dev/null", "--pepper", HOSTILE],
        vec!["import", "history", HOSTILE],
        vec!["import", "history", "no\u{202e}\nforged:/x"],
        vec!["import", "history", "/dev/null"],
        vec!["import", "history", "/dev/null", "--kind", HOSTILE],
        vec!["import", "history", "--remove", HOSTILE],
        vec!["machines"],
        vec!["machines", "remove", HOSTILE],
        vec!["team", "machines"],
        vec!["team", "revoke", HOSTILE],
        vec!["team", "invite", "--expires", HOSTILE],
        vec!["team", "invite", "--level", HOSTILE],
        vec!["team", "invite", "--url", HOSTILE],
        vec!["export", "--dataset", "sessions", "-o", "no\u{202e}\nforged:/x"],
        vec!["db", "backup", HOSTILE],
        vec!["db", "backup", HOSTILE, "--force"],
        vec!["db", "restore", "no\u{202e}\nforged:"],
        vec!["db", "forget", "--project", HOSTILE, "--dry-run"],
        vec!["db", "forget", "--home", HOSTILE, "--dry-run"],
        vec!["db", "forget", "--before", "2100-01-01", "--dry-run"],
        vec!["db", HOSTILE],
        vec!["healthcheck", "--host", HOSTILE],
        vec!["alert", "add", HOSTILE, "--watch", "condition"],
        vec!["alert", "add", "a", "--watch", HOSTILE],
        vec!["alert", "add", "a", "--watch", "condition", "--quiet", HOSTILE],
        vec!["alert", "add", "models", "--watch", "unpriced_model"],
        vec!["alert", "add", "b", "--watch", "budget", "--budget", HOSTILE],
        vec!["alert", "list"],
        vec!["alert", "test", "b"],
        vec!["alert", "test", HOSTILE],
        vec!["alert", "evaluate"],
        vec!["alert", "history"],
        vec!["alert", "channels"],
        vec!["alert", "remove", HOSTILE],
        vec!["alert", "remove", "b"],
        vec!["budget", "add", HOSTILE, "--usd", "5", "--per", "day"],
        vec!["budget", "add", "a", "--tokens", HOSTILE, "--per", "day"],
        vec!["budget", "add", "b", "--usd", "5", "--per", HOSTILE],
        vec!["budget", "add", "c", "--usd", "5", "--per", "day", "--project", HOSTILE],
        vec!["budget", "list"],
        vec!["budget", "status", "c"],
        vec!["budget", "status", HOSTILE],
        vec!["budget", "status", "--at", HOSTILE],
        vec!["budget", "history", HOSTILE],
        vec!["budget", "history", "c", "--from", HOSTILE],
        vec!["guard", "c"],
        vec!["guard", HOSTILE],
        vec!["guard", "--week-start", HOSTILE],
        vec!["budget", "remove", HOSTILE],
        vec!["budget", "remove", "c"],
        vec!["link", "add", HOSTILE],
        vec!["link", "list"],
        vec!["link", "remove", HOSTILE],
        vec!["mcp", "--install"],
        vec!["note", "add", HOSTILE],
        vec!["note", "add", "x", "--date", HOSTILE],
        vec!["note", "list", "--from", HOSTILE],
        vec!["note", "remove", HOSTILE],
        vec!["sql", HOSTILE],
        vec!["sql", "SELECT 'a\u{1b}[2J\u{202e}' AS \"b\u{1b}[2J\""],
        vec!["sql", "--saved", HOSTILE],
        vec!["sql", "SELECT 1", "--limit", HOSTILE],
        vec!["what-if", "--as-model", HOSTILE],
        vec!["completions", HOSTILE],
        vec!["man", "--dir", "/dev/null/\u{202e}\nforged:"],
        vec!["daily", "--range", HOSTILE],
        vec!["daily", "--from", HOSTILE],
        vec!["daily", "--tz", HOSTILE],
        vec!["daily", "--config", HOSTILE],
        vec!["daily", "--prices", HOSTILE],
        vec!["daily", "--database", "/dev/null/\u{202e}\nforged:/ctm.db"],
        vec!["daily", "--log-file", "/dev/null/\u{202e}\nforged:/ctm.log"],
        vec!["daily", "--claude-dir", "/nowhere/\u{202e}\nforged:"],
        vec!["daily", "--log-level", HOSTILE],
        vec!["serve", "--auth-token-file", "/nowhere/\u{202e}\nforged:"],
        vec![HOSTILE],
        vec!["daily", HOSTILE],
        vec!["--hostile\u{202e}\nforged:"],
    ]);
    commands
}

/// Returns whether a command prints for programs, which get exact characters in a pipe.
fn is_for_programs(args: &[&str]) -> bool {
    ["--json", "--csv", "json"].iter().any(|form| args.contains(form))
        || (args.contains(&"export") && !args.contains(&"-o"))
}

/// Returns the names of commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let list =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_is_covered() {
    let place = Place::empty();
    let asked = commands();
    for above in [None, Some("db"), Some("link"), Some("note"), Some("prices"), Some("budget"), Some("alert")]
    {
        let help = place.print(&above.into_iter().chain(["--help"]).collect::<Vec<_>>());
        let names = listed(&help);
        assert!(names.len() >= 2, "{help}");
        for name in names {
            let line: Vec<_> = above.into_iter().chain([&*name]).collect();
            assert!(asked.iter().any(|args| args.starts_with(&line)), "{line:?}");
        }
    }
}

#[test]
fn no_command_shows_what_a_terminal_obeys_or_hides() {
    let hostile = Hostile::new();
    let mut shown = 0;
    for args in commands() {
        let what = format!("{args:?}");
        let ran = hostile.run(&args);
        check_shown(&what, &ran.err);
        if !is_for_programs(&args) {
            check_shown(&what, &ran.out);
        }
        shown += usize::from(ran.out.contains(SHOWN) || ran.err.contains(SHOWN));
    }
    assert!(shown > 40, "hostile names are in the output of {shown} commands");
}

#[test]
fn no_command_on_a_terminal_shows_what_that_obeys_or_hides() {
    let hostile = Hostile::new();
    hostile.run(&["daily"]);
    let mut shown = 0;
    for args in commands().into_iter().filter(|args| *args != ["watch"]) {
        let mut terminal = Terminal::spawn(&mut hostile.ctm(&args));
        terminal.end();
        let written = String::from_utf8(terminal.written().to_vec()).unwrap();
        check_shown(&format!("{args:?}"), &written);
        shown += usize::from(written.contains("forged:"));
    }
    assert!(shown > 60, "hostile names are in the output of {shown} commands");
}

#[test]
fn data_is_exact_in_a_pipe_and_the_same_value_on_a_terminal() {
    let hostile = Hostile::new();
    let piped = hostile.run(&["models", "--json"]);
    let piped: Value = serde_json::from_str(&piped.out).unwrap();
    assert_eq!(piped["items"][0]["model"], HOSTILE);
    let mut terminal = Terminal::spawn(&mut hostile.ctm(&["models", "--json"]));
    terminal.end();
    let written = String::from_utf8(terminal.written().to_vec()).unwrap();
    // Unreadable files are reported first.
    let json = written.find("{\r\n").unwrap();
    let shown: Value = serde_json::from_str(&written[json..]).unwrap();
    assert_eq!(shown["items"], piped["items"]);

    for args in [&["models", "--csv"][..], &["export", "--dataset", "models"]] {
        let piped = hostile.run(args).out;
        let rows: Vec<_> =
            csv::Reader::from_reader(piped.as_bytes()).into_records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][0]), (1, HOSTILE));
        assert!(piped.contains(HOSTILE), "{piped:?}");
    }
}

#[test]
fn the_screen_of_a_watch_shows_names_by_their_characters() {
    let hostile = Hostile::new();
    let mut terminal = Terminal::run(&hostile.place, &["watch"]);
    terminal.wait_for("Recent responses");
    terminal.wait_for(r"x\u{1b}[35");
    terminal.press("q");
    assert!(terminal.end().success());
    check_shown("watch", std::str::from_utf8(terminal.written()).unwrap());
}

#[test]
fn the_status_line_is_one_line() {
    let hostile = Hostile::new();
    let session = hostile.place.path().join("session.json");
    let model = json!({ "id": HOSTILE, "display_name": HOSTILE });
    let input = json!({ "session_id": HOSTILE, "transcript_path": format!("/{HOSTILE}"), "model": model });
    fs::write(&session, input.to_string()).unwrap();
    let ran = Ran::of(hostile.ctm(&["statusline"]).stdin(fs::File::open(session).unwrap()));
    check_shown("statusline", &ran.out);
    check_shown("statusline", &ran.err);
    assert!(ran.out.starts_with(SHOWN) && ran.out.lines().count() == 1, "{ran:?}");
}

#[test]
fn an_event_is_one_line_of_the_log_whatever_a_name_holds() {
    for format in ["text", "json"] {
        let hostile = Hostile::new();
        let log = hostile.place.path().join("ctm.log");
        let args = ["--log-format", format, "--log-level", "debug", "--log-file", log.to_str().unwrap()];
        let server = Process::serve(&hostile.place, &args);
        for line in server.lines(["cannot ", "up to date"]) {
            check_shown(format, &line);
        }
        let session = format!("{}api/v1/sessions/no%E2%80%AE%E2%80%A8thing", server.url());
        let answer = request("GET", &session, &[("x-request-id", "hostile")]);
        assert_eq!(answer.status, 404);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(r"no\u{202e}\u{2028}thing"), "{detail}");
        check_shown("a problem", &detail);
        server.line("hostile");
        let metrics = get(&format!("{}metrics", server.url()));
        check_shown("metrics", &metrics.body);
        assert!(
            metrics.body.contains("ctm_tokens_total{") && metrics.body.contains("forged:"),
            "{}",
            metrics.body
        );
        server.signal(Signal::TERM);
        server.end();
        let written = fs::read_to_string(log).unwrap();
        check_shown("log file", &written);
        for line in written.lines() {
            let is_event = match format {
                "json" => {
                    serde_json::from_str::<Value>(line).is_ok_and(|event| event["timestamp"].is_string())
                }
                _ => line.starts_with("20") && line.contains("Z "),
            };
            assert!(is_event, "{line}");
        }
    }
}

#[test]
fn refusals_quote_clients_safely_and_labels_can_be_read() {
    let hostile = Hostile::new();
    let server = Process::serve(&hostile.place, &[]);
    server.line("up to date");
    let mut socket = Socket::greeted(server.url());
    let topics = json!({ "topics": [HOSTILE] });
    let zone = json!({ "tz": HOSTILE });
    for (kind, data) in [(HOSTILE, json!(null)), ("subscribe", topics), ("subscribe", zone)] {
        socket.send(&json!({ "v": 1, "type": kind, "data": data }).to_string());
        let refusal = socket.next();
        assert_eq!(refusal["type"], "error", "{refusal}");
        let detail = refusal["data"]["detail"].as_str().unwrap();
        check_shown("a refusal", detail);
        assert!(detail.contains(SHOWN), "{detail}");
    }
    let unknown = get(&format!("{}api/v1/stats?no%E2%80%AE=1", server.url())).json();
    check_shown("a parameter", unknown["errors"][0]["message"].as_str().unwrap());
    check_shown("parameters", unknown["detail"].as_str().unwrap());
    for list in ["stats/models", "stats/projects"] {
        let answer = get(&format!("{}api/v1/{list}?range=all", server.url())).json();
        let label = answer["items"][0]["label"].as_str().unwrap();
        check_shown(list, label);
        assert!(label.starts_with(SHOWN), "{label}");
    }
}

#[test]
fn settings_from_files_and_the_environment_are_shown_safely() {
    let hostile = Hostile::new();
    let config = hostile.place.path().join("config.toml");
    for text in [
        format!("tz = {}", json!(HOSTILE)),
        format!("{} = 1", json!(HOSTILE)),
        "\u{202e}\u{1b}[2J".to_owned(),
    ] {
        fs::write(&config, text).unwrap();
        let ran = hostile.run(&["daily", "--config", config.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        check_shown("config file", &ran.err);
    }
    let ran = Ran::of(hostile.ctm(&["daily"]).env("CTM_PORT", HOSTILE));
    check_shown("environment", &ran.err);
    assert!(ran.err.contains(SHOWN), "{ran:?}");
}

#[test]
fn a_server_that_answers_otherwise_is_quoted_safely() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let other = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        assert!(client.read(&mut [0; 4096]).unwrap() > 0);
        client.write_all(HOSTILE.as_bytes()).unwrap();
    });
    let ran = Place::empty().run(&["healthcheck", "--port", &port]);
    other.join().unwrap();
    check_shown("healthcheck", &ran.err);
    assert!(ran.err.contains(SHOWN), "{ran:?}");
}
