//! Basics of all statements: typed numbers, values, and lists as one value.
//!
//! # Why lists are JSON
//!
//! sqlx runs SQLite on a separate thread, and each statement and each row of a result passes between two
//! threads, which costs more than finding the row. Many values are therefore passed as one text that `json_each`
//! splits. Statements with thousands of rows are in [`crate::rows`].

pub use crate::row::{Db, FromRow, Row};
pub use crate::transaction::{Statements, Tx, Writing};
pub use crate::values::Values;
use ctm_types::TokenCounts;
use serde::Serialize;
use sqlx::SqlSafeStr;

/// Reads a typed number from a column.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn number<T: From<i64>>(row: &Row, column: &str) -> sqlx::Result<T> {
    row.try_get::<i64, _>(column).map(T::from)
}

/// Reads a typed number from a column that may be NULL.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn optional<T: From<i64>>(row: &Row, column: &str) -> sqlx::Result<Option<T>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(T::from))
}

/// Reads a count, which is stored as a signed number.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn count(row: &Row, column: &str) -> sqlx::Result<u64> {
    row.try_get(column).map(i64::cast_unsigned)
}

/// Reads a count for a sum: damage may have made it negative, which must not become a large one.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn magnitude(row: &Row, column: &str) -> sqlx::Result<u64> {
    row.try_get(column).map(i64::unsigned_abs)
}

/// Reads the five kinds of tokens from columns of their names.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn tokens(row: &Row) -> sqlx::Result<TokenCounts> {
    Ok(TokenCounts {
        input: count(row, "input")?,
        output: count(row, "output")?,
        cache_read: count(row, "cache_read")?,
        cache_write_5m: count(row, "cache_write_5m")?,
        cache_write_1h: count(row, "cache_write_1h")?,
    })
}

impl Numbers for Values {
    fn number(&mut self, number: i64) -> &mut Self {
        self.add(number)
    }
}

/// Takes numbers of all kinds, one after the other.
pub trait Numbers {
    /// Adds a number.
    fn number(&mut self, number: i64) -> &mut Self;

    /// Adds a typed number.
    fn id(&mut self, id: impl Into<i64>) -> &mut Self {
        self.number(id.into())
    }

    /// Adds counts.
    fn counts(&mut self, counts: impl IntoIterator<Item = u64>) -> &mut Self {
        for count in counts {
            self.number(count.cast_signed());
        }
        self
    }

    /// Adds the five kinds of tokens, in the order of [`TokenCounts`].
    fn tokens(&mut self, tokens: &TokenCounts) -> &mut Self {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = *tokens;
        self.counts([input, output, cache_read, cache_write_5m, cache_write_1h])
    }
}

/// Creates the values of a statement, in the order of its parameters.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a statement may have no parameters")]
        let mut values = $crate::sql::Values::default();
        $(values.add($value);)*
        values
    }};
}

pub use values;

/// Returns the rows that a statement selects.
///
/// # Errors
///
/// Fails when SQLite does.
pub async fn rows(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<Vec<Row>> {
    on.rows(statement.into_sql_str(), values).await
}

/// Returns the rows that a statement selects, as tuples of their columns.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn all<T: FromRow>(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<Vec<T>> {
    rows(on, statement, values).await?.iter().map(T::from_row).collect()
}

/// Returns the one row that a statement selects, as a tuple of its columns.
///
/// # Errors
///
/// Fails when SQLite does, there is no row, or a column has another type.
pub async fn one<T: FromRow>(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<T> {
    let rows = rows(on, statement, values).await?;
    T::from_row(rows.first().ok_or(sqlx::Error::RowNotFound)?)
}

/// Returns the only column of the rows that a statement selects.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn column<T>(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<Vec<T>>
where
    (T,): FromRow,
{
    rows(on, statement, values).await?.iter().map(|row| <(T,)>::from_row(row).map(|(value,)| value)).collect()
}

/// Returns the numbers that a statement selects.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn numbers<T: From<i64>, C: FromIterator<T>>(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<C> {
    let numbers: Vec<i64> = column(on, statement, values).await?;
    Ok(numbers.into_iter().map(T::from).collect())
}

/// Executes a statement, and returns how many rows it changed.
///
/// # Errors
///
/// Fails when SQLite does.
pub async fn execute(
    on: &mut impl Statements,
    statement: impl SqlSafeStr,
    values: Values,
) -> sqlx::Result<u64> {
    on.execute(statement.into_sql_str(), values).await
}

/// Executes statements that are separated by semicolons.
///
/// # Errors
///
/// Fails when SQLite does.
pub async fn script(on: &mut impl Statements, statements: impl SqlSafeStr) -> sqlx::Result<()> {
    on.script(statements.into_sql_str()).await
}

/// Returns the statements of a script.
pub fn statements(script: &'static str) -> impl Iterator<Item = &'static str> {
    script.split_terminator(";\n")
}

/// Writes texts, or rows of numbers, as a JSON list, which a statement takes as one value.
///
/// SQLite would take a NUL character for the end of its text; facts have none.
///
/// # Panics
///
/// Never for texts and numbers.
pub fn json_list<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("texts and numbers are JSON")
}

/// Writes numbers as a JSON list, which a statement takes as one value.
pub fn json_numbers<T: Copy + Into<i64>>(numbers: &[T]) -> String {
    let numbers: Vec<i64> = numbers.iter().map(|number| (*number).into()).collect();
    json_list(&numbers)
}

/// Returns the data version, raised if reports changed.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn bump(tx: &mut Tx<'_>, changed: bool) -> sqlx::Result<u64> {
    const RAISE: &str = "UPDATE state SET data_version = data_version + ?1 RETURNING data_version";
    let (version,): (i64,) = one(tx, RAISE, values![i64::from(changed)]).await?;
    Ok(version.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;
    use sqlx::sqlite::SqliteConnection;

    async fn connection() -> Writing {
        let mut connection = Writing::from(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        script(&mut *connection, "CREATE TABLE t (x, y)").await.unwrap();
        connection
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_is_rolled_back_and_the_next_one_works() {
        let mut connection = connection().await;
        for _ in 0..2 {
            let mut tx = connection.begin().await.unwrap();
            execute(&mut tx, "INSERT INTO t VALUES (1, 'a')", values![]).await.unwrap();
            drop(tx);
        }
        let mut tx = connection.begin().await.unwrap();
        execute(&mut tx, "INSERT INTO t VALUES (2, 'b')", values![]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        execute(&mut tx, "DELETE FROM t", values![]).await.unwrap();
        tx.rollback().await.unwrap();
        let rows: Vec<(i64, String)> = all(&mut *connection, "SELECT x, y FROM t", values![]).await.unwrap();
        assert_eq!(rows, [(2, "b".to_owned())]);
        connection.close().await.unwrap();
    }

    /// Returns what the statements of this test find, in a transaction of either kind.
    async fn found(mut tx: Tx<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let several =
            "INSERT INTO t VALUES (1, NULL), (2, x'00'); INSERT INTO t VALUES (3.5, 'text; not a statement')";
        found.push(execute(&mut tx, several, values![]).await.unwrap().to_string());
        // Values without a parameter are left out.
        let update = execute(&mut tx, "UPDATE t SET x = ?1 WHERE x = 1", values![7, "unused"]).await;
        found.push(update.unwrap().to_string());
        let (schema,): (i64,) = one(&mut tx, "PRAGMA schema_version", values![]).await.unwrap();
        found.push(schema.to_string());
        tx.each("SELECT x, y, ?1 IS NULL AS null_given FROM t ORDER BY x", values![None::<i64>], |row| {
            let x = row.try_get::<i64, _>("x").map_err(|_| ());
            let y = row.try_get::<Option<&str>, _>("y").map_err(|_| ());
            let bytes = row.try_get::<Option<Vec<u8>>, _>(1).map_err(|_| ());
            found.push(format!("{x:?} {y:?} {bytes:?} {}", row.try_get::<bool, _>("null_given")?));
            assert!(matches!(row.try_get::<i64, _>("z"), Err(sqlx::Error::ColumnNotFound(_))));
            row.try_get::<i64, _>(3).unwrap_err();
            Ok(())
        })
        .await
        .unwrap();
        let none = one::<(i64,)>(&mut tx, "SELECT x FROM t WHERE x = 0", values![]).await;
        assert!(matches!(none, Err(sqlx::Error::RowNotFound)));
        let failed = execute(&mut tx, "INSERT INTO nothing VALUES (1)", values![]).await.unwrap_err();
        found.push(failed.as_database_error().unwrap().code().unwrap().into_owned());
        found
    }

    #[tokio::test]
    async fn both_kinds_find_the_same() {
        let mut first = connection().await;
        let own = found(first.begin().await.unwrap()).await;
        let mut second = connection().await;
        let shared = found(Tx::from(Connection::begin(&mut *second).await.unwrap())).await;
        assert_eq!(own, shared);
        assert_eq!(own[..3], ["3", "1", "1"]);
    }
}
