//! Requests that telemetry reports, and no transcript has a response to.
//!
//! # Design
//!
//! Whether a request is unlogged is determined whenever it is asked for: its transcript may be read later than its
//! telemetry arrives. Lines without a request exist, and lines of before telemetry was stored have none either: a request
//! with the same prompt as such a response of its session may be that response, and is not counted as unlogged.

use crate::store::Store;
use ctm_facts::telemetry::UnloggedRequest;
use ctm_facts::{FactKey, ResolvedFilter, StorageError, UsageFilter};
use ctm_sqlite::error::AtPath;
use ctm_sqlite::sql::{Row, Tx, count, number, rows, values};
use ctm_types::{ReportedTokens, UsageEvent, UsageKey, UsageRow};

impl Store {
    /// Returns the requests that pass the filter and no transcript has a response to.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn unlogged(&self, filter: &UsageFilter) -> Result<Vec<UnloggedRequest>, StorageError> {
        let read = async {
            let mut tx = self.read().await?;
            let wanted = crate::usage::resolve(self, &mut tx, filter).await?;
            self.unlogged_of(&mut tx, &wanted).await
        };
        read.await.at(&self.path)
    }

    /// Returns the selected requests.
    pub(crate) async fn unlogged_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
    ) -> sqlx::Result<Vec<UnloggedRequest>> {
        const UNLOGGED: &str = include_str!("sql/unlogged/unlogged.sql");
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let rows = rows(tx, UNLOGGED, values![from_ms.0, to_ms.0]).await?;
        let requests: Vec<UnloggedRequest> =
            rows.iter().map(|row| self.request(row)).collect::<sqlx::Result<_>>()?;
        Ok(requests.into_iter().filter(|request| wanted.takes(&FactKey::from(&request.usage))).collect())
    }

    fn request(&self, row: &Row) -> sqlx::Result<UnloggedRequest> {
        let reported = ReportedTokens {
            output: count(row, "output")?,
            input: count(row, "input")?,
            cache_read: count(row, "cache_read")?,
            cache_creation: count(row, "cache_creation")?,
        };
        let tokens = reported.assumed();
        let event = UsageEvent {
            at_ms: number(row, "at_ms")?,
            tokens,
            web_searches: 0,
            is_first: true,
            is_final: true,
        };
        let key = UsageKey {
            session: number(row, "session")?,
            project: number(row, "project")?,
            folder: number(row, "folder")?,
            home: number(row, "home")?,
            billing: number(row, "billing_id")?,
            context_band: self.form.context_band(tokens.prompt()),
            sidechain: row.try_get("sidechain")?,
        };
        Ok(UnloggedRequest { usage: UsageRow::of(&event, &key), query_source: row.try_get("query_source")? })
    }
}
