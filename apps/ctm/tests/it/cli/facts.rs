//! `ctm export facts`: what leaves the machine, and what does not.

use crate::place::Place;
use ctm_pricing::PriceBook;
use ctm_push_format::{Entry, Level, Pepper, Reader, Section};
use ctm_types::{EpochMs, MachineClaim, Part};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// A secret in a file.
const SECRET: &str = "canary-secret-of-the-machines\n";

/// After all times of the homes.
const LATER: EpochMs = EpochMs(4_000_000_000_000);

/// What must not leave a machine, at any level.
pub(super) const CANARY: &str = "canary";

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// Reads a file as another machine does. Nothing of it is refused.
fn read(path: &Path, pepper: &Pepper) -> (Section, Vec<MachineClaim>) {
    let mut reader = Reader::new(fs::File::open(path).unwrap(), pepper, LATER).unwrap();
    let (mut section, mut claims) = (None, Vec::new());
    while let Some(entry) = reader.next_entry().unwrap() {
        match entry {
            Entry::Section(of) => section = Some(of),
            Entry::Claim(claim) => claims.push(claim),
            Entry::Signature(signature) => panic!("{signature:?}"),
            Entry::Refused(refused) => panic!("{refused}"),
        }
    }
    (section.unwrap(), claims)
}

/// A line of a transcript, every text of which is a canary but its model, version and the last component of its folder.
fn line(number: u32, folder: &str, key: &str) -> Vec<u8> {
    let tool = json!({
        "type": "tool_use", "id": format!("canary-tool-{number}"), "name": "canary-tool",
        "input": { "file_path": "/canary/path", "command": "canary-command" },
    });
    let text = json!({ "type": "text", "text": "canary-reply to canary@example.org" });
    let mut line = json!({
        "type": "assistant", "timestamp": format!("2026-03-11T10:0{number}:17.123Z"), "sessionId": "canary-session",
        "cwd": folder, "gitBranch": "canary-branch", "version": "2.1.44", "agentId": "canary-agent",
        "entrypoint": "canary-entrypoint", "attributionSkill": "canary-skill", "teamName": "canary-team",
        "uuid": format!("canary-line-{number}"), "slug": "canary-slug", "userType": "canary-user",
        "message": {
            "model": "claude-opus-4-5", "content": [text, tool], "stop_reason": "end_turn",
            "usage": { "input_tokens": 5, "output_tokens": 1_000 + number },
        },
    });
    if !key.is_empty() {
        line["message"]["id"] = json!(key);
        line["requestId"] = json!(format!("canary-request-{number}"));
    }
    format!("{line}\n").into_bytes()
}

/// A home that is full of canaries.
pub(super) fn canaries() -> Place {
    let place = Place::empty();
    let prompt = json!({
        "type": "user", "timestamp": "2026-03-11T10:00:00Z", "sessionId": "canary-session", "cwd": "/home/canary/work",
        "uuid": "canary-prompt", "message": { "role": "user", "content": "canary-prompt of canary@example.org" },
    });
    let title =
        json!({ "type": "custom-title", "customTitle": "canary-title", "sessionId": "canary-session" });
    let file = "projects/-home-canary-work/canary-session.jsonl";
    place.append(file, format!("{prompt}\n{title}\n").as_bytes());
    place.append(file, &line(1, "/home/canary/canary-parent/work", "canary-message-1"));
    // The key of a response without ids has its session or its place.
    place.append(file, &line(2, "/home/canary/canary-parent/work", ""));
    place.append("projects/-b/b.jsonl", &line(3, "C:\\canary\\mail\\canary@example.org", "canary-message-3"));
    place
}

#[test]
fn nothing_of_prompts_paths_branches_tools_and_addresses_is_in_a_file_of_any_level() {
    let place = canaries();
    fs::write(place.path().join("secret"), SECRET).unwrap();
    let pepper = Pepper::new(SECRET.trim().as_bytes());
    for level in Level::ALL {
        let level_name = level.name();
        let ran = place.run(&[
            "export",
            "facts",
            "-o",
            "facts.gz",
            "--force",
            "--level",
            level_name,
            "--pepper",
            "secret",
            "--machine",
            "laptop",
        ]);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (Some(0), "", "ctm: 3 responses in `facts.gz`\n"));
        let file = place.path().join("facts.gz");
        let text = unpacked(&file);
        assert!(!text.contains(CANARY) && !text.contains(['@', '/', '\\']), "{level}: {text}");
        let (section, claims) = read(&file, &pepper);
        assert_eq!((&*section.name, section.level, claims.len()), ("laptop", level, 3));
        let projects: Vec<_> = claims.iter().map(|claim| claim.conversation.project.clone()).collect();
        let is_named = projects.contains(&Some("work".to_owned()));
        assert_eq!(is_named, level == Level::Names, "{projects:?}");
        let sessions: Vec<_> = claims.iter().filter_map(|claim| claim.conversation.session.clone()).collect();
        let hash = pepper.session("canary-session");
        assert_eq!(sessions, vec![hash; if level == Level::Totals { 0 } else { 3 }]);
        let is_exact = |claim: &MachineClaim| claim.at_ms.0 % 60_000 == 17_123;
        assert_eq!(claims.iter().all(is_exact), level > Level::Totals);
    }
}

/// Responses and tokens by model.
type ByModel = BTreeMap<String, [u64; 7]>;

/// Sums the parts that are billed: some attempts that a model refused before any output are in no total.
fn summed(claims: &[MachineClaim]) -> ByModel {
    let book = PriceBook::builtin();
    let mut sums = ByModel::new();
    for claim in claims {
        for (number, Part { billing, tokens, web_searches, .. }) in claim.parts.iter().enumerate() {
            if book.quote(billing, Some(claim.at_ms), book.context_band(tokens.prompt())).is_unbilled() {
                continue;
            }
            let sum = sums.entry(billing.model.clone()).or_default();
            let of = [
                u64::from(number == 0),
                tokens.input,
                tokens.output,
                tokens.cache_read,
                tokens.cache_write_5m,
                tokens.cache_write_1h,
                *web_searches,
            ];
            sum.iter_mut().zip(of).for_each(|(sum, of)| *sum += of);
        }
    }
    sums
}

fn reported(place: &Place, since: &str) -> ByModel {
    let report: Value = serde_json::from_str(&place.print(&["models", "--json", "--from", since])).unwrap();
    let names = [
        "responses",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "web_searches",
    ];
    let of = |item: &Value| {
        let figure = |name: &str| item[name].as_u64().unwrap();
        (item["model"].as_str().unwrap().to_owned(), names.map(figure))
    };
    report["items"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_file_has_every_response_as_the_reports_count_it() {
    let (place, answer) = Place::generated(5, 3_000_000);
    let all = reported(&place, "2000-01-01");
    assert!(all.len() > 1, "{all:?}");
    for since in ["2000-01-01", "2026-11-01"] {
        place.run(&["export", "facts", "-o", "facts.gz", "--force", "--since", since]);
        let (section, claims) = read(&place.path().join("facts.gz"), &Pepper::new(b""));
        assert_eq!(section.level, Level::Names);
        // Without a name, the machine is called by the first digits of its id.
        assert_eq!(section.name, section.machine.to_string()[..8]);
        assert_eq!(summed(&claims), reported(&place, since), "since {since}");
    }
    let counted: u64 = all.values().map(|sums| sums[0]).sum();
    assert_eq!(counted, answer.totals.responses);
}

#[test]
fn a_file_without_responses_names_the_machine() {
    let place = Place::empty();
    let ran = place.run(&["export", "facts", "-o", "facts.gz", "--machine", "desk"]);
    assert!(ran.err.contains("0 responses in `facts.gz`"), "{}", ran.err);
    let (section, claims) = read(&place.path().join("facts.gz"), &Pepper::new(b""));
    assert_eq!((&*section.name, claims.len()), ("desk", 0));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let place = Place::everyday();
    let check = |args: &[&str], code, parts: &[&str]| {
        place.run(&[&["export", "facts"], args].concat()).failed(code, parts);
    };
    check(&[], 2, &["--output"]);
    check(&["-o", "a.gz", "--level", "all"], 2, &["totals, hashed, names"]);
    check(&["-o", "a.gz", "--level", "hashed"], 2, &["--pepper"]);
    check(&["-o", "a.gz", "--machine", ""], 2, &["1 to 100 characters"]);
    check(&["-o", "a.gz", "--machine", "a\u{202e}b"], 2, &["1 to 100 characters"]);
    check(&["-o", "a.gz", "--since", "2026-3-1"], 2, &["YYYY-MM-DD"]);
    check(&["-o", "a.gz", "--pepper", "nowhere"], 1, &["cannot read `nowhere`"]);
    fs::write(place.path().join("short"), "  0123456789abcde \n").unwrap();
    check(&["-o", "a.gz", "--pepper", "short"], 2, &["the secret in `short` is too short", "openssl"]);
    check(&["-o", "a.gz", "--no-update"], 4, &["ctm.db"]);
    let inside = place.claude().join("projects/a.gz");
    check(&["-o", inside.to_str().unwrap()], 2, &["is in a Claude home"]);
    place.print(&["daily"]);
    fs::write(place.path().join("a.gz"), "mine").unwrap();
    check(&["-o", "a.gz"], 2, &["already exists", "--force"]);
    assert_eq!(fs::read_to_string(place.path().join("a.gz")).unwrap(), "mine");
    fs::write(place.database().with_file_name("machine-id"), "mine").unwrap();
    check(&["-o", "b.gz"], 2, &["has no id beside", "machine-id"]);
    assert!(!place.path().join("b.gz").exists());
    // A table is still exported as before.
    place.run(&["export", "--dataset", "daily", "facts", "-o", "a.gz"]).failed(2, &["cannot be used with"]);
}
