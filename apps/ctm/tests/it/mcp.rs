//! `ctm mcp`: a client over pipes, which checks every result against the schema of its tool.

use crate::http::{Answer, request, request_with};
use crate::place::{Place, Ran, response};
use crate::running::{PATIENCE, Running, wait_for};
use crate::terminal::Terminal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Maximum size of the names, descriptions and arguments of all tools, in bytes: they are in the context of every
/// conversation.
const MOST_DESCRIBED: usize = 40_000;

const NOW: &str = "2026-03-11T09:00:00Z";

/// A client of a server.
struct Client {
    server: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    asked: u64,
}

impl Client {
    /// Starts a server and greets it.
    fn greeted(place: &Place) -> Self {
        let mut server = place.ctm(&["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(server.stdout.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        let mut client = Self { input: server.stdin.take(), server, lines, asked: 0 };
        let about = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        let greeted = client.ask("initialize", &about).unwrap();
        assert_eq!(greeted["serverInfo"]["name"], "ctm");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    /// Sends a request, and returns its result, or the error.
    fn ask(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], id, "{line}");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    fn tools(&mut self) -> Vec<Value> {
        let mut listed = self.ask("tools/list", &json!({})).unwrap();
        listed["tools"].as_array_mut().unwrap().drain(..).collect()
    }

    /// Calls a tool, and returns its result.
    fn call(&mut self, name: &str, arguments: &Value) -> Value {
        self.ask("tools/call", &json!({"name": name, "arguments": arguments})).unwrap()
    }

    /// Calls a tool, and returns the figures.
    fn figures(&mut self, name: &str, arguments: &Value) -> Value {
        let mut result = self.call(name, arguments);
        assert_ne!(result["isError"], true, "{name}: {result}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"], "{name}");
        result["structuredContent"].take()
    }

    /// Closes standard input, upon which the server ends.
    fn leave(mut self) {
        drop(self.input.take());
        assert!(self.server.wait().unwrap().success());
        assert!(self.lines.recv_timeout(PATIENCE).is_err(), "nothing but answers is printed");
    }
}

/// Returns arguments for each tool: of a period with usage, a session and a response.
fn arguments(client: &mut Client, tools: &[Value]) -> BTreeMap<String, Value> {
    let session = client.figures("sessions", &json!({"range": "all"}))["items"][0]["id"].clone();
    let response = client.figures("responses", &json!({"range": "all"}))["items"][0]["key"].clone();
    let of = |tool: &Value| {
        let properties = &tool["inputSchema"]["properties"];
        let mut arguments = json!({});
        if properties.get("range").is_some() {
            arguments["range"] = "all".into();
        }
        for required in tool["inputSchema"]["required"].as_array().unwrap() {
            let name = required.as_str().unwrap();
            arguments[name] = match name {
                "what" => properties["what"]["enum"][0].clone(),
                "id" => session.clone(),
                "key" => response.clone(),
                other => panic!("{other} is not known here"),
            };
        }
        arguments
    };
    tools.iter().map(|tool| (tool["name"].as_str().unwrap().to_owned(), of(tool))).collect()
}

#[test]
fn every_tool_answers_by_its_schema_and_shows_no_text() {
    let (place, _) = Place::generated(7, 300_000);
    let canary = "CANARY-of-a-prompt";
    let prompt = json!({"type": "user", "sessionId": "canary", "timestamp": "2026-03-10T10:00:00.000Z", "cwd": "/home/u/live",
        "uuid": "u1", "message": {"role": "user", "content": canary}});
    let reply = response("canary", 1, 100, "2026-03-10T10:00:01.000Z")
        .replace("\"usage\"", "\"note\":\"CANARY\",\"usage\"");
    place.append("projects/-home-u-live/canary.jsonl", format!("{prompt}\n{reply}").as_bytes());
    let mut client = Client::greeted(&place);
    let tools = client.tools();
    let arguments = arguments(&mut client, &tools);
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{name}");
        let input = jsonschema::validator_for(&tool["inputSchema"]).unwrap();
        assert!(input.is_valid(&arguments[name]), "{name}");
        let schema = jsonschema::validator_for(&tool["outputSchema"]).unwrap();
        let figures = client.figures(name, &arguments[name]);
        let faults: Vec<_> = schema.iter_errors(&figures).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
        assert!(!figures.to_string().contains("CANARY"), "{name}");
    }
    client.leave();
}

#[test]
fn figures_are_those_of_rest_and_new_lines_count_at_the_next_call() {
    let place = Place::everyday();
    let mut client = Client::greeted(&place);
    let before = client.figures("usage", &json!({"range": "all", "tz": "UTC"}));
    place.append(
        "projects/-home-u-live/live.jsonl",
        response("live", 1, 1_000, "2026-03-11T08:00:00.000Z").as_bytes(),
    );
    let after = client.figures("usage", &json!({"range": "all", "tz": "UTC"}));
    let responses = |of: &Value| of["totals"]["responses"].as_u64().unwrap();
    assert_eq!(responses(&after), responses(&before) + 1);
    client.leave();
    let server = Running::at(NOW, &place, &[]);
    let rest = wait_for(|| {
        let rest = server.json("stats?range=all&tz=UTC");
        (responses(&rest) == responses(&after)).then_some(rest)
    });
    assert_eq!(rest["totals"], after["totals"]);
    server.stop();
}

#[test]
fn faults_of_a_call_say_what_to_correct() {
    let place = Place::everyday();
    let mut client = Client::greeted(&place);
    let unknown = client.ask("tools/call", &json!({"name": "forget"})).unwrap_err();
    assert_eq!(unknown["code"], -32_602);
    let mut check = |tool: &str, arguments: Value, parts: &[&str]| {
        let result = client.call(tool, &arguments);
        assert_eq!(result["isError"], true, "{result}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    check(
        "usage",
        json!({"range": "30", "modle": "x", "project": 7}),
        &["`range`", "`modle`", "`project` must be a list"],
    );
    check("usage_by", json!({}), &["`what` is missing"]);
    check("usage_by", json!({"what": "colour"}), &["`colour`", "skill, plugin"]);
    check("sessions", json!({"limit": "many"}), &["`limit` must be a whole number"]);
    check("sessions", json!({"limit": 100_000}), &["1 to"]);
    check("session", json!({"id": "none"}), &["none"]);
    client.leave();
}

#[test]
fn results_and_descriptions_are_small() {
    let (place, _) = Place::generated(7, 300_000);
    let mut client = Client::greeted(&place);
    let tools = client.tools();
    let described = |tool: &Value| {
        tool["name"].to_string().len()
            + tool["description"].to_string().len()
            + tool["inputSchema"].to_string().len()
    };
    let described: usize = tools.iter().map(described).sum();
    assert!(described <= MOST_DESCRIBED, "{described}");
    let page = client.figures("responses", &json!({"range": "all"}));
    assert_eq!(page["items"].as_array().unwrap().len(), 10);
    let next = client.figures("responses", &json!({"range": "all", "cursor": page["next_cursor"]}));
    assert_ne!(page["items"], next["items"]);
    client.leave();
}

#[test]
fn documents_can_be_read() {
    let place = Place::everyday();
    let mut client = Client::greeted(&place);
    let listed = client.ask("resources/list", &json!({})).unwrap();
    for resource in listed["resources"].as_array().unwrap() {
        let read = client.ask("resources/read", &json!({"uri": resource["uri"]})).unwrap();
        assert!(read["contents"][0]["text"].as_str().unwrap().starts_with("# "), "{resource}");
    }
    assert!(client.ask("resources/read", &json!({"uri": "file:///etc/passwd"})).is_err());
    client.leave();
}

#[test]
fn the_command_that_adds_the_server_is_shown_and_a_missing_client_ends_it() {
    let place = Place::everyday();
    let shown = place.print(&["mcp", "--install"]);
    assert!(shown.starts_with("claude mcp add --scope user ctm -- "), "{shown}");
    let mut terminal = Terminal::run(&place, &["mcp"]);
    assert!(!terminal.end().success());
    let written = String::from_utf8_lossy(terminal.written()).replace("\r\n", " ");
    assert!(written.contains("`ctm mcp --install`"), "{written}");
    let ran = Ran::in_time(place.ctm(&["mcp"]).stdin(Stdio::null()));
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
}

/// Calls a tool over HTTP, and returns the answer.
fn post(server: &Running, headers: &[(&str, &str)], message: &Value) -> Answer {
    let accept = "application/json, text/event-stream";
    let headers = [&[("content-type", "application/json"), ("accept", accept)], headers].concat();
    request_with("POST", &format!("{}mcp", server.url()), &headers, &message.to_string())
}

#[test]
fn a_server_answers_calls_over_http_as_rest_does() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("auth_token", "secret-token-of-a-test")]);
    let bearer = ("authorization", "Bearer secret-token-of-a-test");
    let about = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let greeting = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about});
    let greeted = post(&server, &[bearer], &greeting);
    assert_eq!((greeted.status, &greeted.json()["result"]["serverInfo"]["name"]), (200, &json!("ctm")));
    let arguments = json!({"range": "all", "tz": "UTC"});
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "usage", "arguments": arguments}});
    let url = format!("{}api/v1/stats?range=all&tz=UTC", server.url());
    let rest = || request("GET", &url, &[bearer]).json()["totals"].clone();
    let called = wait_for(|| {
        let called = post(&server, &[bearer], &call).json()["result"]["structuredContent"]["totals"].clone();
        (called["responses"] != 0 && called == rest()).then_some(called)
    });
    assert!(called["cost_usd"].is_number(), "{called}");

    let refused = [
        (post(&server, &[], &call), 401),
        (post(&server, &[bearer, ("origin", "https://example.org")], &call), 403),
        (post(&server, &[bearer], &json!({"padding": "x".repeat(70_000)})), 413),
        (post(&server, &[bearer], &json!("no message")), 415),
        (request("GET", &format!("{}mcp", server.url()), &[bearer]), 405),
    ];
    for (answer, status) in refused {
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    server.stop();
}
