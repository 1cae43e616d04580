//! IP prefixes.

use std::net::IpAddr;

/// An address prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    /// The address as written, host bits and all.
    pub address: IpAddr,
    /// Prefix length in bits: 0 to 32, or 0 to 128.
    pub prefix: u8,
}
