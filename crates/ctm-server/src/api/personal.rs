//! Endpoints of personal records: notes, with the markers beside them, and saved views.

use super::Context;
use super::stats::answer;
use crate::http::{Respond, check_change};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_api::json::{Object, json_body};
use ctm_api::notes::{note, note_change};
use ctm_api::operations::{self, Operation};
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::views::{view, view_change};
use ctm_personal::{Kind, Note, Record, View};
use ctm_report::{Query, ReportError, wire};
use serde::Serialize;
use serde_json::{Map, Value};

/// `GET /markers`
pub(super) async fn markers(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::MARKERS, request.query_string());
    let query = context.query(&mut params);
    listed(&request, &context, params, &query, || context.archive.markers(&query)).await
}

/// `GET /notes`
pub(super) async fn notes(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::NOTES, request.query_string());
    let (from, to) = params.days(context.reporter.today(Tz::UTC));
    listed(&request, &context, params, &Query::all(), || context.archive.notes(from, to)).await
}

/// `POST /notes`
pub(super) async fn add_note(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let note = body_of(&operations::ADD_NOTE, &request, &body).and_then(|body| note(&body));
    added::<_, wire::Note>(&request, &context, note).await
}

/// `PATCH /notes/{id}`
pub(super) async fn change_note(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    context: Data<Context>,
) -> HttpResponse {
    let change = body_of(&operations::CHANGE_NOTE, &request, &body).and_then(|body| note_change(&body));
    edited::<_, wire::Note>(&request, &context, &id, change).await
}

/// `DELETE /notes/{id}`
pub(super) async fn remove_note(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    removed::<Note, wire::Note>(&operations::REMOVE_NOTE, &request, &context, &id).await
}

/// `GET /views`
pub(super) async fn views(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let params = Params::of(&operations::VIEWS, request.query_string());
    listed(&request, &context, params, &Query::all(), || context.archive.views()).await
}

/// `POST /views`
pub(super) async fn add_view(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let view = body_of(&operations::ADD_VIEW, &request, &body).and_then(|body| view(&body));
    added::<_, wire::View>(&request, &context, view).await
}

/// `PATCH /views/{id}`
pub(super) async fn change_view(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    context: Data<Context>,
) -> HttpResponse {
    let change = body_of(&operations::CHANGE_VIEW, &request, &body).and_then(|body| view_change(&body));
    edited::<_, wire::View>(&request, &context, &id, change).await
}

/// `DELETE /views/{id}`
pub(super) async fn remove_view(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    removed::<View, wire::View>(&operations::REMOVE_VIEW, &request, &context, &id).await
}

/// Responds with a list that depends on the version of the personal records.
pub(super) async fn listed<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
    request: &HttpRequest,
    context: &Context,
    params: Params,
    query: &Query,
    report: impl FnOnce() -> F,
) -> HttpResponse {
    match context.personal.version().await {
        Ok(version) => answer(request, context, params, query, Some(version.cast_signed()), report).await,
        Err(error) => Problem::from(error).response(request),
    }
}

/// Adds a record.
pub(super) async fn added<T: Kind, W: From<Record<T>> + Serialize>(
    request: &HttpRequest,
    context: &Context,
    content: Result<T, Problem>,
) -> HttpResponse {
    let added = async { Ok(context.personal.add(&content?, context.clock.now_ms()).await?) };
    changed::<T, W>(request, context, StatusCode::CREATED, added.await).await
}

/// Changes a record.
pub(super) async fn edited<T: Kind, W: From<Record<T>> + Serialize>(
    request: &HttpRequest,
    context: &Context,
    id: &str,
    change: Result<impl FnOnce(&mut T), Problem>,
) -> HttpResponse {
    let edited = async { Ok(context.personal.change(id, change?, context.clock.now_ms()).await?) };
    changed::<T, W>(request, context, StatusCode::OK, edited.await).await
}

/// Removes a record.
pub(super) async fn removed<T: Kind, W: From<Record<T>> + Serialize>(
    operation: &Operation,
    request: &HttpRequest,
    context: &Context,
    id: &str,
) -> HttpResponse {
    let removed = async {
        permitted(operation, request)?;
        Ok(context.personal.remove(id).await?)
    };
    changed::<T, W>(request, context, StatusCode::OK, removed.await).await
}

/// Checks that a request may change records, and has no parameters.
pub(super) fn permitted(operation: &Operation, request: &HttpRequest) -> Result<(), Problem> {
    check_change(request)?;
    Params::of(operation, request.query_string()).finish()
}

/// Returns the body of a request that may change records.
pub(super) fn body_of(
    operation: &Operation,
    request: &HttpRequest,
    body: &[u8],
) -> Result<Map<String, Value>, Problem> {
    permitted(operation, request)?;
    let Object(body) = json_body(request.content_type(), body)?;
    Ok(body)
}

/// Notifies all clients of a change, and responds with the record.
pub(super) async fn changed<T, W: From<Record<T>> + Serialize>(
    request: &HttpRequest,
    context: &Context,
    status: StatusCode,
    record: Result<Record<T>, Problem>,
) -> HttpResponse {
    let notified = async {
        let record = record?;
        context.live.personal_changed(context.personal.version().await?);
        Ok::<_, Problem>(record)
    };
    match notified.await {
        Ok(record) => {
            HttpResponse::build(status).insert_header(("cache-control", "no-store")).json(W::from(record))
        }
        Err(problem) => problem.response(request),
    }
}
