//! The body of `GET /health`.

use crate::links::ReadOnly;
use ctm_ingest::conditions::{Code, Condition, Severity, Status};
use ctm_ingest::ingest::{IngestState, IngestStatus};
use ctm_report::wire;
use serde::Serialize;
use utoipa::ToSchema;

/// The health of the server, in full.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `healthy`, `degraded` or `unhealthy`: the status of the most severe condition.
    pub status: &'static str,
    /// The version of `ctm`.
    pub version: &'static str,
    /// Seconds since the start.
    pub uptime: i64,
    /// Whether the home is generated for a demonstration.
    pub demo: bool,
    /// The read-only link of the visitor; null for others. For a visitor, paths and messages are empty.
    pub read_only: Option<ReadOnly>,
    /// The first home.
    pub claude_dir: ClaudeDir,
    /// All homes.
    pub claude_dirs: Vec<ClaudeDir>,
    /// Known places with homes that exist and are not read.
    pub unread_homes: Vec<UnreadHomes>,
    /// Change detection.
    pub watcher: Watcher,
    /// The database.
    pub database: Database,
    /// Progress of reading.
    pub ingest: Ingest,
    /// The price table.
    pub prices: Prices,
    /// Billed models that were ever used, in the order in which the database first stored them. Of more than seven, the
    /// seven that cost most are first.
    pub models: Vec<String>,
    /// Present conditions, the most severe first.
    pub conditions: Vec<HealthCondition>,
    /// The conditions in words, and each unreadable file and folder.
    pub problems: Vec<String>,
}

/// The topic `health`.
#[derive(Serialize)]
pub struct HealthUpdate {
    /// `healthy`, `degraded` or `unhealthy`.
    pub status: &'static str,
    /// Present conditions, the most severe first.
    pub conditions: Vec<HealthCondition>,
}

impl HealthUpdate {
    /// Returns the health that conditions make.
    #[must_use]
    pub fn of(conditions: Vec<Condition>) -> Self {
        Self {
            status: Status::of(&conditions).name(),
            conditions: conditions.into_iter().map(HealthCondition::from).collect(),
        }
    }
}

/// A present condition. It is removed when it is resolved.
#[derive(Serialize, ToSchema)]
pub struct HealthCondition {
    /// The code, for programs.
    pub code: Code,
    /// Severity of the condition.
    pub severity: Severity,
    /// Time at which it was detected.
    #[schema(value_type = String)]
    pub since: wire::Time,
    /// The problem, its place and the remedy.
    pub message: String,
}

/// A home.
#[derive(Clone, Serialize, ToSchema)]
pub struct ClaudeDir {
    /// The path.
    pub path: String,
    /// The label; the path without one. Homes of one place share a label.
    pub label: String,
    /// `true` if it exists.
    pub exists: bool,
    /// `true` if it can be listed.
    pub readable: bool,
}

/// A known place with homes that are not read.
#[derive(Serialize, ToSchema)]
pub struct UnreadHomes {
    /// `account` for a second account, `cowork` or `xcode`.
    pub kind: &'static str,
    /// The label of its homes.
    pub label: String,
    /// The path that stands for the place in `claude_dir`.
    pub path: String,
    /// Number of homes there.
    pub homes: usize,
}

/// Change detection.
#[derive(Serialize, ToSchema)]
pub struct Watcher {
    /// `notify` or `poll`.
    pub mode: &'static str,
    /// Time of the last event.
    #[schema(value_type = Option<String>)]
    pub last_event_at: Option<wire::Time>,
}

/// The database.
#[derive(Default, Serialize, ToSchema)]
pub struct Database {
    /// `true` if the database responds.
    pub ok: bool,
    /// The path of the file.
    pub path: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// Version of the schema.
    pub schema_version: i64,
    /// Whether any usage is stored.
    pub has_usage: bool,
    /// The problem, if any.
    pub error: Option<String>,
}

/// Progress of reading.
#[derive(Serialize, ToSchema)]
pub struct Ingest {
    /// `scanning` or `live`.
    pub state: &'static str,
    /// Transcripts to read, counted since the start.
    pub files_total: u64,
    /// Transcripts that were read and stored.
    pub files_done: u64,
    /// Bytes to read, counted since the start.
    pub bytes_total: u64,
    /// Bytes that were read and stored.
    pub bytes_done: u64,
}

/// The effective price table.
#[derive(Serialize, ToSchema)]
pub struct Prices {
    /// Its version.
    pub version: String,
    /// Days since it was checked.
    pub age_days: i64,
    /// Models without a price.
    pub unpriced_models: Vec<String>,
}

/// The public part of the health, for monitoring without a token.
// It has no other fields, otherwise the full health would match it as well.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BriefHealth {
    /// `healthy`, `degraded` or `unhealthy`.
    pub status: &'static str,
    /// The version of `ctm`.
    pub version: &'static str,
}

/// The health of the server: in full for authorized clients, in short for everyone.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum HealthAnswer {
    /// In full.
    Whole(Box<Health>),
    /// In short.
    Brief(BriefHealth),
}

impl From<Condition> for HealthCondition {
    fn from(condition: Condition) -> Self {
        Self {
            code: condition.code,
            severity: condition.code.severity(),
            since: wire::Time::of(condition.since_ms),
            message: condition.message,
        }
    }
}

impl From<IngestStatus> for Ingest {
    fn from(status: IngestStatus) -> Self {
        Self {
            state: match status.state {
                IngestState::Scanning => "scanning",
                IngestState::Live => "live",
            },
            files_total: status.files_total,
            files_done: status.files_done,
            bytes_total: status.bytes_total,
            bytes_done: status.bytes_done,
        }
    }
}
