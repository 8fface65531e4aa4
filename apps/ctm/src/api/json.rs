//! JSON that clients send.

use super::problem::{FieldError, Problem};
use actix_web::{HttpMessage, HttpRequest};
use serde::de::DeserializeOwned;

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";

/// Understands the body of a request, which was read already, and was not too long.
///
/// How deep it may be nested is limited by the parser.
pub(crate) fn json_body<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Problem> {
    if request.content_type() != JSON {
        return Err(Problem::UnsupportedMediaType(format!("the body has to be {JSON}")));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the body is not understood: {error}");
        Problem::BadRequest(vec![FieldError { field: "body".to_owned(), code: "malformed", message }])
    })
}
