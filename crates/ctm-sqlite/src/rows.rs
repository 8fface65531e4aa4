//! Writing and reading many rows with one statement.

use crate::error::damaged;
use crate::sql::{Numbers, Statements, Tx, one, values};
use rusqlite::{Params, ToSql};

/// Rows that are written without a pause, in which other tasks of the thread run: a few milliseconds.
const WITHOUT_PAUSE: usize = 2_000;

/// The values of a row, bound in the order of the parameters of its statement.
pub struct Row<'a, 'h> {
    statement: &'a mut rusqlite::Statement<'h>,
    /// Number of bound values.
    bound: usize,
    /// The first failure.
    result: rusqlite::Result<()>,
}

impl Row<'_, '_> {
    /// Binds a value.
    pub fn add(&mut self, value: impl ToSql) -> &mut Self {
        self.bound += 1;
        if self.result.is_ok() {
            self.result = self.statement.raw_bind_parameter(self.bound, value);
        }
        self
    }

    /// Binds a typed number, or NULL.
    pub fn optional_id(&mut self, id: Option<impl Into<i64>>) -> &mut Self {
        self.add(id.map(Into::into))
    }
}

impl Numbers for Row<'_, '_> {
    fn number(&mut self, number: i64) -> &mut Self {
        self.add(number)
    }
}

/// Writes rows, each with one execution of a statement, and returns the number of inserted or changed rows.
///
/// # Errors
///
/// Fails when SQLite refuses a row; the rows before it are part of the transaction.
pub async fn write<R: Sync>(
    tx: &mut Tx<'_>,
    statement: &'static str,
    rows: &[R],
    bind: impl Fn(&mut Row<'_, '_>, &R) + Sync,
) -> sqlx::Result<u64> {
    let mut written = 0;
    for rows in rows.chunks(WITHOUT_PAUSE) {
        let write = |handle: &rusqlite::Connection| {
            let mut statement = handle.prepare_cached(statement)?;
            let mut written = 0;
            for row in rows {
                let mut values = Row { statement: &mut statement, bound: 0, result: Ok(()) };
                bind(&mut values, row);
                values.result?;
                written += statement.raw_execute()? as u64;
            }
            Ok(written)
        };
        written += tx.act(write).await?;
        if rows.len() == WITHOUT_PAUSE {
            tokio::task::yield_now().await;
        }
    }
    Ok(written)
}

/// Passes the integers of each row that a statement selects to `take`. NULL is an error.
///
/// Other tasks of the thread do not run meanwhile.
///
/// # Errors
///
/// Fails when SQLite does, and at a value that is not an integer.
pub async fn each_row(
    on: &mut impl Statements,
    statement: &'static str,
    parameters: impl Params + Send,
    mut take: impl FnMut(&[i64]) + Send,
) -> sqlx::Result<()> {
    on.act(|handle| {
        let mut statement = handle.prepare_cached(statement)?;
        let mut integers = vec![0; statement.column_count()];
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            for (column, integer) in integers.iter_mut().enumerate() {
                *integer = row.get(column)?;
            }
            take(&integers);
        }
        Ok(())
    })
    .await
}

/// Returns the first number that is free for new rows, after the largest that a statement returns.
///
/// # Errors
///
/// Fails when there is no free number, which no database has of itself.
pub async fn next_id<Id: From<i64>>(tx: &mut Tx<'_>, largest: &'static str) -> sqlx::Result<Id> {
    let (largest,): (i64,) = one(tx, largest, values![]).await?;
    let next = largest.checked_add(1).filter(|next| (1..MOST_ID).contains(next));
    next.map(Id::from).ok_or_else(|| damaged(format!("row numbers are exhausted: the largest is {largest}")))
}

/// Far more rows than there can be; from there on their numbers are wrong.
const MOST_ID: i64 = 1 << 62;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Writing;
    use sqlx::Connection;
    use sqlx::sqlite::SqliteConnection;

    #[tokio::test]
    async fn rows_are_counted_and_a_refused_one_is_an_error() {
        let mut connection = Writing::from(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        sqlx::raw_sql("CREATE TABLE t (x UNIQUE, y NOT NULL)").execute(&mut *connection).await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        let rows: Vec<i64> = (0..5_000).map(|number| number / 2).collect();
        let bind = |row: &mut Row<'_, '_>, number: &i64| {
            row.id(*number).add("text");
        };
        let inserted =
            write(&mut tx, "INSERT INTO t VALUES (?, ?) ON CONFLICT DO NOTHING", &rows, bind).await;
        assert_eq!(inserted.unwrap(), 2_500);
        let refused = write(&mut tx, "INSERT INTO t VALUES (?, ?)", &[7], bind).await.unwrap_err();
        assert!(refused.to_string().contains("UNIQUE"), "{refused}");
        let too_few = write(&mut tx, "INSERT INTO t VALUES (?, 1)", &[-1], bind).await;
        too_few.unwrap_err();
        tx.commit().await.unwrap();
        let (count, texts): (i64, i64) = sqlx::query_as("SELECT count(*), sum(y = 'text') FROM t")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!((count, texts), (2_500, 2_500));
    }

    #[tokio::test]
    async fn integers_are_passed_row_by_row_and_other_values_are_refused() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut read = Vec::new();
        let statement = "SELECT value, value * ?1 FROM json_each('[1, 2, 3]') WHERE value <= ?2";
        each_row(&mut connection, statement, [10, 2], |row| read.push(row.to_vec())).await.unwrap();
        assert_eq!(read, [[1, 10], [2, 20]]);
        for value in ["SELECT NULL", "SELECT 'text'", "SELECT 1.5"] {
            let failed = each_row(&mut connection, value, [], |_| ()).await.unwrap_err();
            assert!(matches!(failed, sqlx::Error::Decode(_)), "{failed:?}");
        }
    }
}
