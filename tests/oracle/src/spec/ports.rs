//! Ports of rules, held against one connection.

use super::{End, Flow};
use crate::answer::{Answer, Worlds};
use crate::manifest::{
    AdminPort, ClusterProtocol, Container, DestinationPort, Direction, NumberOrName, PolicyPort, Protocol, Workload,
};

/// "If this field is empty or missing, this rule matches all ports (traffic not restricted by port). If this field is
/// present and contains at least one item, then this rule allows traffic only if the traffic matches at least one port in
/// the list." (NetworkPolicyIngressRule.ports)
pub(super) fn network_policy_ports_match(ports: Option<&[PolicyPort]>, direction: Direction, flow: Flow<'_>) -> Worlds {
    match ports {
        None | Some([]) => true.into(),
        Some(ports) => Worlds::any(ports.iter().map(|port| network_policy_port_matches(port, direction, flow))),
    }
}

fn network_policy_port_matches(port: &PolicyPort, direction: Direction, flow: Flow<'_>) -> Worlds {
    // What the API server refuses means nothing that could be known, not even a protocol.
    if is_refused(port) {
        return Worlds::unknown();
    }
    // "protocol … If not specified, this field defaults to TCP."
    if port.protocol.unwrap_or(Protocol::Tcp) != flow.protocol {
        return false.into();
    }
    match (&port.port, port.end_port) {
        // "If this field is not provided, this matches all port names and numbers."
        (None, _) => true.into(),
        (Some(NumberOrName::Number(number)), None) => (*number == flow.port).into(),
        // "endPort indicates that the range of ports from port to endPort if set, inclusive, should be allowed"
        (Some(NumberOrName::Number(first)), Some(last)) => (*first..=last).contains(&flow.port).into(),
        // "This can either be a numerical or named port on a pod."
        (Some(NumberOrName::Name(name)), _) => name_means_port(name, direction, flow),
    }
}

/// "This field cannot be defined if the port field is not defined or if the port field is defined as a named (string) port.
/// The endPort must be equal or greater than port." (endPort)
fn is_refused(port: &PolicyPort) -> bool {
    port.end_port.is_some_and(|last| match port.port {
        Some(NumberOrName::Number(first)) => last < first,
        None | Some(NumberOrName::Name(_)) => true,
    })
}

/// A port's name is looked up on the destination pod, among the ports of the connection's protocol. What is no pod has no
/// names.
fn name_means_port(name: &str, direction: Direction, flow: Flow<'_>) -> Worlds {
    let End::Workload(destination) = flow.destination else { return false.into() };
    let in_containers = numbers(&destination.spec.containers, name, flow.protocol);
    let in_sidecars = numbers(sidecars(destination), name, flow.protocol);
    let mut all: Vec<u16> = in_containers.iter().chain(&in_sidecars).copied().collect();
    all.sort_unstable();
    all.dedup();
    // "If specified, this must be … unique within the pod" (ContainerPort.name): nothing says which of several is meant.
    // Nothing says that the ports of sidecars count. And as a peer, a pod on the node's network may be taken for its node,
    // which has no names; as the subject of a policy it cannot.
    let may_be_its_node = direction == Direction::Egress && destination.on_host_network();
    let certain = all.len() == 1 && !in_containers.is_empty() && !may_be_its_node;
    match all.contains(&flow.port) {
        true if certain => true.into(),
        true => Worlds::only(Answer::Plugin),
        false => false.into(),
    }
}

/// Init containers that go on running ("restartPolicy … Always").
fn sidecars(workload: &Workload) -> impl Iterator<Item = &Container> {
    workload.spec.init_containers.iter().filter(|container| container.restart_policy.as_deref() == Some("Always"))
}

/// The numbers that containers declare for a name and protocol, sorted. "protocol … Defaults to "TCP"." (ContainerPort)
fn numbers<'a>(containers: impl IntoIterator<Item = &'a Container>, name: &str, protocol: Protocol) -> Vec<u16> {
    let ports = containers.into_iter().flat_map(|container| container.ports.iter().flatten());
    let declared = ports.filter(|port| port.name.as_deref() == Some(name));
    let of_protocol = declared.filter(|port| port.protocol.unwrap_or(Protocol::Tcp) == protocol);
    let mut numbers: Vec<u16> = of_protocol.map(|port| port.container_port).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// "Protocols allows for more fine-grain matching of traffic on protocol-specific attributes such as the port. If
/// unspecified, protocol-specific attributes will not be used to match traffic." (ClusterNetworkPolicyIngressRule)
pub(super) fn protocols_match(protocols: Option<&[ClusterProtocol]>, direction: Direction, flow: Flow<'_>) -> Worlds {
    protocols.map_or(true.into(), |list| Worlds::any(list.iter().map(|one| protocol_matches(one, direction, flow))))
}

fn protocol_matches(one: &ClusterProtocol, direction: Direction, flow: Flow<'_>) -> Worlds {
    // "DestinationNamedPort selects a destination port on a pod based on the ContainerPort name." Of any protocol.
    if let Some(name) = &one.destination_named_port {
        return name_means_port(name, direction, flow);
    }
    let attributes = match flow.protocol {
        Protocol::Tcp => &one.tcp,
        Protocol::Udp => &one.udp,
        Protocol::Sctp => &one.sctp,
    };
    attributes.as_ref().is_some_and(|attributes| destination_port_matches(attributes, flow.port)).into()
}

fn destination_port_matches(attributes: &DestinationPort, port: u16) -> bool {
    let wanted = &attributes.destination_port;
    wanted.number == Some(port) || wanted.range.as_ref().is_some_and(|range| (range.start..=range.end).contains(&port))
}

/// "This field is a list of destination ports for the outgoing egress traffic. If Ports is not set then the rule does not
/// filter traffic via port." (AdminNetworkPolicyEgressRule.ports)
pub(super) fn admin_ports_match(ports: Option<&[AdminPort]>, direction: Direction, flow: Flow<'_>) -> Worlds {
    ports.map_or(true.into(), |list| Worlds::any(list.iter().map(|one| admin_port_matches(one, direction, flow))))
}

fn admin_port_matches(one: &AdminPort, direction: Direction, flow: Flow<'_>) -> Worlds {
    if let Some(name) = &one.named_port {
        return name_means_port(name, direction, flow);
    }
    // "Protocol is the network protocol … which traffic must match. If not specified, this field defaults to TCP."
    let of_protocol = |protocol: Option<Protocol>| protocol.unwrap_or(Protocol::Tcp) == flow.protocol;
    let number =
        one.port_number.as_ref().is_some_and(|wanted| of_protocol(wanted.protocol) && wanted.port == flow.port);
    let range = one
        .port_range
        .as_ref()
        .is_some_and(|wanted| of_protocol(wanted.protocol) && (wanted.start..=wanted.end).contains(&flow.port));
    (number || range).into()
}
