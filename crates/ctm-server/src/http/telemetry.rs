//! Requests of OTLP: refusals are in the encoding of the request, and bodies longer than others.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use ctm_otlp::Encoding;

/// Returns whether a path receives telemetry, on the port of the server or on one of its own.
pub(crate) fn receives_telemetry(path: &str) -> bool {
    ["/otlp/v1/", "/v1/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Returns the encoding of the answer to a request that sends telemetry; `None` for every other request.
pub(super) fn encoding(request: &HttpRequest) -> Option<Encoding> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    receives_telemetry(request.path()).then(|| kind.and_then(Encoding::of).unwrap_or(Encoding::Json))
}
