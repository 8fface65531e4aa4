//! Events: what responses consumed, where and when, and the lines that say so.
//!
//! # Design
//!
//! Which copy of a response counts is decided by [`Response::absorb`], in one place and apart
//! from SQL. The responses that a batch touches are loaded, the batch's copies absorbed, and
//! those that changed written back, many rows a statement.

use crate::dictionary::{Dictionary, Names};
use crate::writer::{Change, Tx};
use ctm_types::{
    Attribution, Batch, Billing, Copy, Locus, Part, Response, ResponseKey, Snapshot, TokenCounts,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

/// Rows that one statement writes; SQLite binds at most 32,766 values.
pub(crate) const ROWS: usize = 500;

/// The responses that a commit touches.
pub(crate) struct EventChanges {
    touched: HashMap<ResponseKey, Touched>,
    next_id: i64,
}

struct Touched {
    /// Number of the first part; the others have numbers of their own.
    id: i64,
    response: Response,
    /// Parts that are stored.
    stored_parts: usize,
    changed: bool,
}

/// A batch and the number of its file.
type Fresh<'a> = [(i64, &'a Batch)];

impl EventChanges {
    /// Loads the stored responses that the batches have copies of.
    pub(crate) async fn load(
        tx: &mut Tx<'_>,
        dictionary: &mut Dictionary,
        fresh: &Fresh<'_>,
    ) -> sqlx::Result<Self> {
        let next_id: i64 =
            sqlx::query_scalar("SELECT coalesce(max(id), 0) + 1 FROM event").fetch_one(&mut **tx).await?;
        let mut changes = Self { touched: HashMap::new(), next_id };
        if next_id > 1 {
            let copies = fresh.iter().flat_map(|(_, batch)| &batch.copies);
            let keys: BTreeSet<&str> = copies.map(|copy| copy.key.as_str()).collect();
            let keys: Vec<&str> = keys.into_iter().collect();
            for keys in keys.chunks(10_000) {
                changes.load_keys(tx, dictionary, keys).await?;
            }
        }
        Ok(changes)
    }

    /// Loads the stored ones of these keys, each of which is there once. The keys come first in the
    /// join, so that they are looked up rather than all events searched.
    async fn load_keys(
        &mut self,
        tx: &mut Tx<'_>,
        dictionary: &mut Dictionary,
        keys: &[&str],
    ) -> sqlx::Result<()> {
        let rows = sqlx::query(
            "SELECT event.*, session.uuid AS session, project.path AS project, branch.text AS branch,
                    version.text AS version, agent.name AS agent, model, speed, service_tier, inference_geo
             FROM json_each(?1) AS wanted
             CROSS JOIN event ON event.key = wanted.value
             JOIN session ON session.id = session_id
             JOIN project ON project.id = project_id
             JOIN billing ON billing.id = billing_id
             LEFT JOIN term AS branch ON branch.id = branch_id
             LEFT JOIN term AS version ON version.id = version_id
             LEFT JOIN agent ON agent.id = agent_id
             ORDER BY wanted.id, part",
        )
        .bind(json_list(keys))
        .fetch_all(&mut **tx)
        .await?;
        for row in &rows {
            let key = ResponseKey::from_stored(row.try_get("key")?);
            match self.touched.entry(key) {
                Entry::Occupied(mut entry) => {
                    let touched = entry.get_mut();
                    touched.response.snapshot.parts.push(part(row)?);
                    touched.stored_parts += 1;
                }
                Entry::Vacant(entry) => {
                    let winner = dictionary.path(tx, row.try_get("winner_file_id")?).await?;
                    let origin = dictionary.path(tx, row.try_get("origin_file_id")?).await?;
                    let response = response(row, winner, origin)?;
                    entry.insert(Touched {
                        id: row.try_get("id")?,
                        response,
                        stored_parts: 1,
                        changed: false,
                    });
                }
            }
        }
        Ok(())
    }

    /// Takes the copies of the batches into account.
    pub(crate) fn absorb(&mut self, fresh: &Fresh<'_>) {
        for copy in fresh.iter().flat_map(|(_, batch)| &batch.copies) {
            match self.touched.entry(copy.key.clone()) {
                Entry::Occupied(mut entry) => {
                    let touched = entry.get_mut();
                    touched.changed |= touched.response.absorb(copy);
                }
                Entry::Vacant(entry) => {
                    let response = Response::from_copy(copy);
                    entry.insert(Touched { id: self.next_id, response, stored_parts: 0, changed: true });
                    self.next_id += 1;
                }
            }
        }
    }

    /// Returns what changed, in no particular order and with repetitions.
    pub(crate) fn changed(&self) -> impl Iterator<Item = Change> {
        self.touched.values().filter(|touched| touched.changed).map(|Touched { response, .. }| Change {
            at_ms: response.attribution.at_ms,
            session: response.attribution.session.clone(),
            project: response.attribution.project.clone(),
            model: response.snapshot.parts.first().map(|part| part.billing.model.clone()).unwrap_or_default(),
        })
    }

    /// Adds the names that are needed to write what changed.
    pub(crate) fn names<'a>(&'a self, fresh: &Fresh<'a>, names: &mut Names<'a>) {
        for Touched { response, .. } in self.touched.values().filter(|touched| touched.changed) {
            let attribution = &response.attribution;
            names.sessions.insert(&attribution.session);
            names.projects.insert(&attribution.project);
            names.terms.extend(attribution.branch.as_deref());
            names.terms.extend(attribution.version.as_deref());
            names.agents.extend(attribution.agent.as_deref());
            names.billings.extend(response.snapshot.parts.iter().map(|part| &part.billing));
        }
        let copies = fresh.iter().flat_map(|(_, batch)| &batch.copies);
        names.terms.extend(copies.flat_map(|copy| &copy.tool_calls).map(|call| call.name.as_str()));
    }

    /// Writes what changed, and all copies.
    pub(crate) async fn store(
        &self,
        tx: &mut Tx<'_>,
        dictionary: &Dictionary,
        fresh: &Fresh<'_>,
    ) -> sqlx::Result<()> {
        let superseded: Vec<&str> = self
            .touched
            .iter()
            .filter(|(_, touched)| touched.changed && touched.stored_parts > 1)
            .map(|(key, _)| key.as_str())
            .collect();
        if !superseded.is_empty() {
            sqlx::query("DELETE FROM event WHERE part > 0 AND key IN (SELECT value FROM json_each(?1))")
                .bind(json_list(&superseded))
                .execute(&mut **tx)
                .await?;
        }
        for rows in self.event_rows(dictionary).chunks(ROWS) {
            insert_events(tx, rows).await?;
        }
        self.store_copies(tx, fresh).await?;
        self.store_tool_calls(tx, dictionary, fresh).await
    }

    /// Returns the rows of the responses that changed, in the order of their numbers.
    fn event_rows(&self, dictionary: &Dictionary) -> Vec<EventRow<'_>> {
        let mut next_id = self.next_id;
        let mut rows = Vec::new();
        for (key, touched) in self.touched.iter().filter(|(_, touched)| touched.changed) {
            let shared = Shared::of(dictionary, &touched.response);
            for (number, part) in (0_i64..).zip(&touched.response.snapshot.parts) {
                let id = if number == 0 { touched.id } else { next_id };
                next_id += i64::from(number > 0);
                rows.push(EventRow {
                    id,
                    key,
                    number,
                    shared,
                    billing: dictionary.billing(&part.billing),
                    part,
                });
            }
        }
        rows.sort_unstable_by_key(|row| row.id);
        rows
    }

    async fn store_copies(&self, tx: &mut Tx<'_>, fresh: &Fresh<'_>) -> sqlx::Result<()> {
        let copies: Vec<(i64, &Copy)> = fresh
            .iter()
            .flat_map(|(file_id, batch)| batch.copies.iter().map(|copy| (*file_id, copy)))
            .collect();
        for copies in copies.chunks(ROWS) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT OR REPLACE INTO copy (file_id, offset_bytes, event_id, at_ms, final, sidechain, input, output,
                                              cache_read, cache_write_5m, cache_write_1h) ",
            );
            query.push_values(copies, |mut row, (file_id, copy)| {
                let tokens: TokenCounts = copy.snapshot.parts.iter().map(|part| part.tokens).sum();
                row.push_bind(*file_id)
                    .push_bind(copy.locus.offset_bytes.cast_signed())
                    .push_bind(self.touched[&copy.key].id)
                    .push_bind(copy.attribution.at_ms)
                    .push_bind(copy.snapshot.is_final)
                    .push_bind(copy.attribution.sidechain);
                for count in counts(&tokens) {
                    row.push_bind(count);
                }
            });
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    async fn store_tool_calls(
        &self,
        tx: &mut Tx<'_>,
        dictionary: &Dictionary,
        fresh: &Fresh<'_>,
    ) -> sqlx::Result<()> {
        let copies = fresh.iter().flat_map(|(_, batch)| &batch.copies);
        let calls: Vec<_> = copies
            .flat_map(|copy| copy.tool_calls.iter().map(|call| (call, self.touched[&copy.key].id)))
            .collect();
        for calls in calls.chunks(ROWS) {
            let mut query =
                QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO tool_call (event_id, id, tool_id) ");
            query.push_values(calls, |mut row, (call, event_id)| {
                row.push_bind(*event_id).push_bind(call.id.as_str()).push_bind(dictionary.term(&call.name));
            });
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }
}

/// What the parts of a response have in common, in numbers.
#[derive(Clone, Copy)]
struct Shared {
    at_ms: i64,
    session: i64,
    project: i64,
    branch: Option<i64>,
    version: Option<i64>,
    agent: Option<i64>,
    sidechain: bool,
    origin: (i64, i64),
    is_final: bool,
    winner: (i64, i64),
    winner_output: i64,
    winner_sidechain: bool,
    winner_in_own_file: bool,
}

impl Shared {
    fn of(dictionary: &Dictionary, response: &Response) -> Self {
        let attribution = &response.attribution;
        let place = |locus: &Locus| (dictionary.file(&locus.path), locus.offset_bytes.cast_signed());
        Self {
            at_ms: attribution.at_ms,
            session: dictionary.session(&attribution.session),
            project: dictionary.project(&attribution.project),
            branch: attribution.branch.as_deref().map(|branch| dictionary.term(branch)),
            version: attribution.version.as_deref().map(|version| dictionary.term(version)),
            agent: attribution.agent.as_deref().map(|agent| dictionary.agent(agent)),
            sidechain: attribution.sidechain,
            origin: place(&response.origin),
            is_final: response.snapshot.is_final,
            winner: place(&response.winner),
            winner_output: response.snapshot.output.cast_signed(),
            winner_sidechain: response.winner_sidechain,
            winner_in_own_file: response.winner_in_own_file,
        }
    }
}

struct EventRow<'a> {
    id: i64,
    key: &'a ResponseKey,
    number: i64,
    shared: Shared,
    billing: i64,
    part: &'a Part,
}

async fn insert_events(tx: &mut Tx<'_>, rows: &[EventRow<'_>]) -> sqlx::Result<()> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO event (id, key, part, at_ms, session_id, project_id, branch_id, version_id, agent_id,
             sidechain, origin_file_id, origin_offset_bytes, billing_id, input, output, cache_read, cache_write_5m,
             cache_write_1h, web_searches, ttl_assumed, final, winner_file_id, winner_offset_bytes, winner_output,
             winner_sidechain, winner_in_own_file) ",
    );
    query.push_values(rows, |mut row, event| {
        let shared = &event.shared;
        row.push_bind(event.id)
            .push_bind(event.key.as_str())
            .push_bind(event.number)
            .push_bind(shared.at_ms)
            .push_bind(shared.session)
            .push_bind(shared.project)
            .push_bind(shared.branch)
            .push_bind(shared.version)
            .push_bind(shared.agent)
            .push_bind(shared.sidechain)
            .push_bind(shared.origin.0)
            .push_bind(shared.origin.1)
            .push_bind(event.billing);
        for count in counts(&event.part.tokens) {
            row.push_bind(count);
        }
        row.push_bind(event.part.web_searches.cast_signed())
            .push_bind(event.part.ttl_assumed)
            .push_bind(shared.is_final)
            .push_bind(shared.winner.0)
            .push_bind(shared.winner.1)
            .push_bind(shared.winner_output)
            .push_bind(shared.winner_sidechain)
            .push_bind(shared.winner_in_own_file);
    });
    // Replacing a row would look for rows that refer to it; these refer to it still.
    query.push(
        " ON CONFLICT (id) DO UPDATE SET
            at_ms = excluded.at_ms, session_id = excluded.session_id, project_id = excluded.project_id,
            branch_id = excluded.branch_id, version_id = excluded.version_id, agent_id = excluded.agent_id,
            sidechain = excluded.sidechain, origin_file_id = excluded.origin_file_id,
            origin_offset_bytes = excluded.origin_offset_bytes, billing_id = excluded.billing_id,
            input = excluded.input, output = excluded.output, cache_read = excluded.cache_read,
            cache_write_5m = excluded.cache_write_5m, cache_write_1h = excluded.cache_write_1h,
            web_searches = excluded.web_searches, ttl_assumed = excluded.ttl_assumed, final = excluded.final,
            winner_file_id = excluded.winner_file_id, winner_offset_bytes = excluded.winner_offset_bytes,
            winner_output = excluded.winner_output, winner_sidechain = excluded.winner_sidechain,
            winner_in_own_file = excluded.winner_in_own_file",
    );
    query.build().execute(&mut **tx).await?;
    Ok(())
}

/// The counts in the order of the columns.
fn counts(tokens: &TokenCounts) -> [i64; 5] {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = *tokens;
    [input, output, cache_read, cache_write_5m, cache_write_1h].map(u64::cast_signed)
}

fn response(
    row: &SqliteRow,
    winner: std::sync::Arc<str>,
    origin: std::sync::Arc<str>,
) -> sqlx::Result<Response> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Response {
        snapshot: Snapshot {
            parts: vec![part(row)?],
            output: unsigned("winner_output")?,
            is_final: row.try_get("final")?,
        },
        winner: Locus { path: winner, offset_bytes: unsigned("winner_offset_bytes")? },
        winner_sidechain: row.try_get("winner_sidechain")?,
        winner_in_own_file: row.try_get("winner_in_own_file")?,
        attribution: Attribution {
            at_ms: row.try_get("at_ms")?,
            session: row.try_get("session")?,
            project: row.try_get("project")?,
            branch: row.try_get("branch")?,
            version: row.try_get("version")?,
            sidechain: row.try_get("sidechain")?,
            agent: row.try_get("agent")?,
        },
        origin: Locus { path: origin, offset_bytes: unsigned("origin_offset_bytes")? },
    })
}

fn part(row: &SqliteRow) -> sqlx::Result<Part> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Part {
        billing: billing(row)?,
        tokens: tokens(row)?,
        web_searches: unsigned("web_searches")?,
        ttl_assumed: row.try_get("ttl_assumed")?,
    })
}

pub(crate) fn tokens(row: &SqliteRow) -> sqlx::Result<TokenCounts> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(TokenCounts {
        input: unsigned("input")?,
        output: unsigned("output")?,
        cache_read: unsigned("cache_read")?,
        cache_write_5m: unsigned("cache_write_5m")?,
        cache_write_1h: unsigned("cache_write_1h")?,
    })
}

pub(crate) fn billing(row: &SqliteRow) -> sqlx::Result<Billing> {
    let term = |column: &str| {
        row.try_get::<String, _>(column).map(|term| if term.is_empty() { None } else { Some(term) })
    };
    Ok(Billing {
        model: row.try_get("model")?,
        speed: term("speed")?,
        service_tier: term("service_tier")?,
        inference_geo: term("inference_geo")?,
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
