//! Addresses of hosts: resolved within a time limit, and checked.
//!
//! The list that was checked is the one that is connected to, so that a name that has another address a moment later has no effect.

use crate::address::PrivateAddresses;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The longest that a name is resolved.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most addresses of a host that are tried.
const MOST_ADDRESSES: usize = 4;

/// Returns the addresses of a host and port.
pub(crate) type Lookup = Arc<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// Resolves hosts to the permitted addresses.
#[derive(Clone)]
pub(crate) struct Addresses {
    lookup: Lookup,
    private: PrivateAddresses,
}

/// A host that is not connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreachable {
    /// It has no address, or the name could not be resolved.
    #[error("the name cannot be resolved")]
    Unknown,
    /// None of its addresses is permitted.
    #[error("its address {0} {1}")]
    Refused(IpAddr, &'static str),
}

impl Addresses {
    /// Resolves as the system does.
    pub(crate) fn of_system(private: PrivateAddresses) -> Self {
        Self::with(Arc::new(|host| Ok(host.to_socket_addrs()?.collect())), private)
    }

    /// Resolves by a function, for tests.
    pub(crate) fn with(lookup: Lookup, private: PrivateAddresses) -> Self {
        Self { lookup, private }
    }

    /// Returns the permitted addresses of a host with its port, such as `example.org:443`; at least one.
    pub(crate) fn of(&self, host_and_port: &str) -> Result<Vec<SocketAddr>, Unreachable> {
        let found = self.resolved(host_and_port.to_owned())?;
        let permitted: Vec<_> = found
            .iter()
            .filter(|address| self.private.refusal(address.ip()).is_none())
            .copied()
            .take(MOST_ADDRESSES)
            .collect();
        if !permitted.is_empty() {
            return Ok(permitted);
        }
        let refused =
            found.first().and_then(|address| Some((address.ip(), self.private.refusal(address.ip())?)));
        Err(refused.map_or(Unreachable::Unknown, |(address, reason)| Unreachable::Refused(address, reason)))
    }

    /// The system has no time limit: it resolves on a thread of its own, which is left behind if it takes longer.
    fn resolved(&self, host: String) -> Result<Vec<SocketAddr>, Unreachable> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let lookup = Arc::clone(&self.lookup);
        thread::spawn(move || sender.send(lookup(&host)).ok());
        match receiver.recv_timeout(TIMEOUT) {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) | Err(_) => Err(Unreachable::Unknown),
        }
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").field("private", &self.private).finish_non_exhaustive()
    }
}

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let host = format!("{}:{port}", uri.host().unwrap_or_default());
        let found = self.of(&host).map_err(|error| ureq::Error::Other(Box::new(error)))?;
        let mut addresses = self.empty();
        found.into_iter().for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(found: &'static [&'static str], allow_private: bool) -> Result<Vec<String>, Unreachable> {
        let lookup = |_: &str| {
            Ok(found.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 443)).collect())
        };
        let addresses = Addresses::with(Arc::new(lookup), PrivateAddresses::of_channel(allow_private))
            .of("a.example:443")?;
        Ok(addresses.into_iter().map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn only_permitted_addresses_of_a_name_are_connected_to() {
        assert_eq!(of(&["1.1.1.1", "10.0.0.1", "169.254.169.254"], false).unwrap(), ["1.1.1.1"]);
        assert_eq!(of(&["10.0.0.1", "169.254.169.254"], true).unwrap(), ["10.0.0.1"]);
        let refused = of(&["10.0.0.1", "127.0.0.1"], false).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "its address 10.0.0.1 is private; permit it with `allow_private = true`"
        );
        assert!(matches!(of(&["169.254.169.254"], true), Err(Unreachable::Refused(..))));
        assert_eq!(of(&[], true), Err(Unreachable::Unknown));
        assert_eq!(of(&["1.0.0.1"; 9], false).unwrap().len(), MOST_ADDRESSES);
    }

    #[test]
    fn other_forms_of_loopback_are_refused_too() {
        let addresses = Addresses::of_system(PrivateAddresses::of_channel(false));
        for host in [
            "127.0.0.1:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
            "localhost:1",
            "127.1:1",
            "0x7f000001:1",
            "2130706433:1",
        ] {
            assert!(addresses.of(host).is_err(), "{host}");
        }
        assert!(Addresses::of_system(PrivateAddresses::of_channel(true)).of("127.0.0.1:1").is_ok());
    }
}
