//! What a receipt contains.

use super::{Meta, ReportNames, ReportSession, Time, Usage};
use serde::Serialize;

/// What a piece of work cost. Each response counts once; the models and the sessions each add up to the totals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkReceipt {
    /// The filter and the freshness.
    pub meta: Meta,
    /// The piece of work.
    pub work: ReceiptWork,
    /// Whether projects have names.
    pub names: ReportNames,
    /// Time of the first response; null without any.
    pub started_at: Option<Time>,
    /// Time of the last response; null without any.
    pub ended_at: Option<Time>,
    /// All of it.
    pub totals: Usage,
    /// Models, the most expensive first.
    pub models: Vec<ReceiptModel>,
    /// Sessions, the most expensive first.
    pub sessions: Vec<ReportSession>,
    /// Names of the projects, the most expensive first; letters without names.
    pub projects: Vec<String>,
    /// Further pull requests that the same sessions are linked to. Each response counts for one pull request alone.
    pub pull_requests: Vec<ReceiptPullRequest>,
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceiptWork {
    /// `session`, `branch` or `pull_request`.
    pub kind: &'static str,
    /// Its name; without names only the number of a pull request.
    pub name: Option<String>,
    /// Address of the pull request; null without one, and without names.
    pub url: Option<String>,
    /// Title of the session; null without one, and without names.
    pub title: Option<String>,
}

/// A model with its usage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceiptModel {
    /// The model, as logged.
    pub model: String,
    /// Display name.
    pub label: String,
    /// Usage.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceiptPullRequest {
    /// Repository and number, such as `owner/name#12`; without names `#12`.
    pub name: String,
    /// Its address; null without one, and without names.
    pub url: Option<String>,
}
