//! Sessions.

use super::{AmongProject, CacheBasis, ComparedSession, Meta, Previous, Time, ToolUsage, Usage, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Sessions {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// A page of sessions.
    pub items: Vec<Session>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of sessions on all pages.
    pub total: usize,
    /// The sum over all pages.
    pub totals: Usage,
    /// The period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// A session's usage in the period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Its title, given with `/rename`; null without one, and where the setting `session_names` is off.
    pub session_title: Option<String>,
    /// Its project: the folder that it was started in, or the name that a rule gives.
    pub project: String,
    /// The git branch of its last response.
    pub branch: Option<String>,
    /// Time of its first event in the period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Time>,
    /// Time of its last event in the period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Time>,
    /// Seconds between them.
    pub duration_s: i64,
    /// Models, the ones with the most tokens first.
    pub models: Vec<String>,
    /// Subagents with responses in it.
    pub subagents: u64,
    /// Typed prompts.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub tool_errors: u64,
    /// `true` if it had a response in the last five minutes.
    pub active: bool,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its usage in the period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Usage>,
}

/// A session over all time, with its transcripts, tools and versions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionDetail {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// Its usage.
    #[serde(flatten)]
    pub session: Session,
    /// Its tools, the most called first.
    pub tools: Vec<ToolUsage>,
    /// Versions of Claude Code, in the order of their first use.
    pub versions: Vec<String>,
    /// Git branches, in the order of their first use.
    pub branches: Vec<String>,
    /// Working directories of its responses, in the order of their first use.
    pub folders: Vec<String>,
    /// Its transcripts.
    pub files: Vec<SessionFile>,
    /// The original session, if this one contains responses of another.
    pub forked_from: Option<ForkedFrom>,
    /// The session among those of its project.
    pub among_project: AmongProject,
    /// Cache misses, in the order of time.
    pub cache_breaks: Vec<CacheMiss>,
    /// Claude Code's own totals of the session compared with its responses; null without any.
    pub claude_code: Option<ComparedSession>,
}

/// A response whose prompt was not read from the cache though it had been there: one of the misses of `GET /cache`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CacheMiss {
    /// The response key.
    pub key: String,
    /// Time of the response.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Id of the subagent; null for the main conversation.
    pub agent: Option<String>,
    /// Tokens that the response before left in the cache; null without one.
    pub cached_tokens: Option<u64>,
    /// Tokens that were read from there.
    pub read_tokens: u64,
    /// Tokens that were billed again.
    pub resent_tokens: u64,
    /// Cost of these tokens, less the cost of reading them from the cache; null without a price.
    pub extra_cost_usd: Option<Usd>,
    /// Time since the response before, in milliseconds; null without one.
    pub pause_ms: Option<i64>,
    /// The cause: as Claude Code logs it, such as `tools_changed`; inferred ones are `model`, `expired`, `shortened` and
    /// `changed`.
    pub cause: String,
    /// Where the cause is from.
    pub basis: CacheBasis,
}

/// The session that another one is a copy of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForkedFrom {
    /// Its id.
    pub session: String,
    /// Time of the last response that both contain.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Responses of the copy that count for other sessions.
    pub responses: u64,
}

/// A transcript with lines of a session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionFile {
    /// The whole path.
    pub file: String,
    /// The label of its Claude home.
    pub source: String,
    /// `true` if the transcript still exists. The usage of a deleted one is kept.
    pub present: bool,
    /// Its size when it was last read.
    pub size_bytes: u64,
    /// Lines read from it.
    pub lines: u64,
    /// Responses of the session that count by a line in it.
    pub responses: u64,
}
