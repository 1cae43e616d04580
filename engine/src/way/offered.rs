//! What is offered: Services with what is behind them, and ways in with where they lead.

use super::entry::{WayBackend, WayIn, receivers, ways_in};
use crate::cluster::{Cluster, Direction};
use crate::dns::Backends;
use crate::finding::ObjectRef;
use crate::net::{Protocol, Selector};
use crate::object::{Body, Service, TargetPort};
use crate::reach::{End, PortAsk, Reach, Unseen, Verdict, WorkloadId};

/// A Service and where its ports lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The Service.
    pub service: ObjectRef,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// It has no virtual address, and translates no port.
    pub headless: bool,
    /// The name that it is an alias of, if it is one.
    pub alias: Option<String>,
    /// Its ports, in the order written.
    pub ports: Vec<OfferedPort>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedPort {
    /// The port.
    pub port: PortAsk,
    /// Its name; empty if it has none.
    pub name: String,
    /// The port on every node, if there is one.
    pub node_port: Option<u16>,
    /// The workloads behind it that are ready, each with the port of its pods. Sorted.
    pub to: Vec<(ObjectRef, u16)>,
}

/// A way in and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// The way.
    pub way: WayIn,
    /// Who takes the requests in, and whether each reaches a workload behind; none if the input does not say.
    pub receivers: Vec<ObjectRef>,
    /// Each backend, followed.
    pub leads: Vec<Lead>,
}

/// A backend, followed to its workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The backend.
    pub backend: WayBackend,
    /// The port of the Service; `None` if that is not known.
    pub port: Option<PortAsk>,
    /// The workloads behind it. Sorted.
    pub to: Vec<Reached>,
}

/// A workload behind a way in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// The workload.
    pub workload: ObjectRef,
    /// The port of its pods.
    pub port: PortAsk,
    /// Whether those who take the requests in reach it; unknown if they are not known.
    pub verdict: Verdict,
}

/// Every Service with where it leads, sorted by namespace and name. Cost: linear in Services and their endpoints.
pub fn services(cluster: &Cluster) -> Vec<Offered> {
    let mut all = Vec::new();
    for namespace in cluster.every_namespace() {
        for item in cluster.objects_of(("", "Service"), namespace) {
            if let Some(Body::Service(service)) = item.whole().map(|object| &object.body) {
                all.push(offered(cluster, cluster.reference(item), service));
            }
        }
    }
    all
}

fn offered(cluster: &Cluster, id: ObjectRef, service: &Service) -> Offered {
    let backends = Backends::of(cluster, &id, service);
    let ports = service.ports.iter().filter_map(|port| {
        let asked = PortAsk { protocol: Protocol::parse(&port.protocol)?, port: port.port };
        let to = backends.ready().filter_map(|backend| {
            Some((backend.pods.workload()?.clone(), backend.port_for(&port.name, &port.protocol)?))
        });
        let mut to: Vec<_> = to.collect();
        to.sort();
        to.dedup();
        Some(OfferedPort { port: asked, name: port.name.clone(), node_port: port.node_port, to })
    });
    let alias = service.external_name.clone().filter(|_| service.kind == "ExternalName");
    Offered { ports: ports.collect(), kind: service.kind.clone(), headless: service.headless, alias, service: id }
}

/// Every way in with where it leads, sorted by object and field. `controllers` are the workloads that take in the requests of
/// Ingresses. Cost: linear in ways and the endpoints behind them.
pub fn entrances(cluster: &Cluster, reach: &Reach, controllers: &[ObjectRef]) -> Vec<Entrance> {
    let followed = |way: WayIn| {
        let receivers = receivers(cluster, &way, controllers);
        let ends: Vec<End> = receivers.iter().filter_map(|receiver| reach.end_of(receiver)).collect();
        let leads = way.backends.iter().map(|backend| lead(cluster, reach, backend, &ends)).collect();
        Entrance { way, receivers, leads }
    };
    ways_in(cluster).into_iter().map(followed).collect()
}

fn lead(cluster: &Cluster, reach: &Reach, backend: &WayBackend, ends: &[End]) -> Lead {
    let found = service_port(cluster, (&backend.namespace, &backend.name), backend.port.as_ref()).ok();
    let Some((id, port)) = found else { return Lead { backend: backend.clone(), port: None, to: Vec::new() } };
    let Some(Body::Service(service)) = cluster.get(&id).map(|object| &object.body) else {
        return Lead { backend: backend.clone(), port: None, to: Vec::new() };
    };
    let own = service.ports.iter().find(|own| own.port == port.port && own.protocol == port.protocol.as_str());
    let backends = Backends::of(cluster, &id, service);
    let to = backends.ready().filter_map(|found| {
        let number = own.and_then(|own| found.port_for(&own.name, &own.protocol))?;
        let workload = found.pods.workload()?.clone();
        let port = PortAsk { protocol: port.protocol, port: number };
        let end = reach.end_of(&workload)?;
        let verdicts = ends.iter().map(|from| reach.ask(from, &end, Some(port)).verdict);
        let verdict = if ends.is_empty() { Verdict::Unknown } else { super::branch::together(verdicts) };
        Some(Reached { workload, port, verdict })
    });
    let mut to: Vec<Reached> = to.collect();
    to.sort();
    to.dedup();
    Lead { backend: backend.clone(), port: Some(port), to }
}

/// The Service of that name and its TCP port, by number. On the right: the port that it does not have, or nothing if there is no
/// such Service.
pub(super) fn service_port(
    cluster: &Cluster,
    (namespace, name): (&str, &str),
    wanted: Option<&TargetPort>,
) -> Result<(ObjectRef, PortAsk), Option<String>> {
    let item = cluster.service(namespace, name).ok_or(None)?;
    let Some(Body::Service(service)) = item.whole().map(|object| &object.body) else { return Err(None) };
    let is = |wanted: &TargetPort, port: u16, name: &str| match wanted {
        TargetPort::Number(number) => port == *number,
        TargetPort::Name(wanted) => name == wanted,
    };
    let tcp = service.ports.iter().filter(|port| port.protocol == "TCP");
    let found = tcp.clone().find(|port| wanted.is_none_or(|wanted| is(wanted, port.port, &port.name)));
    let told = || match wanted {
        Some(TargetPort::Number(number)) => number.to_string(),
        Some(TargetPort::Name(name)) => format!("`{name}`"),
        None => "over TCP".to_owned(),
    };
    let port = found.ok_or_else(|| Some(told()))?.port;
    Ok((cluster.reference(item), PortAsk { protocol: Protocol::Tcp, port }))
}

/// Whether a port passes of any pod that the input does not hold; and of which it does, in words.
pub(super) fn conditions(
    reach: &Reach,
    workload: WorkloadId,
    port: PortAsk,
    direction: Direction,
) -> (bool, Vec<String>) {
    let found = reach.exposure(workload, direction);
    let passes = found.iter().filter(|exposed| exposed.passage.verdict(Some(port)) == Verdict::Allow);
    let anyone = passes.clone().any(|exposed| exposed.who == Unseen::Any);
    (anyone, passes.map(|exposed| words(&exposed.who)).collect())
}

fn words(who: &Unseen) -> String {
    let all = |selector: &Selector| {
        let each: Vec<String> = selector.requirements.iter().map(|requirement| format!("`{requirement}`")).collect();
        each.join(" and ")
    };
    match who {
        Unseen::Any => "any pod".to_owned(),
        Unseen::Addresses(set) => format!("pods with an address in {set}"),
        Unseen::Pods { namespace, pod } => {
            let pods = if pod.selects_all() { "pods".to_owned() } else { format!("pods with {}", all(pod)) };
            match namespace.selects_all() {
                true => pods,
                false => format!("{pods} in namespaces with {}", all(namespace)),
            }
        }
    }
}
