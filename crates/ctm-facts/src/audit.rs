//! The accounts of everything that was read.

use std::collections::BTreeMap;

/// The accounts of the lines of a Claude home: `read` is `copies` and all `skipped`.
///
/// The totals include lines that a rewritten transcript no longer contains, as long as facts depend on them:
/// the response of such a line stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// The home: its canonical path.
    pub home: String,
    /// Transcripts that were read.
    pub files: u64,
    /// Transcripts of `files` that are no longer there.
    pub files_gone: u64,
    /// Lines that were read.
    pub read: u64,
    /// Lines of them that are copies of responses.
    pub copies: u64,
    /// Lines of `copies` that do not count, because another copy does.
    pub superseded: u64,
    /// Lines of `copies` with a forgotten response.
    pub forgotten: u64,
    /// The others, by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl LineTotals {
    /// Adds the lines that transcripts no longer contain: `responses` depend on lines of the home.
    #[must_use]
    pub fn with_lines_no_longer_there(mut self, responses: u64) -> Self {
        // Each of these has a line of its own.
        let lines = responses + self.superseded + self.forgotten;
        let no_longer_there = lines.saturating_sub(self.copies);
        self.read += no_longer_there;
        self.copies += no_longer_there;
        self
    }
}

/// A line with a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueAt {
    /// The transcript: its whole path.
    pub path: String,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// Kind of the issue, by the name of its [`ctm_types::IssueKind`].
    pub kind: String,
}

/// Lines with problems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineIssues {
    /// Number of issues by kind.
    pub counts: BTreeMap<String, u64>,
    /// The first ones.
    pub first: Vec<IssueAt>,
}

/// Copies of responses that progress records embed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EmbeddedCopies {
    /// Responses that count by one.
    pub winners: u64,
    /// Others.
    pub superseded: u64,
}

/// The times before which the clean-up of Claude Code deletes what was last changed, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanUp {
    /// For transcripts.
    pub before_ns: i64,
    /// For those of the desktop app's sessions; `None` if these are kept.
    pub desktop_before_ns: Option<i64>,
    /// `true` if all sessions of the home are the desktop app's, whatever their lines are.
    pub is_of_desktop: bool,
}

/// Existing transcripts of a home that the clean-up deletes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OldFiles {
    /// Number of existing transcripts.
    pub there: u64,
    /// Number of those that are stored to their end.
    pub stored: u64,
    /// Number of those that are stored to a pending line, which has no line feed yet.
    pub pending: u64,
    /// The paths below the home of the first of these.
    pub pending_paths: Vec<String>,
    /// Transcripts of the desktop app's sessions that are as old and are kept.
    pub kept: u64,
}
