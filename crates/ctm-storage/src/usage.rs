//! The one coarse question that every report is folded from.

use crate::error::{AtPath, StorageError};
use crate::events::{billing, json_list, tokens};
use crate::store::Store;
use ctm_types::{Billing, Catalog, Slot, UsageRow};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

/// The most long-context thresholds that usage can be told apart by.
pub const MAX_CONTEXT_THRESHOLDS: usize = 4;

/// Which events are asked for. Lists name alternatives; an empty one names all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// The first time, in UTC epoch milliseconds.
    pub from_ms: Option<i64>,
    /// The time before which events lie, in UTC epoch milliseconds.
    pub until_ms: Option<i64>,
    /// Projects, by working directory.
    pub projects: Vec<String>,
    /// Models, by name as logged.
    pub models: Vec<String>,
    /// Session ids.
    pub sessions: Vec<String>,
    /// Only subagents, or only main conversations.
    pub sidechain: Option<bool>,
}

impl Store {
    /// Returns the events that pass the filter, summed by slot, session, project, billing and
    /// context band. `context_thresholds` are at most [`MAX_CONTEXT_THRESHOLDS`] prompt sizes in
    /// tokens; an event's band is how many of them its prompt exceeds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    ///
    /// # Panics
    ///
    /// Panics when there are more thresholds.
    pub async fn usage(
        &self,
        filter: &UsageFilter,
        context_thresholds: &[u64],
    ) -> Result<Vec<UsageRow>, StorageError> {
        assert!(context_thresholds.len() <= MAX_CONTEXT_THRESHOLDS, "more thresholds than columns");
        let threshold =
            |at: usize| context_thresholds.get(at).map_or(i64::MAX, |tokens| tokens.cast_signed());
        let alternatives = |names: &[String]| (!names.is_empty()).then(|| json_list(names));
        let rows = sqlx::query(
            "SELECT at_ms / 900000 AS slot, session_id, project_id, billing_id,
                    (prompt > ?1) + (prompt > ?2) + (prompt > ?3) + (prompt > ?4) AS context_band,
                    sum(input) AS input, sum(output) AS output, sum(cache_read) AS cache_read,
                    sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h,
                    sum(web_searches) AS web_searches, sum(part = 0) AS responses,
                    sum(part = 0 AND NOT final) AS unfinalised, min(at_ms) AS first_ms, max(at_ms) AS last_ms
             FROM (SELECT *, input + cache_read + cache_write_5m + cache_write_1h AS prompt FROM event)
             WHERE at_ms >= ?5 AND at_ms < ?6
               AND (?7 IS NULL OR project_id IN
                    (SELECT id FROM project WHERE path IN (SELECT value FROM json_each(?7))))
               AND (?8 IS NULL OR billing_id IN
                    (SELECT id FROM billing WHERE model IN (SELECT value FROM json_each(?8))))
               AND (?9 IS NULL OR session_id IN
                    (SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?9))))
               AND (?10 IS NULL OR sidechain = ?10)
             GROUP BY slot, session_id, project_id, billing_id, context_band",
        )
        .bind(threshold(0))
        .bind(threshold(1))
        .bind(threshold(2))
        .bind(threshold(3))
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.until_ms.unwrap_or(i64::MAX))
        .bind(alternatives(&filter.projects))
        .bind(alternatives(&filter.models))
        .bind(alternatives(&filter.sessions))
        .bind(filter.sidechain)
        .fetch_all(&self.readers)
        .await
        .at(&self.path)?;
        rows.iter().map(usage_row).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns the texts behind the numbers of usage rows.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn catalog(&self) -> Result<Catalog, StorageError> {
        let names = |rows: Vec<(i64, String)>| rows.into_iter().collect();
        let sessions =
            sqlx::query_as("SELECT id, uuid FROM session").fetch_all(&self.readers).await.at(&self.path)?;
        let projects =
            sqlx::query_as("SELECT id, path FROM project").fetch_all(&self.readers).await.at(&self.path)?;
        Ok(Catalog { sessions: names(sessions), projects: names(projects), billings: self.billings().await? })
    }

    /// Returns all models and terms that were ever billed, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn billings(&self) -> Result<HashMap<i64, Billing>, StorageError> {
        let rows = sqlx::query("SELECT id, model, speed, service_tier, inference_geo FROM billing")
            .fetch_all(&self.readers)
            .await
            .at(&self.path)?;
        let billings = rows.iter().map(|row| Ok((row.try_get("id")?, billing(row)?)));
        billings.collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns the times of the first and of the last event, in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn time_span(&self) -> Result<Option<(i64, i64)>, StorageError> {
        // Apart from each other, so that each is one step in the index.
        let span: (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT (SELECT min(at_ms) FROM event), (SELECT max(at_ms) FROM event)")
                .fetch_one(&self.readers)
                .await
                .at(&self.path)?;
        Ok(span.0.zip(span.1))
    }
}

fn usage_row(row: &SqliteRow) -> sqlx::Result<UsageRow> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(UsageRow {
        slot: Slot(row.try_get("slot")?),
        session: row.try_get("session_id")?,
        project: row.try_get("project_id")?,
        billing: row.try_get("billing_id")?,
        context_band: row.try_get("context_band")?,
        tokens: tokens(row)?,
        web_searches: unsigned("web_searches")?,
        responses: unsigned("responses")?,
        unfinalised: unsigned("unfinalised")?,
        first_ms: row.try_get("first_ms")?,
        last_ms: row.try_get("last_ms")?,
    })
}
