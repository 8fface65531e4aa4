//! The folders of each project.

use super::{Certainty, Meta, Time, Usd};
use ctm_aggregate::Usage;
use serde::Serialize;
use utoipa::ToSchema;

/// Projects with their folders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectFolders {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// A page of projects.
    pub items: Vec<FoldersOfProject>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of projects on all pages.
    pub total: usize,
}

/// A project with its folders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FoldersOfProject {
    /// Its name in reports.
    pub project: String,
    /// The last component of the name; invisible characters are escaped as `\u{200b}`.
    pub label: String,
    /// The usage.
    #[serde(flatten)]
    pub usage: FolderUsage,
    /// The folders that its sessions were started in, sorted by name.
    pub folders: Vec<StartFolder>,
}

/// A folder that sessions were started in, and why it belongs to its project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StartFolder {
    /// The folder.
    pub folder: String,
    /// Reason of the assignment.
    pub why: Why,
    /// The repository that the folder is counted to, if it is a worktree.
    pub repository: Option<String>,
    /// The folder of the rule that names the project, if any: this folder, its repository, or one above.
    pub rule: Option<String>,
    /// Usage of the sessions that were started in it.
    #[serde(flatten)]
    pub usage: FolderUsage,
}

/// What a change of rules would change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectPreview {
    /// The freshness; the period is all time.
    pub meta: Meta,
    /// The projects whose folders would change, sorted by name.
    pub items: Vec<ProjectBeforeAndAfter>,
    /// The folders that would belong to another project, sorted by name.
    pub moves: Vec<FolderMove>,
}

/// The usage of a project before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectBeforeAndAfter {
    /// Its name in reports.
    pub project: String,
    /// The last component of the name; invisible characters are escaped as `\u{200b}`.
    pub label: String,
    /// The usage before; null if the project does not exist before.
    pub before: Option<FolderUsage>,
    /// The usage after; null if the project does not exist after.
    pub after: Option<FolderUsage>,
}

/// A folder that would belong to another project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FolderMove {
    /// The folder.
    pub folder: String,
    /// Its project before.
    pub from: String,
    /// Its project after.
    pub to: String,
    /// Usage of the sessions that were started in it.
    #[serde(flatten)]
    pub usage: FolderUsage,
}

/// Reason why a folder belongs to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is the project itself.
    Itself,
    /// It is a worktree of the project's repository.
    Worktree,
    /// A rule of the config file assigns it.
    Rule,
}

/// The main usage figures of a folder or a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FolderUsage {
    /// Responses, each counted once.
    pub responses: u64,
    /// Sessions.
    pub sessions: u64,
    /// Tokens of all kinds.
    pub total_tokens: u64,
    /// Their cost at API list prices; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// How much of the usage the cost covers.
    pub certainty: Certainty,
    /// Tokens that are not included in the cost.
    pub unpriced_tokens: u64,
    /// Time of the first response.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_at: Option<Time>,
    /// Time of the last response.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
}

impl From<&Usage> for FolderUsage {
    fn from(usage: &Usage) -> Self {
        let amounts = &usage.amounts;
        Self {
            responses: amounts.responses,
            sessions: usage.session_count(),
            total_tokens: amounts.tokens.total(),
            cost_usd: amounts.cost_usd().map(Usd),
            certainty: Certainty::of(amounts),
            unpriced_tokens: amounts.unpriced_tokens,
            first_at: amounts.span.map(|span| super::Time::of(span.first_ms)),
            last_at: amounts.span.map(|span| super::Time::of(span.last_ms)),
        }
    }
}
