//! Figures that other programs kept.

use super::{Time, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A day, week, month or span of sessions as another program counted it, beside what is known here. It is in no sum.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImportedUsage {
    /// The program: `ccusage`, `claude-monitor`, `toktrack`, `token-dashboard` or `agentsview`.
    pub program: &'static str,
    /// What the days are: `day`, `week`, `month`, or `sessions`: all sessions that began and ended on the same days.
    pub grain: &'static str,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone of the days; null where the program does not state it.
    pub zone: Option<String>,
    /// `true` if agents other than Claude Code are included.
    pub other_agents: bool,
    /// Input tokens outside of the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Cache reads.
    pub cache_read_tokens: u64,
    /// Cache writes.
    pub cache_write_tokens: u64,
    /// All tokens.
    pub total_tokens: u64,
    /// The cost at the prices of the program; null if it has none. Models without a price are missing in it.
    pub cost_usd: Option<Usd>,
    /// Tokens by model; the empty name is that of unknown models.
    pub models: BTreeMap<String, u64>,
    /// What the transcripts have on these days, in the same zone, or in that of the report if the zone is unknown; null if
    /// they have nothing, and for sessions.
    pub known: Option<KnownBeside>,
}

/// Usage of transcripts beside that of another program.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KnownBeside {
    /// All tokens.
    pub total_tokens: u64,
    /// The cost; null if nothing has a price.
    pub cost_usd: Option<Usd>,
    /// The tokens of the program less these.
    pub difference_tokens: i64,
    /// The cost of the program less this one; null where one of them is unknown.
    pub difference_usd: Option<Usd>,
}

/// A file of another program that was imported.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImportedFile {
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// Its name, without the folder.
    pub name: String,
    /// The program that wrote it.
    pub program: &'static str,
    /// Version of its format; null where it states none.
    pub format: Option<String>,
    /// The zone of its days; null where it states none.
    pub zone: Option<String>,
    /// `true` if agents other than Claude Code are included.
    pub other_agents: bool,
    /// When it was imported.
    #[schema(value_type = String, format = DateTime)]
    pub imported_at: Time,
    /// Number of its days, weeks, months or spans of sessions that no later file of the program replaced.
    pub periods: usize,
    /// Tokens in them.
    pub total_tokens: u64,
}

/// The imported files, and what they have.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Imports {
    /// The files, in the order of their import.
    pub files: Vec<ImportedFile>,
    /// Their figures by first day.
    pub items: Vec<ImportedUsage>,
}
