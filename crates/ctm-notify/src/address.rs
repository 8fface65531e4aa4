//! Which addresses are connected to.
//!
//! Everything that is not an address of the public internet is refused. A person permits addresses of their own networks and machine by
//! channel (`allow_private`), and for the collector; those that no receiver has, such as the metadata services of clouds, are refused
//! anyway.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not the public internet, by the registry of IANA for special purposes, each with whether a channel
/// can permit it.
const IPV4: [(&str, bool); 16] = [
    ("0.0.0.0/8", false),
    ("10.0.0.0/8", true),
    // Alibaba Cloud has its metadata service in the shared addresses below.
    ("100.100.100.200/32", false),
    ("100.64.0.0/10", true),
    ("127.0.0.0/8", true),
    // Link-local, with the metadata services of most clouds.
    ("169.254.0.0/16", false),
    ("172.16.0.0/12", true),
    ("192.0.0.0/24", false),
    ("192.0.2.0/24", false),
    ("192.88.99.0/24", false),
    ("192.168.0.0/16", true),
    ("198.18.0.0/15", false),
    ("198.51.100.0/24", false),
    ("203.0.113.0/24", false),
    ("224.0.0.0/4", false),
    ("240.0.0.0/4", false),
];

/// The same for IPv6. What is in none of them and outside of `2000::/3` is refused as well.
const IPV6: [(&str, bool); 6] = [
    ("::1/128", true),
    // The metadata service of Amazon.
    ("fd00:ec2::254/128", false),
    ("fc00::/7", true),
    ("2001::/23", false),
    ("2001:db8::/32", false),
    ("3fff::/20", false),
];

/// Prefixes of IPv6 addresses that contain one of IPv4, each with the position of its first byte.
const EMBEDDED: [(&str, usize); 3] = [("::/96", 12), ("64:ff9b::/96", 12), ("2002::/16", 2)];

/// Whether addresses of a person's own networks and machine are connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrivateAddresses {
    is_allowed: bool,
    refusal: &'static str,
}

impl PrivateAddresses {
    /// As the key `allow_private` of a channel says.
    pub(crate) fn of_channel(is_allowed: bool) -> Self {
        Self { is_allowed, refusal: "is private; permit it with `allow_private = true`" }
    }

    /// As the setting of the collector says.
    pub(crate) fn of_collector(is_allowed: bool) -> Self {
        Self { is_allowed, refusal: "is private; permit it with `otlp_export_allow_private = true`" }
    }

    /// Returns why an address is not connected to, if it is not.
    pub(crate) fn refusal(self, address: IpAddr) -> Option<&'static str> {
        match permission(address) {
            Permission::Always => None,
            Permission::IfAllowed if self.is_allowed => None,
            Permission::IfAllowed => Some(self.refusal),
            Permission::Never => Some("is not one of the public internet or a private network"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Permission {
    Always,
    IfAllowed,
    Never,
}

fn permission(address: IpAddr) -> Permission {
    match address.to_canonical() {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => of_v6(address),
    }
}

fn of_v4(address: Ipv4Addr) -> Permission {
    let network = |text: &str| text.parse::<Ipv4Net>().expect("a test reads all networks");
    special(&IPV4, |text| network(text).contains(&address)).unwrap_or(Permission::Always)
}

fn of_v6(address: Ipv6Addr) -> Permission {
    let is_in = |text: &str| text.parse::<Ipv6Net>().expect("a test reads all networks").contains(&address);
    if let Some(special) = special(&IPV6, is_in) {
        return special;
    }
    if let Some((_, first)) = EMBEDDED.iter().find(|(network, _)| is_in(network)) {
        let mut octets = [0; 4];
        octets.copy_from_slice(&address.octets()[*first..first + 4]);
        return of_v4(octets.into());
    }
    if is_in("2000::/3") { Permission::Always } else { Permission::Never }
}

fn special(networks: &[(&str, bool)], is_in: impl Fn(&str) -> bool) -> Option<Permission> {
    let found = networks.iter().find(|(network, _)| is_in(network));
    found.map(|(_, can_allow)| if *can_allow { Permission::IfAllowed } else { Permission::Never })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expected: Permission) {
        for address in addresses {
            assert_eq!(permission(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_public_internet_are_permitted() {
        check(
            &["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
            Permission::Always,
        );
        check(
            &["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.0.1"],
            Permission::Always,
        );
        check(
            &["223.255.255.255", "2606:4700::1111", "2a00::1", "3ffe::1", "::ffff:1.1.1.1"],
            Permission::Always,
        );
        check(&["64:ff9b::1.1.1.1", "2002:101:101::1"], Permission::Always);
    }

    #[test]
    fn private_addresses_are_permitted_by_a_channel() {
        check(
            &["10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"],
            Permission::IfAllowed,
        );
        check(
            &["172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "::1", "fc00::1", "fdff::1"],
            Permission::IfAllowed,
        );
        // The same written as addresses of IPv6: mapped, compatible, translated, 6to4.
        check(
            &["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::1"],
            Permission::IfAllowed,
        );
        let private: IpAddr = "10.0.0.1".parse().unwrap();
        let refusal = |is_allowed| PrivateAddresses::of_channel(is_allowed).refusal(private);
        assert_eq!(refusal(true), None);
        assert!(refusal(false).unwrap().contains("`allow_private"));
        let refusal = PrivateAddresses::of_collector(false).refusal(private);
        assert!(refusal.unwrap().contains("`otlp_export_allow_private"));
    }

    #[test]
    fn other_addresses_are_refused_whatever_a_channel_permits() {
        check(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "169.254.169.254",
                "169.254.0.1",
                "100.100.100.200",
                "192.0.0.192",
                "192.0.2.1",
            ],
            Permission::Never,
        );
        check(
            &[
                "192.88.99.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
            ],
            Permission::Never,
        );
        check(
            &["255.255.255.255", "::", "fe80::1", "febf::1", "fec0::1", "ff02::1", "fd00:ec2::254"],
            Permission::Never,
        );
        check(&["2001::1", "2001:db8::1", "3fff::1", "100::1", "64:ff9b:1::1", "5f00::1"], Permission::Never);
        check(
            &["::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1"],
            Permission::Never,
        );
        assert!(PrivateAddresses::of_channel(true).refusal("169.254.169.254".parse().unwrap()).is_some());
    }
}
