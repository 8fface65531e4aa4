//! Client address behind proxies (`X-Forwarded-For`).
//!
//! A proxy appends the address of its client to `X-Forwarded-For`. The part before it was written by the
//! client, so the list is read from its end, and only as far as the proxies are trusted. `Forwarded` is not
//! read: with two headers, clients could send the one that the proxy does not write.

use actix_web::http::header::{HeaderMap, HeaderName};
use ctm_config::networks::Networks;
use std::net::{IpAddr, SocketAddr};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the address of the client behind trusted proxies: that of the peer if it is not a trusted proxy,
/// or if its header is invalid.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    let mut client = peer;
    let lines: Vec<_> = headers.get_all(&FORWARDED_FOR).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    while trusted.contain(client) {
        let Some(hop) = hops.next() else { return client };
        let Some(address) = parse(hop) else { return peer };
        client = address;
    }
    client
}

/// Parses an address, with or without a port.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().or_else(|_| hop.parse().map(|address: SocketAddr| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
        let check = |peer: &str, lines: &[&'static str], expected: &str| {
            let mut request = TestRequest::default();
            for line in lines {
                request = request.append_header(("x-forwarded-for", *line));
            }
            let trusted = Networks::parse("10.0.0.0/8,::1").unwrap();
            let found = client(peer.parse().unwrap(), request.to_http_request().headers(), &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {lines:?}");
        };
        check("192.0.2.1", &[], "192.0.2.1");
        check("192.0.2.1", &["198.51.100.1"], "192.0.2.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9,198.51.100.1 , 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("10.0.0.1", &["2001:db8::1"], "2001:db8::1");
        check("10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["nonsense, 198.51.100.1"], "198.51.100.1");
        for bad in ["unknown", "198.51.100.1,", "198.51.100.1, _hidden", "198.51.100.1, 10.0.0.256", "\u{e4}"]
        {
            check("10.0.0.1", &[bad], "10.0.0.1");
        }
    }
}
