//! Records of answers about connections → the engine's types.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::cluster::Direction;
use engine::finding::ObjectRef;
use engine::net::{AddressSet, Block, Cidr, Operator, Ports, Protocol, Requirement, Selector};
use engine::reach::{
    Answer, Cause, CauseKind, Connection, End, Explanation, Exposed, Part, Passage, PortAsk, Reason, Unseen, Verdict,
    WorkloadId,
};
use wasm_host::api;

use super::records::Record;

/// Workloads by their names.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeMap<String, WorkloadId>);

impl Ids {
    /// Of names in the order of the workloads.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a String>) -> Ids {
        Ids(names.zip(0..).map(|(name, index)| (name.clone(), WorkloadId::of_index(index))).collect())
    }
}

/// A record that names ends, as the engine's own value.
pub(super) trait Named {
    /// The engine's type.
    type Own;
    /// The value.
    fn known(self, ids: &Ids) -> Self::Own;
}

impl<N: Named> Named for Vec<N> {
    type Own = Vec<N::Own>;
    fn known(self, ids: &Ids) -> Self::Own {
        self.into_iter().map(|one| one.known(ids)).collect()
    }
}

impl<N: Named> Named for Option<N> {
    type Own = Option<N::Own>;
    fn known(self, ids: &Ids) -> Self::Own {
        self.map(|one| one.known(ids))
    }
}

impl Named for api::End {
    type Own = End;
    fn known(self, ids: &Ids) -> End {
        match self {
            // A name that is no workload's prints as nothing.
            api::End::Workload(name) => {
                End::Workload(ids.0.get(&name).copied().unwrap_or(WorkloadId::of_index(u32::MAX)))
            }
            api::End::Addresses(blocks) => End::Addresses(Arc::new(blocks.own())),
        }
    }
}

/// An end as a record.
pub(super) fn end(end: &End, name: impl FnOnce(&End) -> String) -> api::End {
    match end {
        End::Workload(_) => api::End::Workload(name(end)),
        End::Addresses(set) => api::End::Addresses(blocks(set)),
    }
}

/// An address set as a record.
pub(super) fn blocks(set: &AddressSet) -> Vec<api::Block> {
    let block = |Block { cidr, except }| api::Block {
        cidr: cidr.to_string(),
        except: except.iter().map(ToString::to_string).collect(),
    };
    set.blocks().into_iter().map(block).collect()
}

/// A port as a record.
pub(super) fn port(PortAsk { protocol, port }: PortAsk) -> api::Port {
    api::Port { protocol: protocol_of(protocol), number: port }
}

/// A passage as a record.
pub(super) fn passage(Passage { allow, implementation_defined, unknown }: &Passage) -> api::Passage {
    let ranges = |ports: &Ports| {
        let of = |protocol: Protocol| {
            let ranges = ports.of_protocol(protocol).as_slice().iter();
            let range = move |(first, last): &(u16, u16)| (protocol_of(protocol), *first, *last);
            ranges.map(range).map(|(protocol, first, last)| api::PortRange { protocol, first, last })
        };
        Protocol::ALL.into_iter().flat_map(of).collect()
    };
    api::Passage {
        allow: ranges(allow),
        implementation_defined: ranges(implementation_defined),
        unknown: ranges(unknown),
    }
}

fn protocol_of(protocol: Protocol) -> api::Protocol {
    match protocol {
        Protocol::Tcp => api::Protocol::Tcp,
        Protocol::Udp => api::Protocol::Udp,
        Protocol::Sctp => api::Protocol::Sctp,
    }
}

/// A direction as a record.
pub(super) fn direction(direction: Direction) -> api::Direction {
    match direction {
        Direction::Ingress => api::Direction::Ingress,
        Direction::Egress => api::Direction::Egress,
    }
}

impl Record for Vec<api::Block> {
    type Own = AddressSet;
    fn own(self) -> AddressSet {
        let cidr = |text: &String| Cidr::parse(text);
        let sets = self.iter().filter_map(|api::Block { cidr: whole, except }| {
            Some(AddressSet::of_block(cidr(whole)?, &except.iter().filter_map(cidr).collect::<Vec<_>>()))
        });
        sets.fold(AddressSet::NONE, |all, set| all.union(&set))
    }
}

impl Record for api::Protocol {
    type Own = Protocol;
    fn own(self) -> Protocol {
        match self {
            api::Protocol::Tcp => Protocol::Tcp,
            api::Protocol::Udp => Protocol::Udp,
            api::Protocol::Sctp => Protocol::Sctp,
        }
    }
}

impl Record for api::Port {
    type Own = PortAsk;
    fn own(self) -> PortAsk {
        let api::Port { protocol, number } = self;
        PortAsk { protocol: protocol.own(), port: number }
    }
}

impl Record for Vec<api::PortRange> {
    type Own = Ports;
    fn own(self) -> Ports {
        self.into_iter().fold(Ports::NONE, |all, api::PortRange { protocol, first, last }| {
            all.union(&Ports::range(protocol.own(), first, last))
        })
    }
}

impl Record for api::Passage {
    type Own = Passage;
    fn own(self) -> Passage {
        let api::Passage { allow, implementation_defined, unknown } = self;
        Passage { allow: allow.own(), implementation_defined: implementation_defined.own(), unknown: unknown.own() }
    }
}

impl Record for api::Verdict {
    type Own = Verdict;
    fn own(self) -> Verdict {
        match self {
            api::Verdict::Allow => Verdict::Allow,
            api::Verdict::Deny => Verdict::Deny,
            api::Verdict::ImplementationDefined => Verdict::ImplementationDefined,
            api::Verdict::Unknown => Verdict::Unknown,
        }
    }
}

impl Record for api::Direction {
    type Own = Direction;
    fn own(self) -> Direction {
        match self {
            api::Direction::Ingress => Direction::Ingress,
            api::Direction::Egress => Direction::Egress,
        }
    }
}

impl Record for api::Reason {
    type Own = Reason;
    fn own(self) -> Reason {
        // The message is made of the rest on both sides.
        let api::Reason { choice, workload, port, policies, field, message: _ } = self;
        let mut policies: Vec<ObjectRef> = policies.own();
        match choice {
            api::Choice::HostNetwork => Reason::HostNetwork { workload },
            // There is one.
            api::Choice::BlockAndPod => match policies.pop() {
                Some(policy) => Reason::BlockAndPod { policy, field },
                None => Reason::EqualPriority { policies },
            },
            api::Choice::ToItself => Reason::ToItself { workload },
            api::Choice::SidecarPort => Reason::SidecarPort { workload, port },
            api::Choice::EqualPriority => Reason::EqualPriority { policies },
            api::Choice::TwoApis => Reason::TwoApis { policies },
            api::Choice::OtherDirection => Reason::OtherDirection { workload },
            api::Choice::SeveralPorts => Reason::SeveralPorts { workload, port },
        }
    }
}

impl Record for api::Doubt {
    type Own = Cause;
    fn own(self) -> Cause {
        let api::Doubt { kind, message, object } = self;
        let kind = match kind {
            api::CauseKind::NotAsked => CauseKind::NotAsked,
            api::CauseKind::Failed => CauseKind::Failed,
        };
        Cause { kind, message, object: object.own() }
    }
}

impl Named for api::Connection {
    type Own = Connection;
    fn known(self, ids: &Ids) -> Connection {
        let Part { source, destination, passage } = part(self, ids);
        Connection { source, destination, passage: Arc::new(passage) }
    }
}

fn part(api::Connection { source, destination, passage }: api::Connection, ids: &Ids) -> Part {
    Part { source: source.known(ids), destination: destination.known(ids), passage: passage.own() }
}

impl Named for api::Answer {
    type Own = Answer;
    fn known(self, ids: &Ids) -> Answer {
        let api::Answer { verdict, parts, reasons, causes } = self;
        let parts = parts.into_iter().map(|one| part(one, ids)).collect();
        Answer { verdict: verdict.own(), parts, reasons: reasons.own(), causes: causes.own() }
    }
}

impl Named for api::Explanation {
    type Own = Explanation;
    fn known(self, ids: &Ids) -> Explanation {
        let api::Explanation { answer, sides } = self;
        let (mut egress, mut ingress) = (None, None);
        for side in sides {
            match side.direction {
                api::Direction::Egress => egress = Some(side.own()),
                api::Direction::Ingress => ingress = Some(side.own()),
            }
        }
        Explanation { answer: answer.known(ids), egress, ingress }
    }
}

impl Record for api::Exposed {
    type Own = Exposed;
    fn own(self) -> Exposed {
        let api::Exposed { who, passage, named, rules, causes } = self;
        let who = match who {
            api::Unseen::Any => Unseen::Any,
            api::Unseen::Pods(api::Labelled { namespace, pod }) => {
                Unseen::Pods { namespace: selector(namespace), pod: selector(pod) }
            }
            api::Unseen::Addresses(blocks) => Unseen::Addresses(blocks.own()),
        };
        let port = |api::NamedPort { protocol, name }: api::NamedPort| (protocol.own(), name);
        Exposed {
            who,
            passage: passage.own(),
            named: named.into_iter().map(port).collect(),
            rules: rules.into_iter().map(|api::PolicyField { policy, field }| (policy.own(), field)).collect(),
            causes: causes.into_iter().collect(),
        }
    }
}

fn selector(requirements: Vec<api::Requirement>) -> Selector {
    let one = |api::Requirement { key, operator, values }| {
        let operator = match operator {
            api::Operator::In => Operator::In,
            api::Operator::NotIn => Operator::NotIn,
            api::Operator::Exists => Operator::Exists,
            api::Operator::DoesNotExist => Operator::DoesNotExist,
        };
        Requirement { key, operator, values }
    };
    Selector::new(requirements.into_iter().map(one).collect())
}
