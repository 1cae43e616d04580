//! Whether one peer or port of a rule is about one end, straight from the text of the rule.

use super::model::{Class, Model, Policy};
use super::names::Name;
use super::port_names::Found;
use super::rules::{BlockAndPods, block_and_pods, fixed_port, name_of};
use super::spans::{Spans, Truth};
use super::{Cause, CauseKind, Match, PortAsk, Reason, Why, WorkloadEnd};
use crate::cluster::{Direction, NAME_LABEL};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports, Protocol, Selector};
use crate::object::{IpBlock, NetworkPolicyPort, Peer};

/// One end, as one side sees it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'a> {
    /// A workload and its class.
    Workload(&'a WorkloadEnd, &'a Class),
    /// Addresses outside.
    Addresses(&'a AddressSet),
}

/// Whether something holds, and how far that is known.
pub(super) struct Outcome {
    pub(super) matches: Match,
    /// `None` if it does not hold.
    pub(super) truth: Option<Truth>,
}

impl Outcome {
    pub(super) fn yes() -> Outcome {
        Outcome { matches: Match::Yes, truth: Some(Truth::Yes) }
    }

    pub(super) fn no(why: Why) -> Outcome {
        Outcome { matches: Match::No(why), truth: None }
    }

    fn plugin(reason: Reason) -> Outcome {
        Outcome { matches: Match::Plugin(reason), truth: Some(Truth::Plugin) }
    }

    pub(super) fn unknown(cause: Cause) -> Outcome {
        Outcome { matches: Match::Unknown(cause), truth: Some(Truth::Unknown) }
    }
}

/// Looks at a policy's peers and ports.
pub(super) struct Matching<'a> {
    pub(super) model: &'a Model,
    pub(super) policy: &'a Policy,
    /// The other end.
    pub(super) other: Seen<'a>,
    /// The end where names of ports are looked up.
    pub(super) destination: Seen<'a>,
    /// Whether the destination is the policy's subject or the other end.
    pub(super) direction: Direction,
}

impl Matching<'_> {
    /// Whether the peer at `field` takes in the other end.
    pub(super) fn peer(&self, peer: &Peer, field: &str) -> Outcome {
        match peer {
            Peer::Unreadable => Outcome::unknown(not_accepted(&self.model.reference(self.policy), field)),
            Peer::Block(block) => self.block(block, field),
            Peer::Pods { pods, namespaces } => match self.other {
                Seen::Addresses(_) => Outcome::no(Why::NoPod),
                Seen::Workload(end, class) => self.pods(pods.as_ref(), namespaces.as_ref(), end, class),
            },
        }
    }

    fn block(&self, block: &IpBlock, field: &str) -> Outcome {
        let block = AddressSet::of_block(block.cidr, &block.except);
        let (end, class) = match self.other {
            Seen::Addresses(set) if set.is_subset(&block) => return Outcome::yes(),
            Seen::Addresses(set) if !set.overlaps(&block) => return Outcome::no(Why::OutsideOfBlock { block }),
            Seen::Addresses(set) => {
                return Outcome { matches: Match::Part(set.intersection(&block)), truth: Some(Truth::Yes) };
            }
            Seen::Workload(end, class) => (end, class),
        };
        match block_and_pods(&block, &self.model.pod_addresses) {
            BlockAndPods::Any => {
                let policy = self.model.reference(self.policy);
                Outcome::plugin(Reason::BlockAndPod { policy, field: field.to_owned() })
            }
            BlockAndPods::OnlyNodes if class.may_be_on_node() => {
                Outcome::plugin(Reason::HostNetwork { workload: end.name.clone() })
            }
            _ => Outcome::no(Why::BlockWithoutPods { block }),
        }
    }

    fn pods(
        &self,
        pods: Option<&Selector>,
        namespaces: Option<&Selector>,
        end: &WorkloadEnd,
        class: &Class,
    ) -> Outcome {
        let place = namespaces.map_or(Where::Own(self.policy.namespace), Where::Selected);
        match (picks(self.model, place, pods, end, class), class.may_be_on_node()) {
            (Err(why), _) => Outcome::no(why),
            (Ok(None), false) => Outcome::yes(),
            (Ok(None), true) => Outcome::plugin(Reason::HostNetwork { workload: end.name.clone() }),
            (Ok(Some(cause)), false) => Outcome::unknown(cause),
            (Ok(Some(cause)), true) => Outcome { truth: Some(Truth::UnknownPlugin), ..Outcome::unknown(cause) },
        }
    }

    /// What the port at `field` lets pass, and whether it is about the port that is asked.
    pub(super) fn port(&self, port: &NetworkPolicyPort, field: &str, ask: Option<PortAsk>) -> (Match, Spans) {
        let (matches, value) = match name_of(port, self.model) {
            Some(name) => named(self.model, self.destination, self.direction, name),
            None if *port == NetworkPolicyPort::Unreadable => {
                (Match::Unknown(not_accepted(&self.model.reference(self.policy), field)), fixed_port(port))
            }
            None => (Match::Yes, fixed_port(port)),
        };
        (about(matches, &value, ask), value)
    }
}

/// Which namespaces a selector of pods looks at.
#[derive(Clone, Copy)]
pub(super) enum Where<'a> {
    /// The policy's own.
    Own(usize),
    /// Those that a selector picks.
    Selected(&'a Selector),
}

/// Whether selectors pick a workload by its labels; with what is not known, if something is not.
pub(super) fn picks(
    model: &Model,
    place: Where<'_>,
    pods: Option<&Selector>,
    end: &WorkloadEnd,
    class: &Class,
) -> Result<Option<Cause>, Why> {
    let mut doubt = in_namespace(model, place, class)?;
    for requirement in pods.into_iter().flat_map(|pods| &pods.requirements) {
        if class.doubts.labels {
            doubt = Some(template_doubt(end, "labels"));
            continue;
        }
        let found = model.label(&class.labels, &requirement.key);
        if !requirement.holds(found) {
            return Err(Why::PodLabel { wanted: requirement.to_string(), found: found.map(str::to_owned) });
        }
    }
    Ok(doubt)
}

fn in_namespace(model: &Model, place: Where<'_>, class: &Class) -> Result<Option<Cause>, Why> {
    let Some(found) = model.namespace_of(class) else { return Ok(None) };
    let wanted = match place {
        Where::Selected(wanted) => wanted,
        Where::Own(own) => {
            let own = model.namespaces.get(own).map_or("", |namespace| &namespace.name);
            return match own == found.name {
                true => Ok(None),
                false => Err(Why::OtherNamespace { wanted: own.to_owned(), found: found.name.clone() }),
            };
        }
    };
    let mut doubt = None;
    for requirement in &wanted.requirements {
        let value = model.label(&found.labels, &requirement.key);
        match &found.labels_unknown {
            Some(cause) if requirement.key != NAME_LABEL => doubt = Some(cause.clone()),
            _ if requirement.holds(value) => {}
            _ => {
                let (wanted, found) = (requirement.to_string(), value.map(str::to_owned));
                return Err(Why::NamespaceLabel { wanted, found });
            }
        }
    }
    Ok(doubt)
}

/// What a port's name means at the destination.
pub(super) fn named(
    model: &Model,
    destination: Seen<'_>,
    direction: Direction,
    (name, protocol): (Name, Protocol),
) -> (Match, Spans) {
    let text = || model.names.text(name).to_owned();
    let Seen::Workload(end, class) = destination else {
        return (Match::No(Why::NameOutside { name: text() }), Spans::default());
    };
    let Some(table) = model.tables.get(class.ports) else { return (Match::Yes, Spans::default()) };
    let (workload, port) = (end.name.clone(), text());
    let matches = match table.find(name, protocol) {
        Found::Once => Match::Yes,
        Found::Several => Match::Plugin(Reason::SeveralPorts { workload, port }),
        Found::InSidecar => Match::Plugin(Reason::SidecarPort { workload, port }),
        Found::Nowhere => Match::No(Why::NoSuchPortName { name: port }),
        Found::NotKnown => Match::Unknown(template_doubt(end, "ports")),
    };
    let ports = table.ports_named(name, protocol);
    // Who is taken for its node has no names of ports.
    if direction == Direction::Egress && class.may_be_on_node() {
        let plugin = ports.and(&Spans::when(Truth::Plugin, &Ports::all()));
        return match matches {
            Match::Yes => (Match::Plugin(Reason::HostNetwork { workload: end.name.clone() }), plugin),
            _ => (matches, plugin),
        };
    }
    (matches, ports)
}

/// That it is not about the port that is asked, if it is not.
pub(super) fn about(matches: Match, value: &Spans, ask: Option<PortAsk>) -> Match {
    let misses = |ask: PortAsk| !value.most_some.has(ask.protocol, ask.port);
    match matches {
        Match::Yes | Match::Plugin(_) if ask.is_some_and(misses) => {
            Match::No(Why::OtherPort { ports: value.most_some.clone() })
        }
        _ => matches,
    }
}

/// Something of a policy that could not be read, or would be refused.
pub(super) fn not_accepted(object: &ObjectRef, field: &str) -> Cause {
    let message = format!("`{field}` of {} cannot be read, or the API server would refuse it", object.display());
    Cause { kind: CauseKind::Failed, message, object: Some(object.clone()) }
}

/// Something of a pod template that could not be read, or would be refused.
pub(super) fn template_doubt(workload: &WorkloadEnd, what: &str) -> Cause {
    let name = workload.object.display();
    let message = format!("the {what} of {name} cannot be read, or the API server would refuse them");
    Cause { kind: CauseKind::Failed, message, object: Some(workload.object.clone()) }
}
