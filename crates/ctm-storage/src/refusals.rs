//! Attempts that models refused before any output, and the categories of the refusals.
//!
//! # Design
//!
//! A line that logs an attempt does not always name the category; another line of the same request does,
//! which may be read before or after. Requests and categories are stored separately, and a commit that adds
//! either completes the terms of the attempts. Prices determine whether an attempt is billed.

use crate::dictionary::{Learned, billing};
use crate::store::Store;
use crate::telemetry;
use ctm_facts::{FreshBatch, RefusedResponse, hash_of};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Db, Numbers, Tx, execute, number, rows, values};
use ctm_types::{Billing, EventId, UtcDay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Store {
    /// Returns the responses that are nothing but an attempt that a model refused before any output.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn refused_responses(&self) -> Result<Vec<RefusedResponse>, StorageError> {
        const REFUSED: &str = include_str!("sql/refusals/refused.sql");
        let rows = self.rows(REFUSED, values![]).await?;
        let refused = rows.iter().map(|row| {
            Ok(RefusedResponse {
                id: number(row, "event_id")?,
                home: row.try_get("root")?,
                at_ms: number(row, "at_ms")?,
                billing: billing(row)?,
            })
        });
        refused.collect::<sqlx::Result<_>>().at(&self.path)
    }
}

/// Stores refused requests, by the number of the response's first part, and the categories that lines name.
/// Returns whether there are any: then the terms of refused attempts may have to be completed.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    requests: &BTreeMap<EventId, &str>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<bool> {
    const REQUESTS: &str = "INSERT INTO refused (event_id, request) VALUES (?, ?)
         ON CONFLICT (event_id) DO UPDATE SET request = max(request, excluded.request)";
    const CATEGORIES: &str = "INSERT INTO refusal (request, category) VALUES (?, ?)
         ON CONFLICT (request) DO UPDATE SET category = max(category, excluded.category)";
    let categories: Vec<(i64, &str)> = fresh
        .iter()
        .flat_map(|(_, batch)| &batch.refusals)
        .map(|(request, category)| (hash_of(request), category.as_str()))
        .collect();
    if requests.is_empty() && categories.is_empty() {
        return Ok(false);
    }
    let requests: Vec<(EventId, i64)> =
        requests.iter().map(|(event, request)| (*event, hash_of(request))).collect();
    write(tx, REQUESTS, &requests, |row, (event, request)| {
        row.id(*event).add(request);
    })
    .await?;
    write(tx, CATEGORIES, &categories, |row, (request, category)| {
        row.add(request).add(*category);
    })
    .await?;
    Ok(true)
}

/// Completes the terms of attempts with a newly known category. There are few, because refusals are rare.
pub(crate) async fn complete(tx: &mut Tx<'_>, learned: &mut Learned<'_>) -> sqlx::Result<BTreeSet<UtcDay>> {
    const NAMED: &str = include_str!("sql/refusals/named.sql");
    let rows = rows(tx, NAMED, values![Billing::UNCATEGORISED]).await?;
    // Telemetry is joined after the transcripts.
    const COMPLETE: &str = "UPDATE event SET billing_id = ?2, logged_billing_id = NULL WHERE id = ?1";
    let (mut days, mut completed) = (BTreeSet::new(), Vec::new());
    for row in &rows {
        let billing = Arc::new(Billing { refusal: Some(row.try_get("category")?), ..billing(row)? });
        let billing = learned.learn_billing(tx, &billing).await?;
        let id: EventId = number(row, "event_id")?;
        execute(tx, COMPLETE, values![Db(id), Db(billing)]).await?;
        completed.push(id);
        days.insert(UtcDay::of(number(row, "at_ms")?));
    }
    days.extend(telemetry::join(tx, &completed).await?);
    Ok(days)
}
