//! Use of the prompt cache.

use crate::event_pages::EventPages;
use crate::facets::conversation_names;
use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::cache::{CacheMiss, CacheSums, CacheUsage, LaneFold, MissCause, MissList, SeenEvent};
use ctm_facts::{ResolvedFilter, StoredResponse, UsageFilter};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Db, Tx, all, json_numbers, values};
use ctm_types::{BillingId, CircumstanceId, EpochMs, EventId};
use std::collections::{BTreeSet, HashMap};

/// The columns of an event, as read by [`CacheSums`].
macro_rules! columns {
    () => {
        concat!(
            $crate::days::usage_event!(),
            ", coalesce(conversation_id, 0), coalesce(conversation.agent_id, 0),
             coalesce((SELECT circumstance.id FROM circumstance WHERE circumstance.id = circumstance_id AND cache_miss <> ''), 0),
             coalesce(cache_missed_tokens, -1), event.id"
        )
    };
}

/// The statements of a fold over events.
pub(crate) struct Statements {
    /// Selects the events between two of them, in order: after the time ?1 and the number ?2, up to the time ?3 and the
    /// number ?4.
    pub(crate) events: &'static str,
    /// Selects the events before the time ?1 of sessions with one between it and the time ?2, in order.
    pub(crate) earlier: &'static str,
}

/// Selects the events between two of them, with further columns.
macro_rules! events {
    ($more:expr) => {
        concat!(
            "SELECT ",
            $crate::cache::columns!(),
            $more,
            " FROM event INDEXED BY event_at
              LEFT JOIN conversation ON conversation.id = conversation_id
              LEFT JOIN session ON session.id = session_id
              LEFT JOIN source_file ON source_file.id = origin_file_id
              WHERE (at_ms, event.id) > (?1, ?2) AND (at_ms, event.id) <= (?3, ?4) ORDER BY at_ms, event.id"
        )
    };
}

/// Selects the events of the same sessions before them, with further columns.
macro_rules! earlier {
    ($more:expr) => {
        concat!(
            "WITH present AS (
                 SELECT DISTINCT session_id FROM event INDEXED BY event_at JOIN conversation ON conversation.id = conversation_id
                 WHERE at_ms BETWEEN ?1 AND ?2)
             SELECT ",
            $crate::cache::columns!(),
            $more,
            " FROM present CROSS JOIN conversation USING (session_id)
              CROSS JOIN event INDEXED BY event_in_conversation ON conversation_id = conversation.id
              JOIN session ON session.id = session_id
              LEFT JOIN source_file ON source_file.id = origin_file_id
              WHERE at_ms < ?1 ORDER BY at_ms, event.id"
        )
    };
}

pub(crate) use {columns, earlier, events};

/// The statements of a fold over the lanes alone.
pub(crate) const LANES: Statements = Statements { events: events!(""), earlier: earlier!("") };

/// Selects the events of the session ?1 with their numbers, in order.
const OF_SESSION: &str = concat!(
    "SELECT ",
    columns!(),
    "
      FROM session CROSS JOIN conversation ON conversation.session_id = session.id
      CROSS JOIN event INDEXED BY event_in_conversation ON conversation_id = conversation.id
      LEFT JOIN source_file ON source_file.id = origin_file_id
      WHERE session.uuid = ?1 ORDER BY at_ms, event.id"
);

/// Responses that miss the cache.
#[derive(Debug, Clone, Default)]
pub struct MissedResponses {
    /// The numbers of their first parts, each with its cause.
    pub misses: Vec<(EventId, MissCause)>,
    /// The names of logged causes.
    pub causes: HashMap<CircumstanceId, String>,
}

impl Store {
    /// Returns the use of the cache by the events that pass the filter. Its usage is that of [`Store::usage`].
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn cache_usage(&self, filter: &UsageFilter) -> Result<CacheUsage, StorageError> {
        self.wanted_cache_usage(filter).await.at(&self.path)
    }

    async fn wanted_cache_usage(&self, filter: &UsageFilter) -> sqlx::Result<CacheUsage> {
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let mut sums = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        add_events(&mut tx, &wanted, &mut sums, &LANES).await?;
        let (rows, misses) = sums.into_parts();
        let conversations: BTreeSet<_> = misses.iter().map(|(key, _)| key.conversation).collect();
        let causes = misses.iter().filter_map(|(key, _)| key.cause.logged()).collect();
        Ok(CacheUsage {
            rows,
            misses,
            conversations: conversation_names(&mut tx, &conversations).await?.into_iter().collect(),
            causes: logged_causes(&mut tx, &causes).await?.into_iter().collect(),
        })
    }

    /// Returns the responses that pass the filter and miss the cache, by the numbers of their first parts, with the
    /// names of logged causes: those that [`Store::cache_usage`] sums.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn missed_responses(&self, filter: &UsageFilter) -> Result<MissedResponses, StorageError> {
        self.wanted_missed_responses(filter).await.at(&self.path)
    }

    async fn wanted_missed_responses(&self, filter: &UsageFilter) -> sqlx::Result<MissedResponses> {
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let mut list =
            MissList::new(CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect()));
        add_events(&mut tx, &wanted, &mut list, &LANES).await?;
        let misses = list.into_misses();
        let causes = misses.iter().filter_map(|(_, cause)| cause.logged()).collect();
        Ok(MissedResponses { misses, causes: logged_causes(&mut tx, &causes).await?.into_iter().collect() })
    }

    /// Returns the misses of a session with their responses, in the order of time: those that [`Store::cache_usage`]
    /// sums.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn cache_misses(
        &self,
        session: &str,
    ) -> Result<Vec<(CacheMiss, StoredResponse)>, StorageError> {
        self.misses_of_session(session).await.at(&self.path)
    }

    async fn misses_of_session(&self, session: &str) -> sqlx::Result<Vec<(CacheMiss, StoredResponse)>> {
        let mut tx = self.read().await?;
        let mut sums = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        let (mut ids, mut misses) = (Vec::new(), Vec::new());
        each_row(&mut tx, OF_SESSION, [session], |columns| {
            if let Some(SeenEvent { id, miss: Some(miss), .. }) = sums.seen(columns) {
                ids.push(id);
                misses.push(miss);
            }
        })
        .await?;
        let responses = self.stored_responses(&mut tx, &ids).await?;
        Ok(misses.into_iter().zip(responses).collect())
    }
}

/// Adds the events of the requested times, after the earlier ones of their sessions.
async fn add_events(
    tx: &mut Tx<'_>,
    wanted: &ResolvedFilter,
    sums: &mut (impl LaneFold + Send),
    statements: &Statements,
) -> sqlx::Result<()> {
    follow_earlier(tx, wanted, sums, statements).await?;
    let mut pages = EventPages::new(wanted);
    while add_page(tx, &mut pages, wanted, sums, statements).await? {}
    Ok(())
}

/// Follows the events before the requested times, of sessions with one in them.
pub(crate) async fn follow_earlier(
    tx: &mut Tx<'_>,
    wanted: &ResolvedFilter,
    sums: &mut (impl LaneFold + Send),
    statements: &Statements,
) -> sqlx::Result<()> {
    let (first_ms, last_ms) = wanted.times_ms().into_inner();
    if first_ms > EpochMs::MIN {
        each_row(tx, statements.earlier, [first_ms.0, last_ms.0], |columns| sums.follow(columns)).await?;
    }
    Ok(())
}

/// Adds the events of the next page. Returns `false` after the last one.
pub(crate) async fn add_page(
    tx: &mut Tx<'_>,
    pages: &mut EventPages,
    wanted: &ResolvedFilter,
    sums: &mut (impl LaneFold + Send),
    statements: &Statements,
) -> sqlx::Result<bool> {
    let Some(page) = pages.next(tx).await? else { return Ok(false) };
    each_row(tx, statements.events, page, |columns| sums.add(columns, wanted)).await?;
    Ok(true)
}

/// Returns the first billing with the same model as each.
pub(crate) async fn models(tx: &mut Tx<'_>) -> sqlx::Result<Vec<(BillingId, BillingId)>> {
    const MODELS: &str = "SELECT id, min(id) OVER (PARTITION BY model) FROM billing";
    let models: Vec<(Db<BillingId>, Db<BillingId>)> = all(tx, MODELS, values![]).await?;
    Ok(models.into_iter().map(|(Db(id), Db(first))| (id, first)).collect())
}

async fn logged_causes(
    tx: &mut Tx<'_>,
    wanted: &BTreeSet<CircumstanceId>,
) -> sqlx::Result<Vec<(CircumstanceId, String)>> {
    const CAUSES: &str =
        "SELECT id, cache_miss FROM circumstance WHERE id IN (SELECT value FROM json_each(?1))";
    let wanted: Vec<CircumstanceId> = wanted.iter().copied().collect();
    let causes: Vec<(Db<CircumstanceId>, String)> = all(tx, CAUSES, values![json_numbers(&wanted)]).await?;
    Ok(causes.into_iter().map(|(Db(id), cause)| (id, cause)).collect())
}
