//! From how far away a Service can be reached: by its type, its source ranges, and what the policies of its endpoints let in.

use std::sync::Arc;

use super::about::template_place;
use super::answer::{complete, only_if, texts};
use super::near::unknown;
use super::network::{Network, seen};
use super::{About, Absent, Answer, Evidence, FactValue, backends, load_balancer};
use crate::cluster::{Cluster, Item};
use crate::net::{AddressSet, Ports, Protocol, public_addresses};
use crate::object::{Service, TargetPort};
use crate::reach::{Cause, End};

/// Workloads behind one Service that are looked at.
const MOST_BACKENDS: usize = 200;
const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];
/// What has to be read for the answer, beside the selector.
const FIELDS: [&str; 4] =
    ["/spec/ports", "/spec/loadBalancerSourceRanges", "/spec/externalIPs", "/spec/externalTrafficPolicy"];

/// From how far away. Ordered: the later is farther.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    None,
    Cluster,
    Nodes,
    Internet,
}

impl Distance {
    fn as_str(self) -> &'static str {
        match self {
            Distance::None => "none",
            Distance::Cluster => "cluster",
            Distance::Nodes => "nodes",
            Distance::Internet => "internet",
        }
    }
}

/// A way in from outside of the cluster: how far it reaches, and which addresses the pods see on it.
struct Way {
    distance: Distance,
    sources: AddressSet,
}

/// The ways that a Service opens by itself, whatever policies say, farthest first.
fn ways(about: About<'_>, service: &Service) -> Result<Vec<Way>, Absent> {
    let balanced = service.kind == "LoadBalancer";
    let inside = balanced && load_balancer::internal(about)? == FactValue::Bool(true);
    let ranges = service.source_ranges.iter().fold(AddressSet::NONE, |all, range| all.union(&AddressSet::of(*range)));
    let admitted = if service.source_ranges.is_empty() { AddressSet::all() } else { ranges };
    let public = public_addresses();
    let by_balancer = if balanced && !inside { admitted.intersection(&public) } else { AddressSet::NONE };
    let by_address = service.external_ips.iter().any(|address| public.has(*address));
    let clients = if by_address { public } else { by_balancer };
    // `Local` keeps the client's address; otherwise the pods may see that of any node. Source: "Virtual IPs and Service Proxies".
    let sources = if service.external_local { clients.clone() } else { AddressSet::all() };
    let mut ways = Vec::new();
    if !clients.is_empty() {
        ways.push(Way { distance: Distance::Internet, sources });
    }
    if balanced || service.kind == "NodePort" || !service.external_ips.is_empty() {
        ways.push(Way { distance: Distance::Nodes, sources: AddressSet::all() });
    }
    Ok(ways)
}

/// The container ports that the Service leads to.
fn target_ports(cluster: &Cluster, service: &Service, item: &Item) -> Ports {
    let declared = item.workload().map(|body| &*body.template.ports).unwrap_or_default();
    let mut ports = Ports::NONE;
    for port in &service.ports {
        let Some(protocol) = Protocol::parse(&port.protocol) else { continue };
        let numbers: Vec<u16> = match &port.target {
            TargetPort::Number(number) => vec![*number],
            TargetPort::Name(name) => {
                let named = declared
                    .iter()
                    .filter(|own| cluster.text(own.name) == name && cluster.text(own.protocol) == port.protocol);
                named.map(|own| own.number).collect()
            }
        };
        ports = numbers.iter().fold(ports, |all, number| all.union(&Ports::range(protocol, *number, *number)));
    }
    ports
}

/// How far away those are who get in, for sure (or by the plugin's choice), at most, and why the two differ.
#[derive(Debug)]
struct Found {
    sure: Distance,
    at_most: Distance,
    causes: Vec<Cause>,
}

impl Found {
    fn note(&mut self, distance: Distance, passes: bool, causes: Vec<Cause>) {
        if passes {
            self.sure = self.sure.max(distance);
        }
        if passes || !causes.is_empty() {
            self.at_most = self.at_most.max(distance);
        }
        self.causes.extend(causes);
    }
}

fn look(about: About<'_>, service: &Service, items: &[&Item]) -> Result<Found, Absent> {
    let ways = ways(about, service)?;
    let network = Network::among(about.cluster, items);
    let reach = network.reach();
    let mut found = Found { sure: Distance::None, at_most: Distance::None, causes: Vec::new() };
    for item in items {
        let end = network.end(about.cluster, item)?;
        let ports = target_ports(about.cluster, service, item);
        for way in &ways {
            let answer = reach.ask(&End::Addresses(Arc::new(way.sources.clone())), &end, None);
            let parts = answer.parts.iter().map(|part| part.passage.of(&ports));
            let (mut passes, mut open) = (false, false);
            parts.for_each(|part| {
                passes |= !part.allow.is_empty() || !part.implementation_defined.is_empty();
                open |= !part.unknown.is_empty();
            });
            found.note(way.distance, passes, if open { answer.causes } else { Vec::new() });
        }
        found.note(Distance::Cluster, reach.may_admit_pods(&end, &ports), Vec::new());
    }
    Ok(found)
}

pub(super) fn exposure(about: About<'_>) -> Answer {
    let service = about.service()?;
    let items = backends::of(about)?.all()?;
    FIELDS.iter().try_for_each(|field| about.readable(field))?;
    seen(about.cluster)?;
    if items.len() > MOST_BACKENDS {
        return Err(Absent::failed(format!("too large: the Service selects more than {MOST_BACKENDS} workloads")));
    }
    let found = look(about, service, &items)?;
    if found.sure != found.at_most {
        return Err(unknown(found.causes));
    }
    Ok(found.sure.as_str().into())
}

/// The workloads that nothing isolates for ingress, of those that policies can isolate.
fn open(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let items = backends::of(about)?.all()?;
    complete(about.knowledge(POLICIES))?;
    let is_open = |item: &&Item| {
        let mut policies = about.cluster.policies_about(item).into_iter();
        !backends::is_on_host_network(item) && !policies.any(|(_, body)| body.isolates_ingress)
    };
    Ok(items.into_iter().filter(is_open).collect())
}

pub(super) fn open_backends(about: About<'_>) -> Answer {
    let items = open(about)?;
    only_if(!items.is_empty())?;
    texts(items.into_iter().map(|item| about.cluster.workload_name(item)))
}

pub(super) fn open_places(about: About<'_>) -> Vec<Evidence> {
    let message = "no NetworkPolicy selects these pods for ingress";
    let items = open(about).unwrap_or_default().into_iter();
    items.map(|item| template_place(about.cluster, item, "/metadata/labels", message)).collect()
}
