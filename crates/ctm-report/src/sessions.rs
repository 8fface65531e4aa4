//! Reports on one session.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::{PageQuery, PageSort};
use super::query::{Period, Query};
use super::responses::response_item;
use super::tools::tool_item;
use super::wire;
use chrono_tz::Tz;
use ctm_facts::{ResponseCursor, ResponsePage, UsageFilter};
use ctm_types::EpochMs;

impl DatabaseReports {
    /// Returns a session over all time, in detail.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or for an unknown session.
    pub async fn session(&self, id: &str, tz: Tz) -> Result<wire::SessionDetail, ReportError> {
        let query = Query { period: Period::ALL, tz, filter: of_session(id) };
        let wire::Sessions { meta, items, .. } =
            self.reporter.sessions(&query, &PageQuery::all(PageSort::LastAt).into()).await?;
        let Some(session) = items.into_iter().next() else {
            return Err(self.missing_session(id).await);
        };
        let files = self.store.session_files(id).await?.into_iter().map(|file| wire::SessionFile {
            file: file.path,
            source: self.reporter.homes.label(&file.home),
            present: !file.gone,
            size_bytes: file.size_bytes,
            lines: file.lines,
            responses: file.responses,
        });
        let forked_from = self.store.forked_from(id).await?.map(|from| wire::ForkedFrom {
            session: from.session,
            at: wire::Time::of(from.at_ms),
            responses: from.responses,
        });
        Ok(wire::SessionDetail {
            meta,
            session,
            tools: self.store.session_tools(id).await?.iter().map(tool_item).collect(),
            versions: self.store.session_versions(id).await?,
            folders: self.store.session_folders(id).await?,
            branches: self.store.session_branches(id).await?,
            files: files.collect(),
            forked_from,
        })
    }

    /// Returns a page of the responses of a session.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, for an unknown session, or when the
    /// cursor is invalid.
    pub async fn session_responses(
        &self,
        id: &str,
        page: &PageQuery,
    ) -> Result<wire::SessionResponses, ReportError> {
        let filter = self.billed(of_session(id)).await?;
        let total = self.store.count_responses(&filter).await?;
        if total == 0 {
            return Err(self.missing_session(id).await);
        }
        let limit = page.limit.unwrap_or(usize::MAX - 1);
        let asked = ResponsePage {
            after: page.cursor.as_deref().map(parse_cursor).transpose()?,
            // An additional row indicates a further page.
            limit: limit + 1,
            order: page.order.by_time(),
        };
        let mut responses = self.store.responses(&filter, &asked).await?;
        let more = responses.len() > limit;
        responses.truncate(limit);
        let cursor = responses.last().filter(|_| more);
        Ok(wire::SessionResponses {
            next_cursor: cursor.map(|last| format!("{}:{}", last.at_ms, last.key)),
            total,
            items: responses.iter().map(|response| response_item(response, &self.reporter.prices)).collect(),
        })
    }
}

fn of_session(id: &str) -> UsageFilter {
    UsageFilter { sessions: vec![id.to_owned()], ..UsageFilter::default() }
}

/// Parses a `next_cursor`: a time and a key.
fn parse_cursor(cursor: &str) -> Result<ResponseCursor, ReportError> {
    let parsed = cursor.split_once(':').and_then(|(at_ms, key)| {
        Some(ResponseCursor { at_ms: EpochMs(at_ms.parse().ok()?), key: key.to_owned() })
    });
    parsed.ok_or_else(|| ReportError::Cursor(cursor.to_owned()))
}
