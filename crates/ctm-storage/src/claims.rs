//! Responses that several sessions have, and which session each belongs to.
//!
//! # Design
//!
//! [`ctm_types::forks`] decides by all sessions that are connected by responses they share. A commit
//! that adds to one of them decides anew for all of these, and rewrites the events whose owner is
//! another one now. Most sessions share nothing, and cost one look into an index.

use crate::days::day_of_ms;
use crate::dictionary::{Dictionary, json_numbers};
use crate::error::{AtPath, StorageError};
use crate::events::json_list;
use crate::rows::insert;
use crate::store::Store;
use crate::writer::Tx;
use ctm_types::Claim;
use ctm_types::forks::{Claimant, Contested, owners};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a session was copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedFrom {
    /// The session that the last of the shared responses belongs to.
    pub session: String,
    /// When that response was made, in UTC epoch milliseconds.
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

/// Notes which sessions say that they are forks, and returns those that did not before.
pub(crate) async fn mark_forks(tx: &mut Tx<'_>, sessions: &BTreeSet<&str>) -> sqlx::Result<Vec<i64>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let sessions: Vec<&str> = sessions.iter().copied().collect();
    sqlx::query_scalar(
        "UPDATE session SET is_fork = 1
         WHERE uuid IN (SELECT value FROM json_each(?1)) AND is_fork = 0 RETURNING id",
    )
    .bind(json_list(&sessions))
    .fetch_all(&mut **tx)
    .await
}

/// A claim that is stored: the response, the session, and the line with its time.
pub(crate) type StoredClaim = (i64, String, i64, String, i64);

/// Returns the claims on these responses.
pub(crate) async fn stored(tx: &mut Tx<'_>, events: &[i64]) -> sqlx::Result<Vec<StoredClaim>> {
    sqlx::query_as(
        "SELECT event_id, uuid, at_ms, home.root || '/' || source_file.path, claim.offset_bytes
         FROM json_each(?1) AS wanted
         CROSS JOIN claim ON event_id = wanted.value
         JOIN session ON session.id = session_id
         JOIN source_file ON source_file.id = file_id
         JOIN home ON home.id = home_id",
    )
    .bind(json_numbers(events))
    .fetch_all(&mut **tx)
    .await
}

/// Stores claims on responses, by number; of two of one session the earlier one.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    dictionary: &Dictionary,
    claims: &[(i64, &Claim)],
) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO claim (event_id, session_id, conversation_id, at_ms, file_id, offset_bytes)",
        "ON CONFLICT (event_id, session_id) DO UPDATE
         SET conversation_id = excluded.conversation_id, at_ms = excluded.at_ms, file_id = excluded.file_id,
             offset_bytes = excluded.offset_bytes
         WHERE (excluded.at_ms, (SELECT root || '/' || path FROM source_file JOIN home ON home.id = home_id
                                 WHERE source_file.id = excluded.file_id), excluded.offset_bytes)
             < (at_ms, (SELECT root || '/' || path FROM source_file JOIN home ON home.id = home_id
                        WHERE source_file.id = claim.file_id), offset_bytes)
            OR (excluded.file_id, excluded.offset_bytes) = (file_id, offset_bytes)
               AND (excluded.at_ms, excluded.conversation_id) <> (at_ms, conversation_id)",
    ];
    let rows: Vec<_> = claims
        .iter()
        .map(|(event, claim)| {
            let session = dictionary.session(claim.session())?;
            let conversation = dictionary.conversation(&claim.attribution.conversation)?;
            Ok((*event, session, conversation, dictionary.file(&claim.origin.path)?, *claim))
        })
        .collect::<sqlx::Result<_>>()?;
    insert(tx, STATEMENT, 6, &rows, |row, (event, session, conversation, file, claim)| {
        row.add(event)
            .add(session)
            .add(conversation)
            .add(claim.attribution.at_ms)
            .add(file)
            .add(claim.origin.offset_bytes.cast_signed());
    })
    .await?;
    Ok(())
}

/// Where a response is attributed to: time, conversation, file and offset.
type Place = (i64, i64, i64, i64);

/// A response that several sessions have.
struct Response {
    /// Its first part.
    event: i64,
    key_hash: i64,
    key: String,
    is_at: Place,
    /// The claims, by session.
    claims: BTreeMap<i64, Place>,
}

/// Decides to whom the responses belong that these sessions share with others, and returns the UTC days
/// on which that changed something.
pub(crate) async fn settle(tx: &mut Tx<'_>, sessions: &BTreeSet<i64>) -> sqlx::Result<BTreeSet<i64>> {
    let mut days = BTreeSet::new();
    let sessions: Vec<i64> = sessions.iter().copied().collect();
    let connected = connected(tx, &sessions).await?;
    if connected.is_empty() {
        return Ok(days);
    }
    let (numbers, claimants) = claimants(tx, &connected).await?;
    let responses = responses(tx, &connected).await?;
    let contested: Vec<Contested> = responses
        .iter()
        .map(|response| {
            let claims = response.claims.iter();
            Contested::of(claims.filter_map(|(session, (at_ms, ..))| Some((*numbers.get(session)?, *at_ms))))
        })
        .collect();
    let by_number: HashMap<usize, i64> = numbers.iter().map(|(session, at)| (*at, *session)).collect();
    let owners = owners(&claimants, &contested);
    for ((response, contested), owner) in responses.iter().zip(&contested).zip(owners) {
        let claim = by_number.get(&owner).and_then(|owner| response.claims.get(owner));
        let Some((_, conversation, file, offset)) = claim.copied() else { continue };
        let place = (contested.at_ms(), conversation, file, offset);
        if place != response.is_at {
            days.extend([response.is_at.0, place.0].map(day_of_ms));
            attribute(tx, response, place).await?;
        }
    }
    Ok(days)
}

/// Returns the sessions that share responses with these or with each other.
async fn connected(tx: &mut Tx<'_>, sessions: &[i64]) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar(
        "WITH RECURSIVE connected (session_id) AS (
             SELECT value FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM claim WHERE session_id = value)
             UNION
             SELECT other.session_id FROM connected
             CROSS JOIN claim ON claim.session_id = connected.session_id
             CROSS JOIN claim AS other ON other.event_id = claim.event_id)
         SELECT session_id FROM connected ORDER BY session_id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await
}

/// Returns what is known of sessions, with their places in the list.
async fn claimants(tx: &mut Tx<'_>, sessions: &[i64]) -> sqlx::Result<(HashMap<i64, usize>, Vec<Claimant>)> {
    let rows: Vec<(i64, String, bool, Option<i64>)> = sqlx::query_as(
        "SELECT session.id, uuid, is_fork,
                (SELECT min(at_ms) FROM conversation CROSS JOIN event ON conversation_id = conversation.id
                 WHERE session_id = session.id AND part = 0
                   AND NOT EXISTS (SELECT 1 FROM claim WHERE event_id = event.id))
         FROM json_each(?1) AS wanted CROSS JOIN session ON session.id = wanted.value ORDER BY session.id",
    )
    .bind(json_numbers(sessions))
    .fetch_all(&mut **tx)
    .await?;
    let numbers = rows.iter().enumerate().map(|(at, (id, ..))| (*id, at)).collect();
    let claimants = rows
        .into_iter()
        .map(|(_, session, is_fork, own_first_ms)| Claimant { session, is_fork, own_first_ms })
        .collect();
    Ok((numbers, claimants))
}

/// Returns the responses that sessions have claims on.
async fn responses(tx: &mut Tx<'_>, sessions: &[i64]) -> sqlx::Result<Vec<Response>> {
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
        let event = row.try_get("event_id")?;
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
            response.claims.insert(row.try_get("session_id")?, claim);
        }
    }
    Ok(responses)
}

fn place(row: &SqliteRow, [at_ms, conversation, file, offset]: [&str; 4]) -> sqlx::Result<Place> {
    Ok((row.try_get(at_ms)?, row.try_get(conversation)?, row.try_get(file)?, row.try_get(offset)?))
}

/// Rewrites all parts of a response. The time of the line that counts stays.
async fn attribute(tx: &mut Tx<'_>, response: &Response, place: Place) -> sqlx::Result<()> {
    let (at_ms, conversation, file, offset) = place;
    sqlx::query(
        "UPDATE event SET winner_after_ms = winner_after_ms + at_ms - ?3, at_ms = ?3, conversation_id = ?4,
                          origin_file_id = ?5, origin_offset_bytes = ?6
         WHERE key_hash = ?1 AND key = ?2",
    )
    .bind(response.key_hash)
    .bind(&response.key)
    .bind(at_ms)
    .bind(conversation)
    .bind(file)
    .bind(offset)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
