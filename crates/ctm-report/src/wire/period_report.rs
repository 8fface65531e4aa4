//! What a written report of a period contains.

use super::{CacheMisses, CauseOfChange, Certainty, Meta, PreviousPeriod, Statement, Time, Usage, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// What a written report of a period contains. The items of each list and its rest add up to the totals.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PeriodReport {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// Whether projects have names.
    pub names: ReportNames,
    /// The whole period.
    pub totals: Usage,
    /// The period of comparison; null if nothing is known of it.
    pub comparison: Option<ReportComparison>,
    /// Length of the steps: `day`, `week` or `month`, so that a report has a legible number of them.
    pub step: &'static str,
    /// Usage over time.
    pub steps: Vec<ReportStep>,
    /// Projects, the most expensive first.
    pub projects: ReportItems,
    /// Models, the most expensive first.
    pub models: ReportItems,
    /// Sessions, the most expensive first.
    pub sessions: Vec<ReportSession>,
    /// Number of further sessions.
    pub further_sessions: usize,
    /// Misses of the prompt cache; null of a team, whose machines do not disclose them.
    pub cache_misses: Option<CacheMisses>,
    /// Official limits that were reached, by window; null for a report of a part of the usage of homes.
    pub limits_reached: Option<Vec<ReportLimit>>,
    /// Days whose transcripts are not known: before the first day with usage, or known to Claude Code's own
    /// statistics alone.
    pub days_unknown: u64,
}

/// Whether a report has names: `shown`; or `numbered`: projects are called by letters, and there are no ids and titles of
/// sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportNames {
    /// Projects have their names.
    #[default]
    Shown,
    /// Projects are called A, B and so on, in the order in which they were first stored.
    Numbered,
}

/// The change from the period of comparison.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportComparison {
    /// The period of comparison.
    #[serde(flatten)]
    pub period: PreviousPeriod,
    /// Its usage.
    pub totals: Usage,
    /// Whether the difference supports a statement.
    pub statement: Statement,
    /// Difference of the known cost.
    pub difference_usd: Usd,
    /// The causes, which add up to the difference.
    pub causes: Vec<CauseOfChange>,
}

/// Usage of a day, week or month.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportStep {
    /// First day.
    pub from: NaiveDate,
    /// Usage.
    #[serde(flatten)]
    pub amount: ReportAmount,
}

/// Items of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportItems {
    /// The most expensive ones.
    pub items: Vec<ReportItem>,
    /// Number of further items.
    pub rest_count: usize,
    /// Their sum; null without any.
    pub rest: Option<ReportAmount>,
}

/// An item with its usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportItem {
    /// Its name; of a project without names a letter.
    pub name: String,
    /// Usage.
    #[serde(flatten)]
    pub amount: ReportAmount,
    /// Cost in the period of comparison; null without one, and when nothing could be priced.
    pub previous_usd: Option<Usd>,
}

/// A session with its usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportSession {
    /// Its id; null in a report without names.
    pub id: Option<String>,
    /// Its title; null without one, and in a report without names.
    pub title: Option<String>,
    /// The name of its project; in a report without names a letter.
    pub project: String,
    /// Time of its first response in the period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Time>,
    /// Seconds to its last response in the period.
    pub duration_s: i64,
    /// Usage.
    #[serde(flatten)]
    pub amount: ReportAmount,
}

/// Main usage figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ReportAmount {
    /// Cost at API list prices; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// How much of the usage the cost covers.
    pub certainty: Certainty,
    /// Tokens of all kinds.
    pub total_tokens: u64,
    /// Responses.
    pub responses: u64,
}

impl From<&Usage> for ReportAmount {
    fn from(usage: &Usage) -> Self {
        let &Usage { cost_usd, certainty, total_tokens, responses, .. } = usage;
        Self { cost_usd, certainty, total_tokens, responses }
    }
}

/// An official limit that was reached.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportLimit {
    /// `five_hour`, `seven_day`, or the window of a model or spending limit.
    pub window: &'static str,
    /// In how many windows it was reached.
    pub count: usize,
}
