//! Connections that read.

use crate::handle::of_rusqlite;
use crate::row::Row;
use crate::transaction::{Own, Statements, Tx};
use crate::values::Values;
use futures_util::future::Either;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::Sqlite;
use sqlx::{SqlStr, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Number of statements of a reader that stay compiled.
const COMPILED: usize = 64;

/// The connections that read a file; clones share them.
#[derive(Debug, Clone)]
pub enum Readers {
    /// Several, each with a thread of its own: other tasks run while a statement does.
    Several(SqlitePool),
    /// One, whose statements run on the thread that waits for them: for a program that does nothing else meanwhile. To pass a short
    /// statement and its rows between two threads takes longer than to run it.
    One(Arc<Mutex<Option<Connection>>>),
}

impl Readers {
    /// Returns the only connection, as it was opened by [`open_to_read`].
    #[must_use]
    pub fn one(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(COMPILED);
        Self::One(Arc::new(Mutex::new(Some(connection))))
    }

    /// Takes a connection, as soon as one is free.
    ///
    /// # Errors
    ///
    /// Fails when they are closed, or the file cannot be opened.
    pub async fn acquire(&self) -> sqlx::Result<Reader> {
        match self {
            Self::Several(pool) => Ok(Reader(Taken::Apart(pool.acquire().await?))),
            Self::One(connection) => Ok(Reader(Taken::Here(own(connection).await?))),
        }
    }

    /// Begins a transaction that reads one state of the database.
    ///
    /// # Errors
    ///
    /// Fails when they are closed, or the database is locked or gone.
    pub async fn begin(&self) -> sqlx::Result<Tx<'static>> {
        match self {
            Self::Several(pool) => pool.begin().await.map(Tx::from),
            Self::One(connection) => own(connection).await?.begin(),
        }
    }

    /// Closes the connections: those that are free at once, the others after their use. Later calls for one fail.
    pub fn close(&self) -> impl Future<Output = ()> + '_ {
        match self {
            Self::Several(pool) => Either::Left(pool.close()),
            Self::One(connection) => {
                if let Ok(mut free) = connection.try_lock() {
                    *free = None;
                }
                Either::Right(async { *connection.lock().await = None })
            }
        }
    }
}

async fn own(connection: &Arc<Mutex<Option<Connection>>>) -> sqlx::Result<Own<'static>> {
    let locked = Arc::clone(connection).lock_owned().await;
    let open = OwnedMutexGuard::try_map(locked, Option::as_mut);
    open.map(Own::from).map_err(|_| sqlx::Error::PoolClosed)
}

/// A connection that reads, until it is dropped.
#[derive(Debug)]
pub struct Reader(Taken);

#[derive(Debug)]
enum Taken {
    /// One of several.
    Apart(PoolConnection<Sqlite>),
    /// The only one.
    Here(Own<'static>),
}

impl Statements for Reader {
    async fn rows(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<Vec<Row>> {
        match &mut self.0 {
            Taken::Apart(connection) => connection.rows(statement, values).await,
            Taken::Here(own) => own.rows(statement, values).await,
        }
    }

    async fn execute(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<u64> {
        match &mut self.0 {
            Taken::Apart(connection) => connection.execute(statement, values).await,
            Taken::Here(own) => own.execute(statement, values).await,
        }
    }

    async fn script(&mut self, statements: SqlStr) -> sqlx::Result<()> {
        match &mut self.0 {
            Taken::Apart(connection) => connection.script(statements).await,
            Taken::Here(own) => own.script(statements).await,
        }
    }

    async fn act<T: Send>(
        &mut self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    ) -> sqlx::Result<T> {
        match &mut self.0 {
            Taken::Apart(connection) => connection.act(act).await,
            Taken::Here(own) => own.act(act).await,
        }
    }
}

/// What a connection that reads may do to the files of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing, because nothing else changes them, and there may be no log.
    Immutable,
    /// Nothing but what reading along with a writer takes. A log stays as it is.
    Read,
    /// Move the log into the database when it is the last connection that closes.
    Close,
}

/// Opens a file to be read.
///
/// # Errors
///
/// Fails when the file cannot be read.
pub fn open_to_read(path: &Path, access: Access, busy_timeout: Duration) -> sqlx::Result<Connection> {
    let uri = uri(path, access);
    let mode = match access {
        Access::Immutable | Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Close => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = mode
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let opened = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(busy_timeout)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        connection.pragma_update(None, "query_only", access == Access::Close)?;
        Ok(connection)
    };
    opened().map_err(of_rusqlite)
}

/// Returns the address of a file, in which every character that could be part of the syntax is escaped.
fn uri(path: &Path, access: Access) -> String {
    use std::fmt::Write as _;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(*byte));
            }
            byte => write!(uri, "%{byte:02X}").expect("a text can be written to"),
        }
    }
    uri + match access {
        Access::Immutable => "?mode=ro&immutable=1",
        Access::Read => "?mode=ro",
        Access::Close => "?mode=rw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{one, values};
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    #[tokio::test]
    async fn one_reader_finds_what_several_do_and_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ctm.db");
        let created = Connection::open(&path).unwrap();
        created.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)").unwrap();
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        let several = Readers::Several(SqlitePoolOptions::new().connect_lazy_with(options));
        let single = Readers::one(open_to_read(&path, Access::Read, Duration::ZERO).unwrap());
        for readers in [several, single] {
            let sum = async || {
                let mut tx = readers.begin().await?;
                tokio::task::yield_now().await;
                one::<(i64,)>(&mut tx, "SELECT sum(x) FROM t", values![]).await
            };
            let (first, second) = tokio::join!(sum(), sum());
            assert_eq!((first.unwrap(), second.unwrap()), ((3,), (3,)));
            let (mut reader, closing) = (readers.acquire().await.unwrap(), readers.close());
            let sum = one::<(i64,)>(&mut reader, "SELECT sum(x) FROM t", values![]).await;
            assert_eq!(sum.unwrap(), (3,));
            drop(reader);
            closing.await;
            assert!(matches!(readers.acquire().await, Err(sqlx::Error::PoolClosed)));
            assert!(matches!(readers.begin().await, Err(sqlx::Error::PoolClosed)));
        }
    }

    #[test]
    fn a_path_is_no_syntax() {
        let check = |path: &str, expected: &str| assert_eq!(uri(Path::new(path), Access::Read), expected);
        check("/d/ctm.db", "file:/d/ctm.db?mode=ro");
        check("/a b?mode=rw#c%41", "file:/a%20b%3Fmode%3Drw%23c%2541?mode=ro");
        assert_eq!(uri(Path::new("/d"), Access::Immutable), "file:/d?mode=ro&immutable=1");
        assert_eq!(uri(Path::new("/d"), Access::Close), "file:/d?mode=rw");
    }
}
