//! Why a question has no answer.

use chrono::NaiveDate;
use ctm_storage::StorageError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The cursor is of no page.
    #[error("`{0}` is no cursor of this list")]
    Cursor(String),
    /// The answer would have more parts than an answer can hold.
    #[error("from {from} to {to} there are more than {most} {parts}; ask for fewer days")]
    TooLong {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
        /// How many there may be.
        most: usize,
        /// Of what.
        parts: &'static str,
    },
    /// Something is asked for by a name that nothing has.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Something is asked for that was forgotten.
    #[error("{what} `{name}` was forgotten on {at}; `ctm db remember {id}` has it read again")]
    Forgotten {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// The number under which it was forgotten.
        id: i64,
        /// When.
        at: crate::wire::Time,
    },
}
