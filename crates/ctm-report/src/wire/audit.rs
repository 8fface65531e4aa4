//! Line accounting, and Claude Code's own figures beside ours.

use super::{Meta, Usage};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `GET /audit`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Audit {
    /// What `responses` and `stats_cache` cover; lines are those of all time.
    pub meta: Meta,
    /// How every line was classified, by Claude home.
    pub lines: Vec<AuditedLines>,
    /// Responses that `ctm db forget` removed; they stay excluded when they are read again.
    pub forgotten: AuditedForgotten,
    /// Lines with problems, by kind, over all homes.
    pub issues: BTreeMap<String, u64>,
    /// The first hundred of them.
    pub issue_lines: Vec<IssueLine>,
    /// The responses of the period.
    pub responses: AuditedResponses,
    /// Claude Code's own statistics beside ours, by home.
    pub stats_cache: Vec<AuditedStatsCache>,
    /// Transcripts that Claude Code is about to delete, by home.
    pub retention: Vec<Retention>,
}

/// The line accounting of a Claude home: `read` is the sum of `used`, `duplicate`, `unbilled`, `forgotten`
/// and all `skipped`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct AuditedLines {
    /// The label of the home.
    pub source: String,
    /// Transcripts that were read.
    pub files: u64,
    /// Deleted transcripts. Their usage is kept.
    pub files_gone: u64,
    /// Lines that were read, with those that count although their transcript was rewritten without them.
    pub read: u64,
    /// Lines that count: one for each response.
    pub used: u64,
    /// Lines that log a response which another line counts for.
    pub duplicate: u64,
    /// Lines that count for an attempt which is not billed, because the model refused before any output.
    pub unbilled: u64,
    /// Lines that log a response which was forgotten.
    pub forgotten: u64,
    /// Lines that log no response, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// Forgotten responses over all time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditedForgotten {
    /// Number of runs of `ctm db forget`.
    pub decisions: u64,
    /// Responses that were removed.
    pub responses: u64,
    /// Tokens of these responses.
    pub tokens: u64,
    /// Lines of the homes in `lines` that log such responses.
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
    /// Numbers of responses by the number of lines that log them.
    pub by_copies: Vec<CopiesCount>,
    /// Usage of subagents.
    pub sidechain: Usage,
    /// The part of all tokens that subagents used, 0 to 1; null without tokens.
    pub sidechain_share: Option<f64>,
    /// Responses of all time that count by a copy in a progress record, because the subagent's own
    /// transcript is not there or says less.
    pub embedded_used: u64,
    /// Other copies in progress records, of all time: duplicates.
    pub embedded_duplicates: u64,
    /// Models without a price and their tokens.
    pub unpriced: BTreeMap<String, u64>,
    /// Attempts that are not billed, because the model refused before any output.
    pub unbilled: AuditedUnbilled,
    /// All usage of the period.
    pub totals: Usage,
}

/// Attempts that are not billed, and are in no total.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditedUnbilled {
    /// Responses that are nothing else.
    pub responses: u64,
    /// Tokens that were logged all the same.
    pub tokens: u64,
    /// The tokens by category of the refusal, or `uncategorised`.
    pub by_category: BTreeMap<String, u64>,
    /// Categories of which it is not known whether they are billed.
    pub unknown_categories: Vec<String>,
}

/// The number of responses that are logged by a number of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CopiesCount {
    /// Lines.
    pub copies: u64,
    /// Responses.
    pub responses: u64,
}

/// Claude Code's own statistics of a home beside ours.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditedStatsCache {
    /// The label of the home.
    pub source: String,
    /// `version` of the file.
    pub version: Option<u64>,
    /// The last day, in UTC, that it has counted.
    pub last_computed_date: Option<String>,
    /// The kinds of tokens in its daily figures: `input_output` or `all`.
    pub unit: String,
    /// Days of it that no event of ours is on.
    pub days_only_there: u64,
    /// The figures by day, in UTC, and model.
    pub days: Vec<ComparedDay>,
    /// The figures of all time by model.
    pub models: Vec<ComparedModel>,
    /// Known reasons for the difference.
    pub reasons: Vec<DifferenceReason>,
}

/// A day and model in both counts, in the unit of the stats cache.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedDay {
    /// The day, in UTC.
    pub date: NaiveDate,
    /// The model, as logged.
    pub model: String,
    /// The kinds of tokens in its figure: `input_output` or `all`.
    pub unit: String,
    /// Tokens by Claude Code's own count; null when it has no such day and model.
    pub stats_cache: Option<u64>,
    /// Tokens by ours.
    pub events: u64,
    /// Theirs less ours; null when it has none.
    pub difference: Option<i64>,
}

/// A model over all time in both counts: all kinds of tokens.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedModel {
    /// The model, as logged.
    pub model: String,
    /// Tokens by Claude Code's own count; null when it does not have the model.
    pub stats_cache: Option<u64>,
    /// Tokens by ours.
    pub events: u64,
    /// Theirs less ours; null when it does not have the model.
    pub difference: Option<i64>,
}

/// Reason of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DifferenceReason {
    /// Which reason, for programs: `per_line`, `stale`, `input_output_only`, `days_dropped`,
    /// `deleted`, `implausible` or `unknown_version`.
    pub code: &'static str,
    /// The reason in plain words.
    pub text: String,
}

/// The transcripts of a home that Claude Code is about to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Retention {
    /// The label of the home.
    pub source: String,
    /// Days after which Claude Code deletes transcripts, by its settings or its default.
    pub cleanup_period_days: u64,
    /// Whether the number comes from its settings.
    pub is_set: bool,
    /// Transcripts that are due within three days.
    pub files_expiring_in_3_days: u64,
    /// Those of them that are read and stored to their end.
    pub fully_stored: u64,
}
