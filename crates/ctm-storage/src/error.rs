//! Errors of the database, by their remedy.

use std::path::{Path, PathBuf};

/// Error of the system or of SQLite, without its type: none of the database leaves this crate.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Says what is wrong with which database; the reason is its source ([`ctm_types::printable::with_causes`]).
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
    /// The file is no SQLite database, or is damaged.
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
    /// Something in the schema is not as this program makes it, and could change what is stored.
    #[error("the database `{}` has a {object}, which ctm did not make", .path.display())]
    Altered {
        /// The database.
        path: PathBuf,
        /// What is there: `trigger x`.
        object: String,
    },
    /// A value is none that this program stores, or refers to nothing.
    #[error("the database `{}` is damaged", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong with which value.
        source: Cause,
    },
    /// The schema is of an earlier version, and nothing may be written.
    #[error("the database `{}` is of an older ctm (schema {version}), and must not be changed", .path.display())]
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
    #[error("the database `{path}` cannot be read where nothing can be written: its last commits are in `{path}-wal`", path = .path.display())]
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
    #[error("a program still uses the database that was at `{}` before", .path.display())]
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

/// SQLite's primary result codes that call for a message of their own.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
    /// Extended codes: the file has lost its path, and there is no room for the index of the log.
    pub(super) const READONLY_DBMOVED: i32 = READONLY | 4 << 8;
    pub(super) const IOERR_SHMSIZE: i32 = IOERR | 19 << 8;
}

impl StorageError {
    /// Wraps what the system said when the file at `path` was opened.
    pub(crate) fn opening(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Open { path, source: Box::new(source) }
    }

    pub(crate) fn of(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        match source {
            sqlx::Error::PoolClosed => return Self::Moved { path },
            // No connection to read is possible while another program has the database alone.
            sqlx::Error::PoolTimedOut => return Self::Locked { path },
            _ => {}
        }
        let extended = source.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        match extended {
            Some(code::READONLY_DBMOVED) => return Self::Moved { path },
            Some(code::IOERR_SHMSIZE) => return Self::DiskFull { path },
            _ => {}
        }
        let is_about_a_value = is_about_a_value(&source);
        let source = Box::new(source);
        // The low byte of an extended result code is the primary one.
        match extended.map(|extended| extended & 0xFF) {
            Some(code::BUSY | code::LOCKED) => Self::Locked { path },
            Some(code::CORRUPT | code::NOTADB) => Self::Corrupt { path, source },
            Some(code::FULL) => Self::DiskFull { path },
            Some(code::IOERR) => Self::Io { path, source },
            Some(code::READONLY) => Self::ReadOnly { path },
            Some(code::CANTOPEN) => Self::Open { path, source },
            Some(_) => Self::Statement { path, source },
            None if is_about_a_value => Self::Damaged { path, source },
            None => Self::Statement { path, source },
        }
    }
}

/// Returns whether a statement succeeded, and what it returned is wrong.
fn is_about_a_value(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnNotFound, Decode, RowNotFound, TypeNotFound};
    matches!(error, ColumnDecode { .. } | ColumnNotFound(_) | Decode(_) | RowNotFound | TypeNotFound { .. })
}

/// Returns the error of a stored value that is wrong.
pub(crate) fn damaged(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(what.into().into())
}

/// Adds the database's path to errors of sqlx.
pub(crate) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, StorageError>;
}

impl<T> AtPath<T> for Result<T, sqlx::Error> {
    fn at(self, path: &Path) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::of(path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::printable::with_causes;
    use sqlx::{Connection, SqliteConnection};

    #[test]
    fn an_error_names_its_database_once_and_the_reason_once() {
        let path = || PathBuf::from("/data/ctm.db");
        let sql = || sqlx::Error::Protocol("the reason".to_owned());
        let check = |error: StorageError, reason: &str| {
            let text = with_causes(&error);
            assert_eq!(
                (text.matches("/data/ctm.db").count(), text.matches(reason).count()),
                (1, 1),
                "{text}"
            );
        };
        check(StorageError::Open { path: path(), source: sql().into() }, "the reason");
        check(StorageError::Corrupt { path: path(), source: sql().into() }, "the reason");
        check(StorageError::Statement { path: path(), source: sql().into() }, "the reason");
        let migration = sqlx::migrate::MigrateError::VersionMissing(7);
        check(StorageError::Schema { path: path(), source: migration.into() }, "migration 7 ");
    }

    #[test]
    fn the_text_of_an_error_leaves_the_reason_to_its_source() {
        let error = StorageError::of(Path::new("/d/ctm.db"), sqlx::Error::Protocol("the reason".to_owned()));
        assert_eq!(error.to_string(), "a statement failed on the database `/d/ctm.db`");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("the reason"));
    }

    async fn error_of(statements: &'static str) -> StorageError {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let failed = sqlx::raw_sql(statements).execute(&mut connection).await.unwrap_err();
        StorageError::of(Path::new("/d/ctm.db"), failed)
    }

    #[tokio::test]
    async fn what_a_person_can_act_on_has_an_error_of_its_own() {
        let full = "CREATE TABLE t (x); PRAGMA max_page_count = 2; INSERT INTO t VALUES (zeroblob(100000))";
        assert!(matches!(error_of(full).await, StorageError::DiskFull { .. }));
        let read_only = "PRAGMA query_only = ON; CREATE TABLE t (x)";
        assert!(matches!(error_of(read_only).await, StorageError::ReadOnly { .. }));
        assert!(matches!(error_of("SELECT x").await, StorageError::Statement { .. }));
        let path = Path::new("/d/ctm.db");
        assert!(matches!(StorageError::of(path, sqlx::Error::PoolClosed), StorageError::Moved { .. }));
        assert!(matches!(StorageError::of(path, sqlx::Error::PoolTimedOut), StorageError::Locked { .. }));
    }
}
