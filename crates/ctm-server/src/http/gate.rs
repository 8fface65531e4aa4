//! The token, and the cookie that replaces it in a browser.
//!
//! # Design
//!
//! A cookie contains its expiry and a tag over it, keyed by the token. It therefore survives a restart
//! without being stored, and becomes void when the token changes. The disadvantage is that logging out only
//! removes the cookie from the browser: a copy stays valid until it expires. A table of logins was rejected:
//! it would have to be stored, and anyone who can copy a cookie can use it before it is revoked.
//!
//! The cookie of a read-only link contains the id of the link and a tag over the hash of its secret. It is void with
//! another token, and as soon as the link is removed.
//!
//! Secrets are compared by their tags, in constant time.
//!
//! Wrong tokens of an address do not lock out the right one: otherwise a client with the same address as the
//! owner, such as any client behind an untrusted proxy, could lock out the owner permanently. The right token
//! in `Authorization` is accepted at once. At the login page, an address with too many wrong tokens has to
//! wait, and a right one that was sent meanwhile is accepted at the end of that time, regardless of further
//! attempts. The rate of attempts is thus bounded by the rate of requests, and each costs a connection; the
//! protection against guessing is the length of the token.

use super::access::Access;
use super::base_path::base_path;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::header::AUTHORIZATION;
use ctm_api::problem::Problem;
use ctm_api::rate_limit::{RateLimit, RateLimiter};
use ctm_config::networks::network;
use ctm_config::settings::AuthToken;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Validity of a login in seconds: 30 days.
const LOGIN_SECS: i64 = 30 * 24 * 60 * 60;

/// Maximum correction of a clock backwards, in seconds: a day.
const CLOCK_SECS: i64 = 24 * 60 * 60;

/// Rate of wrong tokens at the login page: five at once, and then one in twelve seconds.
const LOGINS: RateLimit = RateLimit::new(Duration::from_secs(12), 5);

/// Rate of wrong tokens of programs, which repeat a failed request: sixty, and then one a second.
const BEARERS: RateLimit = RateLimit::new(Duration::from_secs(1), 60);

/// Purposes of tags. A tag of one purpose is not valid for another.
mod purpose {
    pub(super) const COOKIE: &[u8] = b"cookie:";
    pub(super) const LINK: &[u8] = b"link:";
    pub(super) const LOGIN: &[u8] = b"login:";
    pub(super) const TOKEN: &[u8] = b"token:";
}

/// Checks tokens and cookies.
pub(super) struct Gate {
    key: Key,
    token: Vec<u8>,
    cookie: String,
    link_cookie: String,
    logins: RateLimiter,
    bearers: RateLimiter,
    /// Times at which waiting clients with the right token are accepted.
    promised: Mutex<HashMap<IpAddr, Instant>>,
}

impl Gate {
    /// Creates the gate for a token.
    pub(super) fn new(token: &AuthToken) -> Self {
        let key = Key::new(token);
        let name = key.tag(purpose::COOKIE, &[]);
        Self {
            token: key.tag(purpose::TOKEN, token.secret()),
            // Cookies are shared by all ports of a host, which may have servers with other tokens.
            cookie: format!("ctm_session_{}", hex::encode(&name[..4])),
            link_cookie: format!("ctm_link_{}", hex::encode(&name[..4])),
            logins: RateLimiter::new(LOGINS),
            bearers: RateLimiter::new(BEARERS),
            promised: Mutex::default(),
            key,
        }
    }

    /// Returns the identity of the client.
    pub(super) fn recognise(
        &self,
        request: &HttpRequest,
        client: IpAddr,
        now_s: i64,
    ) -> Result<Access, Problem> {
        if let Some(authorization) = request.headers().get(AUTHORIZATION) {
            let Some(token) = bearer(authorization.as_bytes()) else {
                return Err(Problem::Unauthorized("only `Authorization: Bearer` is supported".to_owned()));
            };
            if self.is_right(token) {
                return Ok(Access::Bearer);
            }
            return Err(wrong(&self.bearers, client));
        }
        let cookies = request.cookies();
        let mut cookies = cookies.iter().flat_map(|cookies| cookies.iter());
        let is_login =
            |cookie: &Cookie<'_>| cookie.name() == self.cookie && self.is_login(cookie.value(), now_s);
        Ok(if cookies.any(is_login) { Access::Browser } else { Access::Stranger })
    }

    /// Checks the token of a login, and returns the session cookie.
    pub(super) fn log_in(
        &self,
        token: &str,
        request: &HttpRequest,
        client: IpAddr,
        now_s: i64,
    ) -> Result<Cookie<'static>, Problem> {
        let (is_right, now) = (self.is_right(token.as_bytes()), Instant::now());
        match self.logins.wait(client, now) {
            Some(wait) if !is_right || !self.has_waited(client, now, wait) => {
                return Err(Problem::TooManyRequests(wait));
            }
            _ if !is_right => return Err(wrong(&self.logins, client)),
            _ => {}
        }
        let until_s = (now_s + LOGIN_SECS).to_string();
        let tag = hex::encode(self.key.tag(purpose::LOGIN, until_s.as_bytes()));
        let mut cookie = cookie(&self.cookie, format!("{until_s}.{tag}"), request);
        cookie.set_max_age(time::Duration::seconds(LOGIN_SECS));
        Ok(cookie)
    }

    /// Returns the expired cookie that removes the session from the browser.
    pub(super) fn log_out(&self, request: &HttpRequest) -> Cookie<'static> {
        let mut cookie = cookie(&self.cookie, String::new(), request);
        cookie.make_removal();
        cookie
    }

    /// Returns the id and the tag in the cookie of a read-only link, if a request has one.
    pub(super) fn link_cookie(&self, request: &HttpRequest) -> Option<(String, Vec<u8>)> {
        let cookie = request.cookie(&self.link_cookie)?;
        let (id, tag) = cookie.value().split_once('.')?;
        Some((id.to_owned(), hex::decode(tag).ok()?))
    }

    /// Returns whether a tag belongs to the hash of a link's secret, in constant time.
    pub(super) fn is_of_link(&self, tag: &[u8], secret_hash: &str) -> bool {
        self.key.has_tagged(purpose::LINK, secret_hash.as_bytes(), tag)
    }

    /// Returns the cookie of a link that is valid for some seconds.
    pub(super) fn open_link(
        &self,
        id: &str,
        secret_hash: &str,
        valid_s: i64,
        request: &HttpRequest,
    ) -> Cookie<'static> {
        let tag = hex::encode(self.key.tag(purpose::LINK, secret_hash.as_bytes()));
        let mut cookie = cookie(&self.link_cookie, format!("{id}.{tag}"), request);
        cookie.set_max_age(time::Duration::seconds(valid_s));
        cookie
    }

    /// Returns whether two hashes of secrets are equal, in constant time.
    pub(super) fn are_equal(&self, hash: &str, other: &str) -> bool {
        self.is_of_link(&self.key.tag(purpose::LINK, hash.as_bytes()), other)
    }

    /// Returns how long a client with too many wrong secrets has to wait.
    pub(super) fn wait(&self, client: IpAddr) -> Option<Duration> {
        self.logins.wait(client, Instant::now())
    }

    /// Counts a wrong secret of a link, and returns the problem.
    pub(super) fn wrong_link(&self, client: IpAddr) -> Problem {
        match wrong(&self.logins, client) {
            Problem::Unauthorized(_) => Problem::Unauthorized("no read-only link has this secret".to_owned()),
            other => other,
        }
    }

    fn is_right(&self, token: &[u8]) -> bool {
        self.key.has_tagged(purpose::TOKEN, token, &self.token)
    }

    /// Returns whether a client with the right token has waited for the required time.
    fn has_waited(&self, client: IpAddr, now: Instant, wait: Duration) -> bool {
        let mut promised = self.promised.lock().unwrap_or_else(PoisonError::into_inner);
        let has_waited = *promised.entry(network(client)).or_insert(now + wait) <= now;
        if has_waited {
            promised.remove(&network(client));
        }
        has_waited
    }

    fn is_login(&self, cookie: &str, now_s: i64) -> bool {
        let Some((until_s, tag)) = cookie.split_once('.') else {
            return false;
        };
        let is_ours =
            hex::decode(tag).is_ok_and(|tag| self.key.has_tagged(purpose::LOGIN, until_s.as_bytes(), &tag));
        // A longer validity than that of a login was set by a clock that was ahead.
        let left = 1..=LOGIN_SECS + CLOCK_SECS;
        is_ours && until_s.parse().is_ok_and(|until_s: i64| left.contains(&until_s.saturating_sub(now_s)))
    }
}

/// Returns a cookie of this server that no script can read.
fn cookie(name: &str, value: String, request: &HttpRequest) -> Cookie<'static> {
    // Any client may claim this of its own connection, but only affects its own cookie.
    let protocols = request.headers().get("x-forwarded-proto").and_then(|protocols| protocols.to_str().ok());
    let protocol = protocols.and_then(|protocols| protocols.split(',').next()).unwrap_or_default();
    let is_secure = protocol.trim().eq_ignore_ascii_case("https");
    Cookie::build(name.to_owned(), value)
        .path(base_path(request).href("/"))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .finish()
}

/// Counts a wrong token, and returns the problem.
fn wrong(failures: &RateLimiter, client: IpAddr) -> Problem {
    match failures.take(client, Instant::now()) {
        Ok(()) => {
            tracing::warn!(peer = %client, "a wrong token");
            Problem::Unauthorized("the token is wrong".to_owned())
        }
        Err(wait) => Problem::TooManyRequests(wait),
    }
}

/// Signs texts with a key derived from the token (HMAC).
struct Key(Hmac<Sha256>);

impl Key {
    fn new(token: &AuthToken) -> Self {
        Self(Hmac::new_from_slice(token.secret()).expect("a key may have any length"))
    }

    fn tag(&self, purpose: &[u8], text: &[u8]) -> Vec<u8> {
        self.tagging(purpose, text).finalize().into_bytes().to_vec()
    }

    /// Returns whether a tag belongs to a text, in constant time.
    fn has_tagged(&self, purpose: &[u8], text: &[u8], tag: &[u8]) -> bool {
        self.tagging(purpose, text).verify_slice(tag).is_ok()
    }

    fn tagging(&self, purpose: &[u8], text: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(purpose).chain_update(text)
    }
}

/// Returns the token of `Bearer token`. The name of the scheme may be written in any case.
pub(crate) fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}
