//! Where a Service's port goes, and who else asks for its node port.

use std::collections::BTreeSet;

use super::about::{place, rivals};
use super::answer::{applicable, only_if, texts};
use super::{About, Absent, Answer, Evidence, backends};
use crate::cluster::{Cluster, DeclaredPort, Item};
use crate::object::{ServicePort, TargetPort};

const SERVICES: &[(&str, &str)] = &[("", "Service")];

/// Whether the container port is what the target port names, by name or number; its protocol may be another.
fn is_named(cluster: &Cluster, port: &DeclaredPort, target: &TargetPort) -> bool {
    match target {
        TargetPort::Number(number) => port.number == *number,
        TargetPort::Name(name) => cluster.text(port.name) == name,
    }
}

fn is_target(cluster: &Cluster, declared: &DeclaredPort, port: &ServicePort) -> bool {
    is_named(cluster, declared, &port.target) && cluster.text(declared.protocol) == port.protocol
}

pub(super) fn declared(about: About<'_>) -> Answer {
    let port = about.service_port()?;
    let declared = backends::of(about)?.declare(|declared| is_target(about.cluster, declared, port))?;
    Ok(declared.into())
}

pub(super) fn protocol_mismatch(about: About<'_>) -> Answer {
    let port = about.service_port()?;
    let items = match backends::of(about).and_then(backends::Backends::some) {
        // Where there is nothing to differ from, nothing differs.
        Err(Absent::NotApplicable) => return Ok(false.into()),
        items => items?,
    };
    let any_protocol = backends::ports(&items).any(|declared| is_named(about.cluster, declared, &port.target));
    let this_protocol = backends::ports(&items).any(|declared| is_target(about.cluster, declared, port));
    Ok((any_protocol && !this_protocol).into())
}

pub(super) fn declared_names(about: About<'_>) -> Answer {
    about.service_port()?;
    let items = backends::of(about)?.some()?;
    let names = backends::ports(&items).map(|port| about.cluster.text(port.name).to_owned());
    texts(names.filter(|name| !name.is_empty()))
}

pub(super) fn numbers(about: About<'_>) -> Answer {
    let port = about.service_port()?;
    only_if(matches!(port.target, TargetPort::Name(_)))?;
    let items = backends::of(about)?.some()?;
    let targets = backends::ports(&items).filter(|declared| is_target(about.cluster, declared, port));
    let numbers: BTreeSet<u16> = targets.map(|declared| declared.number).collect();
    only_if(!numbers.is_empty())?;
    Ok(numbers.len().into())
}

/// The container ports of what the Service selects.
pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let items = backends::of(about).map(|all| all.items).unwrap_or_default();
    items.into_iter().flat_map(|item| port_places(about.cluster, item)).collect()
}

/// The ports that a workload declares.
pub(super) fn port_places(cluster: &Cluster, item: &Item) -> Vec<Evidence> {
    let ports = item.workload().map(|body| &*body.template.ports).unwrap_or_default();
    let port = |port: &DeclaredPort| {
        let name = match cluster.text(port.name) {
            "" => String::new(),
            name => format!(" `{name}`"),
        };
        let message = format!("declares port{name} {}/{}", port.number, cluster.text(port.protocol));
        place(cluster, item, cluster.text(port.field), &message)
    };
    ports.iter().map(port).collect()
}

fn same_node_port(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let port = about.service_port()?;
    let number = applicable(port.node_port)?;
    let mut items = about.cluster.services_on_node_port(number, &port.protocol);
    items.retain(|item| !about.is_self(item));
    Ok(items)
}

pub(super) fn node_port_owners(about: About<'_>) -> Answer {
    let items = same_node_port(about)?;
    rivals(about, &items, about.cluster.knowledge_of_all(SERVICES, ""))
}

pub(super) fn node_port_places(about: About<'_>) -> Vec<Evidence> {
    let Some(wanted) = about.service_port().ok().and_then(|port| port.node_port) else { return Vec::new() };
    let field = |item: &Item| {
        let at = item.service()?.ports.iter().position(|port| port.node_port == Some(wanted))?;
        Some(format!("/spec/ports/{at}/nodePort"))
    };
    let items = same_node_port(about).unwrap_or_default().into_iter();
    let message = "asks for the same node port";
    items.map(|item| place(about.cluster, item, &field(item).unwrap_or_default(), message)).collect()
}
