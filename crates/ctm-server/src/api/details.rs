//! Endpoints that require a database: tools, snapshots, a session, single responses, the audit.

use super::Context;
use super::answers::Name;
use super::stats::answer;
use crate::http::Respond;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_api::operations::{self, Operation};
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::targets::NowAnswer;
use ctm_report::{BY, COMPARED_WHAT, Order, PageSort, Period, Query, ReportError};
use serde::Serialize;

/// `GET /stats/tools`
pub(super) async fn tools(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::TOOLS, request.query_string());
    let (query, compare) = (context.query(&mut params), params.compare_items());
    let report = || context.archive.tools(&query, compare);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /stats/changes`
pub(super) async fn changes(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::CHANGES, request.query_string());
    let (query, wanted) = (context.query(&mut params), params.changes());
    let report = || context.archive.changes(&query, wanted);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /why`
pub(super) async fn why(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::WHY, request.query_string());
    let (query, wanted) = (context.query(&mut params), params.why());
    let report = || context.archive.why(&query, wanted);
    answer(&request, &context, params, &query, context.this_quarter(), report).await
}

/// `GET /by/{what}`
pub(super) async fn by(request: HttpRequest, what: Path<String>, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::BY, request.query_string());
    let (query, limit) = (context.query(&mut params), params.most_items());
    let Some((_, by)) = BY.iter().find(|(name, _)| *name == *what) else {
        return Problem::from(ReportError::Unknown { what: "report by", name: what.into_inner() })
            .response(&request);
    };
    answer(&request, &context, params, &query, None, || context.archive.by(&query, *by, limit)).await
}

/// `GET /cache`
pub(super) async fn cache(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::CACHE, request.query_string());
    let (query, by, limit) = (context.query(&mut params), params.cache_by(), params.most_items());
    answer(&request, &context, params, &query, None, || context.archive.cache(&query, by, limit)).await
}

/// `GET /drivers`
pub(super) async fn drivers(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::DRIVER_STATS, request.query_string());
    let query = context.query(&mut params);
    answer(&request, &context, params, &query, None, || context.archive.drivers(&query)).await
}

/// `GET /hooks`
pub(super) async fn hooks(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::HOOKS, request.query_string());
    let query = context.query(&mut params);
    answer(&request, &context, params, &query, None, || context.archive.hooks(&query)).await
}

/// `GET /concurrency`
pub(super) async fn concurrency(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::CONCURRENCY, request.query_string());
    let (query, step) = (context.query(&mut params), params.step());
    answer(&request, &context, params, &query, None, || context.archive.concurrency(&query, step)).await
}

/// `GET /compare/{what}`
pub(super) async fn compare(
    request: HttpRequest,
    what: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let mut params = Params::of(&operations::COMPARED, request.query_string());
    let Some((_, by)) = COMPARED_WHAT.iter().find(|(name, _)| *name == *what) else {
        return Problem::from(ReportError::Unknown { what: "comparison of", name: what.into_inner() })
            .response(&request);
    };
    let (query, wanted) = (context.query(&mut params), params.comparison(*by));
    answer(&request, &context, params, &query, None, || context.archive.comparison(&query, &wanted)).await
}

/// `GET /what-if`
pub(super) async fn what_if(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::WHAT_IF, request.query_string());
    let (query, wanted) = (context.query(&mut params), params.what_if(&context.reporter));
    answer(&request, &context, params, &query, None, || context.archive.what_if(&query, &wanted)).await
}

/// `GET /stats/history`
pub(super) async fn history(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::HISTORY, request.query_string());
    let (from, to) = params.days(context.reporter.today(Tz::UTC));
    let page = params.page(PageSort::StartedAt, Order::Descending);
    // A snapshot does not change the facts, so the newest one is part of the cache key.
    let newest = match context.archive.newest_snapshot_ms().await {
        Ok(newest) => newest.map(i64::from),
        Err(error) => return Problem::from(error).response(&request),
    };
    answer_in(&request, &context, params, Tz::UTC, newest, || context.archive.history(from, to, &page)).await
}

/// `GET /limits`
pub(super) async fn limits(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    // The facts change nothing in it, but the time does.
    let name = |name: Name| Name { data_version: name.limits_version, minute: context.this_minute(), ..name };
    let archive = &context.archive;
    let report = |of: LimitsQuery| async move { archive.limits(of.from, of.to, of.tz, &of.homes).await };
    answer_of_limits(&request, &context, &operations::LIMITS, name, report).await
}

/// `GET /limits/calibration`
pub(super) async fn calibration(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let archive = &context.archive;
    let report =
        |of: LimitsQuery| async move { archive.calibrations(of.from, of.to, of.tz, &of.homes).await };
    answer_of_limits(&request, &context, &operations::CALIBRATION, |name| name, report).await
}

/// A query of official limits.
struct LimitsQuery {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    tz: Tz,
    homes: Vec<String>,
}

/// Answers a query of official limits, whose samples have a version of their own; `name` adapts the cache key.
async fn answer_of_limits<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    context: &Context,
    operation: &'static Operation,
    name: impl FnOnce(Name) -> Name,
    report: impl FnOnce(LimitsQuery) -> F,
) -> HttpResponse {
    let mut params = Params::of(operation, request.query_string());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let (from, to) = params.days(context.reporter.today(tz));
    let homes = params.homes(&context.reporter);
    if let Err(problem) = params.finish() {
        return problem.response(request);
    }
    let named = async {
        let named = context.name_of(request, context.reporter.today(tz)).await?;
        Ok::<_, ReportError>(Name { limits_version: context.archive.limits_version().await?, ..named })
    };
    match named.await {
        Ok(named) => {
            let report = || report(LimitsQuery { from, to, tz, homes });
            context.answers.answer(request, name(named), report).await
        }
        Err(error) => Problem::from(error).response(request),
    }
}

/// `GET /now`
pub(super) async fn now(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::NOW, request.query_string());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let week_start = params.week_start();
    let of = params.projects_and_homes(&context.reporter);
    if let Err(problem) = params.finish() {
        return problem.response(&request);
    }
    let name = async {
        let name = context.name_of(&request, context.reporter.today(tz)).await?;
        let limits_version = context.archive.limits_version().await?;
        let personal_version = context.personal.version().await.map_err(Problem::Unavailable)?;
        let targets = context.personal.targets().await?.into();
        let minute = context.this_minute();
        Ok::<_, Problem>((Name { limits_version, personal_version, minute, ..name }, targets))
    };
    match name.await {
        Ok((name, targets)) => {
            let report = || async {
                let now = context.archive.now(tz, week_start, &of).await?;
                Ok(NowAnswer { now, targets })
            };
            context.answers.answer(&request, name, report).await
        }
        Err(problem) => problem.response(&request),
    }
}

/// `GET /forecast`
pub(super) async fn forecast(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::FORECAST, request.query_string());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let week_start = params.week_start();
    let of = params.projects_and_homes(&context.reporter);
    let query = Query { period: Period::ALL, tz, filter: of.clone() };
    let quarter = context.this_quarter();
    let report = || context.reporter.forecast(tz, week_start, &of);
    answer(&request, &context, params, &query, quarter, report).await
}

/// `GET /audit`
pub(super) async fn audit(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::AUDIT, request.query_string());
    let query = context.query(&mut params);
    let minute = context.this_minute();
    answer(&request, &context, params, &query, minute, || context.archive.audit(&query)).await
}

/// `GET /sessions/{id}`
pub(super) async fn session(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::SESSION, request.query_string());
    let tz = params.tz().unwrap_or(context.settings.tz);
    let minute = context.this_minute();
    answer_in(&request, &context, params, tz, minute, || context.archive.session(&id, tz)).await
}

/// `GET /sessions/{id}/responses`
pub(super) async fn session_responses(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let mut params = Params::of(&operations::SESSION_RESPONSES, request.query_string());
    let page = params.page(PageSort::StartedAt, Order::Ascending);
    let report = || context.archive.session_responses(&id, &page);
    answer_in(&request, &context, params, Tz::UTC, None, report).await
}

/// `GET /responses`
pub(super) async fn responses(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::RESPONSES, request.query_string());
    let (query, wanted) = (context.query(&mut params), params.responses());
    let report = || context.archive.responses(&query, &wanted);
    answer(&request, &context, params, &query, None, report).await
}

/// `GET /responses/{key}`
pub(super) async fn response(
    request: HttpRequest,
    key: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let params = Params::of(&operations::RESPONSE, request.query_string());
    answer_in(&request, &context, params, Tz::UTC, None, || context.archive.response(&key)).await
}

/// Responds to a request without a filter, in the days of a zone.
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
