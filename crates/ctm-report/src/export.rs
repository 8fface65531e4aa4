//! Export of tables as files: rows of a report, or every response.
//!
//! # Design
//! A file is created in pieces, on demand: the sender requests the next one when the last one was sent.
//! Tables of reports are complete from the start. Responses are read page by page, each beginning after the
//! last row of the previous one, so that a million of them need no more memory than a thousand. Reading them
//! in one statement was rejected: it would occupy a reader of the database for as long as a slow client
//! takes.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::{PageQuery, PageSort};
use super::query::{Compare, Query, SessionQuery};
use super::reporter::Reporter;
use super::responses::response_item;
use super::wire::{self, HasUsage};
use chrono::NaiveDate;
use ctm_aggregate::{Bucket, DateRange, HourOfWeek, Ledger, NamedUsage};
use ctm_export::{Cell, Column, Exporter, Format, UnknownField, select};
use ctm_facts::{CatalogNames, ResponseCursor, ResponseFilter, ResponsePage, TimeOrder, UsageFilter};
use ctm_pricing::PriceBook;
use ctm_storage::Store;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Responses per read.
const PAGE: usize = 1_000;

/// Data sets that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dataset {
    /// Days.
    Daily,
    /// Models.
    Models,
    /// Models of each day.
    DailyModels,
    /// Projects.
    Projects,
    /// Projects of each day.
    DailyProjects,
    /// Sessions.
    Sessions,
    /// Single responses.
    Responses,
    /// Notes about days.
    Notes,
    /// Saved views.
    Views,
}

impl Dataset {
    /// All data sets.
    pub const ALL: [Self; 9] = [
        Self::Daily,
        Self::Models,
        Self::DailyModels,
        Self::Projects,
        Self::DailyProjects,
        Self::Sessions,
        Self::Responses,
        Self::Notes,
        Self::Views,
    ];

    /// Returns the name, which is also the beginning of the file name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Models => "models",
            Self::DailyModels => "daily-models",
            Self::Projects => "projects",
            Self::DailyProjects => "daily-projects",
            Self::Sessions => "sessions",
            Self::Responses => "responses",
            Self::Notes => "notes",
            Self::Views => "views",
        }
    }

    /// Returns the names of the given filters that it does not have: `tool` and `failed` select responses, an hour of
    /// the week responses and sessions.
    #[must_use]
    pub fn refused(self, only: &ResponseFilter, hour_of_week: Option<HourOfWeek>) -> Vec<&'static str> {
        let is_of_responses = self == Self::Responses;
        let given = [
            ("tool", only.tool.is_some() && !is_of_responses),
            ("failed", only.failed && !is_of_responses),
            ("hour", hour_of_week.is_some() && !is_of_responses && self != Self::Sessions),
        ];
        given.into_iter().filter(|(_, is_refused)| *is_refused).map(|(name, _)| name).collect()
    }

    /// Returns the fields of its rows.
    #[must_use]
    pub fn fields(self) -> Vec<&'static str> {
        fn names<R>(columns: &[Column<R>]) -> Vec<&'static str> {
            columns.iter().map(Column::name).collect()
        }
        match self {
            Self::Daily => names(&day_columns()),
            Self::Models => names(&model_columns()),
            Self::DailyModels => names(&part_columns("model")),
            Self::Projects => names(&project_columns()),
            Self::DailyProjects => names(&part_columns("project")),
            Self::Sessions => names(&session_columns()),
            Self::Responses => names(&response_columns()),
            Self::Notes => names(&note_columns()),
            Self::Views => names(&view_columns()),
        }
    }
}

/// What is exported of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportQuery {
    /// The data set.
    pub dataset: Dataset,
    /// The further filter of responses.
    pub only: ResponseFilter,
    /// Only sessions or responses in this hour of the week.
    pub hour_of_week: Option<HourOfWeek>,
}

impl From<Dataset> for ExportQuery {
    fn from(dataset: Dataset) -> Self {
        Self { dataset, only: ResponseFilter::default(), hour_of_week: None }
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
                let columns = select(&part_columns("model"), fields)?;
                whole(days, format, columns, &reporter.days_by(query, Ledger::usage_by_model).await?)
            }
            Dataset::DailyProjects => {
                let columns = select(&part_columns("project"), fields)?;
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
                let sessions = SessionQuery { hour_of_week: wanted.hour_of_week, ..page.into() };
                whole(days, format, columns, &reporter.sessions(query, &sessions).await?.items)
            }
            Dataset::Responses => {
                let columns = select(&response_columns(), fields)?;
                let gathered = reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
                let (filter, only) =
                    self.filters(query, &gathered, wanted.only.clone(), wanted.hour_of_week).await?;
                self.paged(days, format, columns, filter, only).await
            }
            Dataset::Notes => {
                let columns = select(&note_columns(), fields)?;
                whole(days, format, columns, &self.notes_of(query).await?)
            }
            Dataset::Views => {
                whole(days, format, select(&view_columns(), fields)?, &self.views().await?.items)
            }
        }
    }

    async fn paged(
        &self,
        days: DateRange,
        format: Format,
        columns: Vec<Column<wire::Response>>,
        filter: UsageFilter,
        only: ResponseFilter,
    ) -> Result<Export, ExportError> {
        let row_count = self.store.count_responses(&filter, &only).await.map_err(ReportError::from)?;
        let (sender, written) = channel();
        let paged = Paged {
            exporter: Some(Exporter::new(format, columns, Sink(sender))?),
            written,
            store: self.store.clone(),
            prices: Arc::clone(&self.reporter.prices),
            filter,
            only,
            after: None,
        };
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

/// Responses that are read and written a page at a time.
struct Paged {
    /// `None` once the file is complete.
    exporter: Option<Exporter<wire::Response, Sink>>,
    /// Output of the exporter.
    written: Receiver<Vec<u8>>,
    store: Store,
    prices: Arc<PriceBook>,
    filter: UsageFilter,
    only: ResponseFilter,
    /// The last response that was written.
    after: Option<ResponseCursor>,
}

impl Paged {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let Some(exporter) = &mut self.exporter else { return Ok(None) };
        let page = ResponsePage {
            after: self.after.take(),
            limit: PAGE,
            order: TimeOrder::OldestFirst,
            only: self.only.clone(),
        };
        let mut responses = self.store.responses(&self.filter, &page).await.map_err(ReportError::from)?;
        for response in &mut responses {
            // As in every other report, parts of other models are omitted.
            let models = &self.filter.models;
            response.parts.retain(|part| models.is_empty() || models.contains(&part.billing.model));
            exporter.write(&response_item(response, &self.prices))?;
        }
        self.after = responses.last().map(ResponseCursor::of);
        if responses.len() < PAGE
            && let Some(exporter) = self.exporter.take()
        {
            exporter.finish()?;
        }
        Ok(Some(self.written.try_iter().flatten().collect()))
    }
}

/// Forwards everything that is written to it.
struct Sink(Sender<Vec<u8>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Columns of a table of days.
#[must_use]
pub fn day_columns() -> Vec<Column<wire::Day>> {
    with_usage([Column::new("date", |day| Cell::Date(day.date))])
}

/// Columns of a table of models.
#[must_use]
pub fn model_columns() -> Vec<Column<wire::Model>> {
    with_usage([
        Column::new("model", |model| Cell::Text(&model.model)),
        Column::new("priced_as", |model| text(model.priced_as.as_ref())),
    ])
}

/// Columns of a table of projects.
#[must_use]
pub fn project_columns() -> Vec<Column<wire::Project>> {
    with_usage([Column::new("project", |project| Cell::Text(&project.project))])
}

/// Columns of a table of sessions.
#[must_use]
pub fn session_columns() -> Vec<Column<wire::Session>> {
    with_usage([
        Column::new("session", |session| Cell::Text(&session.id)),
        Column::new("project", |session| Cell::Text(&session.project)),
        Column::new("branch", |session| text(session.branch.as_ref())),
        Column::new("started_at", |session| session.started_at.map(|at| Cell::Time(at.0)).into()),
        Column::new("ended_at", |session| session.ended_at.map(|at| Cell::Time(at.0)).into()),
    ])
}

fn part_columns(name: &'static str) -> Vec<Column<PartOfDay>> {
    with_usage([
        Column::new("date", |part: &PartOfDay| Cell::Date(part.date)),
        Column::new(name, |part| Cell::Text(&part.name)),
    ])
}

fn response_columns() -> Vec<Column<wire::Response>> {
    vec![
        Column::new("key", |response| Cell::Text(&response.key)),
        Column::new("at", |response| Cell::Time(response.at.0)),
        Column::new("session", |response| Cell::Text(&response.session)),
        Column::new("project", |response| Cell::Text(&response.project)),
        Column::new("cwd", |response| Cell::Text(&response.cwd)),
        Column::new("model", |response| Cell::Text(&response.model)),
        Column::new("input_tokens", |response| Cell::Count(response.tokens.input_tokens)),
        Column::new("output_tokens", |response| Cell::Count(response.tokens.output_tokens)),
        Column::new("cache_read_tokens", |response| Cell::Count(response.tokens.cache_read_tokens)),
        Column::new("cache_write_5m_tokens", |response| Cell::Count(response.tokens.cache_write_5m_tokens)),
        Column::new("cache_write_1h_tokens", |response| Cell::Count(response.tokens.cache_write_1h_tokens)),
        Column::new("total_tokens", |response| Cell::Count(response.tokens.total_tokens)),
        Column::new("cost_usd", |response| response.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("unpriced_tokens", |response| Cell::Count(response.unpriced_tokens)),
        Column::new("web_searches", |response| Cell::Count(response.web_searches)),
        Column::new("context_tokens", |response| Cell::Count(response.context_tokens)),
        Column::new("sidechain", |response| Cell::Flag(response.sidechain)),
        Column::new("agent", |response| text(response.agent.as_ref())),
        Column::new("copies", |response| Cell::Count(response.copies)),
        Column::new("final", |response| Cell::Flag(response.r#final)),
        Column::new("file", |response| Cell::Text(&response.source.file)),
        Column::new("line_offset", |response| Cell::Count(response.source.line_offset)),
        Column::new("skill", |response| text(response.details.skill.as_ref())),
        Column::new("plugin", |response| text(response.details.plugin.as_ref())),
        Column::new("attributed_agent", |response| text(response.details.attributed_agent.as_ref())),
        Column::new("mcp_server", |response| text(response.details.mcp_server.as_ref())),
        Column::new("mcp_tool", |response| text(response.details.mcp_tool.as_ref())),
        Column::new("effort", |response| text(response.details.effort.as_ref())),
        Column::new("thinking_tokens", |response| response.details.thinking_tokens.map(Cell::Count).into()),
        Column::new("cache_miss_reason", |response| text(response.details.cache_miss_reason.as_ref())),
        Column::new("cache_missed_tokens", |response| {
            response.details.cache_missed_tokens.map(Cell::Count).into()
        }),
        Column::new("refusal_category", |response| text(response.details.refusal_category.as_ref())),
        Column::new("entrypoint", |response| text(response.details.entrypoint.as_ref())),
        Column::new("team", |response| text(response.details.team.as_ref())),
        Column::new("teammate", |response| text(response.details.teammate.as_ref())),
        Column::new("certainty", |response| Cell::Text(response.certainty.name())),
    ]
}

fn note_columns() -> Vec<Column<wire::Note>> {
    vec![
        Column::new("id", |note| Cell::Text(&note.id)),
        Column::new("date", |note| Cell::Date(note.date)),
        Column::new("text", |note| Cell::Text(&note.text)),
        Column::new("created_at", |note| Cell::Time(note.created_at.0)),
        Column::new("changed_at", |note| Cell::Time(note.changed_at.0)),
    ]
}

fn view_columns() -> Vec<Column<wire::View>> {
    vec![
        Column::new("id", |view| Cell::Text(&view.id)),
        Column::new("name", |view| Cell::Text(&view.name)),
        Column::new("path", |view| Cell::Text(&view.path)),
        Column::new("created_at", |view| Cell::Time(view.created_at.0)),
        Column::new("changed_at", |view| Cell::Time(view.changed_at.0)),
    ]
}

fn text(text: Option<&String>) -> Cell<'_> {
    text.map(|text| Cell::Text(text)).into()
}

/// Adds the columns common to all tables of usage.
#[must_use]
pub fn with_usage<R: HasUsage, const N: usize>(names: [Column<R>; N]) -> Vec<Column<R>> {
    let usage = [
        Column::new("input_tokens", |row: &R| Cell::Count(row.usage().input_tokens)),
        Column::new("output_tokens", |row| Cell::Count(row.usage().output_tokens)),
        Column::new("cache_read_tokens", |row| Cell::Count(row.usage().cache_read_tokens)),
        Column::new("cache_write_5m_tokens", |row| Cell::Count(row.usage().cache_write_5m_tokens)),
        Column::new("cache_write_1h_tokens", |row| Cell::Count(row.usage().cache_write_1h_tokens)),
        Column::new("total_tokens", |row| Cell::Count(row.usage().total_tokens)),
        Column::new("cost_usd", |row| row.usage().cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("web_searches", |row| Cell::Count(row.usage().web_searches)),
        Column::new("responses", |row| Cell::Count(row.usage().responses)),
        Column::new("sessions", |row| Cell::Count(row.usage().sessions)),
        Column::new("cache_hit_rate", |row| row.usage().cache_hit_rate.map(Cell::Rate).into()),
        Column::new("unpriced_tokens", |row| Cell::Count(row.usage().unpriced_tokens)),
        Column::new("unfinalised_responses", |row| Cell::Count(row.usage().unfinalised_responses)),
        Column::new("certainty", |row| Cell::Text(row.usage().certainty.name())),
    ];
    names.into_iter().chain(usage).collect()
}
