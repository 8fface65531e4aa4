//! Basics of all statements: transactions, typed numbers, and lists as one value.
//!
//! # Why lists are JSON
//!
//! sqlx runs SQLite on a separate thread, and each statement and each row of a result passes between two
//! threads, which costs more than finding the row. Many values are therefore passed as one text that `json_each`
//! splits. Statements with thousands of rows are in [`crate::rows`].

use ctm_types::TokenCounts;
use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteArgumentsBuffer, SqliteConnection, SqliteRow, SqliteTypeInfo,
    SqliteValueRef,
};
use sqlx::{Arguments, Decode, Encode, FromRow, Row, Transaction, Type};

/// A transaction.
pub type Tx<'a> = Transaction<'a, Sqlite>;

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

impl<T: Copy + Into<i64>> Encode<'_, Sqlite> for Db<T> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode(self.0.into(), buffer)
    }
}

/// Reads a typed number from a column.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn number<T: From<i64>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    row.try_get::<i64, _>(column).map(T::from)
}

/// Reads a typed number from a column that may be NULL.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn optional<T: From<i64>>(row: &SqliteRow, column: &str) -> sqlx::Result<Option<T>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(T::from))
}

/// Reads a count, which is stored as a signed number.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn count(row: &SqliteRow, column: &str) -> sqlx::Result<u64> {
    row.try_get(column).map(i64::cast_unsigned)
}

/// Reads a count for a sum: damage may have made it negative, which must not become a large one.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn magnitude(row: &SqliteRow, column: &str) -> sqlx::Result<u64> {
    row.try_get(column).map(i64::unsigned_abs)
}

/// Reads the five kinds of tokens from columns of their names.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub fn tokens(row: &SqliteRow) -> sqlx::Result<TokenCounts> {
    Ok(TokenCounts {
        input: count(row, "input")?,
        output: count(row, "output")?,
        cache_read: count(row, "cache_read")?,
        cache_write_5m: count(row, "cache_write_5m")?,
        cache_write_1h: count(row, "cache_write_1h")?,
    })
}

/// The values of a statement, or of rows, one after the other.
#[derive(Default)]
pub struct Values(pub SqliteArguments);

impl Values {
    /// Adds a value.
    ///
    /// # Panics
    ///
    /// Never for numbers and texts.
    pub fn add<'v>(&mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> &mut Self {
        self.0.add(value).expect("numbers and texts can be bound");
        self
    }
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
/// Fails when SQLite does, or a column has another type.
pub async fn rows(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<Vec<SqliteRow>> {
    sqlx::query_with(statement, values.0).fetch_all(on).await
}

/// Returns the rows that a statement selects, as tuples of their columns.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn all<T: Send + Unpin + for<'r> FromRow<'r, SqliteRow>>(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<Vec<T>> {
    sqlx::query_as_with(statement, values.0).fetch_all(on).await
}

/// Returns the one row that a statement selects, as a tuple of its columns.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn one<T: Send + Unpin + for<'r> FromRow<'r, SqliteRow>>(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<T> {
    sqlx::query_as_with(statement, values.0).fetch_one(on).await
}

/// Returns the only column of the rows that a statement selects.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn column<T>(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<Vec<T>>
where
    T: Send + Unpin,
    (T,): for<'r> FromRow<'r, SqliteRow>,
{
    sqlx::query_scalar_with(statement, values.0).fetch_all(on).await
}

/// Returns the numbers that a statement selects.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn numbers<T: From<i64>, C: FromIterator<T>>(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<C> {
    let numbers: Vec<i64> = column(on, statement, values).await?;
    Ok(numbers.into_iter().map(T::from).collect())
}

/// Executes a statement, and returns how many rows it changed.
///
/// # Errors
///
/// Fails when SQLite does, or a column has another type.
pub async fn execute(
    on: &mut SqliteConnection,
    statement: &'static str,
    values: Values,
) -> sqlx::Result<u64> {
    Ok(sqlx::query_with(statement, values.0).execute(on).await?.rows_affected())
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
