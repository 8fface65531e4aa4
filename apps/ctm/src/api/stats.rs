//! Reports over REST.

use super::Context;
use super::answers::Name;
use super::params::Params;
use super::problem::Problem;
use crate::report::{PageSort, Query, ReportError};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_aggregate::Bucket;
use serde::Serialize;

/// `GET /stats`
pub(super) async fn stats(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["compare"]);
    let (query, compare) = (params.query(&context), params.compare());
    answer(&request, &context, params, &query, None, || context.reporter.stats(&query, compare)).await
}

/// `GET /stats/daily`
pub(super) async fn daily(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["breakdown"]);
    let (query, by_model) = (params.query(&context), params.breakdown());
    let report = || context.reporter.daily(&query, Bucket::Day, by_model);
    answer(&request, &context, params, &query, None, report).await
}

/// `GET /stats/models`
pub(super) async fn models(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    answer(&request, &context, params, &query, None, || context.reporter.models(&query)).await
}

/// `GET /stats/projects`
pub(super) async fn projects(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_list(&request);
    let (query, page) = (params.query(&context), params.page(PageSort::Cost));
    answer(&request, &context, params, &query, None, || context.reporter.projects(&query, &page)).await
}

/// `GET /sessions`
pub(super) async fn sessions(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_list(&request);
    let (query, page) = (params.query(&context), params.page(PageSort::StartedAt));
    // Whether a session is active depends on the time.
    let minute = Some(context.clock.now_ms() / 60_000);
    let report = || context.reporter.sessions(&query, &page);
    answer(&request, &context, params, &query, minute, report).await
}

/// Answers a request, unless its parameters are wrong. What tells how long ago something was holds
/// for a `minute` only.
async fn answer<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
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
    match Name::of(request, context, context.reporter.today(query.tz)).await {
        Ok(name) => context.answers.answer(request, Name { minute, ..name }, report).await,
        Err(error) => Problem::from(error).response(request),
    }
}
