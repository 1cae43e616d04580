//! Addresses that are no ordinary destination.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AddressSet, Cidr};

/// Where clouds answer a machine's questions about itself, credentials included: IPv4 everywhere, IPv6 on AWS.
pub const METADATA_ADDRESSES: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254))];

/// Whether the address is loopback, link-local or a metadata service, also when written as IPv4 inside IPv6: what the API
/// server refuses in an EndpointSlice, and the metadata service beside it.
pub fn is_dangerous(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    address.is_loopback() || link_local || METADATA_ADDRESSES.contains(&address)
}

/// Addresses that no pod has: "this network", loopback, link-local (metadata services), multicast and broadcast. Sources:
/// RFC 6890 for IPv4, RFC 4291 for IPv6.
pub fn no_pod_addresses() -> AddressSet {
    let cidr = |address: [u8; 4], prefix| AddressSet::of(Cidr { address: address.into(), prefix });
    let v4 = [([0, 0, 0, 0], 8), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16), ([224, 0, 0, 0], 4)];
    let broadcast = cidr([255, 255, 255, 255], 32);
    let none = v4.into_iter().fold(broadcast, |all, (address, prefix)| all.union(&cidr(address, prefix)));
    let v6 = [(0, 127), (0xfe80 << 112, 10), (0xff << 120, 8)];
    v6.into_iter().fold(none, |all, (bits, prefix)| {
        all.union(&AddressSet::of(Cidr { address: Ipv6Addr::from_bits(bits).into(), prefix }))
    })
}

/// Addresses of the internet: those that a pod could have, without the private ones of RFC 1918, RFC 6598 and RFC 4193.
pub fn public_addresses() -> AddressSet {
    let v4 = [([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];
    let private = v4.into_iter().map(|(address, prefix): ([u8; 4], u8)| Cidr { address: address.into(), prefix });
    let local = Cidr { address: Ipv6Addr::from_bits(0xfc << 120).into(), prefix: 7 };
    let others = private.chain([local]).fold(no_pod_addresses(), |all, cidr| all.union(&AddressSet::of(cidr)));
    others.complement()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_is_what_is_neither_private_nor_special() {
        let public = public_addresses();
        for address in ["8.8.8.8", "203.0.113.7", "100.128.0.1", "172.32.0.1", "2001:db8::1", "2600::"] {
            assert!(public.has(address.parse().unwrap()), "{address}");
        }
        for address in [
            "10.0.0.1",
            "100.64.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "127.0.0.1",
            "224.0.0.1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "::1",
        ] {
            assert!(!public.has(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn pods_have_unicast_addresses_beyond_the_link() {
        let none = no_pod_addresses();
        for address in [
            "0.0.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(none.has(address.parse().unwrap()), "{address}");
        }
        for address in
            ["1.0.0.0", "10.0.0.1", "192.168.0.1", "223.255.255.255", "240.0.0.1", "::2", "fd00::1", "2001:db8::1"]
        {
            assert!(!none.has(address.parse().unwrap()), "{address}");
        }
    }

    fn check(address: &str, dangerous: bool) {
        assert_eq!(is_dangerous(address.parse().unwrap()), dangerous, "{address}");
    }

    #[test]
    fn loopback_link_local_and_metadata_are_dangerous_in_both_families() {
        for address in ["127.0.0.1", "127.9.9.9", "::1", "169.254.1.1", "fe80::1", "169.254.169.254", "fd00:ec2::254"] {
            check(address, true);
        }
    }

    #[test]
    fn ipv4_inside_ipv6_is_seen_through() {
        check("::ffff:127.0.0.1", true);
        check("::ffff:10.0.0.1", false);
    }

    #[test]
    fn ordinary_addresses_are_not() {
        for address in ["10.0.0.1", "192.168.0.1", "8.8.8.8", "fd00::1", "2001:db8::1"] {
            check(address, false);
        }
    }
}
