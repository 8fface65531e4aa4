//! Errors of a back end, by their remedy.

use std::path::{Path, PathBuf};

/// Error of the system or of a database, without its type: none leaves the back end.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Identifies the database and the failure; the cause is the source ([`ctm_types::printable::with_causes`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The file or its folder cannot be created or opened.
    #[error("cannot open the database `{}`", .path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// Error of the system or of SQLite.
        source: Cause,
    },
    /// Another process holds the database longer than is waited for.
    #[error("the database `{}` is locked by another process", .path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// A first reading is storing its facts, without the index that a query needs.
    #[error("the database `{}` is being filled by a first reading, at whose end single responses can be queried", .path.display())]
    Filling {
        /// The database.
        path: PathBuf,
    },
    /// The file is not an SQLite database, or is damaged.
    #[error("the database `{}` is damaged or not a SQLite database", .path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// Error of SQLite.
        source: Cause,
    },
    /// The file is a database of something else.
    #[error("`{}` is a database, but not one of ctm", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The schema has an unexpected object, which could change stored data.
    #[error("the database `{}` has a {object}, which is not part of the schema", .path.display())]
    Altered {
        /// The database.
        path: PathBuf,
        /// Unexpected object, such as `trigger x`.
        object: String,
    },
    /// A value is invalid, or a reference dangles.
    #[error("the database `{}` is damaged", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The value and its fault.
        source: Cause,
    },
    /// The schema is of an earlier version, and nothing may be written.
    #[error("the database `{}` has an older schema ({version}), and must not be changed", .path.display())]
    Older {
        /// The database.
        path: PathBuf,
        /// Version of its schema.
        version: i64,
    },
    /// The schema is one of before the first release that is not converted.
    #[error("the database `{}` was written by a pre-release version of ctm (schema {version})", .path.display())]
    TooOld {
        /// The database.
        path: PathBuf,
        /// Version of its schema.
        version: i64,
    },
    /// The write-ahead log holds commits that cannot be read where nothing can be written.
    #[error("the database `{path}` cannot be read in a read-only folder: its last commits are in \
     `{path}-wal`", path = .path.display())]
    Log {
        /// The database.
        path: PathBuf,
    },
    /// The database has a schema of a later version.
    #[error("the database `{}` was written by a newer ctm (schema {version})", .path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Version of its schema.
        version: i64,
    },
    /// Another process has the database open.
    #[error("another ctm has the database `{}` open", .path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk that holds the database `{}` is full", .path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// The system failed to read or write the file.
    #[error("cannot read or write the database `{}`", .path.display())]
    Io {
        /// The database.
        path: PathBuf,
        /// Error of SQLite.
        source: Cause,
    },
    /// The file or its folder may not be written.
    #[error("the database `{}` is read-only", .path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// The open file is no longer at its path.
    #[error("the database `{}` was moved, deleted or replaced while it was open", .path.display())]
    Moved {
        /// The database.
        path: PathBuf,
    },
    /// Another file was at the path before, and a program still has it open.
    #[error("a program still uses the database that was previously at `{}`", .path.display())]
    Displaced {
        /// The database.
        path: PathBuf,
    },
    /// The database was written by another version of this program.
    #[error("the database `{}` does not fit this version of ctm", .path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// The migration that does not fit.
        source: Cause,
    },
    /// A statement failed.
    #[error("a statement failed on the database `{}`", .path.display())]
    Statement {
        /// The database.
        path: PathBuf,
        /// Error of SQLite.
        source: Cause,
    },
}

impl StorageError {
    /// Returns the database: the path of its file, or its address without password.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Open { path, .. }
            | Self::Locked { path }
            | Self::Filling { path }
            | Self::Corrupt { path, .. }
            | Self::Foreign { path }
            | Self::Altered { path, .. }
            | Self::Damaged { path, .. }
            | Self::Older { path, .. }
            | Self::TooOld { path, .. }
            | Self::Log { path }
            | Self::Newer { path, .. }
            | Self::InUse { path }
            | Self::DiskFull { path }
            | Self::Io { path, .. }
            | Self::ReadOnly { path }
            | Self::Moved { path }
            | Self::Displaced { path }
            | Self::Schema { path, .. }
            | Self::Statement { path, .. } => path,
        }
    }
}
