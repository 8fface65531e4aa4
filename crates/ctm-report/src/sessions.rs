//! Reports on one session.

use super::cache_misses::miss_item;
use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::{PageQuery, PageSort};
use super::query::{Period, Query};
use super::tools::tool_item;
use super::wire;
use chrono_tz::Tz;
use ctm_facts::{ResponseFilter, UsageFilter};

impl DatabaseReports {
    /// Returns a session over all time, in detail.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or for an unknown session.
    pub async fn session(&self, id: &str, tz: Tz) -> Result<wire::SessionDetail, ReportError> {
        let store = self.machine_store()?;
        let query = Query { period: Period::ALL, tz, filter: of_session(id) };
        let wire::Sessions { meta, items, .. } =
            self.reporter.sessions(&query, &PageQuery::all(PageSort::LastAt).into()).await?;
        let Some(session) = items.into_iter().next() else {
            return Err(self.missing_session(id).await);
        };
        let files = store.session_files(id).await?.into_iter().map(|file| wire::SessionFile {
            file: file.path,
            source: self.reporter.homes.label(&file.home),
            present: !file.gone,
            size_bytes: file.size_bytes,
            lines: file.lines,
            responses: file.responses,
        });
        let forked_from = store.forked_from(id).await?.map(|from| wire::ForkedFrom {
            session: from.session,
            at: wire::Time::of(from.at_ms),
            responses: from.responses,
        });
        let among_project = self.among_project(id, &session.project).await?;
        Ok(wire::SessionDetail {
            meta,
            among_project,
            session,
            tools: store.session_tools(id).await?.iter().map(tool_item).collect(),
            versions: store.session_versions(id).await?,
            folders: store.session_folders(id).await?,
            branches: store.session_branches(id).await?,
            files: files.collect(),
            forked_from,
            cache_breaks: self.misses_of_session(id).await?,
            claude_code: self.own_totals_of(id).await?,
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
        let total = self.machine_store()?.count_responses(&filter, &ResponseFilter::default()).await?;
        if total == 0 {
            return Err(self.missing_session(id).await);
        }
        let (items, next_cursor) = self.page_of_responses(&filter, page, ResponseFilter::default()).await?;
        Ok(wire::SessionResponses { next_cursor, total, items })
    }

    /// Returns the cache misses of a session.
    async fn misses_of_session(&self, id: &str) -> Result<Vec<wire::CacheMiss>, ReportError> {
        let misses = self.machine_store()?.cache_misses(id).await?;
        Ok(misses.iter().filter_map(|of| miss_item(of, &self.reporter.prices)).collect())
    }
}

fn of_session(id: &str) -> UsageFilter {
    UsageFilter { sessions: vec![id.to_owned()], ..UsageFilter::default() }
}
