//! Events: tokens of responses, with time and place, and their lines.
//!
//! # Design
//!
//! [`Response::absorb`] selects the winning copy, and [`ctm_facts::absorbing`] determines the changes of a
//! commit, both without SQL. The responses of a batch are loaded, its copies absorbed, and the changed
//! responses written back, many rows per statement. The winning line is part of the event; only superseded
//! lines have rows of their own.
//!
//! A stored response with invalid rows is treated as not stored: its rows are removed, and it is derived from
//! the lines that are read now.

use crate::claims;
use crate::dictionary::{Dictionary, Learned};
use crate::values::MOST;
use ctm_facts::{Absorbed, FreshBatch, Loaded, Referring, Touched, Writes, hash_of};
use ctm_sqlite::keys::StoredKeys;
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{
    Db, Numbers, Row, Tx, all, count, execute, json_list, json_numbers, number, optional, rows, tokens,
    values,
};
use ctm_types::{
    Attribution, CircumstanceId, Claim, Details, EpochMs, EventId, Locus, LoggedLine, NamedRequest, Part,
    Response, ResponseKey, TermId, UtcDay,
};
use foldhash::{HashMap, HashMapExt, HashSet};
use std::collections::BTreeSet;

/// Loaded responses, and the days of invalid ones.
pub(crate) struct LoadedEvents<'a> {
    pub(crate) loaded: Loaded<'a>,
    pub(crate) removed_days: BTreeSet<UtcDay>,
    /// The parts behind the first ones.
    pub(crate) further: Vec<EventId>,
}

/// Loads the stored responses that the batches have copies of, by the index of keys or, where there is none, by the rows
/// that are known.
pub(crate) async fn load<'a>(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    stored: &StoredKeys,
    is_indexed: bool,
    fresh: &[FreshBatch<'a>],
) -> sqlx::Result<LoadedEvents<'a>> {
    let copies = fresh.iter().flat_map(|(_, batch)| &batch.copies);
    let keys: HashMap<&str, &ResponseKey> =
        copies.map(|copy| (copy.key.as_str(), &copy.key)).filter(|(key, _)| stored.may_have(key)).collect();
    let mut events =
        LoadedEvents { loaded: Loaded::default(), removed_days: BTreeSet::new(), further: Vec::new() };
    let wanted: Vec<i64> = keys.keys().map(|key| hash_of(key)).collect();
    for wanted in wanted.chunks(10_000) {
        let rows = if is_indexed {
            rows(tx, BY_KEY, values![json_numbers(wanted)]).await?
        } else {
            rows(tx, BY_ROW, values![json_numbers(&stored.rows(wanted)?)]).await?
        };
        events.add(tx, dictionary, &keys, &rows).await?;
    }
    let ids = events.loaded.ids();
    if !ids.is_empty() {
        events.loaded.add_claims(claims::stored(tx, &ids).await?);
    }
    Ok(events)
}

/// Selects stored responses by hashes of keys. These come first in the join, so that they are looked up rather than all
/// events searched.
const BY_KEY: &str = "SELECT event.* FROM json_each(?1) AS wanted
     CROSS JOIN event ON event.key_hash = wanted.value
     ORDER BY wanted.id, part";

/// Selects stored responses by row.
const BY_ROW: &str = "SELECT event.* FROM json_each(?1) AS wanted
     CROSS JOIN event ON event.id = wanted.value
     ORDER BY key_hash, key, part";

impl<'a> LoadedEvents<'a> {
    /// Adds the rows of those of these keys that are stored.
    async fn add(
        &mut self,
        tx: &mut Tx<'_>,
        dictionary: &mut Dictionary,
        keys: &HashMap<&str, &'a ResponseKey>,
        rows: &[Row],
    ) -> sqlx::Result<()> {
        let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
        dictionary.recall(tx, &referring).await?;
        let damaged = damaged_keys(rows, &referring, dictionary)?;
        if !damaged.is_empty() {
            self.remove(tx, rows, &damaged).await?;
        }
        for (row, refers) in rows.iter().zip(&referring) {
            // Another key may have the same hash.
            let key: &str = row.try_get("key")?;
            let Some(key) = keys.get(key).filter(|_| !damaged.contains(key)) else { continue };
            if let Some(response) = self.loaded.further_part(key.as_str()) {
                let part = part(row, dictionary, *refers)?;
                response.winner.tokens += part.tokens;
                response.parts.push(part);
                self.further.push(number(row, "id")?);
            } else {
                self.loaded.add(key, number(row, "id")?, response(row, dictionary, *refers)?);
            }
        }
        Ok(())
    }

    /// Removes stored responses that cannot be right.
    async fn remove(&mut self, tx: &mut Tx<'_>, rows: &[Row], damaged: &HashSet<&str>) -> sqlx::Result<()> {
        let mut ids: Vec<EventId> = Vec::new();
        for row in rows {
            if damaged.contains(row.try_get::<&str, _>("key")?) {
                ids.push(number(row, "id")?);
                self.removed_days.insert(UtcDay::of(number(row, "at_ms")?));
            }
        }
        tracing::warn!("{} stored responses could not be right, and are read again", damaged.len());
        for statement in [
            "DELETE FROM superseded WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM claim WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM tool_call WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM refused WHERE event_id IN (SELECT value FROM json_each(?1))",
            "UPDATE witness SET event_id = NULL WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM event WHERE id IN (SELECT value FROM json_each(?1))",
        ] {
            execute(tx, statement, values![json_numbers(&ids)]).await?;
        }
        Ok(())
    }
}

/// Removes tool calls that are already stored.
pub(crate) async fn leave_out_stored_calls<'a>(
    tx: &mut Tx<'_>,
    absorbed: Absorbed<'a>,
) -> sqlx::Result<Writes<'a>> {
    const STORED: &str = "SELECT event_id, tool_call.id FROM json_each(?1) AS wanted
                          CROSS JOIN tool_call ON event_id = wanted.value";
    let events: Vec<EventId> = absorbed.stored_with_calls().into_iter().collect();
    if events.is_empty() {
        return Ok(absorbed.without_stored_calls(|_, _| false));
    }
    let stored: Vec<(Db<EventId>, i64)> = all(tx, STORED, values![json_numbers(&events)]).await?;
    let stored: HashSet<(EventId, i64)> = stored.into_iter().map(|(Db(event), call)| (event, call)).collect();
    Ok(absorbed.without_stored_calls(|event, call| stored.contains(&(event, hash_of(call)))))
}

/// Writes what changed, and the lines that do not count. Returns the rows that are new, each with the hash of its key.
///
/// Of responses that changed, the `further` parts that were loaded are replaced.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    changes: &Writes<'_>,
    further: &[EventId],
) -> sqlx::Result<Vec<(i64, i64)>> {
    const REMOVE: &str = "DELETE FROM event WHERE id IN (SELECT value FROM json_each(?1))
                          AND key IN (SELECT value FROM json_each(?2))";
    let replaced: Vec<&str> = changes
        .changed()
        .filter(|touched| touched.stored_parts() > 1)
        .map(|touched| touched.key.as_str())
        .collect();
    if !replaced.is_empty() {
        execute(tx, REMOVE, values![json_numbers(further), json_list(&replaced)]).await?;
    }
    let new = store_events(tx, learned, changes).await?;
    store_superseded(tx, learned, changes).await?;
    let claims: Vec<(EventId, &Claim)> = changes.claims().collect();
    claims::store(tx, learned, &claims).await?;
    store_tool_calls(tx, learned, changes).await?;
    Ok(new)
}

/// Writes the rows of the responses that changed, in the order of their numbers.
async fn store_events(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    changes: &Writes<'_>,
) -> sqlx::Result<Vec<(i64, i64)>> {
    // Replacing a row would look for rows that refer to it; these refer to it still.
    const STATEMENT: &str = include_str!("sql/events/store_events.sql");
    let mut next_id = changes.next_id();
    let mut rows = Vec::new();
    let mut new = Vec::new();
    for touched in changes.changed() {
        let hash = hash_of(touched.key.as_str());
        for (number, part) in (0_i64..).zip(&touched.response.parts) {
            let id = if number == 0 { touched.id } else { next_id };
            next_id.0 += i64::from(number > 0);
            if number > 0 || touched.stored_parts() == 0 {
                new.push((hash, id.0));
            }
            rows.push((id, number, hash, part, touched));
        }
    }
    rows.sort_unstable_by_key(|(id, ..)| *id);
    let refers = |number: i64, part: &Part, response: &Response| {
        let Response { winner, attribution, origin, details, .. } = response;
        let circumstance = details.circumstance.as_ref().filter(|_| number == 0);
        Ok(Referring {
            circumstance: circumstance.map(|of| learned.circumstance(of)).transpose()?,
            conversation: learned.conversation(&attribution.conversation)?,
            billing: learned.billing(&part.billing)?,
            origin_file: learned.file(&origin.file)?,
            winner_file: learned.file(&winner.locus.file)?,
        })
    };
    let refers: Vec<Referring> = rows
        .iter()
        .map(|(_, number, _, part, touched)| refers(*number, part, &touched.response))
        .collect::<sqlx::Result<_>>()?;
    let rows: Vec<_> = rows.into_iter().zip(refers).collect();
    write(tx, STATEMENT, &rows, |row, ((id, number, hash, part, Touched { key, response, .. }), refers)| {
        let Response { winner, attribution, origin, details, .. } = response;
        // Values of the whole response are stored with its first part.
        let count = |count: Option<u64>| count.filter(|_| *number == 0).map(u64::cast_signed);
        row.id(*id)
            .add(key.shared())
            .add(hash)
            .add(number)
            .add(attribution.at_ms.0)
            .id(refers.conversation)
            .id(refers.origin_file)
            .add(origin.offset_bytes.cast_signed())
            .id(refers.billing);
        row.tokens(&part.tokens);
        row.add(part.web_searches.cast_signed())
            .add(part.ttl_assumed)
            .add(winner.is_final)
            .id(refers.winner_file)
            .add(winner.locus.offset_bytes.cast_signed())
            .add(winner.at_ms.since(attribution.at_ms))
            .add(winner.output.cast_signed().saturating_sub(part.tokens.output.cast_signed()))
            .add(winner.sidechain)
            .add(winner.in_own_file)
            .add(winner.embedded)
            .optional_id(refers.circumstance)
            .add(count(details.thinking_tokens))
            .add(count(details.cache_missed_tokens))
            .optional_id(details.request.filter(|_| *number == 0).map(|named| named.request))
            .optional_id(details.request.filter(|_| *number == 0).map(|named| named.at_ms));
    })
    .await?;
    Ok(new)
}

async fn store_superseded(tx: &mut Tx<'_>, learned: &Learned<'_>, changes: &Writes<'_>) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/events/store_superseded.sql");
    let mut rows: Vec<_> = changes
        .superseded()
        .map(|(event, line)| {
            let file = learned.file(&line.locus.file)?;
            Ok((event, file, line.locus.offset_bytes.cast_signed(), line))
        })
        .collect::<sqlx::Result<_>>()?;
    rows.sort_unstable_by_key(|(event, file, offset, _)| (*event, *file, *offset));
    write(tx, STATEMENT, &rows, |row, (event, file, offset, line)| {
        row.id(*event).id(*file).add(offset).add(line.at_ms.0).add(line.is_final).add(line.sidechain);
        row.tokens(&line.tokens);
        let output = line.tokens.output.cast_signed();
        row.add(line.in_own_file).add(line.output.cast_signed().saturating_sub(output)).add(line.embedded);
    })
    .await?;
    Ok(())
}

async fn store_tool_calls(tx: &mut Tx<'_>, learned: &Learned<'_>, changes: &Writes<'_>) -> sqlx::Result<()> {
    // Two names for one id would be two rows.
    const STATEMENT: &str = "INSERT OR IGNORE INTO tool_call (event_id, id, tool_id) VALUES (?, ?, ?)";
    let mut rows: Vec<(EventId, i64, TermId)> = changes
        .calls()
        .map(|(event, call)| Ok((event, hash_of(call.id), learned.term(call.tool)?)))
        .collect::<sqlx::Result<_>>()?;
    rows.sort_unstable();
    write(tx, STATEMENT, &rows, |row, (event, id, tool)| {
        row.id(*event).add(id).id(*tool);
    })
    .await?;
    Ok(())
}

/// Returns the keys of responses with invalid rows, in the order of their parts: with dangling references,
/// impossible values, or not exactly one row per part.
fn damaged_keys<'r>(
    rows: &'r [Row],
    referring: &[Referring],
    dictionary: &Dictionary,
) -> sqlx::Result<HashSet<&'r str>> {
    let mut damaged: HashSet<&str> = HashSet::default();
    let mut parts: HashMap<&str, i64> = HashMap::new();
    for (row, refers) in rows.iter().zip(referring) {
        let key = row.try_get("key")?;
        let next = parts.entry(key).or_default();
        let is_next = row.try_get::<i64, _>("part")? == *next;
        *next += 1;
        if !is_next || !dictionary.has(*refers) || !is_possible(row)? {
            damaged.insert(key);
        }
    }
    Ok(damaged)
}

/// Returns whether the values of a row are possible in a line.
fn is_possible(row: &Row) -> sqlx::Result<bool> {
    let number = |column: &&str| row.try_get::<i64, _>(*column);
    let all = |columns: &[&str], most: i64| -> sqlx::Result<bool> {
        let numbers = columns.iter().map(number).collect::<sqlx::Result<Vec<i64>>>()?;
        Ok(numbers.iter().all(|number| (0..=most).contains(number)))
    };
    let counts = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_searches"];
    let flags = ["ttl_assumed", "final", "winner_sidechain", "winner_in_own_file", "winner_embedded"];
    let places = ["origin_offset_bytes", "winner_offset_bytes"];
    let witnessed: Option<i64> = row.try_get("witness_output")?;
    let is_of_output = (0..=row.try_get("output")?).contains(&witnessed.unwrap_or_default());
    Ok(all(&counts, MOST)? && all(&flags, 1)? && all(&places, i64::MAX)? && is_of_output)
}

/// Reads the numbers that an event refers to.
pub(crate) fn referring(row: &Row) -> sqlx::Result<Referring> {
    Ok(Referring {
        conversation: number(row, "conversation_id")?,
        // The terms of the transcripts, where telemetry adds to them.
        billing: optional(row, "logged_billing_id")?.map_or_else(|| number(row, "billing_id"), Ok)?,
        origin_file: number(row, "origin_file_id")?,
        winner_file: number(row, "winner_file_id")?,
        circumstance: row.try_get::<Option<i64>, _>("circumstance_id")?.map(CircumstanceId),
    })
}

/// Reads a response from the row of its first part.
pub(crate) fn response(row: &Row, dictionary: &Dictionary, refers: Referring) -> sqlx::Result<Response> {
    let part = part(row, dictionary, refers)?;
    let at_ms: EpochMs = number(row, "at_ms")?;
    Ok(Response {
        winner: LoggedLine {
            locus: Locus {
                file: dictionary.file_of(refers.winner_file)?.clone(),
                offset_bytes: count(row, "winner_offset_bytes")?,
            },
            at_ms: at_ms.saturating_add(row.try_get("winner_after_ms")?),
            is_final: row.try_get("final")?,
            output: part.tokens.output.wrapping_add_signed(row.try_get("winner_more_output")?),
            embedded: row.try_get("winner_embedded")?,
            sidechain: row.try_get("winner_sidechain")?,
            in_own_file: row.try_get("winner_in_own_file")?,
            tokens: part.tokens,
        },
        parts: vec![part],
        attribution: Attribution {
            at_ms,
            conversation: dictionary.conversation_of(refers.conversation)?.clone(),
        },
        origin: Locus {
            file: dictionary.file_of(refers.origin_file)?.clone(),
            offset_bytes: count(row, "origin_offset_bytes")?,
        },
        details: details(row, dictionary, refers)?,
    })
}

/// Reads the details of a response from the row of its first part. Invalid values are unknown.
fn details(row: &Row, dictionary: &Dictionary, refers: Referring) -> sqlx::Result<Details> {
    let count = |column: &str| -> sqlx::Result<Option<u64>> {
        let count: Option<i64> = row.try_get(column)?;
        Ok(count.filter(|count| (0..=MOST).contains(count)).map(i64::cast_unsigned))
    };
    Ok(Details {
        circumstance: dictionary.circumstance_of(refers.circumstance).cloned(),
        thinking_tokens: count("thinking_tokens")?,
        cache_missed_tokens: count("cache_missed_tokens")?,
        request: named_request(row)?,
    })
}

/// Reads the request that a response answers.
fn named_request(row: &Row) -> sqlx::Result<Option<NamedRequest>> {
    let (request, at_ms) = (optional(row, "request")?, optional(row, "request_at_ms")?);
    Ok(request.zip(at_ms).map(|(request, at_ms)| NamedRequest { at_ms, request }))
}

/// Reads a part from its row, with the output and the terms of the transcripts alone.
pub(crate) fn part(row: &Row, dictionary: &Dictionary, refers: Referring) -> sqlx::Result<Part> {
    let mut tokens = tokens(row)?;
    let witnessed: Option<i64> = row.try_get("witness_output")?;
    tokens.output = tokens.output.saturating_sub(witnessed.unwrap_or_default().unsigned_abs());
    Ok(Part {
        billing: dictionary.billing_of(refers.billing)?.clone(),
        tokens,
        web_searches: count(row, "web_searches")?,
        ttl_assumed: row.try_get("ttl_assumed")?,
    })
}
