//! A statement that a person writes, on a connection of its own that reads some views and nothing else.
//!
//! # Design
//!
//! Several bounds hold at once, so that none has to be perfect: the file is opened to be read only, an authorizer
//! permits reads of the views and of the columns that they are made of, and functions of a list; the length of a
//! statement, of a value, of a row and of the result is limited, and so is the time. Sorting uses temporary files beyond
//! the cache of a connection. Which columns the views are made of is recorded while they are compiled, so that no list has
//! to follow the schema.

use crate::handle::of_rusqlite;
use crate::permitted::Permitted;
use crate::readers::{Access, open_to_read};
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::AuthContext;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, Rows};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Instructions of SQLite's machine between two checks of the time: some microseconds.
const STEPS_BETWEEN_CHECKS: i32 = 1_000;

/// Maximum wait for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Limits of SQLite itself: bytes of a value or a row, and of a statement, and the complexity of a statement.
const LIMITS: [(Limit, i32); 9] = [
    (Limit::SQLITE_LIMIT_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 64 << 10),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_VDBE_OP, 100_000),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// A value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text; bytes that are not UTF-8 are replaced, and a blob is its literal.
    Text(String),
}

/// A view, with the statement that it is made of.
#[derive(Debug, Clone, Copy)]
pub struct ViewStatement {
    /// Its name.
    pub name: &'static str,
    /// Its `SELECT`.
    pub select: &'static str,
}

/// Bounds of a result.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Maximum time.
    pub time: Duration,
    /// Maximum number of rows.
    pub rows: usize,
    /// Maximum size of all values, in bytes.
    pub bytes: usize,
}

/// The bound at which a result was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The number of rows.
    Rows,
    /// The size.
    Bytes,
}

/// The result of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Names of the columns; they can be equal.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// The bound at which the rows were cut off, if any.
    pub cut: Option<Cut>,
}

/// Failure of a statement.
#[derive(Debug)]
pub enum SelectFailure {
    /// The statement is invalid, does more than read views, or failed on a value; the reason in SQLite's words.
    Refused(String),
    /// The statement took longer than is permitted.
    TimedOut,
    /// The database cannot be read.
    Unreadable(sqlx::Error),
}

/// A connection that reads one file.
pub struct ReadConnection(Connection);

impl ReadConnection {
    /// Opens a file to be read only; `is_immutable` if nothing changes it, and it may have no log beside it.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read.
    pub fn open(path: &Path, is_immutable: bool) -> sqlx::Result<Self> {
        let access = if is_immutable { Access::Immutable } else { Access::Read };
        open_to_read(path, access, BUSY_TIMEOUT).map(Self)
    }

    /// Defines a function of integers for the views. It returns NULL if one of them is NULL.
    ///
    /// # Errors
    ///
    /// Fails when SQLite does.
    pub fn define(
        &self,
        name: &'static str,
        arguments: i32,
        function: impl Fn(&[i64]) -> SqlValue + Send + 'static,
    ) -> sqlx::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS;
        let call = move |context: &rusqlite::functions::Context<'_>| {
            let arguments = (0..context.len()).map(|at| context.get::<Option<i64>>(at));
            let arguments: Option<Vec<i64>> = arguments.collect::<rusqlite::Result<_>>()?;
            Ok(output(arguments.map_or(SqlValue::Null, |arguments| function(&arguments))))
        };
        self.0.create_scalar_function(name, arguments, flags, call).map_err(of_rusqlite)
    }

    /// Runs one statement that reads the views with these names, until it ends, is cancelled or reaches a bound.
    /// Other views are only parts of them.
    ///
    /// # Errors
    ///
    /// Fails when the statement is refused or takes too long, and when the database cannot be read.
    pub fn select(
        self,
        views: &[ViewStatement],
        names: &[&str],
        statement: &str,
        bounds: Bounds,
        cancelled: Arc<AtomicBool>,
    ) -> Result<Selection, SelectFailure> {
        self.restrict(views, names).map_err(|error| SelectFailure::Unreadable(of_rusqlite(error)))?;
        if statement.contains('\0') {
            return Err(SelectFailure::Refused("a statement has no NUL characters".to_owned()));
        }
        let deadline = Instant::now() + bounds.time;
        let stops = move || cancelled.load(Ordering::Relaxed) || Instant::now() >= deadline;
        self.0.progress_handler(STEPS_BETWEEN_CHECKS, Some(stops)).map_err(failure)?;
        self.selected(statement, bounds).map_err(failure)
    }

    /// Returns the views with these names, each with the names of its columns.
    ///
    /// # Errors
    ///
    /// Fails when the views do not suit the database.
    pub fn columns(
        &self,
        views: &[ViewStatement],
        names: &[&'static str],
    ) -> sqlx::Result<Vec<(&'static str, Vec<String>)>> {
        self.restrict(views, names).map_err(of_rusqlite)?;
        let columns = |name: &&'static str| {
            let statement = self.0.prepare(&format!("SELECT * FROM {name}"))?;
            Ok((*name, statement.column_names().into_iter().map(str::to_owned).collect()))
        };
        names.iter().map(columns).collect::<rusqlite::Result<_>>().map_err(of_rusqlite)
    }

    /// Creates the views, and permits nothing but to read them.
    fn restrict(&self, views: &[ViewStatement], names: &[&str]) -> rusqlite::Result<()> {
        let connection = &self.0;
        for ViewStatement { name, select } in views {
            connection.execute_batch(&format!("CREATE TEMP VIEW {name} AS {select}"))?;
        }
        let mut permitted = Permitted::new(names, &tables(connection)?);
        let read = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&read);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            record.lock().unwrap_or_else(PoisonError::into_inner).extend(Permitted::needed(&context));
            rusqlite::hooks::Authorization::Allow
        }))?;
        for name in names {
            connection.prepare(&format!("SELECT * FROM {name}"))?;
        }
        permitted.permit(std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner)));
        connection.pragma_update(None, "query_only", true)?;
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most)?;
        }
        connection.authorizer(Some(move |context: AuthContext<'_>| permitted.decide(&context)))
    }

    fn selected(&self, statement: &str, bounds: Bounds) -> rusqlite::Result<Selection> {
        let mut statement = self.0.prepare(statement)?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let count = columns.len();
        if count == 0 {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let (rows, cut) = collect(statement.raw_query(), count, bounds)?;
        Ok(Selection { columns, rows, cut })
    }
}

/// Collects rows up to the bounds.
fn collect(
    mut found: Rows<'_>,
    columns: usize,
    bounds: Bounds,
) -> rusqlite::Result<(Vec<Vec<SqlValue>>, Option<Cut>)> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        if rows.len() == bounds.rows {
            return Ok((rows, Some(Cut::Rows)));
        }
        let values = (0..columns).map(|at| Ok(value(row.get_ref(at)?)));
        let values: Vec<SqlValue> = values.collect::<rusqlite::Result<_>>()?;
        bytes += values.iter().map(size).sum::<usize>();
        if bytes > bounds.bytes {
            return Ok((rows, Some(Cut::Bytes)));
        }
        rows.push(values);
    }
    Ok((rows, None))
}

/// Returns the names of all tables of the file.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM main.sqlite_schema")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn value(of: ValueRef<'_>) -> SqlValue {
    match of {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(integer) => SqlValue::Integer(integer),
        ValueRef::Real(real) => SqlValue::Real(real),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(blob) => {
            let digits: String = blob.iter().map(|byte| format!("{byte:02X}")).collect();
            SqlValue::Text(format!("x'{digits}'"))
        }
    }
}

fn output(value: SqlValue) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(integer) => Value::Integer(integer),
        SqlValue::Real(real) => Value::Real(real),
        SqlValue::Text(text) => Value::Text(text),
    })
}

/// Returns the memory of a value, in bytes.
fn size(value: &SqlValue) -> usize {
    size_of::<SqlValue>() + if let SqlValue::Text(text) = value { text.len() } else { 0 }
}

/// Converts an error: most are about the statement.
fn failure(error: rusqlite::Error) -> SelectFailure {
    use ErrorCode::{AuthorizationForStatementDenied, ParameterOutOfRange, TooBig, TypeMismatch, Unknown};
    let refused = |reason: &str| SelectFailure::Refused(reason.to_owned());
    match error {
        rusqlite::Error::MultipleStatement => refused("there is more than one statement"),
        rusqlite::Error::InvalidQuery => refused("the statement selects nothing"),
        rusqlite::Error::SqliteFailure(code, message) => match code.code {
            ErrorCode::OperationInterrupted => SelectFailure::TimedOut,
            AuthorizationForStatementDenied => {
                let reason = message.unwrap_or_default();
                SelectFailure::Refused(format!("{reason}: a statement reads the views, and nothing else"))
            }
            Unknown | TooBig | TypeMismatch | ParameterOutOfRange => {
                SelectFailure::Refused(message.unwrap_or_else(|| code.to_string()))
            }
            _ => SelectFailure::Unreadable(of_rusqlite(rusqlite::Error::SqliteFailure(code, message))),
        },
        error => SelectFailure::Unreadable(of_rusqlite(error)),
    }
}
