//! Facts of sessions beside responses and prompts: turns, hooks, pull requests, names, own totals.
//!
//! # Design
//!
//! Each fact has a key and an order in which one of several readings holds, so that batches in any order, and
//! batches that are applied again, leave the same rows: the earliest copy of a record, the latest line with a
//! name, the greatest totals. A file that is read again takes back where its names stood, and not the names.

use crate::dictionary::{Learned, Names};
use crate::hashes::hash_of;
use crate::rows::{home_of, insert, path_of};
use crate::sql::{Db, Tx, json_numbers};
use ctm_facts::FreshBatch;
use ctm_types::{
    CostState, FileId, ModelCost, NameKind, PicoUsd, Recorded, SessionId, SessionName, SessionRecord, Start,
    TermId,
};
use std::collections::{BTreeMap, HashMap};

/// The hash by which a record is known.
pub(crate) fn record_id(record: &SessionRecord) -> i64 {
    hash_of(&record.id)
}

/// Adds the names that are needed to write what the batches say of sessions.
pub(crate) fn names<'a>(fresh: &[FreshBatch<'a>], names: &mut Names<'a>) {
    for facts in fresh.iter().map(|(_, batch)| &batch.sessions) {
        for record in &facts.records {
            names.sessions.insert(&record.session);
            names.terms.extend(name_of(&record.what));
        }
        names.sessions.extend(facts.names.keys().map(|(session, _)| session.as_str()));
        names.sessions.extend(facts.cost_states.keys().map(String::as_str));
    }
}

/// Stores what the batches say of sessions.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<()> {
    store_records(tx, learned, fresh).await?;
    store_names(tx, learned, fresh).await?;
    store_cost_states(tx, learned, fresh).await
}

/// The name that is stored of a record as a term.
fn name_of(what: &Recorded) -> Option<&str> {
    match what {
        Recorded::Turn { .. } => None,
        Recorded::Hook { program, .. } => program.as_deref(),
        Recorded::PullRequest { repository, .. } => Some(repository),
    }
}

/// A record with the number of its file.
struct Placed<'a> {
    file: FileId,
    session: SessionId,
    name: Option<TermId>,
    record: &'a SessionRecord,
}

async fn store_records(tx: &mut Tx<'_>, learned: &Learned<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO session_record (id, kind, session_id, at_ms, file_id, name_id, duration_ms, number, url)",
        concat!(
            "ON CONFLICT (id) DO UPDATE
             SET kind = excluded.kind, session_id = excluded.session_id, at_ms = excluded.at_ms,
                 file_id = excluded.file_id, name_id = excluded.name_id, duration_ms = excluded.duration_ms,
                 number = excluded.number, url = excluded.url
             WHERE (excluded.at_ms, ",
            path_of!("excluded.file_id"),
            ", ",
            home_of!("excluded.file_id"),
            ") <= (at_ms, ",
            path_of!("session_record.file_id"),
            ", ",
            home_of!("session_record.file_id"),
            ")"
        ),
    ];
    let records = fresh
        .iter()
        .flat_map(|(file, batch)| batch.sessions.records.iter().map(move |record| (*file, record)));
    let placed: Vec<Placed<'_>> = records
        .map(|(file, record)| {
            let name = name_of(&record.what).map(|name| learned.term(name)).transpose()?;
            Ok(Placed { file, session: learned.session(&record.session)?, name, record })
        })
        .collect::<sqlx::Result<_>>()?;
    insert(tx, STATEMENT, 9, &placed, |row, Placed { file, session, name, record }| {
        let (kind, duration_ms, number, url) = match &record.what {
            Recorded::Turn { duration_ms } => ("turn", Some(*duration_ms), None, None),
            Recorded::Hook { duration_ms, .. } => ("hook", *duration_ms, None, None),
            Recorded::PullRequest { number, url, .. } => ("pull_request", None, Some(*number), url.as_ref()),
        };
        row.add(record_id(record)).add(kind).id(*session).add(record.at_ms).id(*file).optional_id(*name);
        row.add(duration_ms.map(u64::cast_signed)).add(number.map(u64::cast_signed)).add(url);
    })
    .await?;
    Ok(())
}

async fn store_names(tx: &mut Tx<'_>, learned: &Learned<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO session_name (session_id, kind, name, in_own_file, file_id, offset_bytes)",
        concat!(
            "ON CONFLICT (session_id, kind) DO UPDATE
             SET name = excluded.name, in_own_file = excluded.in_own_file, file_id = excluded.file_id,
                 offset_bytes = excluded.offset_bytes
             WHERE (excluded.in_own_file, ",
            path_of!("excluded.file_id"),
            ", excluded.offset_bytes, ",
            home_of!("excluded.file_id"),
            ") >= (in_own_file, ",
            path_of!("session_name.file_id"),
            ", offset_bytes, ",
            home_of!("session_name.file_id"),
            ")"
        ),
    ];
    // In the order of the batches, so that a file that is read again begins before its names come.
    for (file, batch) in fresh {
        if batch.start == Start::Beginning {
            sqlx::query("UPDATE session_name SET offset_bytes = -1 WHERE file_id = ?1")
                .bind(Db(*file))
                .execute(&mut **tx)
                .await?;
        }
        let names: Vec<(SessionId, NameKind, &SessionName)> = batch
            .sessions
            .names
            .iter()
            .map(|((session, kind), name)| Ok((learned.session(session)?, *kind, name)))
            .collect::<sqlx::Result<_>>()?;
        insert(tx, STATEMENT, 6, &names, |row, (session, kind, name)| {
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
    let mut states: HashMap<SessionId, (&CostState, FileId)> = HashMap::new();
    for (file, batch) in fresh {
        for (session, state) in &batch.sessions.cost_states {
            let known = states.entry(learned.session(session)?).or_insert((state, *file));
            if *known.0 < *state {
                *known = (state, *file);
            }
        }
    }
    let stored = stored_cost_states(tx, states.keys().copied().collect()).await?;
    for (session, (state, file)) in states {
        if stored.get(&session).is_none_or(|stored| stored < state) {
            store_cost_state(tx, session, file, state).await?;
        }
    }
    Ok(())
}

/// The totals of a session: cost, durations, lines.
type StateRow = (Db<SessionId>, i64, i64, i64, i64, i64, i64);

/// The totals of a model in a session: cost, tokens, searches.
type ModelRow = (Db<SessionId>, String, i64, i64, i64, i64, i64, i64, i64);

/// Returns the totals that are stored of sessions.
async fn stored_cost_states(
    tx: &mut Tx<'_>,
    sessions: Vec<SessionId>,
) -> sqlx::Result<HashMap<SessionId, CostState>> {
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let sessions = json_numbers(&sessions);
    let rows: Vec<StateRow> = sqlx::query_as(
        "SELECT session_id, cost, api_duration_ms, tool_duration_ms, duration_ms, lines_added, lines_removed
         FROM json_each(?1) AS wanted CROSS JOIN cost_state ON session_id = wanted.value",
    )
    .bind(&sessions)
    .fetch_all(&mut **tx)
    .await?;
    let mut states: HashMap<SessionId, CostState> = HashMap::new();
    for (Db(session), cost, api, tool, duration, added, removed) in rows {
        let [api_duration_ms, tool_duration_ms, duration_ms, lines_added, lines_removed] =
            [api, tool, duration, added, removed].map(i64::unsigned_abs);
        states.insert(
            session,
            CostState {
                cost: PicoUsd(cost.into()),
                api_duration_ms,
                tool_duration_ms,
                duration_ms,
                lines_added,
                lines_removed,
                models: BTreeMap::new(),
            },
        );
    }
    let rows: Vec<ModelRow> = sqlx::query_as(
        "SELECT session_id, model, cost, input, output, thinking, cache_read, cache_write, web_searches
         FROM json_each(?1) AS wanted CROSS JOIN cost_state_model ON session_id = wanted.value",
    )
    .bind(&sessions)
    .fetch_all(&mut **tx)
    .await?;
    for (Db(session), model, cost, input, output, thinking, read, write, searches) in rows {
        let [input, output, thinking, cache_read, cache_write, web_searches] =
            [input, output, thinking, read, write, searches].map(i64::unsigned_abs);
        let of_model = ModelCost {
            cost: PicoUsd(cost.into()),
            input,
            output,
            thinking,
            cache_read,
            cache_write,
            web_searches,
        };
        if let Some(state) = states.get_mut(&session) {
            state.models.insert(model, of_model);
        }
    }
    Ok(states)
}

async fn store_cost_state(
    tx: &mut Tx<'_>,
    session: SessionId,
    file: FileId,
    state: &CostState,
) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO cost_state_model (session_id, model, cost, input, output, thinking, cache_read, cache_write, web_searches)",
        "",
    ];
    sqlx::query("DELETE FROM cost_state_model WHERE session_id = ?1")
        .bind(Db(session))
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO cost_state (session_id, file_id, cost, api_duration_ms, tool_duration_ms, duration_ms,
                                 lines_added, lines_removed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE
         SET file_id = excluded.file_id, cost = excluded.cost, api_duration_ms = excluded.api_duration_ms,
             tool_duration_ms = excluded.tool_duration_ms, duration_ms = excluded.duration_ms,
             lines_added = excluded.lines_added, lines_removed = excluded.lines_removed",
    )
    .bind(Db(session))
    .bind(Db(file))
    .bind(pico(state.cost))
    .bind(state.api_duration_ms.cast_signed())
    .bind(state.tool_duration_ms.cast_signed())
    .bind(state.duration_ms.cast_signed())
    .bind(state.lines_added.cast_signed())
    .bind(state.lines_removed.cast_signed())
    .execute(&mut **tx)
    .await?;
    let models: Vec<(&String, &ModelCost)> = state.models.iter().collect();
    insert(tx, STATEMENT, 9, &models, |row, (model, of)| {
        row.id(session).add(model.as_str()).add(pico(of.cost));
        for count in [of.input, of.output, of.thinking, of.cache_read, of.cache_write, of.web_searches] {
            row.add(count.cast_signed());
        }
    })
    .await?;
    Ok(())
}

/// Returns an amount as it is stored: the reader knows none that is larger than a column can hold.
fn pico(PicoUsd(cost): PicoUsd) -> i64 {
    i64::try_from(cost).unwrap_or(i64::MAX)
}
