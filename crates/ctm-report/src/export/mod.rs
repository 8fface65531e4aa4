//! Export of tables as files: rows of a report, or every response.
//!
//! # Design
//! A file is created in pieces, on demand: the sender requests the next one when the last one was sent.
//! Tables of reports are complete from the start. Responses are read page by page, each beginning after the
//! last row of the previous one, so that a million of them need no more memory than a thousand. Reading them
//! in one statement was rejected: it would occupy a reader of the database for as long as a slow client
//! takes.

mod columns;
mod datasets;
mod focus;
mod paged;
mod schema;

pub use columns::{
    block_columns, day_columns, model_columns, project_columns, session_columns, tool_columns, with_usage,
};
pub use datasets::Dataset;
pub use schema::{SCHEMA_VERSION, row_schema, schema};

use crate::changes::ChangeQuery;
use crate::database::DatabaseReports;
use crate::error::ReportError;
use crate::page::{PageQuery, PageSort};
use crate::query::{Compare, Query, SessionQuery, SoughtSessions};
use crate::reporter::Reporter;
use crate::responses::SoughtResponses;
use crate::wire::{self, HasUsage};
use chrono::NaiveDate;
use columns::{
    change_columns, daily_model_columns, daily_project_columns, note_columns, response_columns, view_columns,
};
use ctm_aggregate::{Bucket, DateRange, Ledger, NamedUsage};
use ctm_export::{Column, Exporter, Format, UnknownField, select};
use ctm_facts::{CatalogNames, ResponseFilter, UsageFilter};
use focus::focus_columns;
use paged::Paged;
use std::io;
use std::sync::Arc;

/// What is exported of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportQuery {
    /// The data set.
    pub dataset: Dataset,
    /// Only these responses; the hour of the week is that of sessions, too.
    pub only: SoughtResponses,
    /// Only these sessions.
    pub sought: SoughtSessions,
    /// The changes.
    pub changes: ChangeQuery,
}

impl From<Dataset> for ExportQuery {
    fn from(dataset: Dataset) -> Self {
        Self {
            dataset,
            only: SoughtResponses::default(),
            sought: SoughtSessions::default(),
            changes: ChangeQuery::ALL,
        }
    }
}

/// Errors of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The rows cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A requested field does not exist.
    #[error(transparent)]
    Field(#[from] UnknownField),
    /// A row cannot be written.
    #[error("cannot write a row")]
    Write(#[from] io::Error),
}

/// A file that is produced piece by piece.
#[derive(Debug)]
pub struct Export {
    /// Number of rows, as known at the start.
    pub row_count: u64,
    /// The days of the rows.
    pub days: DateRange,
    pieces: Pieces,
}

/// Source of the pieces.
enum Pieces {
    /// A table of a report, complete from the start.
    Whole(Option<Vec<u8>>),
    /// Responses, read a page at a time.
    Paged(Box<Paged>),
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Paged(_) => "Paged",
        })
    }
}

impl Export {
    /// Returns the next piece; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read; the file is then cut off.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        match &mut self.pieces {
            Pieces::Whole(piece) => Ok(piece.take()),
            Pieces::Paged(paged) => paged.next().await,
        }
    }
}

impl DatabaseReports {
    /// Returns a table as a file, with these fields; with all of them if none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or at the first unknown field.
    pub async fn export(
        &self,
        wanted: &ExportQuery,
        query: &Query,
        format: Format,
        fields: &[String],
    ) -> Result<Export, ExportError> {
        let reporter = &self.reporter;
        let days = reporter.range(query).await?;
        match wanted.dataset {
            Dataset::Daily => {
                let columns = select(&day_columns(), fields)?;
                whole(days, format, columns, &reporter.daily(query, Bucket::Day, false).await?.days)
            }
            Dataset::Models => {
                let columns = select(&model_columns(), fields)?;
                whole(days, format, columns, &reporter.models(query, Compare::None).await?.items)
            }
            Dataset::DailyModels => {
                let columns = select(&daily_model_columns(), fields)?;
                whole(days, format, columns, &reporter.days_by(query, Ledger::usage_by_model).await?)
            }
            Dataset::DailyProjects => {
                let columns = select(&daily_project_columns(), fields)?;
                whole(days, format, columns, &reporter.days_by(query, Ledger::by_project).await?)
            }
            Dataset::Projects => {
                let columns = select(&project_columns(), fields)?;
                let page = PageQuery::all(PageSort::Cost);
                whole(days, format, columns, &reporter.projects(query, &page, Compare::None).await?.items)
            }
            Dataset::Sessions => {
                let columns = select(&session_columns(), fields)?;
                let page = PageQuery::all(PageSort::StartedAt);
                let (hour_of_week, sought) = (wanted.only.hour_of_week, wanted.sought.clone());
                let sessions = SessionQuery { hour_of_week, sought, ..page.into() };
                whole(days, format, columns, &reporter.sessions(query, &sessions).await?.items)
            }
            Dataset::Tools => {
                let columns = select(&tool_columns(), fields)?;
                whole(days, format, columns, &self.tools(query, Compare::None).await?.items)
            }
            Dataset::Blocks => {
                let columns = select(&block_columns(), fields)?;
                let page = PageQuery::all(PageSort::StartedAt);
                let mut blocks = reporter.blocks(query, &page, None).await?.items;
                blocks.retain(|block| !block.gap);
                whole(days, format, columns, &blocks)
            }
            Dataset::Changes => {
                let columns = select(&change_columns(), fields)?;
                whole(days, format, columns, &self.changes(query, wanted.changes).await?.items)
            }
            Dataset::Responses => {
                let columns = select(&response_columns(), fields)?;
                let gathered = reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
                let filters = self.filters(query, &gathered, &wanted.only).await?;
                self.paged(days, format, columns, filters).await
            }
            Dataset::Notes => {
                let columns = select(&note_columns(), fields)?;
                whole(days, format, columns, &self.notes_of(query).await?)
            }
            Dataset::Views => {
                whole(days, format, select(&view_columns(), fields)?, &self.views().await?.items)
            }
            Dataset::Focus => {
                let columns = select(&focus_columns(), fields)?;
                let (days, rows) = reporter.focus_rows(query).await?;
                whole(days, format, columns, &rows)
            }
        }
    }

    async fn paged(
        &self,
        days: DateRange,
        format: Format,
        columns: Vec<Column<wire::Response>>,
        filters: (UsageFilter, ResponseFilter),
    ) -> Result<Export, ExportError> {
        let row_count =
            self.machine_store()?.count_responses(&filters.0, &filters.1).await.map_err(ReportError::from)?;
        let prices = Arc::clone(&self.reporter.prices);
        let paged = Paged::begin(format, columns, self.store.clone(), prices, filters)?;
        Ok(Export { row_count, days, pieces: Pieces::Paged(Box::new(paged)) })
    }
}

/// The usage of a model or a project on a day.
#[derive(Debug)]
struct PartOfDay {
    date: NaiveDate,
    name: Arc<str>,
    usage: wire::Usage,
}

impl HasUsage for PartOfDay {
    fn usage(&self) -> &wire::Usage {
        &self.usage
    }
}

impl Reporter {
    /// Returns the parts of each day with usage, in order.
    async fn days_by(
        &self,
        query: &Query,
        parts: fn(&Ledger) -> Vec<NamedUsage>,
    ) -> Result<Vec<PartOfDay>, ReportError> {
        let gathered = self.gather(query, CatalogNames::Projects, |_| Vec::new()).await?;
        let ledger = self.ledger(query, &gathered);
        let days = ledger.used_buckets(Bucket::Day);
        let rows = days.flat_map(|(date, day)| {
            let row = move |NamedUsage { name, usage }| PartOfDay { date, name, usage: (&usage).into() };
            parts(&day).into_iter().map(row)
        });
        Ok(rows.collect())
    }
}

fn whole<R>(
    days: DateRange,
    format: Format,
    columns: Vec<Column<R>>,
    rows: &[R],
) -> Result<Export, ExportError> {
    let mut exporter = Exporter::new(format, columns, Vec::new())?;
    for row in rows {
        exporter.write(row)?;
    }
    let row_count = exporter.row_count();
    Ok(Export { row_count, days, pieces: Pieces::Whole(Some(exporter.finish()?)) })
}
