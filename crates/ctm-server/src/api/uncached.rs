//! Responses that no cache keeps, because what they state can change at any time.

use crate::http::Respond;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::problem::Problem;
use serde::Serialize;

/// Responds with a body and a status, or with a problem.
pub(super) fn respond(
    request: &HttpRequest,
    status: StatusCode,
    answer: Result<impl Serialize, Problem>,
) -> HttpResponse {
    match answer {
        Ok(body) => HttpResponse::build(status).insert_header(("cache-control", "no-store")).json(body),
        Err(problem) => problem.response(request),
    }
}
