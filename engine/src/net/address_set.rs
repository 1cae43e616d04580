//! Exact sets of IP addresses of both families.

use std::fmt;
use std::net::IpAddr;

use super::{Block, Cidr, Point, Ranges};

/// A set of IPv4 and IPv6 addresses. Equal sets are equal values.
///
/// ```
/// use engine::net::{AddressSet, Cidr};
/// let [everything, private] = ["0.0.0.0/0", "10.0.0.0/8"].map(|text| AddressSet::of(Cidr::parse(text).unwrap()));
/// let outside = everything.difference(&private);
/// assert_eq!(outside.to_string(), "0.0.0.0/0 except 10.0.0.0/8");
/// assert!(!outside.has("10.1.2.3".parse().unwrap()) && !outside.has("::1".parse().unwrap()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    /// IPv4 addresses.
    pub v4: Ranges<u32>,
    /// IPv6 addresses.
    pub v6: Ranges<u128>,
}

impl AddressSet {
    /// No address.
    pub const NONE: AddressSet = AddressSet { v4: Ranges::NONE, v6: Ranges::NONE };

    /// Every address of both families.
    pub fn all() -> AddressSet {
        AddressSet { v4: Ranges::all(), v6: Ranges::all() }
    }

    /// The addresses of a prefix; its host bits mean nothing.
    pub fn of(cidr: Cidr) -> AddressSet {
        match cidr.masked().address {
            IpAddr::V4(first) => {
                let hosts = u32::MAX.checked_shr(u32::from(cidr.prefix)).unwrap_or(0);
                AddressSet { v4: Ranges::range(first.to_bits(), first.to_bits() | hosts), v6: Ranges::NONE }
            }
            IpAddr::V6(first) => {
                let hosts = u128::MAX.checked_shr(u32::from(cidr.prefix)).unwrap_or(0);
                AddressSet { v4: Ranges::NONE, v6: Ranges::range(first.to_bits(), first.to_bits() | hosts) }
            }
        }
    }

    /// The one address.
    pub fn of_address(address: IpAddr) -> AddressSet {
        AddressSet::of(Cidr { address, prefix: if address.is_ipv4() { 32 } else { 128 } })
    }

    /// A prefix without holes in it.
    pub fn of_block(cidr: Cidr, except: &[Cidr]) -> AddressSet {
        let holes = except.iter().fold(AddressSet::NONE, |holes, hole| holes.union(&AddressSet::of(*hole)));
        AddressSet::of(cidr).difference(&holes)
    }

    /// True if there is no address.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// True if every address of both families is in it.
    pub fn is_all(&self) -> bool {
        self.v4.is_all() && self.v6.is_all()
    }

    /// Whether the address is in it.
    pub fn has(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.v4.has(v4.to_bits()),
            IpAddr::V6(v6) => self.v6.has(v6.to_bits()),
        }
    }

    /// The addresses of either set.
    #[must_use]
    pub fn union(&self, other: &AddressSet) -> AddressSet {
        AddressSet { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// The addresses of both sets.
    #[must_use]
    pub fn intersection(&self, other: &AddressSet) -> AddressSet {
        AddressSet { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// The addresses that are not in the other set.
    #[must_use]
    pub fn difference(&self, other: &AddressSet) -> AddressSet {
        AddressSet { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// The addresses that are not in it.
    #[must_use]
    pub fn complement(&self) -> AddressSet {
        AddressSet { v4: self.v4.complement(), v6: self.v6.complement() }
    }

    /// Whether every address of it is in the other set.
    pub fn is_subset(&self, other: &AddressSet) -> bool {
        self.v4.is_subset(&other.v4) && self.v6.is_subset(&other.v6)
    }

    /// Whether the sets share an address.
    pub fn overlaps(&self, other: &AddressSet) -> bool {
        self.v4.overlaps(&other.v4) || self.v6.overlaps(&other.v6)
    }

    /// Some address of it.
    pub fn sample(&self) -> Option<IpAddr> {
        let v4 = self.v4.as_slice().first().map(|range| IpAddr::from(range.0.to_be_bytes()));
        v4.or_else(|| self.v6.as_slice().first().map(|range| IpAddr::from(range.0.to_be_bytes())))
    }

    /// The set as prefixes without holes, sorted, IPv4 first, as few as there can be.
    pub fn prefixes(&self) -> impl Iterator<Item = Cidr> {
        let v4 = super::block::plain(&self.v4, |first, prefix| (first.to_be_bytes().into(), prefix));
        v4.into_iter().chain(super::block::plain(&self.v6, |first, prefix| (first.to_be_bytes().into(), prefix)))
    }

    /// The set as prefixes with holes, IPv4 first, written with as few prefixes as there can be.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = super::block::cover(&self.v4, |first, prefix| (first.to_be_bytes().into(), prefix));
        blocks.extend(super::block::cover(&self.v6, |first, prefix| (first.to_be_bytes().into(), prefix)));
        blocks
    }
}

impl fmt::Display for AddressSet {
    /// The blocks, `, ` between them; `none` if there is no address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.blocks();
        if blocks.is_empty() {
            return f.write_str("none");
        }
        for (index, block) in blocks.iter().enumerate() {
            write!(f, "{}{block}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// An address as a number.
pub(super) trait Address: Point + std::ops::BitOr<Output = Self> {
    /// How many bits it has.
    const BITS: u8;
    /// The number whose last `bits` bits are set.
    fn ones(bits: u8) -> Self;
}

impl Address for u32 {
    const BITS: u8 = 32;
    fn ones(bits: u8) -> u32 {
        u32::MAX.checked_shr(32 - u32::from(bits)).unwrap_or(0)
    }
}

impl Address for u128 {
    const BITS: u8 = 128;
    fn ones(bits: u8) -> u128 {
        u128::MAX.checked_shr(128 - u32::from(bits)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> AddressSet {
        AddressSet::of(Cidr::parse(text).unwrap())
    }

    #[test]
    fn families_are_apart() {
        assert!(!set("0.0.0.0/0").overlaps(&set("::/0")));
        assert_eq!(set("0.0.0.0/0").complement(), set("::/0"));
        assert!(set("0.0.0.0/0").union(&set("::/0")).is_all());
    }

    #[test]
    fn a_block_is_its_prefix_without_the_holes() {
        let [cidr, hole, other] = ["10.0.0.0/8", "10.1.0.0/16", "10.3.0.0/16"].map(|text| Cidr::parse(text).unwrap());
        let block = AddressSet::of_block(cidr, &[hole, other]);
        assert_eq!(block.to_string(), "10.0.0.0/8 except 10.1.0.0/16, 10.3.0.0/16");
        assert!(block.has("10.2.0.0".parse().unwrap()) && !block.has("10.1.255.255".parse().unwrap()));
    }

    #[test]
    fn the_edges_of_prefixes_are_exact() {
        assert_eq!(set("10.1.2.3/8"), set("10.0.0.0/8"));
        assert_eq!(set("255.255.255.255/32").v4.as_slice(), [(u32::MAX, u32::MAX)]);
        assert_eq!(set("::1/128").v6.as_slice(), [(1, 1)]);
        assert!(set("::/0").v6.is_all() && set("0.0.0.0/0").v4.is_all());
    }
}
