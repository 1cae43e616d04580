//! What the engine says of reasons, as people read it.

use engine::net::Ports;
use engine::reach::{Match, Reason, Why};

/// Why the network plugin has a say.
pub(super) fn reason(reason: &Reason) -> String {
    reason.to_string()
}

/// The word of JSON for a reason.
pub(super) fn reason_kind(reason: &Reason) -> &'static str {
    match reason {
        Reason::HostNetwork { .. } => "host-network",
        Reason::BlockAndPod { .. } => "block-and-pod",
        Reason::ToItself { .. } => "to-itself",
        Reason::EqualPriority { .. } => "equal-priority",
        Reason::TwoApis { .. } => "two-apis",
        Reason::OtherDirection { .. } => "other-direction",
        Reason::SidecarPort { .. } => "sidecar-port",
        Reason::SeveralPorts { .. } => "several-ports",
    }
}

/// Why something does not match.
pub(super) fn why(why: &Why) -> String {
    match why {
        Why::OtherNamespace { wanted, found } => {
            format!("it speaks of pods of namespace `{wanted}`, and this end is in `{found}`")
        }
        Why::PodLabel { wanted, found } => format!("it wants pods with `{wanted}`, and {}", label(found.as_deref())),
        Why::NamespaceLabel { wanted, found } => {
            format!("it wants a namespace with `{wanted}`, and {}", label(found.as_deref()))
        }
        Why::NoPod => "it speaks of pods, and this end is outside of the cluster".to_owned(),
        Why::OutsideOfBlock { block } => format!("the block {block} does not hold the addresses"),
        Why::BlockWithoutPods { block } => format!("the block {block} can hold no pod's address"),
        Why::NoSuchPortName { name } => format!("no container of the destination has a port named `{name}`"),
        Why::NameOutside { name } => format!("`{name}` is a port's name, and ports outside of the cluster have none"),
        Why::OtherPort { ports } => format!("it is about {}", of_ports(ports)),
        Why::OnNode => {
            "it speaks of pods, which those on their nodes' network are not for cluster-wide policies".to_owned()
        }
        Why::NoNode => "it speaks of nodes, and this end is none".to_owned(),
        Why::NetworksWithoutPods { networks } => format!("{networks} holds no address that this end can have"),
        Why::PeerNotKnown => "it has no field that the API knows".to_owned(),
        Why::NothingIsolates => "no NetworkPolicy isolates it".to_owned(),
    }
}

fn label(found: Option<&str>) -> String {
    found.map_or_else(|| "there is no such label".to_owned(), |value| format!("its value is `{value}`"))
}

/// Whether something matches, and why not.
pub(super) fn matches(matches: &Match) -> String {
    match matches {
        Match::Yes => "matches".to_owned(),
        Match::Part(set) => format!("matches {set}"),
        Match::No(no) => format!("does not match: {}", why(no)),
        Match::Plugin(by) => format!("is left to the network plugin: {}", reason(by)),
        Match::Unknown(cause) => format!("is not known: {}", cause.message),
    }
}

/// `every port`, `no port` or `TCP 80,443`.
pub(super) fn of_ports(ports: &Ports) -> String {
    match (ports.is_all(), ports.is_empty()) {
        (true, _) => "every port".to_owned(),
        (_, true) => "no port".to_owned(),
        _ => ports.to_string(),
    }
}
