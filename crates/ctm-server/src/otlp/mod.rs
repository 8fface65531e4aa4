//! OTLP over HTTP: Claude Code's telemetry, below `/otlp` on the port of the server, and on a port of its own.
//!
//! - [`receiver`]: the queue of what is stored;
//! - this module: the routes, and the answers in the encoding of the request.

mod receiver;

pub(crate) use receiver::{Receiver, Writing};

use crate::http::{Respond, not_found, others};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use ctm_api::problem::Problem;
use ctm_otlp::body::{MOST_SENT, inflated};
use ctm_otlp::{BodyError, Encoding, Logs, metrics, status};

/// Methods of both routes.
const POST: &str = "POST, OPTIONS";

/// Adds the routes below `/otlp`.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(scope("/otlp/v1"));
}

/// Adds the routes at the root, as a port of its own has them.
pub(crate) fn only_routes(config: &mut ServiceConfig) {
    config.service(scope("/v1")).default_service(web::to(not_found));
}

fn scope(path: &str) -> actix_web::Scope {
    web::scope(path)
        .service(web::resource("/logs").route(web::post().to(logs)).default_service(others(POST)))
        .service(web::resource("/metrics").route(web::post().to(counted)).default_service(others(POST)))
        .default_service(web::to(not_found))
}

/// `POST /v1/logs`
async fn logs(request: HttpRequest, body: Payload, receiver: Data<Receiver>) -> HttpResponse {
    let received = async {
        let (encoding, logs) = read(&request, body, Logs::read).await?;
        let (rejected, message) = (logs.rejections(), logs.message());
        receiver.store(logs).await?;
        Ok((encoding, rejected, message))
    };
    match received.await {
        Ok((encoding, rejected, message)) => accepted(encoding, rejected, message),
        Err(problem) => Problem::response(problem, &request),
    }
}

/// `POST /v1/metrics`
async fn counted(request: HttpRequest, body: Payload, receiver: Data<Receiver>) -> HttpResponse {
    match read(&request, body, metrics::count).await {
        Ok((encoding, metrics)) => {
            receiver.count_metrics(metrics);
            accepted(encoding, 0, None)
        }
        Err(problem) => problem.response(&request),
    }
}

fn accepted(encoding: Encoding, rejected: u64, message: Option<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type(encoding.media_type())
        .body(status::accepted(encoding, rejected, message))
}

/// Reads a body on a thread for that: it may have some megabytes.
async fn read<T: Send + 'static>(
    request: &HttpRequest,
    body: Payload,
    read: fn(&[u8], Encoding) -> Result<T, BodyError>,
) -> Result<(Encoding, T), Problem> {
    let header = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let encoding = header(CONTENT_TYPE).as_deref().and_then(Encoding::of).ok_or_else(|| {
        let detail = "the body must be application/x-protobuf or application/json";
        Problem::UnsupportedMediaType(detail.to_owned())
    })?;
    let compression = header(CONTENT_ENCODING);
    // As it was sent: `Bytes` would be inflated without this crate's limit.
    let body = body.to_bytes_limited(MOST_SENT).await.map_err(|_| too_long())?;
    let body = body.map_err(|error| Problem::Malformed(format!("the body broke off: {error}")))?;
    let read = web::block(move || {
        let body = inflated(&body, compression.as_deref())?;
        read(&body, encoding)
    });
    let content = read.await.map_err(|_| Problem::Internal)?.map_err(|error| refusal(&error))?;
    Ok((encoding, content))
}

fn too_long() -> Problem {
    Problem::Other(413, format!("the body has more than {MOST_SENT} bytes"))
}

fn refusal(error: &BodyError) -> Problem {
    let detail = error.to_string();
    match error {
        BodyError::Compression => Problem::UnsupportedMediaType(detail),
        BodyError::TooLarge | BodyError::TooMany { .. } => Problem::Other(413, detail),
        _ => Problem::Malformed(detail),
    }
}
