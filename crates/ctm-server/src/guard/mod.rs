//! Middleware in front of every route: limits, checks and authentication.
//!
//! From the outside in: [`check_request`] refuses too many requests, foreign hosts, pages of foreign origins,
//! and malformed requests; [`authenticate`] requires the token, or limits a request to the scope of a read-only link
//! ([`link`], [`redact`]), or to the pushes of a machine ([`machine`]); [`take_body`] reads the body within limits of
//! size and time. [`crate::http::trace`] adds the security headers.
//!
//! # Design
//!
//! The middleware runs before every route, so that no route is left unprotected. Checks as extractors of
//! handlers were rejected, because a handler without one would be open.
//!
//! A refusal closes its connection, as does every response to an unauthenticated client. Data after such a
//! request is not even read ([`crate::line`]), so that each attempt costs a connection.
//!
//! Limits apply to the client reported by a trusted proxy, or else to the peer ([`Authenticator`]).

mod authenticate;
mod body;
mod check_request;
mod link;
mod machine;
mod redact;
mod target;

pub(crate) use authenticate::authenticate;
pub(crate) use body::take_body;
pub(crate) use check_request::check_request;

use crate::http::{Authenticator, Respond};
use crate::line::Rooms;
use actix_web::HttpResponse;
use actix_web::body::EitherBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use body::Unread;
use ctm_api::problem::Problem;
use ctm_api::rate_limit::{RateLimit, RateLimiter};
use ctm_backend::Hub;
use ctm_config::origin::{Host, Origin};
use ctm_config::settings::Settings;
use ctm_report::Reporter;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

/// Seconds of the permitted rate that an address may use at once.
const BURST_SECS: u32 = 2;

/// Decides which requests are allowed.
pub(crate) struct Guard {
    hosts: Vec<Host>,
    origins: Vec<Origin>,
    authenticator: Arc<Authenticator>,
    requests: Option<RateLimiter>,
    rooms: Arc<Rooms>,
    patience: Duration,
    hub: Hub,
    reporter: Reporter,
    /// Whether machines push.
    is_hub: bool,
}

impl Guard {
    /// Creates the middleware from the settings.
    pub(crate) fn new(
        settings: &Settings,
        rooms: Arc<Rooms>,
        authenticator: Arc<Authenticator>,
        hub: Hub,
        reporter: Reporter,
    ) -> Self {
        let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into(), settings.host.to_canonical()];
        let mut hosts = settings.allowed_hosts.clone();
        hosts.push(Host::Name("localhost".to_owned()));
        hosts.extend(own.map(Host::Address));
        hosts.extend(settings.otlp_listen.map(|address| Host::Address(address.ip().to_canonical())));
        let rate = settings.rate_limit;
        Self {
            hosts,
            origins: settings.cors_origins.clone(),
            authenticator,
            requests: (rate > 0)
                .then(|| RateLimiter::new(RateLimit::new(Duration::from_secs(1) / rate, rate * BURST_SECS))),
            rooms,
            patience: settings.request_timeout,
            hub,
            reporter,
            is_hub: settings.team,
        }
    }
}

fn refuse<B>(request: ServiceRequest, problem: Problem) -> ServiceResponse<EitherBody<B, Unread>> {
    let response = problem.response(request.request());
    answer(request, response)
}

/// Responds in place of the handler, and closes the connection.
fn answer<B>(request: ServiceRequest, mut response: HttpResponse) -> ServiceResponse<EitherBody<B, Unread>> {
    response.head_mut().set_connection_type(ConnectionType::Close);
    let (request, payload) = request.into_parts();
    let response = response.map_body(|_, body| Unread::new(body, payload));
    ServiceResponse::new(request, response.map_into_right_body())
}
