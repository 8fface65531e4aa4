//! A uniform format for all errors, including those of actix-web, which has no such setting:
//! <https://github.com/actix/actix-web/issues/1604>.

use super::accept::accepts;
use super::problem::Respond;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CONTENT_TYPE, HeaderName, VARY,
};
use actix_web::middleware::Next;
use ctm_api::json::JSON;
use ctm_api::problem::{MEDIA_TYPE, Problem};

/// Headers of a response that also apply to the problem in its place.
const KEPT: [HeaderName; 4] = [ALLOW, VARY, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS];

/// Converts errors without a body into problems, as well as responses of a media type that the client does
/// not accept.
///
/// The media type is taken from the response, so that no endpoint has to declare it.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn normalize_errors<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let response = next.call(request).await?;
    let Some(problem) = problem(&response) else {
        return Ok(response.map_into_left_body());
    };
    let (request, shapeless) = response.into_parts();
    let mut response = problem.response(&request);
    for name in KEPT {
        if let Some(value) = shapeless.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    Ok(ServiceResponse::new(request, response.map_into_right_body()))
}

fn problem<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if status.is_client_error() && has_no_form(kind) {
        let detail = response.response().error().map(ToString::to_string);
        let reason = status.canonical_reason().unwrap_or_default();
        return Some(Problem::Other(status.as_u16(), detail.unwrap_or_else(|| reason.to_lowercase())));
    }
    if status.is_server_error() && has_no_form(kind) {
        if let Some(error) = response.response().error() {
            tracing::error!("cannot answer: {error}");
        }
        return Some(Problem::Internal);
    }
    let is_for_programs =
        response.request().path().starts_with("/api/v1/") || response.request().path() == "/metrics";
    let is_taken = || accepts(response.request(), kind) || accepts(response.request(), JSON);
    (status.is_success() && is_for_programs && !kind.is_empty() && !is_taken())
        .then(|| Problem::NotAcceptable { offered: kind.to_owned() })
}

fn has_no_form(kind: &str) -> bool {
    kind != MEDIA_TYPE && (kind.is_empty() || kind.starts_with("text/plain"))
}
