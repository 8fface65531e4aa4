//! Errors of SQLite and of the system as errors of a back end.

pub use ctm_facts::StorageError;
use std::path::Path;

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
    /// Extended codes: the file was moved, and there is no space for the index of the log.
    pub(super) const READONLY_DBMOVED: i32 = READONLY | 4 << 8;
    pub(super) const IOERR_SHMSIZE: i32 = IOERR | 19 << 8;
}

/// Wraps the system error of opening the file at `path`.
pub fn opening(path: &Path) -> impl FnOnce(std::io::Error) -> StorageError {
    let path = path.to_owned();
    move |source| StorageError::Open { path, source: Box::new(source) }
}

/// Converts an error of sqlx.
pub fn of(path: &Path, source: sqlx::Error) -> StorageError {
    let path = path.to_owned();
    match source {
        sqlx::Error::PoolClosed => return StorageError::Moved { path },
        // No read connection is possible while another program has exclusive access.
        sqlx::Error::PoolTimedOut => return StorageError::Locked { path },
        _ => {}
    }
    let extended = source.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    match extended {
        Some(code::READONLY_DBMOVED) => return StorageError::Moved { path },
        Some(code::IOERR_SHMSIZE) => return StorageError::DiskFull { path },
        _ => {}
    }
    if is_missing_index(&source) {
        return StorageError::Filling { path };
    }
    let is_about_a_value = is_about_a_value(&source);
    let source = Box::new(source);
    // The low byte of an extended result code is the primary one.
    match extended.map(|extended| extended & 0xFF) {
        Some(code::BUSY | code::LOCKED) => StorageError::Locked { path },
        Some(code::CORRUPT | code::NOTADB) => StorageError::Corrupt { path, source },
        Some(code::FULL) => StorageError::DiskFull { path },
        Some(code::IOERR) => StorageError::Io { path, source },
        Some(code::READONLY) => StorageError::ReadOnly { path },
        Some(code::CANTOPEN) => StorageError::Open { path, source },
        Some(_) => StorageError::Statement { path, source },
        None if is_about_a_value => StorageError::Damaged { path, source },
        None => StorageError::Statement { path, source },
    }
}

/// Returns whether a statement names an index that does not exist, as while an empty database is filled. SQLite has no
/// code for it.
fn is_missing_index(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().starts_with("no such index: "))
}

/// Returns whether a statement succeeded, and what it returned is wrong.
fn is_about_a_value(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnNotFound, Decode, RowNotFound, TypeNotFound};
    matches!(error, ColumnDecode { .. } | ColumnNotFound(_) | Decode(_) | RowNotFound | TypeNotFound { .. })
}

/// Returns the error of a stored value that is wrong.
pub fn damaged(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(what.into().into())
}

/// Adds the database's path to errors of sqlx.
pub trait AtPath<T> {
    /// Converts the error.
    ///
    /// # Errors
    ///
    /// Fails with the converted error.
    fn at(self, path: &Path) -> Result<T, StorageError>;
}

impl<T> AtPath<T> for Result<T, sqlx::Error> {
    fn at(self, path: &Path) -> Result<T, StorageError> {
        self.map_err(|source| of(path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::printable::with_causes;
    use sqlx::{Connection, SqliteConnection};
    use std::path::PathBuf;

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
        let error = of(Path::new("/d/ctm.db"), sqlx::Error::Protocol("the reason".to_owned()));
        assert_eq!(error.to_string(), "a statement failed on the database `/d/ctm.db`");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("the reason"));
    }

    async fn error_of(statements: &'static str) -> StorageError {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let failed = sqlx::raw_sql(statements).execute(&mut connection).await.unwrap_err();
        of(Path::new("/d/ctm.db"), failed)
    }

    #[tokio::test]
    async fn failures_with_a_remedy_have_separate_errors() {
        let full = "CREATE TABLE t (x); PRAGMA max_page_count = 2; INSERT INTO t VALUES (zeroblob(100000))";
        assert!(matches!(error_of(full).await, StorageError::DiskFull { .. }));
        let read_only = "PRAGMA query_only = ON; CREATE TABLE t (x)";
        assert!(matches!(error_of(read_only).await, StorageError::ReadOnly { .. }));
        assert!(matches!(error_of("SELECT x").await, StorageError::Statement { .. }));
        let unindexed = "CREATE TABLE t (x); SELECT x FROM t INDEXED BY t_x";
        assert!(matches!(error_of(unindexed).await, StorageError::Filling { .. }));
        let path = Path::new("/d/ctm.db");
        assert!(matches!(of(path, sqlx::Error::PoolClosed), StorageError::Moved { .. }));
        assert!(matches!(of(path, sqlx::Error::PoolTimedOut), StorageError::Locked { .. }));
    }
}
