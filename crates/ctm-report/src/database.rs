//! Reports that need a database: single responses, tools, snapshots, and the classification of every
//! line.

use super::reporter::Reporter;
use ctm_storage::Store;

/// Answers queries that need a database, which the present transcripts alone cannot answer.
#[derive(Debug, Clone)]
pub struct DatabaseReports {
    pub(super) store: Store,
    pub(super) reporter: Reporter,
}

impl DatabaseReports {
    /// Creates the database reports of a store, whose usage is summed by the reporter.
    #[must_use]
    pub fn new(store: Store, reporter: Reporter) -> Self {
        Self { store, reporter }
    }
}
