//! Events: what responses consumed, where and when, and the lines that say so.
//!
//! # Design
//!
//! Which copy of a response counts is decided by [`Response::absorb`], in one place and apart
//! from SQL. The responses that a batch touches are loaded, the batch's copies absorbed, and
//! those that changed written back, many rows a statement. The line that counts is part of the
//! event; only lines that do not count have rows of their own.
//!
//! A stored response whose rows cannot be right is taken for one that is not stored: its rows are
//! removed, and it becomes what the lines say that are read now.

use crate::claims::{self, StoredClaim};
use crate::dictionary::{Dictionary, Names, Referring, json_numbers};
use crate::hashes::hash_of;
use crate::rows::{insert, next_id};
use crate::seen::Seen;
use crate::values::MOST;
use crate::writer::{CommitChange, Tx};
use ctm_types::{
    Absorbed, Attribution, Batch, Claim, Details, Locus, LoggedCopy, LoggedLine, Part, Response, ResponseKey,
    Slot, TokenCounts,
};
use foldhash::{HashMap, HashMapExt, HashSet};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// The responses that a commit touches.
pub(crate) struct EventChanges<'a> {
    touched: Vec<Touched<'a>>,
    by_key: HashMap<&'a str, usize>,
    superseded: Vec<(usize, LoggedLine)>,
    /// The earliest claim of each session on responses that several sessions have.
    claims: BTreeMap<(usize, String), Claim>,
    /// Time and line of the claims that are stored.
    stored_claims: HashMap<(usize, String), (i64, Locus)>,
    calls: BTreeSet<Call<'a>>,
    /// Requests that a model refused, by the response.
    refused: BTreeMap<usize, &'a str>,
    next_id: i64,
    /// UTC days of stored responses that could not be right.
    removed_days: BTreeSet<i64>,
}

struct Touched<'a> {
    key: &'a ResponseKey,
    /// Number of the first part; the others have numbers of their own.
    id: i64,
    response: Response,
    /// Parts that are stored.
    stored_parts: usize,
    /// Its time as it is stored, in UTC epoch milliseconds.
    stored_at_ms: Option<i64>,
    changed: bool,
    /// Whether several sessions have it.
    contested: bool,
    /// Whether it has tool calls that are not stored yet.
    has_new_calls: bool,
}

/// A tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Call<'a> {
    /// Index of the response.
    response: usize,
    /// Hash of the call's id.
    id: i64,
    tool: &'a str,
}

/// A batch and the number of its file.
type Fresh<'a> = [(i64, &'a Batch)];

impl<'a> EventChanges<'a> {
    /// Loads the stored responses that the batches have copies of.
    pub(crate) async fn load(
        tx: &mut Tx<'_>,
        dictionary: &mut Dictionary,
        seen: &mut Seen,
        fresh: &Fresh<'a>,
    ) -> sqlx::Result<Self> {
        let next_id = next_id(tx, "SELECT coalesce(max(id), 0) FROM event").await?;
        let mut changes = Self {
            touched: Vec::new(),
            by_key: HashMap::new(),
            superseded: Vec::new(),
            claims: BTreeMap::new(),
            stored_claims: HashMap::new(),
            calls: BTreeSet::new(),
            refused: BTreeMap::new(),
            next_id,
            removed_days: BTreeSet::new(),
        };
        seen.begin(tx, next_id == 1).await?;
        let copies = fresh.iter().flat_map(|(_, batch)| &batch.copies);
        let keys: HashMap<&str, &ResponseKey> = copies
            .map(|copy| (copy.key.as_str(), &copy.key))
            .filter(|(key, _)| seen.may_be_stored(key))
            .collect();
        let wanted: Vec<i64> = keys.keys().map(|key| hash_of(key)).collect();
        for wanted in wanted.chunks(10_000) {
            changes.load_keys(tx, dictionary, &keys, wanted).await?;
        }
        changes.note_contested(tx).await?;
        Ok(changes)
    }

    /// Notes which stored responses several sessions have, and the claims that are stored.
    async fn note_contested(&mut self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        let ids: Vec<i64> = self.touched.iter().map(|touched| touched.id).collect();
        let stored = if ids.is_empty() { Vec::new() } else { claims::stored(tx, &ids).await? };
        let places: HashMap<i64, usize> = ids.into_iter().zip(0..).collect();
        for StoredClaim { event, session, at_ms, origin } in stored {
            let Some(&at) = places.get(&event) else { continue };
            self.touched[at].contested = true;
            self.stored_claims.insert((at, session), (at_ms, origin));
        }
        Ok(())
    }

    /// Loads the stored ones of these keys. The keys come first in the join, so that they are
    /// looked up rather than all events searched.
    async fn load_keys(
        &mut self,
        tx: &mut Tx<'_>,
        dictionary: &mut Dictionary,
        keys: &HashMap<&str, &'a ResponseKey>,
        wanted: &[i64],
    ) -> sqlx::Result<()> {
        let rows = sqlx::query(
            "SELECT event.* FROM json_each(?1) AS wanted
             CROSS JOIN event ON event.key_hash = wanted.value
             ORDER BY wanted.id, part",
        )
        .bind(json_numbers(wanted))
        .fetch_all(&mut **tx)
        .await?;
        let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
        dictionary.recall(tx, &referring).await?;
        let damaged = damaged_keys(&rows, &referring, dictionary)?;
        if !damaged.is_empty() {
            self.remove(tx, &rows, &damaged).await?;
        }
        for (row, refers) in rows.iter().zip(&referring) {
            // Another key may have the same hash.
            let key: &str = row.try_get("key")?;
            let Some(key) = keys.get(key).filter(|_| !damaged.contains(key)) else { continue };
            match self.by_key.entry(key.as_str()) {
                Entry::Occupied(entry) => {
                    let touched = &mut self.touched[*entry.get()];
                    let part = part(row, dictionary, *refers)?;
                    touched.response.winner.tokens += part.tokens;
                    touched.response.parts.push(part);
                    touched.stored_parts += 1;
                }
                Entry::Vacant(entry) => {
                    let response = response(row, dictionary, *refers)?;
                    entry.insert(self.touched.len());
                    self.touched.push(Touched {
                        key,
                        id: row.try_get("id")?,
                        stored_parts: 1,
                        stored_at_ms: Some(response.attribution.at_ms),
                        response,
                        changed: false,
                        contested: false,
                        has_new_calls: false,
                    });
                }
            }
        }
        Ok(())
    }

    /// Removes stored responses that cannot be right.
    async fn remove(
        &mut self,
        tx: &mut Tx<'_>,
        rows: &[SqliteRow],
        damaged: &HashSet<&str>,
    ) -> sqlx::Result<()> {
        let mut ids = Vec::new();
        for row in rows {
            if damaged.contains(row.try_get::<&str, _>("key")?) {
                ids.push(row.try_get("id")?);
                self.removed_days.insert(crate::days::day_of_ms(row.try_get("at_ms")?));
            }
        }
        tracing::warn!("{} stored responses could not be right, and are read again", damaged.len());
        for statement in [
            "DELETE FROM superseded WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM claim WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM tool_call WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM refused WHERE event_id IN (SELECT value FROM json_each(?1))",
            "DELETE FROM event WHERE id IN (SELECT value FROM json_each(?1))",
        ] {
            sqlx::query(statement).bind(json_numbers(&ids)).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Takes the copies of the batches into account.
    pub(crate) fn absorb(&mut self, fresh: &Fresh<'a>) {
        for copy in fresh.iter().flat_map(|(_, batch)| &batch.copies) {
            let at = match self.by_key.entry(copy.key.as_str()) {
                Entry::Occupied(entry) => {
                    let at = *entry.get();
                    let absorbed = self.absorb_copy(at, copy);
                    self.touched[at].changed |= absorbed.changed;
                    self.superseded.extend(absorbed.superseded.map(|line| (at, line)));
                    at
                }
                Entry::Vacant(entry) => {
                    let at = *entry.insert(self.touched.len());
                    self.touched.push(Touched {
                        key: &copy.key,
                        id: self.next_id,
                        response: Response::from_copy(copy),
                        stored_parts: 0,
                        stored_at_ms: None,
                        changed: true,
                        contested: false,
                        has_new_calls: false,
                    });
                    self.next_id += 1;
                    at
                }
            };
            self.calls.extend(calls(at, copy));
            if let Some(request) = &copy.refused_request {
                let known = self.refused.entry(at).or_insert(request);
                *known = (*known).max(request);
            }
        }
    }

    /// Takes another copy of a touched response into account. Where another session has it too, each
    /// session has a claim, and time and place wait until all are known.
    fn absorb_copy(&mut self, at: usize, copy: &LoggedCopy) -> Absorbed {
        let touched = &mut self.touched[at];
        let is_new = !touched.contested && touched.response.is_claimed_by(copy);
        if !touched.contested && !is_new {
            return touched.response.absorb(copy);
        }
        let first = is_new.then(|| touched.response.claim());
        let [known, claiming] = [&touched.response.attribution, &copy.attribution].map(|of| &of.conversation);
        // Within the session that has it so far, the earliest line holds as ever.
        let absorbed = if known.session == claiming.session {
            touched.response.absorb(copy)
        } else {
            touched.response.absorb_snapshot(copy)
        };
        touched.contested = true;
        if let Some(first) = first {
            self.claim(at, first);
        }
        self.claim(at, copy.claim());
        absorbed
    }

    fn claim(&mut self, at: usize, claim: Claim) {
        let key = (at, claim.session().to_owned());
        // A later line of the session claims nothing; the same line may say something else of place now.
        if let Some((at_ms, locus)) = self.stored_claims.get(&key)
            && (*at_ms, locus) < claim.age()
        {
            return;
        }
        match self.claims.entry(key) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert(claim);
            }
            btree_map::Entry::Occupied(mut entry) => {
                if claim.age() < entry.get().age() {
                    entry.insert(claim);
                }
            }
        }
    }

    /// Returns the sessions of responses that are new, changed or claimed.
    pub(crate) fn sessions(&self) -> BTreeSet<&str> {
        let changed =
            self.changed().map(|touched| touched.response.attribution.conversation.session.as_str());
        changed.chain(self.claims.values().map(Claim::session)).collect()
    }

    /// Leaves out the tool calls that are stored already.
    pub(crate) async fn leave_out_stored_calls(&mut self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        let known = |call: &&Call<'a>| self.touched[call.response].stored_parts > 0;
        let events: BTreeSet<i64> =
            self.calls.iter().filter(known).map(|call| self.touched[call.response].id).collect();
        if !events.is_empty() {
            let events: Vec<i64> = events.into_iter().collect();
            let stored: Vec<(i64, i64)> = sqlx::query_as(
                "SELECT event_id, tool_call.id FROM json_each(?1) AS wanted
                 CROSS JOIN tool_call ON event_id = wanted.value",
            )
            .bind(json_numbers(&events))
            .fetch_all(&mut **tx)
            .await?;
            let stored: HashSet<(i64, i64)> = stored.into_iter().collect();
            self.calls.retain(|call| !stored.contains(&(self.touched[call.response].id, call.id)));
        }
        for call in &self.calls {
            self.touched[call.response].has_new_calls = true;
        }
        Ok(())
    }

    /// Returns the requests that a model refused, by the number of the response's first part.
    pub(crate) fn refused(&self) -> BTreeMap<i64, &'a str> {
        self.refused.iter().map(|(at, request)| (self.touched[*at].id, *request)).collect()
    }

    /// Returns the keys of the responses that are not stored yet.
    pub(crate) fn new_keys(&self) -> impl Iterator<Item = &'a str> {
        self.touched.iter().filter(|touched| touched.stored_parts == 0).map(|touched| touched.key.as_str())
    }

    fn changed(&self) -> impl Iterator<Item = &Touched<'a>> {
        self.touched.iter().filter(|touched| touched.changed)
    }

    /// Those that are new or changed, or have new tool calls.
    fn changed_or_new_calls(&self) -> impl Iterator<Item = &Touched<'a>> {
        self.touched.iter().filter(|touched| touched.changed || touched.has_new_calls)
    }

    /// Returns what changed, each once.
    pub(crate) fn changes(&self) -> Vec<CommitChange> {
        let changes = self.changed_or_new_calls().map(|Touched { response, .. }| CommitChange {
            slot: Slot::of_ms(response.attribution.at_ms),
            conversation: response.attribution.conversation.clone(),
            billing: response.parts[0].billing.clone(),
        });
        let changes: HashSet<CommitChange> = changes.collect();
        changes.into_iter().collect()
    }

    /// Returns the UTC days on which responses changed, came or went, counted from the epoch.
    pub(crate) fn days(&self) -> BTreeSet<i64> {
        let times = self.changed_or_new_calls().flat_map(|touched| {
            [Some(touched.response.attribution.at_ms), touched.stored_at_ms].into_iter().flatten()
        });
        times.map(crate::days::day_of_ms).chain(self.removed_days.iter().copied()).collect()
    }

    /// Adds the names that are needed to write what changed.
    pub(crate) fn names<'n>(&'n self, names: &mut Names<'n>) {
        for Touched { response, .. } in self.changed() {
            names.conversations.insert(&response.attribution.conversation);
            names.billings.extend(response.parts.iter().map(|part| &part.billing));
            names.circumstances.extend(&response.details.circumstance);
        }
        names.conversations.extend(self.claims.values().map(|claim| &claim.attribution.conversation));
        names.terms.extend(self.calls.iter().map(|call| call.tool));
    }

    /// Writes what changed, and the lines that do not count.
    pub(crate) async fn store(&self, tx: &mut Tx<'_>, dictionary: &Dictionary) -> sqlx::Result<()> {
        let replaced: Vec<&str> = self
            .changed()
            .filter(|touched| touched.stored_parts > 1)
            .map(|touched| touched.key.as_str())
            .collect();
        if !replaced.is_empty() {
            let hashes: Vec<i64> = replaced.iter().map(|key| hash_of(key)).collect();
            sqlx::query(
                "DELETE FROM event WHERE key_hash IN (SELECT value FROM json_each(?1)) AND part > 0
                 AND key IN (SELECT value FROM json_each(?2))",
            )
            .bind(json_numbers(&hashes))
            .bind(json_list(&replaced))
            .execute(&mut **tx)
            .await?;
        }
        self.store_events(tx, dictionary).await?;
        self.store_superseded(tx, dictionary).await?;
        let claims: Vec<(i64, &Claim)> =
            self.claims.iter().map(|((at, _), claim)| (self.touched[*at].id, claim)).collect();
        claims::store(tx, dictionary, &claims).await?;
        self.store_tool_calls(tx, dictionary).await
    }

    /// Writes the rows of the responses that changed, in the order of their numbers.
    async fn store_events(&self, tx: &mut Tx<'_>, dictionary: &Dictionary) -> sqlx::Result<()> {
        // Replacing a row would look for rows that refer to it; these refer to it still.
        const STATEMENT: [&str; 2] = [
            "INSERT OR ROLLBACK INTO event (id, key, key_hash, part, at_ms, conversation_id, origin_file_id, origin_offset_bytes,
                 billing_id, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, ttl_assumed,
                 final, winner_file_id, winner_offset_bytes, winner_after_ms, winner_more_output, winner_sidechain,
                 winner_in_own_file, winner_embedded, circumstance_id, thinking_tokens, cache_missed_tokens)",
            "ON CONFLICT (id) DO UPDATE SET
                 at_ms = excluded.at_ms, conversation_id = excluded.conversation_id,
                 origin_file_id = excluded.origin_file_id, origin_offset_bytes = excluded.origin_offset_bytes,
                 billing_id = excluded.billing_id, input = excluded.input, output = excluded.output,
                 cache_read = excluded.cache_read, cache_write_5m = excluded.cache_write_5m,
                 cache_write_1h = excluded.cache_write_1h, web_searches = excluded.web_searches,
                 ttl_assumed = excluded.ttl_assumed, final = excluded.final,
                 winner_file_id = excluded.winner_file_id, winner_offset_bytes = excluded.winner_offset_bytes,
                 winner_after_ms = excluded.winner_after_ms,
                 winner_more_output = excluded.winner_more_output,
                 winner_sidechain = excluded.winner_sidechain, winner_in_own_file = excluded.winner_in_own_file,
                 winner_embedded = excluded.winner_embedded, circumstance_id = excluded.circumstance_id,
                 thinking_tokens = excluded.thinking_tokens, cache_missed_tokens = excluded.cache_missed_tokens",
        ];
        let mut next_id = self.next_id;
        let mut rows = Vec::new();
        for touched in self.changed() {
            for (number, part) in (0_i64..).zip(&touched.response.parts) {
                let id = if number == 0 { touched.id } else { next_id };
                next_id += i64::from(number > 0);
                rows.push((id, number, part, touched));
            }
        }
        rows.sort_unstable_by_key(|(id, ..)| *id);
        let refers = |number: i64, part: &Part, response: &Response| {
            let Response { winner, attribution, origin, details, .. } = response;
            let circumstance = details.circumstance.as_ref().filter(|_| number == 0);
            Ok(Referring {
                circumstance: circumstance.map(|of| dictionary.circumstance(of)).transpose()?,
                conversation: dictionary.conversation(&attribution.conversation)?,
                billing: dictionary.billing(&part.billing)?,
                origin_file: dictionary.file(&origin.file)?,
                winner_file: dictionary.file(&winner.locus.file)?,
            })
        };
        let refers: Vec<Referring> = rows
            .iter()
            .map(|(_, number, part, touched)| refers(*number, part, &touched.response))
            .collect::<sqlx::Result<_>>()?;
        let rows: Vec<_> = rows.into_iter().zip(refers).collect();
        insert(
            tx,
            STATEMENT,
            27,
            &rows,
            |row, ((id, number, part, Touched { key, response, .. }), refers)| {
                let Response { winner, attribution, origin, details, .. } = response;
                // What is of the response is stored with its first part.
                let count = |count: Option<u64>| count.filter(|_| *number == 0).map(u64::cast_signed);
                row.add(id)
                    .add(key.shared())
                    .add(hash_of(key.as_str()))
                    .add(number)
                    .add(attribution.at_ms)
                    .add(refers.conversation)
                    .add(refers.origin_file)
                    .add(origin.offset_bytes.cast_signed())
                    .add(refers.billing);
                for count in counts(&part.tokens) {
                    row.add(count);
                }
                row.add(part.web_searches.cast_signed())
                    .add(part.ttl_assumed)
                    .add(winner.is_final)
                    .add(refers.winner_file)
                    .add(winner.locus.offset_bytes.cast_signed())
                    .add(winner.at_ms.saturating_sub(attribution.at_ms))
                    .add(winner.output.cast_signed().saturating_sub(part.tokens.output.cast_signed()))
                    .add(winner.sidechain)
                    .add(winner.in_own_file)
                    .add(winner.embedded)
                    .add(refers.circumstance)
                    .add(count(details.thinking_tokens))
                    .add(count(details.cache_missed_tokens));
            },
        )
        .await?;
        Ok(())
    }

    async fn store_superseded(&self, tx: &mut Tx<'_>, dictionary: &Dictionary) -> sqlx::Result<()> {
        const STATEMENT: [&str; 2] = [
            "INSERT OR IGNORE INTO superseded (event_id, file_id, offset_bytes, at_ms, final, sidechain, input,
                 output, cache_read, cache_write_5m, cache_write_1h, in_own_file, more_output, embedded)",
            "",
        ];
        let mut rows: Vec<_> = self
            .superseded
            .iter()
            .map(|(at, line)| {
                let file = dictionary.file(&line.locus.file)?;
                Ok((self.touched[*at].id, file, line.locus.offset_bytes.cast_signed(), line))
            })
            .collect::<sqlx::Result<_>>()?;
        rows.sort_unstable_by_key(|(event, file, offset, _)| (*event, *file, *offset));
        insert(tx, STATEMENT, 14, &rows, |row, (event, file, offset, line)| {
            row.add(event).add(file).add(offset).add(line.at_ms).add(line.is_final).add(line.sidechain);
            for count in counts(&line.tokens) {
                row.add(count);
            }
            let output = line.tokens.output.cast_signed();
            row.add(line.in_own_file)
                .add(line.output.cast_signed().saturating_sub(output))
                .add(line.embedded);
        })
        .await?;
        Ok(())
    }

    async fn store_tool_calls(&self, tx: &mut Tx<'_>, dictionary: &Dictionary) -> sqlx::Result<()> {
        // Two names for one id would be two rows.
        const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO tool_call (event_id, id, tool_id)", ""];
        let mut rows: Vec<(i64, i64, i64)> = self
            .calls
            .iter()
            .map(|call| Ok((self.touched[call.response].id, call.id, dictionary.term(call.tool)?)))
            .collect::<sqlx::Result<_>>()?;
        rows.sort_unstable();
        insert(tx, STATEMENT, 3, &rows, |row, (event, id, tool)| {
            row.add(event).add(id).add(tool);
        })
        .await?;
        Ok(())
    }
}

/// Returns the tool calls of a copy of the response with this index.
fn calls(response: usize, copy: &LoggedCopy) -> impl Iterator<Item = Call<'_>> {
    copy.tool_calls.iter().map(move |call| Call { response, id: hash_of(&call.id), tool: &call.name })
}

/// The counts in the order of the columns.
fn counts(tokens: &TokenCounts) -> [i64; 5] {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = *tokens;
    [input, output, cache_read, cache_write_5m, cache_write_1h].map(u64::cast_signed)
}

/// Returns the keys of responses whose rows, in the order of their parts, cannot be right: they refer
/// to nothing, hold what no line says, or are not one row for each part.
fn damaged_keys<'r>(
    rows: &'r [SqliteRow],
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

/// Returns whether a row holds what a line can say.
fn is_possible(row: &SqliteRow) -> sqlx::Result<bool> {
    let number = |column: &&str| row.try_get::<i64, _>(*column);
    let all = |columns: &[&str], most: i64| -> sqlx::Result<bool> {
        let numbers = columns.iter().map(number).collect::<sqlx::Result<Vec<i64>>>()?;
        Ok(numbers.iter().all(|number| (0..=most).contains(number)))
    };
    let counts = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_searches"];
    let flags = ["ttl_assumed", "final", "winner_sidechain", "winner_in_own_file", "winner_embedded"];
    let places = ["origin_offset_bytes", "winner_offset_bytes"];
    Ok(all(&counts, MOST)? && all(&flags, 1)? && all(&places, i64::MAX)?)
}

/// Reads the numbers that an event refers to.
pub(crate) fn referring(row: &SqliteRow) -> sqlx::Result<Referring> {
    Ok(Referring {
        conversation: row.try_get("conversation_id")?,
        billing: row.try_get("billing_id")?,
        origin_file: row.try_get("origin_file_id")?,
        winner_file: row.try_get("winner_file_id")?,
        circumstance: row.try_get("circumstance_id")?,
    })
}

/// Reads a response from the row of its first part.
pub(crate) fn response(
    row: &SqliteRow,
    dictionary: &Dictionary,
    refers: Referring,
) -> sqlx::Result<Response> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    let part = part(row, dictionary, refers)?;
    let at_ms: i64 = row.try_get("at_ms")?;
    Ok(Response {
        winner: LoggedLine {
            locus: Locus {
                file: dictionary.file_of(refers.winner_file)?.clone(),
                offset_bytes: unsigned("winner_offset_bytes")?,
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
            offset_bytes: unsigned("origin_offset_bytes")?,
        },
        details: details(row, dictionary, refers)?,
    })
}

/// Reads the details of a response from the row of its first part. What cannot be right is not known.
fn details(row: &SqliteRow, dictionary: &Dictionary, refers: Referring) -> sqlx::Result<Details> {
    let count = |column: &str| -> sqlx::Result<Option<u64>> {
        let count: Option<i64> = row.try_get(column)?;
        Ok(count.filter(|count| (0..=MOST).contains(count)).map(i64::cast_unsigned))
    };
    Ok(Details {
        circumstance: dictionary.circumstance_of(refers.circumstance).cloned(),
        thinking_tokens: count("thinking_tokens")?,
        cache_missed_tokens: count("cache_missed_tokens")?,
    })
}

/// Reads a part from its row.
pub(crate) fn part(row: &SqliteRow, dictionary: &Dictionary, refers: Referring) -> sqlx::Result<Part> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Part {
        billing: dictionary.billing_of(refers.billing)?.clone(),
        tokens: TokenCounts {
            input: unsigned("input")?,
            output: unsigned("output")?,
            cache_read: unsigned("cache_read")?,
            cache_write_5m: unsigned("cache_write_5m")?,
            cache_write_1h: unsigned("cache_write_1h")?,
        },
        web_searches: unsigned("web_searches")?,
        ttl_assumed: row.try_get("ttl_assumed")?,
    })
}

/// Writes texts as a JSON list, which a statement takes as one value.
///
/// SQLite would take a NUL character for the end of its text; facts have none.
pub(crate) fn json_list<T: AsRef<str>>(texts: &[T]) -> String {
    let mut list = String::from("[");
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            list.push(',');
        }
        list.push('"');
        for character in text.as_ref().chars() {
            match character {
                '"' | '\\' => list.extend(['\\', character]),
                control if control < ' ' => list.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => list.push(other),
            }
        }
        list.push('"');
    }
    list.push(']');
    list
}
