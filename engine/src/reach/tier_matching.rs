//! Whether one peer or port of a cluster-wide rule is about one end, straight from the text of the rule.

use super::matching::{Outcome, Seen, Where, about, named, not_accepted, picks, template_doubt};
use super::model::Model;
use super::spans::{Spans, Truth};
use super::tier_rows::networks_and_pods;
use super::{Cause, CauseKind, Match, PortAsk, Why, WorkloadEnd};
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Cidr, Ports, Protocol, Selector};
use crate::object::{TierPeer, TierPods, TierPort};

/// Looks at a cluster-wide policy's peers and ports.
pub(super) struct TierMatching<'a> {
    pub(super) model: &'a Model,
    pub(super) policy: &'a ObjectRef,
    /// The other end. Of addresses, a truth is that of the first; of all of them the answer is the same.
    pub(super) other: Seen<'a>,
    /// The end where names of ports are looked up.
    pub(super) destination: Seen<'a>,
    pub(super) direction: Direction,
}

impl TierMatching<'_> {
    /// Whether the peer at `field` takes in the other end.
    pub(super) fn peer(&self, peer: &TierPeer, field: &str) -> Outcome {
        match (peer, self.other) {
            (TierPeer::Unreadable, _) => Outcome::unknown(not_accepted(self.policy, field)),
            (TierPeer::NotKnown, _) => Outcome::no(Why::PeerNotKnown),
            (TierPeer::DomainNames(names), _) => Outcome::unknown(not_given(format!(
                "which addresses {} has is not in the input",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ))),
            (TierPeer::Pods(_), Seen::Addresses(_)) => Outcome::no(Why::NoPod),
            (TierPeer::Pods(pods), Seen::Workload(..)) => self.pods(pods),
            (TierPeer::Networks(networks), _) => self.networks(networks),
            (TierPeer::Nodes(nodes), _) => self.nodes(nodes),
        }
    }

    /// "Note that host-networked pods are not included in this type of peer."
    fn pods(&self, pods: &TierPods) -> Outcome {
        let Seen::Workload(end, class) = self.other else { return Outcome::no(Why::NoPod) };
        match picks(self.model, Where::Selected(&pods.namespaces), pods.pods.as_ref(), end, class) {
            Err(why) => Outcome::no(why),
            Ok(_) if class.doubts.host_network => Outcome::unknown(template_doubt(end, "`hostNetwork`")),
            Ok(_) if class.host_network => Outcome::no(Why::OnNode),
            Ok(None) => Outcome::yes(),
            Ok(Some(cause)) => Outcome::unknown(cause),
        }
    }

    fn networks(&self, networks: &[Cidr]) -> Outcome {
        let set = networks.iter().fold(AddressSet::NONE, |all, cidr| all.union(&AddressSet::of(*cidr)));
        let (end, class) = match self.other {
            Seen::Workload(end, class) => (end, class),
            Seen::Addresses(asked) if asked.is_subset(&set) => return Outcome::yes(),
            Seen::Addresses(asked) if !asked.overlaps(&set) => {
                return Outcome::no(Why::OutsideOfBlock { block: set });
            }
            Seen::Addresses(asked) => {
                let first = asked.sample().is_some_and(|address| set.has(address));
                return Outcome { matches: Match::Part(asked.intersection(&set)), truth: first.then_some(Truth::Yes) };
            }
        };
        let [pods, nodes] = networks_and_pods(&set, &self.model.pod_addresses);
        let truth = match (class.doubts.host_network, class.host_network) {
            (true, _) if pods != nodes => Some(Truth::Unknown),
            (_, true) => nodes,
            _ => pods,
        };
        match truth {
            Some(Truth::Yes) => Outcome::yes(),
            Some(_) if class.host_network => Outcome::unknown(address_of(end, "")),
            Some(_) => Outcome::unknown(address_of(end, "; the ranges that pods have may settle it")),
            None => Outcome::no(Why::NetworksWithoutPods { networks: set }),
        }
    }

    fn nodes(&self, nodes: &Selector) -> Outcome {
        let Seen::Workload(end, class) = self.other else { return Outcome::no(Why::NoNode) };
        match (class.doubts.host_network, class.host_network) {
            (true, _) => Outcome::unknown(template_doubt(end, "`hostNetwork`")),
            (_, false) => Outcome::no(Why::NoNode),
            _ if nodes.selects_all() => Outcome::yes(),
            _ => Outcome::unknown(not_given(format!("on which nodes pods of `{}` are is not in the input", end.name))),
        }
    }

    /// What the port at `field` matches, and whether it is about the port that is asked.
    pub(super) fn port(&self, port: &TierPort, field: &str, ask: Option<PortAsk>) -> (Match, Spans) {
        let (matches, value) = match port {
            TierPort::Numbers(ports) => (Match::Yes, Spans::settled(ports)),
            TierPort::Named(name) => self.named(name, ask),
            TierPort::Unreadable => {
                let unknown = Spans::when(Truth::Unknown, &Ports::all());
                (Match::Unknown(not_accepted(self.policy, field)), unknown)
            }
        };
        (about(matches, &value, ask), value)
    }

    /// A name is one of any protocol. What is said of it is what is said of the protocol that is asked, or of that where it is
    /// found.
    fn named(&self, name: &str, ask: Option<PortAsk>) -> (Match, Spans) {
        let Some(number) = self.model.names.find(name) else {
            return (Match::No(Why::NoSuchPortName { name: name.to_owned() }), Spans::default());
        };
        let mut value = Spans::default();
        let mut found = Vec::new();
        for protocol in Protocol::ALL {
            let (matches, ports) = named(self.model, self.destination, self.direction, (number, protocol));
            value = value.or(&ports);
            if ask.is_none_or(|ask| ask.protocol == protocol) {
                found.push(matches);
            }
        }
        let rank = |matches: &Match| match matches {
            Match::Yes | Match::Part(_) => 0,
            Match::Plugin(_) => 1,
            Match::Unknown(_) => 2,
            Match::No(_) => 3,
        };
        let best = found.into_iter().min_by_key(rank);
        (best.unwrap_or(Match::No(Why::NoSuchPortName { name: name.to_owned() })), value)
    }
}

/// Something that no manifest says.
fn not_given(message: String) -> Cause {
    Cause { kind: CauseKind::NotAsked, message, object: None }
}

fn address_of(end: &WorkloadEnd, way_out: &str) -> Cause {
    not_given(format!("which addresses pods of `{}` have is not in the input{way_out}", end.name))
}
