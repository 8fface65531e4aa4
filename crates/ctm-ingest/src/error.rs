//! Errors of updating a database.

use ctm_report::ReportError;
use ctm_storage::StorageError;
use ctm_types::printable::{self, one_line};
use std::path::PathBuf;

/// Reading into a store failed.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The database cannot be used.
    #[error(transparent)]
    Storage {
        /// The reason.
        #[from]
        source: StorageError,
    },
    /// The totals for a snapshot cannot be computed.
    #[error(transparent)]
    Report(ReportError),
    /// A backup is damaged.
    #[error("the backup `{}` is damaged: {}", printable::path(.path), one_line(&.problems.join("; ")))]
    DamagedBackup {
        /// The file.
        path: PathBuf,
        /// The problems.
        problems: Vec<String>,
    },
    /// A folder cannot be listed, or a thread panicked.
    #[error("cannot {}", one_line(.action))]
    Io {
        /// The action that failed.
        action: String,
        /// The system error.
        source: std::io::Error,
    },
}

impl From<ReportError> for IngestError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Storage(source) => Self::Storage { source },
            error => Self::Report(error),
        }
    }
}

impl IngestError {
    /// Returns what to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Storage { source } => advice(source),
            Self::DamagedBackup { .. } => Some("nothing was changed; use another backup"),
            Self::Report(_) | Self::Io { .. } => None,
        }
    }

    /// Wraps an I/O error with the action that failed.
    pub fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// Returns the error of a thread or a scan that panicked; the log has the details.
    pub(crate) fn internal() -> Self {
        let details = "internal error; see the log for its location";
        Self::io("read what is new")(std::io::Error::other(details))
    }
}

/// Returns what to do about an error of the database.
#[must_use]
pub fn advice(error: &StorageError) -> Option<&'static str> {
    if error.path().starts_with("postgres://") {
        return team_advice(error);
    }
    Some(match error {
        StorageError::Locked { .. } => "another ctm may be reading a large home; try again in a moment",
        StorageError::Filling { .. } => "try again then; `GET /health` has the progress of reading",
        StorageError::Corrupt { .. } => {
            "move it away or specify another one with --database: a new one is created from the existing \
             transcripts"
        }
        StorageError::DiskFull { .. } => {
            "free space, or raise the quota or the file size limit (`ulimit -f`); unstored facts are read again"
        }
        StorageError::Io { .. } => {
            "check the disk, the quota and the file size limit (`ulimit -f`); unstored facts are read again"
        }
        StorageError::Open { .. } | StorageError::ReadOnly { .. } => {
            "specify a writable path with --database or CTM_DATABASE_PATH; a report with --no-update only reads"
        }
        StorageError::Moved { .. } => "a server opens the file at that path within seconds",
        StorageError::Displaced { .. } => {
            "stop that program, or wait until it has detected the change, \
             and try again"
        }
        StorageError::InUse { .. } => {
            "stop the server, or wait until the other command is done, and try again"
        }
        StorageError::Foreign { .. } => "specify another file with --database or CTM_DATABASE_PATH",
        StorageError::Altered { .. } => {
            "remove it with the program that created it, or restore a backup with `ctm db restore FILE`"
        }
        StorageError::Damaged { .. } => {
            "`ctm db check` lists the damage; `ctm db rebuild` repairs facts of existing transcripts, and \
             `ctm db restore FILE` restores a backup"
        }
        StorageError::Statement { .. } => "`ctm db check` shows whether the database is damaged",
        StorageError::Older { .. } => "a report without --no-update updates it, if it is writable",
        StorageError::TooOld { .. } => {
            "move it away, and all existing transcripts are read again; to keep the facts of deleted ones \
             as well, open it with the last build before the first release, and then with this one"
        }
        StorageError::Log { .. } => {
            "copy both files to a writable folder, and specify the copy with --database"
        }
        StorageError::Schema { .. } | StorageError::Newer { .. } => {
            "use the version of ctm that wrote it, or a newer one"
        }
        _ => return None,
    })
}

/// Returns what to do about an error of a database on PostgreSQL.
fn team_advice(error: &StorageError) -> Option<&'static str> {
    Some(match error {
        StorageError::Open { .. } => {
            "check that PostgreSQL runs there and accepts this role, and the address in `database_url` (CTM_DATABASE_URL)"
        }
        StorageError::Locked { .. } => "it is busy; try again in a moment",
        StorageError::DiskFull { .. } => "free space there; machines push again what was not stored",
        StorageError::ReadOnly { .. } => {
            "name the primary in `database_url` (CTM_DATABASE_URL): a replica only reads"
        }
        StorageError::Schema { .. } | StorageError::Newer { .. } => {
            "use the version of ctm that wrote it, or a newer one"
        }
        StorageError::Statement { .. } => "the log of PostgreSQL has the reason",
        StorageError::Damaged { .. } => "restore it from a backup of PostgreSQL",
        _ => return None,
    })
}
