//! The state of a back end, and what a commit changes in it.

use crate::CommitChange;
use ctm_types::TranscriptPath;

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
    /// Rises with every commit that changes what a report can say.
    pub data_version: u64,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Bytes of it that hold nothing, which a vacuum gives back.
    pub free_bytes: u64,
    /// Responses that it knows.
    pub responses: u64,
    /// Transcripts that they were read from.
    pub transcripts: u64,
    /// Transcripts of those that are gone.
    pub transcripts_gone: u64,
    /// Responses that were forgotten.
    pub forgotten: u64,
    /// Damage that was found; empty if there is none.
    pub problems: Vec<String>,
}

/// Changes of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The data version after the commit.
    pub data_version: u64,
    /// Responses that are new or changed, or have new tool calls: when, in which project and session, by which model.
    pub changed: Vec<CommitChange>,
    /// Files whose batch did not begin where the stored checkpoint is, because another process
    /// read on: nothing of it was stored. Read them again from their stored checkpoint.
    pub stale: Vec<TranscriptPath>,
}
