//! No word of a prompt, a reply, a tool's input or its result leaves the reader, and neither does any of a hook
//! or a title.

use super::NOW;
use crate::http::{get, post_json};
use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A marker in all text of users, models and tools.
const MARKER: &str = "Xyzzy7Plugh";

/// A transcript in which the marker is wherever a text can be.
fn transcript() -> String {
    let envelope = |kind: &str, uuid: u32, message: Value, result: Value| {
        let line = json!({
            "type": kind, "uuid": format!("u{uuid}"), "timestamp": format!("2026-03-11T09:00:0{uuid}.000Z"),
            "sessionId": "private", "cwd": "/home/u/private", "gitBranch": "main", "version": "2.1.200",
            "requestId": format!("req_{uuid}"), "message": message, "toolUseResult": result,
            "summary": MARKER, "slug": MARKER, "customTitle": MARKER, "aiTitle": MARKER, "agentName": MARKER,
            "attributionSkill": "review", "effort": "high", "entrypoint": "cli",
        });
        format!("{line}\n")
    };
    let usage = json!({"input_tokens": 10, "output_tokens": 5});
    let prompt = json!({"role": "user", "content": format!("{MARKER} please")});
    let reply = json!({
        "id": "msg_private000000000001", "model": "claude-sonnet-4-5", "stop_reason": "tool_use", "usage": usage,
        "stop_details": {"type": MARKER, "explanation": MARKER},
        "diagnostics": {
            "message": MARKER,
            "cache_miss_reason": {"type": "tools_changed", "cache_missed_input_tokens": 7, "message": MARKER},
        },
        "content": [
            {"type": "thinking", "thinking": MARKER, "signature": MARKER},
            {"type": "text", "text": MARKER},
            {"type": "tool_use", "id": "toolu_private", "name": "Bash", "input": {"command": MARKER}},
        ],
    });
    let result = json!({
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "toolu_private", "is_error": true, "content": MARKER}],
    });
    let broken = format!("{{\"type\":\"assistant\",\"message\":{{\"content\":\"{MARKER}\n");
    let odd = json!({"type": "assistant", "message": {"usage": MARKER, "content": MARKER}});
    let about = |mut line: Value| {
        line["sessionId"] = json!("private");
        line["uuid"] = json!("u9");
        line["timestamp"] = json!("2026-03-11T09:00:09.000Z");
        format!("{line}\n")
    };
    let hooks = [
        format!("/home/u/hooks/lint.sh --token {MARKER}"),
        format!("TOKEN={MARKER} OTHER='a {MARKER}' node {MARKER}"),
        MARKER.to_owned(),
        format!("{MARKER} is not to be said"),
        format!("https://hooks.example.com/{MARKER}"),
        format!("$(cat {MARKER})"),
        format!("sh -c '{MARKER}'"),
    ];
    let hooks = hooks.map(|command| json!({"command": command, "durationMs": 5, "output": MARKER}));
    [
        envelope("user", 1, prompt, Value::Null),
        envelope("assistant", 2, reply, Value::Null),
        envelope("user", 3, result, json!({"stdout": MARKER, "stderr": MARKER})),
        broken,
        format!("{odd}\n"),
        about(json!({"type": "ai-title", "aiTitle": MARKER})),
        about(json!({"type": "custom-title", "customTitle": MARKER})),
        about(json!({"type": "agent-name", "agentName": MARKER})),
        about(json!({"type": "system", "subtype": "turn_duration", "durationMs": 900, "content": MARKER})),
        about(json!({
            "type": "system", "subtype": "stop_hook_summary", "hookInfos": hooks, "hookErrors": [MARKER],
            "stopReason": MARKER,
        })),
        about(json!({
            "type": "pr-link", "prNumber": 5, "prRepository": "acme/shop", "prTitle": MARKER,
            "prUrl": format!("https://{MARKER}:{MARKER}@github.com/acme/shop/pull/5?{MARKER}#{MARKER}"),
        })),
        about(json!({"type": "cost-state", "totalCostUSD": 1.5, "note": MARKER})),
    ]
    .concat()
}

#[test]
fn no_word_that_was_written_is_stored_logged_or_sent() {
    let place = Place::empty();
    place.append("projects/-home-u-private/private.jsonl", transcript().as_bytes());
    fs::write(place.claude().join("settings.json"), format!("{{\"apiKeyHelper\":\"{MARKER}\"}}")).unwrap();
    fs::write(place.claude().join(".credentials.json"), MARKER).unwrap();
    let log = place.path().join("ctm.log");
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(server.json("stats")["totals"]["responses"], 1);

    let mut answers = Vec::new();
    let document: Value = serde_json::from_str(&ctm_api::document::document()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        let path = path.replace("{id}", "private").replace("{key}", "msg_private000000000001");
        answers.push(get(&format!("{}{path}", server.url().trim_end_matches('/'))).body);
    }
    let responses = server.json("sessions/private/responses");
    assert_eq!(
        (&responses["items"][0]["skill"], &responses["items"][0]["cache_missed_tokens"]),
        (&json!("review"), &json!(7))
    );
    for dataset in ["daily", "sessions", "responses"] {
        let body = json!({"dataset": dataset, "format": "csv"}).to_string();
        answers.push(post_json(&format!("{}api/v1/export", server.url()), &body).body);
    }
    let mut socket = Socket::connect(&server.url(), "");
    answers.extend([socket.next().to_string(), socket.next().to_string()]);
    for answer in &answers {
        assert!(!answer.contains(MARKER), "{answer}");
    }
    server.stop();
    // The whole program, with everything that it logs.
    let ran = place.run(&["daily", "--log-level", "trace", "--log-file", log.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains(MARKER) && !ran.err.contains(MARKER), "{}", ran.err);
    let mut files = 0;
    for folder in [place.path().to_owned(), place.database().parent().unwrap().to_owned()] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files += 1;
                assert!(!holds_marker(&path), "{}", path.display());
            }
        }
    }
    assert!(files >= 2, "the database and the log");
}

fn holds_marker(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes())
}
