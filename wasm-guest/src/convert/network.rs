//! Reachability.

use engine::finding::Finding;
use engine::net::{AddressSet, Block, Ports, Protocol};
use engine::reach::{self as from, Reach};
use engine::review::Skipped;
use engine::synth::Turn;

use super::list;
use crate::bindings::exports::hedgerow::policy::network as wit;

/// What the files hold.
pub(crate) fn given(
    cluster: &engine::Cluster,
    findings: Vec<Finding>,
    objects: Vec<(String, u32)>,
    skipped: Vec<Skipped>,
    unusable: Vec<String>,
) -> wit::Given {
    let (closed, open) = cluster.namespaces();
    wit::Given {
        findings: list(findings),
        objects: list(objects),
        skipped: list(skipped),
        unusable,
        closed,
        open,
        digest: cluster.digest(),
    }
}

/// What names ends by their network.
pub(crate) trait Named<To> {
    /// With the names of ends.
    fn named(self, reach: &Reach) -> To;
}

/// The record, with the names of ends.
pub(crate) fn named<From: Named<To>, To>(reach: &Reach, value: From) -> To {
    value.named(reach)
}

impl Named<wit::End> for from::End {
    fn named(self, reach: &Reach) -> wit::End {
        match &self {
            from::End::Workload(_) => wit::End::Workload(reach.name(&self)),
            from::End::Addresses(set) => wit::End::Addresses(list(set.blocks())),
        }
    }
}

impl Named<wit::Connection> for from::Connection {
    fn named(self, reach: &Reach) -> wit::Connection {
        let from::Connection { source, destination, passage } = self;
        let (source, destination) = (source.named(reach), destination.named(reach));
        wit::Connection { source, destination, passage: (&*passage).into() }
    }
}

impl Named<wit::Connection> for from::Part {
    fn named(self, reach: &Reach) -> wit::Connection {
        let from::Part { source, destination, passage } = self;
        let (source, destination) = (source.named(reach), destination.named(reach));
        wit::Connection { source, destination, passage: (&passage).into() }
    }
}

impl Named<wit::Answer> for from::Answer {
    fn named(self, reach: &Reach) -> wit::Answer {
        let from::Answer { verdict, parts, reasons, causes } = self;
        wit::Answer {
            verdict: verdict.into(),
            parts: parts.into_iter().map(|part| part.named(reach)).collect(),
            reasons: reasons.iter().map(ToString::to_string).collect(),
            causes: causes.into_iter().map(|from::Cause { kind: _, message, object: _ }| message).collect(),
        }
    }
}

impl From<Block> for wit::Block {
    fn from(Block { cidr, except }: Block) -> Self {
        wit::Block { cidr: cidr.to_string(), except: except.iter().map(ToString::to_string).collect() }
    }
}

impl From<from::WorkloadEnd> for wit::Workload {
    fn from(workload: from::WorkloadEnd) -> Self {
        let from::WorkloadEnd { name, object, host_network, replicas, bare_pod: _ } = workload;
        wit::Workload { name, object: object.into(), host_network, replicas }
    }
}

impl From<&from::Passage> for wit::Passage {
    fn from(passage: &from::Passage) -> Self {
        let from::Passage { allow, implementation_defined, unknown } = passage;
        wit::Passage {
            allow: ranges(allow),
            implementation_defined: ranges(implementation_defined),
            unknown: ranges(unknown),
        }
    }
}

fn ranges(ports: &Ports) -> Vec<wit::PortRange> {
    let of = |protocol: Protocol| {
        let ranges = ports.of_protocol(protocol).as_slice().iter();
        ranges.map(move |(first, last)| wit::PortRange { protocol: protocol.into(), first: *first, last: *last })
    };
    Protocol::ALL.into_iter().flat_map(of).collect()
}

impl From<Protocol> for wit::Protocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Tcp => wit::Protocol::Tcp,
            Protocol::Udp => wit::Protocol::Udp,
            Protocol::Sctp => wit::Protocol::Sctp,
        }
    }
}

impl From<wit::Port> for from::PortAsk {
    fn from(wit::Port { protocol, number }: wit::Port) -> Self {
        let protocol = match protocol {
            wit::Protocol::Tcp => Protocol::Tcp,
            wit::Protocol::Udp => Protocol::Udp,
            wit::Protocol::Sctp => Protocol::Sctp,
        };
        from::PortAsk { protocol, port: number }
    }
}

impl From<from::Verdict> for wit::Verdict {
    fn from(verdict: from::Verdict) -> Self {
        match verdict {
            from::Verdict::Allow => wit::Verdict::Allow,
            from::Verdict::Deny => wit::Verdict::Deny,
            from::Verdict::ImplementationDefined => wit::Verdict::ImplementationDefined,
            from::Verdict::Unknown => wit::Verdict::Unknown,
        }
    }
}

impl From<from::NoSuchEnd> for wit::NoSuchEnd {
    fn from(from::NoSuchEnd { asked, ambiguous, candidates }: from::NoSuchEnd) -> Self {
        wit::NoSuchEnd { asked, ambiguous, candidates }
    }
}

impl From<from::DiffEnd> for wit::DiffEnd {
    fn from(end: from::DiffEnd) -> Self {
        let blocks = |set: AddressSet| list(set.blocks());
        match end {
            from::DiffEnd::Workload(object) => wit::DiffEnd::Workload(object.into()),
            from::DiffEnd::Addresses(set) => wit::DiffEnd::Addresses(blocks(set)),
        }
    }
}

impl From<from::Change> for wit::Change {
    fn from(from::Change { source, destination, before, after, ends }: from::Change) -> Self {
        wit::Change {
            source: source.into(),
            destination: destination.into(),
            before: (&*before).into(),
            after: (&*after).into(),
            ends: match ends {
                from::EndsChange::Stay => wit::EndsChange::Stay,
                from::EndsChange::Appeared => wit::EndsChange::Appeared,
                from::EndsChange::Gone => wit::EndsChange::Gone,
            },
        }
    }
}

impl From<from::Diff> for wit::Diff {
    fn from(from::Diff { changed, appeared, gone }: from::Diff) -> Self {
        wit::Diff { changed: list(changed), appeared: list(appeared), gone: list(gone) }
    }
}

impl From<Turn> for wit::Turn {
    fn from(Turn { titles, edits, verdict, others }: Turn) -> Self {
        wit::Turn { titles, edits: list(edits), verdict: verdict.into(), others: list(others) }
    }
}
