//! Valid ranges of stored values, and the repair of others.
//!
//! # Design
//!
//! A database can be edited by hand, restored or damaged while every value still has the type of its column.
//! An invalid value is therefore an error where it is read, never a panic; this module finds such values
//! without converting them. Facts are repaired from their transcripts: a response with an invalid row is
//! replaced when its lines are read again. Derived values, and values that are not facts, are removed.

use ctm_facts::hash_of;
use ctm_sqlite::sql::{Statements, Tx, all, column, execute, one, script, statements, values};
use ctm_types::PicoUsd;
use sqlx::AssertSqlSafe;

/// The largest count in a transcript; a larger one is not exact in JSON.
pub(crate) const MOST: i64 = 1 << 53;

/// Counts rows of facts that hold what they cannot, table by table. References are checked by SQLite itself.
const IMPOSSIBLE: &str = include_str!("sql/values/impossible.sql");

/// Deletes invalid rows of tables that contain no facts, or facts that are read again.
const REMOVABLE: &str = include_str!("sql/values/removable.sql");

/// Repairs references to nothing, and values that can be corrected.
const REPAIR: &str = include_str!("sql/values/repair.sql");

/// Returns what cannot be right of the values in a database of the newest schema.
pub(crate) async fn problems(on: &mut impl Statements) -> sqlx::Result<Vec<String>> {
    const TWICE: &str = "SELECT coalesce(sum(rows - 1), 0)
         FROM (SELECT count(*) AS rows FROM event GROUP BY key_hash, key, part HAVING count(*) > 1)";
    const HEADLESS: &str = "SELECT count(*) FROM event AS later
         WHERE part > 0 AND NOT EXISTS (SELECT 1 FROM event WHERE event.key_hash = later.key_hash
                                        AND event.key = later.key AND event.part = later.part - 1)";
    let mut problems = Vec::new();
    let mut note = |rows: i64, table: &str, what: &str| {
        if rows > 0 {
            problems.push(format!("{rows} rows of {table} {what}"));
        }
    };
    for impossible in rows_of(IMPOSSIBLE).chain(rows_of(REMOVABLE)) {
        let table = impossible.split_whitespace().next().unwrap_or_default();
        let count = format!("SELECT count(*) FROM {impossible}");
        let (rows,): (i64,) = one(on, AssertSqlSafe(count), values![]).await?;
        note(rows, table, "have invalid values");
    }
    let (states,): (i64,) = one(on, "SELECT count(*) FROM state", values![]).await?;
    note(1 - states, "state", "are missing");
    let (twice,): (i64,) = one(on, TWICE, values![]).await?;
    note(twice, "event", "duplicate a stored response");
    let (headless,): (i64,) = one(on, HEADLESS, values![]).await?;
    note(headless, "event", "lack the preceding part of their response");
    let found = misplaced_events(on).await?.len();
    note(i64::try_from(found).unwrap_or(i64::MAX), "event", "cannot be found by their keys");
    let unreadable = unreadable_snapshots(on).await?.len();
    note(i64::try_from(unreadable).unwrap_or(i64::MAX), "snapshot", "have no valid amount");
    Ok(problems)
}

/// Returns which rows the statements of a script are about: `<table> WHERE <condition>`.
fn rows_of(script: &'static str) -> impl Iterator<Item = &'static str> {
    statements(script).filter_map(|statement| Some(statement.split_once("FROM ")?.1))
}

/// Repairs values that need no transcript, and removes invalid derived ones.
pub(crate) async fn repair(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const NEXT_SNAPSHOT: &str = "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM snapshot)
         WHERE name = 'snapshot' AND seq NOT BETWEEN 0 AND 9007199254740992";
    script(tx, REPAIR).await?;
    script(tx, REMOVABLE).await?;
    // New snapshots have numbers above all that ever were.
    execute(tx, NEXT_SNAPSHOT, values![]).await?;
    renumber(tx).await?;
    for id in unreadable_snapshots(tx).await? {
        execute(tx, "DELETE FROM snapshot WHERE id = ?1", values![id]).await?;
    }
    for Misplaced { id, hash } in misplaced_events(tx).await? {
        execute(tx, "UPDATE event SET key_hash = ?2 WHERE id = ?1", values![id, hash]).await?;
    }
    Ok(())
}

/// Replaces numbers that leave no room above them with the next free ones, also in rows that refer to them.
async fn renumber(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    for table in ["event", "source_file"] {
        let absurd = format!("SELECT id FROM {table} WHERE id NOT BETWEEN 1 AND {MOST}");
        let absurd: Vec<i64> = column(tx, AssertSqlSafe(absurd), values![]).await?;
        let references = references_to(table, tx).await?;
        for id in absurd {
            let next = format!("SELECT coalesce(max(id), 0) + 1 FROM {table} WHERE id BETWEEN 1 AND {MOST}");
            let (next,): (i64,) = one(tx, AssertSqlSafe(next), values![]).await?;
            let columns = references.iter().map(|of| (of.table.as_str(), of.column.as_str()));
            for (table, column) in columns.chain([(table, "id")]) {
                let renumber = format!("UPDATE {table} SET {column} = {next} WHERE {column} = {id}");
                execute(tx, AssertSqlSafe(renumber), values![]).await?;
            }
        }
    }
    Ok(())
}

/// A column that refers to rows of a table.
struct Reference {
    table: String,
    column: String,
}

/// Returns the columns that refer to rows of a table.
async fn references_to(table: &str, tx: &mut Tx<'_>) -> sqlx::Result<Vec<Reference>> {
    const REFERENCES: &str = "SELECT tables.name, keys.\"from\"
         FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
         WHERE tables.type = 'table' AND keys.\"table\" = ?1";
    let found: Vec<(String, String)> = all(tx, REFERENCES, values![table]).await?;
    Ok(found.into_iter().map(|(table, column)| Reference { table, column }).collect())
}

/// An event with a hash that does not match its key.
struct Misplaced {
    id: i64,
    /// The hash of its key.
    hash: i64,
}

/// Returns the events with a hash that does not match their key.
async fn misplaced_events(on: &mut impl Statements) -> sqlx::Result<Vec<Misplaced>> {
    let mut misplaced = Vec::new();
    let mut after = i64::MIN;
    loop {
        const PAGE: &str = "SELECT id, key, key_hash FROM event WHERE id > ?1 ORDER BY id LIMIT 10000";
        let events: Vec<(i64, String, i64)> = all(on, PAGE, values![after]).await?;
        let Some((last, ..)) = events.last() else { return Ok(misplaced) };
        after = *last;
        for (id, key, stored) in events {
            let hash = hash_of(&key);
            if stored != hash {
                misplaced.push(Misplaced { id, hash });
            }
        }
    }
}

async fn unreadable_snapshots(on: &mut impl Statements) -> sqlx::Result<Vec<i64>> {
    let amounts: Vec<(i64, Option<String>, String)> =
        all(on, "SELECT id, cost, cache_saving FROM snapshot", values![]).await?;
    let is_amount = |text: &str| text.parse::<PicoUsd>().is_ok();
    let unreadable = amounts
        .into_iter()
        .filter(|(_, cost, saving)| !cost.as_deref().is_none_or(is_amount) || !is_amount(saving));
    Ok(unreadable.map(|(id, ..)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_count_is_that_of_the_conditions() {
        let most = MOST.to_string();
        let rows: Vec<&str> = rows_of(IMPOSSIBLE).chain(rows_of(REMOVABLE)).collect();
        assert_eq!(rows.len(), 28);
        assert!(rows.iter().any(|rows| rows.starts_with("event\nWHERE id") && rows.contains(&most)));
    }
}
