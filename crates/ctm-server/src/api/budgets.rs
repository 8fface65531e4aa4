//! Endpoints of budgets.

use super::Context;
use super::answers::Name;
use super::personal::{body_of, changed, removed};
use crate::http::Respond;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_api::budgets::budget;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_personal::StoredBudget;
use ctm_report::{BudgetCalendar, ReportError, wire};
use serde::Serialize;

/// `GET /budgets`
pub(super) async fn budgets(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::BUDGETS, request.query_string());
    let (calendar, at) = (calendar(&mut params, &context), params.budget_day());
    answer(&request, &context, params, calendar.tz, || context.archive.budgets(calendar, at, true)).await
}

/// `GET /budgets/{id}`
pub(super) async fn history(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::BUDGET_HISTORY, request.query_string());
    let calendar = calendar(&mut params, &context);
    let days = params.days(context.reporter.today(calendar.tz));
    let report = || context.archive.budget_history(&id, days, calendar);
    answer(&request, &context, params, calendar.tz, report).await
}

/// `POST /budgets`
pub(super) async fn add_budget(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let budget = body_of(&operations::ADD_BUDGET, &request, &body).and_then(|body| budget(&body));
    let added = async { Ok(context.personal.add_budget(&budget?, context.clock.now_ms()).await?) };
    changed::<StoredBudget, wire::Budget>(&request, &context, StatusCode::CREATED, added.await).await
}

/// `DELETE /budgets/{id}`
pub(super) async fn remove_budget(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    removed::<StoredBudget, wire::Budget>(&operations::REMOVE_BUDGET, &request, &context, &id).await
}

fn calendar(params: &mut Params, context: &Context) -> BudgetCalendar {
    BudgetCalendar { tz: params.tz().unwrap_or(context.settings.tz), week_start: params.week_start() }
}

/// Responds with a report that depends on the facts, the stored budgets, and the time.
async fn answer<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    context: &Context,
    params: Params,
    tz: Tz,
    report: impl FnOnce() -> F,
) -> HttpResponse {
    if let Err(problem) = params.finish() {
        return problem.response(request);
    }
    let name = async {
        let name = context.name_of(request, context.reporter.today(tz)).await?;
        let personal_version = context.personal.version().await?;
        Ok::<_, Problem>(Name { personal_version, minute: context.this_minute(), ..name })
    };
    match name.await {
        Ok(name) => context.answers.answer(request, name, report).await,
        Err(problem) => problem.response(request),
    }
}
