//! Sealed months and their corrections, as they are stored. Their content is opaque here.

use ctm_types::EpochMs;

/// A stored seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSeal {
    /// The month: `YYYY-MM`.
    pub month: String,
    /// What it states, as JSON.
    pub statement: String,
    /// The digest of that text.
    pub digest: String,
    /// The signature of the digest, as JSON.
    pub signature: Option<String>,
}

/// A stored change of a day of a sealed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCorrection {
    /// The month: `YYYY-MM`.
    pub month: String,
    /// The day: `YYYY-MM-DD`.
    pub day: String,
    /// When it was noticed, in UTC epoch milliseconds.
    pub noticed_at_ms: EpochMs,
    /// The day before, as JSON; `None` without facts.
    pub former: Option<String>,
    /// The day since then, as JSON; `None` without facts.
    pub present: Option<String>,
}
