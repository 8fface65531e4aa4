//! Reports over REST.

use super::Context;
use super::answers::Name;
use super::params::Params;
use super::queries::{
    ActiveQuery, CompareQuery, DailyQuery, FilterQuery, MetricQuery, PageQuery, SortQuery, TrendsQuery,
};
use crate::http::{Problem, Problems};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_aggregate::Bucket;
use ctm_report::{Order, PageSort, Query, ReportError, wire};
use serde::Serialize;

/// Totals of a period and of today, and the change from the previous period.
#[utoipa::path(get, path = "/api/v1/stats", tag = "Statistics", params(FilterQuery, CompareQuery),
    responses((status = 200, description = "The totals.", body = wire::Stats), Problems))]
pub(super) async fn stats(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["compare"]);
    let (query, compare) = (params.query(&context), params.compare());
    answer(&request, &context, params, &query, None, || context.reporter.stats(&query, compare)).await
}

/// Usage by day.
#[utoipa::path(get, path = "/api/v1/stats/daily", tag = "Statistics", params(FilterQuery, DailyQuery),
    responses((status = 200, description = "Every day of the period; days without usage are zero.", body = wire::DailyStats), Problems))]
pub(super) async fn daily(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["breakdown"]);
    let (query, by_model) = (params.query(&context), params.breakdown());
    let report = || context.reporter.daily(&query, Bucket::Day, by_model);
    answer(&request, &context, params, &query, None, report).await
}

/// Usage by model, with the price of each.
#[utoipa::path(get, path = "/api/v1/stats/models", tag = "Statistics", params(FilterQuery),
    responses((status = 200, description = "The models, the most expensive first.", body = wire::ModelStats), Problems))]
pub(super) async fn models(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    answer(&request, &context, params, &query, None, || context.reporter.models(&query)).await
}

/// Usage by project.
#[utoipa::path(get, path = "/api/v1/stats/projects", tag = "Statistics", params(FilterQuery, PageQuery, SortQuery),
    responses((status = 200, description = "A page of projects.", body = wire::ProjectStats), Problems))]
pub(super) async fn projects(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_filtered_list(&request, &["sort"]);
    let (query, sort) = (params.query(&context), params.sort(PageSort::Cost));
    let page = params.page(sort, Order::Descending);
    answer(&request, &context, params, &query, None, || context.reporter.projects(&query, &page)).await
}

/// Usage by Claude home, such as accounts or copies of other machines' homes.
#[utoipa::path(get, path = "/api/v1/stats/sources", tag = "Statistics", params(FilterQuery),
    responses((status = 200, description = "The homes, the most expensive first.", body = wire::SourceStats), Problems))]
pub(super) async fn sources(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    answer(&request, &context, params, &query, None, || context.reporter.sources(&query)).await
}

/// A metric over time, split into series.
#[utoipa::path(get, path = "/api/v1/stats/trends", tag = "Statistics", params(FilterQuery, TrendsQuery, CompareQuery),
    responses((status = 200, description = "Columns, for charts.", body = wire::TrendStats), Problems))]
pub(super) async fn trends(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["metric", "bucket", "group", "series", "compare"]);
    let (query, trend) = (params.query(&context), params.trend());
    answer(&request, &context, params, &query, None, || context.reporter.trends(&query, trend)).await
}

/// A metric by weekday and hour.
#[utoipa::path(get, path = "/api/v1/stats/activity", tag = "Statistics", params(FilterQuery, MetricQuery),
    responses((status = 200, description = "The hours of the week.", body = wire::ActivityStats), Problems))]
pub(super) async fn activity(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["metric"]);
    let (query, metric) = (params.query(&context), params.metric());
    answer(&request, &context, params, &query, None, || context.reporter.activity(&query, metric)).await
}

/// Sessions with their usage.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "Sessions", params(FilterQuery, PageQuery, SortQuery),
    responses((status = 200, description = "A page of sessions.", body = wire::Sessions), Problems))]
pub(super) async fn sessions(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_filtered_list(&request, &["sort"]);
    let (query, sort) = (params.query(&context), params.sort(PageSort::StartedAt));
    let page = params.page(sort, Order::Descending);
    let report = || context.reporter.sessions(&query, &page);
    answer(&request, &context, params, &query, context.this_minute(), report).await
}

/// Five-hour blocks: an estimate of the windows of subscription limits.
#[utoipa::path(get, path = "/api/v1/blocks", tag = "Limits", params(FilterQuery, PageQuery, ActiveQuery),
    responses((status = 200, description = "The active block, and a page of all blocks.", body = wire::Blocks), Problems))]
pub(super) async fn blocks(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_filtered_list(&request, &["active"]);
    let (query, active) = (params.query(&context), params.active());
    let page = params.page(PageSort::StartedAt, Order::Descending);
    let report = || context.reporter.blocks(&query, &page, active);
    answer(&request, &context, params, &query, context.this_minute(), report).await
}

/// Answers a request, unless its parameters are wrong. A body that shows how long ago something was holds
/// for a `minute` only.
pub(super) async fn answer<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    context: &Context,
    params: Params,
    query: &Query,
    minute: Option<i64>,
    report: impl FnOnce() -> F,
) -> HttpResponse {
    if let Err(problem) = params.finish() {
        return problem.response(request);
    }
    match context.name_of(request, context.reporter.today(query.tz)).await {
        Ok(name) => context.answers.answer(request, Name { minute, ..name }, report).await,
        Err(error) => Problem::from(error).response(request),
    }
}
