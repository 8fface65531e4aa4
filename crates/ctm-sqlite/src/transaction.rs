//! Transactions, and where statements run.
//!
//! # Design
//!
//! sqlx runs the statements of a connection on a thread of the connection, and passes each statement and each row
//! between two threads. A query that takes long does not stop the other tasks of a runtime then. A commit of facts
//! executes some sixty short statements, and the passes took as long as the statements. A transaction that writes
//! therefore keeps the handle of its connection, and runs its statements on the calling thread. So does a transaction of
//! [`Readers::One`](crate::readers::Readers::One).
//!
//! Waiting for another process's write lock is left to sqlx.

use crate::handle::{Handle, of_rusqlite};
use crate::row::Row;
use crate::values::Values;
use futures_util::TryStreamExt;
use rusqlite::Batch;
use rusqlite::fallible_iterator::FallibleIterator;
use sqlx::sqlite::{LockedSqliteHandle, Sqlite, SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, SqlSafeStr, SqlStr, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tokio::sync::OwnedMappedMutexGuard;

/// Runs statements.
pub trait Statements: Send {
    /// Returns the rows that a statement selects.
    fn rows(
        &mut self,
        statement: SqlStr,
        values: Values,
    ) -> impl Future<Output = sqlx::Result<Vec<Row>>> + Send;

    /// Executes a statement, and returns how many rows it changed.
    fn execute(
        &mut self,
        statement: SqlStr,
        values: Values,
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Executes statements that are separated by semicolons.
    fn script(&mut self, statements: SqlStr) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Calls `act` with the connection, on the calling thread.
    fn act<T: Send>(
        &mut self,
        act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send,
    ) -> impl Future<Output = sqlx::Result<T>> + Send;
}

impl Statements for SqliteConnection {
    async fn rows(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<Vec<Row>> {
        let rows = sqlx::query_with(statement, values.arguments()).fetch_all(self).await?;
        Ok(rows.into_iter().map(Row::from).collect())
    }

    async fn execute(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<u64> {
        Ok(sqlx::query_with(statement, values.arguments()).execute(self).await?.rows_affected())
    }

    async fn script(&mut self, statements: SqlStr) -> sqlx::Result<()> {
        sqlx::raw_sql(statements).execute(self).await.map(drop)
    }

    async fn act<T: Send>(
        &mut self,
        act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send,
    ) -> sqlx::Result<T> {
        let mut locked = self.lock_handle().await?;
        let mut handle = Handle::of(&mut locked)?;
        act(handle.get()).map_err(of_rusqlite)
    }
}

/// A connection whose transactions run on the calling thread. Their statements stay compiled.
#[derive(Debug)]
pub struct Writing {
    /// Finalised before the connection is closed.
    handle: Option<Box<Handle>>,
    connection: SqliteConnection,
}

impl From<SqliteConnection> for Writing {
    fn from(connection: SqliteConnection) -> Self {
        Self { handle: None, connection }
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Writing {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be opened.
    pub async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        SqliteConnection::connect_with(options).await.map(Self::from)
    }

    /// Begins a transaction that has the write lock.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked or gone.
    pub async fn begin(&mut self) -> sqlx::Result<Tx<'_>> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        let mut locked = self.connection.lock_handle().await?;
        let handle = match &mut self.handle {
            Some(handle) => handle,
            none => none.insert(Box::new(Handle::of(&mut locked)?)),
        };
        Ok(Tx(Kind::Own(Own(Handled::Writing { handle, _locked: locked }))))
    }

    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// Fails when the database is full, damaged or gone.
    pub async fn close(self) -> sqlx::Result<()> {
        let Self { handle, connection } = self;
        drop(handle);
        connection.close().await
    }
}

/// A transaction. It is rolled back unless it is committed.
#[derive(Debug)]
pub struct Tx<'c>(Kind<'c>);

#[derive(Debug)]
enum Kind<'c> {
    /// On the thread of the connection.
    Shared(Transaction<'c, Sqlite>),
    /// On the calling thread.
    Own(Own<'c>),
}

/// A connection whose statements run on the calling thread.
pub(crate) struct Own<'c>(Handled<'c>);

enum Handled<'c> {
    /// That of sqlx which writes.
    Writing {
        handle: &'c mut Handle,
        /// Keeps sqlx from using the handle.
        _locked: LockedSqliteHandle<'c>,
    },
    /// One that reads, of rusqlite.
    Reading(Reserved),
}

/// A connection that is taken from others.
pub(crate) type Reserved = OwnedMappedMutexGuard<Option<rusqlite::Connection>, rusqlite::Connection>;

impl From<Reserved> for Own<'static> {
    fn from(reserved: Reserved) -> Self {
        Self(Handled::Reading(reserved))
    }
}

impl Own<'_> {
    fn get(&mut self) -> &rusqlite::Connection {
        match &mut self.0 {
            Handled::Writing { handle, .. } => handle.get(),
            Handled::Reading(connection) => connection,
        }
    }

    /// Ends the transaction; if it stays open, it is rolled back.
    fn end(mut self, statement: &str) -> sqlx::Result<()> {
        self.get().execute_batch(statement).map_err(of_rusqlite)
    }

    /// Passes each row to `take`.
    fn each(
        &mut self,
        statement: &SqlStr,
        values: &Values,
        mut take: impl FnMut(Row),
    ) -> rusqlite::Result<()> {
        let mut statement = self.get().prepare_cached(statement.as_str())?;
        bind(&mut statement, values)?;
        let names: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let values = (0..names.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            take(Row::new(Arc::clone(&names), values));
        }
        Ok(())
    }

    /// Executes a statement, or several that are separated by semicolons.
    fn run_all(&mut self, statement: &SqlStr, values: &Values) -> rusqlite::Result<u64> {
        let handle = self.get();
        let text = statement.as_str();
        // Only one statement stays compiled.
        if !text.trim_end().trim_end_matches(';').contains(';') {
            return run(handle, &mut *handle.prepare_cached(text)?, values);
        }
        let mut changes = 0;
        let mut statements = Batch::new(handle, text);
        while let Some(mut statement) = statements.next()? {
            changes += run(handle, &mut statement, values)?;
        }
        Ok(changes)
    }
}

/// Runs a statement to its end, and returns how many rows it changed.
fn run(
    handle: &rusqlite::Connection,
    statement: &mut rusqlite::Statement<'_>,
    values: &Values,
) -> rusqlite::Result<u64> {
    bind(statement, values)?;
    // A pragma may return rows.
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    drop(rows);
    // SQLite keeps the number of the last statement that changed rows.
    Ok(if statement.readonly() { 0 } else { handle.changes() })
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        let handle = self.get();
        if !handle.is_autocommit() {
            // A transaction that SQLite has ended needs none; one that cannot be ended is that of a broken connection.
            let _ = handle.execute_batch("ROLLBACK");
        }
    }
}

/// Binds the values that a statement has parameters for, as sqlx does.
fn bind(statement: &mut rusqlite::Statement<'_>, values: &Values) -> rusqlite::Result<()> {
    for (value, number) in values.0.iter().zip(1..=statement.parameter_count()) {
        statement.raw_bind_parameter(number, value)?;
    }
    Ok(())
}

impl std::fmt::Debug for Own<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").finish_non_exhaustive()
    }
}

impl Own<'static> {
    /// Begins a transaction that reads one state of the database.
    pub(crate) fn begin(mut self) -> sqlx::Result<Tx<'static>> {
        self.get().execute_batch("BEGIN").map_err(of_rusqlite)?;
        Ok(Tx(Kind::Own(self)))
    }
}

impl<'c> From<Transaction<'c, Sqlite>> for Tx<'c> {
    fn from(transaction: Transaction<'c, Sqlite>) -> Self {
        Self(Kind::Shared(transaction))
    }
}

impl Tx<'_> {
    /// Commits the transaction.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full or gone; then it is rolled back.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Kind::Shared(transaction) => transaction.commit().await,
            Kind::Own(own) => own.end("COMMIT"),
        }
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    ///
    /// Fails when the database is gone.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self.0 {
            Kind::Shared(transaction) => transaction.rollback().await,
            Kind::Own(own) => own.end("ROLLBACK"),
        }
    }

    /// Passes each row that a statement selects to `take`.
    ///
    /// # Errors
    ///
    /// Fails when SQLite or `take` does.
    pub async fn each(
        &mut self,
        statement: impl SqlSafeStr,
        values: Values,
        mut take: impl FnMut(&Row) -> sqlx::Result<()>,
    ) -> sqlx::Result<()> {
        match &mut self.0 {
            Kind::Shared(transaction) => {
                let mut rows = sqlx::query_with(statement, values.arguments()).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    take(&row.into())?;
                }
                Ok(())
            }
            Kind::Own(own) => {
                let mut result = Ok(());
                own.each(&statement.into_sql_str(), &values, |row| {
                    if result.is_ok() {
                        result = take(&row);
                    }
                })
                .map_err(of_rusqlite)?;
                result
            }
        }
    }
}

impl Statements for Own<'_> {
    async fn rows(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<Vec<Row>> {
        let mut found = Vec::new();
        self.each(&statement, &values, |row| found.push(row)).map_err(of_rusqlite)?;
        Ok(found)
    }

    async fn execute(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<u64> {
        self.run_all(&statement, &values).map_err(of_rusqlite)
    }

    async fn script(&mut self, statements: SqlStr) -> sqlx::Result<()> {
        self.get().execute_batch(statements.as_str()).map_err(of_rusqlite)
    }

    async fn act<T: Send>(
        &mut self,
        act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send,
    ) -> sqlx::Result<T> {
        act(self.get()).map_err(of_rusqlite)
    }
}

impl Statements for Tx<'_> {
    async fn rows(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<Vec<Row>> {
        match &mut self.0 {
            Kind::Shared(transaction) => transaction.rows(statement, values).await,
            Kind::Own(own) => own.rows(statement, values).await,
        }
    }

    async fn execute(&mut self, statement: SqlStr, values: Values) -> sqlx::Result<u64> {
        match &mut self.0 {
            Kind::Shared(transaction) => transaction.execute(statement, values).await,
            Kind::Own(own) => own.execute(statement, values).await,
        }
    }

    async fn script(&mut self, statements: SqlStr) -> sqlx::Result<()> {
        match &mut self.0 {
            Kind::Shared(transaction) => transaction.script(statements).await,
            Kind::Own(own) => own.script(statements).await,
        }
    }

    async fn act<T: Send>(
        &mut self,
        act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send,
    ) -> sqlx::Result<T> {
        match &mut self.0 {
            Kind::Shared(transaction) => transaction.act(act).await,
            Kind::Own(own) => own.act(act).await,
        }
    }
}
