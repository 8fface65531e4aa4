//! Transcripts as a back end stores them.

use crate::{FreshBatch, Progress};
use ctm_types::{FileId, FileIdentity, HomeId, LineCounts, LineIssue, SkipReason, TranscriptPath, UtcDay};
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::sync::Arc;

/// A transcript that was read before, with the fields that show whether it has new content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Path of the transcript.
    pub path: TranscriptPath,
    /// Identity at the time of reading.
    pub identity: FileIdentity,
    /// Size in bytes at the time of reading.
    pub size_bytes: u64,
    /// Time of last modification at the time of reading, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// Its checkpoint.
    pub offset_bytes: u64,
    /// `true` for a subagent's transcript without a known type.
    pub agent_kind_missing: bool,
    /// `true` if it was missing in the last listing.
    pub gone: bool,
}

/// A transcript that is gone, or exists again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceChange {
    /// Which one.
    pub path: TranscriptPath,
    /// Whether it is gone.
    pub gone: bool,
}

/// A known file as a back end stores it: a JSON list of numbers and texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownRow {
    /// Its home.
    #[serde(deserialize_with = "from_number")]
    pub home: HomeId,
    /// Its path below the home.
    path: String,
    device: i64,
    inode: i64,
    size_bytes: i64,
    modified_ns: i64,
    offset_bytes: i64,
    #[serde(deserialize_with = "from_flag")]
    gone: bool,
    #[serde(deserialize_with = "from_flag")]
    agent_kind_missing: bool,
}

impl KnownRow {
    /// Returns the file below a home with this path.
    #[must_use]
    pub fn below(self, home: Arc<str>) -> KnownFile {
        KnownFile {
            path: TranscriptPath { home, relative: self.path.into() },
            identity: FileIdentity { device: self.device.cast_unsigned(), inode: self.inode.cast_unsigned() },
            size_bytes: self.size_bytes.cast_unsigned(),
            modified_ns: self.modified_ns,
            offset_bytes: self.offset_bytes.cast_unsigned(),
            agent_kind_missing: self.agent_kind_missing,
            gone: self.gone,
        }
    }
}

/// The transcripts that the usage of a day depends on: those with winning lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFiles {
    /// UTC day.
    pub utc_day: UtcDay,
    /// Transcripts that are still there.
    pub there: u64,
    /// Transcripts that are no longer there.
    pub gone: u64,
}

/// A transcript that logs responses of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFile {
    /// Its whole path.
    pub path: String,
    /// The Claude home that contains it, by canonical path.
    pub home: String,
    /// `true` if it no longer exists.
    pub gone: bool,
    /// Its size when it was read last.
    pub size_bytes: u64,
    /// Its lines.
    pub lines: u64,
    /// Responses of the session with a winning line in it.
    pub responses: u64,
}

/// Two homes that have transcripts with the same paths: one is a copy of the other, or they are the same home in two
/// places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimilarHomes {
    /// The homes: their canonical paths.
    pub homes: [String; 2],
    /// Transcripts that both have.
    pub transcripts: u64,
}

/// The outcome of a last line that is a copy of a response.
pub const COPY: &str = "copy";

/// Returns the outcome of a single counted line, if there is one: [`COPY`], or the reason for which it was
/// skipped.
#[must_use]
pub fn outcome(line: &LineCounts) -> Option<&'static str> {
    let skipped = || SkipReason::ALL.into_iter().find(|reason| line.skipped(*reason) > 0);
    if line.copies > 0 { Some(COPY) } else { skipped().map(SkipReason::name) }
}

/// Skipped lines of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedLines {
    /// The transcript.
    pub file: FileId,
    /// Why.
    pub reason: SkipReason,
    /// Number of lines.
    pub lines: u64,
}

/// Returns the lines of transcripts that were skipped, by reason.
#[must_use]
pub fn skipped_lines(files: &[&Progress<'_>]) -> Vec<SkippedLines> {
    let of_file = |file: &&Progress<'_>| {
        let (file, lines) = (file.id, file.lines.clone());
        SkipReason::ALL.map(|reason| SkippedLines { file, reason, lines: lines.skipped(reason) })
    };
    files.iter().flat_map(of_file).filter(|skipped| skipped.lines > 0).collect()
}

/// Returns the first issues of each transcript within the limit, given the number of stored ones.
#[must_use]
pub fn issues_to_keep<'a>(
    fresh: &[FreshBatch<'a>],
    stored: &HashMap<FileId, usize>,
) -> Vec<(FileId, &'a LineIssue)> {
    let mut kept = stored.clone();
    let mut issues = Vec::new();
    for (id, batch) in fresh {
        let kept = kept.entry(*id).or_default();
        let taken = &batch.issues[..batch.issues.len().min(LineIssue::KEPT.saturating_sub(*kept))];
        *kept += taken.len();
        issues.extend(taken.iter().map(|issue| (*id, issue)));
    }
    issues
}

/// Reads a typed number.
fn from_number<'de, D: Deserializer<'de>, T: From<i64>>(json: D) -> Result<T, D::Error> {
    i64::deserialize(json).map(T::from)
}

/// Reads a flag that is written as a number.
fn from_flag<'de, D: Deserializer<'de>>(json: D) -> Result<bool, D::Error> {
    i64::deserialize(json).map(|flag| flag != 0)
}
