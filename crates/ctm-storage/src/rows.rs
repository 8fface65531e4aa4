//! Writing many rows with few statements.
//!
//! A statement mostly costs its hand-over to the thread of the connection, so one statement takes many rows;
//! while it runs, the values of the next one are prepared.

use crate::error::damaged;
use crate::sql::{Tx, Values};
use futures_util::future::join;
use sqlx::{Arguments, AssertSqlSafe};
use std::collections::HashMap;
use std::sync::Arc;

/// Values that one statement binds, about; SQLite takes at most 32,766. Far fewer keep the
/// statement's program in the processor's cache.
const VALUES: usize = 2_000;

/// Writes rows with a statement for one row, with `VALUES (?, ?)` for its values, and returns the number of
/// inserted or changed rows.
pub(crate) async fn insert<R>(
    tx: &mut Tx<'_>,
    statement: &'static str,
    rows: &[R],
    bind: impl Fn(&mut Values, &R),
) -> sqlx::Result<u64> {
    let (head, row, tail) = around_row(statement);
    let columns = row.matches('?').count();
    let prepare = |rows: &[R]| {
        let mut values = Values::default();
        values.0.reserve(rows.len() * columns, 0);
        rows.iter().for_each(|row| bind(&mut values, row));
        values.0
    };
    let text = |rows: usize| -> Arc<str> { format!("{head}{}{tail}", vec![row; rows].join(", ")).into() };
    let mut written = 0;
    let mut texts: HashMap<usize, Arc<str>> = HashMap::new();
    let mut chunks = Chunks { rows, most: VALUES / columns };
    let mut next = chunks.next().map(|rows| (rows.len(), prepare(rows)));
    while let Some((count, values)) = next {
        let sql = Arc::clone(texts.entry(count).or_insert_with(|| text(count)));
        let statement = sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx);
        let prepared = async { chunks.next().map(|rows| (rows.len(), prepare(rows))) };
        let (result, prepared) = join(statement, prepared).await;
        written += result?.rows_affected();
        next = prepared;
    }
    Ok(written)
}

/// Splits a statement into the text before the row of its parameters, the row, and the text after it.
fn around_row(statement: &str) -> (&str, &str, &str) {
    const VALUES: &str = "VALUES ";
    let start = statement.find(VALUES).map_or(statement.len(), |at| at + VALUES.len());
    let (head, rest) = statement.split_at(start);
    let (row, tail) = rest.split_at(rest.find(')').map_or(rest.len(), |at| at + 1));
    (head, row, tail)
}

/// Returns the first number that is free for new rows, after the largest that a statement returns.
pub(crate) async fn next_id<Id: From<i64>>(tx: &mut Tx<'_>, largest: &'static str) -> sqlx::Result<Id> {
    let largest: i64 = sqlx::query_scalar(largest).fetch_one(&mut **tx).await?;
    let next = largest.checked_add(1).filter(|next| (1..MOST_ID).contains(next));
    next.map(Id::from).ok_or_else(|| damaged(format!("row numbers are exhausted: the largest is {largest}")))
}

/// Far more rows than there can be; from there on their numbers are wrong.
const MOST_ID: i64 = 1 << 62;

/// Cuts rows into chunks with powers of two as lengths, so that there are few different statements and each
/// is compiled once.
struct Chunks<'a, R> {
    rows: &'a [R],
    most: usize,
}

impl<'a, R> Iterator for Chunks<'a, R> {
    type Item = &'a [R];

    fn next(&mut self) -> Option<&'a [R]> {
        let length = 1 << self.rows.len().min(self.most.max(1)).checked_ilog2()?;
        let (chunk, rest) = self.rows.split_at(length);
        self.rows = rest;
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_one_row_of_parameters() {
        let upsert = "INSERT INTO term (id, text)\nVALUES (?, ?)\nON CONFLICT (id) DO NOTHING";
        let around = ("INSERT INTO term (id, text)\nVALUES ", "(?, ?)", "\nON CONFLICT (id) DO NOTHING");
        assert_eq!(around_row(upsert), around);
        assert_eq!(
            around_row("INSERT INTO term (id) VALUES (?)"),
            ("INSERT INTO term (id) VALUES ", "(?)", "")
        );
    }

    #[test]
    fn chunks_are_powers_of_two_and_cover_all_rows() {
        let lengths = |rows: &[u8], most| Chunks { rows, most }.map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[0; 43], 20), [16, 16, 8, 2, 1]);
        assert_eq!(lengths(&[0; 3], 0), [1, 1, 1]);
        assert!(lengths(&[], 8).is_empty());
    }
}
