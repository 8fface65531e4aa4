//! Exclusive use of a connection's handle, by statements that stay compiled.
//!
//! # Why not through sqlx
//!
//! sqlx passes each statement and each result between two threads. In a first read of many facts, these passes
//! were a third of the time of all writes. rusqlite runs a statement on the calling thread, and binds values
//! without collecting them.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::sqlite::SqliteConnection;
use std::borrow::Cow;
use std::error::Error as StdError;

/// Calls `act` with the connection of `of`, which sqlx does not use meanwhile.
pub(crate) async fn with_handle<T>(
    of: &mut SqliteConnection,
    act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> sqlx::Result<T> {
    let mut locked = of.lock_handle().await?;
    #[expect(unsafe_code, reason = "rusqlite takes a handle that it does not own by its address")]
    // SAFETY: `locked` keeps the handle open, and from use by any other thread, until it is dropped, after
    // `connection`. Both crates link the same SQLite. A connection made of a handle does not close it.
    let connection = unsafe { rusqlite::Connection::from_handle(locked.as_raw_handle().as_ptr()) };
    connection.and_then(|connection| act(&connection)).map_err(of_rusqlite)
}

/// Converts an error of rusqlite: one of SQLite keeps its code, any other is about a value.
pub(crate) fn of_rusqlite(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let message = message.unwrap_or_else(|| failure.to_string());
            sqlx::Error::Database(Box::new(Failure { code: failure.extended_code, message }))
        }
        error => sqlx::Error::Decode(Box::new(error)),
    }
}

/// An error of SQLite.
#[derive(Debug)]
struct Failure {
    /// Its extended result code.
    code: i32,
    message: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl StdError for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error;
    use ctm_facts::StorageError;
    use sqlx::Connection;
    use std::path::Path;

    #[tokio::test]
    async fn a_failure_keeps_its_code_and_the_connection_works_afterwards() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let statement = "CREATE TABLE t (x); PRAGMA max_page_count = 2";
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        let full =
            |handle: &rusqlite::Connection| handle.execute("INSERT INTO t VALUES (zeroblob(100000))", []);
        let failed = with_handle(&mut connection, full).await.unwrap_err();
        assert!(matches!(error::of(Path::new("/d/ctm.db"), failed), StorageError::DiskFull { .. }));
        let small = |handle: &rusqlite::Connection| handle.execute("INSERT INTO t VALUES (1)", []);
        assert_eq!(with_handle(&mut connection, small).await.unwrap(), 1);
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&mut connection).await.unwrap();
        assert_eq!(count, 1);
    }
}
