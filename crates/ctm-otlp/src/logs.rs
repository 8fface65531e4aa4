//! Log records: reports of requests.

use crate::body::{BodyError, Encoding};
use crate::fields::{Field, Fields, MOST_ATTRIBUTES, Value};
use crate::json::{self, integer_of};
use crate::protobuf;
use chrono::DateTime;
use ctm_facts::hash_of;
use ctm_types::{Billing, Circumstance, EpochMs, ReportedTokens, RequestKey, RequestReport, Witness};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Maximum number of records of a body. Claude Code sends up to 512 at once.
pub const MOST_RECORDS: usize = 10_000;

/// The largest count that is exact in JSON.
const MOST_TOKENS: u64 = 1 << 53;

/// The event that reports a request.
const API_REQUEST: &str = "claude_code.api_request";

/// Why a record is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// It has too many attributes.
    Attributes,
    /// It names no model.
    Model,
    /// It has no time.
    Time,
    /// A count is missing.
    Missing(&'static str),
    /// A count is no integer from 0 to 2^53.
    Count(&'static str),
}

impl Rejection {
    fn text(self) -> String {
        match self {
            Self::Attributes => format!("with more than {MOST_ATTRIBUTES} attributes"),
            Self::Model => "without a model".to_owned(),
            Self::Time => "without a valid time".to_owned(),
            Self::Missing(field) => format!("without `{field}`"),
            Self::Count(field) => format!("whose `{field}` is no integer from 0 to 2^53"),
        }
    }
}

/// The records of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs {
    /// Reports of requests.
    pub reports: Vec<Witness>,
    /// All records.
    pub records: u64,
    /// Reports without the id of their request, which cannot be joined: of other platforms.
    pub without_request: u64,
    /// Rejected records, by reason.
    pub rejected: BTreeMap<Rejection, u64>,
}

impl Logs {
    /// Reads the records of a body without compression.
    ///
    /// # Errors
    ///
    /// Fails when the body is no message in its encoding, or has too many records.
    pub fn read(body: &[u8], encoding: Encoding) -> Result<Self, BodyError> {
        let mut logs = Self::default();
        match encoding {
            Encoding::Protobuf => protobuf::each(body, &protobuf::LOG_RECORDS, &mut |record| {
                logs.add(&protobuf::record(record)?)
            })?,
            Encoding::Json => json::each(body, &json::LOG_RECORDS, &mut |record: json::Record| {
                logs.add(&Fields::from(record))
            })?,
        }
        Ok(logs)
    }

    fn add(&mut self, fields: &Fields) -> Result<(), BodyError> {
        self.records += 1;
        if self.records > MOST_RECORDS as u64 {
            return Err(BodyError::TooMany { most: MOST_RECORDS });
        }
        if !is_request(fields) {
            return Ok(());
        }
        match (report(fields), text(fields, Field::RequestId)) {
            (Err(rejection), _) => *self.rejected.entry(rejection).or_default() += 1,
            (Ok(_), None) => self.without_request += 1,
            (Ok(report), Some(id)) => self.reports.push(Witness::new(RequestKey(hash_of(&id)), report)),
        }
        Ok(())
    }

    /// Returns the number of rejected records.
    #[must_use]
    pub fn rejections(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Returns why records were rejected, for their sender; `None` if none was.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        if self.rejected.is_empty() {
            return None;
        }
        let mut message = "rejected reports of requests: ".to_owned();
        for (at, (rejection, records)) in self.rejected.iter().enumerate() {
            let between = if at > 0 { ", " } else { "" };
            // A text can always be written to.
            let _ = write!(message, "{between}{records} {}", rejection.text());
        }
        Some(message)
    }
}

/// Returns whether a record reports a request.
fn is_request(fields: &Fields) -> bool {
    fields.event_name.as_deref() == Some(API_REQUEST)
        || matches!(fields.get(Field::EventName), Some(Value::Text(name)) if name == "api_request" || name == API_REQUEST)
}

fn report(fields: &Fields) -> Result<RequestReport, Rejection> {
    if fields.attributes > MOST_ATTRIBUTES {
        return Err(Rejection::Attributes);
    }
    let circumstance = Circumstance {
        skill: text(fields, Field::SkillName),
        plugin: text(fields, Field::PluginName),
        agent: text(fields, Field::AgentName),
        mcp_server: text(fields, Field::McpServerName),
        mcp_tool: text(fields, Field::McpToolName),
        effort: text(fields, Field::Effort),
        ..Circumstance::default()
    };
    let speed = text(fields, Field::Speed).map(|speed| speed.to_lowercase());
    // As a transcript names it.
    let named = |speed: String| if speed == "normal" { "standard".to_owned() } else { speed };
    let billing = Billing {
        model: text(fields, Field::Model).ok_or(Rejection::Model)?,
        speed: speed.map(named),
        ..Billing::default()
    };
    Ok(RequestReport {
        tokens: ReportedTokens {
            output: required(fields, Field::OutputTokens)?,
            input: required(fields, Field::InputTokens)?,
            cache_read: count(fields, Field::CacheReadTokens)?.unwrap_or_default(),
            cache_creation: count(fields, Field::CacheCreationTokens)?.unwrap_or_default(),
        },
        cost_micros: cost_micros(fields)?,
        at_ms: time(fields).ok_or(Rejection::Time)?,
        session: text(fields, Field::SessionId),
        billing: Arc::new(billing),
        query_source: text(fields, Field::QuerySource),
        version: text(fields, Field::AppVersion),
        circumstance: (!circumstance.is_empty()).then(|| Arc::new(circumstance)),
    })
}

/// Returns a text that is not empty.
fn text(fields: &Fields, field: Field) -> Option<String> {
    match fields.get(field) {
        Some(Value::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        _ => None,
    }
}

fn required(fields: &Fields, field: Field) -> Result<u64, Rejection> {
    count(fields, field)?.ok_or(Rejection::Missing(field.name()))
}

/// Returns a count. Some versions of Claude Code write counts as texts.
fn count(fields: &Fields, field: Field) -> Result<Option<u64>, Rejection> {
    let number = match fields.get(field) {
        None => return Ok(None),
        Some(Value::Integer(number)) => Some(*number),
        Some(Value::Double(number)) => integer_of(*number),
        Some(Value::Text(text)) => text.trim().parse().ok(),
        Some(Value::Other) => None,
    };
    let count = number.and_then(|number| u64::try_from(number).ok()).filter(|count| *count <= MOST_TOKENS);
    count.map(Some).ok_or(Rejection::Count(field.name()))
}

/// Returns Claude Code's own cost in millionths of a US dollar.
fn cost_micros(fields: &Fields) -> Result<Option<u64>, Rejection> {
    if let Some(micros) = count(fields, Field::CostUsdMicros)? {
        return Ok(Some(micros));
    }
    let dollars = match fields.get(Field::CostUsd) {
        Some(Value::Double(dollars)) => Some(*dollars),
        Some(Value::Integer(dollars)) => Some(*dollars as f64),
        Some(Value::Text(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let micros = dollars.map(|dollars| (dollars * 1e6).round()).and_then(integer_of);
    Ok(micros.and_then(|micros| u64::try_from(micros).ok()))
}

/// Returns the time of the event, or of the record.
fn time(fields: &Fields) -> Option<EpochMs> {
    let said = text(fields, Field::EventTimestamp).and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    let of_record = || i64::try_from(fields.time_ns / 1_000_000).ok().filter(|at_ms| *at_ms > 0);
    said.map(|time| time.timestamp_millis()).or_else(of_record).map(EpochMs)
}
