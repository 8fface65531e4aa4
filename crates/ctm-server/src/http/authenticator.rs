//! Identification of clients: the address, the token and the cookie of a request.

use super::access::Access;
use super::forwarded;
use super::gate::Gate;
use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use ctm_api::links::NEEDS_TOKEN;
use ctm_api::problem::Problem;
use ctm_config::networks::Networks;
use ctm_config::settings::Settings;
use ctm_personal::{Link, Personal, Record, hash_of};
use ctm_report::clock::Clock;
use ctm_types::EpochMs;
use ctm_types::printable::with_causes;
use std::net::{IpAddr, Ipv4Addr};

/// Identifies clients, and issues session cookies.
pub(crate) struct Authenticator {
    /// Checks the access token, if one is set.
    gate: Option<Gate>,
    /// Proxies with a trusted `X-Forwarded-For`.
    trusted: Networks,
    /// The read-only links.
    personal: Personal,
    clock: Clock,
}

/// A visitor's read-only link.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The id of the link.
    pub(crate) id: String,
    /// The link.
    pub(crate) link: Link,
}

/// Precision of the last use of a link, so that few uses are written.
const USE_MS: i64 = 5 * 60 * 1000;

impl Authenticator {
    /// Creates the authenticator from the token and the trusted proxies of the settings.
    pub(crate) fn new(settings: &Settings, personal: Personal, clock: Clock) -> Self {
        Self {
            gate: settings.auth_token.as_ref().map(Gate::new),
            trusted: settings.trusted_proxies.clone(),
            personal,
            clock,
        }
    }

    /// Returns the present, in UTC epoch milliseconds.
    pub(crate) fn now(&self) -> EpochMs {
        self.clock.now_ms()
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

    /// Returns whether a token is required, without which there are no read-only links.
    pub(crate) fn has_token(&self) -> bool {
        self.gate.is_some()
    }

    /// Returns the valid link whose cookie a request has.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub(crate) async fn visit(&self, request: &HttpRequest) -> Result<Option<Visit>, Problem> {
        let Some(gate) = &self.gate else { return Ok(None) };
        let Some((id, tag)) = gate.link_cookie(request) else { return Ok(None) };
        let visit = self.valid_links().await?.into_iter().find(|visit| visit.id == id);
        Ok(visit.filter(|visit| gate.is_of_link(&tag, &visit.link.secret_hash)))
    }

    /// Returns whether a link is still valid: it has neither ended nor been removed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub(crate) async fn is_current(&self, visit: &Visit) -> Result<bool, Problem> {
        Ok(self.valid_links().await?.iter().any(|other| other.id == visit.id))
    }

    /// Checks the secret of a link, and returns its cookie.
    ///
    /// # Errors
    ///
    /// Fails for a wrong secret, after too many wrong ones, and when the database cannot be read.
    pub(crate) async fn open_link(
        &self,
        secret: &str,
        request: &HttpRequest,
    ) -> Result<Cookie<'static>, Problem> {
        let client = self.client(request);
        let Some(gate) = &self.gate else { return Err(Problem::Forbidden(NEEDS_TOKEN.to_owned())) };
        if let Some(wait) = gate.wait(client) {
            return Err(Problem::TooManyRequests(wait));
        }
        let hash = hash_of(secret);
        let links = self.valid_links().await?;
        let found = links.iter().find(|visit| gate.are_equal(&hash, &visit.link.secret_hash));
        let Some(visit) = found else { return Err(gate.wrong_link(client)) };
        let valid_s = (visit.link.ends_at_ms - self.clock.now_ms().0) / 1000;
        Ok(gate.open_link(&visit.id, &hash, valid_s, request))
    }

    /// Stores the use of a link, unless one was stored a short time ago. A failure only leaves an older time.
    pub(crate) async fn note_use(&self, visit: &Visit) {
        let now = self.clock.now_ms();
        if visit.link.last_used_at_ms.is_some_and(|used| now.0 - used < USE_MS) {
            return;
        }
        let used = |link: &mut Link| link.last_used_at_ms = Some(now.0);
        if let Err(error) = self.personal.change::<Link>(&visit.id, used, now).await {
            tracing::warn!("the use of a link was not stored: {}", with_causes(&error));
        }
    }

    async fn valid_links(&self) -> Result<Vec<Visit>, Problem> {
        let now = self.clock.now_ms();
        let links = self.personal.all::<Link>().await?;
        let valid = links.into_iter().filter(|record| record.content.is_valid_at(now));
        Ok(valid.map(|Record { id, content, .. }| Visit { id, link: content }).collect())
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
