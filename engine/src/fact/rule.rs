//! One rule of a NetworkPolicy.

use super::answer::{only_if, texts};
use super::network_policy::all_selected;
use super::{About, Absent, Answer, Evidence, FactValue, backends};
use crate::cluster::{Cluster, DeclaredPort, Direction, Item, default_deny};
use crate::net::{Ports, Protocol};
use crate::object::{NetworkPolicyPort, Peer, Rule};

/// The rule, if its `ports` could be read.
fn rule_with_ports<'a>(about: &About<'a>) -> Result<&'a Rule, Absent> {
    readable(about, "/ports")?;
    about.rule()
}

/// Unknown if that field of the rule could not be read.
pub(super) fn readable(about: &About<'_>, field: &str) -> Result<(), Absent> {
    let direction = match about.direction() {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    };
    let index = about.index.first().copied().unwrap_or_default();
    about.readable(&format!("/spec/{direction}/{index}{field}"))
}

pub(super) fn widest_port_range(about: About<'_>) -> Answer {
    let width = |port: &NetworkPolicyPort| match port {
        NetworkPolicyPort::Range { first, last, .. } => Some(i64::from(*last) - i64::from(*first) + 1),
        _ => None,
    };
    let widest = rule_with_ports(&about)?.ports.iter().filter_map(width).max();
    super::answer::applicable(widest).map(FactValue::Long)
}

pub(super) fn or_likely_meant_and(about: About<'_>) -> Answer {
    let field = if about.direction() == Direction::Ingress { "/from" } else { "/to" };
    readable(&about, field)?;
    let likely = |pair: &[Peer]| {
        let only_namespaces = |peer| matches!(peer, &Peer::Pods { pods: None, namespaces: Some(_) });
        let only_pods = |peer| matches!(peer, &Peer::Pods { pods: Some(_), namespaces: None });
        matches!(pair, [one, two] if only_namespaces(one) && only_pods(two) || only_pods(one) && only_namespaces(two))
    };
    Ok(about.rule()?.peers.windows(2).any(likely).into())
}

/// Whether a container port is one of those that the rule's port means.
fn means(cluster: &Cluster, port: &NetworkPolicyPort, declared: &DeclaredPort) -> bool {
    let protocol = cluster.text(declared.protocol);
    match port {
        NetworkPolicyPort::Every { protocol: of } => of == protocol,
        NetworkPolicyPort::Range { protocol: of, first, last } => {
            of == protocol && (*first..=*last).contains(&declared.number)
        }
        NetworkPolicyPort::Named { protocol: of, name } => of == protocol && cluster.text(declared.name) == name,
        NetworkPolicyPort::Unreadable => false,
    }
}

/// The ports that a rule allows at a destination.
pub(super) fn ports_at(cluster: &Cluster, rule: &Rule, destination: &Item) -> Ports {
    if rule.ports.is_empty() {
        return Ports::all();
    }
    let declared = destination.workload().map(|body| &*body.template.ports).unwrap_or_default();
    let of = |port: &NetworkPolicyPort| match port {
        NetworkPolicyPort::Every { protocol } => Protocol::parse(protocol).map_or(Ports::NONE, Ports::every),
        NetworkPolicyPort::Range { protocol, first, last } => {
            Protocol::parse(protocol).map_or(Ports::NONE, |protocol| Ports::range(protocol, *first, *last))
        }
        NetworkPolicyPort::Named { protocol, .. } => Protocol::parse(protocol).map_or(Ports::NONE, |protocol| {
            let named = declared.iter().filter(|own| means(cluster, port, own));
            named.fold(Ports::NONE, |all, own| all.union(&Ports::range(protocol, own.number, own.number)))
        }),
        NetworkPolicyPort::Unreadable => Ports::NONE,
    };
    rule.ports.iter().fold(Ports::NONE, |all, port| all.union(&of(port)))
}

/// `80/TCP`, `8000-8999/TCP`, `http/TCP`; `None` for a port that names none.
fn written(port: &NetworkPolicyPort) -> Option<String> {
    match port {
        NetworkPolicyPort::Range { protocol, first, last } if first == last => Some(format!("{first}/{protocol}")),
        NetworkPolicyPort::Range { protocol, first, last } => Some(format!("{first}-{last}/{protocol}")),
        NetworkPolicyPort::Named { protocol, name } => Some(format!("{name}/{protocol}")),
        NetworkPolicyPort::Every { .. } | NetworkPolicyPort::Unreadable => None,
    }
}

pub(super) fn dead_ports(about: About<'_>) -> Answer {
    let rule = rule_with_ports(&about)?;
    let items = all_selected(about)?;
    let silent = |body: &crate::cluster::WorkloadBody| body.template.ports.is_empty();
    only_if(!items.is_empty() && !items.iter().filter_map(|item| item.workload()).any(silent))?;
    let dead =
        |port: &&NetworkPolicyPort| !backends::ports(&items).any(|declared| means(about.cluster, port, declared));
    texts(rule.ports.iter().filter(dead).filter_map(written))
}

pub(super) fn unresolved_port_names(about: About<'_>) -> Answer {
    let rule = rule_with_ports(&about)?;
    let items = all_selected(about)?;
    only_if(!items.is_empty())?;
    let unresolved = rule.ports.iter().filter_map(|port| match port {
        NetworkPolicyPort::Named { name, .. } => {
            let found = backends::ports(&items).any(|declared| means(about.cluster, port, declared));
            (!found).then(|| name.clone())
        }
        _ => None,
    });
    texts(unresolved)
}

/// The container ports of what the policy selects.
pub(super) fn port_places(about: About<'_>) -> Vec<Evidence> {
    let Ok(items) = all_selected(about) else { return Vec::new() };
    items.into_iter().flat_map(|item| super::service_port::port_places(about.cluster, item)).collect()
}

pub(super) fn allows_dns(about: About<'_>) -> Answer {
    let rule = rule_with_ports(&about)?;
    Ok(["UDP", "TCP"].iter().any(|protocol| default_deny::allows_dns(rule, protocol)).into())
}

pub(super) fn only_dns(about: About<'_>) -> Answer {
    Ok(default_deny::is_only_dns(rule_with_ports(&about)?).into())
}
