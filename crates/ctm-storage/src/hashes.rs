//! Ids as numbers.
//!
//! # Design
//!
//! Ids of responses, tool calls and prompts come in no order and are long. They are found, and where
//! nobody has to see them also stored, by a hash of 64 bits: among a billion of them, two have the
//! same with a probability of three in a hundred, and then one call or prompt is not counted.
//! Responses are told apart by their keys all the same.

use crate::rows::insert;
use crate::writer::Tx;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use xxhash_rust::xxh3::xxh3_64;

/// Rows that are hashed at once.
const AT_ONCE: i64 = 10_000;

/// Returns the hash by which an id is found; never 0.
pub(crate) fn hash_of(id: &str) -> i64 {
    xxh3_64(id.as_bytes()).max(1).cast_signed()
}

/// Computes the hashes that migrations left to be computed.
pub(crate) async fn complete(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    if is_any_without_hash(connection).await? {
        hash_keys(connection).await?;
    }
    if is_any_with_text(connection).await? {
        hash_ids(connection).await?;
    }
    Ok(())
}

/// Returns whether migrations left nothing to be computed.
pub(crate) async fn is_complete(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    Ok(!is_any_without_hash(connection).await? && !is_any_with_text(connection).await?)
}

async fn is_any_without_hash(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM event WHERE key_hash = 0)").fetch_one(connection).await
}

async fn is_any_with_text(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'tool_call_with_text')")
        .fetch_one(connection)
        .await
}

/// Hashes the keys of events.
async fn hash_keys(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    loop {
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, key FROM event WHERE key_hash = 0 LIMIT ?1")
                .bind(AT_ONCE)
                .fetch_all(&mut *tx)
                .await?;
        if rows.is_empty() {
            return tx.rollback().await;
        }
        for (id, key) in rows {
            sqlx::query("UPDATE event SET key_hash = ?2 WHERE id = ?1")
                .bind(id)
                .bind(hash_of(&key))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
    }
}

/// Moves the rows of the tables with texts to those with hashes.
async fn hash_ids(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Another process may have done it meanwhile.
    if !is_any_with_text(&mut tx).await? {
        return tx.rollback().await;
    }
    hash_tool_calls(&mut tx).await?;
    hash_prompts(&mut tx).await?;
    hash_texts(
        &mut tx,
        "SELECT id FROM tool_error_with_text WHERE id > ?1 ORDER BY id LIMIT ?2",
        ["INSERT OR IGNORE INTO tool_error (id)", ""],
    )
    .await?;
    for statement in
        ["DROP TABLE tool_call_with_text", "DROP TABLE tool_error_with_text", "DROP TABLE prompt_with_text"]
    {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await
}

async fn hash_tool_calls(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO tool_call (event_id, id, tool_id)", ""];
    let mut last = (0, String::new());
    loop {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT event_id, id, tool_id FROM tool_call_with_text
             WHERE (event_id, id) > (?1, ?2) ORDER BY event_id, id LIMIT ?3",
        )
        .bind(last.0)
        .bind(&last.1)
        .bind(AT_ONCE)
        .fetch_all(&mut **tx)
        .await?;
        insert(tx, STATEMENT, 3, &rows, |row, (event, id, tool)| {
            row.add(event).add(hash_of(id)).add(tool);
        })
        .await?;
        match rows.into_iter().next_back() {
            Some((event, id, _)) => last = (event, id),
            None => return Ok(()),
        }
    }
}

async fn hash_prompts(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO prompt (id, session_id, at_ms, file_id)", ""];
    let mut last = String::new();
    loop {
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "SELECT uuid, session_id, at_ms, file_id FROM prompt_with_text
             WHERE uuid > ?1 ORDER BY uuid LIMIT ?2",
        )
        .bind(&last)
        .bind(AT_ONCE)
        .fetch_all(&mut **tx)
        .await?;
        insert(tx, STATEMENT, 4, &rows, |row, (uuid, session, at_ms, file)| {
            row.add(hash_of(uuid)).add(session).add(at_ms).add(file);
        })
        .await?;
        match rows.into_iter().next_back() {
            Some((uuid, ..)) => last = uuid,
            None => return Ok(()),
        }
    }
}

/// Hashes the texts that `select` returns, which lie behind ?1 and are ?2 at most.
async fn hash_texts(tx: &mut Tx<'_>, select: &'static str, statement: [&'static str; 2]) -> sqlx::Result<()> {
    let mut last = String::new();
    loop {
        let texts: Vec<String> =
            sqlx::query_scalar(select).bind(&last).bind(AT_ONCE).fetch_all(&mut **tx).await?;
        insert(tx, statement, 1, &texts, |row, text| {
            row.add(hash_of(text));
        })
        .await?;
        match texts.into_iter().next_back() {
            Some(text) => last = text,
            None => return Ok(()),
        }
    }
}
