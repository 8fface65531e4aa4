//! Lists that are gone through page by page.

use crate::StoredResponse;
use ctm_types::{EpochMs, EventId, Slot, UsageSnapshot};

/// The order of a list by time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimeOrder {
    /// The oldest first.
    #[default]
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

/// Cursor in a list of responses: the last one of the previous page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCursor {
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its key.
    pub key: String,
}

impl ResponseCursor {
    /// Returns the cursor of what comes after a response.
    #[must_use]
    pub fn of(last: &StoredResponse) -> Self {
        Self { at_ms: last.at_ms, key: last.key.clone() }
    }
}

/// Page of the responses that match a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponsePage {
    /// The response that the page comes after.
    pub after: Option<ResponseCursor>,
    /// Responses at most.
    pub limit: usize,
    /// Order.
    pub order: TimeOrder,
    /// The further filter.
    pub only: ResponseFilter,
}

/// What a response is attributed to, or was logged with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// A skill.
    Skill,
    /// A plugin.
    Plugin,
    /// The type of a subagent.
    Agent,
    /// An MCP server.
    Mcp,
    /// The requested effort.
    Effort,
    /// An entrypoint.
    Entrypoint,
    /// A version of Claude Code.
    Version,
    /// A git branch.
    Branch,
}

impl Attribute {
    /// Returns the name, which is that in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Plugin => "plugin",
            Self::Agent => "agent",
            Self::Mcp => "mcp",
            Self::Effort => "effort",
            Self::Entrypoint => "entrypoint",
            Self::Version => "version",
            Self::Branch => "branch",
        }
    }
}

/// A filter of responses that sums of usage do not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFilter {
    /// Only responses with a call of this tool.
    pub tool: Option<String>,
    /// Only responses with a failed call; with a failed call of the tool, if there is one.
    pub failed: bool,
    /// Only responses with these values of attributes.
    pub attributes: Vec<(Attribute, String)>,
    /// Only responses in these slots.
    pub slots: Option<Vec<Slot>>,
    /// Only these responses, by the numbers of their first parts.
    pub events: Option<Vec<EventId>>,
}

impl ResponseFilter {
    /// Returns whether every response passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Page of snapshots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotPage {
    /// The number of the snapshot that the page comes after.
    pub after: Option<i64>,
    /// Snapshots at most.
    pub limit: usize,
    /// Order.
    pub order: TimeOrder,
}

/// A snapshot with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Its number.
    pub id: i64,
    /// The totals.
    pub snapshot: UsageSnapshot,
}

/// Snapshots of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshots {
    /// Items of the page.
    pub page: Vec<StoredSnapshot>,
    /// Number of items in the requested time.
    pub total: u64,
}
