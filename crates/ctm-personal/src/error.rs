//! Errors of personal records.

use ctm_facts::StorageError;

/// An invalid field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field.
    pub field: &'static str,
    /// The problem, and the allowed values.
    pub message: String,
}

/// Error of a query or change of personal records.
#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    /// The content is invalid; all problems are listed.
    #[error("invalid {kind}: {}", .faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// The kind of the record.
        kind: &'static str,
        /// The invalid fields.
        faults: Vec<FieldFault>,
    },
    /// No record of the kind has the id.
    #[error("no {kind} has the id `{id}`")]
    Unknown {
        /// The kind of the record.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// The kind has its maximum number of records.
    #[error("the maximum of {most} records of the kind {kind} is stored; remove one first")]
    TooMany {
        /// The kind of the record.
        kind: &'static str,
        /// Maximum number of records.
        most: usize,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
