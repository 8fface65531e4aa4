//! Opening a read-only link.
//!
//! The secret is the fragment of the address, which browsers send to no server: it is in no log of this server or of a
//! proxy, and in no `Referer`. A script of the page sends it in a body, and receives the cookie.

use super::finish;
use crate::http::{Authenticator, Respond, base_path};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::json_body;
use ctm_api::links::OpenLink;

const PAGE: &str = include_str!("link.html");

const SCRIPT: &str = include_str!("link.js");

/// `GET /link`
pub(super) async fn show(request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(base_path(&request).page(PAGE))
}

/// `GET /link.js`
pub(super) async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(SCRIPT)
}

/// `POST /link`: exchanges a secret for a cookie.
pub(super) async fn open(
    request: HttpRequest,
    body: Bytes,
    authenticator: Data<Authenticator>,
) -> HttpResponse {
    let opened = async {
        let OpenLink { secret } = json_body(request.content_type(), &body)?;
        authenticator.open_link(&secret, &request).await
    };
    match opened.await {
        Ok(cookie) => finish(HttpResponse::NoContent(), Some(cookie)),
        Err(problem) => problem.response(&request),
    }
}
