//! Identification of clients: the address, the token and the cookie of a request.

use super::access::Access;
use super::forwarded;
use super::gate::Gate;
use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use ctm_api::problem::Problem;
use ctm_config::networks::Networks;
use ctm_config::settings::Settings;
use ctm_report::clock::Clock;
use std::net::{IpAddr, Ipv4Addr};

/// Identifies clients, and issues session cookies.
pub(crate) struct Authenticator {
    /// Checks the access token, if one is set.
    gate: Option<Gate>,
    /// Proxies with a trusted `X-Forwarded-For`.
    trusted: Networks,
    clock: Clock,
}

impl Authenticator {
    /// Creates the authenticator from the token and the trusted proxies of the settings.
    pub(crate) fn new(settings: &Settings, clock: Clock) -> Self {
        Self {
            gate: settings.auth_token.as_ref().map(Gate::new),
            trusted: settings.trusted_proxies.clone(),
            clock,
        }
    }

    /// Returns the identity of the client.
    pub(crate) fn recognise(&self, request: &HttpRequest) -> Result<Access, Problem> {
        match &self.gate {
            Some(gate) => gate.recognise(request, self.client(request), self.now_s()),
            None => Ok(Access::Anybody),
        }
    }

    /// Checks the token of a login, and returns the session cookie; `None` if no token is required.
    pub(crate) fn log_in(
        &self,
        token: &str,
        request: &HttpRequest,
    ) -> Result<Option<Cookie<'static>>, Problem> {
        self.gate
            .as_ref()
            .map(|gate| gate.log_in(token, request, self.client(request), self.now_s()))
            .transpose()
    }

    /// Returns the expired cookie that removes the session from the browser; `None` if no token is required.
    pub(crate) fn log_out(&self, request: &HttpRequest) -> Option<Cookie<'static>> {
        self.gate.as_ref().map(|gate| gate.log_out(request))
    }

    /// Returns the address of the client, behind trusted proxies.
    pub(crate) fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip());
        forwarded::client(peer, request.headers(), &self.trusted)
    }

    fn now_s(&self) -> i64 {
        self.clock.now().timestamp()
    }
}
