//! A Service as a destination: the connection to it is the connection to its endpoints, after translation.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::branch::{Branch, together};
use crate::cluster::{Cluster, Knowledge};
use crate::dns::{Backends, service_of};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Protocol};
use crate::object::{Body, Service, ServicePort};
use crate::reach::{End, PortAsk, Reach, Verdict, distance};

/// Most candidates that are named.
const MOST: usize = 3;
/// How many letters a name may differ from the nearest one.
const NEAR: usize = 2;
/// Longest chain of ExternalNames that is followed.
const LONGEST: usize = 10;

/// What becomes of a connection to a Service.
#[derive(Clone, Debug)]
pub struct ServiceAnswer {
    /// The Service; the last of a chain of ExternalNames.
    pub service: ObjectRef,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// It has no virtual address, and translates no port.
    pub headless: bool,
    /// Of the port asked about; without one, of the port that fares best.
    pub verdict: Verdict,
    /// Each port: the one asked about, or all that the Service offers.
    pub ports: Vec<PortWay>,
    /// Why it is not settled, or why nothing comes in at all.
    pub because: Vec<String>,
    /// What is taken for granted.
    pub assumptions: Vec<String>,
}

/// The way through one port of a Service.
#[derive(Clone, Debug)]
pub struct PortWay {
    /// The Service's port.
    pub port: PortAsk,
    /// Its name; empty if it has none.
    pub name: String,
    /// Over all endpoints; see [`together`].
    pub verdict: Verdict,
    /// The endpoints, each with its port and answer.
    pub branches: Vec<Branch>,
    /// Why it is not settled, or why there is no endpoint.
    pub because: Vec<String>,
}

/// A name that is no Service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchService {
    /// The nearest names, as `svc/NAMESPACE/NAME`.
    pub candidates: Vec<String>,
}

/// What becomes of a connection from an end to a Service, through one of its ports or through each.
///
/// From pods, the virtual address leads to every endpoint. From outside, only what the Service's type lets in: node ports, the
/// load balancer (for its source ranges), external addresses. Unless `externalTrafficPolicy` is `Local`, the address of the client
/// may be replaced by a node's before the NetworkPolicies of the endpoints see it; then what hangs on the address is left to the
/// network plugin. Sources: "Service" and "Using Source IP" in the Kubernetes documentation.
///
/// # Errors
/// There is no such Service.
pub fn to_service(
    cluster: &Cluster,
    reach: &Reach,
    source: &End,
    (namespace, name): (&str, &str),
    port: Option<PortAsk>,
) -> Result<ServiceAnswer, NoSuchService> {
    let (mut namespace, mut name) = (namespace.to_owned(), name.to_owned());
    for _ in 0..LONGEST {
        let found = find(cluster, &namespace, &name);
        let (id, service) = found.ok_or_else(|| NoSuchService { candidates: nearest(cluster, &namespace, &name) })?;
        let Some(alias) = service.external_name.as_deref().filter(|_| service.kind == "ExternalName") else {
            return Ok(Asked { cluster, reach, source, id, service }.answer(port));
        };
        match service_of(alias, "cluster.local").filter(|(space, name)| find(cluster, space, name).is_some()) {
            Some((space, next)) => (namespace, name) = (space.to_owned(), next.to_owned()),
            None => {
                let why = format!("it is an alias of `{alias}`, and manifests do not say what that is");
                return Ok(unknown(id, service, why));
            }
        }
    }
    let (id, service) = find(cluster, &namespace, &name).ok_or(NoSuchService { candidates: Vec::new() })?;
    Ok(unknown(id, service, "its aliases go round in a circle".to_owned()))
}

fn unknown(id: ObjectRef, service: &Service, why: String) -> ServiceAnswer {
    ServiceAnswer {
        service: id,
        kind: service.kind.clone(),
        headless: service.headless,
        verdict: Verdict::Unknown,
        ports: Vec::new(),
        because: vec![why],
        assumptions: Vec::new(),
    }
}

fn find<'a>(cluster: &'a Cluster, namespace: &str, name: &str) -> Option<(ObjectRef, &'a Service)> {
    let item = cluster.service(namespace, name)?;
    match &item.whole()?.body {
        Body::Service(service) => Some((cluster.reference(item), service)),
        _ => None,
    }
}

fn nearest(cluster: &Cluster, namespace: &str, name: &str) -> Vec<String> {
    let asked = format!("{namespace}/{name}");
    let mut near = Vec::new();
    for other in cluster.every_namespace() {
        for item in cluster.objects_of(("", "Service"), other) {
            let full = format!("{other}/{}", item.name());
            let rank = if item.name() == name { 0 } else { distance(&asked, &full) };
            if rank <= NEAR {
                near.push((rank, format!("svc/{full}")));
            }
        }
    }
    near.sort();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

struct Asked<'a> {
    cluster: &'a Cluster,
    reach: &'a Reach,
    source: &'a End,
    id: ObjectRef,
    service: &'a Service,
}

/// Who comes in from outside, and as whom.
enum Entry {
    /// As itself: pods, and clients whose address is kept.
    AsItself(End),
    /// Perhaps as a node, whose address may be any.
    Replaced,
    /// Nobody, and why.
    Closed(String),
}

impl Asked<'_> {
    fn answer(self, port: Option<PortAsk>) -> ServiceAnswer {
        let (mut because, mut assumptions) = (Vec::new(), Vec::new());
        let entry = self.entry(&mut because);
        let backends = Backends::of(self.cluster, &self.id, self.service);
        let wanted: Vec<Through<'_>> = match (port, self.service.headless) {
            (Some(asked), true) => vec![Through { port: asked, offered: None }],
            (Some(asked), false) => {
                let offered = self.service.ports.iter().find(|offered| of(offered) == Some(asked));
                if offered.is_none() {
                    because.push(format!("it does not offer {asked}"));
                }
                offered.map(|offered| Through { port: asked, offered: Some(offered) }).into_iter().collect()
            }
            (None, true) => self.own_ports(&backends),
            (None, false) => {
                let each = self.service.ports.iter();
                each.filter_map(|offered| Some(Through { port: of(offered)?, offered: Some(offered) })).collect()
            }
        };
        let ports: Vec<PortWay> = wanted.iter().map(|through| self.through(through, &entry, &backends)).collect();
        if backends.ready().any(|backend| !backend.readiness_known) {
            assumptions.push("pods that the input does not show running are taken as ready".to_owned());
        }
        if self.service.internal_local && matches!(self.source, End::Workload(_)) {
            assumptions.push("an endpoint runs on the pod's node, for `internalTrafficPolicy` is `Local`".to_owned());
        }
        if self.service.kind == "LoadBalancer" && matches!(self.source, End::Addresses(_)) {
            assumptions
                .push("nodes cannot be met from outside, where its node ports are open to every address".to_owned());
        }
        if self.service.external_local && matches!(self.source, End::Addresses(_)) {
            assumptions
                .push("the node that is met runs an endpoint, for `externalTrafficPolicy` is `Local`".to_owned());
        }
        let best = ports.iter().map(|way| way.verdict).min_by_key(|verdict| match verdict {
            Verdict::Allow => 0,
            Verdict::ImplementationDefined => 1,
            Verdict::Unknown => 2,
            Verdict::Deny => 3,
        });
        ServiceAnswer {
            verdict: best.unwrap_or(Verdict::Deny),
            kind: self.service.kind.clone(),
            headless: self.service.headless,
            service: self.id,
            ports,
            because,
            assumptions,
        }
    }

    /// The ports that the pods behind a headless Service have for its ports.
    fn own_ports(&self, backends: &Backends) -> Vec<Through<'_>> {
        let ports = backends.ready().flat_map(|backend| &backend.ports);
        let ports: BTreeSet<PortAsk> = ports
            .filter_map(|port| Some(PortAsk { protocol: Protocol::parse(&port.protocol)?, port: port.number? }))
            .collect();
        ports.into_iter().map(|port| Through { port, offered: None }).collect()
    }

    /// What of the source comes in.
    fn entry(&self, because: &mut Vec<String>) -> Entry {
        let End::Addresses(clients) = self.source else { return Entry::AsItself(self.source.clone()) };
        let service = self.service;
        if service.headless {
            // There is nothing in between: the pods' addresses are asked for themselves.
            return Entry::AsItself(self.source.clone());
        }
        let open = !service.external_ips.is_empty() || service.kind == "NodePort";
        let balanced = service.kind == "LoadBalancer";
        if !open && !balanced {
            return Entry::Closed("its address is one inside of the cluster, and it has no other".to_owned());
        }
        let mut admitted = (**clients).clone();
        if balanced && !open && !service.source_ranges.is_empty() {
            let ranges = service.source_ranges.iter().map(|range| AddressSet::of(range.masked()));
            let ranges = ranges.reduce(|all, more| all.union(&more)).unwrap_or_default();
            admitted = admitted.intersection(&ranges);
            if admitted.is_empty() {
                return Entry::Closed("`loadBalancerSourceRanges` hold none of these addresses".to_owned());
            }
            if admitted != **clients {
                because.push(format!("`loadBalancerSourceRanges` let in {admitted}"));
            }
        }
        match service.external_local {
            true => Entry::AsItself(End::Addresses(Arc::new(admitted))),
            false => Entry::Replaced,
        }
    }

    fn through(&self, through: &Through<'_>, entry: &Entry, backends: &Backends) -> PortWay {
        let Through { port, offered } = *through;
        let name = offered.map(|offered| offered.name.clone()).unwrap_or_default();
        let outside = End::outside();
        let source = match entry {
            Entry::AsItself(source) => source,
            Entry::Replaced => &outside,
            Entry::Closed(why) => {
                return PortWay {
                    port,
                    name,
                    verdict: Verdict::Deny,
                    branches: Vec::new(),
                    because: vec![why.clone()],
                };
            }
        };
        let number = |backend: &crate::dns::Backend| match offered {
            Some(offered) => backend.port_for(&offered.name, &offered.protocol),
            None => Some(port.port),
        };
        let ready = backends.ready().filter_map(|backend| Some((backend, number(backend)?)));
        let branch = |(backend, number)| {
            let own = PortAsk { protocol: port.protocol, port: number };
            Branch::of(self.cluster, self.reach, source, backend, own)
        };
        let branches: Vec<Branch> = ready.map(branch).collect();
        let replaced = matches!(entry, Entry::Replaced);
        let verdicts: Vec<Verdict> = branches.iter().map(|branch| verdict(branch, replaced)).collect();
        let mut because = BTreeSet::new();
        let mut whole = together(verdicts.iter().copied());
        if let Knowledge::NotGiven(why) | Knowledge::Failed(why) = &backends.knowledge {
            because.insert(format!("there may be other endpoints: {why}"));
            // What others do not know is settled only if it is deny through and through, which nobody knows.
            whole = if branches.is_empty() { Verdict::Unknown } else { together([whole, Verdict::Unknown]) };
        } else if branches.is_empty() {
            because.insert("no ready endpoint has this port".to_owned());
        }
        if verdicts.windows(2).any(|pair| pair.first() != pair.last()) {
            because.insert("the proxy picks the endpoint, and they differ".to_owned());
        }
        if replaced && verdicts.contains(&Verdict::ImplementationDefined) {
            because.insert(
                "without `externalTrafficPolicy: Local` the client's address may be replaced by a node's".to_owned(),
            );
        }
        for explanation in branches.iter().filter_map(|branch| branch.explanation.as_ref()) {
            because.extend(explanation.answer.causes.iter().map(|cause| cause.message.clone()));
        }
        PortWay { port, name, verdict: whole, branches, because: because.into_iter().collect() }
    }
}

/// The port that is gone through.
#[derive(Clone, Copy)]
struct Through<'a> {
    port: PortAsk,
    /// `None` for a pod's own port behind a headless Service.
    offered: Option<&'a ServicePort>,
}

/// Of a branch. Parts of the addresses that fare differently are not told as the best of them, for the branch is one answer;
/// where addresses are replaced, what hangs on them is left to the plugin.
fn verdict(branch: &Branch, replaced: bool) -> Verdict {
    let Some(explanation) = &branch.explanation else { return Verdict::Unknown };
    let parts = explanation.answer.parts.iter().map(|part| part.passage.verdict(Some(branch.port)));
    let all = together(parts);
    match (replaced, all) {
        (false, Verdict::ImplementationDefined) => explanation.answer.verdict,
        (_, all) => all,
    }
}

fn of(port: &ServicePort) -> Option<PortAsk> {
    Some(PortAsk { protocol: Protocol::parse(&port.protocol)?, port: port.port })
}
