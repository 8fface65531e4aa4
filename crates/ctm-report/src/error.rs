//! Errors of reports.

use chrono::NaiveDate;
use ctm_storage::StorageError;

/// An error of a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Usage is that of a team, and the answer is only in the databases of its machines.
    #[error(
        "a hub on PostgreSQL has no single responses, lines and tools: they are in the databases of the machines"
    )]
    OfMachines,
    /// The cursor is invalid.
    #[error("`{0}` is not a cursor of this list")]
    Cursor(String),
    /// The response body would exceed a limit.
    #[error("from {from} to {to} there are more than {most} {parts}; request fewer days")]
    TooLong {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
        /// The limit.
        most: usize,
        /// The counted items.
        parts: &'static str,
    },
    /// A statement of SQL is refused, or takes too long.
    #[error("{0}")]
    Sql(String),
    /// No item has the requested name.
    #[error("unknown {what} `{name}`")]
    Unknown {
        /// The kind of item.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Several items have the requested name.
    #[error("{what} `{name}` is any of {}; specify one", found.join(", "))]
    Ambiguous {
        /// The kind of item.
        what: &'static str,
        /// The name.
        name: String,
        /// The full names.
        found: Vec<String>,
    },
    /// The requested item was forgotten.
    #[error("{what} `{name}` was forgotten on {at}; `ctm db remember {id}` reads it again")]
    Forgotten {
        /// The kind of item.
        what: &'static str,
        /// Its name.
        name: String,
        /// The number of the run that removed it.
        id: i64,
        /// The time of the run.
        at: crate::wire::Time,
    },
}
