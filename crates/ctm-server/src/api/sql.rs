//! Endpoints of statements of SQL: to run one, and the saved ones.

use super::Context;
use super::personal::{added, body_of, edited, listed, removed};
use crate::http::Respond;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::queries::{query, query_change};
use ctm_api::sql::statement;
use ctm_personal::SavedQuery;
use ctm_report::{Query, wire};

/// `GET /sql`
pub(super) async fn views(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let answered = async {
        Params::of(&operations::SQL_VIEWS, request.query_string()).finish()?;
        Ok::<_, Problem>(context.archive.sql_views(context.settings.allows_sql()).await?)
    };
    match answered.await {
        Ok(views) => HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(views),
        Err(problem) => problem.response(&request),
    }
}

/// `POST /sql`
///
/// It changes nothing, and yet a page of another origin may not use the time of the server: it needs what a change needs.
pub(super) async fn run(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    match rows(&request, &body, &context).await {
        Ok(rows) => HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(rows),
        Err(problem) => problem.response(&request),
    }
}

async fn rows(request: &HttpRequest, body: &[u8], context: &Context) -> Result<wire::SqlRows, Problem> {
    let asked = statement(&body_of(&operations::SQL, request, body)?)?;
    if !context.settings.allows_sql() {
        let reason = "this server runs no SQL: its setting `sql` (CTM_SQL) is `refuse`, or `local` on an address of the network";
        return Err(Problem::Forbidden(reason.to_owned()));
    }
    let tz = asked.tz.unwrap_or(context.settings.tz);
    // One at a time, so that statements use one thread at most.
    let _turn = context.querying.lock().await;
    Ok(context.archive.sql(&asked.sql, tz, asked.rows).await?)
}

/// `GET /queries`
pub(super) async fn queries(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let params = Params::of(&operations::QUERIES, request.query_string());
    listed(&request, &context, params, &Query::all(), || context.archive.queries()).await
}

/// `POST /queries`
pub(super) async fn add_query(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let query = body_of(&operations::ADD_QUERY, &request, &body).and_then(|body| query(&body));
    added::<_, wire::SavedQuery>(&request, &context, query).await
}

/// `PATCH /queries/{id}`
pub(super) async fn change_query(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    context: Data<Context>,
) -> HttpResponse {
    let change = body_of(&operations::CHANGE_QUERY, &request, &body).and_then(|body| query_change(&body));
    edited::<_, wire::SavedQuery>(&request, &context, &id, change).await
}

/// `DELETE /queries/{id}`
pub(super) async fn remove_query(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    removed::<SavedQuery, wire::SavedQuery>(&operations::REMOVE_QUERY, &request, &context, &id).await
}
