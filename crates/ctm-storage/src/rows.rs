//! Writing many rows with few statements.
//!
//! The time of a statement is mostly that of handing it over to the thread of the connection, so
//! that one statement takes many rows; and while it runs, the values of the next are prepared.

use crate::writer::Tx;
use futures_util::future::join;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, Type};
use std::sync::Arc;

/// Values that one statement binds, about; SQLite takes at most 32,766. Far fewer keep the
/// statement's program in the processor's cache.
const VALUES: usize = 2_000;

/// The values of rows, one after the other.
#[derive(Default)]
pub(crate) struct Values(SqliteArguments);

impl Values {
    pub(crate) fn add<'v>(&mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> &mut Self {
        self.0.add(value).expect("numbers and texts can be bound");
        self
    }
}

/// Writes rows with a statement that goes `<head> VALUES (?, ...), ... <tail>`.
pub(crate) async fn insert<R>(
    tx: &mut Tx<'_>,
    [head, tail]: [&'static str; 2],
    columns: usize,
    rows: &[R],
    bind: impl Fn(&mut Values, &R),
) -> sqlx::Result<()> {
    let per_statement = (VALUES / columns).max(1);
    let prepare = |rows: &[R]| {
        let mut values = Values::default();
        values.0.reserve(rows.len() * columns, 0);
        rows.iter().for_each(|row| bind(&mut values, row));
        values.0
    };
    let text = |rows: usize| -> Arc<str> {
        let row = format!("({}?), ", "?, ".repeat(columns - 1));
        let rows = row.repeat(rows);
        format!("{head} VALUES {} {tail}", rows.trim_end_matches(", ")).into()
    };
    let full = text(per_statement.min(rows.len()));
    let mut chunks = rows.chunks(per_statement);
    let mut next = chunks.next().map(|rows| (rows.len(), prepare(rows)));
    while let Some((count, values)) = next.take() {
        let sql = if count == per_statement.min(rows.len()) { Arc::clone(&full) } else { text(count) };
        let statement = sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx);
        let prepared = async { chunks.next().map(|rows| (rows.len(), prepare(rows))) };
        let (result, prepared) = join(statement, prepared).await;
        result?;
        next = prepared;
    }
    Ok(())
}
