//! Answers about connections, and the rules that make them.

use engine::cluster::Direction;
use engine::finding::Place;
use engine::net::{AddressSet, Block, Cidr, Operator, Ports, Protocol, Requirement, Selector};
use engine::object::{Action, Tier};
use engine::reach::{self as from, Reach};

use super::list;
use crate::bindings::exports::hedgerow::policy::evidence as wit;
use crate::bindings::exports::hedgerow::policy::types::CauseKind;

mod sides;

/// What records are made with: the names of ends, and where the fields of objects stand.
pub(crate) struct Book<'a> {
    pub(crate) reach: &'a Reach,
    pub(crate) places: &'a dyn Fn(&engine::finding::ObjectRef, &str) -> Option<Place>,
}

/// What names ends by their network.
pub(crate) trait Named<To> {
    /// With the names of ends.
    fn named(self, book: &Book<'_>) -> To;
}

impl<From: Named<To>, To> Named<Vec<To>> for Vec<From> {
    fn named(self, book: &Book<'_>) -> Vec<To> {
        self.into_iter().map(|value| value.named(book)).collect()
    }
}

impl<From: Named<To>, To> Named<Option<To>> for Option<From> {
    fn named(self, book: &Book<'_>) -> Option<To> {
        self.map(|value| value.named(book))
    }
}

impl Named<wit::End> for from::End {
    fn named(self, book: &Book<'_>) -> wit::End {
        match &self {
            from::End::Workload(_) => wit::End::Workload(book.reach.name(&self)),
            from::End::Addresses(set) => wit::End::Addresses(list(set.blocks())),
        }
    }
}

impl Named<wit::Connection> for from::Connection {
    fn named(self, book: &Book<'_>) -> wit::Connection {
        let from::Connection { source, destination, passage } = self;
        let (source, destination) = (source.named(book), destination.named(book));
        wit::Connection { source, destination, passage: (&*passage).into() }
    }
}

impl Named<wit::Connection> for from::Part {
    fn named(self, book: &Book<'_>) -> wit::Connection {
        let from::Part { source, destination, passage } = self;
        let (source, destination) = (source.named(book), destination.named(book));
        wit::Connection { source, destination, passage: (&passage).into() }
    }
}

impl Named<wit::Answer> for from::Answer {
    fn named(self, book: &Book<'_>) -> wit::Answer {
        let from::Answer { verdict, parts, reasons, causes } = self;
        wit::Answer { verdict: verdict.into(), parts: parts.named(book), reasons: list(reasons), causes: list(causes) }
    }
}

/// The end of a record; on the right what names none.
pub(crate) fn end(reach: &Reach, end: wit::End) -> Result<from::End, from::NoSuchEnd> {
    let none = |asked: String| from::NoSuchEnd { asked, ambiguous: false, candidates: Vec::new() };
    match end {
        wit::End::Workload(name) => match reach.resolve_name(&name)? {
            found @ from::End::Workload(_) => Ok(found),
            from::End::Addresses(_) => Err(none(name)),
        },
        wit::End::Addresses(blocks) => addresses(blocks).map(|set| from::End::Addresses(set.into())).map_err(none),
    }
}

/// The set of blocks; on the right what is no CIDR.
pub(crate) fn addresses(blocks: Vec<wit::Block>) -> Result<AddressSet, String> {
    let cidr = |text: String| Cidr::parse(&text).ok_or(text);
    blocks.into_iter().try_fold(AddressSet::NONE, |all, wit::Block { cidr: whole, except }| {
        let holes = except.into_iter().map(cidr).collect::<Result<Vec<_>, _>>()?;
        Ok(all.union(&AddressSet::of_block(cidr(whole)?, &holes)))
    })
}

impl From<Block> for wit::Block {
    fn from(Block { cidr, except }: Block) -> Self {
        wit::Block { cidr: cidr.to_string(), except: except.iter().map(ToString::to_string).collect() }
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

impl From<wit::Passage> for from::Passage {
    fn from(wit::Passage { allow, implementation_defined, unknown }: wit::Passage) -> Self {
        let ports = |ranges: Vec<wit::PortRange>| {
            ranges.into_iter().fold(Ports::NONE, |all, wit::PortRange { protocol, first, last }| {
                all.union(&Ports::range(protocol.into(), first, last))
            })
        };
        from::Passage {
            allow: ports(allow),
            implementation_defined: ports(implementation_defined),
            unknown: ports(unknown),
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

impl From<wit::Protocol> for Protocol {
    fn from(protocol: wit::Protocol) -> Self {
        match protocol {
            wit::Protocol::Tcp => Protocol::Tcp,
            wit::Protocol::Udp => Protocol::Udp,
            wit::Protocol::Sctp => Protocol::Sctp,
        }
    }
}

impl From<wit::Port> for from::PortAsk {
    fn from(wit::Port { protocol, number }: wit::Port) -> Self {
        from::PortAsk { protocol: protocol.into(), port: number }
    }
}

impl From<from::PortAsk> for wit::Port {
    fn from(from::PortAsk { protocol, port }: from::PortAsk) -> Self {
        wit::Port { protocol: protocol.into(), number: port }
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

impl From<Direction> for wit::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Ingress => wit::Direction::Ingress,
            Direction::Egress => wit::Direction::Egress,
        }
    }
}

impl From<wit::Direction> for Direction {
    fn from(direction: wit::Direction) -> Self {
        match direction {
            wit::Direction::Ingress => Direction::Ingress,
            wit::Direction::Egress => Direction::Egress,
        }
    }
}

impl From<from::Reason> for wit::Reason {
    fn from(reason: from::Reason) -> Self {
        let message = reason.to_string();
        let of = |choice| wit::Reason {
            choice,
            workload: String::new(),
            port: String::new(),
            policies: Vec::new(),
            field: String::new(),
            message,
        };
        match reason {
            from::Reason::HostNetwork { workload } => wit::Reason { workload, ..of(wit::Choice::HostNetwork) },
            from::Reason::BlockAndPod { policy, field } => {
                wit::Reason { policies: vec![policy.into()], field, ..of(wit::Choice::BlockAndPod) }
            }
            from::Reason::ToItself { workload } => wit::Reason { workload, ..of(wit::Choice::ToItself) },
            from::Reason::SidecarPort { workload, port } => {
                wit::Reason { workload, port, ..of(wit::Choice::SidecarPort) }
            }
            from::Reason::EqualPriority { policies } => {
                wit::Reason { policies: list(policies), ..of(wit::Choice::EqualPriority) }
            }
            from::Reason::TwoApis { policies } => wit::Reason { policies: list(policies), ..of(wit::Choice::TwoApis) },
            from::Reason::OtherDirection { workload } => wit::Reason { workload, ..of(wit::Choice::OtherDirection) },
            from::Reason::SeveralPorts { workload, port } => {
                wit::Reason { workload, port, ..of(wit::Choice::SeveralPorts) }
            }
        }
    }
}

impl From<from::Cause> for wit::Doubt {
    fn from(from::Cause { kind, message, object }: from::Cause) -> Self {
        let kind = match kind {
            from::CauseKind::NotAsked => CauseKind::NotAsked,
            from::CauseKind::Failed => CauseKind::Failed,
        };
        wit::Doubt { kind, message, object: object.map(Into::into) }
    }
}

impl From<from::Exposed> for wit::Exposed {
    fn from(from::Exposed { who, passage, named, rules, causes }: from::Exposed) -> Self {
        let who = match who {
            from::Unseen::Any => wit::Unseen::Any,
            from::Unseen::Pods { namespace, pod } => {
                wit::Unseen::Pods(wit::Labelled { namespace: requirements(namespace), pod: requirements(pod) })
            }
            from::Unseen::Addresses(set) => wit::Unseen::Addresses(list(set.blocks())),
        };
        let port = |(protocol, name): (Protocol, String)| wit::NamedPort { protocol: protocol.into(), name };
        wit::Exposed {
            who,
            passage: (&passage).into(),
            named: named.into_iter().map(port).collect(),
            rules: rules.into_iter().map(|(policy, field)| wit::PolicyField { policy: policy.into(), field }).collect(),
            causes: causes.into_iter().collect(),
        }
    }
}

fn requirements(Selector { requirements }: Selector) -> Vec<wit::Requirement> {
    let one = |Requirement { key, operator, values }: Requirement| {
        let operator = match operator {
            Operator::In => wit::Operator::In,
            Operator::NotIn => wit::Operator::NotIn,
            Operator::Exists => wit::Operator::Exists,
            Operator::DoesNotExist => wit::Operator::DoesNotExist,
        };
        wit::Requirement { key, operator, values }
    };
    requirements.into_iter().map(one).collect()
}

impl From<Tier> for wit::Tier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Admin => wit::Tier::Admin,
            Tier::Baseline => wit::Tier::Baseline,
        }
    }
}

impl From<Action> for wit::Action {
    fn from(action: Action) -> Self {
        match action {
            Action::Accept => wit::Action::Accept,
            Action::Deny => wit::Action::Deny,
            Action::Pass => wit::Action::Pass,
            Action::Unreadable => wit::Action::Unreadable,
        }
    }
}
