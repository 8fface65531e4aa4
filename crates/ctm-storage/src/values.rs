//! Valid ranges of stored values, and the repair of others.
//!
//! # Design
//!
//! A database can be written to by hand, restored from anywhere, or damaged, and every value in it is
//! still one of its column's type. So a value that cannot be right is an error where it is read, never
//! a panic; this module finds such values without reading them into anything. Facts are repaired from
//! their transcripts: a response whose row cannot be right is replaced by what its lines say when
//! they are read again. What is derived, or no fact, is removed.

use crate::sql::{Tx, all, execute, one, values};
use ctm_facts::hash_of;
use ctm_types::PicoUsd;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, FromRow};

/// The largest count that a transcript can hold; one beyond it is no number of JSON.
pub(crate) const MOST: i64 = 1 << 53;

/// What no row of a table can be, as a condition. References are checked by SQLite itself.
const IMPOSSIBLE: [(&str, &str); 22] = [
    (
        "state",
        "max(data_version, forgotten_version) > 9007199254740992 OR min(data_version, forgotten_version) < 0",
    ),
    (
        "source_file",
        "id NOT BETWEEN 1 AND 9007199254740992 OR min(size_bytes, offset_bytes, lines, copies, forgotten) < 0
         OR max(lines, copies, forgotten) > 9007199254740992 OR gone NOT IN (0, 1)",
    ),
    ("skipped_line", "lines NOT BETWEEN 0 AND 9007199254740992"),
    ("line_issue", "offset_bytes < 0"),
    ("conversation", "sidechain NOT IN (0, 1)"),
    (
        "event",
        "id NOT BETWEEN 1 AND 9007199254740992
         OR part < 0 OR min(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches,
                         origin_offset_bytes, winner_offset_bytes) < 0
         OR max(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches) > 9007199254740992
         OR ttl_assumed NOT IN (0, 1) OR final NOT IN (0, 1)
         OR winner_sidechain NOT IN (0, 1) OR winner_in_own_file NOT IN (0, 1) OR winner_embedded NOT IN (0, 1)
         OR thinking_tokens NOT BETWEEN 0 AND 9007199254740992
         OR cache_missed_tokens NOT BETWEEN 0 AND 9007199254740992",
    ),
    (
        "superseded",
        "min(input, output, cache_read, cache_write_5m, cache_write_1h, offset_bytes) < 0
         OR max(input, output, cache_read, cache_write_5m, cache_write_1h) > 9007199254740992
         OR final NOT IN (0, 1) OR sidechain NOT IN (0, 1) OR in_own_file NOT IN (0, 1)
         OR embedded NOT IN (0, 1)",
    ),
    ("session", "start_in_own_file NOT IN (0, 1)"),
    ("claim", "offset_bytes < 0"),
    (
        "session_record",
        "kind NOT IN ('turn', 'hook', 'pull_request') OR duration_ms NOT BETWEEN 0 AND 9007199254740992
         OR number NOT BETWEEN 0 AND 9007199254740992",
    ),
    ("session_name", "kind NOT IN ('title', 'agent') OR in_own_file NOT IN (0, 1) OR offset_bytes < -1"),
    (
        "cost_state",
        "min(cost, api_duration_ms, tool_duration_ms, duration_ms, lines_added, lines_removed) < 0",
    ),
    ("cost_state_model", "min(cost, input, output, thinking, cache_read, cache_write, web_searches) < 0"),
    ("call_searches", "searches NOT BETWEEN 0 AND 9007199254740992"),
    (
        "snapshot",
        "id NOT BETWEEN 1 AND 9007199254740992
         OR min(data_version, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches,
                responses, sessions, unfinalised, unpriced_tokens) < 0",
    ),
    (
        "limit_sample",
        "id NOT BETWEEN 1 AND 9007199254740992
         OR name NOT IN ('five_hour', 'seven_day', 'seven_day_opus', 'seven_day_sonnet', 'seven_day_haiku',
                         'seven_day_fable', 'seven_day_mythos', 'spend_limit')
         OR used_percentage NOT BETWEEN 0 AND 1e6",
    ),
    ("stats_cache", "token_unit NOT IN ('input_output', 'all')"),
    ("stats_cache_activity", "min(messages, sessions, tool_calls) < 0"),
    ("stats_cache_tokens", "tokens < 0 OR token_unit NOT IN ('input_output', 'all')"),
    ("stats_cache_model", "min(input, output, cache_read, cache_write) < 0"),
    ("forgetting", "id NOT BETWEEN 1 AND 9007199254740992 OR min(responses, tokens) < 0"),
    ("forgetting_name", "kind NOT IN ('home', 'project', 'session')"),
];

/// Tables of [`IMPOSSIBLE`] whose rows are no facts, or are read again.
const REMOVABLE: [&str; 15] = [
    "skipped_line",
    "line_issue",
    "superseded",
    "claim",
    "session_record",
    "session_name",
    "cost_state",
    "cost_state_model",
    "call_searches",
    "snapshot",
    "limit_sample",
    "stats_cache",
    "stats_cache_activity",
    "stats_cache_tokens",
    "stats_cache_model",
];

/// Repairs references to nothing, and values that can be corrected.
const REPAIR: &str = include_str!("values/repair.sql");

/// Returns what cannot be right of the values in a database of the newest schema.
pub(crate) async fn problems(connection: &mut SqliteConnection) -> sqlx::Result<Vec<String>> {
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
    for (table, condition) in IMPOSSIBLE {
        let count = format!("SELECT count(*) FROM {table} WHERE {condition}");
        let rows = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        note(rows, table, "hold values that cannot be right");
    }
    let (states,): (i64,) = one(connection, "SELECT count(*) FROM state", values![]).await?;
    note(1 - states, "state", "are missing");
    let (twice,): (i64,) = one(connection, TWICE, values![]).await?;
    note(twice, "event", "are of a response that is there already");
    let (headless,): (i64,) = one(connection, HEADLESS, values![]).await?;
    note(headless, "event", "are parts of a response without the part before them");
    let found = misplaced_events(connection).await?.len();
    note(i64::try_from(found).unwrap_or(i64::MAX), "event", "cannot be found by their keys");
    let unreadable = unreadable_snapshots(connection).await?.len();
    note(i64::try_from(unreadable).unwrap_or(i64::MAX), "snapshot", "hold no amount");
    Ok(problems)
}

/// Repairs what can be repaired without a transcript, and removes what is no fact.
pub(crate) async fn repair(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const NEXT_SNAPSHOT: &str = "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM snapshot)
         WHERE name = 'snapshot' AND seq NOT BETWEEN 0 AND 9007199254740992";
    sqlx::raw_sql(REPAIR).execute(&mut **tx).await?;
    for (table, condition) in IMPOSSIBLE.iter().filter(|(table, _)| REMOVABLE.contains(table)) {
        let remove = format!("DELETE FROM {table} WHERE {condition}");
        sqlx::query(AssertSqlSafe(remove)).execute(&mut **tx).await?;
    }
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

/// Gives rows with numbers above all others, after which there are none, the next that are free, also where
/// other rows refer to them.
async fn renumber(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    for table in ["event", "source_file"] {
        let absurd = format!("SELECT id FROM {table} WHERE id NOT BETWEEN 1 AND {MOST}");
        let absurd: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(absurd)).fetch_all(&mut **tx).await?;
        let references = references_to(table, tx).await?;
        for id in absurd {
            let next = format!("SELECT coalesce(max(id), 0) + 1 FROM {table} WHERE id BETWEEN 1 AND {MOST}");
            let next: i64 = sqlx::query_scalar(AssertSqlSafe(next)).fetch_one(&mut **tx).await?;
            let columns = references.iter().map(|of| (of.table.as_str(), of.column.as_str()));
            for (table, column) in columns.chain([(table, "id")]) {
                let renumber = format!("UPDATE {table} SET {column} = {next} WHERE {column} = {id}");
                sqlx::query(AssertSqlSafe(renumber)).execute(&mut **tx).await?;
            }
        }
    }
    Ok(())
}

/// A column that refers to rows of a table.
#[derive(FromRow)]
struct Reference {
    table: String,
    column: String,
}

/// Returns the columns that refer to rows of a table.
async fn references_to(table: &str, tx: &mut Tx<'_>) -> sqlx::Result<Vec<Reference>> {
    const REFERENCES: &str = "SELECT tables.name AS \"table\", keys.\"from\" AS \"column\"
         FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
         WHERE tables.type = 'table' AND keys.\"table\" = ?1";
    all(tx, REFERENCES, values![table]).await
}

/// An event whose hash is not that of its key.
struct Misplaced {
    id: i64,
    /// The hash of its key.
    hash: i64,
}

/// Returns the events whose hash is not that of their key.
async fn misplaced_events(connection: &mut SqliteConnection) -> sqlx::Result<Vec<Misplaced>> {
    let mut events =
        sqlx::query_as::<_, (i64, String, i64)>("SELECT id, key, key_hash FROM event").fetch(connection);
    let mut misplaced = Vec::new();
    while let Some((id, key, stored)) = events.try_next().await? {
        let hash = hash_of(&key);
        if stored != hash {
            misplaced.push(Misplaced { id, hash });
        }
    }
    Ok(misplaced)
}

async fn unreadable_snapshots(connection: &mut SqliteConnection) -> sqlx::Result<Vec<i64>> {
    let amounts: Vec<(i64, Option<String>, String)> =
        all(connection, "SELECT id, cost, cache_saving FROM snapshot", values![]).await?;
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
        assert!(IMPOSSIBLE.iter().any(|(_, condition)| condition.contains(&most)));
        assert!(REMOVABLE.iter().all(|table| IMPOSSIBLE.iter().any(|(known, _)| known == table)));
    }
}
