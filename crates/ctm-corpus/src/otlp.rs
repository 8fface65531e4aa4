//! Telemetry as Claude Code sends it: OTLP over HTTP, in both encodings.
//!
//! # Design
//!
//! A record has the attributes that Claude Code sends with every setting on, so that bodies have the usual size and
//! contain what must not be kept: a text of the caller's choice in every attribute, key and name that no receiver should
//! keep. The messages are written from the specification and share no code with a receiver.

use crate::telemetry::Report;
use prost::{Message, Oneof};
use serde::{Serialize, Serializer};

/// Encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `http/protobuf`.
    Protobuf,
    /// `http/json`.
    Json,
}

impl Encoding {
    /// Both encodings.
    pub const ALL: [Self; 2] = [Self::Protobuf, Self::Json];

    /// Returns its name, as Claude Code is configured with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "http/protobuf",
            Self::Json => "http/json",
        }
    }

    /// Returns the media type of its bodies.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// Attributes that a receiver must not keep.
const PRIVATE: [&str; 14] = [
    "prompt",
    "prompt.id",
    "user.id",
    "user.email",
    "user.account_uuid",
    "user.account_id",
    "organization.id",
    "terminal.type",
    "client_request_id",
    "workspace.host_paths",
    "tool_input",
    "tool_parameters",
    "tool_result",
    "error",
];

/// Returns the body that reports requests; `private` is the text of everything that must not be kept.
///
/// # Panics
///
/// Never: every message can be written.
#[must_use]
pub fn body(reports: &[Report], encoding: Encoding, private: &str) -> Vec<u8> {
    let request = ExportLogs { resource_logs: vec![ResourceLogs::of(reports, private)] };
    match encoding {
        Encoding::Protobuf => request.encode_to_vec(),
        Encoding::Json => serde_json::to_vec(&request).expect("every message can be written"),
    }
}

/// `ExportLogsServiceRequest`
#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportLogs {
    #[prost(message, repeated, tag = "1")]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    log_records: Vec<Record>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
    #[prost(message, repeated, tag = "3")]
    attributes: Vec<Attribute>,
}

/// `LogRecord`
#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[prost(fixed64, tag = "1")]
    #[serde(serialize_with = "as_text")]
    time_unix_nano: u64,
    #[prost(string, tag = "3")]
    severity_text: String,
    #[prost(message, optional, tag = "5")]
    body: Option<AnyValue>,
    #[prost(message, repeated, tag = "6")]
    attributes: Vec<Attribute>,
}

/// `KeyValue`
#[derive(Clone, PartialEq, Message, Serialize)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(transparent)]
struct AnyValue {
    #[prost(oneof = "Value", tags = "1, 3, 4, 5, 6")]
    value: Option<Value>,
}

#[derive(Clone, PartialEq, Oneof, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "names of the specification, which JSON contains")]
enum Value {
    #[prost(string, tag = "1")]
    StringValue(String),
    #[prost(int64, tag = "3")]
    #[serde(serialize_with = "as_text")]
    IntValue(i64),
    #[prost(double, tag = "4")]
    DoubleValue(f64),
    #[prost(message, tag = "5")]
    ArrayValue(ArrayValue),
    #[prost(message, tag = "6")]
    KvlistValue(KeyValueList),
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct KeyValueList {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Attribute>,
}

/// JSON has 64-bit integers as texts.
fn as_text<N: ToString, S: Serializer>(number: &N, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&number.to_string())
}

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn text(key: &str, text: &str) -> Attribute {
    Attribute { key: key.to_owned(), value: Some(value(Value::StringValue(text.to_owned()))) }
}

fn count(key: &str, count: u64) -> Attribute {
    Attribute { key: key.to_owned(), value: Some(value(Value::IntValue(count.cast_signed()))) }
}

/// An attribute whose key, keys within and values are private.
fn nested(private: &str) -> Attribute {
    let list = ArrayValue { values: vec![value(Value::StringValue(private.to_owned()))] };
    let inner = Attribute { key: private.to_owned(), value: Some(value(Value::ArrayValue(list))) };
    let list = KeyValueList { values: vec![text(private, private), inner] };
    Attribute { key: private.to_owned(), value: Some(value(Value::KvlistValue(list))) }
}

impl ResourceLogs {
    fn of(reports: &[Report], private: &str) -> Self {
        let own = || vec![text("host.name", private), nested(private)];
        let scope = Scope { name: private.to_owned(), version: private.to_owned(), attributes: own() };
        let log_records = reports.iter().map(|report| Record::of(report, private)).collect();
        let mut attributes = vec![text("service.name", "claude-code")];
        attributes.extend(own());
        Self {
            resource: Some(Resource { attributes }),
            scope_logs: vec![ScopeLogs { scope: Some(scope), log_records }],
        }
    }
}

impl Record {
    fn of(report: &Report, private: &str) -> Self {
        let tokens = report.tokens;
        let mut attributes = vec![
            text("event.name", "api_request"),
            text("request_id", &report.request),
            text("session.id", &report.session),
            text("model", report.model),
            text("speed", report.speed),
            text("query_source", report.query_source),
            count("input_tokens", tokens.input),
            count("output_tokens", tokens.output),
            count("cache_read_tokens", tokens.cache_read),
            count("cache_creation_tokens", tokens.cache_write_5m + tokens.cache_write_1h),
            count("duration_ms", 2_500),
            Attribute { key: "cost_usd".to_owned(), value: Some(value(Value::DoubleValue(0.015_625))) },
            nested(private),
        ];
        attributes.extend(PRIVATE.map(|key| text(key, private)));
        let at_ms = u64::try_from(report.at_ms).unwrap_or_default();
        Self {
            time_unix_nano: at_ms * 1_000_000,
            severity_text: private.to_owned(),
            body: Some(value(Value::StringValue("claude_code.api_request".to_owned()))),
            attributes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::TokenCounts;
    use serde_json::json;

    fn report() -> Report {
        Report {
            request: "req_1".to_owned(),
            session: "s".to_owned(),
            at_ms: 1_773_136_800_123,
            model: "claude-opus-5",
            speed: "normal",
            query_source: "compact",
            tokens: TokenCounts {
                output: 900,
                cache_write_5m: 3,
                cache_write_1h: 4,
                ..TokenCounts::default()
            },
            placeholder: None,
            is_logged: false,
        }
    }

    #[test]
    fn both_encodings_are_those_of_the_specification() {
        let json: serde_json::Value =
            serde_json::from_slice(&body(&[report()], Encoding::Json, "x")).unwrap();
        let record = &json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(record["timeUnixNano"], "1773136800123000000");
        let attributes = record["attributes"].as_array().unwrap();
        for expected in [
            json!({"key": "request_id", "value": {"stringValue": "req_1"}}),
            json!({"key": "cache_creation_tokens", "value": {"intValue": "7"}}),
            json!({"key": "cost_usd", "value": {"doubleValue": 0.015_625}}),
        ] {
            assert!(attributes.contains(&expected), "{expected}");
        }
        let binary = body(&[report()], Encoding::Protobuf, "x");
        let read = ExportLogs::decode(&*binary).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        // Field 6, 15 bytes: field 1 with the key, and field 2 with the integer 900 in field 3.
        let output = b"\x32\x14\x0a\x0doutput_tokens\x12\x03\x18\x84\x07";
        assert!(binary.windows(output.len()).any(|bytes| bytes == output));
    }

    #[test]
    fn private_texts_are_in_every_place() {
        let json = String::from_utf8(body(&[report()], Encoding::Json, "MARKER")).unwrap();
        // Five times in each nested attribute, of resource, scope and record; two host names, scope and severity.
        assert_eq!(json.matches("MARKER").count(), PRIVATE.len() + 3 * 5 + 2 + 2 + 1);
    }
}
