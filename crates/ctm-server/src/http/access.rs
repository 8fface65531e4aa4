//! Who asks, and which page.

use super::accept::accepts_pages;
use actix_web::http::Method;
use actix_web::http::header::{HeaderValue, ORIGIN, UPGRADE};
use actix_web::{HttpMessage, HttpRequest};
use ctm_api::problem::Problem;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, where no token is asked for.
    Anybody,
    /// An authenticated client.
    Bearer,
    /// A browser that is logged in.
    Browser,
    /// An anonymous client.
    Stranger,
}

/// Returns whether access is granted only because no token is required.
pub(crate) fn is_stranger(request: &HttpRequest) -> bool {
    request.extensions().get::<Access>() == Some(&Access::Stranger)
}

/// Checks that what changes something that stays is asked for with the token, or by a page of this server: a
/// page of somebody else can send requests to this machine, and need not read the answer.
///
/// This stands in the handlers of such requests, and not before all routes, because there is no such method
/// elsewhere (405).
pub(crate) fn check_change(request: &HttpRequest) -> Result<(), Problem> {
    let has_token = request.extensions().get::<Access>() == Some(&Access::Bearer);
    if has_token || knows_its_page(request) {
        return Ok(());
    }
    let detail = "what changes something has to come with the token, or from a page of this server; a program sends \
                  `Authorization: Bearer`, or where no token is set the server's own address as `Origin`";
    Err(Problem::Forbidden(detail.to_owned()))
}

/// Returns whether it is known that no page of somebody else uses the cookie, which the browser
/// sends for any. An origin was checked already.
pub(crate) fn knows_its_page(request: &HttpRequest) -> bool {
    only_reads(request) || request.headers().contains_key(ORIGIN) || is_of_own_page(request)
}

/// Returns whether a request changes nothing, and ends with its answer.
pub(crate) fn only_reads(request: &HttpRequest) -> bool {
    request.method() == Method::GET && !request.headers().contains_key(UPGRADE)
}

/// Returns whether the browser says that a page of this server asks, or the person does.
pub(crate) fn is_of_own_page(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"same-origin" | b"none"))
}

/// Returns whether a request is for a page, and not for a file or the API.
pub(crate) fn is_page(request: &HttpRequest) -> bool {
    let path = request.path();
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let is_for_programs = match path.strip_prefix("/api/") {
        Some(rest) => rest.starts_with("v1/") || !accepts_pages(request),
        None => path == "/metrics",
    };
    request.method() == Method::GET && !is_file && !is_for_programs
}
