//! Addresses of hubs: where requests may go.

use std::net::IpAddr;
use ureq::http::Uri;

/// Returns the address of a hub as requests begin with it.
///
/// Without `plain_http`, one without encryption is of this machine.
pub(crate) fn checked(text: &str, plain_http: bool) -> Result<String, String> {
    let uri: Uri =
        text.parse().map_err(|_| "is no address; specify one such as https://hub.example".to_owned())?;
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || authority.contains('@') || uri.query().is_some() {
        return Err("is no address; specify one such as https://hub.example".to_owned());
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if plain_http || is_loopback(host) => {}
        Some("http") => {
            return Err("is not encrypted; use https, or permit this with --insecure-http".to_owned());
        }
        _ => return Err("is neither https nor http; specify one such as https://hub.example".to_owned()),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_of_this_machine() {
        let taken = |text: &str, plain_http, expected: &str| {
            assert_eq!(checked(text, plain_http).as_deref(), Ok(expected), "{text}");
        };
        taken("https://hub.example", false, "https://hub.example");
        taken("https://hub.example:8443/usage/", false, "https://hub.example:8443/usage");
        for loopback in ["http://127.0.0.1:51888", "http://[::1]:51888", "http://localhost"] {
            taken(loopback, false, loopback);
        }
        taken("http://hub.example", true, "http://hub.example");
        let refused = |text: &str, reason: &str| {
            let error = checked(text, false).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        };
        refused("http://hub.example", "--insecure-http");
        refused("http://127.0.0.1.example", "--insecure-http");
        refused("ftp://hub.example", "neither https nor http");
        for nothing in
            ["", "hub", "https://", "https://a@hub.example", "https://hub.example/?a=1", "https://a b"]
        {
            refused(nothing, "");
        }
    }
}
