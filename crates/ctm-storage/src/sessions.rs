//! Prompts, failed tool calls, and details of sessions.

use crate::dictionary::Learned;
use crate::store::Store;
use ctm_facts::ownership::PromptPlace;
use ctm_facts::sessions::searches_of_calls;
use ctm_facts::{FreshBatch, SessionFile, UsageFilter, hash_of};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Db, Numbers, Row, Tx, column, count, json_list, json_numbers, numbers, values};
use ctm_types::{EpochMs, SessionDetails, SessionId, ToolUsage, UtcDay};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// Returns the details of these sessions; unknown ones are omitted.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_details(&self, sessions: &[&str]) -> Result<Vec<SessionDetails>, StorageError> {
        const DETAILS: &str = include_str!("sql/sessions/details.sql");
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
        const VERSIONS: &str = include_str!("sql/sessions/versions.sql");
        self.column(VERSIONS, values![session]).await
    }

    /// Returns the Git branches that a session was on, in the order of their first use.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_branches(&self, session: &str) -> Result<Vec<String>, StorageError> {
        const BRANCHES: &str = include_str!("sql/sessions/branches.sql");
        self.column(BRANCHES, values![session]).await
    }

    /// Returns the transcripts with lines that log responses of a session, by path, including those of forks
    /// and subagents.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_files(&self, session: &str) -> Result<Vec<SessionFile>, StorageError> {
        const FILES: &str = include_str!("sql/sessions/files.sql");
        let rows = self.rows(FILES, values![session]).await?;
        rows.iter().map(file).collect::<sqlx::Result<_>>().at(&self.path)
    }
}

fn file(row: &Row) -> sqlx::Result<SessionFile> {
    Ok(SessionFile {
        path: row.try_get("whole_path")?,
        home: row.try_get("root")?,
        gone: row.try_get("gone")?,
        size_bytes: count(row, "size_bytes")?,
        lines: count(row, "lines")?,
        responses: count(row, "responses")?,
    })
}

fn details(row: &Row) -> sqlx::Result<SessionDetails> {
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
pub(crate) struct OtherFacts {
    /// `true` if prompts are new, or changed their session.
    pub(crate) prompts: bool,
    /// Sessions with a prompt that is newly known to be shared.
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
) -> sqlx::Result<OtherFacts> {
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
    Ok(OtherFacts { prompts, claiming, tool_errors, searches })
}

/// Stores prompts. Returns whether that changed anything.
async fn store_prompts(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<bool> {
    const STATEMENT: &str = include_str!("sql/sessions/store_prompts.sql");
    let prompts =
        fresh.iter().flat_map(|(file, batch)| batch.prompts.iter().map(move |prompt| (*file, prompt)));
    let prompts: Vec<_> = prompts
        .map(|(file, prompt)| Ok((file, prompt, learned.session(&prompt.session)?)))
        .collect::<sqlx::Result<_>>()?;
    let changed = write(tx, STATEMENT, &prompts, |row, (file_id, prompt, session)| {
        row.add(hash_of(&prompt.uuid)).id(*session).add(prompt.at_ms.0).id(*file_id);
    })
    .await?;
    Ok(changed > 0)
}

/// Stores the claims of sessions on shared prompts, and returns the sessions with new claims.
async fn claim_prompts(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<Vec<SessionId>> {
    // The owner of the first copy has a claim of its own as soon as another session has one.
    const CLAIM: &str = include_str!("sql/sessions/claim.sql");
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

/// Stores the number of searches of calls, and returns the ids with an increased number.
async fn store_searches(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<Vec<i64>> {
    const STORE: &str = include_str!("sql/sessions/store_searches.sql");
    let searches = searches_of_calls(fresh);
    if searches.is_empty() {
        return Ok(Vec::new());
    }
    let searches: Vec<_> = searches.into_iter().map(|(id, count)| [id, count.cast_signed()]).collect();
    column(tx, STORE, values![json_list(&searches)]).await
}

/// Stores the hashes of ids, and returns the new ones.
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
