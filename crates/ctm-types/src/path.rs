//! Where a transcript lies: the home, and the path below it.

use std::sync::Arc;

/// A transcript: the Claude home that it lies in, and its path below that.
///
/// Transcripts are ordered by their paths below the home, and only those with equal ones by the home: the same home can
/// lie anywhere, so that what the order decides is the same wherever it is mounted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TranscriptPath {
    /// The path below the home, with `/` as separator: `projects/<folder>/<session>.jsonl`.
    pub relative: Arc<str>,
    /// The identity of the Claude home on its machine: the canonical path under which it is known, which is not always the
    /// one where it lies.
    pub root: Arc<str>,
}

impl TranscriptPath {
    /// Returns the whole path, as it is shown.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{}/{}", self.root, self.relative)
    }
}
