//! Checks of the request target: malformed paths and queries.

use actix_web::http::Uri;
use ctm_api::problem::{FieldError, Problem};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The longest query, in bytes.
const LONGEST_QUERY: usize = 8 << 10;

/// Parameters of a query.
const MOST_PARAMETERS: usize = 200;

/// Parameters that could contain a secret, which would be kept in histories and logs.
const SECRETS: [&str; 3] = ["token", "access_token", "secret"];

/// Maximum nesting of escapes in a path; deeper nesting is suspicious.
const MOST_ESCAPES: usize = 3;

/// Checks the path and the query of a request.
pub(super) fn check(uri: &Uri) -> Result<(), Problem> {
    check_path(uri.path())?;
    uri.query().map_or(Ok(()), check_query)
}

fn check_path(path: &str) -> Result<(), Problem> {
    let decoded = decode(path).filter(|path| !climbs(path));
    if decoded.is_some() { Ok(()) } else { Err(Problem::Malformed("invalid path".to_owned())) }
}

/// Returns a path with its escapes decoded repeatedly.
fn decode(path: &str) -> Option<Cow<'_, str>> {
    let mut decoded = Cow::Borrowed(path);
    for _ in 0..MOST_ESCAPES {
        if !decoded.contains('%') {
            return Some(decoded);
        }
        let next = percent_decode_str(&decoded).decode_utf8().ok()?.into_owned();
        if next == *decoded {
            return Some(decoded);
        }
        decoded = Cow::Owned(next);
    }
    Some(decoded)
}

/// Returns whether a path leads out of its root, on any platform.
fn climbs(path: &str) -> bool {
    path.contains(|character: char| character.is_control())
        || path.contains("/\\")
        || path.contains("\\\\")
        || path.split(['/', '\\']).any(|segment| segment == "." || segment == "..")
}

fn check_query(query: &str) -> Result<(), Problem> {
    if query.len() > LONGEST_QUERY {
        return Err(Problem::UriTooLong { most_bytes: LONGEST_QUERY });
    }
    if percent_decode_str(query).decode_utf8().is_err() {
        return Err(refuse("query", "malformed", "the query is not UTF-8"));
    }
    let names = || query.split('&').map(|pair| pair.split('=').next().unwrap_or(pair));
    if names().count() > MOST_PARAMETERS {
        return Err(refuse(
            "query",
            "too_many",
            &format!("the query has more than {MOST_PARAMETERS} parameters"),
        ));
    }
    for name in names() {
        let name = percent_decode_str(name).decode_utf8_lossy();
        if let Some(secret) = SECRETS.iter().find(|secret| name.eq_ignore_ascii_case(secret)) {
            return Err(refuse(
                secret,
                "secret_in_address",
                "addresses are kept in histories and logs; send the token as `Authorization: Bearer`, or log in at /login",
            ));
        }
    }
    Ok(())
}

fn refuse(field: &str, code: &'static str, message: &str) -> Problem {
    Problem::BadRequest(vec![FieldError { field: field.to_owned(), code, message: message.to_owned() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_do_not_climb() {
        let check = |path: &str, expected: bool| assert_eq!(check_path(path).is_ok(), expected, "{path}");
        for good in [
            "/",
            "/sessions/a.b",
            "/projects/%2Fhome%2Fu",
            "/projects/C%3A%5Cshop",
            "/100%25",
            "/a%zz",
            "/...",
        ] {
            check(good, true);
        }
        for bad in [
            "/../etc/passwd",
            "/a/..",
            "/%2e%2e%2fetc",
            "/%252e%252e%252fetc",
            "/..%5c..%5cwin.ini",
            "/%5c%5chost",
            "/a%00.js",
            "/a%0d%0ab",
            "/%ff",
            "/%c0%ae%c0%ae/etc",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn queries_are_short_and_hold_no_secret() {
        let code = |query: &str| match check_query(query) {
            Ok(()) => "ok",
            Err(Problem::BadRequest(errors)) => errors[0].code,
            Err(_) => "too long",
        };
        assert_eq!(code("tz=UTC&project=%2Fhome&tokens=1&x=token"), "ok");
        assert_eq!(code(&vec!["a=1"; 200].join("&")), "ok");
        assert_eq!(code(&vec!["a=1"; 201].join("&")), "too_many");
        assert_eq!(code(&"a".repeat(LONGEST_QUERY + 1)), "too long");
        assert_eq!(code("tz=%ff"), "malformed");
        for secret in ["token=s", "tz=UTC&access_token=s", "Token", "%74oken=s", "secret=s"] {
            assert_eq!(code(secret), "secret_in_address");
        }
    }
}
