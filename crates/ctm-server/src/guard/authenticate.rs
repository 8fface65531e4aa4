//! Authentication middleware: checks the access token, where one is set.

use super::body::Unread;
use super::{Guard, answer, link, machine, refuse};
use crate::http::{Access, asked_path, base_path, is_page, is_push, knows_its_page};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::problem::Problem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Public routes: login, the short health, and the description of the page for its installation, which
/// browsers request without the cookie.
const FREE: [&str; 10] = [
    "/login",
    "/login.css",
    "/logout",
    "/link",
    "/link.js",
    HEALTH,
    "/manifest.webmanifest",
    "/icons/192.png",
    "/icons/512.png",
    "/icons/maskable.png",
];

/// The route of the health: short for strangers, and with its link for a visitor.
const HEALTH: &str = "/api/v1/health";

/// Authenticates requests, and passes the identity on to handlers.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn authenticate<B: MessageBody + 'static>(
    guard: Data<Guard>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    if is_push(request.path()) {
        return machine::serve(&guard, request, next).await;
    }
    let access = match guard.recognise(request.request()) {
        Ok(access) => access,
        Err(problem) => return Ok(refuse(request, problem)),
    };
    let is_free = FREE.contains(&request.path());
    if access == Access::Stranger && (!is_free || request.path() == HEALTH) {
        match guard.authenticator.visit(request.request()).await {
            Ok(Some(visit)) => return link::serve(&guard, visit, request, next).await,
            Ok(None) if is_free => {}
            Ok(None) => return Ok(turn_away(request)),
            Err(problem) => return Ok(refuse(request, problem)),
        }
    }
    request.extensions_mut().insert(access);
    let mut response = next.call(request).await?.map_into_left_body();
    if access == Access::Stranger {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

impl Guard {
    fn recognise(&self, request: &HttpRequest) -> Result<Access, Problem> {
        machine::refuse_elsewhere(request)?;
        let access = self.authenticator.recognise(request)?;
        if access == Access::Browser && !knows_its_page(request) {
            let detail = "a browser must send `Origin` or `Sec-Fetch-Site`";
            return Err(Problem::Forbidden(detail.to_owned()));
        }
        Ok(access)
    }
}

/// Requires the token, or redirects to the login page.
fn turn_away<B>(request: ServiceRequest) -> ServiceResponse<EitherBody<B, Unread>> {
    if !is_page(request.request()) {
        let detail = "a token is needed, as `Authorization: Bearer`; browsers log in at /login";
        return refuse(request, Problem::Unauthorized(detail.to_owned()));
    }
    let wanted = asked_path(request.request());
    let next = utf8_percent_encode(&wanted, NON_ALPHANUMERIC);
    let login = base_path(request.request()).href(&format!("/login?next={next}"));
    let mut response = HttpResponse::SeeOther();
    let response =
        response.insert_header((LOCATION, login)).insert_header((CACHE_CONTROL, "no-store")).finish();
    answer(request, response)
}
