//! Reports that need a database: single responses, tools, snapshots, and the classification of every
//! line.

use super::error::ReportError;
use super::reporter::Reporter;
use super::wire;
use ctm_backend::FactsReader;
use ctm_facts::{Forgetting, ResponseFilter, StorageError, UsageFilter};
use ctm_storage::Store;

/// Answers queries that need a database, which the present transcripts alone cannot answer.
///
/// On a hub on PostgreSQL, the database is what the server itself keeps: records that a person creates, snapshots, limits. What only the
/// database of one machine has is refused there ([`ReportError::OfMachines`]).
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

    /// Returns the database of one machine, which has single responses, lines and tools.
    ///
    /// # Errors
    ///
    /// Fails where usage is that of a team, which has none of it.
    pub(super) fn machine_store(&self) -> Result<&Store, ReportError> {
        match self.reporter.facts() {
            FactsReader::Team(_) => Err(ReportError::OfMachines),
            FactsReader::Sqlite(_) | FactsReader::Memory(_) => Ok(&self.store),
        }
    }

    /// Returns the number of known responses.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn response_count(&self) -> Result<u64, ReportError> {
        Ok(self.machine_store()?.count_responses(&UsageFilter::default(), &ResponseFilter::default()).await?)
    }

    /// Returns the error for an unknown response: it may have been forgotten.
    pub(super) async fn missing_response(&self, key: &str) -> ReportError {
        missing("response", key, self.store.forgetting_of_response(key).await)
    }

    /// Returns the error for an unknown session: it may have been forgotten.
    pub(super) async fn missing_session(&self, id: &str) -> ReportError {
        missing("session", id, self.store.forgetting_of_session(id).await)
    }
}

fn missing(
    what: &'static str,
    name: &str,
    forgetting: Result<Option<Forgetting>, StorageError>,
) -> ReportError {
    let name = name.to_owned();
    match forgetting {
        Ok(Some(Forgetting { id, at_ms, .. })) => {
            ReportError::Forgotten { what, name, id, at: wire::Time::of(at_ms) }
        }
        Ok(None) => ReportError::Unknown { what, name },
        Err(error) => error.into(),
    }
}
