//! The query parameters, as the OpenAPI document describes them.
//!
//! [`super::params`] reads them; a test asks every operation for what it takes and compares.

#![expect(dead_code, reason = "these are there for what they say of themselves")]

use chrono::NaiveDate;
use utoipa::{IntoParams, ToSchema};

/// The filter of the usage.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilterQuery {
    /// First day; defaults to the first day with usage.
    from: Option<NaiveDate>,
    /// Last day; defaults to today.
    to: Option<NaiveDate>,
    /// Days relative to today, in place of `from` and `to`: `today`, `1d` to `3660d`, `1y`, `all`.
    #[param(pattern = "^(today|1y|all|[1-9][0-9]{0,3}d)$", example = "30d")]
    range: Option<String>,
    /// IANA time zone of the days; defaults to the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
    /// Only these projects, by name.
    project: Option<Vec<String>>,
    /// Only usage from these working directories.
    cwd: Option<Vec<String>>,
    /// Only these models, as logged.
    model: Option<Vec<String>>,
    /// Only these sessions, by id.
    session: Option<Vec<String>>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
    /// Only usage of subagents, or only usage of main conversations.
    sidechain: Option<bool>,
}

/// The requested page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Number of items per page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Sort order.
    #[param(inline)]
    order: Option<Order>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Order {
    Asc,
    Desc,
}

/// Sort key of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SortQuery {
    /// Sort key.
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

/// The period of comparison.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CompareQuery {
    /// The previous period of the same length (the default), or the same days a year earlier.
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

/// The form of the days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DailyQuery {
    /// Include a per-model breakdown for each day.
    #[param(inline)]
    breakdown: Option<Breakdown>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Breakdown {
    Model,
    None,
}

/// The requested metric.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MetricQuery {
    /// The metric; defaults to the cost.
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

/// Options of a trend.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TrendsQuery {
    /// The metric; defaults to the cost.
    #[param(inline)]
    metric: Option<Metric>,
    /// Length of a bucket; defaults to a day. Weeks begin on Monday. In a period of more than 10,000 buckets,
    /// buckets without usage are omitted.
    #[param(inline)]
    bucket: Option<Step>,
    /// Split of the series; `kind` applies to the cost and to all tokens.
    #[param(inline)]
    group: Option<Group>,
    /// Maximum number of series, besides one for the rest.
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

/// The requested blocks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ActiveQuery {
    /// Only the active block, or only past blocks.
    active: Option<bool>,
}

/// The requested days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// First day, in UTC; defaults to the first day with data.
    from: Option<NaiveDate>,
    /// Last day, in UTC; defaults to today.
    to: Option<NaiveDate>,
}

/// The requested days and homes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LimitsQuery {
    /// First day; defaults to 29 days before the last day.
    from: Option<NaiveDate>,
    /// Last day; defaults to today.
    to: Option<NaiveDate>,
    /// IANA time zone of the days; defaults to the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
}

/// The zone of an answer.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ZoneQuery {
    /// IANA time zone of the days; defaults to the server's.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
}

/// The data set to export, and its format.
#[derive(ToSchema)]
pub(super) struct ExportRequest {
    // What these are is said where their values are: beside them it would be a second schema.
    #[schema(inline)]
    format: ExportFormat,
    #[schema(inline)]
    dataset: ExportDataset,
    /// Filter of the usage; defaults to everything.
    filter: Option<ExportFilter>,
    /// The fields, in order; defaults to all fields of the rows.
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

/// The kind of rows.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ExportDataset {
    Daily,
    Models,
    Projects,
    Sessions,
    Responses,
}

/// Filter of the exported usage, as in every report.
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
    /// Only usage from these working directories.
    cwd: Option<Vec<String>>,
    /// Only these models.
    model: Option<Vec<String>>,
    /// Only these sessions.
    session: Option<Vec<String>>,
    /// Only these Claude homes, by label.
    source: Option<Vec<String>>,
    /// Only usage of subagents, or only usage of main conversations.
    sidechain: Option<bool>,
}
