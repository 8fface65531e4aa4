//! Problems as responses.

use super::base_path::asked_path;
use super::request_id::request_id;
use super::telemetry;
use actix_web::http::header::{ALLOW, ContentType};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, Route, web};
use ctm_api::problem::{MEDIA_TYPE, Problem};
use ctm_api::telemetry::Received;
use ctm_ingest::updater::UpdaterState;
use ctm_otlp::Encoding;
use ctm_otlp::status::refused;
use ctm_types::printable::with_causes;
use std::sync::atomic::Ordering;

/// Methods of read-only routes.
pub(crate) const READ: &str = "GET, HEAD, OPTIONS";

/// A problem that can be sent.
pub(crate) trait Respond: Sized {
    /// Returns the response to the request that caused the problem.
    fn response(self, request: &HttpRequest) -> HttpResponse;

    /// Returns the response to a request for a path, with the request's id.
    fn about(self, path: &str, id: &str) -> HttpResponse;
}

impl Respond for Problem {
    fn response(self, request: &HttpRequest) -> HttpResponse {
        if let Self::Unavailable(error) = &self {
            tracing::error!("cannot answer: {}", with_causes(error));
            if let Some(updater) = request.app_data::<Data<UpdaterState>>() {
                updater.conditions.question_failed(error);
            }
        }
        let asked = asked_path(request);
        let path = asked.split('?').next().unwrap_or(&asked);
        match telemetry::encoding(request) {
            Some(encoding) => {
                if let Some(received) = request.app_data::<Data<Received>>() {
                    received.refused.fetch_add(1, Ordering::Relaxed);
                }
                refusal(&self, path, encoding)
            }
            None => self.about(path, &request_id(request)),
        }
    }

    fn about(self, path: &str, id: &str) -> HttpResponse {
        let status = status(&self);
        let mut response = HttpResponse::build(status);
        response.insert_header(ContentType(MEDIA_TYPE.parse().expect("a constant media type")));
        response.insert_header(("cache-control", "no-store"));
        if let Some(header) = self.header() {
            response.insert_header(header);
        }
        response.body(self.body(status.canonical_reason().unwrap_or("Error"), path, id))
    }
}

/// Returns a problem as OTLP has it, in the encoding of the request.
fn refusal(problem: &Problem, path: &str, encoding: Encoding) -> HttpResponse {
    let mut response = HttpResponse::build(status(problem));
    response.content_type(encoding.media_type()).insert_header(("cache-control", "no-store"));
    if let Some(header) = problem.header().or_else(|| try_again(problem)) {
        response.insert_header(header);
    }
    response.body(refused(encoding, problem.status(), &problem.detail(path)))
}

/// Returns when a sender has to try again: it keeps what it could not send.
fn try_again(problem: &Problem) -> Option<(&'static str, String)> {
    (problem.status() == 503).then(|| ("retry-after", "1".to_owned()))
}

/// Returns the status of the response.
pub(crate) fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Responds to a request for an unknown resource.
pub(crate) async fn not_found(request: HttpRequest) -> impl Responder {
    Problem::NotFound.response(&request)
}

/// Returns the route for unsupported methods of a resource with the methods in `allowed`.
pub(crate) fn others(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move { other_method(&request, allowed) })
}

/// Responds to an unsupported method of a resource with the methods in `allowed`.
pub(crate) fn other_method(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((ALLOW, allowed)).finish();
    }
    Problem::MethodNotAllowed(allowed).response(request)
}
