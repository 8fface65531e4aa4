//! Authentication middleware: checks the access token, where one is set.

use super::body::Unread;
use super::gate::Access;
use super::{Guard, answer, is_of_own_page, only_reads, refuse};
use crate::api::{Problem, accepts_pages};
use crate::base;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, LOCATION, ORIGIN};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Public routes: login and the short health.
const FREE: [&str; 4] = ["/login", "/login.css", "/logout", "/api/v1/health"];

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
    let access = match guard.recognise(request.request()) {
        Ok(access) => access,
        Err(problem) => return Ok(refuse(request, problem)),
    };
    if access == Access::Stranger && !FREE.contains(&request.path()) {
        return Ok(turn_away(request));
    }
    request.extensions_mut().insert(access);
    let mut response = next.call(request).await?.map_into_left_body();
    if access == Access::Stranger {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Returns whether access is granted only because no token is required.
pub(crate) fn is_stranger(request: &HttpRequest) -> bool {
    request.extensions().get::<Access>() == Some(&Access::Stranger)
}

impl Guard {
    fn recognise(&self, request: &HttpRequest) -> Result<Access, Problem> {
        let Some(gate) = &self.gate else {
            return Ok(Access::Anybody);
        };
        let access = gate.recognise(request, self.client(request), self.now_s())?;
        if access == Access::Browser && !knows_its_page(request) {
            let detail = "a browser has to say which page asks, by `Origin` or `Sec-Fetch-Site`";
            return Err(Problem::Forbidden(detail.to_owned()));
        }
        Ok(access)
    }
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
fn knows_its_page(request: &HttpRequest) -> bool {
    only_reads(request) || request.headers().contains_key(ORIGIN) || is_of_own_page(request)
}

/// Requires the token, or redirects to the login page.
fn turn_away<B>(request: ServiceRequest) -> ServiceResponse<EitherBody<B, Unread>> {
    if !is_page(request.request()) {
        let detail = "a token is needed, as `Authorization: Bearer`; browsers log in at /login";
        return refuse(request, Problem::Unauthorized(detail.to_owned()));
    }
    let wanted = base::asked(request.request());
    let next = utf8_percent_encode(&wanted, NON_ALPHANUMERIC);
    let login = base::of(request.request()).href(&format!("/login?next={next}"));
    let mut response = HttpResponse::SeeOther();
    let response =
        response.insert_header((LOCATION, login)).insert_header((CACHE_CONTROL, "no-store")).finish();
    answer(request, response)
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
