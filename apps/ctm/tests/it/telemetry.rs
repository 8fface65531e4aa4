//! Telemetry over HTTP: received, joined, refused, and never more of it kept than what counts.

use crate::figures;
use crate::http::{Answer, get, request_with, send};
use crate::place::{NOON, Place, Ran};
use crate::running::Running;
use ctm_corpus::{ExpectedUsage, Plan, Report, Telemetry, generate_with_telemetry};
use ctm_pricing::PriceBook;
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

/// Two hours after the lines below.
const NOW: &str = "2026-03-11T11:00:00Z";

/// A marker in every attribute that is not kept.
const MARKER: &str = "Xyzzy7Plugh";

/// A line of a response to a request.
fn line(request: &str, output: u64, stop: &Value) -> String {
    let line = json!({
        "type": "assistant", "uuid": format!("u-{request}"), "timestamp": "2026-03-11T09:00:00.000Z",
        "sessionId": "s-1", "cwd": "/home/u/shop", "version": "2.1.331", "requestId": request,
        "message": {
            "id": format!("msg_0000000000000000{request}"), "model": "claude-sonnet-4-5", "stop_reason": stop,
            "content": [],
            "usage": {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 20,
                      "cache_creation_input_tokens": 7},
        },
    });
    format!("{line}\n")
}

/// A place with a response that is not final and one that is.
fn place() -> Place {
    let place = Place::empty();
    let lines = [line("req_1", 5, &Value::Null), line("req_2", 50, &json!("end_turn"))].concat();
    place.append("projects/-home-u-shop/s-1.jsonl", lines.as_bytes());
    place
}

/// A record that reports a request, with the marker wherever a sender may put a text.
fn record(request: &str, output: i64, source: &str) -> Value {
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let count = |key: &str, count: i64| json!({"key": key, "value": {"intValue": count}});
    let marked = [
        "prompt",
        "user.id",
        "user.email",
        "user.account_uuid",
        "organization.id",
        "tool_input",
        "error",
        "prompt.id",
        "client_request_id",
        "workspace.host_paths",
        "terminal.type",
    ];
    let mut attributes: Vec<Value> = marked.iter().map(|key| text(key, MARKER)).collect();
    attributes.extend([
        text("event.name", "api_request"),
        text("event.timestamp", "2026-03-11T09:00:01.000Z"),
        text("session.id", "s-1"),
        text("request_id", request),
        text("model", "claude-sonnet-4-5"),
        text("query_source", source),
        count("input_tokens", 3),
        count("output_tokens", output),
        count("cache_read_tokens", 20),
        count("cache_creation_tokens", 7),
        count("cost_usd_micros", 1_234),
        json!({"key": MARKER, "value": {"kvlistValue": {"values": [text(MARKER, MARKER)]}}}),
    ]);
    json!({"timeUnixNano": "1773219601000000000", "body": {"stringValue": MARKER}, "attributes": attributes,
           "severityText": MARKER, "eventName": "claude_code.api_request"})
}

fn body(records: &[Value]) -> String {
    let resource = json!({"attributes": [{"key": "host.name", "value": {"stringValue": MARKER}}]});
    let scope = json!({"scope": {"name": MARKER}, "logRecords": records});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).to_string()
}

fn logs(server: &Running) -> String {
    format!("{}otlp/v1/logs", server.url())
}

#[track_caller]
fn post(server: &Running, records: &[Value]) -> Answer {
    let answer = request_with("POST", &logs(server), &[("content-type", "application/json")], &body(records));
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
    answer
}

/// Sends bytes with headers, as they are.
fn send_raw(server: &Running, headers: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST /otlp/v1/logs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\
                        content-length: {}\r\n\r\n",
        body.len()
    );
    send(&server.url(), &[head.as_bytes(), body].concat())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn telemetry_completes_responses_and_says_what_no_transcript_has() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let before = server.json("stats")["totals"].clone();
    assert_eq!((&before["output_tokens"], &before["unfinalised_responses"]), (&json!(55), &json!(1)));
    assert_eq!(server.json("stats")["meta"]["unlogged"], Value::Null);

    let records = [
        record("req_1", 900, "Explore"),
        record("req_2", 50, "repl_main_thread"),
        record("req_3", 7, "compact"),
    ];
    assert_eq!(post(&server, &records).body, "{}");
    let stats = server.json("stats");
    assert_eq!((&stats["totals"]["output_tokens"], &stats["totals"]["responses"]), (&json!(950), &json!(2)));
    assert_eq!(stats["totals"]["unfinalised_responses"], 0);
    let unlogged = &stats["meta"]["unlogged"];
    assert_eq!(
        (&unlogged["requests"], &unlogged["total_tokens"], &unlogged["included"]),
        (&json!(1), &json!(37), &json!(false))
    );
    let all = server.json("stats?unlogged=true");
    assert_eq!((&all["totals"]["output_tokens"], &all["totals"]["responses"]), (&json!(957), &json!(3)));
    assert_eq!(all["meta"]["unlogged"]["included"], true);
    for list in ["projects", "models", "daily", "sources"] {
        let answer = server.json(&format!("stats/{list}?unlogged=true"));
        assert_eq!(answer["totals"]["output_tokens"], 957, "{list}");
    }

    let telemetry = server.json("telemetry");
    let item = &telemetry["unlogged"][0];
    assert_eq!((&item["query_source"], &item["output_tokens"]), (&json!("compact"), &json!(7)));
    assert_eq!((&telemetry["joined"], &telemetry["completed"]), (&json!(2), &json!(1)));
    assert_eq!((&telemetry["witnessed_share"], &telemetry["received"]["reports"]), (&json!(1.0), &json!(3)));

    let explained = server.json("responses/msg_0000000000000000req_1");
    let witness = &explained["witness"];
    assert_eq!((&witness["logged_output_tokens"], &witness["output_tokens"]), (&json!(5), &json!(900)));
    assert_eq!((&witness["completes"], &witness["conflicts"]), (&json!(true), &json!([])));
    assert_eq!(witness["claude_code_cost_usd"], json!(0.001234));
    assert_eq!((&explained["output_tokens"], &explained["final"]), (&json!(900), &json!(true)));
    assert_eq!(explained["flags"].to_string(), r#"["cache_duration_assumed","completed_by_telemetry"]"#);
    server.stop();

    for (flags, output) in [(&[][..], 950), (&["--unlogged"][..], 957), (&["--unlogged=false"][..], 950)] {
        let ran = place.run(&[&["daily", "--json"], flags].concat());
        let stats: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(stats["totals"]["output_tokens"], output, "{flags:?}");
    }
    let ran = place.run(&["daily"]);
    assert!(
        ran.out.contains("Not included (see --unlogged): 1 request that only telemetry reports, 37 tokens"),
        "{}",
        ran.out
    );
    let ran = place.run(&["explain", "msg_0000000000000000req_1"]);
    assert!(ran.out.contains("The output is that of telemetry"), "{}", ran.out);
    let ran = place.run(&["telemetry"]);
    assert!(ran.out.contains("2 of 2 responses have a second witness (100.0 %)"), "{}", ran.out);
    let ran = place.run(&["doctor"]);
    assert!(ran.out.contains("telemetry") && ran.out.contains("3 requests"), "{}", ran.out);
}

#[test]
fn a_setting_includes_what_only_telemetry_reports() {
    let place = place();
    let server = Running::at(NOW, &place, &[("count_unlogged", "true")]);
    post(&server, &[record("req_3", 7, "compact")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 62);
    assert_eq!(server.json("stats?unlogged=false")["totals"]["output_tokens"], 55);
    server.stop();
}

#[test]
fn a_late_transcript_and_a_restart_change_nothing_but_the_figures() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    post(&server, &[record("req_9", 90, "repl_main_thread"), record("req_1", 900, "Explore")]);
    assert_eq!(server.json("stats")["meta"]["unlogged"]["requests"], 1);
    server.stop();
    place.append("projects/-home-u-shop/s-1.jsonl", line("req_9", 4, &Value::Null).as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let stats = server.json("stats");
    assert_eq!(
        (&stats["totals"]["output_tokens"], &stats["meta"]["unlogged"]),
        (&json!(900 + 50 + 90), &Value::Null)
    );
    // Sent again, as a sender does that was not answered.
    post(&server, &[record("req_9", 90, "repl_main_thread"), record("req_9", 90, "repl_main_thread")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 900 + 50 + 90);
    server.stop();
}

#[test]
fn what_cannot_be_right_is_rejected_and_the_rest_is_stored() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let answer = post(&server, &[record("req_1", 900, "Explore"), record("req_2", -1, "x")]).json();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    let message = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("1 whose `output_tokens` is no integer from 0 to 2^53"), "{message}");
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    server.stop();
}

#[test]
fn no_attribute_but_the_named_ones_is_stored_logged_or_sent() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let mut answers = vec![post(&server, &[record("req_1", 900, "Explore"), record("req_3", -5, "x")]).body];
    for path in ["telemetry", "stats", "sessions", "responses", "responses/msg_0000000000000000req_1"] {
        answers.push(server.get(path));
    }
    answers
        .push(send_raw(&server, "content-type: application/json\r\n", format!("{{{MARKER}").as_bytes()).body);
    answers.push(get(&format!("{}metrics", server.url())).body);
    assert!(answers.iter().all(|answer| !answer.contains(MARKER)), "{answers:?}");
    server.stop();
    let folder = place.database().parent().unwrap().to_owned();
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.contains(&place.database()));
    for path in files.iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()), "{}", path.display());
    }
}

#[test]
fn attacks_are_refused_in_the_encoding_of_the_request() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let json = "content-type: application/json\r\n";
    let protobuf = "content-type: application/x-protobuf\r\n";
    let gzipped = format!("{json}content-encoding: gzip\r\n");
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let long = vec![b' '; (4 << 20) + 1];
    let many = body(&vec![json!({}); 10_001]);
    for (status, headers, body, message) in [
        (415, "content-type: text/plain\r\n", &b"{}"[..], "application/x-protobuf or application/json"),
        (415, &*format!("{json}content-encoding: br\r\n"), b"{}", "neither `gzip` nor `identity`"),
        (400, json, b"{", "not an OTLP message in JSON"),
        (400, &*gzipped, b"{}", "not a complete gzip stream"),
        (413, &*gzipped, &bomb, "more than 8388608 bytes without compression"),
        (413, json, &long, "more than 4194304 bytes"),
        (413, json, many.as_bytes(), "more than 10000 records"),
        (400, json, deep.as_bytes(), "not an OTLP message in JSON"),
        (403, &*format!("{json}origin: https://evil.example\r\n"), b"{}", "may not send this request"),
    ] {
        let answer = send_raw(&server, headers, body);
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/json"), "{message}");
        let refused = answer.json();
        assert!(
            refused["message"].as_str().unwrap().contains(message) && refused["code"].is_u64(),
            "{refused}"
        );
    }
    let answer = send_raw(&server, protobuf, b"\x0a\x05");
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/x-protobuf"));
    assert!(answer.body.starts_with("\u{8}\u{3}\u{12}"), "{:?}", answer.body);
    let foreign = send(
        &server.url(),
        b"POST /otlp/v1/logs HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 0\r\n\r\n",
    );
    assert_eq!(foreign.status, 421);
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(request_with(method, &logs(&server), &[], "").status, 405, "{method}");
    }
    // Nothing is lost, and the server still receives.
    post(&server, &[record("req_1", 900, "Explore")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    server.stop();
}

#[test]
fn compressed_and_binary_bodies_are_received() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let gzipped = gzip(body(&[record("req_1", 900, "Explore")]).as_bytes());
    let answer = send_raw(&server, "content-type: application/json\r\ncontent-encoding: gzip\r\n", &gzipped);
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    let answer = send_raw(&server, "content-type: application/x-protobuf\r\n", b"");
    assert_eq!(
        (answer.status, answer.header("content-type"), &*answer.body),
        (200, "application/x-protobuf", "")
    );
    server.stop();
}

#[test]
fn metrics_are_accepted_and_nothing_of_them_is_kept() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let metrics =
        json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": MARKER}, {"name": "b"}]}]}]});
    let url = format!("{}otlp/v1/metrics", server.url());
    let answer = request_with("POST", &url, &[("content-type", "application/json")], &metrics.to_string());
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    let telemetry = server.json("telemetry");
    assert_eq!((&telemetry["received"]["metrics"], &telemetry["requests"]), (&json!(2), &json!(0)));
    server.stop();
}

#[test]
fn a_sender_needs_the_token_where_one_is_set() {
    const TOKEN: &str = "sixteen-and-more-letters";
    let place = place();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    let json = ("content-type", "application/json");
    let refused = request_with("POST", &logs(&server), &[json], &body(&[]));
    assert_eq!((refused.status, refused.json()["code"].clone()), (401, json!(16)));
    let bearer = format!("Bearer {TOKEN}");
    let sent = request_with(
        "POST",
        &logs(&server),
        &[json, ("authorization", &bearer)],
        &body(&[record("req_1", 900, "x")]),
    );
    assert_eq!(sent.status, 200);
    server.stop();
    let ran = Ran::of(place.ctm(&["telemetry", "--install"]).env("CTM_AUTH_TOKEN", TOKEN));
    assert!(ran.out.contains("YOUR_TOKEN") && !ran.out.contains(TOKEN), "{}", ran.out);
}

#[test]
fn a_listener_of_its_own_only_receives_telemetry() {
    let place = place();
    // Port 0 cannot be found out from outside, so a free one is looked for.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Running::at(NOW, &place, &[("otlp_listen", &free.to_string())]);
    let url = format!("http://{free}/v1/logs");
    let sent = request_with(
        "POST",
        &url,
        &[("content-type", "application/json")],
        &body(&[record("req_1", 900, "x")]),
    );
    assert_eq!(sent.status, 200);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    for path in ["", "metrics", "api/v1/stats", "otlp/v1/logs", "login"] {
        assert_eq!(get(&format!("http://{free}/{path}")).status, 404, "{path}");
    }
    server.stop();
}

/// Writes reports of the generator as a sender would.
fn records(reports: &[Report]) -> Vec<Value> {
    let record = |of: &Report| {
        let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
        let count = |key: &str, count: u64| json!({"key": key, "value": {"intValue": count.to_string()}});
        let tokens = of.tokens;
        let attributes = json!([
            text("event.name", "api_request"),
            text("request_id", &of.request),
            text("session.id", &of.session),
            text("model", of.model),
            text("speed", of.speed),
            text("query_source", of.query_source),
            count("input_tokens", tokens.input),
            count("output_tokens", tokens.output),
            count("cache_read_tokens", tokens.cache_read),
            count("cache_creation_tokens", tokens.cache_write_5m + tokens.cache_write_1h),
        ]);
        json!({"timeUnixNano": format!("{}000000", of.at_ms), "attributes": attributes})
    };
    reports.iter().map(record).collect()
}

/// The cost of tokens of a report at its time, exactly.
fn cost(of: &Report, tokens: TokenCounts, prices: &PriceBook) -> PicoUsd {
    let speed = (of.speed == "fast").then(|| "fast".to_owned());
    let billing = Billing { model: of.model.to_owned(), speed, ..Billing::default() };
    let band = prices.context_band(of.tokens.prompt());
    prices.quote(&billing, Some(EpochMs(of.at_ms)), band).cost(&tokens, 0).amount
}

/// The totals of all time, as the server sums them.
fn totals(server: &Running, query: &str) -> (ExpectedUsage, PicoUsd) {
    let report = figures::Report::parse(&server.get(&format!("stats/daily{query}")));
    (report.totals.tally(), report.totals.cost())
}

#[test]
fn both_sources_give_the_truth_and_each_alone_what_it_can_know() {
    let prices = PriceBook::builtin();
    for (seed, lost_percent) in [(1, 0), (2, 0), (3, 15)] {
        let place = Place::empty();
        fs::remove_dir(place.claude().join("projects")).unwrap();
        let plan = Plan { size_bytes: 1_200_000, days: 30, ..Plan::ordinary(seed, NOON) };
        let (answer, telemetry) = generate_with_telemetry(&plan, place.claude()).unwrap();
        let delivered = telemetry.delivered(seed, lost_percent);
        let (completed, unlogged) = Telemetry::added(&delivered);
        assert!(!completed.is_empty() && unlogged.len() > 5, "{} {}", completed.len(), unlogged.len());

        let server = Running::at("2026-11-22T12:00:00Z", &place, &[]);
        let (alone, alone_cost) = totals(&server, "");
        assert_eq!(alone, answer.totals, "transcripts alone");
        for reports in delivered.chunks(97) {
            post(&server, &records(reports));
        }
        let mut expected = answer.totals;
        let mut expected_cost = alone_cost;
        for (report, more) in &completed {
            expected.tokens.output += more;
            expected.unfinalised -= 1;
            expected_cost += cost(report, TokenCounts { output: *more, ..TokenCounts::default() }, &prices);
        }
        assert_eq!(totals(&server, ""), (expected, expected_cost), "seed {seed}");
        for report in &unlogged {
            expected.tokens += report.tokens;
            expected.responses += 1;
            expected_cost += cost(report, report.tokens, &prices);
        }
        assert_eq!(totals(&server, "?unlogged=true"), (expected, expected_cost), "seed {seed}");
        assert!(lost_percent > 0 || expected.unfinalised == 0);
        server.stop();

        // Telemetry alone: every request that arrived, and nothing of it is a total.
        let bare = Place::empty();
        let server = Running::at("2026-11-22T12:00:00Z", &bare, &[]);
        for reports in delivered.chunks(1_000) {
            post(&server, &records(reports));
        }
        assert_eq!(totals(&server, "").0, ExpectedUsage::default());
        let (all, _) = totals(&server, "?unlogged=true");
        let requests: BTreeMap<&str, u64> =
            delivered.iter().map(|of| (of.request.as_str(), of.tokens.output)).collect();
        assert_eq!((all.responses, all.tokens.output), (requests.len() as u64, requests.values().sum()));
        server.stop();
    }
}
