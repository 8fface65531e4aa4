//! The path that the server lives under, behind a proxy that has other things to offer, too.
//!
//! # Design
//!
//! It is taken off requests before anything looks at them, so that nothing inside knows of it, and
//! put before what leads somewhere: redirects, links of pages, the cookie. Requests without it are
//! answered as well, for what asks the server itself, such as health checks; pages are led to where
//! they live. So a proxy has to pass paths on unchanged.

use crate::guard::is_page;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

/// First parts of the server's own paths, under which it cannot live.
const OWN: [&str; 5] = ["_app", "api", "login", "logout", "metrics"];

/// A path without a slash at its end: empty, or such as `/ctm`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// The default base path.
static ROOT: BasePath = BasePath(String::new());

/// What was asked for, where the base path was taken off.
struct Asked(Uri);

impl BasePath {
    /// Understands `/`, `/ctm`, `/tools/ctm/`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() {
            return text.starts_with('/').then(Self::default);
        }
        let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        let is_plain = |part: &&str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            !part.is_empty() && part.bytes().all(allowed) && !part.bytes().all(|byte| byte == b'.')
        };
        (parts.iter().all(is_plain) && !OWN.contains(&parts[0])).then(|| Self(path.to_owned()))
    }

    /// Returns the path as text, empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns where a path of the server is from outside.
    pub(crate) fn href(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Returns a page of which every address is one from outside.
    pub(crate) fn page(&self, html: &str) -> String {
        html.replace("=\"/", &format!("=\"{}/", self.0))
    }

    /// Returns a path without this one, if it is below.
    fn take_from<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&*self.0).filter(|rest| rest.starts_with('/'))
    }
}

/// Returns where the server that is asked lives.
pub(crate) fn of(request: &HttpRequest) -> &BasePath {
    request.app_data::<Data<BasePath>>().map_or(&ROOT, |base| base)
}

/// Returns the path and the query that were asked for, as they are from outside.
pub(crate) fn asked(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    let uri = extensions.get::<Asked>().map_or(request.uri(), |asked| &asked.0);
    uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned()
}

/// Takes the base path off a request, and leads pages without it to where they live.
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
    if !base.0.is_empty() {
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
            let path = if asked.path() == base.0 { "/" } else { asked.path() };
            let to = format!("{}{}", base.href(path), query(&asked));
            let mut response = HttpResponse::TemporaryRedirect();
            response.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, "no-store"));
            return Ok(request.into_response(response.finish()).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_has_plain_parts_that_are_not_the_servers_own() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(BasePath::parse(text).as_ref().map(BasePath::as_str), expected, "{text}");
        };
        check("/", Some(""));
        check("/ctm", Some("/ctm"));
        check("/ctm/", Some("/ctm"));
        check("/tools/c-t.m_1~", Some("/tools/c-t.m_1~"));
        for bad in [
            "",
            "ctm",
            "//",
            "/ctm//",
            "/a//b",
            "/a b",
            "/ä",
            "/a\"b",
            "/a%20b",
            "/..",
            "/a/./b",
            "/api",
            "/login/ctm",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn only_what_is_below_loses_the_base_path() {
        let base = BasePath::parse("/ctm").unwrap();
        let check = |path: &str, expected: Option<&str>| assert_eq!(base.take_from(path), expected, "{path}");
        check("/ctm/", Some("/"));
        check("/ctm/api/v1/stats", Some("/api/v1/stats"));
        check("/ctm", None);
        check("/ctmx/", None);
        check("/", None);
    }
}
