//! The base path of the server behind a proxy that also serves other applications.
//!
//! # Design
//!
//! It is stripped from requests before any other processing, so that inner code is independent of it, and
//! added to redirects, links of pages and the cookie. Requests without it are accepted too, for local
//! programs such as health checks; pages are redirected to their full path. A proxy must therefore pass paths
//! on unchanged.

use crate::http::{Asked, is_page};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse};
use ctm_config::base_path::BasePath;

/// Strips the base path from a request, and redirects pages without it.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn strip_base_path<B: MessageBody>(
    base: Data<BasePath>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let query = |uri: &Uri| uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    if !base.as_str().is_empty() {
        let asked = request.uri().clone();
        if let Some(inside) = base.take_from(asked.path()) {
            let mut parts = asked.clone().into_parts();
            parts.path_and_query = format!("{inside}{}", query(&asked)).parse().ok();
            if let Ok(uri) = Uri::from_parts(parts) {
                request.match_info_mut().get_mut().update(&uri);
                request.head_mut().uri = uri;
                request.extensions_mut().insert(Asked(asked));
            }
        } else if is_page(request.request()) {
            let path = if asked.path() == base.as_str() { "/" } else { asked.path() };
            let to = format!("{}{}", base.href(path), query(&asked));
            let mut response = HttpResponse::TemporaryRedirect();
            response.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, "no-store"));
            return Ok(request.into_response(response.finish()).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}
