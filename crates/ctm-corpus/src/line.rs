//! A line of a transcript with its expected classification.

use ctm_types::{SkipReason, TokenCounts};
use std::borrow::Cow;

/// Length of a session id.
const UUID_LEN: usize = 36;

/// Expected classification of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Count it as a copy of a response.
    Copy,
    /// Skip it.
    Skipped(SkipReason),
}

/// A line in Claude Code's own statistics: all messages of users and assistants, with the usage of each copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    /// Time of the line, in UTC epoch milliseconds.
    pub(crate) at_ms: i64,
    /// `true` if it belongs to a subagent.
    pub(crate) sidechain: bool,
    /// Model and top-level usage.
    pub(crate) usage: Option<(&'static str, TokenCounts)>,
    /// Calls of tools.
    pub(crate) tool_calls: u64,
}

/// A line without its end.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Positions of session ids, which differ in the file of a fork.
    session_at: Vec<usize>,
    /// Expected classification.
    pub(crate) fate: Fate,
    /// Its effect on Claude Code's own statistics.
    pub(crate) message: Option<Message>,
    /// `true` if it is JSON, and may be written with other white space.
    pub(crate) is_json: bool,
}

impl Line {
    /// Returns a line of JSON without usage, with a session id at `session_at`.
    pub(crate) fn new(bytes: Vec<u8>, session_at: Option<usize>) -> Self {
        Self {
            bytes,
            session_at: session_at.into_iter().collect(),
            fate: Fate::Skipped(SkipReason::NoUsage),
            message: None,
            is_json: true,
        }
    }

    /// Returns bytes that are no JSON, or no object.
    pub(crate) fn junk(bytes: &[u8], reason: SkipReason) -> Self {
        Self { fate: Fate::Skipped(reason), is_json: false, ..Self::new(bytes.to_owned(), None) }
    }

    pub(crate) fn with_fate(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }

    pub(crate) fn with_message(self, message: Message) -> Self {
        Self { message: Some(message), ..self }
    }

    /// Returns the first `len` bytes, which are no JSON any more.
    pub(crate) fn cut(mut self, len: usize) -> Self {
        self.bytes.truncate(len);
        self.session_at.retain(|at| at + UUID_LEN <= len);
        Self { fate: Fate::Skipped(SkipReason::Malformed), message: None, is_json: false, ..self }
    }

    /// Returns this line and the next as one, which has the fate of the next.
    pub(crate) fn glued_to(mut self, next: &Self) -> Self {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&next.bytes);
        self.session_at.extend(next.session_at.iter().map(|at| at + shift));
        Self { fate: next.fate, message: None, is_json: false, ..self }
    }

    /// Returns the bytes as they are in a file of `session`, where further `members` follow the session's id.
    pub(crate) fn for_session(&self, session: &str, members: &str) -> Cow<'_, [u8]> {
        let is_there = |at: &usize| self.bytes[*at..at + UUID_LEN] == *session.as_bytes();
        if members.is_empty() && self.session_at.iter().all(is_there) {
            return Cow::Borrowed(&self.bytes);
        }
        let mut bytes = Vec::with_capacity(self.bytes.len() + members.len());
        let mut done = 0;
        for at in &self.session_at {
            bytes.extend_from_slice(&self.bytes[done..*at]);
            bytes.extend_from_slice(session.as_bytes());
            done = at + UUID_LEN;
            // A line may be cut off behind the id.
            if self.bytes.get(done) == Some(&b'"') {
                bytes.push(b'"');
                bytes.extend_from_slice(members.as_bytes());
                done += 1;
            }
        }
        bytes.extend_from_slice(&self.bytes[done..]);
        Cow::Owned(bytes)
    }
}
