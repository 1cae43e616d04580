//! Exact sets of ports, of each protocol that a NetworkPolicy can name.

use std::fmt;

use super::Ranges;

/// A protocol that a NetworkPolicy can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }

    /// Reads the API's word; `None` for any other text.
    pub fn parse(text: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.as_str() == text)
    }
}

/// A set of ports of each protocol. Equal sets are equal values.
///
/// ```
/// use engine::net::{Ports, Protocol};
/// let web = Ports::range(Protocol::Tcp, 80, 81).union(&Ports::range(Protocol::Tcp, 443, 443));
/// assert_eq!(web.to_string(), "TCP 80-81,443");
/// assert_eq!(web.complement().complement(), web);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// TCP ports.
    pub tcp: Ranges<u16>,
    /// UDP ports.
    pub udp: Ranges<u16>,
    /// SCTP ports.
    pub sctp: Ranges<u16>,
}

impl Ports {
    /// No port.
    pub const NONE: Ports = Ports { tcp: Ranges::NONE, udp: Ranges::NONE, sctp: Ranges::NONE };

    /// Every port of every protocol.
    pub fn all() -> Ports {
        Ports { tcp: Ranges::all(), udp: Ranges::all(), sctp: Ranges::all() }
    }

    /// The ports from `first` to `last`, both included.
    pub fn range(protocol: Protocol, first: u16, last: u16) -> Ports {
        Ports::of(protocol, Ranges::range(first, last))
    }

    /// Every port of a protocol.
    pub fn every(protocol: Protocol) -> Ports {
        Ports::of(protocol, Ranges::all())
    }

    /// These ports of one protocol.
    pub fn of(protocol: Protocol, ranges: Ranges<u16>) -> Ports {
        let mut ports = Ports::NONE;
        *ports.of_protocol_mut(protocol) = ranges;
        ports
    }

    /// The ports of one protocol.
    pub fn of_protocol(&self, protocol: Protocol) -> &Ranges<u16> {
        match protocol {
            Protocol::Tcp => &self.tcp,
            Protocol::Udp => &self.udp,
            Protocol::Sctp => &self.sctp,
        }
    }

    fn of_protocol_mut(&mut self, protocol: Protocol) -> &mut Ranges<u16> {
        match protocol {
            Protocol::Tcp => &mut self.tcp,
            Protocol::Udp => &mut self.udp,
            Protocol::Sctp => &mut self.sctp,
        }
    }

    /// True if there is no port.
    pub fn is_empty(&self) -> bool {
        Protocol::ALL.iter().all(|protocol| self.of_protocol(*protocol).is_empty())
    }

    /// True if every port of every protocol is in it.
    pub fn is_all(&self) -> bool {
        Protocol::ALL.iter().all(|protocol| self.of_protocol(*protocol).is_all())
    }

    /// Whether the port is in it.
    pub fn has(&self, protocol: Protocol, port: u16) -> bool {
        self.of_protocol(protocol).has(port)
    }

    /// The ports of either set.
    #[must_use]
    pub fn union(&self, other: &Ports) -> Ports {
        self.each(other, Ranges::union)
    }

    /// The ports of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Ports) -> Ports {
        self.each(other, Ranges::intersection)
    }

    /// The ports that are not in the other set.
    #[must_use]
    pub fn difference(&self, other: &Ports) -> Ports {
        self.each(other, Ranges::difference)
    }

    /// The ports that are not in it.
    #[must_use]
    pub fn complement(&self) -> Ports {
        self.each(self, |ranges, _| ranges.complement())
    }

    /// Whether every port of it is in the other set.
    pub fn is_subset(&self, other: &Ports) -> bool {
        Protocol::ALL.iter().all(|protocol| self.of_protocol(*protocol).is_subset(other.of_protocol(*protocol)))
    }

    /// Whether the sets share a port.
    pub fn overlaps(&self, other: &Ports) -> bool {
        Protocol::ALL.iter().any(|protocol| self.of_protocol(*protocol).overlaps(other.of_protocol(*protocol)))
    }

    fn each(&self, other: &Ports, operation: impl Fn(&Ranges<u16>, &Ranges<u16>) -> Ranges<u16>) -> Ports {
        Ports {
            tcp: operation(&self.tcp, &other.tcp),
            udp: operation(&self.udp, &other.udp),
            sctp: operation(&self.sctp, &other.sctp),
        }
    }
}

impl fmt::Display for Ports {
    /// `all`, `none`, or the ports of each protocol that has some: `TCP 80,8000-8999, UDP all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        }
        let mut before = "";
        for protocol in Protocol::ALL {
            let ranges = self.of_protocol(protocol);
            if ranges.is_empty() {
                continue;
            }
            write!(f, "{before}{} ", protocol.as_str())?;
            before = ", ";
            if ranges.is_all() {
                f.write_str("all")?;
                continue;
            }
            for (index, (first, last)) in ranges.as_slice().iter().enumerate() {
                f.write_str(if index == 0 { "" } else { "," })?;
                if first == last { write!(f, "{first}")? } else { write!(f, "{first}-{last}")? }
            }
        }
        f.write_str(if before.is_empty() { "none" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_never_mix() {
        let udp = Ports::range(Protocol::Udp, 53, 53);
        assert!(udp.has(Protocol::Udp, 53) && !udp.has(Protocol::Tcp, 53) && !udp.has(Protocol::Sctp, 53));
        assert!(!udp.is_subset(&Ports::every(Protocol::Tcp)) && udp.is_subset(&Ports::every(Protocol::Udp)));
    }

    #[test]
    fn ports_are_printed_by_protocol() {
        let check = |ports: Ports, text: &str| assert_eq!(ports.to_string(), text);
        check(Ports::NONE, "none");
        check(Ports::all(), "all");
        check(Ports::every(Protocol::Sctp), "SCTP all");
        check(Ports::all().difference(&Ports::range(Protocol::Tcp, 1, 1023)), "TCP 1024-65535, UDP all, SCTP all");
        check(Ports::range(Protocol::Tcp, 80, 80).union(&Ports::range(Protocol::Udp, 53, 54)), "TCP 80, UDP 53-54");
    }

    #[test]
    fn everything_is_the_union_of_the_three_protocols() {
        let all = Protocol::ALL.map(Ports::every).iter().fold(Ports::NONE, |all, ports| all.union(ports));
        assert_eq!(all, Ports::all());
        assert!(all.is_all() && all.complement().is_empty());
    }
}
