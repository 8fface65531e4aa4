//! The id of a request.

use actix_web::{HttpMessage, HttpRequest};

/// The id of a request, as an extension of it.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Returns the id of a request.
pub(super) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}
