//! Connection limit by client address.

use ctm_config::networks::{Networks, network};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts connections per network.
#[derive(Debug)]
pub(crate) struct Door {
    most: usize,
    /// Trusted proxies, whose connections belong to many clients.
    trusted: Networks,
    inside: Mutex<HashMap<IpAddr, usize>>,
}

/// The permit of a connection, released when it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit(Option<(Arc<Door>, IpAddr)>);

impl Door {
    /// Creates a limit per address; trusted addresses have none.
    pub(crate) fn new(most: usize, trusted: Networks) -> Self {
        Self { most, trusted, inside: Mutex::default() }
    }

    /// Admits a connection, unless its address has reached the limit.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionPermit> {
        if self.trusted.contain(address) {
            return Some(ConnectionPermit(None));
        }
        let network = network(address);
        let mut inside = self.inside();
        let connections = inside.entry(network).or_default();
        if *connections >= self.most {
            return None;
        }
        *connections += 1;
        Some(ConnectionPermit(Some((Arc::clone(self), network))))
    }

    fn inside(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let Some((door, network)) = &self.0 else { return };
        let mut inside = door.inside();
        if let Some(connections) = inside.get_mut(network) {
            *connections -= 1;
            if *connections == 0 {
                inside.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_a_proxy_any_number() {
        let door = Arc::new(Door::new(2, Networks::parse("10.0.0.1").unwrap()));
        let enter = |address: &str| door.enter(address.parse().unwrap());
        let (first, second) = (enter("192.0.2.1"), enter("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some() && enter("192.0.2.1").is_none());
        assert!(enter("192.0.2.2").is_some());
        drop(first);
        assert!(enter("192.0.2.1").is_some());
        let proxied: Vec<_> = (0..9).map(|_| enter("10.0.0.1")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop((second, proxied));
        assert!(door.inside().is_empty());
    }
}
