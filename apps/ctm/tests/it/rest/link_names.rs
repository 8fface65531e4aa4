//! A read-only link without names: no answer of any operation contains one.

use super::NOW;
use super::links::{BEARER, JSON, TOKEN, cookie_of, scope};
use crate::http::{host, request, request_with};
use crate::place::Place;
use crate::running::Running;
use crate::statusline::{described, line};
use serde_json::{Value, json};

/// A marker in every name.
const MARKER: &str = "Xyzzy7Plugh";

/// A home, its label, and a transcript of a session that is active, with the marker wherever a name is.
fn marked() -> Place {
    let place = Place::empty();
    let reply = json!({
        "type": "assistant", "uuid": "u1", "timestamp": "2026-03-11T09:58:00.000Z",
        "sessionId": "5e551011-0000-4000-8000-000000000000", "cwd": format!("/home/{MARKER}/src/{MARKER}"),
        "gitBranch": MARKER, "entrypoint": "cli", "requestId": "req_1", "teamName": MARKER, "agentName": MARKER,
        "attributionSkill": MARKER, "attributionPlugin": MARKER, "attributionAgent": MARKER,
        "attributionMcpServer": MARKER, "attributionMcpTool": MARKER, "isSidechain": true, "agentId": "a1",
        "message": {
            "id": "msg_1", "model": "claude-sonnet-4-5", "stop_reason": "tool_use",
            "usage": {"input_tokens": 10, "output_tokens": 5_000},
            "content": [
                {"type": "tool_use", "id": "toolu_1", "name": format!("mcp__{MARKER}__{MARKER}"), "input": {}},
                {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {}},
            ],
        },
    });
    let title = json!({
        "type": "custom-title", "customTitle": MARKER, "sessionId": reply["sessionId"], "uuid": "u2",
        "timestamp": "2026-03-11T09:59:00.000Z",
    });
    let folder = format!("projects/-home-{MARKER}-src");
    place.append(&format!("{folder}/{MARKER}.jsonl"), format!("{reply}\n{title}\n").as_bytes());
    place
        .append(&format!("{folder}/{MARKER}.meta.json"), json!({"agentType": MARKER}).to_string().as_bytes());
    line(&place, &[], &described(&place, 23.5, 12.0));
    place
}

/// Starts a server on a marked home with a label, a note, a view and a target.
fn started(place: &Place) -> Running {
    let homes = format!("{MARKER}={}", place.claude().display());
    let server = Running::at(NOW, place, &[("claude_dir", &homes), ("auth_token", TOKEN)]);
    let add = |method: &str, path: &str, body: Value| {
        let url = format!("{}api/v1/{path}", server.url());
        let added = request_with(method, &url, &[BEARER, JSON], &body.to_string());
        assert!(added.status < 300, "{path}: {}", added.body);
        added.json()
    };
    add("POST", "notes", json!({"date": "2026-03-11", "text": MARKER}));
    add("POST", "views", json!({"name": MARKER, "path": format!("/sessions?q={MARKER}")}));
    add("PATCH", "targets", json!({"day": 77.25}));
    server
}

/// Returns the cookie of a visitor.
pub(super) fn visitor(server: &Running, of: &Value) -> String {
    let url = server.url();
    let link = request_with("POST", &format!("{url}api/v1/links"), &[BEARER, JSON], &of.to_string()).json();
    let secret = link["path"].as_str().unwrap().strip_prefix("/link#").unwrap();
    let own = format!("http://{}", host(&url));
    let opened = request_with(
        "POST",
        &format!("{url}link"),
        &[JSON, ("origin", &own)],
        &json!({ "secret": secret }).to_string(),
    );
    cookie_of(&opened)
}

/// Returns the addresses of all operations that read, each with the queries that change its names.
fn addresses() -> Vec<String> {
    let document: Value = serde_json::from_str(&ctm_api::document::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let read = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    let plain = read.map(|(path, _)| path.replace("{id}", "5e551011-0000-4000-8000-000000000000"));
    let queries = [
        "report?range=all&format=md",
        "report?range=all&format=html&names=shown",
        "report?range=all&names=shown",
        "stats/trends?group=project",
        "stats/trends?group=model",
        "stats/daily?breakdown=model",
        "stats/projects?compare=previous&limit=1",
        "stats/tools?compare=previous",
        "sessions?compare=previous&limit=1&range=all",
        "now?tz=UTC&week_start=sunday",
    ];
    plain
        .map(|path| path.replace("{key}", "msg_1:req_1"))
        .chain(queries.map(|query| format!("/api/v1/{query}")))
        .collect()
}

#[test]
fn no_answer_to_a_visitor_without_names_contains_one() {
    let place = marked();
    let server = started(&place);
    let project = format!("/home/{MARKER}/src/{MARKER}");
    for of in [
        scope("everything", None, false),
        scope("project", Some(&project), false),
        scope("home", Some(MARKER), false),
    ] {
        let cookie = visitor(&server, &of);
        let mut answered = Vec::new();
        for address in addresses() {
            let url = format!("{}{}", server.url(), address.trim_start_matches('/'));
            let answer = request("GET", &url, &[("cookie", &cookie)]);
            assert!(matches!(answer.status, 200 | 403 | 404), "{address}: {}", answer.body);
            if answer.status == 200 {
                for name in [MARKER, "77.25"] {
                    assert!(!answer.body.contains(name), "{address}: {}", answer.body);
                }
                answered.push(address);
            }
        }
        for path in [
            "now",
            "report?range=all&format=md",
            "stats/tools",
            "stats/projects",
            "sessions",
            "stats/trends?group=project",
            "health",
        ] {
            assert!(answered.contains(&format!("/api/v1/{path}")), "{path} of {of}: {answered:?}");
        }
    }
    server.stop();
}

#[test]
fn the_names_are_there_for_a_visitor_who_may_read_them() {
    let place = marked();
    let server = started(&place);
    let cookie = visitor(&server, &scope("everything", None, true));
    let visit = |path: &str| {
        let url = format!("{}api/v1/{path}", server.url());
        request("GET", &url, &[("cookie", &cookie)]).json()
    };
    assert_eq!(visit("stats/tools")["items"][1]["tool"], format!("mcp__{MARKER}__{MARKER}"));
    let now = visit("now?tz=UTC");
    assert_eq!(now["sessions"][0]["project_label"], MARKER);
    assert_eq!(now["limits"]["five_hour"]["used_percentage"], 23.5);
    assert_eq!((&now["limits"]["five_hour"]["source"], &now["targets"]["day"]), (&Value::Null, &Value::Null));
    let without = visitor(&server, &scope("everything", None, false));
    let url = format!("{}api/v1/stats/tools", server.url());
    let tools = request("GET", &url, &[("cookie", &without)]).json();
    let names: Vec<_> = tools["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["tool"].clone(), item["mcp_server"].clone()))
        .collect();
    assert_eq!(names, [(json!("Bash"), Value::Null), (json!("MCP tool A"), json!("MCP server A"))]);
    server.stop();
}
