//! Responses and prompts that several sessions have, and which session each belongs to.
//!
//! # Design
//!
//! [`ctm_facts::ownership`] decides from all sessions that are connected by shared responses. A commit that
//! adds to one of them repeats the decision for all of these, and rewrites the events with a new owner. Most
//! sessions share nothing, and cost one index look-up.
//!
//! Fork markers name sessions that may be read later or never. They are therefore stored separately, by
//! hashes of the ids.

use crate::dictionary::Learned;
use crate::store::Store;
use ctm_facts::ownership::{
    Cluster, ContestedPrompt, ContestedResponse, ForkMark, PromptPlace, ResponsePlace, SharingSession,
};
use ctm_facts::{ForkedFrom, FreshBatch, StoredClaim, hash_of};
use ctm_sqlite::error::StorageError;
use ctm_sqlite::rows::{each_row, write};
use ctm_sqlite::sql::{Db, Numbers, Tx, all, column, json_list, json_numbers, numbers, values};
use ctm_types::{Claim, ConversationId, EpochMs, EventId, FileId, Locus, SessionId, TranscriptPath, UtcDay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Store {
    /// Returns where a session was copied from; `None` if it has no response of another one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forked_from(&self, session: &str) -> Result<Option<ForkedFrom>, StorageError> {
        const ORIGIN: &str = include_str!("sql/claims/origin.sql");
        let row: Vec<(String, i64, i64)> = self.all(ORIGIN, values![session]).await?;
        let origin = row.into_iter().next();
        Ok(origin.map(|(session, at_ms, responses)| ForkedFrom {
            session,
            at_ms: EpochMs(at_ms),
            responses: responses.unsigned_abs(),
        }))
    }
}

/// Stores the fork markers of lines, and returns the sessions with new ones.
pub(crate) async fn mark_forks(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<Vec<SessionId>> {
    const MARK: &str = "INSERT OR IGNORE INTO fork (session, original)
                        SELECT value ->> 0, value ->> 1 FROM json_each(?1) RETURNING session";
    const SESSIONS: &str = "SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))";
    let mut forks: BTreeMap<i64, &str> = BTreeMap::new();
    let mut marks: BTreeSet<[i64; 2]> = BTreeSet::new();
    for (fork, originals) in fresh.iter().flat_map(|(_, batch)| &batch.forks) {
        let hash = hash_of(fork);
        forks.insert(hash, fork);
        marks.insert([hash, ForkMark::UNNAMED]);
        marks.extend(originals.iter().map(|original| [hash, hash_of(original)]));
    }
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<[i64; 2]> = marks.into_iter().collect();
    let marked: Vec<i64> = column(tx, MARK, values![json_list(&marks)]).await?;
    let marked: Vec<&str> = marked.iter().filter_map(|hash| forks.get(hash).copied()).collect();
    numbers(tx, SESSIONS, values![json_list(&marked)]).await
}

/// Returns the claims on these responses.
pub(crate) async fn stored(tx: &mut Tx<'_>, events: &[EventId]) -> sqlx::Result<Vec<StoredClaim>> {
    const STORED: &str = include_str!("sql/claims/stored.sql");
    let claim = |(Db(event), session, at_ms, home, path, offset_bytes): (_, _, _, String, String, i64)| {
        let file = Arc::new(TranscriptPath { home: home.into(), relative: path.into() });
        let locus = Locus { file, offset_bytes: offset_bytes.cast_unsigned() };
        StoredClaim { event, session, at_ms: EpochMs(at_ms), locus }
    };
    let claims: Vec<(Db<EventId>, String, i64, String, String, i64)> =
        all(tx, STORED, values![json_numbers(events)]).await?;
    Ok(claims.into_iter().map(claim).collect())
}

/// Stores claims on responses, by number; of two of one session the earlier one.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    claims: &[(EventId, &Claim)],
) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/claims/store.sql");
    let rows: Vec<_> = claims
        .iter()
        .map(|(event, claim)| {
            let session = learned.session(claim.session())?;
            let conversation = learned.conversation(&claim.attribution.conversation)?;
            Ok((*event, session, conversation, learned.file(&claim.origin.file)?, *claim))
        })
        .collect::<sqlx::Result<_>>()?;
    write(tx, STATEMENT, &rows, |row, (event, session, conversation, file, claim)| {
        row.id(*event)
            .id(*session)
            .id(*conversation)
            .add(claim.attribution.at_ms.0)
            .id(*file)
            .add(claim.origin.offset_bytes.cast_signed());
    })
    .await?;
    Ok(())
}

/// Facts that changed their session.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// The UTC days of responses.
    pub(crate) days: BTreeSet<UtcDay>,
    /// `true` if prompts changed their session.
    pub(crate) prompts: bool,
}

/// Sessions whose shared responses are settled at once, with those that they are connected with.
const SESSIONS_AT_ONCE: usize = 500;

/// Determines the sessions to which all shared responses and prompts belong.
pub(crate) async fn settle_all(tx: &mut Tx<'_>) -> sqlx::Result<Settled> {
    const CLAIMING: &str = "SELECT session_id FROM claim UNION SELECT session_id FROM prompt_claim";
    let sessions: Vec<SessionId> = numbers(tx, CLAIMING, values![]).await?;
    let mut all = Settled::default();
    for sessions in sessions.chunks(SESSIONS_AT_ONCE) {
        let settled = settle(tx, &sessions.iter().copied().collect()).await?;
        all.days.extend(settled.days);
        all.prompts |= settled.prompts;
    }
    Ok(all)
}

/// Determines the sessions to which responses and prompts belong that these sessions share with others.
pub(crate) async fn settle(tx: &mut Tx<'_>, sessions: &BTreeSet<SessionId>) -> sqlx::Result<Settled> {
    // All parts of a response. The time of the line that counts stays.
    const RESPONSE: &str = include_str!("sql/claims/response.sql");
    const PROMPT: &str = "UPDATE prompt SET session_id = ?2, at_ms = ?3, file_id = ?4 WHERE id = ?1";
    let sessions: Vec<SessionId> = sessions.iter().copied().collect();
    let sessions = json_numbers(&connected(tx, &sessions).await?);
    if sessions == "[]" {
        return Ok(Settled::default());
    }
    let connected = Cluster {
        sessions: sharing(tx, &sessions).await?,
        marks: Vec::new(),
        responses: responses(tx, &sessions).await?,
        prompts: prompts(tx, &sessions).await?,
    };
    let connected = Cluster { marks: marks(tx, &connected.sessions).await?, ..connected };
    let moves = connected.settle();
    write(tx, RESPONSE, &moves.responses, |row, (of, to)| {
        row.add(of.key_hash)
            .id(of.event)
            .add(to.at_ms.0)
            .id(to.conversation)
            .id(to.file)
            .add(to.offset_bytes);
    })
    .await?;
    write(tx, PROMPT, &moves.prompts, |row, (of, owner, to)| {
        row.add(of.id).id(*owner).add(to.at_ms.0).id(to.file);
    })
    .await?;
    Ok(Settled { days: moves.days(), prompts: !moves.prompts.is_empty() })
}

/// Returns the sessions that share responses or prompts with these or with each other.
async fn connected(tx: &mut Tx<'_>, sessions: &[SessionId]) -> sqlx::Result<Vec<SessionId>> {
    const CONNECTED: &str = include_str!("sql/claims/connected.sql");
    numbers(tx, CONNECTED, values![json_numbers(sessions)]).await
}

/// Returns the prompts that sessions have claims on.
async fn prompts(tx: &mut Tx<'_>, sessions: &str) -> sqlx::Result<Vec<ContestedPrompt>> {
    const PROMPTS: &str = include_str!("sql/claims/prompts.sql");
    let mut prompts: Vec<ContestedPrompt> = Vec::new();
    each_row(tx, PROMPTS, [sessions], |columns| {
        let &[id, owner, session, at_ms, file] = columns else { return };
        if prompts.last().is_none_or(|last| last.id != id) {
            prompts.push(ContestedPrompt { id, owner: SessionId(owner), claims: BTreeMap::new() });
        }
        if let Some(prompt) = prompts.last_mut() {
            let place = PromptPlace { at_ms: EpochMs(at_ms), file: FileId(file) };
            prompt.claims.insert(SessionId(session), place);
        }
    })
    .await?;
    Ok(prompts)
}

/// Returns the stored facts of sessions.
async fn sharing(tx: &mut Tx<'_>, sessions: &str) -> sqlx::Result<Vec<SharingSession>> {
    const SESSIONS: &str = include_str!("sql/claims/sessions.sql");
    let found: Vec<(Db<SessionId>, String, Option<Db<EpochMs>>)> =
        all(tx, SESSIONS, values![sessions]).await?;
    let session = |(Db(number), id, own_first_ms): (_, _, Option<Db<EpochMs>>)| SharingSession {
        number,
        id,
        own_first_ms: own_first_ms.map(|Db(at_ms)| at_ms),
    };
    Ok(found.into_iter().map(session).collect())
}

/// Returns the fork markers of sessions.
async fn marks(tx: &mut Tx<'_>, sessions: &[SharingSession]) -> sqlx::Result<Vec<ForkMark>> {
    const MARKS: &str =
        "SELECT session, original FROM json_each(?1) AS wanted CROSS JOIN fork ON session = wanted.value";
    let hashes: Vec<i64> = sessions.iter().map(|session| hash_of(&session.id)).collect();
    let marks: Vec<(i64, i64)> = all(tx, MARKS, values![json_numbers(&hashes)]).await?;
    Ok(marks.into_iter().map(|(fork, original)| ForkMark { fork, original }).collect())
}

/// Returns the responses that sessions have claims on.
async fn responses(tx: &mut Tx<'_>, sessions: &str) -> sqlx::Result<Vec<ContestedResponse>> {
    const RESPONSES: &str = include_str!("sql/claims/responses.sql");
    let mut responses: Vec<ContestedResponse> = Vec::new();
    each_row(tx, RESPONSES, [sessions], |columns| {
        let Some((&[event, key_hash], rest)) = columns.split_first_chunk() else { return };
        let Some((is_at, rest)) = rest.split_first_chunk() else { return };
        let Some((&[session], claim)) = rest.split_first_chunk() else { return };
        let Some(claim) = claim.first_chunk() else { return };
        let event = EventId(event);
        if responses.last().is_none_or(|last| last.event != event) {
            let is_at = place(*is_at);
            responses.push(ContestedResponse { event, key_hash, is_at, claims: BTreeMap::new() });
        }
        if let Some(response) = responses.last_mut() {
            response.claims.insert(SessionId(session), place(*claim));
        }
    })
    .await?;
    Ok(responses)
}

fn place([at_ms, conversation, file, offset_bytes]: [i64; 4]) -> ResponsePlace {
    ResponsePlace {
        at_ms: EpochMs(at_ms),
        conversation: ConversationId(conversation),
        file: FileId(file),
        offset_bytes,
    }
}
