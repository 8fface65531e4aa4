//! Details beside usage, from the line to report, export and database.

use crate::place::{Place, Ran};
use crate::running::Running;
use serde_json::{Value, json};
use std::fs;

const NOW: &str = "2026-03-11T10:00:00Z";
const FILE: &str = "projects/-home-u-shop/s.jsonl";

/// A line of a response, with more members of the line and of its message.
fn line(id: &str, output: u64, more: &Value, of_message: &Value) -> String {
    let mut line = json!({
        "type": "assistant", "uuid": format!("u-{id}-{output}"), "timestamp": "2026-03-11T09:00:00.000Z",
        "sessionId": "s", "cwd": "/home/u/shop", "version": "2.1.278",
        "message": {
            "id": id, "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
            "usage": {"input_tokens": 10, "output_tokens": output, "output_tokens_details": {"thinking_tokens": output / 2}},
        },
    });
    for (member, value) in more.as_object().into_iter().flatten() {
        line[member] = value.clone();
    }
    for (member, value) in of_message.as_object().into_iter().flatten() {
        line["message"][member] = value.clone();
    }
    format!("{line}\n")
}

fn transcript() -> String {
    let said = json!({
        "attributionSkill": "commit", "attributionPlugin": "tools", "attributionAgent": "Explore",
        "attributionMcpServer": "docs", "attributionMcpTool": "search", "effort": "high",
        "entrypoint": "claude-vscode", "teamName": "builders", "agentName": "tester",
    });
    let missed = json!({"cache_miss_reason": {"type": "tools_changed", "cache_missed_input_tokens": 900}});
    [
        line("msg_details0000000000001", 50, &said, &json!({"diagnostics": missed})),
        // The winning copy has fewer details.
        line(
            "msg_details0000000000001",
            60,
            &json!({"entrypoint": "claude-vscode", "teamName": "builders", "agentName": "tester"}),
            &json!({}),
        ),
        line(
            "msg_details0000000000002",
            5,
            &json!({"timestamp": "2026-03-11T09:05:00.000Z"}),
            &json!({"usage": {"output_tokens": 5}}),
        ),
        line(
            "msg_details0000000000003",
            8,
            &json!({"timestamp": "2026-03-11T09:10:00.000Z"}),
            &json!({"stop_reason": "refusal", "stop_details": {"category": "cyber"}}),
        ),
    ]
    .concat()
}

#[test]
fn details_of_a_response_are_returned_and_exported() {
    let place = Place::empty();
    place.append(FILE, transcript().as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let listed = server.json("sessions/s/responses");
    let expected = json!({
        "skill": "commit", "plugin": "tools", "attributed_agent": "Explore", "mcp_server": "docs",
        "mcp_tool": "search", "effort": "high", "thinking_tokens": 30, "cache_miss_reason": "tools_changed",
        "cache_missed_tokens": 900, "refusal_category": null, "entrypoint": "claude-vscode",
        "team": "builders", "teammate": "tester", "output_tokens": 60,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&listed["items"][0][field], value, "{field}");
    }
    for field in expected.as_object().unwrap().keys().filter(|field| *field != "output_tokens") {
        assert_eq!(listed["items"][1][field], Value::Null, "{field}");
    }
    assert_eq!(listed["items"][2]["refusal_category"], "cyber");
    let explained = server.json("responses/msg_details0000000000001");
    assert_eq!(explained["skill"], "commit");
    server.stop();

    let fields =
        "skill,mcp_tool,effort,thinking_tokens,cache_missed_tokens,refusal_category,team,total_tokens";
    let csv = place.print(&["export", "--dataset", "responses", "--fields", fields]);
    let rows: Vec<&str> = csv.lines().map(str::trim_end).collect();
    assert_eq!(rows, [fields, "commit,search,high,30,900,,builders,70", ",,,,,,,5", ",,,4,,cyber,,18"]);
    let lines = place.print(&["export", "--dataset", "responses", "--format", "ndjson"]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["cache_miss_reason"], &first["entrypoint"]),
        (&json!("tools_changed"), &json!("claude-vscode"))
    );
}

#[test]
fn claude_codes_own_totals_are_compared_and_never_added() {
    let place = Place::empty();
    let total = || place.print(&["daily", "--json"]);
    place.append(FILE, line("msg_own_totals000000001", 100, &json!({}), &json!({})).as_bytes());
    let before: Value = serde_json::from_str(&total()).unwrap();
    // 10 input and 100 output tokens cost $0.00153; a title is in no transcript.
    let own = |cost: f64, more: &Value| {
        let mut models =
            json!({"claude-sonnet-4-5[1m]": {"inputTokens": 10, "outputTokens": 100, "costUSD": 0.00153}});
        for (model, value) in more.as_object().into_iter().flatten() {
            models[model] = value.clone();
        }
        let line =
            json!({"type": "cost-state", "sessionId": "s", "totalCostUSD": cost, "modelUsage": models});
        format!("{line}\n")
    };
    let title = json!({"claude-haiku-4-5": {"inputTokens": 400, "outputTokens": 20, "costUSD": 0.0005}});
    place.append(FILE, (own(0.00153, &json!({})) + &own(0.00203, &title)).as_bytes());
    let after: Value = serde_json::from_str(&total()).unwrap();
    assert_eq!(before["totals"], after["totals"]);
    let server = Running::at(NOW, &place, &[]);
    let compared = server.json("sessions/s")["claude_code"].clone();
    assert_eq!(
        [&compared["cost_usd"], &compared["claude_code_usd"], &compared["difference_usd"]],
        [&json!(0.00153), &json!(0.00203), &json!(0.0005)]
    );
    let models = compared["models"].as_array().unwrap();
    let of = |at: usize| [&models[at]["model"], &models[at]["difference_usd"]];
    assert_eq!(of(0), [&json!("claude-haiku-4-5"), &json!(0.0005)]);
    assert_eq!(of(1), [&json!("claude-sonnet-4-5"), &json!(0)]);
    assert_eq!(models[0]["tokens"], Value::Null);
    assert_eq!(models[0]["claude_code_tokens"]["input_tokens"], 400);
    let reasons = compared["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1);
    assert_eq!([&reasons[0]["code"], &reasons[0]["model"]], [&json!("unlogged"), &json!("claude-haiku-4-5")]);
    let audit = server.json("audit?range=all")["sessions"].clone();
    assert_eq!([&audit["sessions"], &audit["difference_usd"]], [&json!(1), &json!(0.0005)]);
    assert_eq!((&audit["reasons"], &audit["largest"][0]), (&json!({"unlogged": 1}), &compared));
    server.stop();
    let text = place.print(&["audit"]);
    assert!(text.contains("Claude Code's own totals of sessions"), "{text}");
    assert!(
        text.contains("- Requests that no transcript has, such as titles and summaries. (1 session)"),
        "{text}"
    );
}

#[test]
fn details_of_a_deleted_transcript_are_kept() {
    let place = Place::empty();
    place.append(FILE, transcript().as_bytes());
    let exported =
        || place.print(&["export", "--dataset", "responses", "--fields", "skill,effort,thinking_tokens"]);
    let before = exported();
    fs::remove_file(place.claude().join(FILE)).unwrap();
    assert_eq!(exported(), before);
    assert!(before.contains("commit,high,30"), "{before}");
}

#[test]
fn a_title_is_stored_with_the_setting_and_removed_with_its_session() {
    const TITLE: &str = "Acme merger numbers";
    let holds = |place: &Place| {
        let bytes = fs::read(place.database()).unwrap();
        bytes.windows(TITLE.len()).any(|window| window == TITLE.as_bytes())
    };
    let titled = transcript()
        + &format!("{}\n", json!({"type": "custom-title", "customTitle": TITLE, "sessionId": "s"}));
    let run = |place: &Place, wanted: Option<&str>, args: &[&str]| {
        let mut command = place.ctm(args);
        command.envs(wanted.map(|wanted| ("CTM_SESSION_NAMES", wanted)));
        Ran::of(&mut command)
    };
    for (wanted, expected) in [(None, false), (Some("false"), false), (Some("true"), true)] {
        let place = Place::empty();
        place.append(FILE, titled.as_bytes());
        assert_eq!(run(&place, wanted, &["daily"]).code, Some(0));
        assert_eq!(holds(&place), expected, "{wanted:?}");
        let answers =
            place.print(&["sessions", "--json"]) + &place.print(&["export", "--dataset", "responses"]);
        assert!(!answers.contains(TITLE));
        let shown = run(&place, wanted, &["sessions", "--json"]).out;
        assert_eq!(shown.contains(TITLE), expected, "shown with the setting alone");
        let forgotten = run(&place, wanted, &["db", "forget", "--session", "s", "--yes", "--no-backup"]);
        assert_eq!(forgotten.code, Some(0), "{}", forgotten.err);
        assert!(!holds(&place));
    }
    let place = Place::empty();
    place.append(FILE, titled.as_bytes());
    run(&place, Some("maybe"), &["daily"]).failed(2, &["CTM_SESSION_NAMES", "maybe", "true"]);
    // Transcripts read without the setting are read again by `db rebuild`.
    assert_eq!(run(&place, None, &["daily"]).code, Some(0));
    assert_eq!(run(&place, Some("true"), &["daily"]).code, Some(0));
    assert!(!holds(&place));
    let rebuilt = run(&place, Some("true"), &["db", "rebuild"]);
    assert_eq!(rebuilt.code, Some(0), "{}", rebuilt.err);
    assert!(holds(&place));
}
