//! Bodies that are no messages, or too much.

use crate::wire::{Of, Record, field, json_body, protobuf_body, read, refusal};
use ctm_otlp::logs::MOST_RECORDS;
use ctm_otlp::{BodyError, Encoding, Logs, metrics};
use proptest::prelude::*;

const BOTH: [Encoding; 2] = [Encoding::Protobuf, Encoding::Json];

#[test]
fn bodies_that_are_no_messages_are_refused_without_showing_them() {
    for body in
        [&b"\x0a"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0a\xff\x01", b"\x0b", b"SECRET"]
    {
        let error = refusal(body, Encoding::Protobuf).to_string();
        assert!(error.starts_with("the body is not an OTLP message in protobuf: "), "{error}");
    }
    for body in [
        "",
        "{",
        "[]",
        "SECRET",
        r#"{"resourceLogs":"SECRET"}"#,
        r#"{"resourceLogs":[{"scopeLogs":[1]}]}"#,
        "{} SECRET",
    ] {
        let error = refusal(body.as_bytes(), Encoding::Json).to_string();
        assert!(
            error.starts_with("the body is not an OTLP message in JSON: ") && !error.contains("SECRET"),
            "{error}"
        );
    }
}

#[test]
fn deep_attributes_are_skipped() {
    let logs =
        read(&[Record::request().with("deep", Of::Deep(40)), Record::request().with("deep", Of::Deep(1))]);
    assert_eq!(logs.reports.len(), 2);
    // Deeper than the library reads JSON; protobuf is skipped by its length.
    let deep = [Record::request().with("deep", Of::Deep(2_000))];
    assert_eq!(Logs::read(&protobuf_body(&deep), Encoding::Protobuf).unwrap().reports.len(), 1);
    let nested = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"attributes":[{{"key":"a","value":{{"arrayValue":{nested}}}}}]}}]}}]}}]}}"#
    );
    let read = Logs::read(body.as_bytes(), Encoding::Json);
    assert!(read.is_ok() || matches!(read, Err(BodyError::Malformed { .. })), "{read:?}");
}

#[test]
fn more_records_than_a_batch_has_are_refused() {
    let many = vec![Record::default(); MOST_RECORDS + 1];
    let expected = BodyError::TooMany { most: MOST_RECORDS };
    assert_eq!(refusal(&protobuf_body(&many), Encoding::Protobuf), expected);
    assert_eq!(refusal(&json_body(&many), Encoding::Json), expected);
    assert_eq!(read(&many[1..]).records, MOST_RECORDS as u64);
}

#[test]
fn metrics_are_counted() {
    let body = field(1, &field(2, &[field(2, b"\x0a\x01a"), field(2, b"")].concat()));
    assert_eq!(metrics::count(&body, Encoding::Protobuf), Ok(2));
    let body = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":{}},{}]},{}]}]}"#;
    assert_eq!(metrics::count(body, Encoding::Json), Ok(2));
    for encoding in BOTH {
        assert!(metrics::count(b"\xff\xff", encoding).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in BOTH {
            let read = Logs::read(&bytes, encoding);
            prop_assert!(read.as_ref().map_or(0, ctm_otlp::Logs::rejections) <= 200);
        }
    }

    #[test]
    fn a_broken_message_is_refused_or_read_in_part(cut in 0..400_usize, at in 0..400_usize, byte: u8) {
        let records = [Record::request(), Record::request().with("request_id", "other")];
        for (whole, encoding) in [(protobuf_body(&records), Encoding::Protobuf), (json_body(&records), Encoding::Json)] {
            let mut body = whole.clone();
            let length = body.len();
            body[at % length] = byte;
            body.truncate(length - cut % length);
            prop_assert!(Logs::read(&body, encoding).map_or(0, |logs| logs.records) <= 2);
        }
    }
}
