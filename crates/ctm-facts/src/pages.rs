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

/// What a response is attributed to, was logged with, or calls.
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
    /// A pull request.
    PullRequest,
    /// How many tools it calls, as named by [`CalledTools`].
    CalledTools,
    /// The model of the first part.
    Model,
}

impl Attribute {
    /// Returns the name.
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
            Self::PullRequest => "pr",
            Self::CalledTools => "calls",
            Self::Model => "model",
        }
    }
}

/// How many tools a response calls, whatever the number of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledTools {
    /// None.
    None,
    /// One tool.
    One,
    /// Several tools.
    Several,
}

impl CalledTools {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::Several => "several",
        }
    }
}

/// Branches that responses are on, or are not on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branches {
    /// One of these.
    Among(Vec<String>),
    /// None of these, or no branch.
    Outside(Vec<String>),
}

/// A filter of responses that sums of usage do not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFilter {
    /// Only responses with a call of this tool.
    pub tool: Option<String>,
    /// Only responses with a failed call; with a failed call of the tool, if there is one.
    pub failed: bool,
    /// Only responses with these values of attributes; with `None`, without a value.
    pub attributes: Vec<(Attribute, Option<String>)>,
    /// Only responses on these branches.
    pub branches: Option<Branches>,
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
