//! Parsers of JSON on typical lines, and the reader on a generated home.
//!
//! Each parser fills the same borrowed struct, so that all skip the same bytes. simd-json writes
//! into what it parses: the copy that it needs is part of its time.

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use ctm_corpus::Plan;
use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, discover};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    lines(&mut criterion);
    transcripts(&mut criterion);
    criterion.final_summary();
}

/// The measured fields of a line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the fields are parsed and not used")]
struct Record<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    timestamp: Option<&'a str>,
    session_id: Option<&'a str>,
    cwd: Option<&'a str>,
    request_id: Option<&'a str>,
    uuid: Option<&'a str>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are parsed and not used")]
struct Message<'a> {
    id: Option<&'a str>,
    model: Option<&'a str>,
    stop_reason: Option<IgnoredAny>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are parsed and not used")]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

fn lines(criterion: &mut Criterion) {
    let source = "fn main() {\n    println!(\"{}\", 1 + 1);\n}\n".repeat(200);
    let call = serde_json::json!({"type": "tool_use", "id": "toolu_01", "name": "Write",
        "input": {"file_path": "/home/u/src/a.rs", "content": source}});
    let text = serde_json::json!({"type": "text", "text": "All tests pass."});
    let result = "test parser::tests::case ... ok\n".repeat(3_200);
    let typical = [
        ("short reply", reply(&text)),
        ("reply with a tool call", reply(&call)),
        ("tool result of 100 kB", tool_result(&result)),
    ];
    for (name, line) in &typical {
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Bytes(line.len() as u64));
        parsers(&mut group, line.as_bytes());
        group.finish();
    }
}

fn parsers(group: &mut BenchmarkGroup<'_, WallTime>, line: &[u8]) {
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| black_box(serde_json::from_slice::<Record<'_>>(black_box(line)).is_ok()));
    });
    group.bench_function("sonic-rs", |bencher| {
        bencher.iter(|| black_box(sonic_rs::from_slice::<Record<'_>>(black_box(line)).is_ok()));
    });
    group.bench_function("simd-json", |bencher| {
        let mut copy = Vec::with_capacity(line.len());
        bencher.iter(|| {
            copy.clear();
            copy.extend_from_slice(black_box(line));
            black_box(simd_json::serde::from_slice::<Record<'_>>(&mut copy).is_ok())
        });
    });
}

fn reply(block: &serde_json::Value) -> String {
    format!(
        r#"{{"parentUuid":"84abe836-6479-48c9-a322-db3ec7077bc2","isSidechain":false,"userType":"external","cwd":"/home/u/src/ctm","sessionId":"e07e68ae-c995-4258-a188-9ab72e97ee7b","version":"2.1.205","gitBranch":"main","message":{{"id":"msg_01fxzY1jxHYqSnEKXDMbcXyj","type":"message","role":"assistant","model":"claude-opus-4-6","content":[{block}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":3,"cache_creation_input_tokens":21367,"cache_read_input_tokens":104233,"cache_creation":{{"ephemeral_5m_input_tokens":21367,"ephemeral_1h_input_tokens":0}},"output_tokens":1288,"service_tier":"standard"}}}},"requestId":"req_011CgFKCnMptTeDyztS3WYYN","type":"assistant","uuid":"24de5c76-5fee-4c62-a19b-5db9fce84c97","timestamp":"2026-04-02T16:09:14.545Z"}}"#
    )
}

fn tool_result(text: &str) -> String {
    let content = serde_json::Value::from(text);
    format!(
        r#"{{"parentUuid":"84abe836-6479-48c9-a322-db3ec7077bc2","isSidechain":false,"cwd":"/home/u/src/ctm","sessionId":"e07e68ae-c995-4258-a188-9ab72e97ee7b","type":"user","message":{{"role":"user","content":[{{"tool_use_id":"toolu_01","type":"tool_result","content":{content}}}]}},"uuid":"24de5c76-5fee-4c62-a19b-5db9fce84c97","timestamp":"2026-04-02T16:09:14.545Z"}}"#
    )
}

/// Reads every transcript of a generated home, on one thread.
fn transcripts(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let home = folder.path().join("claude");
    let answer = ctm_corpus::generate(&Plan::stress(1, 20_000_000, 1_795_305_600_000), &home)
        .expect("a home can be written there");
    let home = ClaudeHome::open(&home).expect("it was just written");
    let files = discover(&home).files;

    let mut group = criterion.benchmark_group("reader");
    group.throughput(Throughput::Bytes(answer.bytes));
    group.bench_function("20 MB of transcripts", |bencher| {
        let mut reader = Reader::new();
        bencher.iter(|| {
            for file in &files {
                let mut checkpoint = None;
                while let batch = reader.read(file, checkpoint.as_ref(), BATCH_BYTES).expect("it lies there")
                    && !batch.at_end
                {
                    checkpoint = Some(black_box(batch).next);
                }
            }
        });
    });
    group.finish();
}
