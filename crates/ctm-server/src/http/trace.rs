//! An id for every request, in its response and in all of its log lines.

use super::problem::Respond;
use super::request_id::RequestId;
use super::security_headers::add_security_headers;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use ctm_api::metrics::HttpMetrics;
use ctm_api::problem::Problem;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tracing::Instrument;

/// The header with the id, in requests and responses.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, logs it with its outcome, and adds the id and the common headers to the
/// response. A panic of the handler is an error of the server, which continues.
///
/// Only the path of the URL is logged: a query may contain private data.
///
/// # Errors
///
/// Fails with a complete response if the handler fails without one.
pub(crate) async fn trace<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_sane(id));
    let id = given.map_or_else(|| format!("{:016x}", fastrand::u64(..)), str::to_owned);
    let path = request.path().to_owned();
    let start = Instant::now();
    // Of the highest level, otherwise lines of that level would lack the id if no others are logged.
    let span = tracing::error_span!("request", %id, method = %request.method(), path);
    request.extensions_mut().insert(RequestId(id.clone()));
    async move {
        let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
        match outcome {
            Ok(Ok(mut response)) => {
                finish(response.headers_mut(), &id);
                let status = response.status().as_u16();
                tracing::info!(status, "answered");
                let request = response.request();
                if let Some(metrics) = request.app_data::<Data<HttpMetrics>>() {
                    let route = request.match_pattern();
                    metrics.observe(request.method().as_str(), route, status, start.elapsed());
                }
                Ok(response)
            }
            Ok(Err(error)) => {
                tracing::error!("cannot answer: {error}");
                Err(failed(&path, &id))
            }
            // The panic was logged when it occurred.
            Err(_panic) => Err(failed(&path, &id)),
        }
    }
    .instrument(span)
    .await
}

fn failed(path: &str, id: &str) -> actix_web::Error {
    let mut response = Problem::Internal.about(path, id);
    finish(response.headers_mut(), id);
    tracing::info!(status = response.status().as_u16(), "answered");
    InternalError::from_response("the server failed", response).into()
}

fn finish(headers: &mut HeaderMap, id: &str) {
    let id = HeaderValue::from_str(id).expect("an id has letters, digits, `-`, `_` and `.`");
    headers.insert(REQUEST_ID.clone(), id);
    add_security_headers(headers);
}

fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::normalize_errors;
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpResponse, web};
    use serde_json::Value;

    async fn panic() -> HttpResponse {
        panic!("a secret of the server")
    }

    async fn fail() -> Result<HttpResponse, std::io::Error> {
        Err(std::io::Error::other("a secret of the server"))
    }

    #[actix_web::test]
    async fn a_handler_that_panics_or_fails_is_an_error_and_the_server_lives_on() {
        let app = App::new()
            .wrap(from_fn(normalize_errors))
            .wrap(from_fn(trace))
            .route("/panic", web::get().to(panic))
            .route("/fail", web::get().to(fail))
            .route("/well", web::get().to(HttpResponse::Ok));
        let app = init_service(app).await;
        for path in ["/panic", "/fail", "/panic"] {
            let request = TestRequest::get().uri(path).insert_header(("x-request-id", "one")).to_request();
            let response = match actix_web::dev::Service::call(&app, request).await {
                Ok(response) => response.into_parts().1.map_into_boxed_body(),
                Err(error) => error.error_response(),
            };
            assert_eq!(response.status().as_u16(), 500, "{path}");
            assert_eq!(response.headers().get("x-request-id").unwrap(), "one");
            assert_eq!(response.headers().get("x-content-type-options").unwrap(), "nosniff");
            let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
            let problem: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&problem["instance"], &problem["request_id"]), (&path.into(), &"one".into()));
            assert!(!String::from_utf8_lossy(&body).contains("secret"), "{problem}");
        }
        let response = call_service(&app, TestRequest::get().uri("/well").to_request()).await;
        assert_eq!(response.status().as_u16(), 200);
        assert!(read_body(response).await.is_empty());
    }
}
