//! Checks of a request: rate limit, host and origin.

use super::body::{self, Unread};
use super::{Guard, refuse, target};
use crate::http::{is_of_own_page, only_reads};
use actix_web::HttpRequest;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use ctm_api::problem::Problem;
use ctm_config::origin::{Authority, Origin};
use std::time::Instant;

/// Passes on permitted requests.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn check_request<B: MessageBody + 'static>(
    guard: Data<Guard>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    if let Err(problem) = guard.check(request.request()) {
        return Ok(refuse(request, problem));
    }
    Ok(next.call(request).await?.map_into_left_body())
}

impl Guard {
    fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        if let Some(requests) = &self.requests {
            requests
                .take(self.authenticator.client(request), Instant::now())
                .map_err(Problem::TooManyRequests)?;
        }
        let host = self.check_host(request)?;
        self.check_origin(request, &host)?;
        target::check(request.uri())?;
        body::check(request.path(), request.headers())
    }

    /// Returns the requested host if it is allowed: a page can resolve its own name to this machine, but
    /// cannot send another name.
    fn check_host(&self, request: &HttpRequest) -> Result<Authority, Problem> {
        let ours = |text| Authority::parse(text).filter(|authority| self.hosts.contains(&authority.host));
        let named = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        // A request to a proxy contains the host twice.
        let target = request.uri().authority().map(|target| ours(target.as_str()));
        ours(named).filter(|_| target != Some(None)).ok_or_else(|| {
            Problem::Misdirected(format!(
                "`{named}` is not an allowed host; to allow it, add it to CTM_ALLOWED_HOSTS"
            ))
        })
    }

    /// Checks that changes and subscriptions do not come from a foreign page. Programs send no origin.
    fn check_origin(&self, request: &HttpRequest, host: &Authority) -> Result<(), Problem> {
        let Some(origin) = request.headers().get(ORIGIN).filter(|_| !only_reads(request)) else {
            return Ok(());
        };
        let named = String::from_utf8_lossy(origin.as_bytes());
        let is_ours = |origin: Origin| origin.is_of(host) || self.origins.contains(&origin);
        // The form of a page without a referrer has the origin `null`.
        if Origin::parse(&named).is_some_and(is_ours) || (named == "null" && is_of_own_page(request)) {
            return Ok(());
        }
        let detail = format!(
            "pages of `{named}` may not send this request; to allow them, add the origin \
         to CTM_CORS_ORIGINS"
        );
        Err(Problem::Forbidden(detail))
    }
}
