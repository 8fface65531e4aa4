//! Responses one by one, and the lines that log each.

use crate::dictionary::{Dictionary, Referring};
use crate::error::{AtPath, StorageError};
use crate::events::{part, referring, response};
use crate::hashes::hash_of;
use crate::sql::{Db, Tx, json_numbers, unwrapped};
use crate::store::Store;
use crate::usage::{conversations, ids, resolve};
use ctm_facts::{ResolvedFilter, UsageFilter};
use ctm_types::{
    Details, EventId, Locus, LoggedLine, Part, Projects, RankRule, Response, TokenCounts, TranscriptPath,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A response, and what was around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// Its key.
    pub key: String,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// Session id.
    pub session: String,
    /// Project.
    pub project: String,
    /// The working directory.
    pub folder: String,
    /// Git branch.
    pub branch: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// Id of the subagent.
    pub agent: Option<String>,
    /// Type of the subagent.
    pub agent_kind: Option<String>,
    /// Whether it is a subagent's rather than the main conversation's.
    pub sidechain: bool,
    /// Entrypoint of Claude Code.
    pub entrypoint: Option<String>,
    /// Team that the session is a member of.
    pub team: Option<String>,
    /// Name of the session in the team.
    pub teammate: Option<String>,
    /// Details.
    pub details: Details,
    /// The billed parts, at least one.
    pub parts: Vec<Part>,
    /// Web searches of the first part that results of its tool calls say, and not its usage.
    pub searches_of_calls: u64,
    /// Whether a copy carries a final marker.
    pub is_final: bool,
    /// Names of the tools that it called, once for each call, by name.
    pub tools: Vec<String>,
    /// Lines that log it, the one that counts included.
    pub copies: u64,
    /// Path of the transcript with the line that counts.
    pub path: String,
    /// Offset of that line in bytes.
    pub offset_bytes: u64,
    /// The Claude home that its earliest copy lies in, by canonical path.
    pub home: String,
}

/// A response with all the lines that log it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedResponse {
    /// The response.
    pub response: StoredResponse,
    /// Path of the transcript with the earliest copy, which decides time and place.
    pub origin_path: String,
    /// Offset of the earliest copy's line in bytes.
    pub origin_offset_bytes: u64,
    /// The lines, the one that counts first and the others by rank.
    pub copies: Vec<StoredCopy>,
}

/// A line that logs a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCopy {
    /// Path of its transcript.
    pub path: String,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// Whether it carries a final marker.
    pub is_final: bool,
    /// Whether it is a progress record that embeds the copy.
    pub embedded: bool,
    /// Whether it is on a sidechain.
    pub sidechain: bool,
    /// Whether its file is named after its session.
    pub in_own_file: bool,
    /// `output_tokens` of the top level, the figure that lines are compared by.
    pub output: u64,
    /// The tokens of all its parts.
    pub tokens: TokenCounts,
    /// Whether it is the line that counts.
    pub wins: bool,
    /// The rule by which the line that counts was put before it; `None` for that line.
    pub lost_by: Option<RankRule>,
    /// Whether it is the earliest copy, which decides time and place.
    pub is_origin: bool,
    /// Whether its transcript is no longer there.
    pub gone: bool,
}

/// Page of the responses that match a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponsePage {
    /// Cursor: time, in UTC epoch milliseconds, and key of the last response of the previous page.
    pub after: Option<(i64, String)>,
    /// Responses at most.
    pub limit: usize,
    /// Whether the newest are first.
    pub newest_first: bool,
}

/// What chooses responses: between two times (?1, ?2), those of conversations (?3) and homes (?4) and
/// with a part of billings (?5), each a list or NULL for all, but some (?6), a list or NULL for none.
macro_rules! chosen {
    () => {
        "part = 0 AND at_ms BETWEEN ?1 AND ?2
         AND (?3 IS NULL OR conversation_id IN (SELECT value FROM json_each(?3)))
         AND (?4 IS NULL OR origin_file_id IN (SELECT id FROM source_file
                                               WHERE home_id IN (SELECT value FROM json_each(?4))))
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM event AS billed INDEXED BY event_key
                                    WHERE billed.key_hash = event.key_hash AND billed.key = event.key
                                      AND billed.billing_id IN (SELECT value FROM json_each(?5))))
         AND (?6 IS NULL OR event.id NOT IN (SELECT value FROM json_each(?6)))"
    };
}

/// Selects a page of what is chosen, behind a time and a key (?7, ?8): ?9 at most.
macro_rules! page {
    ($events:literal, $behind:literal, $order:literal) => {
        concat!(
            "SELECT event.id FROM ",
            $events,
            " WHERE ",
            chosen!(),
            " AND (?7 IS NULL OR (at_ms, event.key) ",
            $behind,
            " (?7, ?8)) ORDER BY at_ms ",
            $order,
            ", event.key ",
            $order,
            " LIMIT ?9"
        )
    };
}

/// Counts what is chosen.
const COUNT: &str = concat!("SELECT count(*) FROM event WHERE ", chosen!());

/// Counts what is chosen and logged by more than one line, by the number of lines: most responses are
/// not, and are not looked for one by one.
const BY_COPIES: &str = concat!(
    "SELECT copies, count(*)
     FROM (SELECT event_id, 1 + count(*) AS copies FROM superseded GROUP BY event_id)
     CROSS JOIN event ON event.id = event_id WHERE ",
    chosen!(),
    " GROUP BY copies"
);

/// By time, as far as is needed to fill the page.
const BY_TIME: [&str; 2] =
    [page!("event INDEXED BY event_at", ">", "ASC"), page!("event INDEXED BY event_at", "<", "DESC")];

/// All of some conversations: those of a session are few among all.
const BY_CONVERSATION: [&str; 2] = [
    page!(
        "json_each(?3) AS wanted CROSS JOIN event INDEXED BY event_in_conversation ON conversation_id = wanted.value",
        ">",
        "ASC"
    ),
    page!(
        "json_each(?3) AS wanted CROSS JOIN event INDEXED BY event_in_conversation ON conversation_id = wanted.value",
        "<",
        "DESC"
    ),
];

/// A response with what its rows refer to.
struct Loaded {
    response: Response,
    stored: StoredResponse,
    winner_gone: bool,
}

impl Store {
    /// Returns a page of the responses that pass the filter, in the order of time and then of key.
    ///
    /// However many there are, they can be gone through page by page: the last of one page is what
    /// the next page starts after. A response passes when one of its parts is of a model that is
    /// wanted; it then comes with all of its parts.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn responses(
        &self,
        filter: &UsageFilter,
        page: &ResponsePage,
    ) -> Result<Vec<StoredResponse>, StorageError> {
        self.page_of_responses(filter, page).await.at(&self.path)
    }

    async fn page_of_responses(
        &self,
        filter: &UsageFilter,
        page: &ResponsePage,
    ) -> sqlx::Result<Vec<StoredResponse>> {
        let mut tx = self.readers().begin().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let spoken = conversations(&mut tx, &wanted).await?;
        let (mut from_ms, mut to_ms) = wanted.times_ms().into_inner();
        if let Some((at_ms, _)) = page.after {
            (from_ms, to_ms) =
                if page.newest_first { (from_ms, to_ms.min(at_ms)) } else { (from_ms.max(at_ms), to_ms) };
        }
        let statements = if filter.sessions.is_empty() { BY_TIME } else { BY_CONVERSATION };
        let page: Vec<Db<EventId>> = sqlx::query_scalar(statements[usize::from(page.newest_first)])
            .bind(from_ms)
            .bind(to_ms)
            .bind(ids(spoken.as_ref()))
            .bind(ids(wanted.homes.as_ref()))
            .bind(ids(wanted.billings.as_ref()))
            .bind(left_out(&wanted))
            .bind(page.after.as_ref().map(|(at_ms, _)| at_ms))
            .bind(page.after.as_ref().map(|(_, key)| key))
            .bind(i64::try_from(page.limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *tx)
            .await?;
        Ok(self
            .load(&mut tx, &unwrapped::<_, Vec<_>>(page))
            .await?
            .into_iter()
            .map(|loaded| loaded.stored)
            .collect())
    }

    /// Returns how many responses pass the filter.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn count_responses(&self, filter: &UsageFilter) -> Result<u64, StorageError> {
        self.counted_responses(filter).await.at(&self.path)
    }

    async fn counted_responses(&self, filter: &UsageFilter) -> sqlx::Result<u64> {
        let mut tx = self.readers().begin().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        self.count_wanted(&mut tx, &wanted).await
    }

    async fn count_wanted(&self, tx: &mut Tx<'_>, wanted: &ResolvedFilter) -> sqlx::Result<u64> {
        // The days are summed already, but a response is summed with the model of its first part.
        if wanted.billings.is_none() && wanted.without.is_empty() {
            let usage = self.usage_of(tx, wanted).await?;
            return Ok(usage.iter().fold(0, |sum, row| sum.saturating_add(row.responses)));
        }
        let spoken = conversations(tx, wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let count: i64 = sqlx::query_scalar(COUNT)
            .bind(from_ms)
            .bind(to_ms)
            .bind(ids(spoken.as_ref()))
            .bind(ids(wanted.homes.as_ref()))
            .bind(ids(wanted.billings.as_ref()))
            .bind(left_out(wanted))
            .fetch_one(&mut **tx)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// Returns how many of the responses that pass the filter are logged by how many lines.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn responses_by_copies(
        &self,
        filter: &UsageFilter,
    ) -> Result<BTreeMap<u64, u64>, StorageError> {
        self.counted_by_copies(filter).await.at(&self.path)
    }

    async fn counted_by_copies(&self, filter: &UsageFilter) -> sqlx::Result<BTreeMap<u64, u64>> {
        let mut tx = self.readers().begin().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let spoken = conversations(&mut tx, &wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let counts: Vec<(i64, i64)> = sqlx::query_as(BY_COPIES)
            .bind(from_ms)
            .bind(to_ms)
            .bind(ids(spoken.as_ref()))
            .bind(ids(wanted.homes.as_ref()))
            .bind(ids(wanted.billings.as_ref()))
            .bind(left_out(&wanted))
            .fetch_all(&mut *tx)
            .await?;
        let counts = counts.into_iter();
        let mut by_copies: BTreeMap<u64, u64> =
            counts.map(|(copies, count)| (copies.unsigned_abs(), count.unsigned_abs())).collect();
        let more_than_once = by_copies.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let once = self.count_wanted(&mut tx, &wanted).await?.saturating_sub(more_than_once);
        if once > 0 {
            by_copies.insert(1, once);
        }
        Ok(by_copies)
    }

    /// Returns the response with this key and all the lines that log it, or `None` if it is unknown.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn response(&self, key: &str) -> Result<Option<ExplainedResponse>, StorageError> {
        self.explained_response(key).await.at(&self.path)
    }

    async fn explained_response(&self, key: &str) -> sqlx::Result<Option<ExplainedResponse>> {
        let mut tx = self.readers().begin().await?;
        let id: Option<Db<EventId>> =
            sqlx::query_scalar("SELECT id FROM event WHERE key_hash = ?1 AND key = ?2 AND part = 0")
                .bind(hash_of(key))
                .bind(key)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(Db(id)) = id else { return Ok(None) };
        let Some(loaded) = self.load(&mut tx, &[id]).await?.pop() else { return Ok(None) };
        let copies = copies(&mut tx, id, &loaded).await?;
        let Locus { file, offset_bytes } = loaded.response.origin;
        Ok(Some(ExplainedResponse {
            response: loaded.stored,
            origin_path: file.full(),
            origin_offset_bytes: offset_bytes,
            copies,
        }))
    }
}

/// Writes the responses that no list has as a list that a statement takes; NULL for none.
fn left_out(filter: &ResolvedFilter) -> Option<String> {
    (!filter.without.is_empty()).then(|| json_numbers(&filter.without))
}

impl Store {
    /// Loads responses by the numbers of their first parts, in that order.
    async fn load(&self, tx: &mut Tx<'_>, ids: &[EventId]) -> sqlx::Result<Vec<Loaded>> {
        let rows = sqlx::query(
            "SELECT event.*, home.root AS home, winner.gone AS winner_gone,
                    (SELECT kind FROM conversation JOIN agent ON agent.id = agent_id
                     WHERE conversation.id = conversation_id) AS agent_kind,
                    (SELECT path FROM conversation
                     LEFT JOIN session ON session.id = session_id
                     JOIN project ON project.id = coalesce(start_project_id, project_id)
                     WHERE conversation.id = conversation_id) AS started_in,
                    (SELECT coalesce(sum(searches), 0) FROM tool_call CROSS JOIN call_searches USING (id)
                 WHERE event_id = event.id) AS call_searches,
                (SELECT count(*) FROM superseded WHERE event_id = event.id) AS superseded,
                    (SELECT json_group_array(text) FROM tool_call JOIN term ON term.id = tool_id
                     WHERE event_id = event.id) AS tools
             FROM json_each(?1) AS wanted
             CROSS JOIN event ON event.id = wanted.value
             LEFT JOIN source_file AS origin ON origin.id = origin_file_id
             LEFT JOIN source_file AS winner ON winner.id = winner_file_id
             LEFT JOIN home ON home.id = origin.home_id
             ORDER BY wanted.id",
        )
        .bind(json_numbers(ids))
        .fetch_all(&mut **tx)
        .await?;
        let naming = self.naming(tx).await?;
        let mut dictionary = Dictionary::default();
        let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
        dictionary.recall(tx, &referring).await?;
        let mut further = further_parts(tx, &mut dictionary, &rows).await?;
        let mut all = Vec::with_capacity(rows.len());
        for (row, refers) in rows.iter().zip(&referring) {
            let mut response = response(row, &dictionary, *refers)?;
            for part in further.remove(row.try_get::<&str, _>("key")?).unwrap_or_default() {
                response.winner.tokens += part.tokens;
                response.parts.push(part);
            }
            all.push(loaded(row, response, &naming)?);
        }
        Ok(all)
    }
}

/// Loads the parts behind the first of responses, by key.
async fn further_parts(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    responses: &[SqliteRow],
) -> sqlx::Result<HashMap<String, Vec<Part>>> {
    let hashes: Vec<i64> =
        responses.iter().map(|row| row.try_get("key_hash")).collect::<sqlx::Result<_>>()?;
    let rows = sqlx::query(
        "SELECT event.* FROM json_each(?1) AS wanted
         CROSS JOIN event ON event.key_hash = wanted.value
         WHERE part > 0 ORDER BY part",
    )
    .bind(json_numbers(&hashes))
    .fetch_all(&mut **tx)
    .await?;
    let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
    dictionary.recall(tx, &referring).await?;
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    for (row, refers) in rows.iter().zip(&referring) {
        parts.entry(row.try_get("key")?).or_default().push(part(row, dictionary, *refers)?);
    }
    Ok(parts)
}

fn loaded(row: &SqliteRow, mut response: Response, naming: &Projects) -> sqlx::Result<Loaded> {
    let searches = row.try_get::<i64, _>("call_searches")?.unsigned_abs();
    if let Some(first) = response.parts.first_mut() {
        first.web_searches = first.web_searches.saturating_add(searches);
    }
    let tools: &str = row.try_get("tools")?;
    let mut tools: Vec<String> = serde_json::from_str(tools).map_err(|error| Error::Decode(error.into()))?;
    tools.sort_unstable();
    let conversation = &*response.attribution.conversation;
    let started_in: Option<String> = row.try_get("started_in")?;
    let stored = StoredResponse {
        searches_of_calls: searches,
        key: row.try_get("key")?,
        at_ms: response.attribution.at_ms,
        session: conversation.session.clone(),
        project: naming.name(started_in.as_deref().unwrap_or(&conversation.folder)),
        folder: conversation.folder.clone(),
        branch: conversation.branch.clone(),
        version: conversation.version.clone(),
        agent: conversation.agent.clone(),
        agent_kind: row.try_get("agent_kind")?,
        sidechain: conversation.sidechain,
        entrypoint: conversation.entrypoint.clone(),
        team: conversation.team.clone(),
        teammate: conversation.teammate.clone(),
        details: response.details.clone(),
        parts: response.parts.clone(),
        is_final: response.winner.is_final,
        tools,
        copies: row.try_get::<i64, _>("superseded")?.cast_unsigned().saturating_add(1),
        path: response.winner.locus.file.full(),
        offset_bytes: response.winner.locus.offset_bytes,
        home: row.try_get("home")?,
    };
    Ok(Loaded { stored, winner_gone: row.try_get("winner_gone")?, response })
}

/// Returns the lines that log a response, the one that counts first and the others by rank.
async fn copies(tx: &mut Tx<'_>, id: EventId, loaded: &Loaded) -> sqlx::Result<Vec<StoredCopy>> {
    let Loaded { response, winner_gone, .. } = loaded;
    let rows = sqlx::query(
        "SELECT root, path, gone, superseded.* FROM superseded
         JOIN source_file ON source_file.id = file_id
         JOIN home ON home.id = home_id
         WHERE event_id = ?1",
    )
    .bind(Db(id))
    .fetch_all(&mut **tx)
    .await?;
    let mut lost: Vec<(LoggedLine, StoredCopy)> =
        rows.iter().map(|row| superseded(row, response)).collect::<sqlx::Result<_>>()?;
    lost.sort_by(|(one, _), (other, _)| Reverse(one.rank()).cmp(&Reverse(other.rank())));
    let winner =
        StoredCopy { wins: true, lost_by: None, ..copy(&response.winner, &response.origin, *winner_gone) };
    Ok([winner].into_iter().chain(lost.into_iter().map(|(_, copy)| copy)).collect())
}

/// Reads a line that does not count.
pub(crate) fn superseded(row: &SqliteRow, response: &Response) -> sqlx::Result<(LoggedLine, StoredCopy)> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    let tokens = TokenCounts {
        input: unsigned("input")?,
        output: unsigned("output")?,
        cache_read: unsigned("cache_read")?,
        cache_write_5m: unsigned("cache_write_5m")?,
        cache_write_1h: unsigned("cache_write_1h")?,
    };
    let line = LoggedLine {
        locus: Locus {
            file: Arc::new(TranscriptPath {
                relative: row.try_get::<&str, _>("path")?.into(),
                root: row.try_get::<&str, _>("root")?.into(),
            }),
            offset_bytes: unsigned("offset_bytes")?,
        },
        at_ms: row.try_get("at_ms")?,
        is_final: row.try_get("final")?,
        output: tokens.output.wrapping_add_signed(row.try_get("more_output")?),
        embedded: row.try_get("embedded")?,
        sidechain: row.try_get("sidechain")?,
        in_own_file: row.try_get("in_own_file")?,
        tokens,
    };
    let rule = response.winner.deciding_rule(&line);
    let copy = StoredCopy { lost_by: Some(rule), ..copy(&line, &response.origin, row.try_get("gone")?) };
    Ok((line, copy))
}

fn copy(line: &LoggedLine, origin: &Locus, gone: bool) -> StoredCopy {
    StoredCopy {
        path: line.locus.file.full(),
        offset_bytes: line.locus.offset_bytes,
        at_ms: line.at_ms,
        is_final: line.is_final,
        embedded: line.embedded,
        sidechain: line.sidechain,
        in_own_file: line.in_own_file,
        output: line.output,
        tokens: line.tokens,
        wins: false,
        lost_by: None,
        is_origin: line.locus == *origin,
        gone,
    }
}
