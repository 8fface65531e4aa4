//! An id for every request, in its answer and on all its log lines.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest};
use tracing::Instrument;

/// The header that carries the id, in requests and answers.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, as an extension of it.
#[derive(Debug, Clone)]
struct RequestId(String);

/// Returns the id of a request.
pub(super) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Gives the request its id, logs it with its outcome, and puts the id on the answer.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn trace<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_sane(id));
    let id = given.map_or_else(|| format!("{:016x}", fastrand::u64(..)), str::to_owned);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.path());
    let header = HeaderValue::from_str(&id).expect("an id has letters, digits, `-`, `_` and `.`");
    request.extensions_mut().insert(RequestId(id));
    async move {
        let mut response = next.call(request).await?;
        response.headers_mut().insert(REQUEST_ID.clone(), header);
        tracing::info!(status = response.status().as_u16(), "answered");
        Ok(response)
    }
    .instrument(span)
    .await
}

fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
