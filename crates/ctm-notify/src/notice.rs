//! An alert as it is sent, and how sending ends.

use chrono::{DateTime, SecondsFormat};
use ctm_types::EpochMs;
use ctm_types::printable::{lines, one_line};
use serde_json::{Value, json};

/// An alert as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The id: 32 hexadecimal digits, the same for each attempt, so that a receiver recognizes repetitions.
    pub id: String,
    /// Time of the alert.
    pub at_ms: EpochMs,
    /// The name of the rule.
    pub rule: String,
    /// What the rule watches.
    pub kind: String,
    /// What is alerted, in one line.
    pub title: String,
    /// The same with its figures, in several lines.
    pub text: String,
    /// `true` if it was sent to test the channel.
    pub is_test: bool,
    /// The written report of a summary.
    pub report: Option<NoticeReport>,
}

/// A written report, in the formats that channels take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeReport {
    /// As Markdown, in which names form no markup.
    pub markdown: String,
    /// As one HTML file without scripts and requests.
    pub html: String,
}

/// A notice that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the receiver answered, in one line.
    pub text: String,
}

/// A notice that was not received, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// Why, in one line and without secrets.
    pub text: String,
    /// Whether a later attempt may succeed.
    pub can_retry: bool,
    /// The wait that the receiver asks for.
    pub retry_after_ms: Option<u64>,
}

impl SendFailure {
    /// Returns a failure after which the same is sent again.
    pub(crate) fn for_now(text: impl Into<String>) -> Self {
        Self { text: text.into(), can_retry: true, retry_after_ms: None }
    }

    /// Returns a failure that a later attempt would repeat.
    pub(crate) fn for_good(text: impl Into<String>) -> Self {
        Self { can_retry: false, ..Self::for_now(text) }
    }
}

impl Notice {
    /// Returns the same without characters that a terminal or a header would interpret: names in it are of others. Services refuse empty
    /// texts.
    pub(crate) fn cleaned(&self) -> Self {
        let title = if self.title.trim().is_empty() { "Claude Token Monitor" } else { &self.title };
        let text = if self.text.trim().is_empty() { title } else { &self.text };
        Self {
            id: one_line(&self.id).into_owned(),
            at_ms: self.at_ms,
            rule: one_line(&self.rule).into_owned(),
            kind: one_line(&self.kind).into_owned(),
            title: one_line(title).into_owned(),
            text: lines(text).into_owned(),
            is_test: self.is_test,
            report: self.report.as_ref().map(NoticeReport::cleaned),
        }
    }

    /// Returns the time in the form of RFC 3339.
    pub(crate) fn at(&self) -> String {
        let at = DateTime::from_timestamp_millis(self.at_ms.0).unwrap_or_default();
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Returns the notice as programs receive it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "at": self.at(),
            "rule": self.rule,
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "is_test": self.is_test,
            "report": self.report.as_ref().map(|report| &report.markdown),
        })
    }
}

impl NoticeReport {
    fn cleaned(&self) -> Self {
        Self { markdown: lines(&self.markdown).into_owned(), html: lines(&self.html).into_owned() }
    }
}
