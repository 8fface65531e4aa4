//! OTLP: logs and metrics in both encodings, and compressed ones.

use crate::choose;
use ctm_otlp::body::{MOST_INFLATED, inflated};
use ctm_otlp::{BodyError, Encoding, Logs, metrics, status};

/// The largest count of tokens.
const MOST_TOKENS: u64 = 1 << 53;

/// The longest text about a body that is refused: it shows no part of that.
const MOST_TEXT: usize = 120;

const TARGETS: [fn(&[u8]); 5] = [
    |body| logs(body, Encoding::Json),
    |body| logs(body, Encoding::Protobuf),
    |body| count(body, Encoding::Json),
    |body| count(body, Encoding::Protobuf),
    compressed,
];

/// The first byte selects what the rest is.
pub(crate) fn run(input: &[u8]) {
    let Some((read, body)) = choose(&TARGETS, input) else { return };
    read(body);
}

fn logs(body: &[u8], encoding: Encoding) {
    let read = Logs::read(body, encoding);
    assert_eq!(read, Logs::read(body, encoding), "the same body gives the same result");
    let logs = match read {
        Ok(logs) => logs,
        Err(error) => return refused(&error, encoding),
    };
    let reported = logs.reports.len() as u64 + logs.without_request + logs.rejections();
    assert!(reported <= logs.records, "each record is one report at most");
    for report in logs.reports.iter().map(|witness| &witness.report) {
        let tokens = report.tokens;
        for count in [tokens.input, tokens.output, tokens.cache_read, tokens.cache_creation] {
            assert!(count <= MOST_TOKENS, "{count}");
        }
        assert!(
            !report.billing.model.is_empty()
                && report.cost_micros.is_none_or(|micros| micros <= i64::MAX as u64)
        );
    }
    assert_eq!(logs.message().is_some(), logs.rejections() > 0);
    answered(&status::accepted(encoding, logs.rejections(), logs.message()), encoding);
}

fn count(body: &[u8], encoding: Encoding) {
    match metrics::count(body, encoding) {
        Ok(metrics) => assert!(metrics <= body.len() as u64, "a metric has a byte at least"),
        Err(error) => refused(&error, encoding),
    }
}

fn compressed(body: &[u8]) {
    match inflated(body, Some("gzip")) {
        Ok(body) => {
            assert!(body.len() <= MOST_INFLATED, "{}", body.len());
            logs(&body, Encoding::Json);
        }
        Err(error) => refused(&error, Encoding::Json),
    }
}

fn refused(error: &BodyError, encoding: Encoding) {
    let message = error.to_string();
    assert!(message.len() <= MOST_TEXT, "{message}");
    answered(&status::refused(encoding, 400, &message), encoding);
}

/// Checks that an answer is a message in its encoding.
fn answered(answer: &[u8], encoding: Encoding) {
    if encoding == Encoding::Json {
        serde_json::from_slice::<serde_json::Map<_, _>>(answer).unwrap();
    }
}
