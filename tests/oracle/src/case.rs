//! One question, and where it is kept: a case of a fixture reads `alpha/w0 -> 203.0.113.7 80/TCP: deny`.

use std::fmt::{Display, Formatter};
use std::net::IpAddr;

use crate::answer::Verdict;
use crate::manifest::{Cluster, Protocol};
use crate::spec::{End, Flow, Specification};

/// The name of one end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndName {
    /// `NAMESPACE/NAME` of a workload.
    Workload(String),
    /// An address outside.
    Address(IpAddr),
}

/// One question: may this connect to that, on this port?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where it comes from.
    pub source: EndName,
    /// Where it goes.
    pub destination: EndName,
    /// The protocol.
    pub protocol: Protocol,
    /// The port of the destination.
    pub port: u16,
}

impl Case {
    /// The answer of the specification; nothing if an end is not in the cluster.
    pub fn asked_of_specification(&self, cluster: &Cluster) -> Option<Verdict> {
        let end = |name: &EndName| match name {
            EndName::Address(address) => Some(End::Address(*address)),
            EndName::Workload(name) => {
                let running = cluster.workloads.iter().filter(|workload| !workload.has_ended());
                running.into_iter().find(|workload| workload.name() == *name).map(End::Workload)
            }
        };
        let (source, destination) = (end(&self.source)?, end(&self.destination)?);
        let flow = Flow { source, destination, protocol: self.protocol, port: self.port };
        Some(Specification::of(cluster).verdict(flow))
    }

    /// Reads `SOURCE -> DESTINATION PORT/PROTOCOL`.
    pub fn parse(text: &str) -> Option<Case> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [source, "->", destination, port] = words[..] else { return None };
        let (port, protocol) = port.split_once('/')?;
        let end = |text: &str| text.parse().map_or_else(|_| EndName::Workload(text.to_owned()), EndName::Address);
        let protocol = match protocol {
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => return None,
        };
        Some(Case { source: end(source), destination: end(destination), protocol, port: port.parse().ok()? })
    }
}

impl Display for EndName {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            EndName::Workload(name) => f.write_str(name),
            EndName::Address(address) => address.fmt(f),
        }
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Case { source, destination, protocol, port } = self;
        let protocol = match protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        };
        write!(f, "{source} -> {destination} {port}/{protocol}")
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn a_case_reads_as_it_is_written() {
        for text in ["a/b -> c/d 80/TCP", "203.0.113.7 -> a/b 53/UDP", "a/b -> 2001:db8::1 1/SCTP"] {
            assert_eq!(Case::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Case::parse("a/b -> c/d 80"), None);
    }
}
