//! Telemetry: second witnesses, and their join with responses.
//!
//! # Design
//!
//! Witnesses are stored by request, apart from responses, because either may come first. Both a commit of transcripts and
//! one of telemetry [`join`] what they touch by the rule of [`ctm_types::telemetry`]: a response without a final copy gets
//! the output of its witness, and its speed where no transcript has one. The row keeps how much output telemetry adds, and the
//! logged terms if they differ, so that the figures of the transcripts can be distinguished from it. Everything that sums events
//! sees the joined figures.
//!
//! While a load is under way, responses are not found by their request; [`join_all`] makes up for it at its end.

use crate::days::{self, EventOrder};
use crate::dictionary::{Dictionary, Learned, billing};
use crate::loading;
use crate::overlap;
use crate::store::Store;
use ctm_facts::days::DayForm;
use ctm_facts::telemetry::{TelemetryCounts, WitnessesAdded};
use ctm_facts::{Names, StorageError};
use ctm_sqlite::error::AtPath;
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{
    Numbers, Row, Tx, bump, count, execute, json_numbers, number, numbers, one, optional, rows, tokens,
    values,
};
use ctm_types::{
    Billing, BillingId, Circumstance, EventId, Logged, Reconciled, ReportedTokens, RequestKey, RequestReport,
    TokenCounts, UtcDay, Witness, reconcile,
};
use foldhash::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Selects stored witnesses with their names.
macro_rules! witnesses {
    ($from:literal) => {
        concat!(
            "SELECT witness.*, billing.model, billing.speed, session.uuid AS session,
                    source.text AS query_source, version.text AS version,
                    circumstance.id AS circumstance, skill, plugin, agent, mcp_server, mcp_tool, effort
             FROM ",
            $from,
            " LEFT JOIN billing ON billing.id = witness.billing_id
              LEFT JOIN session ON session.id = witness.session_id
              LEFT JOIN term AS source ON source.id = query_source_id
              LEFT JOIN term AS version ON version.id = version_id
              LEFT JOIN circumstance ON circumstance.id = witness.circumstance_id"
        )
    };
}

impl Store {
    /// Stores reports of requests, each joined with what is stored of its request, and completes the responses that they
    /// are about.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn add_witnesses(&self, reports: &[Witness]) -> Result<WitnessesAdded, StorageError> {
        self.change(async |tx| add(tx, &self.form, reports).await).await
    }

    /// Returns how much telemetry there is.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn telemetry_counts(&self) -> Result<TelemetryCounts, StorageError> {
        const COUNTS: &str = include_str!("sql/telemetry/counts.sql");
        let counted = async {
            let row = rows(&mut self.readers().acquire().await?, COUNTS, values![]).await?;
            let Some(row) = row.first() else { return Ok(TelemetryCounts::default()) };
            Ok(TelemetryCounts {
                requests: count(row, "requests")?,
                last_ms: optional(row, "last_ms")?,
                joined: count(row, "joined")?,
                completed: count(row, "completed")?,
                contested: count(row, "contested")?,
                responses_since: count(row, "responses_since")?,
            })
        };
        counted.await.at(&self.path)
    }
}

async fn add(tx: &mut Tx<'_>, form: &DayForm, reports: &[Witness]) -> sqlx::Result<WitnessesAdded> {
    const FORGOTTEN: &str = "SELECT DISTINCT forgotten.id FROM json_each(?1) AS wanted
         CROSS JOIN forgotten ON forgotten.id = wanted.value";
    let mut by_request: HashMap<RequestKey, Witness> = HashMap::default();
    for report in reports {
        match by_request.get_mut(&report.request) {
            Some(known) => drop(known.join(report.clone())),
            None => drop(by_request.insert(report.request, report.clone())),
        }
    }
    let mut added = WitnessesAdded::default();
    let requests: Vec<RequestKey> = by_request.keys().copied().collect();
    let forgotten: HashSet<RequestKey> = numbers(tx, FORGOTTEN, values![json_numbers(&requests)]).await?;
    by_request.retain(|request, _| !forgotten.contains(request));
    added.forgotten = forgotten.len() as u64;
    let requests: Vec<RequestKey> = by_request.keys().copied().collect();
    for mut stored in stored(tx, &requests).await? {
        let Some(reported) = by_request.remove(&stored.request) else { continue };
        if stored.join(reported) {
            added.changed += 1;
            by_request.insert(stored.request, stored);
        }
    }
    added.new = by_request.len() as u64 - added.changed;
    if by_request.is_empty() {
        return Ok(added);
    }
    let mut witnesses: Vec<Witness> = by_request.into_values().collect();
    witnesses.sort_unstable_by_key(|witness| witness.request);
    store(tx, &witnesses).await?;
    let requests: Vec<RequestKey> = witnesses.iter().map(|witness| witness.request).collect();
    let is_loading = loading::is_under_way(tx).await?;
    if !is_loading {
        let responses = answering(tx, &requests).await?;
        let days = join(tx, &responses).await?;
        days::mark(tx, &days).await?;
        overlap::compute_marked(tx, form, EventOrder::Day).await?;
    }
    // A load remembers the rows that it stored for as long as the data version is its own.
    bump(tx, !is_loading).await?;
    Ok(added)
}

/// Returns the responses to requests, by the number of their first part.
async fn answering(tx: &mut Tx<'_>, requests: &[RequestKey]) -> sqlx::Result<Vec<EventId>> {
    const ANSWERING: &str = "SELECT event.id FROM json_each(?1) AS wanted
         CROSS JOIN event INDEXED BY event_request ON event.request = wanted.value";
    numbers(tx, ANSWERING, values![json_numbers(requests)]).await
}

/// Returns the stored witnesses of requests.
async fn stored(tx: &mut Tx<'_>, requests: &[RequestKey]) -> sqlx::Result<Vec<Witness>> {
    const STORED: &str =
        witnesses!("json_each(?1) AS wanted CROSS JOIN witness ON witness.request = wanted.value");
    let rows = rows(tx, STORED, values![json_numbers(requests)]).await?;
    rows.iter().map(witness).collect()
}

async fn store(tx: &mut Tx<'_>, witnesses: &[Witness]) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/telemetry/store.sql");
    let mut names = Names::default();
    for Witness { report, .. } in witnesses {
        names.sessions.extend(report.session.as_deref());
        names.terms.extend(report.query_source.as_deref());
        names.terms.extend(report.version.as_deref());
        names.billings.insert(&report.billing);
        names.circumstances.extend(&report.circumstance);
    }
    let mut dictionary = Dictionary::default();
    let learned = dictionary.learn(tx, &names).await?;
    let refers: Vec<Refers> =
        witnesses.iter().map(|witness| refers(&learned, &witness.report)).collect::<sqlx::Result<_>>()?;
    let rows: Vec<(&Witness, Refers)> = witnesses.iter().zip(refers).collect();
    write(tx, STATEMENT, &rows, |row, (witness, refers)| {
        let Witness { request, report, is_contested } = witness;
        let ReportedTokens { output, input, cache_read, cache_creation } = report.tokens;
        row.id(*request).add(report.at_ms.0).id(refers.billing);
        row.counts([input, output, cache_read, cache_creation]);
        row.add(report.cost_micros.map(u64::cast_signed)).add(is_contested);
        for name in refers.names {
            row.add(name);
        }
    })
    .await?;
    Ok(())
}

/// The numbers that a witness refers to.
struct Refers {
    billing: i64,
    /// Session, source of the query, version and circumstance.
    names: [Option<i64>; 4],
}

fn refers(learned: &Learned<'_>, report: &RequestReport) -> sqlx::Result<Refers> {
    let term =
        |name: &Option<String>| name.as_deref().map(|name| learned.term(name).map(i64::from)).transpose();
    let session = report.session.as_deref().map(|session| learned.session(session).map(i64::from));
    let circumstance = report.circumstance.as_ref().map(|of| learned.circumstance(of).map(i64::from));
    Ok(Refers {
        billing: learned.billing(&report.billing)?.into(),
        names: [
            session.transpose()?,
            term(&report.query_source)?,
            term(&report.version)?,
            circumstance.transpose()?,
        ],
    })
}

/// Reads a witness with its names.
pub(crate) fn witness(row: &Row) -> sqlx::Result<Witness> {
    let present = |column: &str| -> sqlx::Result<Option<String>> {
        row.try_get::<Option<String>, _>(column).map(|text| text.filter(|text| !text.is_empty()))
    };
    let circumstance = Circumstance {
        skill: present("skill")?,
        plugin: present("plugin")?,
        agent: present("agent")?,
        mcp_server: present("mcp_server")?,
        mcp_tool: present("mcp_tool")?,
        effort: present("effort")?,
        ..Circumstance::default()
    };
    let report = RequestReport {
        tokens: reported(row)?,
        cost_micros: row.try_get::<Option<i64>, _>("cost_micros")?.map(i64::unsigned_abs),
        at_ms: number(row, "at_ms")?,
        session: row.try_get("session")?,
        billing: Arc::new(Billing {
            // A reference that was repaired leaves none.
            model: present("model")?.unwrap_or_default(),
            speed: present("speed")?,
            ..Billing::default()
        }),
        query_source: row.try_get("query_source")?,
        version: row.try_get("version")?,
        circumstance: (!circumstance.is_empty()).then(|| Arc::new(circumstance)),
    };
    Ok(Witness { request: number(row, "request")?, report, is_contested: row.try_get("contested")? })
}

/// Reads the tokens of a witness.
fn reported(row: &Row) -> sqlx::Result<ReportedTokens> {
    Ok(ReportedTokens {
        output: count(row, "output")?,
        input: count(row, "input")?,
        cache_read: count(row, "cache_read")?,
        cache_creation: count(row, "cache_creation")?,
    })
}

/// Returns the stored witnesses of responses, by the number of their first part.
pub(crate) async fn of_responses(
    tx: &mut Tx<'_>,
    events: &[EventId],
) -> sqlx::Result<HashMap<RequestKey, Witness>> {
    const REQUESTS: &str = "SELECT event.request FROM json_each(?1) AS wanted
         CROSS JOIN event ON event.id = wanted.value WHERE event.request IS NOT NULL";
    let requests: Vec<RequestKey> = numbers(tx, REQUESTS, values![json_numbers(events)]).await?;
    let stored = stored(tx, &requests).await?;
    Ok(stored.into_iter().map(|witness| (witness.request, witness)).collect())
}

/// Selects responses that have a witness, with the output and the terms of the transcripts alone.
macro_rules! witnessed {
    ($from:literal) => {
        concat!(
            "SELECT event.id, event.at_ms, event.request, final, event.input, event.cache_read, cache_write_5m,
                    cache_write_1h, event.output - coalesce(witness_output, 0) AS output, witness_output,
                    event.billing_id, logged_billing_id, coalesce(billing.model, '') AS model,
                    coalesce(billing.speed, '') AS speed, coalesce(billing.service_tier, '') AS service_tier,
                    coalesce(billing.inference_geo, '') AS inference_geo, coalesce(billing.refusal, '') AS refusal,
                    nullif(reported.speed, '') AS w_speed, witness.input AS w_input, witness.output AS w_output,
                    witness.cache_read AS w_cache_read, witness.cache_creation AS w_cache_creation, event_id
             FROM ",
            $from,
            " CROSS JOIN witness ON witness.request = event.request
              LEFT JOIN billing ON billing.id = coalesce(logged_billing_id, event.billing_id)
              LEFT JOIN billing AS reported ON reported.id = witness.billing_id WHERE part = 0"
        )
    };
}

/// Joins responses with their witnesses, by the number of their first part, and returns the days of those that changed.
pub(crate) async fn join(tx: &mut Tx<'_>, events: &[EventId]) -> sqlx::Result<BTreeSet<UtcDay>> {
    const WITNESSED: &str = witnessed!("json_each(?1) AS wanted CROSS JOIN event ON event.id = wanted.value");
    // A response may name another request than before.
    const LEAVE: &str =
        "UPDATE witness SET event_id = NULL WHERE event_id IN (SELECT value FROM json_each(?1))
         AND request IS NOT (SELECT event.request FROM event WHERE event.id = event_id)";
    if events.is_empty() || !is_any(tx).await? {
        return Ok(BTreeSet::new());
    }
    let ids = json_numbers(events);
    execute(tx, LEAVE, values![&ids]).await?;
    let rows = rows(tx, WITNESSED, values![&ids]).await?;
    complete(tx, &rows).await
}

/// Joins all responses with their witnesses, and returns the days of those that changed.
pub(crate) async fn join_all(tx: &mut Tx<'_>) -> sqlx::Result<BTreeSet<UtcDay>> {
    const WITNESSED: &str = witnessed!("event");
    if !is_any(tx).await? {
        return Ok(BTreeSet::new());
    }
    let rows = rows(tx, WITNESSED, values![]).await?;
    complete(tx, &rows).await
}

async fn is_any(tx: &mut Tx<'_>) -> sqlx::Result<bool> {
    one(tx, "SELECT EXISTS (SELECT 1 FROM witness)", values![]).await.map(|(any,)| any)
}

/// What the rule gives for a response.
#[derive(Debug, PartialEq, Eq)]
struct Joined {
    id: EventId,
    output: u64,
    /// Of it, what telemetry adds.
    more: Option<u64>,
    billing: BillingId,
    /// The terms of the transcripts, if telemetry adds to them.
    logged_billing: Option<BillingId>,
}

/// Writes what the rule gives for responses and their witnesses.
async fn complete(tx: &mut Tx<'_>, rows: &[Row]) -> sqlx::Result<BTreeSet<UtcDay>> {
    const COMPLETE: &str =
        "UPDATE event SET output = ?, witness_output = ?, billing_id = ?, logged_billing_id = ? WHERE id = ?";
    const WITNESS: &str = "UPDATE witness SET event_id = ? WHERE request = ?";
    let mut dictionary = Dictionary::default();
    let mut learned = dictionary.learn(tx, &Names::default()).await?;
    let mut completed: Vec<Joined> = Vec::new();
    let mut found: Vec<(EventId, RequestKey)> = Vec::new();
    let mut days = BTreeSet::new();
    for row in rows {
        if optional::<EventId>(row, "event_id")?.is_none() {
            found.push((number(row, "id")?, number(row, "request")?));
        }
        let joined = joined(tx, &mut learned, row).await?;
        let is_same = row.try_get::<Option<i64>, _>("witness_output")? == joined.more.map(u64::cast_signed)
            && number::<BillingId>(row, "billing_id")? == joined.billing
            && optional::<BillingId>(row, "logged_billing_id")? == joined.logged_billing;
        if !is_same {
            completed.push(joined);
            days.insert(UtcDay::of(number(row, "at_ms")?));
        }
    }
    write(tx, COMPLETE, &completed, |row, of| {
        row.add(of.output.cast_signed()).add(of.more.map(u64::cast_signed));
        row.id(of.billing).optional_id(of.logged_billing).id(of.id);
    })
    .await?;
    write(tx, WITNESS, &found, |row, (id, request)| {
        row.id(*id).id(*request);
    })
    .await?;
    Ok(days)
}

/// Applies the rule to a row of [`witnessed!`].
async fn joined(tx: &mut Tx<'_>, learned: &mut Learned<'_>, row: &Row) -> sqlx::Result<Joined> {
    let (terms, tokens) = (billing(row)?, tokens(row)?);
    let Reconciled { output, is_completed, added_speed, .. } = reconciled(row, &terms, tokens)?;
    let logged: Option<BillingId> = optional(row, "logged_billing_id")?;
    let logged = logged.map_or_else(|| number(row, "billing_id"), Ok)?;
    let (billing, logged_billing) = match added_speed {
        None => (logged, None),
        speed => (learned.learn_billing(tx, &Arc::new(Billing { speed, ..terms })).await?, Some(logged)),
    };
    let more = is_completed.then(|| output - tokens.output);
    Ok(Joined { id: number(row, "id")?, output, more, billing, logged_billing })
}

fn reconciled(row: &Row, terms: &Billing, tokens: TokenCounts) -> sqlx::Result<Reconciled> {
    let (model, speed) = (&*terms.model, terms.speed.as_deref());
    // A response with several parts is final, and is left as it is.
    let logged = Logged { model, speed, tokens, parts: 1, is_final: row.try_get("final")? };
    let report = RequestReport {
        tokens: ReportedTokens {
            output: count(row, "w_output")?,
            input: count(row, "w_input")?,
            cache_read: count(row, "w_cache_read")?,
            cache_creation: count(row, "w_cache_creation")?,
        },
        billing: Arc::new(Billing { speed: row.try_get("w_speed")?, ..Billing::default() }),
        ..RequestReport::default()
    };
    Ok(reconcile(&logged, &Witness::new(number(row, "request")?, report)))
}

/// Takes back what telemetry adds to responses of which some lines are about to be forgotten, and returns them.
pub(crate) async fn undo_shared(tx: &mut Tx<'_>) -> sqlx::Result<Vec<EventId>> {
    const SHARED: &str = "SELECT event_id FROM chosen WHERE is_shared";
    const UNDO: &str = "UPDATE event SET output = output - witness_output, witness_output = NULL,
         billing_id = coalesce(logged_billing_id, billing_id), logged_billing_id = NULL
         WHERE witness_output IS NOT NULL AND id IN (SELECT event_id FROM chosen WHERE is_shared)";
    execute(tx, UNDO, values![]).await?;
    numbers(tx, SHARED, values![]).await
}
