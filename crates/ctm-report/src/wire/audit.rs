//! Line accounting, and Claude Code's own figures for comparison.

use super::{AuditedSessions, Meta, Usage};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Transcripts with a pending line that are listed.
pub(crate) const MOST_PENDING: usize = 20;

/// Line accounting, and Claude Code's own statistics for comparison.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Audit {
    /// The period of `responses` and `stats_cache`; line counts cover all time.
    pub meta: Meta,
    /// The classification of all lines, by Claude home.
    pub lines: Vec<AuditedLines>,
    /// Responses removed with `ctm db forget`; they stay excluded when they are read again.
    pub forgotten: AuditedForgotten,
    /// Lines with problems, by kind, over all homes.
    pub issues: BTreeMap<String, u64>,
    /// The first hundred of these lines.
    pub issue_lines: Vec<IssueLine>,
    /// The responses of the period.
    pub responses: AuditedResponses,
    /// Claude Code's own statistics compared with the transcripts, by home.
    pub stats_cache: Vec<AuditedStatsCache>,
    /// Claude Code's own totals of sessions compared with their responses.
    pub sessions: AuditedSessions,
    /// Transcripts that Claude Code is about to delete, by home.
    pub retention: Vec<Retention>,
}

/// The line accounting of the Claude homes with a label: `read` is the sum of `used`, `duplicate`, `unbilled`, `forgotten`
/// and all `skipped`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct AuditedLines {
    /// The label of the home.
    pub source: String,
    /// Transcripts that were read.
    pub files: u64,
    /// Deleted transcripts. Their usage is kept.
    pub files_gone: u64,
    /// Lines that were read, and lines that still count although their transcript was rewritten without them.
    pub read: u64,
    /// Lines that count: one for each response.
    pub used: u64,
    /// Superseded copies: lines that log a response for which another line counts.
    pub duplicate: u64,
    /// Lines that count for an unbilled attempt, because the model refused before any output.
    pub unbilled: u64,
    /// Lines that log a forgotten response.
    pub forgotten: u64,
    /// Lines that log no response, by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl AuditedLines {
    /// Adds the lines of another home with the same label.
    pub(crate) fn add(&mut self, other: Self) {
        let Self { source: _, files, files_gone, read, used, duplicate, unbilled, forgotten, skipped } =
            other;
        let numbers = [
            (&mut self.files, files),
            (&mut self.files_gone, files_gone),
            (&mut self.read, read),
            (&mut self.used, used),
            (&mut self.duplicate, duplicate),
            (&mut self.unbilled, unbilled),
            (&mut self.forgotten, forgotten),
        ];
        numbers.into_iter().for_each(|(sum, more)| *sum = sum.saturating_add(more));
        for (reason, lines) in skipped {
            let of_reason = self.skipped.entry(reason).or_default();
            *of_reason = of_reason.saturating_add(lines);
        }
    }
}

/// Forgotten responses, of all time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditedForgotten {
    /// Number of runs of `ctm db forget`.
    pub decisions: u64,
    /// Responses that were removed.
    pub responses: u64,
    /// Tokens of these responses.
    pub tokens: u64,
    /// Lines in `lines` that log such responses.
    pub lines: u64,
}

/// A line with a problem.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct IssueLine {
    /// The transcript.
    pub file: String,
    /// Offset of the line's first byte.
    pub line_offset: u64,
    /// The kind of problem.
    pub kind: String,
}

/// The responses of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditedResponses {
    /// Number of responses by the number of lines that log them.
    pub by_copies: Vec<CopiesCount>,
    /// Usage of subagents.
    pub sidechain: Usage,
    /// Share of subagents in all tokens, 0 to 1; null without tokens.
    pub sidechain_share: Option<f64>,
    /// Responses of all time counted by a copy in a progress record, because the subagent's own
    /// transcript is missing or incomplete.
    pub embedded_used: u64,
    /// Further copies in progress records, of all time: duplicates.
    pub embedded_duplicates: u64,
    /// Models without a price, with their tokens.
    pub unpriced: BTreeMap<String, u64>,
    /// Unbilled attempts, because the model refused before any output.
    pub unbilled: AuditedUnbilled,
    /// Total usage of the period.
    pub totals: Usage,
}

/// Unbilled attempts, which no total includes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditedUnbilled {
    /// Responses that only consist of such attempts.
    pub responses: u64,
    /// Tokens that were logged nevertheless.
    pub tokens: u64,
    /// The tokens by category of the refusal, or `uncategorised`.
    pub by_category: BTreeMap<String, u64>,
    /// Categories with unknown billing.
    pub unknown_categories: Vec<String>,
}

/// The number of responses that are logged by a given number of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CopiesCount {
    /// Lines.
    pub copies: u64,
    /// Responses.
    pub responses: u64,
}

/// Claude Code's own statistics of a home, compared with the transcripts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditedStatsCache {
    /// The label of the home.
    pub source: String,
    /// `version` of the file.
    pub version: Option<u64>,
    /// The last day, in UTC, that it includes.
    pub last_computed_date: Option<String>,
    /// The kinds of tokens in its daily figures: `input_output` or `all`.
    pub unit: String,
    /// Number of its days that have no event in the transcripts.
    pub days_only_there: u64,
    /// The figures by day, in UTC, and model.
    pub days: Vec<ComparedDay>,
    /// The all-time figures by model.
    pub models: Vec<ComparedModel>,
    /// Known reasons for differences.
    pub reasons: Vec<DifferenceReason>,
}

/// A day and model in both counts, in the unit of the stats cache.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedDay {
    /// The day, in UTC.
    pub date: NaiveDate,
    /// The model, as logged.
    pub model: String,
    /// The kinds of tokens in the figures: `input_output` or `all`.
    pub unit: String,
    /// Tokens counted by Claude Code; null when it lacks the day and model.
    pub stats_cache: Option<u64>,
    /// Tokens counted from the transcripts.
    pub events: u64,
    /// `stats_cache` less `events`; null when the former is null.
    pub difference: Option<i64>,
}

/// A model over all time in both counts: all kinds of tokens.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedModel {
    /// The model, as logged.
    pub model: String,
    /// Tokens counted by Claude Code; null when it lacks the model.
    pub stats_cache: Option<u64>,
    /// Tokens counted from the transcripts.
    pub events: u64,
    /// `stats_cache` less `events`; null when the former is null.
    pub difference: Option<i64>,
}

/// Reason for a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DifferenceReason {
    /// The code of the reason: `per_line`, `stale`, `input_output_only`, `days_dropped`,
    /// `deleted`, `implausible` or `unknown_version`.
    pub code: &'static str,
    /// The reason in plain English.
    pub text: String,
}

/// The transcripts of the homes with a label that Claude Code is about to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Retention {
    /// The label of the home.
    pub source: String,
    /// Days after which Claude Code deletes transcripts, by its settings or its default; the fewest of the homes.
    pub cleanup_period_days: u64,
    /// `true` if the number of days is configured in the settings of the home.
    pub is_set: bool,
    /// `true` if it is configured in managed settings, which precede those of the home and apply to the sessions of the
    /// desktop app too.
    pub is_managed: bool,
    /// Days after which Claude Code deletes transcripts of the desktop app's sessions, by its settings; null when it keeps
    /// them, which is the default.
    pub desktop_period_days: Option<u64>,
    /// Transcripts due for deletion within three days.
    pub files_expiring_in_3_days: u64,
    /// Due transcripts that are stored to their end.
    pub fully_stored: u64,
    /// Due transcripts that are stored to a pending line: their last line has no line feed and is no whole record.
    /// Nothing else of them is missing.
    pub pending_lines: u64,
    /// The paths of transcripts with a pending line below the home, at most 20.
    pub pending_files: Vec<String>,
    /// Transcripts of the desktop app's sessions that are as old as due ones, and that Claude Code keeps.
    pub kept_desktop_files: u64,
}

impl Retention {
    /// Adds the transcripts of another home with the same label.
    pub(crate) fn add(&mut self, other: Self) {
        if other.cleanup_period_days < self.cleanup_period_days {
            self.cleanup_period_days = other.cleanup_period_days;
            (self.is_set, self.is_managed) = (other.is_set, other.is_managed);
        }
        self.desktop_period_days =
            self.desktop_period_days.into_iter().chain(other.desktop_period_days).min();
        self.files_expiring_in_3_days += other.files_expiring_in_3_days;
        self.fully_stored += other.fully_stored;
        self.pending_lines += other.pending_lines;
        self.kept_desktop_files += other.kept_desktop_files;
        let more = MOST_PENDING.saturating_sub(self.pending_files.len());
        self.pending_files.extend(other.pending_files.into_iter().take(more));
    }

    /// Returns how many due transcripts are read only in part.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.files_expiring_in_3_days.saturating_sub(self.fully_stored + self.pending_lines)
    }
}
