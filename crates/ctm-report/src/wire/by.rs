//! Usage by what responses were made for.

use super::{Meta, Usage};
use serde::Serialize;
use utoipa::ToSchema;

/// Usage by skill, subagent, tool, version and others. A response is in exactly one item: the items and the rest add up to
/// the totals.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ByStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// What the items are.
    pub by: &'static str,
    /// The named items, the most expensive first, and then those without a name.
    pub items: Vec<ByItem>,
    /// Number of further named items.
    pub rest_count: usize,
    /// The sum of the further items; null without any.
    pub rest: Option<SharedUsage>,
    /// The sum.
    pub totals: SharedUsage,
}

/// Usage, and the usage of subagents among it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SharedUsage {
    /// All usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// The usage of subagents among it.
    pub subagents: Usage,
}

/// An item with its usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ByItem {
    /// Its name; null for an item of another kind than `named`.
    pub key: Option<String>,
    /// The kind of item.
    pub kind: ByKind,
    /// Its usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// The usage of subagents among it.
    pub subagents: Usage,
    /// Responses whose attribution is unreliable: Claude Code before 2.1.222 attributed responses to an MCP server
    /// long after its last call.
    pub unreliable_responses: u64,
}

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByKind {
    /// With a name.
    Named,
    /// Responses that call several tools.
    Several,
    /// Main conversations, as opposed to subagents.
    Main,
    /// Responses without one.
    None,
}
