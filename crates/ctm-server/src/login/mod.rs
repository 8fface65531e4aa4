//! Logging in and out, for browsers.
//!
//! The login page is separate from the dashboard, because the dashboard requires a login. A form redirects to
//! the requested page; JSON is for pages that log in again without navigation. The response to a form is a
//! page, that to JSON a problem or empty.

mod link;
mod page;

use crate::http::{Authenticator, READ, Respond, accepts_pages, base_path, is_stranger, others};
use actix_web::cookie::Cookie;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use ctm_api::json::json_body;
use ctm_api::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;

const STYLE: &str = include_str!("login.css");

/// Content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Default target of a redirect.
const HOME: &str = "/";

/// The longest target of a redirect.
const LONGEST_NEXT: usize = 2048;

/// Login request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    token: String,
}

/// Adds the routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let login = web::resource("/login").route(web::get().to(show)).route(web::post().to(log_in));
    let logout = web::resource("/logout").route(web::post().to(log_out));
    let style = web::resource("/login.css").route(web::get().to(style));
    let link = web::resource("/link").route(web::get().to(link::show)).route(web::post().to(link::open));
    let script = web::resource("/link.js").route(web::get().to(link::script));
    config
        .service(login.default_service(others("GET, HEAD, POST, OPTIONS")))
        .service(logout.default_service(others("POST, OPTIONS")))
        .service(style.default_service(others(READ)))
        .service(link.default_service(others("GET, HEAD, POST, OPTIONS")))
        .service(script.default_service(others(READ)));
}

/// `GET /login`: the page, or a redirect to the requested page if no login is needed.
async fn show(request: HttpRequest) -> HttpResponse {
    match is_stranger(&request) {
        false => redirect_to(&next(&request), None),
        true if comes_from_elsewhere(&request) => page::again(),
        true => page::page(&request, None),
    }
}

/// `POST /login`: exchanges a token for a cookie.
async fn log_in(request: HttpRequest, body: Bytes, authenticator: Data<Authenticator>) -> HttpResponse {
    let cookie = sent(&request, &body).and_then(|login| authenticator.log_in(&login.token, &request));
    let is_form = request.content_type() == FORM;
    match cookie {
        Ok(cookie) if is_form => redirect_to(&next(&request), cookie),
        Ok(cookie) => finish(HttpResponse::NoContent(), cookie),
        Err(problem @ (Problem::Unauthorized(_) | Problem::TooManyRequests(_)))
            if accepts_pages(&request) =>
        {
            page::page(&request, Some(&problem))
        }
        Err(problem) => problem.response(&request),
    }
}

/// `POST /logout`: removes the cookie from the browser.
async fn log_out(request: HttpRequest, authenticator: Data<Authenticator>) -> HttpResponse {
    let cookie = authenticator.log_out(&request);
    if accepts_pages(&request) {
        redirect_to(&base_path(&request).href("/login"), cookie)
    } else {
        finish(HttpResponse::NoContent(), cookie)
    }
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(STYLE)
}

/// Returns whether the request comes from a link of another site, with which browsers send no cookie.
fn comes_from_elsewhere(request: &HttpRequest) -> bool {
    request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

/// Parses the form or JSON.
fn sent(request: &HttpRequest, body: &[u8]) -> Result<Login, Problem> {
    if request.content_type() != FORM {
        return json_body(request.content_type(), body);
    }
    let form = std::str::from_utf8(body).ok().and_then(|form| Query::<Login>::from_query(form).ok());
    let form = form.ok_or_else(|| Problem::Malformed("invalid form; it must contain `token`".to_owned()));
    form.map(Query::into_inner)
}

/// Returns the target of the redirect, if it is on this server.
fn next(request: &HttpRequest) -> String {
    let query = Query::<BTreeMap<String, String>>::from_query(request.query_string());
    let next = query.ok().and_then(|query| query.into_inner().remove("next"));
    next.filter(|next| is_local(next)).unwrap_or_else(|| base_path(request).href(HOME))
}

/// Returns whether a URL stays on this server in every browser.
fn is_local(address: &str) -> bool {
    let leaves = ["//", "/\\"].iter().any(|start| address.starts_with(start));
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    address.starts_with('/') && !leaves && is_plain && address.len() <= LONGEST_NEXT
}

fn redirect_to(to: &str, cookie: Option<Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, to));
    finish(response, cookie)
}

fn finish(mut response: HttpResponseBuilder, cookie: Option<Cookie<'static>>) -> HttpResponse {
    if let Some(cookie) = cookie {
        response.cookie(cookie);
    }
    response.insert_header((CACHE_CONTROL, "no-store")).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_redirect_stays_on_this_server() {
        for good in ["/", "/sessions/1?range=7d", "/projects/%2Fhome%2Fu"] {
            assert!(is_local(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_NEXT));
        for bad in [
            "",
            "sessions",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "/ä",
            &long,
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
