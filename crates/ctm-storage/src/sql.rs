//! What every statement stands on: transactions, typed numbers, and lists as one value.
//!
//! # Why rows come as JSON
//!
//! SQLite runs on a thread of its own, and each statement and each row of an answer is handed over between
//! two threads, which costs more than finding the row. So many values go in as one text that `json_each`
//! takes apart, and what is summed comes out as one text a day (`json_group_array`). Both are measured: a row
//! for each event takes twice as long.

use serde::{Deserialize, Deserializer, Serialize};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Row, Transaction, Type};

pub(crate) type Tx<'a> = Transaction<'a, Sqlite>;

/// A number of `ctm-types` as a column: neither crate has the type that the other needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Db<T>(pub(crate) T);

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
pub(crate) fn number<T: From<i64>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    row.try_get::<i64, _>(column).map(T::from)
}

/// Reads a typed number from JSON.
pub(crate) fn from_number<'de, D: Deserializer<'de>, T: From<i64>>(json: D) -> Result<T, D::Error> {
    i64::deserialize(json).map(T::from)
}

/// Reads a flag from JSON, in which SQLite writes it as a number.
pub(crate) fn from_flag<'de, D: Deserializer<'de>>(json: D) -> Result<bool, D::Error> {
    i64::deserialize(json).map(|flag| flag != 0)
}

/// Takes the numbers out of a column.
pub(crate) fn unwrapped<T, C: FromIterator<T>>(numbers: Vec<Db<T>>) -> C {
    numbers.into_iter().map(|Db(number)| number).collect()
}

/// Writes texts, or rows of numbers, as a JSON list, which a statement takes as one value.
///
/// SQLite would take a NUL character for the end of its text; facts have none.
pub(crate) fn json_list<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("texts and numbers are JSON")
}

/// Writes numbers as a JSON list, which a statement takes as one value.
pub(crate) fn json_numbers<T: Copy + Into<i64>>(numbers: &[T]) -> String {
    let numbers: Vec<i64> = numbers.iter().map(|number| (*number).into()).collect();
    json_list(&numbers)
}

/// Returns the data version, raised if reports changed.
pub(crate) async fn bump(tx: &mut Tx<'_>, changed: bool) -> sqlx::Result<u64> {
    let version: i64 =
        sqlx::query_scalar("UPDATE state SET data_version = data_version + ?1 RETURNING data_version")
            .bind(i64::from(changed))
            .fetch_one(&mut **tx)
            .await?;
    Ok(version.unsigned_abs())
}
