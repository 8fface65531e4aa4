//! Classification of requests: authentication and pages.

use super::accept::accepts_pages;
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderValue, ORIGIN, UPGRADE};
use actix_web::{HttpMessage, HttpRequest};
use ctm_api::problem::Problem;
use ctm_config::origin::{Authority, Origin};

/// Authentication of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Access without a token, because none is set.
    Anybody,
    /// An authenticated client.
    Bearer,
    /// A browser that is logged in.
    Browser,
    /// A browser with a read-only link; the link is a [`Visit`](super::Visit).
    Link,
    /// An anonymous client.
    Stranger,
}

/// Returns whether access is granted only because no token is required.
pub(crate) fn is_stranger(request: &HttpRequest) -> bool {
    request.extensions().get::<Access>() == Some(&Access::Stranger)
}

/// Checks that a permanent change is requested with the token, or by a page of this server: a foreign page
/// can send requests to this machine, and does not need to read the response.
///
/// The check is part of the handlers of such requests, and not of the middleware, because other routes do not
/// have the method (405).
pub(crate) fn check_change(request: &HttpRequest) -> Result<(), Problem> {
    let has_token = request.extensions().get::<Access>() == Some(&Access::Bearer);
    if has_token || is_of_own_page(request) || has_own_origin(request) {
        return Ok(());
    }
    let detail = "a change requires the token, or a page of this server; a program sends `Authorization: \
     Bearer`, or, without a token, the address of the server as `Origin`";
    Err(Problem::Forbidden(detail.to_owned()))
}

/// Returns whether the `Origin` is that of the requested host. Other origins that are allowed may only read.
fn has_own_origin(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (origin, host) = (header(ORIGIN).and_then(Origin::parse), header(HOST).and_then(Authority::parse));
    origin.zip(host).is_some_and(|(origin, host)| origin.is_of(&host))
}

/// Returns whether the cookie is known not to be sent by a foreign page, for which browsers send it too. The
/// origin was checked already.
pub(crate) fn knows_its_page(request: &HttpRequest) -> bool {
    only_reads(request) || request.headers().contains_key(ORIGIN) || is_of_own_page(request)
}

/// Returns whether a request changes nothing, and ends with its response.
pub(crate) fn only_reads(request: &HttpRequest) -> bool {
    request.method() == Method::GET && !request.headers().contains_key(UPGRADE)
}

/// Returns whether the browser reports that a page of this server, or the user, initiated the request.
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
