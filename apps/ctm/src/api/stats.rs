//! Reports over REST.

use super::Context;
use super::params::Params;
use super::problem::Problem;
use crate::report::{PageSort, ReportError};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_aggregate::Bucket;
use serde::Serialize;

/// `GET /stats`
pub(super) async fn stats(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["compare"]);
    let (query, compare) = (params.query(&context), params.compare());
    answer(&request, params, || context.reporter.stats(&query, compare)).await
}

/// `GET /stats/daily`
pub(super) async fn daily(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &["breakdown"]);
    let (query, by_model) = (params.query(&context), params.breakdown());
    answer(&request, params, || context.reporter.daily(&query, Bucket::Day, by_model)).await
}

/// `GET /stats/models`
pub(super) async fn models(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    answer(&request, params, || context.reporter.models(&query)).await
}

/// `GET /stats/projects`
pub(super) async fn projects(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_list(&request);
    let (query, page) = (params.query(&context), params.page(PageSort::Cost));
    answer(&request, params, || context.reporter.projects(&query, &page)).await
}

/// `GET /sessions`
pub(super) async fn sessions(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_list(&request);
    let (query, page) = (params.query(&context), params.page(PageSort::StartedAt));
    answer(&request, params, || context.reporter.sessions(&query, &page)).await
}

/// Answers a request, unless its parameters are wrong.
async fn answer<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    params: Params,
    report: impl FnOnce() -> F,
) -> HttpResponse {
    let answer = match params.finish() {
        Ok(()) => report().await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(answer) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-cache")).json(answer),
        Err(problem) => problem.response(request),
    }
}
