//! The location of a transcript: its home, and the path below it.

use std::sync::Arc;

/// A transcript: its Claude home, and its path below that.
///
/// Transcripts are ordered by their paths below the home, and only equal paths by the home: the same home can
/// be mounted anywhere, so the result of the order does not depend on the mount point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TranscriptPath {
    /// The path below the home, with `/` as separator: `projects/<folder>/<session>.jsonl`.
    pub relative: Arc<str>,
    /// The identity of the Claude home on its machine: the canonical path under which facts know it. It can differ
    /// from its present location.
    pub home: Arc<str>,
}

impl TranscriptPath {
    /// Returns the whole path for display.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{}/{}", self.home, self.relative)
    }
}
