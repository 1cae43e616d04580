//! What a rule says of addresses and ports, as expressions of nftables.

use std::net::IpAddr;

use serde_json::Value;

use super::{Pod, Scene, Way};

/// Ways of matching an address; a packet need match one of them only.
pub(crate) enum Addresses {
    /// Whatever the address.
    Any,
    /// Each a block and what is left out of it; single addresses are blocks too.
    These(Vec<(String, Vec<String>)>),
}

impl Addresses {
    /// Just these.
    pub(crate) fn only(addresses: &[IpAddr]) -> Addresses {
        Addresses::These(addresses.iter().map(|address| (address.to_string(), Vec::new())).collect())
    }

    /// One expression for each way; `field` is `saddr` or `daddr`.
    pub(crate) fn expressions(&self, field: &str) -> Vec<String> {
        let Addresses::These(blocks) = self else { return vec![String::new()] };
        blocks
            .iter()
            .map(|(block, except)| {
                let family = if block.contains(':') { "ip6" } else { "ip" };
                let left_out: String = except.iter().map(|except| format!(" {family} {field} != {except}")).collect();
                format!("{family} {field} {block}{left_out}")
            })
            .collect()
    }
}

/// Ways of matching a port; a packet need match one of them only.
pub(crate) enum Ports {
    /// Whatever the port and the protocol.
    Any,
    /// Each an expression.
    These(Vec<String>),
}

impl Ports {
    /// One expression for each way.
    pub(crate) fn expressions(&self) -> Vec<String> {
        match self {
            Ports::Any => vec![String::new()],
            Ports::These(expressions) => expressions.clone(),
        }
    }
}

/// `tcp dport 80` of pods that call a port so: of the chain's own pod on the way in, of any pod on the way out. A name
/// without a protocol means that of each declaration.
fn named(scene: &Scene<'_>, own: &Pod, way: Way, name: &str, protocol: Option<&str>) -> Vec<String> {
    let destinations: Vec<&Pod> = if way == Way::In { vec![own] } else { scene.pods.iter().collect() };
    let mut expressions = Vec::new();
    for pod in destinations {
        for (its_protocol, number) in declared(pod, name) {
            if protocol.is_some_and(|protocol| protocol != its_protocol) {
                continue;
            }
            for address in Addresses::only(&pod.addresses()).expressions("daddr") {
                expressions.push(format!("{address} {} dport {number}", its_protocol.to_lowercase()));
            }
        }
    }
    expressions
}

fn declared(pod: &Pod, name: &str) -> Vec<(String, u64)> {
    let containers = pod.spec["containers"].as_array().into_iter().flatten();
    let ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let called = ports.filter(|port| port["name"] == name);
    called
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            (protocol.to_owned(), port["containerPort"].as_u64().unwrap_or_default())
        })
        .collect()
}

fn list(field: &Value) -> Option<&Vec<Value>> {
    field.as_array().filter(|list| !list.is_empty())
}

/// `ports` of a NetworkPolicy's rule.
pub(super) fn network_policy_ports(scene: &Scene<'_>, own: &Pod, way: Way, rule: &Value) -> Ports {
    let Some(ports) = list(&rule["ports"]) else { return Ports::Any };
    let of_one = |port: &Value| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let lower = protocol.to_lowercase();
        match (&port["port"], port["endPort"].as_u64()) {
            (Value::Null, _) => vec![format!("meta l4proto {lower}")],
            (Value::String(name), _) => named(scene, own, way, name, Some(protocol)),
            (number, Some(last)) => vec![format!("{lower} dport {number}-{last}")],
            (number, None) => vec![format!("{lower} dport {number}")],
        }
    };
    Ports::These(ports.iter().flat_map(of_one).collect())
}

/// `protocols` or `ports` of a cluster-wide policy's rule.
pub(super) fn cluster_policy_ports(scene: &Scene<'_>, own: &Pod, way: Way, rule: &Value) -> Ports {
    let mut expressions = Vec::new();
    let (protocols, ports) = (list(&rule["protocols"]), list(&rule["ports"]));
    if protocols.is_none() && ports.is_none() {
        return Ports::Any;
    }
    for protocol in protocols.into_iter().flatten() {
        if let Some(name) = protocol["destinationNamedPort"].as_str() {
            expressions.extend(named(scene, own, way, name, None));
        }
        for lower in ["tcp", "udp", "sctp"] {
            let port = &protocol[lower]["destinationPort"];
            match (&port["number"], &port["range"]) {
                (Value::Number(number), _) => expressions.push(format!("{lower} dport {number}")),
                (_, Value::Object(range)) => {
                    expressions.push(format!("{lower} dport {}-{}", range["start"], range["end"]));
                }
                _ => {}
            }
        }
    }
    for port in ports.into_iter().flatten() {
        if let Some(name) = port["namedPort"].as_str() {
            expressions.extend(named(scene, own, way, name, None));
        }
        for (field, first, last) in [("portNumber", "port", "port"), ("portRange", "start", "end")] {
            let port = &port[field];
            if !port.is_null() {
                let lower = port["protocol"].as_str().unwrap_or("TCP").to_lowercase();
                expressions.push(format!("{lower} dport {}-{}", port[first], port[last]));
            }
        }
    }
    Ports::These(expressions)
}
