//! Responses one by one, and the lines that log each.

use crate::dictionary::Dictionary;
use crate::events::{part, referring, response};
use crate::overlap::are_any_beaten;
use crate::store::Store;
use crate::usage::{conversations, ids, resolve};
use ctm_facts::responses::{SupersededLine, Surroundings};
use ctm_facts::{
    Branches, ExplainedResponse, Referring, ResolvedFilter, ResponseCursor, ResponseFilter, ResponsePage,
    StoredResponse, TimeOrder, UsageFilter, hash_of,
};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{
    Db, Row, Tx, Values, all, count, json_numbers, magnitude, number, numbers, one, rows, tokens, values,
};
use ctm_types::{
    ConversationId, EpochMs, EventId, Locus, LoggedLine, Part, Projects, Response, Slot, TranscriptPath,
};
use serde_json::{Value, json};
use sqlx::Error;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Selection of responses: between two times (?1, ?2), of conversations (?3) and homes (?4), with a part of
/// billings (?5), each a list or NULL for all; without some (?6), a list or NULL for none; with a tool call (?7, NULL for
/// all, 1 for one that failed) of a tool (?8, NULL for any); in slots of 15 minutes (?9, a list of their beginnings or NULL
/// for all); of some numbers (?10, a list or NULL for all); with values of attributes (?11, an object or NULL for all); on some
/// branches (?12, a list or NULL for all), or on none of them (?13 = 0).
macro_rules! chosen {
    () => {
        "part = 0 AND at_ms BETWEEN ?1 AND ?2
         AND (?3 IS NULL OR conversation_id IN (SELECT value FROM json_each(?3)))
         AND (?4 IS NULL OR origin_file_id IN (SELECT id FROM source_file
                                               WHERE home_id IN (SELECT value FROM json_each(?4))))
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM event AS billed INDEXED BY event_key
                                    WHERE billed.key_hash = event.key_hash AND billed.key = event.key
                                      AND billed.billing_id IN (SELECT value FROM json_each(?5))))
         AND (?6 IS NULL OR event.id NOT IN (SELECT value FROM json_each(?6)))
         AND (?7 IS NULL OR EXISTS (SELECT 1 FROM tool_call
                                    WHERE tool_call.event_id = event.id
                                      AND (?8 IS NULL OR tool_id = (SELECT id FROM term WHERE text = ?8))
                                      AND (?7 = 0 OR tool_call.id IN (SELECT id FROM tool_error))))
         AND (?9 IS NULL OR at_ms - (at_ms % 900000 + 900000) % 900000 IN (SELECT value FROM json_each(?9)))
         AND (?10 IS NULL OR event.id IN (SELECT value FROM json_each(?10)))
         AND (?11 IS NULL OR NOT EXISTS (
              SELECT 1 FROM json_each(?11) AS wanted
              WHERE wanted.value IS NOT CASE wanted.key
                  WHEN 'skill' THEN (SELECT nullif(skill, '') FROM circumstance WHERE circumstance.id = circumstance_id)
                  WHEN 'plugin' THEN (SELECT nullif(plugin, '') FROM circumstance WHERE circumstance.id = circumstance_id)
                  WHEN 'mcp' THEN (SELECT nullif(mcp_server, '') FROM circumstance WHERE circumstance.id = circumstance_id)
                  WHEN 'effort' THEN (SELECT nullif(effort, '') FROM circumstance WHERE circumstance.id = circumstance_id)
                  -- No name is a number: a main conversation has neither a type of subagent nor none.
                  WHEN 'agent' THEN CASE WHEN conversation_id IN (SELECT id FROM conversation WHERE sidechain = 1)
                      THEN coalesce((SELECT kind FROM conversation JOIN agent ON agent.id = agent_id
                                     WHERE conversation.id = conversation_id),
                                    (SELECT nullif(agent, '') FROM circumstance WHERE circumstance.id = circumstance_id))
                      ELSE 0 END
                  WHEN 'version' THEN (SELECT text FROM conversation JOIN term ON term.id = version_id
                                       WHERE conversation.id = conversation_id)
                  WHEN 'branch' THEN (SELECT text FROM conversation JOIN term ON term.id = branch_id
                                      WHERE conversation.id = conversation_id)
                  WHEN 'entrypoint' THEN (SELECT text FROM conversation JOIN term ON term.id = entrypoint_id
                                          WHERE conversation.id = conversation_id)
                  -- The next pull request that the session is linked to, or else the last one.
                  WHEN 'pr' THEN (SELECT pr FROM (
                      SELECT text || '#' || number AS pr, text, number,
                             min(session_record.at_ms) < event.at_ms AS is_behind,
                             abs(min(session_record.at_ms) - event.at_ms) AS distance_ms
                      FROM conversation JOIN session_record USING (session_id) JOIN term ON term.id = name_id
                      WHERE conversation.id = conversation_id AND session_record.kind = 'pull_request' AND number IS NOT NULL
                      GROUP BY text, number) ORDER BY is_behind, distance_ms, text, number LIMIT 1)
                  WHEN 'model' THEN (SELECT model FROM billing WHERE billing.id = billing_id)
                  WHEN 'calls' THEN (SELECT CASE count(DISTINCT tool_id) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'several' END
                                     FROM tool_call WHERE event_id = event.id)
              END))
         AND (?12 IS NULL OR ?13 = coalesce((SELECT branch_id FROM conversation WHERE conversation.id = conversation_id) IN (
              SELECT term.id FROM json_each(?12) JOIN term ON text = value), 0))"
    };
}

pub(crate) use chosen as selection;

/// Selects a page of the selection, after a time and a key (?14, ?15): ?16 rows at most.
macro_rules! page {
    ($events:literal, $behind:literal, $order:literal) => {
        concat!(
            "SELECT event.id FROM ",
            $events,
            " WHERE ",
            chosen!(),
            " AND (?14 IS NULL OR (at_ms, event.key) ",
            $behind,
            " (?14, ?15)) ORDER BY at_ms ",
            $order,
            ", event.key ",
            $order,
            " LIMIT ?16"
        )
    };
}

/// Counts the selection.
const COUNT: &str = concat!("SELECT count(*) FROM event WHERE ", chosen!());

/// Counts the selected responses with several lines, by the number of lines: most have one, and need no
/// look-up.
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

/// Some responses, by their numbers.
const BY_NUMBER: [&str; 2] = [
    page!("json_each(?10) AS wanted CROSS JOIN event ON event.id = wanted.value", ">", "ASC"),
    page!("json_each(?10) AS wanted CROSS JOIN event ON event.id = wanted.value", "<", "DESC"),
];

/// All responses of some conversations: those of a session are few.
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

/// Responses that are read at once when all are.
const RESPONSES_AT_ONCE: usize = 2_000;

/// A response with what its rows refer to.
struct Loaded {
    response: Response,
    stored: StoredResponse,
    winner_gone: bool,
}

impl Store {
    /// Returns a page of the responses that pass the filter, in the order of time and then of key.
    ///
    /// Any number of responses can be read page by page: the last one of a page is the start of the next
    /// page. A response matches if one of its parts has a selected model; it is returned with all of its
    /// parts.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn responses(
        &self,
        filter: &UsageFilter,
        page: &ResponsePage,
    ) -> Result<Vec<StoredResponse>, StorageError> {
        let page = async { self.page_of_responses(&mut self.read().await?, filter, page).await };
        page.await.at(&self.path)
    }

    /// Passes the responses that pass the filter to `visit` in the order of time and then of key, all of them as they are at one
    /// moment.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn each_response(
        &self,
        filter: &UsageFilter,
        visit: impl FnMut(&StoredResponse),
    ) -> Result<(), StorageError> {
        self.visit_responses(filter, visit).await.at(&self.path)
    }

    async fn visit_responses(
        &self,
        filter: &UsageFilter,
        mut visit: impl FnMut(&StoredResponse),
    ) -> sqlx::Result<()> {
        let mut tx = self.read().await?;
        let mut page = ResponsePage { limit: RESPONSES_AT_ONCE, ..ResponsePage::default() };
        loop {
            let responses = self.page_of_responses(&mut tx, filter, &page).await?;
            responses.iter().for_each(&mut visit);
            match responses.last() {
                Some(last) => page.after = Some(ResponseCursor::of(last)),
                None => return Ok(()),
            }
        }
    }

    async fn page_of_responses(
        &self,
        tx: &mut Tx<'_>,
        filter: &UsageFilter,
        page: &ResponsePage,
    ) -> sqlx::Result<Vec<StoredResponse>> {
        let wanted = resolve(self, tx, filter).await?;
        let spoken = conversations(tx, &wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let [oldest_first, newest_first] = match &page.only.events {
            Some(_) => BY_NUMBER,
            None if filter.sessions.is_empty() => BY_TIME,
            None => BY_CONVERSATION,
        };
        let after_ms = page.after.as_ref().map(|after| after.at_ms);
        let (statement, from_ms, to_ms) = match page.order {
            TimeOrder::OldestFirst => (oldest_first, after_ms.map_or(from_ms, |at| at.max(from_ms)), to_ms),
            TimeOrder::NewestFirst => (newest_first, from_ms, after_ms.map_or(to_ms, |at| at.min(to_ms))),
        };
        let mut values = chosen(from_ms, to_ms, spoken.as_ref(), &wanted, &page.only);
        values.add(after_ms.map(i64::from)).add(page.after.as_ref().map(|after| &after.key));
        values.add(i64::try_from(page.limit).unwrap_or(i64::MAX));
        let page: Vec<EventId> = numbers(tx, statement, values).await?;
        self.stored_responses(tx, &page).await
    }

    /// Returns responses by the numbers of their first parts, in that order.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn responses_by_id(&self, ids: &[EventId]) -> Result<Vec<StoredResponse>, StorageError> {
        let stored = async { self.stored_responses(&mut self.read().await?, ids).await };
        stored.await.at(&self.path)
    }

    /// Returns responses by the numbers of their first parts, in that order.
    pub(crate) async fn stored_responses(
        &self,
        tx: &mut Tx<'_>,
        ids: &[EventId],
    ) -> sqlx::Result<Vec<StoredResponse>> {
        Ok(self.load(tx, ids).await?.into_iter().map(|loaded| loaded.stored).collect())
    }

    /// Returns how many responses pass both filters.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn count_responses(
        &self,
        filter: &UsageFilter,
        only: &ResponseFilter,
    ) -> Result<u64, StorageError> {
        let count = async {
            let mut tx = self.read().await?;
            let wanted = resolve(self, &mut tx, filter).await?;
            self.count_wanted(&mut tx, &wanted, only).await
        };
        count.await.at(&self.path)
    }

    async fn count_wanted(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
        only: &ResponseFilter,
    ) -> sqlx::Result<u64> {
        // The days are summed already, but a response is summed with the model of its first part.
        let is_summed = wanted.billings.is_none() && wanted.without.is_empty() && only.is_empty();
        // Nor are the sums about responses that count as another machine claims them.
        if is_summed && !are_any_beaten(tx).await? {
            let usage = self.usage_of(tx, wanted).await?;
            return Ok(usage.iter().fold(0, |sum, row| sum.saturating_add(row.responses)));
        }
        let spoken = conversations(tx, wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let values = chosen(from_ms, to_ms, spoken.as_ref(), wanted, only);
        let (count,): (i64,) = one(tx, COUNT, values).await?;
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
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let spoken = conversations(&mut tx, &wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let values = chosen(from_ms, to_ms, spoken.as_ref(), &wanted, &ResponseFilter::default());
        let counts: Vec<(i64, i64)> = all(&mut tx, BY_COPIES, values).await?;
        let counts = counts.into_iter();
        let mut by_copies: BTreeMap<u64, u64> =
            counts.map(|(copies, count)| (copies.unsigned_abs(), count.unsigned_abs())).collect();
        let more_than_once = by_copies.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let once = self
            .count_wanted(&mut tx, &wanted, &ResponseFilter::default())
            .await?
            .saturating_sub(more_than_once);
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
        const ID: &str = "SELECT id FROM event WHERE key_hash = ?1 AND key = ?2 AND part = 0";
        const SUPERSEDED: &str = include_str!("sql/responses/superseded.sql");
        let mut tx = self.read().await?;
        let ids: Vec<EventId> = numbers(&mut tx, ID, values![hash_of(key), key]).await?;
        let Some(id) = ids.first() else { return Ok(None) };
        let Some(loaded) = self.load(&mut tx, &[*id]).await?.pop() else { return Ok(None) };
        let rows = rows(&mut tx, SUPERSEDED, values![Db(*id)]).await?;
        let lines = rows.iter().map(superseded).collect::<sqlx::Result<_>>()?;
        let Loaded { response, stored, winner_gone } = loaded;
        Ok(Some(ExplainedResponse::of(stored, &response, winner_gone, lines)))
    }

    /// Loads responses by the numbers of their first parts, in that order.
    async fn load(&self, tx: &mut Tx<'_>, ids: &[EventId]) -> sqlx::Result<Vec<Loaded>> {
        const RESPONSES: &str = include_str!("sql/responses/responses.sql");
        let rows = rows(tx, RESPONSES, values![json_numbers(ids)]).await?;
        let naming = self.naming(tx).await?;
        let mut dictionary = Dictionary::default();
        let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
        dictionary.recall(tx, &referring).await?;
        let mut further = further_parts(tx, &mut dictionary, &rows).await?;
        let witnesses = crate::telemetry::of_responses(tx, ids).await?;
        let mut all = Vec::with_capacity(rows.len());
        for (row, refers) in rows.iter().zip(&referring) {
            let mut response = response(row, &dictionary, *refers)?;
            for part in further.remove(row.try_get::<&str, _>("key")?).unwrap_or_default() {
                response.winner.tokens += part.tokens;
                response.parts.push(part);
            }
            let mut loaded = loaded(row, response, &naming)?;
            if let Some(witness) =
                loaded.response.details.request.and_then(|named| witnesses.get(&named.request))
            {
                loaded.stored.join(witness);
            }
            all.push(loaded);
        }
        Ok(all)
    }
}

/// Returns the values of [`chosen!`].
pub(crate) fn chosen(
    from_ms: EpochMs,
    to_ms: EpochMs,
    spoken: Option<&Vec<ConversationId>>,
    filter: &ResolvedFilter,
    only: &ResponseFilter,
) -> Values {
    // NULL for none.
    let left_out = (!filter.without.is_empty()).then(|| json_numbers(&filter.without));
    let [homes, billings] = [ids(filter.homes.as_ref()), ids(filter.billings.as_ref())];
    let failed = (only.failed || only.tool.is_some()).then(|| i64::from(only.failed));
    let starts = |slots: &Vec<Slot>| json_numbers(&slots.iter().map(|slot| slot.start()).collect::<Vec<_>>());
    let slots = only.slots.as_ref().map(starts);
    let events = only.events.as_ref().map(|events| json_numbers(events));
    let tool = only.tool.clone();
    let attributes = (!only.attributes.is_empty()).then(|| {
        let named =
            only.attributes.iter().map(|(attribute, value)| (attribute.name().to_owned(), json!(value)));
        Value::Object(named.collect()).to_string()
    });
    let branches = only.branches.as_ref().map(|branches| match branches {
        Branches::Among(names) => (json!(names).to_string(), 1_i64),
        Branches::Outside(names) => (json!(names).to_string(), 0),
    });
    let (branches, among) = branches.unzip();
    values![
        from_ms.0,
        to_ms.0,
        ids(spoken),
        homes,
        billings,
        left_out,
        failed,
        tool,
        slots,
        events,
        attributes,
        branches,
        among
    ]
}

/// Loads the parts behind the first of responses, by key.
async fn further_parts(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    responses: &[Row],
) -> sqlx::Result<HashMap<String, Vec<Part>>> {
    const PARTS: &str = "SELECT event.* FROM json_each(?1) AS wanted
         CROSS JOIN event ON event.key_hash = wanted.value
         WHERE part > 0 ORDER BY part";
    let hashes: Vec<i64> =
        responses.iter().map(|row| row.try_get("key_hash")).collect::<sqlx::Result<_>>()?;
    let rows = rows(tx, PARTS, values![json_numbers(&hashes)]).await?;
    let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
    dictionary.recall(tx, &referring).await?;
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    for (row, refers) in rows.iter().zip(&referring) {
        parts.entry(row.try_get("key")?).or_default().push(part(row, dictionary, *refers)?);
    }
    Ok(parts)
}

fn loaded(row: &Row, response: Response, naming: &Projects) -> sqlx::Result<Loaded> {
    let names = |column| -> sqlx::Result<Vec<String>> {
        serde_json::from_str(row.try_get(column)?).map_err(|error| Error::Decode(error.into()))
    };
    let around = Surroundings {
        started_in: row.try_get("started_in")?,
        agent_kind: row.try_get("agent_kind")?,
        searches_of_calls: magnitude(row, "call_searches")?,
        tools: names("tools")?,
        failed_tools: names("failed_tools")?,
        superseded: count(row, "superseded")?,
        home: row.try_get("home")?,
    };
    let stored = StoredResponse::of(row.try_get("key")?, &response, around, naming);
    Ok(Loaded { stored, winner_gone: row.try_get("winner_gone")?, response })
}

/// Reads a line that does not count.
pub(crate) fn superseded(row: &Row) -> sqlx::Result<SupersededLine> {
    let tokens = tokens(row)?;
    let line = LoggedLine {
        locus: Locus {
            file: Arc::new(TranscriptPath {
                relative: row.try_get::<&str, _>("path")?.into(),
                home: row.try_get::<&str, _>("root")?.into(),
            }),
            offset_bytes: count(row, "offset_bytes")?,
        },
        at_ms: number(row, "at_ms")?,
        is_final: row.try_get("final")?,
        output: tokens.output.wrapping_add_signed(row.try_get("more_output")?),
        embedded: row.try_get("embedded")?,
        sidechain: row.try_get("sidechain")?,
        in_own_file: row.try_get("in_own_file")?,
        tokens,
    };
    Ok(SupersededLine { line, gone: row.try_get("gone")? })
}
