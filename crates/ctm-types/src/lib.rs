//! The vocabulary that every part of Claude Token Monitor shares.
//!
//! Read the modules in this order:
//!
//! - [`tokens`]: the five kinds of tokens of a billed part;
//! - [`money`]: exact US dollars, in pico-dollars;
//! - [`path`]: the location of a transcript;
//! - [`response`]: one model response, its logged copies, and **the counting rule** that
//!   makes one out of many;
//! - [`responses`]: a collection that folds copies by that rule;
//! - [`details`]: the fields of a response besides usage, time and place;
//! - [`telemetry`]: what Claude Code's telemetry reports of a request, and **the rule of two witnesses**;
//! - [`machine`]: what several machines claim of a response, and **the rule of which claim counts**;
//! - [`forks`]: the owner of a response that several sessions have;
//! - [`project`]: the project of a session;
//! - [`session`]: records of sessions besides responses;
//! - [`transcript`]: what reading a stretch of a transcript yields, with the next checkpoint;
//! - [`stats_cache`]: Claude Code's own statistics file, the labelled second source;
//! - [`snapshot`]: the totals of all usage at a moment;
//! - [`ids`]: numbers of rows, slots and days;
//! - [`budget`]: how much may be used within a period;
//! - [`cache`]: tokens by duration of the prompt cache;
//! - [`concurrency`]: how many sessions are active at once;
//! - [`printable`]: escaping of untrusted texts;
//! - [`usage`]: sums of stored facts, the one shape from which every report is folded.
//!
//! Texts of facts contain no NUL character and are of bounded length; the reader ensures that.
//!
//! With the feature `serde`, a checkpoint and a batch can be stored, in a form with a version.
//!
//! **Invariant:** this crate has no access to files, SQL, HTTP or a clock, and depends on nothing: on serde only with
//! its feature, which no part of Claude Token Monitor enables.

pub mod budget;
pub mod cache;
pub mod concurrency;
pub mod details;
pub mod forks;
pub mod ids;
pub mod limits;
pub mod machine;
pub mod money;
mod ownership;
pub mod path;
pub mod printable;
pub mod project;
pub mod prompt_cache;
pub mod response;
pub mod responses;
pub mod session;
pub mod snapshot;
pub mod stats_cache;
#[cfg(feature = "serde")]
mod stored;
pub mod telemetry;
pub mod tokens;
pub mod transcript;
pub mod usage;
pub mod workload;

pub use budget::{Budget, BudgetFault, BudgetLevel, BudgetLimit, BudgetPeriod, BudgetScope};
pub use cache::{CacheDuration, CacheTokens};
pub use concurrency::{ACTIVE_MS, AtOnce, Concurrency};
pub use details::{Circumstance, Details, NamedRequest};
pub use ids::{
    AgentId, BillingId, CircumstanceId, ConversationId, DaySpan, EpochMs, EventId, FileId, FolderId, HomeId,
    ProjectId, RequestKey, SessionId, Slot, TermId, UtcDay,
};
pub use limits::{LimitSample, LimitWindow};
pub use machine::{
    ClaimOrder, ClaimRank, DisclosedConversation, KeyDigest, MachineClaim, MachineId, RankedLine,
    ResponseClaims,
};
pub use money::PicoUsd;
pub use path::TranscriptPath;
pub use project::{Membership, Projects};
pub use prompt_cache::{CacheSample, PromptCache};
pub use response::{
    Attribution, Billing, CallSearches, Claim, Consumption, Conversation, CopyEffect, Locus, LoggedCopy,
    LoggedLine, Part, RankRule, Response, ResponseKey, ToolCall, ToolError,
};
pub use responses::{OwnedResponse, Responses};
pub use session::{
    CostState, HookOutcome, ModelCost, NameKind, Recorded, SessionFacts, SessionName, SessionRecord,
};
pub use snapshot::UsageSnapshot;
pub use stats_cache::{
    StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens, StoredStatsCache, TokenUnit,
};
pub use telemetry::{Conflict, Logged, Reconciled, ReportedTokens, RequestReport, Witness, reconcile};
pub use tokens::TokenCounts;
pub use transcript::{
    Agent, Batch, Checkpoint, FileIdentity, IssueKind, LineCounts, LineIssue, Prompt, SessionStart,
    SkipReason, Start,
};
pub use usage::{
    Catalog, SessionDetails, ToolUsage, UsageEvent, UsageKey, UsageRow, VersionUse, context_band,
};
pub use workload::Workload;

/// Compiles the examples in the README.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
struct Readme;
