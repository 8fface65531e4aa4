//! Bodies that are refused, in OTLP's own form and in the encoding of the request, and senders that try again.

use super::{JSON, NOW, body, gzip, line, logs, place, post, record, send_raw};
use crate::holder::Holder;
use crate::http::{Answer, connect, request_with, send};
use crate::place::{Place, Ran};
use crate::running::{Running, wait_for};
use ctm_corpus::otlp::Encoding;
use serde_json::{Value, json};
use std::io::Write;

/// Checks that an answer refuses a body: status, code of `google.rpc.Code`, and a part of the message.
#[track_caller]
fn check_refused(answer: &Answer, encoding: Encoding, status: u16, code: u8, message: &str) {
    assert_eq!((answer.status, answer.header("content-type")), (status, encoding.media_type()), "{message}");
    match encoding {
        Encoding::Json => {
            let refused = answer.json();
            assert_eq!(refused["code"], code, "{refused}");
            assert!(refused["message"].as_str().unwrap().contains(message), "{refused}");
            assert_eq!(refused.as_object().unwrap().len(), 2, "{refused}");
        }
        Encoding::Protobuf => {
            // Field 1 is the code, field 2 the message.
            assert!(answer.body.starts_with(&*format!("\u{8}{}\u{12}", char::from(code))), "{answer:?}");
            assert!(answer.body.contains(message), "{answer:?}");
        }
    }
}

fn kind(encoding: Encoding) -> String {
    format!("content-type: {}\r\n", encoding.media_type())
}

#[test]
fn attacks_are_refused_in_the_encoding_of_the_request() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let long = vec![b' '; (4 << 20) + 1];
    for encoding in Encoding::ALL {
        let of = kind(encoding);
        let gzipped = format!("{of}content-encoding: gzip\r\n");
        let foreign = format!("{of}origin: https://evil.example\r\n");
        for (status, code, headers, body, message) in [
            (415, 3, &*format!("{of}content-encoding: br\r\n"), &b"{}"[..], "neither `gzip` nor `identity`"),
            (400, 3, &*of, b"{", "not an OTLP message in "),
            (400, 3, &*gzipped, b"{}", "not a complete gzip stream"),
            (413, 8, &*gzipped, &bomb, "more than 8388608 bytes without compression"),
            (413, 8, &*of, &long, "more than 4194304 bytes"),
            (403, 7, &*foreign, b"{}", "may not send this request"),
        ] {
            check_refused(&send_raw(&server.url(), headers, body), encoding, status, code, message);
        }
        let foreign =
            format!("POST /otlp/v1/logs HTTP/1.1\r\nhost: evil.example\r\n{of}content-length: 0\r\n\r\n");
        check_refused(&send(&server.url(), foreign.as_bytes()), encoding, 421, 7, "not an allowed host");
        for method in ["GET", "PUT", "DELETE"] {
            let media_type = ("content-type", encoding.media_type());
            let answer = request_with(method, &logs(&server.url()), &[media_type], "");
            check_refused(&answer, encoding, 405, 12, "method not allowed");
        }
    }
    let answer = send_raw(&server.url(), "content-type: text/plain\r\n", b"{}");
    check_refused(&answer, Encoding::Json, 415, 3, "application/x-protobuf or application/json");
    // Nothing is lost, and the server still receives.
    post(&server.url(), &[record("req_1", 900, "Explore")]);
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    server.stop();
}

#[test]
fn deep_attributes_are_skipped() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let mut deep = record("req_1", 900, "Explore");
    deep["attributes"].as_array_mut().unwrap().push(json!({"key": "a", "value": {"arrayValue": "DEEP"}}));
    let nested = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let body = body(&[deep]).replace("\"DEEP\"", &nested);
    let answer = send_raw(&server.url(), &kind(Encoding::Json), body.as_bytes());
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    assert_eq!(server.json("stats")["totals"]["output_tokens"], 950);
    server.stop();
}

#[test]
fn bodies_with_too_much_in_them_are_refused() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let many = body(&vec![json!({}); 10_001]);
    for (status, code, body, message) in
        [(400, 3, &*deep, "not an OTLP message in JSON"), (413, 8, &*many, "more than 10000 records")]
    {
        let answer = send_raw(&server.url(), &kind(Encoding::Json), body.as_bytes());
        check_refused(&answer, Encoding::Json, status, code, message);
    }
    // A record in 10,001 of protobuf has no fields.
    let many: Vec<u8> = [0x12, 0x00].repeat(10_001);
    let scope = [&[0x12][..], &varint(many.len()), &many].concat();
    let many = [&[0x0a][..], &varint(scope.len()), &scope].concat();
    let answer = send_raw(&server.url(), &kind(Encoding::Protobuf), &many);
    check_refused(&answer, Encoding::Protobuf, 413, 8, "more than 10000 records");
    server.stop();
}

/// Writes a length as protobuf does.
fn varint(mut number: usize) -> Vec<u8> {
    let mut written = Vec::new();
    while number >= 0x80 {
        written.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    written.push(u8::try_from(number).unwrap());
    written
}

/// The record with another value of an attribute.
fn with(key: &str, value: &Value) -> Value {
    let mut record = record("req_2", 51, "repl_main_thread");
    let attributes = record["attributes"].as_array_mut().unwrap();
    attributes.retain(|attribute| attribute["key"] != key);
    attributes.push(json!({"key": key, "value": value}));
    record
}

#[test]
fn records_that_cannot_be_right_are_rejected_one_by_one() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let mut many = record("req_2", 51, "x");
    let more = (0..300).map(|at| json!({"key": format!("a{at}"), "value": {"intValue": at}}));
    many["attributes"].as_array_mut().unwrap().extend(more);
    let rejected = [
        (with("output_tokens", &json!({"intValue": "-1"})), "1 whose `output_tokens` is no integer"),
        (
            with("input_tokens", &json!({"intValue": "9223372036854775807"})),
            "1 whose `input_tokens` is no integer",
        ),
        (with("input_tokens", &json!({"doubleValue": 1e300})), "1 whose `input_tokens` is no integer"),
        (with("cache_read_tokens", &json!({"boolValue": true})), "1 whose `cache_read_tokens` is no integer"),
        (
            with("cache_creation_tokens", &json!({"arrayValue": {"values": []}})),
            "1 whose `cache_creation_tokens`",
        ),
        (with("cost_usd_micros", &json!({"stringValue": "much"})), "1 whose `cost_usd_micros` is no integer"),
        (with("model", &json!({"intValue": "5"})), "1 without a model"),
        (with("model", &json!({"stringValue": "m".repeat(501)})), "1 without a model"),
        (many, "1 with more than 256 attributes"),
    ];
    for (record, message) in &rejected {
        let answer = post(&server.url(), std::slice::from_ref(record)).json();
        assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1", "{message}: {answer}");
        let said = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
        assert!(said.contains(message), "{said}");
    }
    assert_eq!(server.json("telemetry")["requests"], 0);
    // The others of a body stay.
    let mut records: Vec<Value> = rejected.into_iter().map(|(record, _)| record).collect();
    records.insert(4, record("req_1", 900, "Explore"));
    assert_eq!(post(&server.url(), &records).json()["partialSuccess"]["rejectedLogRecords"], "9");
    let stats = server.json("stats");
    assert_eq!((&stats["totals"]["output_tokens"], &stats["totals"]["responses"]), (&json!(950), &json!(2)));
    server.stop();
}

#[test]
fn a_sender_needs_the_token_where_one_is_set() {
    const TOKEN: &str = "sixteen-and-more-letters";
    let place = place();
    let server = Running::at(NOW, &place, &[("auth_token", TOKEN)]);
    for encoding in Encoding::ALL {
        for token in ["", "authorization: Bearer another-token-of-24-letters\r\n"] {
            let answer = send_raw(&server.url(), &format!("{}{token}", kind(encoding)), b"");
            check_refused(&answer, encoding, 401, 16, "token");
        }
    }
    let bearer = format!("Bearer {TOKEN}");
    let headers = [JSON, ("authorization", &bearer)];
    let sent = request_with("POST", &logs(&server.url()), &headers, &body(&[record("req_1", 900, "x")]));
    assert_eq!(sent.status, 200);
    server.stop();
    let ran = Ran::of(place.ctm(&["telemetry", "--install"]).env("CTM_AUTH_TOKEN", TOKEN));
    assert!(ran.out.contains("YOUR_TOKEN") && !ran.out.contains(TOKEN), "{}", ran.out);
}

/// Checks what is stored after a sender has tried again: one response completed, and one request unlogged.
#[track_caller]
fn check_counted_once(place: &Place) {
    for (flags, output, responses) in [(&[][..], 950, 2), (&["--unlogged"][..], 957, 3)] {
        let daily = place.print(&[&["daily", "--json"], flags].concat());
        let totals = &serde_json::from_str::<Value>(&daily).unwrap()["totals"];
        assert_eq!(
            (&totals["output_tokens"], &totals["responses"]),
            (&json!(output), &json!(responses)),
            "{flags:?}"
        );
    }
    let telemetry: Value = serde_json::from_str(&place.print(&["telemetry", "--json"])).unwrap();
    assert_eq!((&telemetry["requests"], &telemetry["contested"]), (&json!(2), &json!(0)));
}

/// What a sender sends until it is accepted.
fn reports() -> String {
    body(&[record("req_1", 900, "Explore"), record("req_3", 7, "compact")])
}

/// Sends the reports until they are accepted, and returns the refusals.
fn send_until_accepted(url: &str) -> Vec<Answer> {
    let mut refused = Vec::new();
    wait_for(|| {
        let answer = request_with("POST", &logs(url), &[JSON], &reports());
        if answer.status == 200 {
            return Some(());
        }
        refused.push(answer);
        None
    });
    refused
}

#[test]
fn a_sender_that_is_too_fast_waits_and_counts_once() {
    let place = place();
    let server = Running::at(NOW, &place, &[("rate_limit", "1")]);
    let refused = wait_for(|| {
        let answer = request_with("POST", &logs(&server.url()), &[JSON], &reports());
        (answer.status != 200).then_some(answer)
    });
    check_refused(&refused, Encoding::Json, 429, 8, "rate limit exceeded");
    assert_eq!(refused.header("retry-after"), "1");
    for answer in send_until_accepted(&server.url()) {
        assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));
    }
    server.stop();
    check_counted_once(&place);
}

#[test]
fn a_sender_waits_while_the_database_is_locked_and_counts_once() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    let Some(holder) = Holder::of(&place) else { return };
    let refused = request_with("POST", &logs(&server.url()), &[JSON], &reports());
    check_refused(&refused, Encoding::Json, 503, 14, "is locked by another process");
    assert_eq!(refused.header("retry-after"), "1");
    holder.release();
    assert!(send_until_accepted(&server.url()).is_empty());
    // As a sender does whose answer was lost.
    assert!(send_until_accepted(&server.url()).is_empty());
    server.stop();
    check_counted_once(&place);
}

#[test]
fn a_sender_waits_for_the_memory_of_other_bodies_and_counts_once() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    // A body of 4 MiB that does not come takes the memory for all requests.
    let mut slow = connect(&server.url());
    let head = format!(
        "POST /otlp/v1/logs HTTP/1.1\r\nhost: localhost\r\n{}content-length: 4194304\r\n\r\n",
        kind(Encoding::Json)
    );
    slow.write_all(head.as_bytes()).unwrap();
    let long = format!("{}{}", reports(), " ".repeat(5_000));
    let request = format!(
        "POST /otlp/v1/logs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}content-length: {}\r\n\r\n",
        kind(Encoding::Json),
        long.len()
    );
    let refused = wait_for(|| {
        let answer = send(&server.url(), format!("{request}{long}").as_bytes());
        (answer.status != 200).then_some(answer)
    });
    check_refused(&refused, Encoding::Json, 503, 14, "too many long requests at once");
    assert_eq!(refused.header("retry-after"), "1");
    drop(slow);
    assert!(send_until_accepted(&server.url()).iter().all(|answer| answer.status == 503));
    server.stop();
    check_counted_once(&place);
}

#[test]
fn a_transcript_that_comes_while_a_sender_tries_again_changes_nothing() {
    let place = place();
    let server = Running::at(NOW, &place, &[]);
    post(&server.url(), &[record("req_9", 90, "repl_main_thread")]);
    place.append("projects/-home-u-shop/s-1.jsonl", line("req_9", 4, &Value::Null).as_bytes());
    let expected = json!(5 + 50 + 90);
    wait_for(|| {
        post(&server.url(), &[record("req_9", 90, "repl_main_thread")]);
        (server.json("stats")["totals"]["output_tokens"] == expected).then_some(())
    });
    assert_eq!(server.json("stats?unlogged=true")["totals"]["output_tokens"], expected);
    server.stop();
}
