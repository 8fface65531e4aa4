//! What only a database can tell: single responses, tools, snapshots, and what became of every
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
    /// Returns the archive of a store, whose usage the reporter tells.
    #[must_use]
    pub fn new(store: Store, reporter: Reporter) -> Self {
        Self { store, reporter }
    }
}
