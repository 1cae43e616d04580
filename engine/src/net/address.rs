//! IP addresses and prefixes, as the Kubernetes API reads them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    /// The address as written, host bits and all.
    pub address: IpAddr,
    /// Prefix length in bits: 0 to 32, or 0 to 128.
    pub prefix: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8`. Host bits and leading zeros (read as decimal) are tolerated, as the API tolerates them in
    /// existing objects (`k8s.io/utils/net.ParseCIDRSloppy`).
    ///
    /// ```
    /// let cidr = engine::net::Cidr::parse("10.1.2.3/08");
    /// assert_eq!(cidr, None);
    /// assert_eq!(engine::net::Cidr::parse("10.01.2.3/8").unwrap().to_string(), "10.1.2.3/8");
    /// ```
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.split_once('/')?;
        let address = parse_address(address)?;
        let plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || (prefix.len() > 1 && prefix.starts_with('0')) {
            return None;
        }
        let prefix: u8 = prefix.parse().ok()?;
        (prefix <= bits(address)).then_some(Cidr { address, prefix })
    }

    /// Reads a prefix, or a single address as the prefix that holds just it.
    pub fn parse_or_address(text: &str) -> Option<Cidr> {
        if text.contains('/') {
            return Cidr::parse(text);
        }
        let address = parse_address(text)?;
        Some(Cidr { address, prefix: bits(address) })
    }

    /// True if every address of `inner` is one of this prefix.
    ///
    /// ```
    /// use engine::net::Cidr;
    /// let [wide, narrow] = ["10.0.0.0/8", "10.9.0.0/16"].map(|text| Cidr::parse(text).unwrap());
    /// assert!(wide.contains(&narrow) && !narrow.contains(&wide));
    /// ```
    pub fn contains(&self, inner: &Cidr) -> bool {
        let same_family = self.address.is_ipv4() == inner.address.is_ipv4();
        same_family && self.prefix <= inner.prefix && self.masks_to(inner.address)
    }

    /// True if `address` is one of this prefix.
    pub fn has(&self, address: IpAddr) -> bool {
        self.contains(&Cidr { address, prefix: bits(address) })
    }

    /// The same prefix with its host bits cleared.
    #[must_use]
    pub fn masked(&self) -> Cidr {
        let address = match self.address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        };
        Cidr { address, prefix: self.prefix }
    }

    fn masks_to(&self, address: IpAddr) -> bool {
        self.masked().address == Cidr { address, prefix: self.prefix }.masked().address
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Reads an IP address. Leading zeros of IPv4 are decimal, as in `k8s.io/utils/net.ParseIPSloppy`; an IPv4 address written
/// inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address, as Go has it.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let v6: Ipv6Addr = text.parse().ok()?;
        return Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4));
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| IpAddr::from(octets))
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// Reads `IPv4` or `IPv6`, in any case.
    pub fn parse(text: &str) -> Option<Family> {
        match text.to_ascii_lowercase().as_str() {
            "ipv4" => Some(Family::V4),
            "ipv6" => Some(Family::V6),
            _ => None,
        }
    }

    /// `IPv4` or `IPv6`.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    #[test]
    fn a_prefix_needs_a_length_inside_its_family() {
        for text in ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "x/8", "10.0.0.0/+8"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
        assert_eq!(cidr("::/0").prefix, 0);
        assert_eq!(cidr("255.255.255.255/32").prefix, 32);
    }

    #[test]
    fn host_bits_and_leading_zeros_are_tolerated() {
        assert_eq!(cidr("10.1.2.3/8").masked(), cidr("10.0.0.0/8"));
        assert_eq!(cidr("010.1.2.3/8").address, cidr("10.1.2.3/8").address);
        assert!(cidr("10.1.2.3/8").contains(&cidr("10.255.0.0/16")));
    }

    #[test]
    fn families_never_contain_each_other() {
        assert!(!cidr("::/0").contains(&cidr("10.0.0.0/8")));
        assert!(!cidr("0.0.0.0/0").contains(&cidr("fd00::/8")));
    }

    #[test]
    fn containment_is_that_of_address_sets_inside_one_28() {
        let all: Vec<Cidr> = (28..=32u8)
            .flat_map(|prefix| (0..16u8).map(move |host| Cidr { address: IpAddr::from([10, 0, 0, host]), prefix }))
            .collect();
        let set =
            |cidr: &Cidr| -> Vec<bool> { (0..16u8).map(|host| cidr.has(IpAddr::from([10, 0, 0, host]))).collect() };
        for outer in &all {
            for inner in &all {
                let subset = set(outer).iter().zip(set(inner)).all(|(outer, inner)| *outer || !inner);
                assert_eq!(outer.contains(inner), subset, "{outer} {inner}");
            }
        }
    }
}
