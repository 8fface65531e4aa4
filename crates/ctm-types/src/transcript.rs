//! Batch: the result of reading a stretch of a transcript.

use crate::{CallSearches, EpochMs, LoggedCopy, SessionFacts, ToolError, TranscriptPath};
use std::collections::{BTreeMap, BTreeSet};

/// Identity of a file, which distinguishes it from another at the same path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FileIdentity {
    /// Device that holds the file; 0 where the platform does not provide it.
    pub device: u64,
    /// Number of the file on the device; 0 where the platform does not provide it.
    pub inode: u64,
}

/// Checkpoint: how far a file was read, and how to recognise the same file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity at the time of reading.
    pub identity: FileIdentity,
    /// Size in bytes at the time of reading; 0 as long as there is more to read before its end, so that
    /// the file never looks unchanged.
    pub size_bytes: u64,
    /// Time of last modification at the time of reading, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// Everything before this offset was read; it follows a line's end.
    pub offset_bytes: u64,
    /// Hash of the first bytes before `offset_bytes`.
    pub head_hash: u64,
    /// Hash of the last bytes before `offset_bytes`.
    pub tail_hash: u64,
    /// The last working directory before `offset_bytes`, for lines without one.
    pub cwd: Option<String>,
}

/// Start of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Start {
    /// At the file's first byte; the file was never read, or was replaced.
    Beginning,
    /// At the offset of the checkpoint that the reader was given.
    Checkpoint(u64),
}

/// Reason why a line logs no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SkipReason {
    /// Nothing but white space.
    Blank,
    /// A record without usage: prompts, tool results, metadata, unknown types.
    NoUsage,
    /// Valid JSON, but not an object.
    NotAnObject,
    /// Not JSON, and no record in it could be recovered.
    Malformed,
    /// Longer than the buffer, and not JSON when read in pieces.
    TooLong,
    /// `message.usage` is present, but not an object.
    UsageNotAnObject,
    /// A `<synthetic>` line: written by Claude Code itself, not by a model.
    Synthetic,
    /// All counts are zero: nothing was consumed.
    ZeroUsage,
    /// No timestamp.
    NoTimestamp,
    /// A timestamp that is not an RFC 3339 date and time, with or without a zone, or is before 1970.
    BadTimestamp,
    /// Usage of a subagent summed up in a tool result: the subagent's own transcript counts.
    ToolResultSummary,
}

impl SkipReason {
    /// All reasons, in the order of [`SkipReason::index`].
    pub const ALL: [Self; 11] = [
        Self::Blank,
        Self::NoUsage,
        Self::NotAnObject,
        Self::Malformed,
        Self::TooLong,
        Self::UsageNotAnObject,
        Self::Synthetic,
        Self::ZeroUsage,
        Self::NoTimestamp,
        Self::BadTimestamp,
        Self::ToolResultSummary,
    ];

    /// Returns the reason's name, as stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::NoUsage => "no_usage",
            Self::NotAnObject => "not_an_object",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::UsageNotAnObject => "usage_not_an_object",
            Self::Synthetic => "synthetic",
            Self::ZeroUsage => "zero_usage",
            Self::NoTimestamp => "no_timestamp",
            Self::BadTimestamp => "bad_timestamp",
            Self::ToolResultSummary => "tool_result_summary",
        }
    }

    /// Returns the reason's index in [`SkipReason::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// Returns whether a line skipped for this reason is a problem.
    #[must_use]
    pub fn is_issue(self) -> bool {
        match self {
            Self::NotAnObject
            | Self::Malformed
            | Self::TooLong
            | Self::UsageNotAnObject
            | Self::NoTimestamp
            | Self::BadTimestamp => true,
            Self::Blank | Self::NoUsage | Self::Synthetic | Self::ZeroUsage | Self::ToolResultSummary => {
                false
            }
        }
    }
}

/// Line counts, with the reasons of skipped lines.
///
/// `read` is always `copies` plus the sum of `skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LineCounts {
    /// All lines.
    pub read: u64,
    /// Lines that are a copy of a response.
    pub copies: u64,
    /// Lines of `copies` with a forgotten response. Only the database can determine it.
    pub forgotten: u64,
    /// Skipped lines, by [`SkipReason::index`].
    #[cfg_attr(feature = "serde", serde(with = "crate::stored::by_reason"))]
    pub skipped: [u64; SkipReason::ALL.len()],
    /// Lines of any kind with a flaw, in the order of [`IssueKind::FLAWS`].
    #[cfg_attr(feature = "serde", serde(with = "crate::stored::by_flaw"))]
    pub flawed: [u64; IssueKind::FLAWS.len()],
}

impl LineCounts {
    /// Counts a line that is a copy of a response.
    pub fn add_copy(&mut self) {
        self.read += 1;
        self.copies += 1;
    }

    /// Counts a skipped line.
    pub fn add_skipped(&mut self, reason: SkipReason) {
        self.read += 1;
        self.skipped[reason.index()] += 1;
    }

    /// Counts a flaw of a line. A line that is skipped for an issue is counted as skipped.
    pub fn add_flaw(&mut self, kind: IssueKind) {
        if let Some(index) = IssueKind::FLAWS.iter().position(|flaw| *flaw == kind) {
            self.flawed[index] += 1;
        }
    }

    /// Adds the counts of another stretch.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.copies += other.copies;
        self.forgotten += other.forgotten;
        for (lines, more) in self.skipped.iter_mut().zip(other.skipped) {
            *lines += more;
        }
        for (lines, more) in self.flawed.iter_mut().zip(other.flawed) {
            *lines += more;
        }
    }

    /// Returns how many lines were skipped for `reason`.
    #[must_use]
    pub fn skipped(&self, reason: SkipReason) -> u64 {
        self.skipped[reason.index()]
    }
}

/// The kind of a problem with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum IssueKind {
    /// The line could not be used.
    Skipped(SkipReason),
    /// A record was recovered from a line that is not valid JSON.
    Recovered,
    /// A count was negative, fractional, text or beyond 2^53, and was taken as 0; or `usage.iterations`
    /// has more than 20,000 items, and the top level was billed instead.
    BadCount,
    /// `usage.iterations` add up to less than the top level, which was billed instead.
    IterationsBelowTotal,
    /// The timestamp has no zone, and was taken as UTC.
    ZoneAssumed,
}

impl IssueKind {
    /// The issues of lines that may still be used.
    pub const FLAWS: [Self; 4] =
        [Self::Recovered, Self::BadCount, Self::IterationsBelowTotal, Self::ZoneAssumed];

    /// Returns the kind's name, as stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped(reason) => reason.name(),
            Self::Recovered => "recovered",
            Self::BadCount => "bad_count",
            Self::IterationsBelowTotal => "iterations_below_total",
            Self::ZoneAssumed => "zone_assumed",
        }
    }
}

/// A line with a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LineIssue {
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// The kind of problem.
    pub kind: IssueKind,
}

impl LineIssue {
    /// Issues of one transcript that are kept, the first ones; all are counted. Otherwise a file of
    /// broken lines would be copied into the database, line by line.
    pub const KEPT: usize = 100;
}

/// A typed prompt (never its text).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Prompt {
    /// `uuid` of the line, equal in all copies.
    pub uuid: String,
    /// Session of the line.
    pub session: String,
    /// Time of the line, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
}

/// The working directory of a session, from one of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionStart {
    /// The session.
    pub session: String,
    /// The working directory.
    pub folder: String,
    /// Time of the line, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// `true` for a line in the session's own transcript, `false` for one in that of a subagent.
    pub in_own_file: bool,
}

impl SessionStart {
    /// Returns the sort key whose minimum is the folder that the session was started in.
    #[must_use]
    pub fn rank(&self) -> (bool, EpochMs, &str) {
        (!self.in_own_file, self.at_ms, &self.folder)
    }
}

/// A subagent, from its own transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Agent {
    /// Id, from the file's name.
    pub id: String,
    /// Type, from the `.meta.json` next to the transcript.
    pub kind: Option<String>,
}

/// The facts of one stretch of a transcript, and the next checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The file.
    pub file: TranscriptPath,
    /// Start of the stretch.
    pub start: Start,
    /// End of the stretch.
    pub next: Checkpoint,
    /// `true` if the stretch reaches the end of the file's complete lines.
    pub at_end: bool,
    /// Copies of responses, in the order of the lines.
    pub copies: Vec<LoggedCopy>,
    /// Prompts.
    pub prompts: Vec<Prompt>,
    /// Failed tool calls.
    pub tool_errors: Vec<ToolError>,
    /// Web searches of tool calls.
    pub searches: Vec<CallSearches>,
    /// The categories of refusals, by the refused request.
    pub refusals: BTreeMap<String, String>,
    /// The subagent of the transcript.
    pub agent: Option<Agent>,
    /// Sessions that are forks according to their lines, each with the sessions that lines name as its original.
    pub forks: BTreeMap<String, BTreeSet<String>>,
    /// Working directory of each session, from its first line of the stretch that has one.
    pub starts: Vec<SessionStart>,
    /// The repositories of worktrees, by the worktree's folder.
    pub worktrees: BTreeMap<String, String>,
    /// Records of sessions besides responses and prompts.
    pub sessions: SessionFacts,
    /// The complete lines: copies of responses, and lines that were skipped.
    pub lines: LineCounts,
    /// The last line, if it has no line feed yet but is a whole record. Its facts are in
    /// the batch; it is read again, and this count then replaces the one before.
    pub tail: LineCounts,
    /// The first lines with problems, at most [`LineIssue::KEPT`]; `lines` and `tail`
    /// count all.
    pub issues: Vec<LineIssue>,
}

impl Batch {
    /// Returns how many facts there are, a measure of the memory that the batch uses.
    #[must_use]
    pub fn facts(&self) -> usize {
        let beside = self.prompts.len()
            + self.tool_errors.len()
            + self.searches.len()
            + self.refusals.len()
            + self.forks.values().map(|originals| 1 + originals.len()).sum::<usize>()
            + self.starts.len()
            + self.worktrees.len()
            + self.sessions.len()
            + self.issues.len();
        self.copies.iter().map(LoggedCopy::facts).sum::<usize>() + beside
    }
}
