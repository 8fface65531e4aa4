//! Endpoints that need a database: tools, snapshots, one session, single responses, the audit.

use super::Context;
use super::answers::Name;
use super::params::Params;
use super::queries::{FilterQuery, HistoryQuery, LimitsQuery, PageQuery, ZoneQuery};
use super::stats::answer;
use crate::http::{Problem, Problems};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_report::{Order, PageSort, Query, ReportError, wire};
use serde::Serialize;

/// Tools with their numbers of calls and failures.
#[utoipa::path(get, path = "/api/v1/stats/tools", tag = "Statistics", params(FilterQuery),
    responses((status = 200, description = "The tools, the most called first.", body = wire::ToolStats), Problems))]
pub(super) async fn tools(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    answer(&request, &context, params, &query, None, || context.archive.tools(&query)).await
}

/// Snapshots of the totals, and the data coverage of each day.
#[utoipa::path(get, path = "/api/v1/stats/history", tag = "Statistics", params(HistoryQuery, PageQuery),
    responses((status = 200, description = "A page of snapshots, and the coverage of every day.", body = wire::History), Problems))]
pub(super) async fn history(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_list(&request, &["from", "to"]);
    let (from, to) = params.days(context.reporter.today(Tz::UTC));
    let page = params.page(PageSort::StartedAt, Order::Descending);
    // A snapshot changes nothing of the facts, so that the newest one is part of the answer's name.
    let newest = match context.archive.newest_snapshot_ms().await {
        Ok(newest) => newest,
        Err(error) => return Problem::from(error).response(&request),
    };
    answer_in(&request, &context, params, Tz::UTC, newest, || context.archive.history(from, to, &page)).await
}

/// Official rate limits, as Claude Code reported them to `ctm statusline`: now, over time, and when they were reached.
#[utoipa::path(get, path = "/api/v1/limits", tag = "Limits", params(LimitsQuery),
    responses((status = 200, description = "Nothing is estimated.", body = wire::Limits), Problems))]
pub(super) async fn limits(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&request, ["from", "to", "tz", "source"].iter());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let (from, to) = params.days(context.reporter.today(tz));
    let homes = params.homes(&context);
    if let Err(problem) = params.finish() {
        return problem.response(&request);
    }
    let name = async {
        let name = context.name_of(&request, context.reporter.today(tz)).await?;
        // Samples of limits are no facts, and have a version of their own.
        let data_version = context.archive.limits_version().await?;
        Ok::<_, ReportError>(Name { data_version, minute: context.this_minute(), ..name })
    };
    match name.await {
        Ok(name) => {
            let report = || context.archive.limits(from, to, tz, &homes);
            context.answers.answer(&request, name, report).await
        }
        Err(error) => Problem::from(error).response(&request),
    }
}

/// Line accounting, and Claude Code's own figures beside ours.
#[utoipa::path(get, path = "/api/v1/audit", tag = "Server", params(FilterQuery),
    responses((status = 200, description = "Every line is accounted for.", body = wire::Audit), Problems))]
pub(super) async fn audit(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_report(&request, &[]);
    let query = params.query(&context);
    let minute = context.this_minute();
    answer(&request, &context, params, &query, minute, || context.archive.audit(&query)).await
}

/// A session over all time, with its transcripts, tools and versions.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", tag = "Sessions", params(("id" = String, Path, description = "Id of the session."), ZoneQuery),
    responses((status = 200, description = "The session.", body = wire::SessionDetail), Problems))]
pub(super) async fn session(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&request, ["tz"].iter());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let minute = context.this_minute();
    answer_in(&request, &context, params, tz, minute, || context.archive.session(&id, tz)).await
}

/// The responses of a session.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/responses", tag = "Sessions", params(("id" = String, Path, description = "Id of the session."), PageQuery),
    responses((status = 200, description = "A page of responses, the earliest first.", body = wire::SessionResponses), Problems))]
pub(super) async fn session_responses(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let mut params = Params::of_list(&request, &[]);
    let page = params.page(PageSort::StartedAt, Order::Ascending);
    let report = || context.archive.session_responses(&id, &page);
    answer_in(&request, &context, params, Tz::UTC, None, report).await
}

/// Explains how a response was counted, down to the lines of the transcripts.
#[utoipa::path(get, path = "/api/v1/responses/{key}", tag = "Sessions", params(("key" = String, Path, description = "Key of the response.")),
    responses((status = 200, description = "Every copy, every billed part, the price and the calculation.", body = wire::ExplainedResponse), Problems))]
pub(super) async fn response(
    request: HttpRequest,
    key: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let params = Params::of(&request, [].iter());
    answer_in(&request, &context, params, Tz::UTC, None, || context.archive.response(&key)).await
}

/// Answers a request that has no filter, in the days of a zone.
async fn answer_in<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    context: &Context,
    params: Params,
    tz: Tz,
    minute: Option<i64>,
    report: impl FnOnce() -> F,
) -> HttpResponse {
    answer(request, context, params, &Query { tz, ..Query::all() }, minute, report).await
}
