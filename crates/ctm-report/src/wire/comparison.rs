//! Versions of Claude Code, or models, compared.

use super::{Meta, Usage, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// Versions of Claude Code, or models, with what each did per prompt and per response. Every response is in exactly one item:
/// without `same_projects`, they add up to the totals of the reports. Nothing in it names a project, a folder or a session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparisonStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// What the items are: `version` or `model`.
    pub by: &'static str,
    /// Whether only projects are included in which every item was used.
    pub same_projects: bool,
    /// Number of projects that are included.
    pub projects: u64,
    /// Number of responses of an item below which its rates support no statement.
    pub minimum_responses: u64,
    /// The items: versions from the newest on, models from the most expensive on.
    pub items: Vec<ComparedItem>,
}

/// A version or a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedItem {
    /// Its name; null for responses whose version is unknown.
    pub key: Option<String>,
    /// Its usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// Prompts whose first response is one of it.
    pub prompts: u64,
    /// Tokens per prompt; null without prompts.
    pub tokens_per_prompt: Option<f64>,
    /// Cost per prompt; null without prompts, and when nothing could be priced.
    pub cost_per_prompt_usd: Option<Usd>,
    /// Output tokens per response; null without responses.
    pub output_tokens_per_response: Option<f64>,
    /// Responses whose thinking tokens are logged.
    pub thinking_responses: u64,
    /// Their thinking tokens as a share of their output, 0 to 1; null without any.
    pub thinking_share: Option<f64>,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub tool_errors: u64,
    /// Failed tool calls as a share of all, 0 to 1; null without tool calls.
    pub error_rate: Option<f64>,
}
