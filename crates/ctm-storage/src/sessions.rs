//! Prompts, failed tool calls, and what sessions have beside usage.

use crate::dictionary::Dictionary;
use crate::error::{AtPath, StorageError};
use crate::events::json_list;
use crate::rows::insert;
use crate::store::Store;
use crate::writer::Tx;
use ctm_types::{Batch, SessionDetails};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

impl Store {
    /// Returns the details of the sessions that are named; unknown ones are left out.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_details(&self, sessions: &[&str]) -> Result<Vec<SessionDetails>, StorageError> {
        let rows = sqlx::query(
            "WITH wanted AS (SELECT id, uuid FROM session WHERE uuid IN (SELECT value FROM json_each(?1))),
                  spoken AS (SELECT conversation.* FROM wanted CROSS JOIN conversation ON session_id = wanted.id),
                  last AS (SELECT session_id, max(at_ms), branch_id, version_id, count(DISTINCT agent_id) AS subagents
                           FROM spoken JOIN event ON conversation_id = spoken.id GROUP BY session_id),
                  calls AS (SELECT session_id, count(*) AS calls, count(tool_error.id) AS errors
                            FROM spoken JOIN event ON conversation_id = spoken.id
                            JOIN tool_call ON event_id = event.id
                            LEFT JOIN tool_error ON tool_error.id = tool_call.id GROUP BY session_id),
                  asked AS (SELECT session_id, count(*) AS prompts FROM prompt
                            WHERE session_id IN (SELECT id FROM wanted) GROUP BY session_id)
             SELECT uuid AS session, branch.text AS branch, version.text AS version,
                    coalesce(subagents, 0) AS subagents, coalesce(prompts, 0) AS prompts,
                    coalesce(calls, 0) AS tool_calls, coalesce(errors, 0) AS tool_errors
             FROM wanted
             LEFT JOIN last ON last.session_id = wanted.id
             LEFT JOIN calls ON calls.session_id = wanted.id
             LEFT JOIN asked ON asked.session_id = wanted.id
             LEFT JOIN term AS branch ON branch.id = branch_id
             LEFT JOIN term AS version ON version.id = version_id
             ORDER BY uuid",
        )
        .bind(json_list(sessions))
        .fetch_all(&self.readers)
        .await
        .at(&self.path)?;
        rows.iter().map(details).collect::<sqlx::Result<_>>().at(&self.path)
    }
}

fn details(row: &SqliteRow) -> sqlx::Result<SessionDetails> {
    let count = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(SessionDetails {
        session: row.try_get("session")?,
        branch: row.try_get("branch")?,
        version: row.try_get("version")?,
        subagents: count("subagents")?,
        prompts: count("prompts")?,
        tool_calls: count("tool_calls")?,
        tool_errors: count("tool_errors")?,
    })
}

/// Stores prompts, failed tool calls and embedded responses of the batches.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    dictionary: &Dictionary,
    fresh: &[(i64, &Batch)],
) -> sqlx::Result<()> {
    let prompts: Vec<_> = fresh
        .iter()
        .flat_map(|(file, batch)| batch.prompts.iter().map(move |prompt| (*file, prompt)))
        .collect();
    const PROMPTS: [&str; 2] = [
        "INSERT INTO prompt (uuid, session_id, at_ms, file_id)",
        "ON CONFLICT (uuid) DO UPDATE
         SET session_id = excluded.session_id, at_ms = excluded.at_ms, file_id = excluded.file_id
         WHERE (excluded.at_ms, (SELECT root || '/' || path FROM source_file JOIN home ON home.id = home_id
                                 WHERE source_file.id = excluded.file_id))
             < (at_ms, (SELECT root || '/' || path FROM source_file JOIN home ON home.id = home_id
                        WHERE source_file.id = prompt.file_id))",
    ];
    insert(tx, PROMPTS, 4, &prompts, |row, (file_id, prompt)| {
        row.add(&prompt.uuid).add(dictionary.session(&prompt.session)).add(prompt.at_ms).add(file_id);
    })
    .await?;
    let errors = fresh.iter().flat_map(|(_, batch)| &batch.tool_errors).map(|error| error.id.as_str());
    store_keys(tx, errors.collect(), "INSERT OR IGNORE INTO tool_error (id) SELECT value FROM json_each(?1)")
        .await?;
    let embedded = fresh.iter().flat_map(|(_, batch)| &batch.embedded_ids).map(String::as_str);
    store_keys(
        tx,
        embedded.collect(),
        "INSERT OR IGNORE INTO embedded_response (key) SELECT value FROM json_each(?1)",
    )
    .await
}

async fn store_keys(tx: &mut Tx<'_>, keys: Vec<&str>, statement: &'static str) -> sqlx::Result<()> {
    if !keys.is_empty() {
        sqlx::query(statement).bind(json_list(&keys)).execute(&mut **tx).await?;
    }
    Ok(())
}
