//! `ctm receipt`: the same figures as other reports, each response once, in every format and without a database.

use crate::place::{Place, response};
use ctm_types::PicoUsd;
use serde_json::{Value, json};

const SESSION: &str = "55555555-5555-4555-8555-555555555555";

fn receipt(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.print(&[&["receipt", "--format=json"], args].concat())).unwrap()
}

fn cost(of: &Value) -> PicoUsd {
    of["cost_usd"].to_string().parse().unwrap_or(PicoUsd::ZERO)
}

fn sum(of: &Value) -> (PicoUsd, u64) {
    let items = of.as_array().unwrap().iter();
    items.fold((PicoUsd::ZERO, 0), |(sum, tokens), item| {
        (sum + cost(item), tokens + item["total_tokens"].as_u64().unwrap())
    })
}

fn linked(session: &str, repository: &str, number: u32, at: &str) -> String {
    let record = json!({"type": "pr-link", "sessionId": session, "prNumber": number,
        "prRepository": repository, "prUrl": format!("https://github.com/{repository}/pull/{number}"),
        "timestamp": at, "uuid": format!("00000000-0000-4000-8000-{number:012}")});
    format!("{record}\n")
}

/// A session with two pull requests, one after the other, and one of another repository with the number of the first.
fn with_pull_requests() -> Place {
    let place = Place::empty();
    let lines = [
        response(SESSION, 1, 100, "2026-11-20T10:01:00Z"),
        linked(SESSION, "owner/name", 7, "2026-11-20T10:02:00Z"),
        response(SESSION, 2, 1_000, "2026-11-20T10:03:00Z"),
        linked(SESSION, "owner/name", 8, "2026-11-20T10:04:00Z"),
        linked(SESSION, "owner/name", 9, "2026-11-20T10:04:00Z"),
        response(SESSION, 3, 10_000, "2026-11-20T10:06:00Z"),
    ];
    place.append(&format!("projects/-home-u-live/{SESSION}.jsonl"), lines.concat().as_bytes());
    let other = "66666666-6666-4666-8666-666666666666";
    let lines = [
        linked(other, "owner/other", 7, "2026-11-20T10:02:00Z"),
        response(other, 4, 7, "2026-11-20T10:01:00Z"),
    ];
    place.append(&format!("projects/-home-u-live/{other}.jsonl"), lines.concat().as_bytes());
    place
}

#[test]
fn a_receipt_says_what_other_reports_say_and_its_parts_add_up() {
    let (place, _) = Place::generated(7, 2_000_000);
    let mut compared = 0;
    for (by, flag) in [("branch", "--branch"), ("pr", "--pr")] {
        let items: Value = serde_json::from_str(&place.print(&["by", by, "--json", "--limit=500"])).unwrap();
        for item in items["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "named").take(12)
        {
            let receipt = receipt(&place, &[flag, item["key"].as_str().unwrap(), "--no-update"]);
            let totals = &receipt["totals"];
            for field in ["cost_usd", "certainty", "total_tokens", "output_tokens", "responses", "sessions"] {
                assert_eq!(totals[field], item[field], "{field} of {item}");
            }
            for parts in ["models", "sessions"] {
                let (cost_of_parts, tokens) = sum(&receipt[parts]);
                assert_eq!(
                    (cost_of_parts, json!(tokens)),
                    (cost(totals), totals["total_tokens"].clone()),
                    "{item}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 5, "{compared}");
    let sessions: Value = serde_json::from_str(&place.print(&["sessions", "--json", "--no-update"])).unwrap();
    for session in sessions["items"].as_array().unwrap().iter().take(5) {
        let receipt = receipt(&place, &["--session", session["id"].as_str().unwrap(), "--no-update"]);
        assert_eq!(receipt["totals"]["cost_usd"], session["cost_usd"]);
        assert_eq!(receipt["totals"]["certainty"], session["certainty"]);
    }
}

#[test]
fn a_response_counts_for_one_pull_request_and_shared_sessions_are_named() {
    let place = with_pull_requests();
    let of = |number: &str| receipt(&place, &["--pr", number]);
    let [seven, eight, nine] = ["owner/name#7", "8", "https://github.com/owner/name/pull/9/files"].map(of);
    let all = receipt(&place, &["--session", SESSION]);
    assert_eq!((&seven["totals"]["responses"], &eight["totals"]["responses"]), (&json!(1), &json!(2)));
    // Two links of one moment: the first one has the responses, and the other one says so.
    assert_eq!(nine["totals"]["responses"], json!(0));
    let parts = [&seven, &eight, &nine].map(|receipt| cost(&receipt["totals"]));
    assert_eq!(parts[0] + parts[1] + parts[2], cost(&all["totals"]));
    let names = |receipt: &Value| {
        let others = receipt["pull_requests"].as_array().unwrap().iter();
        others.map(|of| of["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&eight), ["owner/name#7", "owner/name#9"]);
    assert_eq!(names(&all), ["owner/name#7", "owner/name#8", "owner/name#9"]);
    let text = place.print(&["receipt", "--pr", "9"]);
    assert!(text.contains("No usage.") && text.contains("Shared: "), "{text}");
    place.run(&["receipt", "--pr", "7"]).failed(2, &["owner/name#7", "owner/other#7", "specify one"]);
    place.run(&["receipt", "--pr", "10"]).failed(2, &["unknown pull request `10`"]);
    place.run(&["receipt", "--branch", "gone"]).failed(2, &["unknown branch `gone`"]);
    place.run(&["receipt", "--session", "gone"]).failed(2, &["unknown session `gone`"]);
    place.run(&["receipt", "--pr", "8", "--branch", "main"]).failed(2, &["cannot be used with"]);
    place.run(&["receipt"]).failed(2, &["--session"]);
}

#[test]
fn a_receipt_needs_no_database() {
    let place = with_pull_requests();
    let stable = |receipt: Value| {
        let mut receipt = receipt;
        for field in ["generated_at", "data_version"] {
            receipt["meta"][field] = Value::Null;
        }
        receipt
    };
    let without = stable(receipt(&place, &["--pr", "8", "--no-database"]));
    assert!(!place.database().exists());
    assert_eq!(without, stable(receipt(&place, &["--pr", "8"])));
    assert!(place.database().exists());
}

#[test]
fn the_exit_code_says_whether_the_cost_is_within_its_limit() {
    let place = Place::everyday();
    let code = |args: &[&str]| place.run(&[&["receipt", "--tz=UTC"], args].concat()).code;
    let exact = "11111111-1111-4111-8111-111111111111";
    let bounded = "33333333-3333-4333-8333-333333333333";
    assert_eq!(code(&["--session", exact, "--at-most", "1"]), Some(0));
    assert_eq!(code(&["--session", exact, "--at-most", "0.01"]), Some(11));
    assert_eq!(code(&["--session", bounded, "--at-most", "1"]), Some(10));
    assert_eq!(code(&["--session", bounded, "--at-most", "0.000001"]), Some(11));
    assert_eq!(code(&["--session", exact, "--at-most", "0"]), Some(2));
}

/// Markup of every format, control characters and marks of direction.
const HOSTILE: &str = "a|b`<script>alert(1)</script></text>&\u{7}\u{202e}\u{200f}\r\n# c [x](javascript:y) ![i](http://x.example)";

#[test]
fn no_name_forms_markup() {
    let place = Place::empty();
    let line = response(SESSION, 1, 100, "2026-11-20T10:01:00Z");
    let mut record: Value = serde_json::from_str(&line).unwrap();
    record["gitBranch"] = json!(HOSTILE);
    record["cwd"] = json!(format!("/home/{HOSTILE}"));
    record["message"]["model"] = json!(HOSTILE);
    let title = json!({"type": "custom-title", "customTitle": HOSTILE, "sessionId": SESSION});
    let lines = format!("{record}\n{title}\n{}", linked(SESSION, HOSTILE, 7, "2026-11-20T10:02:00Z"));
    place.append(&format!("projects/x/{SESSION}.jsonl"), lines.as_bytes());
    std::fs::write(place.path().join("ctm.toml"), "session_names = true\n").unwrap();
    for work in [["--branch", HOSTILE], ["--session", SESSION]] {
        for format in ["md", "svg"] {
            for language in ["en", "zh"] {
                let args = ["receipt", work[0], work[1], "--format", format, "--language", language];
                let text = place.print(&args);
                let is_plain = |char: char| char == '\n' || !char.is_control();
                assert!(text.chars().all(is_plain), "{text:?}");
                assert!(!text.contains(['\u{202e}', '\u{200f}']) && text.contains("202e"), "{text}");
                assert!(!text.contains("<script") && !text.contains("</text></text>"), "{text}");
                assert!(text.contains("&lt;script&gt;"), "{text}");
                if format == "md" {
                    assert!(
                        !text.contains("[x](") && !text.contains("http://x") && !text.contains("\n# c"),
                        "{text}"
                    );
                } else {
                    assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{text}");
                    assert_eq!(text.matches("<text ").count(), text.matches("</text>").count(), "{text}");
                    for forbidden in ["href", "<image", "<style", "foreignObject", "url("] {
                        assert!(!text.contains(forbidden), "{forbidden} {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_receipt_without_names_has_none() {
    let place = with_pull_requests();
    for work in [["--pr", "8"], ["--session", SESSION]] {
        for format in ["md", "svg", "json"] {
            let text = place.print(&["receipt", work[0], work[1], "--names=numbered", "--format", format]);
            for name in ["owner", "github", SESSION, "live", "55555555"] {
                assert!(!text.contains(name), "{name} in {text}");
            }
            assert!(format != "md" || text.contains("Project A"), "{text}");
        }
    }
}

#[test]
fn a_file_has_the_format_of_its_name() {
    let place = with_pull_requests();
    let write = |args: &[&str]| place.run(&[&["receipt", "--pr=8", "-o"], args].concat());
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    assert_eq!(write(&["r.svg"]).code, Some(0));
    assert!(read("r.svg").starts_with("<svg "));
    assert_eq!(write(&["r.json"]).code, Some(0));
    assert!(serde_json::from_str::<Value>(&read("r.json")).unwrap()["work"]["kind"] == "pull_request");
    assert_eq!(write(&["r.md"]).code, Some(0));
    assert!(read("r.md").starts_with("# Receipt: pull request owner/name\\#8\n"), "{}", read("r.md"));
    write(&["r.md"]).failed(2, &["already exists", "--force"]);
}
