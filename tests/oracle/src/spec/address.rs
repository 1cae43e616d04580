//! Blocks of addresses, by comparing addresses as numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Every address from `first` to `last`, of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// First address.
    pub first: IpAddr,
    /// Last address.
    pub last: IpAddr,
}

impl Block {
    /// Reads CIDR notation. Bits behind the prefix do not count.
    pub fn parse(cidr: &str) -> Option<Block> {
        let (address, prefix) = cidr.split_once('/')?;
        let prefix: u32 = prefix.parse().ok()?;
        match address.parse().ok()? {
            IpAddr::V4(v4) => {
                let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
                let (first, last) = (v4.to_bits() & !host, v4.to_bits() | host);
                (prefix <= 32).then_some(Block {
                    first: Ipv4Addr::from_bits(first).into(),
                    last: Ipv4Addr::from_bits(last).into(),
                })
            }
            IpAddr::V6(v6) => {
                let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
                let (first, last) = (v6.to_bits() & !host, v6.to_bits() | host);
                (prefix <= 128).then_some(Block {
                    first: Ipv6Addr::from_bits(first).into(),
                    last: Ipv6Addr::from_bits(last).into(),
                })
            }
        }
    }

    /// Whether the address is in it. Families never mix.
    pub fn has(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}

/// The address after this one, if there is one.
pub fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(Ipv4Addr::from_bits(v4.to_bits().checked_add(1)?).into()),
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits().checked_add(1)?).into()),
    }
}

/// The address before this one, if there is one.
pub fn before(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(Ipv4Addr::from_bits(v4.to_bits().checked_sub(1)?).into()),
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits().checked_sub(1)?).into()),
    }
}

/// Addresses that no pod has: "this network", loopback, link-local, multicast, broadcast (RFC 1122, 3927, 4291, 5771, 919).
const NO_POD: [&str; 8] = [
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "255.255.255.255/32",
    "::/127",
    "fe80::/10",
    "ff00::/8",
];

fn blocks<'a>(cidrs: impl Iterator<Item = &'a str>) -> Vec<Block> {
    cidrs.filter_map(Block::parse).collect()
}

/// Whether a pod can have an address that is in `inside` and not in any of `outside`.
///
/// If there are such addresses, the lowest of them is where a block begins or one after an excluded block's last.
fn a_pod_can_be(inside: &[Block], outside: &[Block]) -> bool {
    let excluded: Vec<Block> = outside.iter().copied().chain(blocks(NO_POD.into_iter())).collect();
    let begins = inside.iter().map(|block| block.first);
    let follows = excluded.iter().filter_map(|block| after(block.last));
    begins.chain(follows).any(|address| {
        inside.iter().any(|block| block.has(address)) && !excluded.iter().any(|block| block.has(address))
    })
}

/// Whether a pod can have an address of the block that is in none of its exceptions.
pub fn block_can_hold_a_pod(cidr: &str, except: &[String]) -> bool {
    a_pod_can_be(&blocks([cidr].into_iter()), &blocks(except.iter().map(String::as_str)))
}

/// Whether every address that a pod can have is in one of the blocks.
pub fn blocks_hold_every_pod(cidrs: &[String]) -> bool {
    let everything = blocks(["0.0.0.0/0", "::/0"].into_iter());
    !a_pod_can_be(&everything, &blocks(cidrs.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_where_its_prefix_says() {
        let block = Block::parse("203.0.113.77/26").unwrap();
        assert_eq!((block.first.to_string(), block.last.to_string()), ("203.0.113.64".into(), "203.0.113.127".into()));
        assert!(Block::parse("::/0").unwrap().has("ffff::".parse().unwrap()));
        assert!(!Block::parse("::/0").unwrap().has("10.0.0.1".parse().unwrap()));
        assert_eq!(Block::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn a_block_without_unicast_addresses_holds_no_pod() {
        assert!(!block_can_hold_a_pod("224.0.0.0/8", &[]));
        assert!(block_can_hold_a_pod("127.0.0.0/7", &[]));
        assert!(!block_can_hold_a_pod("126.0.0.0/7", &["126.0.0.0/8".into()]));
        assert!(block_can_hold_a_pod("126.0.0.0/7", &["126.0.0.0/9".into()]));
        assert!(blocks_hold_every_pod(&["0.0.0.0/0".into(), "::/0".into()]));
        assert!(!blocks_hold_every_pod(&["0.0.0.0/0".into()]));
    }
}
