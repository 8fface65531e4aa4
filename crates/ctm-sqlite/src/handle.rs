//! A connection of sqlx as one of rusqlite, whose statements run on the calling thread and stay compiled.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::sqlite::LockedSqliteHandle;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};

/// Number of statements that stay compiled: more than a commit of facts has.
const COMPILED: usize = 128;

/// A connection of rusqlite on the handle of one of sqlx, which outlives it and is locked whenever it is used.
///
/// The mutex is never locked: it makes a reference to the connection useless to other threads.
#[derive(Debug)]
pub(crate) struct Handle(Mutex<rusqlite::Connection>);

impl Handle {
    /// Returns the handle of a connection.
    pub(crate) fn of(locked: &mut LockedSqliteHandle<'_>) -> sqlx::Result<Self> {
        #[expect(unsafe_code, reason = "rusqlite takes a handle that it does not own by its address")]
        // SAFETY: `locked` keeps the handle open, and from use by any other thread. Each user of the connection has a
        // lock, and drops the connection before the handle is closed. Both crates link the same SQLite. A connection
        // made of a handle does not close it.
        let connection = unsafe { rusqlite::Connection::from_handle(locked.as_raw_handle().as_ptr()) };
        let connection = connection.map_err(of_rusqlite)?;
        connection.set_prepared_statement_cache_capacity(COMPILED);
        Ok(Self(Mutex::new(connection)))
    }

    /// Returns the connection, which must be locked.
    pub(crate) fn get(&mut self) -> &rusqlite::Connection {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
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
    use crate::error;
    use crate::transaction::{Statements, Writing};
    use ctm_facts::StorageError;
    use sqlx::Connection;
    use sqlx::sqlite::SqliteConnection;
    use std::path::Path;

    #[tokio::test]
    async fn a_failure_keeps_its_code_and_the_connection_works_afterwards() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let statement = "CREATE TABLE t (x); PRAGMA max_page_count = 2";
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        let full =
            |handle: &rusqlite::Connection| handle.execute("INSERT INTO t VALUES (zeroblob(100000))", []);
        let failed = connection.act(full).await.unwrap_err();
        assert!(matches!(error::of(Path::new("/d/ctm.db"), failed), StorageError::DiskFull { .. }));
        let mut connection = Writing::from(connection);
        let mut tx = connection.begin().await.unwrap();
        let small = |handle: &rusqlite::Connection| handle.execute("INSERT INTO t VALUES (1)", []);
        assert_eq!(tx.act(small).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(count, 1);
    }
}
