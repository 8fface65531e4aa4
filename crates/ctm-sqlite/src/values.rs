//! Values of a statement.

use rusqlite::types::{ToSql, ToSqlOutput, Value};
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

/// The values of a statement, one after the other.
#[derive(Debug, Default)]
pub struct Values(pub(crate) Vec<Value>);

impl Values {
    /// Adds a value.
    ///
    /// # Panics
    ///
    /// Never for numbers, texts and bytes.
    pub fn add(&mut self, value: impl ToSql) -> &mut Self {
        self.0.push(match value.to_sql() {
            Ok(ToSqlOutput::Owned(value)) => value,
            Ok(ToSqlOutput::Borrowed(value)) => value.try_into().expect("texts are UTF-8"),
            other => panic!("{other:?} is no number, text or bytes"),
        });
        self
    }

    /// Returns the values for sqlx.
    pub(crate) fn arguments(self) -> SqliteArguments {
        let mut arguments = SqliteArguments::default();
        for value in self.0 {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Integer(integer) => arguments.add(integer),
                Value::Real(real) => arguments.add(real),
                Value::Text(text) => arguments.add(text),
                Value::Blob(bytes) => arguments.add(bytes),
            }
            .expect("numbers, texts and bytes can be bound");
        }
        arguments
    }
}
