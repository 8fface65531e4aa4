//! The state of a back end, and what a commit changes in it.

use crate::CommitChange;
use ctm_types::{EpochMs, TranscriptPath};

/// Depth of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// At its pages, which takes a moment.
    Quick,
    /// At every index, reference and value too, and at the schema, which takes as long as reading
    /// all of it.
    Thorough,
}

/// Status of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Version of its schema.
    pub schema_version: i64,
    /// Increases with every commit that changes a report.
    pub data_version: u64,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Bytes of it that hold nothing, which a vacuum gives back.
    pub free_bytes: u64,
    /// Stored responses.
    pub responses: u64,
    /// Transcripts that they were read from.
    pub transcripts: u64,
    /// Transcripts that no longer exist.
    pub transcripts_gone: u64,
    /// Responses that were forgotten.
    pub forgotten: u64,
    /// Detected damage; empty if there is none.
    pub problems: Vec<String>,
}

/// Differences of a backup and a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// What the database does not contain.
    pub only_in_backup: Missing,
    /// What the backup does not contain.
    pub only_in_database: Missing,
}

/// Responses that another database does not contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Missing {
    /// Responses.
    pub responses: u64,
    /// Their tokens of all kinds.
    pub tokens: u64,
    /// UTC days that they are of.
    pub days: u64,
    /// Time of the first one, in UTC epoch milliseconds.
    pub first_ms: Option<EpochMs>,
    /// Time of the last one, in UTC epoch milliseconds.
    pub last_ms: Option<EpochMs>,
}

/// Changes of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The data version after the commit.
    pub data_version: u64,
    /// Responses that are new or changed, or have new tool calls: time, project, session and model.
    pub changed: Vec<CommitChange>,
    /// Files with a batch that did not begin at the stored checkpoint, because another process has read
    /// further: nothing of it was stored. Read them again from their stored checkpoint.
    pub stale: Vec<TranscriptPath>,
}
