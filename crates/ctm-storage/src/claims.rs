//! Responses and prompts that several sessions have, and which session each belongs to.
//!
//! # Design
//!
//! [`ctm_types::forks`] decides by all sessions that are connected by responses they share. A commit
//! that adds to one of them decides again for all of these, and rewrites the events whose owner is
//! another one now. Most sessions share nothing, and cost one look into an index.
//!
//! What lines say of forks names sessions of which nothing may be read yet, or ever. So it is stored apart, by
//! hashes of their ids.

use crate::dictionary::Learned;
use crate::error::{AtPath, StorageError};
use crate::hashes::hash_of;
use crate::rows::{home_of, insert, path_of};
use crate::sql::{Db, Tx, json_list, json_numbers, number, unwrapped};
use crate::store::Store;
use ctm_facts::{FreshBatch, StoredClaim};
use ctm_types::forks::{Claimant, Contested, owners};
use ctm_types::{Claim, ConversationId, EventId, FileId, Locus, SessionId, TranscriptPath, UtcDay};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Origin of a copied session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedFrom {
    /// The session that the last of the shared responses belongs to.
    pub session: String,
    /// Time of that response, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// Responses that the session has and others own.
    pub responses: u64,
}

impl Store {
    /// Returns where a session was copied from; `None` if it has no response of another one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forked_from(&self, session: &str) -> Result<Option<ForkedFrom>, StorageError> {
        let row: Option<(String, i64, i64)> = sqlx::query_as(
            "SELECT owner.uuid, event.at_ms, count(*) OVER ()
             FROM session AS fork
             CROSS JOIN claim ON claim.session_id = fork.id
             JOIN event ON event.id = claim.event_id
             JOIN conversation ON conversation.id = event.conversation_id AND conversation.session_id <> fork.id
             JOIN session AS owner ON owner.id = conversation.session_id
             WHERE fork.uuid = ?1
             ORDER BY event.at_ms DESC, owner.uuid LIMIT 1",
        )
        .bind(session)
        .fetch_optional(&self.readers())
        .await
        .at(&self.path)?;
        Ok(row.map(|(session, at_ms, responses)| ForkedFrom {
            session,
            at_ms,
            responses: responses.unsigned_abs(),
        }))
    }
}

/// In the place of an original that no line names.
const UNNAMED: i64 = 0;

/// Stores which sessions are forks by what lines say, and of which ones, and returns those of which more is
/// known than before.
pub(crate) async fn mark_forks(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<Vec<SessionId>> {
    let mut forks: BTreeMap<i64, &str> = BTreeMap::new();
    let mut rows: BTreeSet<(i64, i64)> = BTreeSet::new();
    for (fork, originals) in fresh.iter().flat_map(|(_, batch)| &batch.forks) {
        let hash = hash_of(fork);
        forks.insert(hash, fork);
        rows.insert((hash, UNNAMED));
        rows.extend(originals.iter().map(|original| (hash, hash_of(original))));
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, i64)> = rows.into_iter().collect();
    let marked: Vec<i64> = sqlx::query_scalar(
        "INSERT OR IGNORE INTO fork (session, original)
         SELECT value ->> 0, value ->> 1 FROM json_each(?1) RETURNING session",
    )
    .bind(json_list(&rows))
    .fetch_all(&mut **tx)
    .await?;
    let marked: Vec<&str> = marked.iter().filter_map(|hash| forks.get(hash).copied()).collect();
    let sessions: Vec<Db<SessionId>> =
        sqlx::query_scalar("SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))")
            .bind(json_list(&marked))
            .fetch_all(&mut **tx)
            .await?;
    Ok(unwrapped(sessions))
}

/// Returns the claims on these responses.
pub(crate) async fn stored(tx: &mut Tx<'_>, events: &[EventId]) -> sqlx::Result<Vec<StoredClaim>> {
    let rows: Vec<(Db<EventId>, String, i64, String, String, i64)> = sqlx::query_as(
        "SELECT event_id, uuid, at_ms, home.root, source_file.path, claim.offset_bytes
         FROM json_each(?1) AS wanted
         CROSS JOIN claim ON event_id = wanted.value
         JOIN session ON session.id = session_id
         JOIN source_file ON source_file.id = file_id
         JOIN home ON home.id = home_id",
    )
    .bind(json_numbers(events))
    .fetch_all(&mut **tx)
    .await?;
    let claim = |(Db(event), session, at_ms, root, path, offset_bytes): (_, _, _, String, String, i64)| {
        let file = Arc::new(TranscriptPath { relative: path.into(), root: root.into() });
        let locus = Locus { file, offset_bytes: offset_bytes.cast_unsigned() };
        StoredClaim { event, session, at_ms, locus }
    };
    Ok(rows.into_iter().map(claim).collect())
}

/// Stores claims on responses, by number; of two of one session the earlier one.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    claims: &[(EventId, &Claim)],
) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO claim (event_id, session_id, conversation_id, at_ms, file_id, offset_bytes)",
        concat!(
            "ON CONFLICT (event_id, session_id) DO UPDATE
             SET conversation_id = excluded.conversation_id, at_ms = excluded.at_ms, file_id = excluded.file_id,
                 offset_bytes = excluded.offset_bytes
             WHERE (excluded.at_ms, ",
            path_of!("excluded.file_id"),
            ", excluded.offset_bytes, ",
            home_of!("excluded.file_id"),
            ") < (at_ms, ",
            path_of!("claim.file_id"),
            ", offset_bytes, ",
            home_of!("claim.file_id"),
            ") OR (excluded.at_ms, excluded.file_id, excluded.offset_bytes) = (at_ms, file_id, offset_bytes)
                   AND excluded.conversation_id <> conversation_id"
        ),
    ];
    let rows: Vec<_> = claims
        .iter()
        .map(|(event, claim)| {
            let session = learned.session(claim.session())?;
            let conversation = learned.conversation(&claim.attribution.conversation)?;
            Ok((*event, session, conversation, learned.file(&claim.origin.file)?, *claim))
        })
        .collect::<sqlx::Result<_>>()?;
    insert(tx, STATEMENT, 6, &rows, |row, (event, session, conversation, file, claim)| {
        row.id(*event)
            .id(*session)
            .id(*conversation)
            .add(claim.attribution.at_ms)
            .id(*file)
            .add(claim.origin.offset_bytes.cast_signed());
    })
    .await?;
    Ok(())
}

/// Where a response is attributed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at_ms: i64,
    conversation: ConversationId,
    file: FileId,
    offset: i64,
}

/// A response that several sessions have.
struct Response {
    /// Its first part.
    event: EventId,
    key_hash: i64,
    key: String,
    is_at: Place,
    /// The claims, by session.
    claims: BTreeMap<SessionId, Place>,
}

/// What belongs to another session now.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// The UTC days of responses.
    pub(crate) days: BTreeSet<UtcDay>,
    /// Whether prompts do.
    pub(crate) prompts: bool,
}

/// Decides to whom the responses and prompts belong that these sessions share with others.
pub(crate) async fn settle(tx: &mut Tx<'_>, sessions: &BTreeSet<SessionId>) -> sqlx::Result<Settled> {
    let mut settled = Settled::default();
    let sessions: Vec<SessionId> = sessions.iter().copied().collect();
    let connected = connected(tx, &sessions).await?;
    if connected.is_empty() {
        return Ok(settled);
    }
    let (numbers, claimants) = claimants(tx, &connected).await?;
    let responses = responses(tx, &connected).await?;
    let contested: Vec<Contested> = responses
        .iter()
        .map(|response| {
            let claims = response.claims.iter();
            Contested::of(claims.filter_map(|(session, claim)| Some((*numbers.get(session)?, claim.at_ms))))
        })
        .collect();
    let prompts = prompts(tx, &connected).await?;
    let contested_prompts: Vec<Contested> = prompts
        .iter()
        .map(|prompt| {
            let claims = prompt.claims.iter();
            Contested::of(claims.filter_map(|(session, (at_ms, _))| Some((*numbers.get(session)?, *at_ms))))
        })
        .collect();
    let by_number: HashMap<usize, SessionId> = numbers.iter().map(|(session, at)| (*at, *session)).collect();
    let [owners, of_prompts] = owners(&claimants, &contested, &contested_prompts);
    for ((response, contested), owner) in responses.iter().zip(&contested).zip(owners) {
        let claim = by_number.get(&owner).and_then(|owner| response.claims.get(owner));
        let Some(claim) = claim else { continue };
        let place = Place { at_ms: contested.at_ms(), ..*claim };
        if place != response.is_at {
            settled.days.extend([response.is_at.at_ms, place.at_ms].map(UtcDay::of_ms));
            attribute(tx, response, place).await?;
        }
    }
    for (prompt, owner) in prompts.iter().zip(of_prompts) {
        let Some(owner) = by_number.get(&owner).filter(|owner| **owner != prompt.owner) else { continue };
        let Some((at_ms, file)) = prompt.claims.get(owner) else { continue };
        settled.prompts = true;
        sqlx::query("UPDATE prompt SET session_id = ?2, at_ms = ?3, file_id = ?4 WHERE id = ?1")
            .bind(prompt.id)
            .bind(Db(*owner))
            .bind(at_ms)
            .bind(Db(*file))
            .execute(&mut **tx)
            .await?;
    }
    Ok(settled)
}

/// A prompt that several sessions have.
struct Prompt {
    id: i64,
    /// The session that it belongs to.
    owner: SessionId,
    /// Time and file of the claims, by session.
    claims: BTreeMap<SessionId, (i64, FileId)>,
}

/// The prompt, its owner, and a claim: session, time and file.
type PromptRow = (i64, Db<SessionId>, Db<SessionId>, i64, Db<FileId>);

/// Returns the prompts that sessions have claims on.
async fn prompts(tx: &mut Tx<'_>, sessions: &[SessionId]) -> sqlx::Result<Vec<Prompt>> {
    let rows: Vec<PromptRow> = sqlx::query_as(
        "SELECT prompt.id, prompt.session_id, claim.session_id, claim.at_ms, claim.file_id
         FROM json_each(?1) AS wanted
         CROSS JOIN prompt_claim AS claim ON claim.session_id = wanted.value
         JOIN prompt ON prompt.id = prompt_id
         ORDER BY prompt.id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await?;
    let mut prompts: Vec<Prompt> = Vec::new();
    for (id, Db(owner), Db(session), at_ms, Db(file)) in rows {
        if prompts.last().is_none_or(|last| last.id != id) {
            prompts.push(Prompt { id, owner, claims: BTreeMap::new() });
        }
        if let Some(prompt) = prompts.last_mut() {
            prompt.claims.insert(session, (at_ms, file));
        }
    }
    Ok(prompts)
}

/// Returns the sessions that share responses or prompts with these or with each other.
async fn connected(tx: &mut Tx<'_>, sessions: &[SessionId]) -> sqlx::Result<Vec<SessionId>> {
    let connected: Vec<Db<SessionId>> = sqlx::query_scalar(
        "WITH RECURSIVE connected (session_id) AS (
             SELECT value FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM claim WHERE session_id = value)
                                                OR EXISTS (SELECT 1 FROM prompt_claim WHERE session_id = value)
             UNION
             SELECT other.session_id FROM connected
             CROSS JOIN claim ON claim.session_id = connected.session_id
             CROSS JOIN claim AS other ON other.event_id = claim.event_id
             UNION
             SELECT other.session_id FROM connected
             CROSS JOIN prompt_claim AS asked ON asked.session_id = connected.session_id
             CROSS JOIN prompt_claim AS other ON other.prompt_id = asked.prompt_id)
         SELECT session_id FROM connected ORDER BY session_id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await?;
    Ok(unwrapped(connected))
}

/// Returns what is known of sessions, with their places in the list.
async fn claimants(
    tx: &mut Tx<'_>,
    sessions: &[SessionId],
) -> sqlx::Result<(HashMap<SessionId, usize>, Vec<Claimant>)> {
    let rows: Vec<(Db<SessionId>, String, Option<i64>)> = sqlx::query_as(
        "SELECT session.id, uuid,
                (SELECT min(at_ms) FROM conversation CROSS JOIN event ON conversation_id = conversation.id
                 WHERE session_id = session.id AND part = 0
                   AND NOT EXISTS (SELECT 1 FROM claim WHERE event_id = event.id))
         FROM json_each(?1) AS wanted CROSS JOIN session ON session.id = wanted.value ORDER BY session.id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await?;
    let numbers = rows.iter().enumerate().map(|(at, (Db(id), ..))| (*id, at)).collect();
    let hashes: Vec<i64> = rows.iter().map(|(_, session, _)| hash_of(session)).collect();
    let marks: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT session, original FROM json_each(?1) AS wanted CROSS JOIN fork ON session = wanted.value",
    )
    .bind(json_numbers(&hashes))
    .fetch_all(&mut **tx)
    .await?;
    let places: HashMap<i64, usize> = hashes.iter().copied().zip(0..).collect();
    let mut claimants: Vec<Claimant> = rows
        .into_iter()
        .map(|(_, session, own_first_ms)| Claimant {
            session,
            is_fork: false,
            originals: Vec::new(),
            own_first_ms,
        })
        .collect();
    for (fork, original) in marks {
        if let Some(fork) = places.get(&fork).and_then(|at| claimants.get_mut(*at)) {
            fork.is_fork = true;
            fork.originals.extend(places.get(&original));
        }
    }
    Ok((numbers, claimants))
}

/// Returns the responses that sessions have claims on.
async fn responses(tx: &mut Tx<'_>, sessions: &[SessionId]) -> sqlx::Result<Vec<Response>> {
    let rows = sqlx::query(
        "SELECT event.id, event.key_hash, event.key, event.at_ms AS is_at_ms, event.conversation_id AS is_conversation,
                origin_file_id, origin_offset_bytes, claim.*
         FROM json_each(?1) AS wanted
         CROSS JOIN claim ON claim.session_id = wanted.value
         JOIN event ON event.id = claim.event_id
         ORDER BY event.id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await?;
    let mut responses: Vec<Response> = Vec::new();
    for row in &rows {
        let event: EventId = number(row, "event_id")?;
        if responses.last().is_none_or(|last| last.event != event) {
            responses.push(Response {
                event,
                key_hash: row.try_get("key_hash")?,
                key: row.try_get("key")?,
                is_at: place(row, ["is_at_ms", "is_conversation", "origin_file_id", "origin_offset_bytes"])?,
                claims: BTreeMap::new(),
            });
        }
        if let Some(response) = responses.last_mut() {
            let claim = place(row, ["at_ms", "conversation_id", "file_id", "offset_bytes"])?;
            response.claims.insert(number(row, "session_id")?, claim);
        }
    }
    Ok(responses)
}

fn place(row: &SqliteRow, [at_ms, conversation, file, offset]: [&str; 4]) -> sqlx::Result<Place> {
    Ok(Place {
        at_ms: row.try_get(at_ms)?,
        conversation: number(row, conversation)?,
        file: number(row, file)?,
        offset: row.try_get(offset)?,
    })
}

/// Rewrites all parts of a response. The time of the line that counts stays.
async fn attribute(tx: &mut Tx<'_>, response: &Response, place: Place) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE event SET winner_after_ms = winner_after_ms + at_ms - ?3, at_ms = ?3, conversation_id = ?4,
                          origin_file_id = ?5, origin_offset_bytes = ?6
         WHERE key_hash = ?1 AND key = ?2",
    )
    .bind(response.key_hash)
    .bind(&response.key)
    .bind(place.at_ms)
    .bind(Db(place.conversation))
    .bind(Db(place.file))
    .bind(place.offset)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
