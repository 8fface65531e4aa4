//! Hosts and origins: the names of the server, and those of pages that send requests.
//!
//! An address is understood here and nowhere else, so that two ways to write the same host can
//! never be distinguished by one check and not by another.

use std::net::IpAddr;

/// A host without its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name, in lower case.
    Name(String),
    /// An IP address.
    Address(IpAddr),
}

impl Host {
    /// Parses a host in the form of a URL, or an IP address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical()));
        }
        // A name may end with the dot of the root.
        let name = text.strip_suffix('.').unwrap_or(text);
        is_name(name).then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() <= 253 && text.split('.').all(|label| !label.is_empty() && label.bytes().all(is_letter))
}

/// A host and the port after it, if there is one, as in the header `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port; `None` for the default port of the scheme.
    pub port: Option<u16>,
}

impl Authority {
    /// Parses `host` or `host:port`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let end_of_host =
            if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
        let (host, port) = text.split_at(end_of_host);
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        Some(Self { host: Host::parse(host)?, port })
    }
}

/// Origin of a page: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    is_secure: bool,
    host: Host,
    port: u16,
}

impl Origin {
    /// Parses `http://host` or `https://host`, with or without a port.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let Authority { host, port } = Authority::parse(authority)?;
        Some(Self { is_secure, host, port: port.unwrap_or(default_port(is_secure)) })
    }

    /// Returns whether a page of this origin was sent by the server with the address `authority`.
    ///
    /// The scheme is not compared: behind a proxy with TLS, the server does not know it.
    #[must_use]
    pub fn is_of(&self, authority: &Authority) -> bool {
        self.host == authority.host && self.port == authority.port.unwrap_or(default_port(self.is_secure))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == default_port(self.is_secure) { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

fn default_port(is_secure: bool) -> u16 {
    if is_secure { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_may_be_written_in_many_ways() {
        let check = |text: &str, expected: &str| {
            let host = Host::parse(text).map(|host| host.to_string());
            assert_eq!(host.as_deref().unwrap_or("none"), expected, "{text}");
        };
        check("localhost", "localhost");
        check("LocalHost.", "localhost");
        check("127.0.0.1", "127.0.0.1");
        check("::1", "[::1]");
        check("[0:0:0:0:0:0:0:1]", "[::1]");
        check("[::ffff:127.0.0.1]", "127.0.0.1");
        for bad in ["", ".", "a..b", "*", "a b", "localhost@evil", "evil/localhost", "ä", &"a".repeat(254)] {
            check(bad, "none");
        }
    }

    #[test]
    fn a_port_is_a_number_after_the_host() {
        let check = |text: &str, expected: Option<(&str, Option<u16>)>| {
            let authority =
                Authority::parse(text).map(|authority| (authority.host.to_string(), authority.port));
            assert_eq!(authority, expected.map(|(host, port)| (host.to_owned(), port)), "{text}");
        };
        check("localhost:51888", Some(("localhost", Some(51_888))));
        check("localhost:", Some(("localhost", None)));
        check("[::1]:80", Some(("[::1]", Some(80))));
        check("[::1]", Some(("[::1]", None)));
        for bad in
            ["localhost:x", "localhost:70000", "localhost:+1", "::1:80", "[::1]80", "[::1", "localhost:1:2"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn an_origin_matches_the_requested_host_and_port() {
        let check = |origin: &str, authority: &str, expected: bool| {
            let origin = Origin::parse(origin).unwrap();
            assert_eq!(origin.is_of(&Authority::parse(authority).unwrap()), expected, "{origin} {authority}");
        };
        check("http://localhost:51888", "localhost:51888", true);
        check("http://localhost:3000", "localhost:51888", false);
        check("http://127.0.0.1:51888", "localhost:51888", false);
        check("https://ctm.example", "ctm.example", true);
        check("https://ctm.example", "ctm.example:443", true);
        check("http://ctm.example", "ctm.example:443", false);
        for bad in ["null", "*", "ctm.example", "ftp://ctm.example", "http://a/b", "http://", "https://u@a"] {
            assert_eq!(Origin::parse(bad), None, "{bad}");
        }
        assert_eq!(Origin::parse("https://A.example:443").unwrap().to_string(), "https://a.example");
    }
}
