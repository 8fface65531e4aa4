//! Responses as they are reported to other machines.
//!
//! # Design
//!
//! They are read page by page, in the order of their rows or of the journal of changes ([`crate::triggers`]), so that any number of
//! them needs no more memory than a page.

use crate::store::Store;
use crate::usage::billings;
use ctm_facts::{PushEntry, PushPage, ReportedResponse};
use ctm_push_format::KnownResponse;
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Row, Tx, count, json_numbers, magnitude, number, one, rows, tokens, values};
use ctm_types::{Billing, BillingId, ClaimRank, EpochMs, EventId, Part, ProjectId, RankedLine, ResponseKey};
use std::collections::HashMap;
use std::sync::Arc;

/// Selects the parts behind the first ones.
const FURTHER: &str = "SELECT event.* FROM json_each(?1) AS wanted
     CROSS JOIN event ON event.key_hash = wanted.value
     WHERE part > 0 ORDER BY part";

/// Names that responses refer to.
struct Referred {
    billings: HashMap<BillingId, Arc<Billing>>,
    projects: HashMap<ProjectId, String>,
}

/// Returns a response, of which a level discloses a part.
#[must_use]
pub fn known_response(response: &ReportedResponse, revision: u64) -> KnownResponse<'_> {
    KnownResponse {
        key: &response.key,
        revision,
        rank: response.rank,
        at_ms: response.at_ms,
        parts: &response.parts,
        session: &response.session,
        project: &response.project,
        version: response.version.as_deref(),
        sidechain: response.sidechain,
    }
}

impl Store {
    /// Returns a page of the responses since a time, in the order of the numbers of their first parts: at most `limit`
    /// after one of them.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn reported_responses(
        &self,
        since: EpochMs,
        after: EventId,
        limit: usize,
    ) -> Result<Vec<ReportedResponse>, StorageError> {
        self.page_of_reported(since, after, limit).await.at(&self.path)
    }

    async fn page_of_reported(
        &self,
        since: EpochMs,
        after: EventId,
        limit: usize,
    ) -> sqlx::Result<Vec<ReportedResponse>> {
        const PAGE: &str = concat!(
            "SELECT ",
            include_str!("sql/reported/columns.sql"),
            "FROM event ",
            include_str!("sql/reported/names.sql"),
            "WHERE event.id > ?1 AND part = 0 AND at_ms >= ?2 ORDER BY event.id LIMIT ?3"
        );
        let mut tx = self.read().await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = rows(&mut tx, PAGE, values![after.0, since.0, limit]).await?;
        self.reported(&mut tx, &page).await
    }

    /// Returns the entries after one of the journal, at most `limit`.
    pub(crate) async fn page_of_journal(
        &self,
        tx: &mut Tx<'_>,
        after: u64,
        limit: usize,
    ) -> sqlx::Result<PushPage> {
        const LAST: &str =
            "SELECT max(seq) FROM (SELECT seq FROM push_journal WHERE seq > ?1 ORDER BY seq LIMIT ?2)";
        const PAGE: &str = concat!(
            "SELECT seq, ",
            include_str!("sql/reported/columns.sql"),
            "FROM push_journal CROSS JOIN event ON event.key_hash = push_journal.key_hash ",
            include_str!("sql/reported/names.sql"),
            "WHERE seq > ?1 AND seq <= ?2 AND part = 0 ORDER BY seq, event.id"
        );
        let (after, limit) = (after.cast_signed(), i64::try_from(limit).unwrap_or(i64::MAX));
        let (to,): (Option<i64>,) = one(tx, LAST, values![after, limit]).await?;
        let page = rows(tx, PAGE, values![after, to.unwrap_or_default()]).await?;
        let responses = self.reported(tx, &page).await?;
        let numbered = page.iter().zip(responses);
        let entries = numbered.map(|(row, response)| Ok(PushEntry { seq: count(row, "seq")?, response }));
        Ok(PushPage { to: to.map(i64::cast_unsigned), entries: entries.collect::<sqlx::Result<_>>()? })
    }

    /// Returns the responses of rows.
    async fn reported(&self, tx: &mut Tx<'_>, page: &[Row]) -> sqlx::Result<Vec<ReportedResponse>> {
        let referred = Referred {
            billings: billings(tx).await?.into_iter().map(|(id, of)| (id, Arc::new(of))).collect(),
            projects: self.names_of_folders(tx).await?,
        };
        let mut further = referred.further_parts(tx, page).await?;
        let reported = |row: &Row| {
            let mut response = referred.response(row)?;
            response.parts.extend(further.remove(response.key.as_str()).unwrap_or_default());
            Ok(response)
        };
        page.iter().map(reported).collect()
    }
}

impl Referred {
    /// Returns the parts behind the first ones of responses, by key.
    async fn further_parts(&self, tx: &mut Tx<'_>, page: &[Row]) -> sqlx::Result<HashMap<String, Vec<Part>>> {
        let hashes: Vec<i64> = page.iter().map(|row| row.try_get("key_hash")).collect::<sqlx::Result<_>>()?;
        let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
        for row in rows(tx, FURTHER, values![json_numbers(&hashes)]).await? {
            parts.entry(row.try_get("key")?).or_default().push(self.part(&row)?);
        }
        Ok(parts)
    }

    fn response(&self, row: &Row) -> sqlx::Result<ReportedResponse> {
        let part = self.part(row)?;
        let line = RankedLine {
            is_final: row.try_get("final")?,
            output: part.tokens.output.wrapping_add_signed(row.try_get("winner_more_output")?),
            embedded: row.try_get("winner_embedded")?,
            sidechain: row.try_get("winner_sidechain")?,
            in_own_file: row.try_get("winner_in_own_file")?,
        };
        let project = self.projects.get(&number(row, "project")?);
        Ok(ReportedResponse {
            event: number(row, "id")?,
            key: ResponseKey::from_stored(row.try_get("key")?),
            rank: ClaimRank::of(line),
            at_ms: number(row, "at_ms")?,
            parts: vec![part],
            session: row.try_get("session")?,
            project: project.cloned().unwrap_or_default(),
            version: row.try_get("version")?,
            sidechain: row.try_get("sidechain")?,
        })
    }

    fn part(&self, row: &Row) -> sqlx::Result<Part> {
        Ok(Part {
            billing: self.billings.get(&number(row, "billing_id")?).cloned().unwrap_or_default(),
            tokens: tokens(row)?,
            web_searches: magnitude(row, "web_searches")?,
            ttl_assumed: row.try_get("ttl_assumed")?,
        })
    }
}
