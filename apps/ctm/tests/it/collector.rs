//! The metrics as a collector receives them from `ctm serve`.

use crate::http::get;
use crate::place::Place;
use crate::process::Process;
use crate::running::wait_for;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The fields of a message of protobuf by their numbers, read without any definition: each message, text or number as its bytes.
fn fields(mut message: &[u8]) -> BTreeMap<u64, Vec<Vec<u8>>> {
    let mut fields: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let length = match key & 7 {
            0 => {
                let number = varint(&mut message);
                fields.entry(key >> 3).or_default().push(number.to_le_bytes().to_vec());
                continue;
            }
            1 => 8,
            2 => varint(&mut message) as usize,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = message.split_at(length);
        fields.entry(key >> 3).or_default().push(value.to_vec());
        message = rest;
    }
    fields
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().unwrap();
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

/// All messages behind a path of field numbers.
fn at(message: &[u8], path: &[u64]) -> Vec<Vec<u8>> {
    let [first, rest @ ..] = path else { return vec![message.to_vec()] };
    let found = fields(message).remove(first).unwrap_or_default();
    found.iter().flat_map(|inner| at(inner, rest)).collect()
}

fn text(message: &[u8], path: &[u64]) -> String {
    at(message, path).into_iter().next().map_or_else(String::new, |text| String::from_utf8(text).unwrap())
}

/// The attributes of a message, which are the field of a number.
fn attributes(message: &[u8], number: u64) -> BTreeMap<String, String> {
    let all = at(message, &[number]).into_iter();
    all.map(|attribute| (text(&attribute, &[1]), text(&attribute, &[2, 1]))).collect()
}

/// The metrics of a request by their names.
fn metrics(body: &[u8]) -> BTreeMap<String, Vec<u8>> {
    at(body, &[1, 2, 2]).into_iter().map(|metric| (text(&metric, &[1]), metric)).collect()
}

/// A request: its head in lower case, and its body.
fn next_request(listener: &TcpListener) -> (String, Vec<u8>, TcpStream) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(&stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (head, body, stream)
}

fn answer(mut stream: TcpStream, answer: &str) {
    stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).unwrap();
}

const OK: &str = "200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Starts a server that exports every second, and writes its log to the file `log`.
fn exporting(place: &Place, url: &str) -> Process {
    let switches = ["--otlp-export-allow-private=true", "--otlp-export-allow-http=true"];
    let mut command = place.ctm(&["serve", "--port", "0", "--log-level", "trace", "--otlp-export", url]);
    command.args(switches).args(["--otlp-export-interval", "1"]);
    command.env("CTM_OTLP_EXPORT_HEADERS", "authorization=Bearer%20secret-key");
    Process::spawn(command.env("CTM_MACHINE_NAME", "desk"))
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1/metrics")
}

fn stop(server: Process) {
    server.signal(Signal::TERM);
    server.end();
}

/// The names of the samples of `/metrics`, of a histogram that of all of them.
fn served(metrics: &str) -> BTreeSet<String> {
    let kinds: BTreeMap<_, _> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .filter(|(_, kind)| *kind == "histogram")
        .collect();
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let names = samples.map(|line| line.split(['{', ' ']).next().unwrap());
    let whole = |name: &str| {
        let of = kinds.keys().find(|histogram| name.starts_with(*histogram));
        of.map_or(name, |histogram| histogram).to_owned()
    };
    names.map(whole).collect()
}

#[test]
fn a_collector_is_sent_what_is_served_as_metrics() {
    let place = Place::everyday();
    place.print(&["daily"]);
    place.print(&["budget", "add", "month", "--tokens", "40000", "--per", "month"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = exporting(&place, &url(listener.local_addr().unwrap()));
    let (head, _, stream) = next_request(&listener);
    assert!(head.starts_with("post /v1/metrics http/1.1\r\n"), "{head}");
    for line in ["content-type: application/x-protobuf\r\n", "authorization: bearer secret-key\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    let served_text = get(&format!("{}metrics", server.url())).body;
    answer(stream, OK);
    // The request for the metrics is in the next export.
    let (_, body, stream) = next_request(&listener);
    answer(stream, OK);
    let found = metrics(&body);
    assert_eq!(
        found.keys().cloned().collect::<BTreeSet<_>>(),
        served(&get(&format!("{}metrics", server.url())).body)
    );

    let resource = attributes(&at(&body, &[1, 1])[0], 1);
    let version = env!("CARGO_PKG_VERSION");
    let expected = [("service.instance.id", "desk"), ("service.name", "ctm"), ("service.version", version)];
    assert_eq!(resource, expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    // A cumulative, monotonic sum of integers, whose start is unknown.
    let tokens = &found["ctm_tokens_total"];
    assert_eq!(
        (at(tokens, &[7, 2]), at(tokens, &[7, 3])),
        (vec![2_u64.to_le_bytes().to_vec()], vec![1_u64.to_le_bytes().to_vec()])
    );
    let points = at(tokens, &[7, 1]);
    for point in &points {
        let labels = attributes(point, 7);
        let value = i64::from_le_bytes(at(point, &[6])[0][..].try_into().unwrap());
        let line = format!(
            "ctm_tokens_total{{model=\"{}\",kind=\"{}\"}} {value}\n",
            labels["model"], labels["kind"]
        );
        assert!(served_text.contains(&line), "{line} is not in {served_text}");
        assert!(at(point, &[2]).is_empty());
    }
    assert_eq!(points.len(), served_text.matches("ctm_tokens_total{").count());
    let cost = &at(&found["ctm_cost_usd_total"], &[7, 1])[0];
    let cost = f64::from_le_bytes(at(cost, &[4])[0][..].try_into().unwrap());
    assert!(served_text.contains(&format!("}} {cost}\n")), "{cost}");
    // Sums of the server begin with it, and buckets are one more than their bounds.
    let durations = &found["ctm_http_request_duration_seconds"];
    assert_eq!(text(durations, &[3]), "s");
    let point = &at(durations, &[9, 1])[0];
    assert_eq!(at(point, &[2]).len(), 1);
    assert_eq!(at(point, &[6])[0].len(), at(point, &[7])[0].len() + 8);
    stop(server);
}

#[test]
fn a_receiver_of_ctm_takes_what_ctm_exports() {
    let (place, other) = (Place::everyday(), Place::empty());
    let receiver = Process::serve(&other, &[]);
    let server = exporting(&place, &format!("{}otlp/v1/metrics", receiver.url()));
    wait_for(|| {
        let received =
            get(&format!("{}api/v1/telemetry", receiver.url())).json()["received"]["metrics"].as_u64();
        received.filter(|received| *received > 20)
    });
    assert_eq!(get(&format!("{}api/v1/health", server.url())).json()["conditions"], json!([]));
    stop(server);
    stop(receiver);
}

/// Waits until the conditions are as expected, and returns them.
fn conditions(server: &Process, is_expected: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    wait_for(|| {
        let health = get(&format!("{}api/v1/health", server.url())).json();
        let conditions = health["conditions"].as_array()?.clone();
        is_expected(&conditions).then_some(conditions)
    })
}

#[test]
fn a_collector_that_fails_is_a_condition_that_says_where_and_why_until_it_works() {
    let place = Place::everyday();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = exporting(&place, &url(address));
    let fails_with = |text: &str| {
        let is_expected = |all: &[Value]| all.iter().any(|of| of["message"].as_str().unwrap().contains(text));
        let all = conditions(&server, is_expected);
        assert_eq!((&all[0]["code"], &all[0]["severity"]), (&json!("collector_failing"), &json!("degraded")));
        let message = all[0]["message"].as_str().unwrap();
        let where_and_what =
            format!("metrics are not sent to the collector `http://{address}/v1/metrics`: it {text}");
        assert!(
            message.starts_with(&where_and_what) && message.contains("; check the collector"),
            "{message}"
        );
    };
    let refuses = |text: &str| answer(next_request(&listener).2, text);
    refuses("403 Forbidden\r\ncontent-length: 14\r\nconnection: close\r\n\r\nnot secret-key");
    fails_with("answers 403: not [secret]");
    // A partial success: two points are rejected.
    refuses("200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n\x0a\x06\x08\x02\x12\x02no");
    fails_with("rejects 2 points: no");
    refuses(OK);
    conditions(&server, <[Value]>::is_empty);
    drop(listener);
    fails_with("cannot be reached: ");
    for path in ["config", "health", "openapi.json"] {
        let answer = get(&format!("{}api/v1/{path}", server.url()));
        assert!(!answer.body.contains("secret-key"), "{path}: {}", answer.body);
    }
    assert!(
        get(&format!("{}metrics", server.url()))
            .body
            .contains("code=\"collector_failing\",severity=\"degraded\"} 1")
    );
    server.signal(Signal::TERM);
    let output = server.output();
    assert_eq!(output.matches("metrics are not sent to the collector").count(), 3, "{output}");
    assert!(!output.contains("secret-key"), "{output}");
}

#[test]
fn an_address_is_encrypted_and_has_no_password() {
    let place = Place::everyday();
    place.run(&["serve", "--port", "0", "--otlp-export", "http://otel.example/v1/metrics"]).failed(
        2,
        &["the setting `otlp_export` is not encrypted; allowed: https, or http with `otlp_export_allow_http = true`"],
    );
    place
        .run(&["serve", "--port", "0", "--otlp-export", "https://me:hush@otel.example/"])
        .failed(2, &["--otlp-export is no address of a collector; allowed: "]);
    fs::create_dir_all(place.path().join(".config/ctm")).unwrap();
    fs::write(
        place.path().join(".config/ctm/config.toml"),
        "otlp_export = 'https://otel.example/v1/metrics'\n",
    )
    .unwrap();
    assert!(place.print(&["settings"]).contains("https://otel.example/v1/metrics"));
}
