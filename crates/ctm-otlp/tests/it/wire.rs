//! The same records in both encodings, written by hand.

use ctm_otlp::{BodyError, Encoding, Logs};
use serde_json::{Value, json};

/// A value of an attribute.
#[derive(Debug, Clone)]
pub(crate) enum Of {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    /// Lists within lists.
    Deep(usize),
}

impl From<&str> for Of {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Of {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A log record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) time_ns: u64,
    pub(crate) body: &'static str,
    pub(crate) attributes: Vec<(String, Of)>,
}

impl Record {
    /// A whole report of a request.
    pub(crate) fn request() -> Self {
        Self { time_ns: 1_773_136_800_123_000_000, body: "claude_code.api_request", attributes: Vec::new() }
            .with("event.name", "api_request")
            .with("session.id", "s-1")
            .with("request_id", "req_011")
            .with("model", "claude-opus-5")
            .with("input_tokens", 3)
            .with("output_tokens", 900)
            .with("cache_read_tokens", 20)
            .with("cache_creation_tokens", 7)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Of>) -> Self {
        self.attributes.retain(|(known, _)| known != name);
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(known, _)| known != name);
        self
    }
}

pub(crate) fn json_body(records: &[Record]) -> Vec<u8> {
    let value = |of: &Of| match of {
        Of::Text(text) => json!({"stringValue": text}),
        Of::Int(number) => json!({"intValue": number.to_string()}),
        Of::Double(number) => json!({"doubleValue": number}),
        Of::Bool(flag) => json!({"boolValue": flag}),
        Of::Deep(depth) => (0..*depth)
            .fold(json!({"stringValue": "x"}), |within, _| json!({"arrayValue": {"values": [within]}})),
    };
    let record = |record: &Record| {
        let attributes: Vec<Value> =
            record.attributes.iter().map(|(key, of)| json!({"key": key, "value": value(of)})).collect();
        json!({
            "timeUnixNano": record.time_ns.to_string(),
            "body": {"stringValue": record.body},
            "attributes": attributes,
            "flags": 0,
            "traceId": "",
        })
    };
    let records: Vec<Value> = records.iter().map(record).collect();
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]});
    let scope = json!({"scope": {"name": "com.anthropic.claude_code.events"}, "logRecords": records});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).to_string().into_bytes()
}

/// Writes a field of a message.
pub(crate) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    varint(number << 3 | 2, &mut written);
    varint(bytes.len() as u64, &mut written);
    written.extend_from_slice(bytes);
    written
}

pub(crate) fn varint(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap());
}

fn value(of: &Of) -> Vec<u8> {
    match of {
        Of::Text(text) => field(1, text.as_bytes()),
        Of::Bool(flag) => vec![0x10, u8::from(*flag)],
        Of::Int(number) => {
            let mut written = vec![0x18];
            varint(number.cast_unsigned(), &mut written);
            written
        }
        Of::Double(number) => [&[0x21], &number.to_le_bytes()[..]].concat(),
        Of::Deep(depth) => (0..*depth).fold(field(1, b"x"), |within, _| field(5, &field(1, &within))),
    }
}

pub(crate) fn record(of: &Record) -> Vec<u8> {
    let mut written = vec![0x09];
    written.extend_from_slice(&of.time_ns.to_le_bytes());
    written.extend(field(5, &field(1, of.body.as_bytes())));
    for (key, of) in &of.attributes {
        written.extend(field(6, &[field(1, key.as_bytes()), field(2, &value(of))].concat()));
    }
    written
}

pub(crate) fn protobuf_body(records: &[Record]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|of| field(2, &record(of))).collect();
    field(1, &[field(1, b""), field(2, &records)].concat())
}

/// Reads records in both encodings, which have to agree.
pub(crate) fn read(records: &[Record]) -> Logs {
    let protobuf = Logs::read(&protobuf_body(records), Encoding::Protobuf).unwrap();
    let json = Logs::read(&json_body(records), Encoding::Json).unwrap();
    assert_eq!(protobuf, json);
    json
}

/// Reads a body that is no message.
pub(crate) fn refusal(body: &[u8], encoding: Encoding) -> BodyError {
    Logs::read(body, encoding).unwrap_err()
}
