//! Reports over REST.

use super::Context;
use super::answers::Name;
use crate::http::Respond;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_aggregate::Bucket;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_report::{Order, PageSort, Query, ReportError};
use serde::Serialize;

/// `GET /stats`
pub(super) async fn stats(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::STATS, request.query_string());
    let (query, compare) = (context.query(&mut params), params.compare());
    let report = || context.reporter.stats(&query, compare);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /stats/daily`
pub(super) async fn daily(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::DAILY, request.query_string());
    let (query, by_model) = (context.query(&mut params), params.breakdown());
    let report = || context.reporter.daily(&query, Bucket::Day, by_model);
    answer(&request, &context, params, &query, None, report).await
}

/// `GET /stats/models`
pub(super) async fn models(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::MODELS, request.query_string());
    let (query, compare) = (context.query(&mut params), params.compare_items());
    let report = || context.reporter.models(&query, compare);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /stats/projects`
pub(super) async fn projects(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::PROJECTS, request.query_string());
    let (query, sort) = (context.query(&mut params), params.sort(PageSort::Cost));
    let (page, compare) = (params.page(sort, Order::Descending), params.compare_items());
    let report = || context.reporter.projects(&query, &page, compare);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /stats/sources`
pub(super) async fn sources(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::SOURCES, request.query_string());
    let query = context.query(&mut params);
    answer(&request, &context, params, &query, None, || context.reporter.sources(&query)).await
}

/// `GET /worth`
pub(super) async fn worth(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::WORTH, request.query_string());
    let query = context.query(&mut params);
    answer(&request, &context, params, &query, None, || context.reporter.worth(&query)).await
}

/// `GET /stats/trends`
pub(super) async fn trends(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::TRENDS, request.query_string());
    let (query, trend) = (context.query(&mut params), params.trend());
    let report = || context.reporter.trends(&query, trend);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /stats/activity`
pub(super) async fn activity(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::ACTIVITY, request.query_string());
    let (query, metric) = (context.query(&mut params), params.metric());
    answer(&request, &context, params, &query, None, || context.reporter.activity(&query, metric)).await
}

/// `GET /sessions`
pub(super) async fn sessions(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::SESSIONS, request.query_string());
    let (query, sort) = (context.query(&mut params), params.sort(PageSort::StartedAt));
    let wanted = params.sessions(sort);
    let report = || context.reporter.sessions(&query, &wanted);
    answer(&request, &context, params, &query, context.this_minute(), report).await
}

/// `GET /blocks`
pub(super) async fn blocks(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::BLOCKS, request.query_string());
    let (query, active) = (context.query(&mut params), params.active());
    let page = params.page(PageSort::StartedAt, Order::Descending);
    let report = || context.reporter.blocks(&query, &page, active);
    answer(&request, &context, params, &query, context.this_minute(), report).await
}

/// Responds to a request, unless its parameters are invalid. A body with relative times is only valid for a
/// `minute`.
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
