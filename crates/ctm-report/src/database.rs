//! Reports that need a database: single responses, tools, snapshots, and the classification of every
//! line.

use super::reporter::Reporter;
use ctm_storage::Store;

/// Answers from a database what transcripts of this moment cannot.
#[derive(Debug, Clone)]
pub struct DatabaseReports {
    pub(super) store: Store,
    pub(super) reporter: Reporter,
}

impl DatabaseReports {
    /// Returns the database reports of a store, whose usage the reporter sums up.
    #[must_use]
    pub fn new(store: Store, reporter: Reporter) -> Self {
        Self { store, reporter }
    }
}
