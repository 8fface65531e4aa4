//! The stored form of checkpoints and batches, with the feature `serde`.
//!
//! # Design
//!
//! A checkpoint or batch that is stored by one version of a program is read by the next. So both have the field
//! `version`: a form of another version is refused, whatever its other fields are, and never interpreted. Fields that
//! a later form only adds are ignored. The structs here repeat the fields of the public ones, so that a change of a
//! public struct that would change the form does not compile; the form has no wrapper that a caller could forget.
//!
//! Counts by reason are stored by the reasons' names, and amounts as decimal text: neither depends on an order
//! in the source, nor on the largest number of a format. Facts that share a value have a copy each once they are read.

use crate::session::SessionName;
use crate::transcript::{Agent, FileIdentity, IssueKind, LineIssue, Prompt, SessionStart, SkipReason, Start};
use crate::{
    Batch, CallSearches, Checkpoint, LineCounts, LoggedCopy, NameKind, PicoUsd, SessionFacts, ToolError,
    TranscriptPath,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::collections::{BTreeMap, BTreeSet};

/// The fields of a [`Checkpoint`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Checkpoint", tag = "version", rename = "1")]
struct CheckpointForm {
    identity: FileIdentity,
    size_bytes: u64,
    modified_ns: i64,
    offset_bytes: u64,
    head_hash: u64,
    tail_hash: u64,
    cwd: Option<String>,
}

/// The fields of a [`Batch`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Batch", tag = "version", rename = "1")]
struct BatchForm {
    file: TranscriptPath,
    start: Start,
    next: Checkpoint,
    at_end: bool,
    copies: Vec<LoggedCopy>,
    prompts: Vec<Prompt>,
    tool_errors: Vec<ToolError>,
    searches: Vec<CallSearches>,
    refusals: BTreeMap<String, String>,
    agent: Option<Agent>,
    forks: BTreeMap<String, BTreeSet<String>>,
    starts: Vec<SessionStart>,
    worktrees: BTreeMap<String, String>,
    sessions: SessionFacts,
    lines: LineCounts,
    tail: LineCounts,
    issues: Vec<LineIssue>,
}

/// A stored checkpoint, by its version.
#[derive(Deserialize)]
#[serde(tag = "version")]
enum StoredCheckpoint {
    #[serde(rename = "1")]
    One(#[serde(with = "CheckpointForm")] Checkpoint),
    #[serde(other)]
    Another,
}

/// A stored batch, by its version.
#[derive(Deserialize)]
#[serde(tag = "version")]
#[expect(clippy::large_enum_variant, reason = "it is a batch, and lives for a moment")]
enum StoredBatch {
    #[serde(rename = "1")]
    One(#[serde(with = "BatchForm")] Batch),
    #[serde(other)]
    Another,
}

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CheckpointForm::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match StoredCheckpoint::deserialize(deserializer)? {
            StoredCheckpoint::One(checkpoint) => Ok(checkpoint),
            StoredCheckpoint::Another => {
                Err(D::Error::custom("checkpoint of an unknown version: read the file from its beginning"))
            }
        }
    }
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BatchForm::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match StoredBatch::deserialize(deserializer)? {
            StoredBatch::One(batch) => Ok(batch),
            StoredBatch::Another => {
                Err(D::Error::custom("batch of an unknown version: read the file from its beginning"))
            }
        }
    }
}

/// The exact decimal amount of US dollars as text, as it is displayed.
impl Serialize for PicoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PicoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Counts by [`SkipReason::index`].
pub(crate) mod by_reason {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        counts: &[u64; SkipReason::ALL.len()],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(present(SkipReason::ALL, counts))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u64; SkipReason::ALL.len()], D::Error> {
        let counts = BTreeMap::<SkipReason, u64>::deserialize(deserializer)?;
        Ok(SkipReason::ALL.map(|reason| counts.get(&reason).copied().unwrap_or(0)))
    }
}

/// Counts in the order of [`IssueKind::FLAWS`].
pub(crate) mod by_flaw {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        counts: &[u64; IssueKind::FLAWS.len()],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(present(IssueKind::FLAWS, counts))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u64; IssueKind::FLAWS.len()], D::Error> {
        let counts = BTreeMap::<IssueKind, u64>::deserialize(deserializer)?;
        Ok(IssueKind::FLAWS.map(|flaw| counts.get(&flaw).copied().unwrap_or(0)))
    }
}

/// Returns the kinds that were counted.
fn present<K, const N: usize>(kinds: [K; N], counts: &[u64; N]) -> impl Iterator<Item = (K, u64)> {
    kinds.into_iter().zip(*counts).filter(|(_, count)| *count > 0)
}

/// Names by session and kind: a list of pairs, because many formats have texts alone as keys.
pub(crate) mod pairs {
    use super::*;

    type Names = BTreeMap<(String, NameKind), SessionName>;

    pub(crate) fn serialize<S: Serializer>(names: &Names, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(names)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Names, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
