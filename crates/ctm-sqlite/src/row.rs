//! Rows of a result, and the types of their columns.

use crate::error::damaged;
use rusqlite::types::{ToSql, ToSqlOutput, Value};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Type};
use std::sync::Arc;

/// A row of a result.
#[derive(Debug)]
pub struct Row(Columns);

#[derive(Debug)]
enum Columns {
    Sqlx(SqliteRow),
    Own { names: Arc<[String]>, values: Box<[Value]> },
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Columns::Sqlx(row))
    }
}

impl Row {
    pub(crate) fn new(names: Arc<[String]>, values: Box<[Value]>) -> Self {
        Self(Columns::Own { names, values })
    }

    /// Returns the value of a column, by name or number.
    ///
    /// # Errors
    ///
    /// Fails when there is no such column, or it has another type.
    pub fn try_get<'r, T: Cell<'r>, At: Place>(&'r self, at: At) -> sqlx::Result<T> {
        match &self.0 {
            Columns::Sqlx(row) => at.of_sqlx(row),
            Columns::Own { names, values } => {
                let value = at.of(names, values)?;
                T::cell(value).ok_or_else(|| damaged(format!("a column has the value {value:?}")))
            }
        }
    }
}

/// A column, by name or number.
pub trait Place: Copy {
    /// Returns the value of the column in a row of sqlx.
    ///
    /// # Errors
    ///
    /// Fails when there is no such column, or it has another type.
    fn of_sqlx<'r, T: Cell<'r>>(self, row: &'r SqliteRow) -> sqlx::Result<T>;

    /// Returns the value of the column.
    ///
    /// # Errors
    ///
    /// Fails when there is no such column.
    fn of<'r>(self, names: &[String], values: &'r [Value]) -> sqlx::Result<&'r Value>;
}

impl Place for &str {
    fn of_sqlx<'r, T: Cell<'r>>(self, row: &'r SqliteRow) -> sqlx::Result<T> {
        sqlx::Row::try_get(row, self)
    }

    fn of<'r>(self, names: &[String], values: &'r [Value]) -> sqlx::Result<&'r Value> {
        let value = names.iter().position(|name| name == self).and_then(|at| values.get(at));
        value.ok_or_else(|| sqlx::Error::ColumnNotFound(self.to_owned()))
    }
}

impl Place for usize {
    fn of_sqlx<'r, T: Cell<'r>>(self, row: &'r SqliteRow) -> sqlx::Result<T> {
        sqlx::Row::try_get(row, self)
    }

    fn of<'r>(self, _: &[String], values: &'r [Value]) -> sqlx::Result<&'r Value> {
        let len = values.len();
        values.get(self).ok_or(sqlx::Error::ColumnIndexOutOfBounds { index: self, len })
    }
}

/// A type of columns.
pub trait Cell<'r>: Decode<'r, Sqlite> + Type<Sqlite> {
    /// Converts a value; `None` if it is of another type.
    fn cell(value: &'r Value) -> Option<Self>;
}

impl<'r> Cell<'r> for i64 {
    fn cell(value: &'r Value) -> Option<Self> {
        if let Value::Integer(integer) = value { Some(*integer) } else { None }
    }
}

impl<'r> Cell<'r> for f64 {
    fn cell(value: &'r Value) -> Option<Self> {
        if let Value::Real(real) = value { Some(*real) } else { None }
    }
}

impl<'r> Cell<'r> for bool {
    fn cell(value: &'r Value) -> Option<Self> {
        i64::cell(value).map(|integer| integer != 0)
    }
}

impl<'r> Cell<'r> for &'r str {
    fn cell(value: &'r Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }
}

impl<'r> Cell<'r> for String {
    fn cell(value: &'r Value) -> Option<Self> {
        <&str>::cell(value).map(str::to_owned)
    }
}

impl<'r> Cell<'r> for Vec<u8> {
    fn cell(value: &'r Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.clone()),
            Value::Text(text) => Some(text.clone().into_bytes()),
            _ => None,
        }
    }
}

impl<'r, T: Cell<'r>> Cell<'r> for Option<T> {
    fn cell(value: &'r Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::cell(value).map(Some) }
    }
}

/// A row as a tuple of its columns.
pub trait FromRow: Sized {
    /// Reads the columns.
    ///
    /// # Errors
    ///
    /// Fails when there are fewer columns, or one has another type.
    fn from_row(row: &Row) -> sqlx::Result<Self>;
}

/// Implements [`FromRow`] for tuples of these columns.
macro_rules! from_row {
    ($($column:ident $at:literal),+) => {
        impl<$($column: for<'r> Cell<'r>),+> FromRow for ($($column,)+) {
            fn from_row(row: &Row) -> sqlx::Result<Self> {
                Ok(($(row.try_get::<$column, _>($at)?,)+))
            }
        }
    };
}

from_row!(A 0);
from_row!(A 0, B 1);
from_row!(A 0, B 1, C 2);
from_row!(A 0, B 1, C 2, D 3);
from_row!(A 0, B 1, C 2, D 3, E 4);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// A number of `ctm-types` as a column: neither crate has the type that the other needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Db<T>(pub T);

impl<T> Type<Sqlite> for Db<T> {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(info: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(info)
    }
}

impl<'r, T: From<i64>> Decode<'r, Sqlite> for Db<T> {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(|number| Self(number.into()))
    }
}

impl<'r, T: From<i64>> Cell<'r> for Db<T> {
    fn cell(value: &'r Value) -> Option<Self> {
        i64::cell(value).map(|number| Self(number.into()))
    }
}

impl<T: Copy + Into<i64>> Encode<'_, Sqlite> for Db<T> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode(self.0.into(), buffer)
    }
}

impl<T: Copy + Into<i64>> ToSql for Db<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into().into())
    }
}
