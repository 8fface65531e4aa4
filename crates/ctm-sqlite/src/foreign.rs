//! A database of another program, opened to be read once.
//!
//! # Design
//!
//! The file is opened as one that nothing changes, so that no lock is taken and no file appears beside it. A log beside it would
//! be left out without notice, so that the caller refuses one. Only ordinary tables are read: a view or a virtual table could compute
//! anything.

use crate::handle::of_rusqlite;
use crate::readers::{Access, open_to_read};
use crate::select::SqlValue;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// A database of another program.
pub struct ForeignDatabase(Connection);

/// Why reading rows ended.
#[derive(Debug)]
pub enum RowsFailure<E> {
    /// The database cannot be read.
    Unreadable(sqlx::Error),
    /// A row is refused.
    Refused(E),
}

impl ForeignDatabase {
    /// Opens a file, which must not have a log beside it.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read.
    pub fn open(path: &Path) -> sqlx::Result<Self> {
        let connection = open_to_read(path, Access::Immutable, Duration::ZERO)?;
        connection.pragma_update(None, "cell_size_check", true).map_err(of_rusqlite)?;
        Ok(Self(connection))
    }

    /// Returns the version that the program gave its schema; 0 is none.
    ///
    /// # Errors
    ///
    /// Fails when the file is not a database.
    pub fn user_version(&self) -> sqlx::Result<i64> {
        self.0.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(of_rusqlite)
    }

    /// Returns the columns of an ordinary table; none without such a table.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub fn columns(&self, table: &str) -> sqlx::Result<BTreeSet<String>> {
        const COLUMNS: &str = "SELECT pragma_table_xinfo.name FROM sqlite_schema
             JOIN pragma_table_xinfo(sqlite_schema.name)
             WHERE sqlite_schema.type = 'table' AND sqlite_schema.name = ?1 AND hidden = 0 AND sqlite_schema.sql NOT LIKE 'CREATE VIRTUAL%'";
        let columns = || -> rusqlite::Result<BTreeSet<String>> {
            let mut statement = self.0.prepare(COLUMNS)?;
            statement.query_map([table], |row| row.get(0))?.collect()
        };
        columns().map_err(of_rusqlite)
    }

    /// Passes the values of each row that a statement selects to `take`, with the number of the row.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, and when `take` does.
    pub fn each_row<E>(
        &self,
        statement: &str,
        mut take: impl FnMut(u64, &[SqlValue]) -> Result<(), E>,
    ) -> Result<(), RowsFailure<E>> {
        let unreadable = |error| RowsFailure::Unreadable(of_rusqlite(error));
        let mut statement = self.0.prepare(statement).map_err(unreadable)?;
        let mut values = vec![SqlValue::Null; statement.column_count()];
        let mut rows = statement.query([]).map_err(unreadable)?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(unreadable)? {
            for (column, value) in values.iter_mut().enumerate() {
                *value = owned(row.get_ref(column).map_err(unreadable)?);
            }
            number += 1;
            take(number, &values).map_err(RowsFailure::Refused)?;
        }
        Ok(())
    }
}

fn owned(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(integer) => SqlValue::Integer(integer),
        ValueRef::Real(real) => SqlValue::Real(real),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            SqlValue::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}
