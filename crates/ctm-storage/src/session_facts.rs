//! Facts of sessions besides responses and prompts: turns, hooks, pull requests, names, own totals.
//!
//! # Design
//!
//! Each fact has a key and an order in which one of several readings holds, so that batches in any order, and
//! batches that are applied again, leave the same rows: the earliest copy of a record, the latest line with a
//! name, the greatest totals. A file that is read again takes back where its names stood, and not the names.

use crate::dictionary::Learned;
use crate::store::Store;
use ctm_facts::sessions::{CostStateAt, greatest_cost_states};
use ctm_facts::{FreshBatch, RecordFields};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{
    Db, Numbers, Row, Tx, all, execute, json_list, json_numbers, magnitude, number, rows, values,
};
use ctm_types::{
    CostState, FileId, ModelCost, NameKind, PicoUsd, SessionId, SessionName, SessionRecord, Start, TermId,
};
use std::collections::{BTreeMap, HashMap};

/// Stores the session facts of batches.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<()> {
    store_records(tx, learned, fresh).await?;
    store_names(tx, learned, fresh).await?;
    store_cost_states(tx, learned, fresh).await
}

/// A record with the number of its file.
struct Placed<'a> {
    file: FileId,
    session: SessionId,
    name: Option<TermId>,
    event: Option<TermId>,
    record: &'a SessionRecord,
    fields: RecordFields<'a>,
}

async fn store_records(tx: &mut Tx<'_>, learned: &Learned<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/session_facts/store_records.sql");
    let records = fresh
        .iter()
        .flat_map(|(file, batch)| batch.sessions.records.iter().map(move |record| (*file, record)));
    let placed: Vec<Placed<'_>> = records
        .map(|(file, record)| {
            let fields = RecordFields::from(record);
            let name = fields.name.map(|name| learned.term(name)).transpose()?;
            let event = fields.event.map(|event| learned.term(event)).transpose()?;
            Ok(Placed { file, session: learned.session(&record.session)?, name, event, record, fields })
        })
        .collect::<sqlx::Result<_>>()?;
    write(tx, STATEMENT, &placed, |row, Placed { file, session, name, event, record, fields }| {
        row.add(fields.id).add(fields.kind).id(*session).add(record.at_ms.0).id(*file).optional_id(*name);
        row.add(fields.duration_ms.map(u64::cast_signed));
        row.add(fields.number.map(u64::cast_signed)).add(fields.url).optional_id(*event).add(fields.outcome);
    })
    .await?;
    Ok(())
}

async fn store_names(tx: &mut Tx<'_>, learned: &Learned<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/session_facts/store_names.sql");
    const BEGIN: &str = "UPDATE session_name SET offset_bytes = -1 WHERE file_id = ?1";
    // A file that is read again begins before its names come.
    let begun: Vec<FileId> =
        fresh.iter().filter(|(_, batch)| batch.start == Start::Beginning).map(|(file, _)| *file).collect();
    write(tx, BEGIN, &begun, |row, file| {
        row.id(*file);
    })
    .await?;
    for (file, batch) in fresh.iter().filter(|(_, batch)| !batch.sessions.names.is_empty()) {
        let names: Vec<(SessionId, NameKind, &SessionName)> = batch
            .sessions
            .names
            .iter()
            .map(|((session, kind), name)| Ok((learned.session(session)?, *kind, name)))
            .collect::<sqlx::Result<_>>()?;
        write(tx, STATEMENT, &names, |row, (session, kind, name)| {
            row.id(*session).add(kind.name()).add(&name.name).add(name.in_own_file).id(*file);
            row.add(name.offset_bytes.cast_signed());
        })
        .await?;
    }
    Ok(())
}

async fn store_cost_states(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<()> {
    let mut states: HashMap<SessionId, CostStateAt<'_>> = HashMap::new();
    for (session, state) in greatest_cost_states(fresh) {
        states.insert(learned.session(session)?, state);
    }
    let stored = stored_cost_states(tx, states.keys().copied().collect()).await?;
    for (session, CostStateAt { file, state }) in states {
        if stored.get(&session).is_none_or(|stored| stored < state) {
            store_cost_state(tx, session, file, state).await?;
        }
    }
    Ok(())
}

impl Store {
    /// Returns Claude Code's own totals of sessions, by session id, of those that have any.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn cost_states(&self, sessions: &[&str]) -> Result<HashMap<String, CostState>, StorageError> {
        self.try_cost_states(sessions).await.at(&self.path)
    }

    /// Returns the titles of sessions, by session id, of those that have one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_titles(&self, sessions: &[&str]) -> Result<HashMap<String, String>, StorageError> {
        const TITLES: &str = "SELECT session.uuid, name FROM json_each(?1) AS wanted
                              CROSS JOIN session ON session.uuid = wanted.value
                              JOIN session_name ON session_id = session.id WHERE kind = 'title'";
        let titles: Vec<(String, String)> = self.all(TITLES, values![json_list(sessions)]).await?;
        Ok(titles.into_iter().collect())
    }

    async fn try_cost_states(&self, sessions: &[&str]) -> sqlx::Result<HashMap<String, CostState>> {
        const SESSIONS: &str = "SELECT session.id, session.uuid FROM json_each(?1) AS wanted
                                CROSS JOIN session ON session.uuid = wanted.value";
        let mut tx = self.read().await?;
        let ids: Vec<(Db<SessionId>, String)> = all(&mut tx, SESSIONS, values![json_list(sessions)]).await?;
        let mut states = stored_cost_states(&mut tx, ids.iter().map(|(id, _)| id.0).collect()).await?;
        Ok(ids.into_iter().filter_map(|(id, uuid)| Some((uuid, states.remove(&id.0)?))).collect())
    }
}

/// Returns the totals that are stored of sessions.
async fn stored_cost_states(
    tx: &mut Tx<'_>,
    sessions: Vec<SessionId>,
) -> sqlx::Result<HashMap<SessionId, CostState>> {
    const STATES: &str =
        "SELECT cost_state.* FROM json_each(?1) AS wanted CROSS JOIN cost_state ON session_id = wanted.value";
    const MODELS: &str = "SELECT cost_state_model.* FROM json_each(?1) AS wanted
                          CROSS JOIN cost_state_model ON session_id = wanted.value";
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let sessions = json_numbers(&sessions);
    let mut states: HashMap<SessionId, CostState> = HashMap::new();
    for row in &rows(tx, STATES, values![&sessions]).await? {
        states.insert(number(row, "session_id")?, cost_state(row)?);
    }
    for row in &rows(tx, MODELS, values![&sessions]).await? {
        if let Some(state) = states.get_mut(&number(row, "session_id")?) {
            state.models.insert(row.try_get("model")?, model_cost(row)?);
        }
    }
    Ok(states)
}

fn cost_state(row: &Row) -> sqlx::Result<CostState> {
    Ok(CostState {
        cost: PicoUsd(row.try_get::<i64, _>("cost")?.into()),
        api_duration_ms: magnitude(row, "api_duration_ms")?,
        tool_duration_ms: magnitude(row, "tool_duration_ms")?,
        duration_ms: magnitude(row, "duration_ms")?,
        lines_added: magnitude(row, "lines_added")?,
        lines_removed: magnitude(row, "lines_removed")?,
        models: BTreeMap::new(),
    })
}

fn model_cost(row: &Row) -> sqlx::Result<ModelCost> {
    Ok(ModelCost {
        cost: PicoUsd(row.try_get::<i64, _>("cost")?.into()),
        input: magnitude(row, "input")?,
        output: magnitude(row, "output")?,
        thinking: magnitude(row, "thinking")?,
        cache_read: magnitude(row, "cache_read")?,
        cache_write: magnitude(row, "cache_write")?,
        web_searches: magnitude(row, "web_searches")?,
    })
}

async fn store_cost_state(
    tx: &mut Tx<'_>,
    session: SessionId,
    file: FileId,
    state: &CostState,
) -> sqlx::Result<()> {
    const STATE: &str = include_str!("sql/session_facts/state.sql");
    const STATEMENT: &str = "INSERT INTO cost_state_model (session_id, model, cost, input, output, thinking, cache_read, cache_write, web_searches) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    execute(tx, "DELETE FROM cost_state_model WHERE session_id = ?1", values![Db(session)]).await?;
    let mut values = values![Db(session), Db(file), pico(state.cost)];
    values.counts([state.api_duration_ms, state.tool_duration_ms, state.duration_ms]);
    values.counts([state.lines_added, state.lines_removed]);
    execute(tx, STATE, values).await?;
    let models: Vec<(&String, &ModelCost)> = state.models.iter().collect();
    write(tx, STATEMENT, &models, |row, (model, of)| {
        row.id(session).add(model.as_str()).add(pico(of.cost));
        row.counts([of.input, of.output, of.thinking, of.cache_read, of.cache_write, of.web_searches]);
    })
    .await?;
    Ok(())
}

/// Returns an amount in its stored form: the reader yields none that exceeds a column.
fn pico(PicoUsd(cost): PicoUsd) -> i64 {
    i64::try_from(cost).unwrap_or(i64::MAX)
}
