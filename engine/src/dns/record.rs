//! What DNS answers.

use std::net::IpAddr;

use super::backends::PodsOf;
use crate::cluster::Knowledge;
use crate::finding::ObjectRef;
use crate::net::Family;

/// What is asked of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordType {
    /// Addresses of both families, as `getaddrinfo` asks.
    Address,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Host and port of a service.
    Srv,
    /// The name of an address.
    Ptr,
    /// What a name is an alias of.
    Cname,
}

impl RecordType {
    /// Reads `A`, `AAAA`, `SRV`, `PTR` or `CNAME`, in any case.
    pub fn parse(text: &str) -> Option<RecordType> {
        match text.to_ascii_uppercase().as_str() {
            "A" => Some(RecordType::A),
            "AAAA" => Some(RecordType::Aaaa),
            "SRV" => Some(RecordType::Srv),
            "PTR" => Some(RecordType::Ptr),
            "CNAME" => Some(RecordType::Cname),
            _ => None,
        }
    }

    /// Whether an address of that family is an answer.
    pub(super) fn takes(self, family: Family) -> bool {
        match self {
            RecordType::Address => true,
            RecordType::A => family == Family::V4,
            RecordType::Aaaa => family == Family::V6,
            RecordType::Srv | RecordType::Ptr | RecordType::Cname => false,
        }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The full name that it belongs to, without a dot at its end.
    pub name: String,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// The name is an alias of this one.
    Alias(String),
    /// An address.
    Address(IpAddr),
    /// The virtual address of a Service, which the input does not hold.
    ServiceAddress {
        /// The Service.
        service: ObjectRef,
        /// Its family.
        family: Family,
    },
    /// The addresses of pods, which the input does not hold.
    PodAddresses {
        /// Whose.
        pods: PodsOf,
        /// Their family.
        family: Family,
    },
    /// A host and a port.
    Server {
        /// The host.
        target: Target,
        /// The port.
        port: u16,
    },
    /// The name of the address that is asked about.
    Pointer(String),
}

impl Data {
    /// The type of the record, as zone files have it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::Alias(_) => "CNAME",
            Data::Address(address) => of_family(Family::of(*address)),
            Data::ServiceAddress { family, .. } | Data::PodAddresses { family, .. } => of_family(*family),
            Data::Server { .. } => "SRV",
            Data::Pointer(_) => "PTR",
        }
    }
}

fn of_family(family: Family) -> &'static str {
    match family {
        Family::V4 => "A",
        Family::V6 => "AAAA",
    }
}

/// The host of an SRV record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A name.
    Name(String),
    /// A name for each of these pods: of many pods of a StatefulSet by their own names, of others by their addresses, of
    /// which the DNS server makes a label (`ADDRESS-WITH-DASHES.SERVICE…`).
    OfPods {
        /// The pods.
        pods: PodsOf,
        /// What follows the first label.
        below: String,
    },
}

/// What one query comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Records.
    Records {
        /// Aliases first, in the order of the chain; then the others, sorted.
        records: Vec<Record>,
        /// Why the chain of aliases or the list may not be whole, if it may not.
        open: Option<Knowledge>,
    },
    /// The name is there and has no record of the type.
    NoData,
    /// There is no such name.
    NxDomain,
    /// No record of the type; whether the name is there is not known.
    Nothing,
    /// It hangs on what the input does not hold, or could not be read.
    Unknown(Knowledge),
    /// The name is outside of the cluster's domain: its DNS asks the node's resolver.
    Forwarded,
}

impl Outcome {
    /// The word of reports: `records`, `no-data`, `nxdomain`, `nothing`, `unknown`, `forwarded`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Records { .. } => "records",
            Outcome::NoData => "no-data",
            Outcome::NxDomain => "nxdomain",
            Outcome::Nothing => "nothing",
            Outcome::Unknown(_) => "unknown",
            Outcome::Forwarded => "forwarded",
        }
    }

    /// The records, if there are any.
    pub fn records(&self) -> &[Record] {
        match self {
            Outcome::Records { records, .. } => records,
            _ => &[],
        }
    }
}
