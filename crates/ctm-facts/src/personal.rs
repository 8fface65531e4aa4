//! Personal records, as they are stored: what a person has set or written down.

use ctm_types::EpochMs;
use std::collections::BTreeMap;

/// A stored record of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalRecord {
    /// Creation, in UTC epoch milliseconds.
    pub created_at_ms: EpochMs,
    /// Last change, in UTC epoch milliseconds.
    pub changed_at_ms: EpochMs,
    /// Content, in JSON.
    pub content: String,
}

/// The records of a kind, by id.
pub type PersonalRecords = BTreeMap<String, PersonalRecord>;
