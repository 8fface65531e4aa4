//! Networks: which addresses belong together, and which are trusted.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// A list of networks and single addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Parses a comma-separated list such as `10.0.0.0/8,::1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(parse_one).collect::<Option<_>>().map(Self)
    }

    /// Returns whether an address is of one of the networks.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl std::fmt::Display for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, network) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            if network.prefix_len() == network.max_prefix_len() {
                write!(f, "{comma}{}", network.addr())?;
            } else {
                write!(f, "{comma}{network}")?;
            }
        }
        Ok(())
    }
}

fn parse_one(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical().into());
    }
    match text.parse::<IpNet>().ok()?.trunc() {
        IpNet::V6(network) => match network.addr().to_ipv4_mapped() {
            Some(address) => IpNet::new(address.into(), network.prefix_len().checked_sub(96)?).ok(),
            None => Some(network.into()),
        },
        network @ IpNet::V4(_) => Some(network),
    }
}

/// Returns what limits count as one client: an IPv4 address, or the network of an IPv6 address, of which
/// every host has any number.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_addresses_and_networks() {
        let networks =
            Networks::parse("10.3.2.1/8, 192.0.2.7,2001:db8::/32,::ffff:198.51.100.0/120,").unwrap();
        assert_eq!(networks.to_string(), "10.0.0.0/8,192.0.2.7,2001:db8::/32,198.51.100.0/24");
        let check = |address: &str, expected: bool| {
            assert_eq!(networks.contain(address.parse().unwrap()), expected, "{address}");
        };
        for inside in ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8:1::1", "198.51.100.1"] {
            check(inside, true);
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1", "127.0.0.1"] {
            check(outside, false);
        }
        assert_eq!(Networks::parse(""), Some(Networks::default()));
        for bad in ["*", "proxy", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "10.0.0.1/", "10.0.0.1 10.0.0.2"] {
            assert_eq!(Networks::parse(bad), None, "{bad}");
        }
    }
}
