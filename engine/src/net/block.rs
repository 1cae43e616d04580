//! Address sets as people write them: prefixes, and prefixes with holes.

use std::fmt;
use std::net::IpAddr;

use super::address_set::Address;
use super::{Cidr, Ranges};

/// A prefix with holes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// The prefix, host bits cleared.
    pub cidr: Cidr,
    /// What is left out of it: sorted, disjoint, each inside `cidr` and smaller.
    pub except: Vec<Cidr>,
}

impl fmt::Display for Block {
    /// `10.0.0.0/8 except 10.1.0.0/16, 10.3.0.0/16`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cidr)?;
        for (index, hole) in self.except.iter().enumerate() {
            write!(f, "{}{hole}", if index == 0 { " except " } else { ", " })?;
        }
        Ok(())
    }
}

/// The set as blocks, with as few prefixes and holes together as there can be. Cost: bits of an address, for each range.
pub(super) fn cover<T: Address>(set: &Ranges<T>, address: impl Fn(T, u8) -> (IpAddr, u8)) -> Vec<Block> {
    let mut cover = Cover { set, holes: &set.complement() };
    let cidr = |prefix: Prefix<T>| {
        let (address, prefix) = address(prefix.first, prefix.length);
        Cidr { address, prefix }
    };
    let blocks = cover.best(Prefix { first: T::FIRST, length: 0 });
    let written = |(prefix, except): (Prefix<T>, Vec<Prefix<T>>)| Block {
        cidr: cidr(prefix),
        except: except.into_iter().map(&cidr).collect(),
    };
    blocks.into_iter().map(written).collect()
}

/// The set as prefixes without holes. Cost: bits of an address, for each range.
pub(super) fn plain<T: Address>(set: &Ranges<T>, address: impl Fn(T, u8) -> (IpAddr, u8)) -> Vec<Cidr> {
    let mut prefixes = Vec::new();
    Prefix { first: T::FIRST, length: 0 }.plain(set, &mut prefixes);
    let cidr = |prefix: Prefix<T>| {
        let (address, prefix) = address(prefix.first, prefix.length);
        Cidr { address, prefix }
    };
    prefixes.into_iter().map(cidr).collect()
}

#[derive(Clone, Copy)]
struct Prefix<T> {
    first: T,
    length: u8,
}

impl<T: Address> Prefix<T> {
    fn last(self) -> T {
        self.first | T::ones(T::BITS - self.length)
    }

    /// Its two halves, if it is more than one address.
    fn halves(self) -> Option<[Prefix<T>; 2]> {
        let middle = Prefix { first: self.first, length: self.length + 1 };
        let second = (self.length < T::BITS).then(|| middle.last().next()).flatten()?;
        Some([middle, Prefix { first: second, length: middle.length }])
    }

    /// How much of it the set holds.
    fn share(self, set: &Ranges<T>) -> Share {
        let ranges = set.as_slice();
        let from = ranges.partition_point(|range| range.1 < self.first);
        match ranges.get(from) {
            Some(range) if range.0 <= self.first && self.last() <= range.1 => Share::Whole,
            Some(range) if range.0 <= self.last() => Share::Part,
            _ => Share::None,
        }
    }

    /// The fewest prefixes that make up what the set holds of this one.
    fn plain(self, set: &Ranges<T>, into: &mut Vec<Prefix<T>>) {
        match (self.share(set), self.halves()) {
            (Share::Whole, _) => into.push(self),
            (Share::Part, Some(halves)) => halves.into_iter().for_each(|half| half.plain(set, into)),
            _ => {}
        }
    }
}

#[derive(PartialEq, Eq)]
enum Share {
    None,
    Part,
    Whole,
}

struct Cover<'a, T> {
    set: &'a Ranges<T>,
    holes: &'a Ranges<T>,
}

impl<T: Address> Cover<'_, T> {
    /// The blocks that cover what the set holds of `prefix`: either both halves by themselves or the prefix with holes,
    /// whichever needs fewer prefixes.
    fn best(&mut self, prefix: Prefix<T>) -> Vec<(Prefix<T>, Vec<Prefix<T>>)> {
        let halves = match (prefix.share(self.set), prefix.halves()) {
            (Share::Whole, _) => return vec![(prefix, Vec::new())],
            (Share::Part, Some(halves)) => halves,
            _ => return Vec::new(),
        };
        let apart: Vec<_> = halves.into_iter().flat_map(|half| self.best(half)).collect();
        let mut except = Vec::new();
        prefix.plain(self.holes, &mut except);
        let cost: usize = apart.iter().map(|(_, except)| 1 + except.len()).sum();
        if 1 + except.len() < cost { vec![(prefix, except)] } else { apart }
    }
}

#[cfg(test)]
mod tests {
    use super::super::AddressSet;
    use super::*;

    fn set(ranges: &[(u32, u32)]) -> AddressSet {
        AddressSet { v4: Ranges::from_ranges(ranges.iter().copied()), v6: Ranges::NONE }
    }

    #[test]
    fn blocks_are_the_set_they_were_made_of() {
        for mask in 0..1u16 << 10 {
            let bits = (0..10u32).filter(|bit| mask >> bit & 1 == 1);
            let ranges: Vec<_> = bits.map(|bit| (u32::MAX - bit, u32::MAX - bit)).collect();
            let set = set(&ranges);
            let blocks = set.blocks();
            let again = blocks
                .iter()
                .fold(AddressSet::NONE, |all, block| all.union(&AddressSet::of_block(block.cidr, &block.except)));
            assert_eq!(again, set, "{blocks:?}");
            let strict = |block: &Block| {
                block.except.iter().all(|hole| block.cidr.contains(hole) && block.cidr.prefix < hole.prefix)
            };
            assert!(blocks.iter().all(strict), "{blocks:?}");
        }
    }

    #[test]
    fn a_range_that_is_no_prefix_is_written_with_the_fewest() {
        assert_eq!(set(&[(0x0A00_0000, 0x0A00_0005)]).to_string(), "10.0.0.0/30, 10.0.0.4/31");
        assert_eq!(set(&[(0x0A00_0000, 0x0A00_0006)]).to_string(), "10.0.0.0/29 except 10.0.0.7/32");
        assert_eq!(set(&[(0, u32::MAX)]).to_string(), "0.0.0.0/0");
        assert_eq!(set(&[]).to_string(), "none");
    }

    #[test]
    fn ipv6_is_written_the_same_way() {
        let [all, hole] = ["::/0", "fd00::/8"].map(|text| AddressSet::of(Cidr::parse(text).unwrap()));
        assert_eq!(all.difference(&hole).to_string(), "::/0 except fd00::/8");
    }
}
