//! What a machine reports of its responses to others, and what others report to it.

use crate::StorageError;
use ctm_types::{ClaimRank, EpochMs, EventId, MachineClaim, MachineId, Part, ResponseKey};

/// A response as its machine counts it, telemetry and the searches of its tool calls included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedResponse {
    /// Its first part.
    pub event: EventId,
    /// Its key.
    pub key: ResponseKey,
    /// Rank of its winning copy, with the output that telemetry adds: that is final.
    pub rank: ClaimRank,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its billed parts.
    pub parts: Vec<Part>,
    /// Id of its session; empty if that is unknown.
    pub session: String,
    /// Name of its project; empty if that is unknown.
    pub project: String,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// `true` for the conversation of a subagent, `false` for the main one.
    pub sidechain: bool,
}

/// Claims of a machine that are imported at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSection {
    /// The machine.
    pub machine: MachineId,
    /// What it is called.
    pub name: String,
    /// How much it discloses.
    pub level: String,
    /// When it exported the claims, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The claims.
    pub claims: Vec<MachineClaim>,
}

/// With what claims of other machines are compared.
#[derive(Debug, Clone)]
pub struct OwnMachine {
    /// This machine. Its own claims are left out.
    pub id: MachineId,
    /// The secret that keys the hashes of all machines.
    pub pepper: Vec<u8>,
    /// The present, in UTC epoch milliseconds.
    pub now: EpochMs,
}

/// What an import read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The other machines, by name.
    pub machines: Vec<ImportedMachine>,
    /// Claims of this machine, which were left out.
    pub own: u64,
}

/// What an import read of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedMachine {
    /// The machine.
    pub id: MachineId,
    /// What it is called.
    pub name: String,
    /// Claims that were read.
    pub claims: u64,
    /// Of the claims, those that were not known, or in an older revision.
    pub new: u64,
}

/// A machine whose usage is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMachine {
    /// The machine.
    pub id: MachineId,
    /// What it is called, different from every other machine.
    pub name: String,
    /// How much it discloses.
    pub level: String,
    /// When the newest file of it was written, in UTC epoch milliseconds.
    pub exported_at_ms: EpochMs,
    /// When that file was imported, in UTC epoch milliseconds.
    pub imported_at_ms: EpochMs,
    /// Responses that it claims.
    pub responses: u64,
    /// Of the responses, those that count as it claims them: the others count once all the same, elsewhere.
    pub counting: u64,
}

/// A machine that enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubMachine {
    /// The machine.
    pub id: MachineId,
    /// What it is called.
    pub name: String,
    /// How much it is to disclose.
    pub level: String,
    /// When it enrolled, in UTC epoch milliseconds.
    pub enrolled_at_ms: EpochMs,
    /// Whether its token was revoked.
    pub is_revoked: bool,
    /// Its journal, in hexadecimal digits; `None` before the first push.
    pub journal: Option<String>,
    /// The last stored entry of the journal.
    pub acked: u64,
    /// Time of the last push, in UTC epoch milliseconds.
    pub pushed_at_ms: Option<EpochMs>,
    /// Milliseconds by which its clock was behind at the last push.
    pub skew_ms: Option<i64>,
    /// Program and version of the last push.
    pub agent: Option<String>,
}

/// An import that changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// What was to be imported cannot be taken.
    #[error("{0}")]
    Refused(String),
    /// The usage of other machines was imported with another secret.
    #[error("usage of other machines was imported with another pepper")]
    Pepper,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
