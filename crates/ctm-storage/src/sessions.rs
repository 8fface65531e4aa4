//! Prompts, failed tool calls, and what sessions have beside usage.

use crate::dictionary::Learned;
use crate::error::{AtPath, StorageError};
use crate::rows::{home_of, insert, path_of};
use crate::sql::{Db, Tx, column, count, json_list, json_numbers, numbers, values};
use crate::store::Store;
use ctm_facts::ownership::PromptPlace;
use ctm_facts::sessions::searches_of_calls;
use ctm_facts::{FreshBatch, SessionFile, UsageFilter, hash_of};
use ctm_types::{EpochMs, SessionDetails, SessionId, ToolUsage, UtcDay};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// Returns the details of the sessions that are named; unknown ones are left out.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_details(&self, sessions: &[&str]) -> Result<Vec<SessionDetails>, StorageError> {
        const DETAILS: &str =
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
             ORDER BY uuid";
        let rows = self.rows(DETAILS, values![json_list(sessions)]).await?;
        rows.iter().map(details).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns how often a session called each tool, the most often first, then by name.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_tools(&self, session: &str) -> Result<Vec<ToolUsage>, StorageError> {
        let filter = UsageFilter { sessions: vec![session.to_owned()], ..UsageFilter::default() };
        self.tool_usage(&filter).await
    }

    /// Returns the versions of Claude Code that wrote a session, in the order of their first use.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_versions(&self, session: &str) -> Result<Vec<String>, StorageError> {
        const VERSIONS: &str = "SELECT text FROM session
             CROSS JOIN conversation ON session_id = session.id
             CROSS JOIN event ON conversation_id = conversation.id
             JOIN term ON term.id = version_id
             WHERE uuid = ?1 GROUP BY term.id ORDER BY min(at_ms), text";
        self.column(VERSIONS, values![session]).await
    }

    /// Returns the Git branches that a session was on, in the order of their first use.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_branches(&self, session: &str) -> Result<Vec<String>, StorageError> {
        const BRANCHES: &str = "SELECT text FROM session
             CROSS JOIN conversation ON session_id = session.id
             CROSS JOIN event ON conversation_id = conversation.id
             JOIN term ON term.id = branch_id
             WHERE uuid = ?1 GROUP BY term.id ORDER BY min(at_ms), text";
        self.column(BRANCHES, values![session]).await
    }

    /// Returns the transcripts with lines that log responses of a session, by path; those of forks
    /// and subagents among them.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_files(&self, session: &str) -> Result<Vec<SessionFile>, StorageError> {
        const FILES: &str =
            "WITH answered AS (SELECT event.id, part, winner_file_id, origin_file_id FROM session
                               CROSS JOIN conversation ON session_id = session.id
                               CROSS JOIN event ON conversation_id = conversation.id
                               WHERE uuid = ?1),
                  logged AS (SELECT winner_file_id AS file_id, part = 0 AS responses FROM answered
                             UNION ALL SELECT origin_file_id, 0 FROM answered
                             UNION ALL SELECT file_id, 0 FROM answered CROSS JOIN superseded ON event_id = answered.id)
             SELECT root || '/' || path AS whole_path, root, gone, size_bytes, lines, sum(responses) AS responses
             FROM logged
             JOIN source_file ON source_file.id = file_id
             JOIN home ON home.id = home_id
             GROUP BY file_id ORDER BY whole_path";
        let rows = self.rows(FILES, values![session]).await?;
        rows.iter().map(file).collect::<sqlx::Result<_>>().at(&self.path)
    }
}

fn file(row: &SqliteRow) -> sqlx::Result<SessionFile> {
    Ok(SessionFile {
        path: row.try_get("whole_path")?,
        home: row.try_get("root")?,
        gone: row.try_get("gone")?,
        size_bytes: count(row, "size_bytes")?,
        lines: count(row, "lines")?,
        responses: count(row, "responses")?,
    })
}

fn details(row: &SqliteRow) -> sqlx::Result<SessionDetails> {
    Ok(SessionDetails {
        session: row.try_get("session")?,
        branch: row.try_get("branch")?,
        version: row.try_get("version")?,
        subagents: count(row, "subagents")?,
        prompts: count(row, "prompts")?,
        tool_calls: count(row, "tool_calls")?,
        tool_errors: count(row, "tool_errors")?,
    })
}

/// Facts besides responses.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Whether prompts are new, or belong to another session now.
    pub(crate) prompts: bool,
    /// Sessions with a prompt that others have too, of which that was not known before.
    pub(crate) claiming: Vec<SessionId>,
    /// Ids of tool calls that are known to have failed now and were not before.
    pub(crate) tool_errors: Vec<i64>,
    /// Ids of tool calls of which more searches are known now.
    pub(crate) searches: Vec<i64>,
}

/// Stores prompts and failed tool calls of the batches.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<News> {
    let prompts = store_prompts(tx, learned, fresh).await?;
    let errors = fresh.iter().flat_map(|(_, batch)| &batch.tool_errors).map(|error| error.id.as_str());
    let tool_errors = store_ids(
        tx,
        errors,
        "INSERT OR IGNORE INTO tool_error (id) SELECT value FROM json_each(?1) RETURNING id",
    )
    .await?;
    let searches = store_searches(tx, fresh).await?;
    let claiming = claim_prompts(tx, learned, fresh).await?;
    Ok(News { prompts, claiming, tool_errors, searches })
}

/// Stores prompts. Returns whether that changed anything.
async fn store_prompts(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<bool> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO prompt (id, session_id, at_ms, file_id)",
        concat!(
            "ON CONFLICT (id) DO UPDATE
             SET session_id = excluded.session_id, at_ms = excluded.at_ms, file_id = excluded.file_id
             WHERE (excluded.at_ms, ",
            path_of!("excluded.file_id"),
            ", ",
            home_of!("excluded.file_id"),
            ") < (at_ms, ",
            path_of!("prompt.file_id"),
            ", ",
            home_of!("prompt.file_id"),
            ") AND session_id = excluded.session_id
               AND NOT EXISTS (SELECT 1 FROM prompt_claim WHERE prompt_id = prompt.id)"
        ),
    ];
    let prompts =
        fresh.iter().flat_map(|(file, batch)| batch.prompts.iter().map(move |prompt| (*file, prompt)));
    let prompts: Vec<_> = prompts
        .map(|(file, prompt)| Ok((file, prompt, learned.session(&prompt.session)?)))
        .collect::<sqlx::Result<_>>()?;
    let changed = insert(tx, STATEMENT, 4, &prompts, |row, (file_id, prompt, session)| {
        row.add(hash_of(&prompt.uuid)).id(*session).add(prompt.at_ms.0).id(*file_id);
    })
    .await?;
    Ok(changed > 0)
}

/// Stores the claims of sessions on prompts that several of them have, and returns the sessions whose claims are
/// new.
async fn claim_prompts(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<Vec<SessionId>> {
    // The owner of the first copy has a claim of its own as soon as another session has one.
    const CLAIM: &str =
        "WITH copied AS (SELECT value ->> 0 AS prompt_id, value ->> 1 AS session_id, value ->> 2 AS at_ms,
                                value ->> 3 AS file_id FROM json_each(?1)),
              contested AS (SELECT copied.*, prompt.session_id AS owner_id, prompt.at_ms AS owner_at_ms,
                                   prompt.file_id AS owner_file_id
                            FROM copied CROSS JOIN prompt ON prompt.id = prompt_id
                            WHERE prompt.session_id <> copied.session_id)
         INSERT INTO prompt_claim (prompt_id, session_id, at_ms, file_id)
         SELECT prompt_id, session_id, at_ms, file_id FROM contested
         UNION SELECT prompt_id, owner_id, owner_at_ms, owner_file_id FROM contested
         WHERE true
         ON CONFLICT (prompt_id, session_id) DO UPDATE SET at_ms = excluded.at_ms, file_id = excluded.file_id
         WHERE excluded.at_ms < at_ms
         RETURNING session_id";
    let mut read: BTreeMap<(i64, SessionId), PromptPlace> = BTreeMap::new();
    for (file, batch) in fresh {
        for prompt in &batch.prompts {
            let place = PromptPlace { at_ms: prompt.at_ms, file: *file };
            let key = (hash_of(&prompt.uuid), learned.session(&prompt.session)?);
            read.entry(key).and_modify(|known| *known = place.min(*known)).or_insert(place);
        }
    }
    if read.is_empty() {
        return Ok(Vec::new());
    }
    let row = |((prompt, session), place): (&(i64, SessionId), &PromptPlace)| {
        [*prompt, session.0, place.at_ms.0, place.file.0]
    };
    let copied: Vec<[i64; 4]> = read.iter().map(row).collect();
    numbers(tx, CLAIM, values![json_list(&copied)]).await
}

/// Stores how many searches calls made, and returns the ids of those of which more are known.
async fn store_searches(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<Vec<i64>> {
    const STORE: &str = "INSERT INTO call_searches (id, searches)
         SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
         ON CONFLICT (id) DO UPDATE SET searches = excluded.searches WHERE excluded.searches > searches
         RETURNING id";
    let searches = searches_of_calls(fresh);
    if searches.is_empty() {
        return Ok(Vec::new());
    }
    let searches: Vec<_> = searches.into_iter().map(|(id, count)| [id, count.cast_signed()]).collect();
    column(tx, STORE, values![json_list(&searches)]).await
}

/// Stores the hashes of ids, and returns those that are new.
async fn store_ids<'a>(
    tx: &mut Tx<'_>,
    ids: impl Iterator<Item = &'a str>,
    statement: &'static str,
) -> sqlx::Result<Vec<i64>> {
    let ids: Vec<i64> = ids.map(hash_of).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    column(tx, statement, values![json_numbers(&ids)]).await
}

/// Returns the UTC days of these tool calls, as far as they are stored, counted from the epoch.
pub(crate) async fn days_of_calls(tx: &mut Tx<'_>, calls: &[i64]) -> sqlx::Result<BTreeSet<UtcDay>> {
    const TIMES: &str = "SELECT at_ms FROM json_each(?1) AS wanted
         CROSS JOIN tool_call ON tool_call.id = wanted.value
         CROSS JOIN event ON event.id = event_id";
    let times: Vec<Db<EpochMs>> = column(tx, TIMES, values![json_numbers(calls)]).await?;
    Ok(times.into_iter().map(|Db(at_ms)| UtcDay::of(at_ms)).collect())
}
