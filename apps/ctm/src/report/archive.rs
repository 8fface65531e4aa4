//! What only a database can tell: single responses, tools, snapshots, and what became of every
//! line.

use super::reporter::{ReportError, Reporter};
use ctm_storage::Store;

/// Answers from a database what transcripts of this moment cannot.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(super) store: Store,
    pub(super) reporter: Reporter,
}

impl Archive {
    /// Returns the archive of a store, whose usage the reporter tells.
    #[must_use]
    pub fn new(store: Store, reporter: Reporter) -> Self {
        Self { store, reporter }
    }

    /// Returns the number that rises when the facts change.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn data_version(&self) -> Result<u64, ReportError> {
        Ok(self.store.data_version().await?)
    }
}
