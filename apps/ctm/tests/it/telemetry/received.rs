//! What is received, joined with transcripts, and included on request.

use super::{JSON, MARKER, NOW, body, gzip, line, place, post, record, send_raw};
use crate::http::{get, request_with};
use crate::running::Running;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    assert_eq!(post(&server.url(), &records).body, "{}");
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
fn telemetry_says_the_speed_of_a_response_without_a_final_record() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let mut fast = record("req_1", 900, "Explore");
    let attributes = fast["attributes"].as_array_mut().unwrap();
    attributes.push(json!({"key": "speed", "value": {"stringValue": "fast"}}));
    assert_eq!(post(&server.url(), &[fast]).body, "{}");
    let explained = server.json("responses/msg_0000000000000000req_1");
    let witness = &explained["witness"];
    assert_eq!((&witness["speed"], &witness["completes_speed"]), (&json!("fast"), &json!(true)));
    assert_eq!(explained["parts"][0]["speed"], "fast");
    let listed = server.json("responses?limit=9");
    let item = listed["items"].as_array().unwrap().iter().find(|item| item["key"] == explained["key"]);
    assert_eq!(item.unwrap()["cost_usd"], explained["cost_usd"]);
    server.stop();
    let shown = place.run(&["explain", "msg_0000000000000000req_1"]).out;
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("The output and the speed (fast) are those of telemetry"), "{shown}");
}

/// The samples about telemetry at `/metrics`, by name.
fn samples(server: &Running) -> BTreeMap<String, String> {
    let text = get(&format!("{}metrics", server.url())).body;
    let samples = text.lines().filter_map(|line| line.strip_prefix("ctm_telemetry_")?.split_once(' '));
    samples.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn prometheus_sees_what_is_received_refused_and_witnessed() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let before = samples(&server);
    assert_eq!((&*before["requests"], &*before["records_total"], &*before["refused_total"]), ("0", "0", "0"));
    assert!(!before.contains_key("last_timestamp_seconds"), "{before:?}");
    let records =
        [record("req_1", 900, "Explore"), record("req_3", 7, "compact"), record("req_2", -1, "x"), json!({})];
    post(&server.url(), &records);
    for headers in ["content-type: text/plain\r\n", "content-type: application/json\r\n"] {
        assert_ne!(send_raw(&server.url(), headers, b"{").status, 200);
    }
    let after = samples(&server);
    for (name, value) in [
        ("records_total", "4"),
        ("reports_total", "2"),
        ("records_rejected_total", "1"),
        ("reports_without_request_total", "0"),
        ("metrics_total", "0"),
        ("refused_total", "2"),
        ("requests", "2"),
        ("completed_responses", "1"),
        ("last_timestamp_seconds", "1773219601"),
        ("witnessed_ratio", "0.5"),
    ] {
        assert_eq!(after.get(name).map(String::as_str), Some(value), "{name}: {after:?}");
    }
    assert_eq!(server.json("telemetry")["received"]["refused"], 2);
    server.stop();
}

#[test]
fn a_setting_includes_what_only_telemetry_reports() {
    let place = place();
    let server = Running::at(NOW, &place, &[("count_unlogged", "true")]);
    post(&server.url(), &[record("req_3", 7, "compact")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 62);
    assert_eq!(server.json("stats?unlogged=false")["totals"]["output_tokens"], 55);
    server.stop();
}

#[test]
fn a_late_transcript_and_a_restart_change_nothing_but_the_figures() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    post(&server.url(), &[record("req_9", 90, "repl_main_thread"), record("req_1", 900, "Explore")]);
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
    post(&server.url(), &[record("req_9", 90, "repl_main_thread"), record("req_9", 90, "repl_main_thread")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 900 + 50 + 90);
    server.stop();
}

#[test]
fn what_cannot_be_right_is_rejected_and_the_rest_is_stored() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let answer = post(&server.url(), &[record("req_1", 900, "Explore"), record("req_2", -1, "x")]).json();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    let message = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("1 whose `output_tokens` is no integer from 0 to 2^53"), "{message}");
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    server.stop();
}

#[test]
fn compressed_and_binary_bodies_are_received() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let gzipped = gzip(body(&[record("req_1", 900, "Explore")]).as_bytes());
    let answer =
        send_raw(&server.url(), "content-type: application/json\r\ncontent-encoding: gzip\r\n", &gzipped);
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    let answer = send_raw(&server.url(), "content-type: application/x-protobuf\r\n", b"");
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
    let answer = request_with("POST", &url, &[JSON], &metrics.to_string());
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    let telemetry = server.json("telemetry");
    assert_eq!((&telemetry["received"]["metrics"], &telemetry["requests"]), (&json!(2), &json!(0)));
    server.stop();
}

#[test]
fn a_listener_of_its_own_only_receives_telemetry() {
    let place = place();
    // Port 0 cannot be found out from outside, so a free one is looked for.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Running::at(NOW, &place, &[("otlp_listen", &free.to_string())]);
    let url = format!("http://{free}/v1/logs");
    let sent = request_with("POST", &url, &[JSON], &body(&[record("req_1", 900, "x")]));
    assert_eq!(sent.status, 200);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    for path in ["", "metrics", "api/v1/stats", "otlp/v1/logs", "login"] {
        assert_eq!(get(&format!("http://{free}/{path}")).status, 404, "{path}");
    }
    server.stop();
}
