//! Errors of PostgreSQL as errors of a back end.

use ctm_facts::StorageError;
use sqlx::error::DatabaseError;
use std::borrow::Cow;
use std::path::Path;

/// PostgreSQL's codes that call for a message of their own, or for another attempt.
mod code {
    pub(super) const SERIALIZATION_FAILURE: &str = "40001";
    pub(super) const DEADLOCK_DETECTED: &str = "40P01";
    pub(super) const DISK_FULL: &str = "53100";
    pub(super) const READ_ONLY: &str = "25006";
    pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
}

/// Returns the error of a stored value that is wrong.
pub(crate) fn damaged(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(what.into().into())
}

/// Returns whether a transaction failed by others that ran at the same time.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| [code::SERIALIZATION_FAILURE, code::DEADLOCK_DETECTED].contains(&&*code))
}

/// Converts an error of sqlx. `database` is the address without its password.
pub(crate) fn of(database: &Path, source: sqlx::Error) -> StorageError {
    use sqlx::Error::{
        ColumnDecode, ColumnNotFound, Configuration, Decode, Io, PoolTimedOut, RowNotFound, Tls,
    };
    let path = database.to_owned();
    let code = source.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned);
    match (code.as_deref(), source) {
        (Some(code::DISK_FULL), _) => StorageError::DiskFull { path },
        (Some(code::READ_ONLY), _) => StorageError::ReadOnly { path },
        (Some(code::LOCK_NOT_AVAILABLE | code::SERIALIZATION_FAILURE | code::DEADLOCK_DETECTED), _) => {
            StorageError::Locked { path }
        }
        // The server refuses a connection: its role, password or database.
        (Some(code), source)
            if code.starts_with("28") || code.starts_with("3D") || code.starts_with("57P") =>
        {
            StorageError::Open { path, source: source.into() }
        }
        (_, source @ (Configuration(_) | Io(_) | Tls(_) | PoolTimedOut)) => {
            StorageError::Open { path, source: source.into() }
        }
        (_, source @ (ColumnDecode { .. } | ColumnNotFound(_) | Decode(_) | RowNotFound)) => {
            StorageError::Damaged { path, source: source.into() }
        }
        (_, source) => StorageError::Statement { path, source: source.into() },
    }
}
