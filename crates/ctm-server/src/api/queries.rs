//! The query parameters as the OpenAPI document tells them.
//!
//! [`super::params`] reads them; a test asks every operation for what it takes and compares.

#![expect(dead_code, reason = "these are there for what they say of themselves")]

use chrono::NaiveDate;
use utoipa::{IntoParams, ToSchema};

/// Which usage is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilterQuery {
    /// First day; without it the first day of use.
    from: Option<NaiveDate>,
    /// Last day; without it today.
    to: Option<NaiveDate>,
    /// Days relative to today, in place of `from` and `to`: `today`, `1d` to `3660d`, `1y`, `all`.
    #[param(pattern = "^(today|1y|all|[1-9][0-9]{0,3}d)$", example = "30d")]
    range: Option<String>,
    /// IANA time zone that days are counted in; without it the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
    /// Only these projects, as reports call them.
    project: Option<Vec<String>>,
    /// Only what was made in these working directories.
    cwd: Option<Vec<String>>,
    /// Only these models, as logged.
    model: Option<Vec<String>>,
    /// Only these sessions, by id.
    session: Option<Vec<String>>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
    /// Only subagents, or only main conversations.
    sidechain: Option<bool>,
}

/// Which page of a list is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// What `next_cursor` of the page before was.
    cursor: Option<String>,
    /// Which end comes first.
    #[param(inline)]
    order: Option<Order>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Order {
    Asc,
    Desc,
}

/// What a list is sorted by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SortQuery {
    /// What the list is sorted by.
    #[param(inline)]
    sort: Option<Sort>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Sort {
    StartedAt,
    LastAt,
    CostUsd,
    TotalTokens,
}

/// What a period is compared with.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CompareQuery {
    /// The period before of the same length (the default), or the same days a year earlier.
    #[param(inline)]
    compare: Option<Compare>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Compare {
    Previous,
    Year,
    None,
}

/// How days are told.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DailyQuery {
    /// Whether each day is told by model as well.
    #[param(inline)]
    breakdown: Option<Breakdown>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Breakdown {
    Model,
    None,
}

/// Which figure is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MetricQuery {
    /// The figure; without it the cost.
    #[param(inline)]
    metric: Option<Metric>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Metric {
    CostUsd,
    TotalTokens,
    InputTokens,
    OutputTokens,
    CacheReadTokens,
    #[schema(rename = "cache_write_5m_tokens")]
    CacheWrite5mTokens,
    #[schema(rename = "cache_write_1h_tokens")]
    CacheWrite1hTokens,
    Responses,
    Sessions,
    CacheHitRate,
}

/// What a trend shows.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TrendsQuery {
    /// The figure; without it the cost.
    #[param(inline)]
    metric: Option<Metric>,
    /// How long a bucket is; without it a day. Weeks begin on Monday. Of a period with more than
    /// 10,000 buckets, those without usage are left out.
    #[param(inline)]
    bucket: Option<Step>,
    /// What the series are; `kind` goes with the cost and with all tokens.
    #[param(inline)]
    group: Option<Group>,
    /// Series beside the one that takes the rest.
    #[param(minimum = 1, maximum = 100, default = 8)]
    series: Option<u16>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Step {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Group {
    None,
    Model,
    Project,
    Kind,
}

/// Which windows are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ActiveQuery {
    /// Only the window that goes on, or only the others.
    active: Option<bool>,
}

/// Which days are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// First day, in UTC; without it the first of which anything is known.
    from: Option<NaiveDate>,
    /// Last day, in UTC; without it today.
    to: Option<NaiveDate>,
}

/// Which days and homes are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LimitsQuery {
    /// First day; without it 29 days before the last.
    from: Option<NaiveDate>,
    /// Last day; without it today.
    to: Option<NaiveDate>,
    /// IANA time zone that days are counted in; without it the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
}

/// The zone of an answer.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ZoneQuery {
    /// IANA time zone that days are counted in; without it the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
}

/// What is exported, and how.
#[derive(ToSchema)]
pub(super) struct ExportRequest {
    // What these are is said where their values are: beside them it would be a second schema.
    #[schema(inline)]
    format: ExportFormat,
    #[schema(inline)]
    dataset: ExportDataset,
    /// Which usage; without it all.
    filter: Option<ExportFilter>,
    /// The fields, in order; without them all that the rows have.
    fields: Option<Vec<String>>,
}

/// The format of the file.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ExportFormat {
    Csv,
    Json,
    Ndjson,
}

/// What the rows are.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ExportDataset {
    Daily,
    Models,
    Projects,
    Sessions,
    Responses,
}

/// Which usage is exported: the filter of every report.
#[derive(ToSchema)]
pub(super) struct ExportFilter {
    /// First day.
    from: Option<NaiveDate>,
    /// Last day.
    to: Option<NaiveDate>,
    /// Days relative to today, in place of `from` and `to`.
    #[schema(pattern = "^(today|1y|all|[1-9][0-9]{0,3}d)$")]
    range: Option<String>,
    /// IANA time zone that days are counted in.
    tz: Option<String>,
    /// Only these projects.
    project: Option<Vec<String>>,
    /// Only what was made in these working directories.
    cwd: Option<Vec<String>>,
    /// Only these models.
    model: Option<Vec<String>>,
    /// Only these sessions.
    session: Option<Vec<String>>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
    /// Only subagents, or only main conversations.
    sidechain: Option<bool>,
}
