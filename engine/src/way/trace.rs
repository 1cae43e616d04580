//! The way of one connection, step by step.

use super::branch::{Branch, together};
use super::step::{Stage, Step};
use super::told::{container_port, endpoints_step, name_step, named, offers, pods};
use super::url::{Host, Url};
use super::{name_server, passing};
use crate::cluster::{Cluster, Direction};
use crate::dns::{Backend, Backends, Client, DnsSettings, PodsOf, RecordType, Resolution, Servers, resolve};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Cidr};
use crate::object::{Body, Service, ServicePort, TargetPort};
use crate::reach::{End, PortAsk, Reach, ReachSettings, Verdict};

/// What is traced.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// Where it comes from: a workload of [`Trace`]'s cluster.
    pub source: &'a ObjectRef,
    /// Where it goes.
    pub url: &'a Url,
    /// The DNS of the cluster.
    pub dns: &'a DnsSettings,
    /// What reachability takes as given.
    pub reach: &'a ReachSettings,
}

/// The way of one connection.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What becomes of the connection: that of the first step that breaks, else the least that some step leaves open.
    pub verdict: Verdict,
    /// The steps in their order, the last of which breaks it or completes it.
    pub steps: Vec<Step>,
    /// How the name resolves, if the host is a name.
    pub resolution: Option<Resolution>,
    /// The endpoints that the connection may come to, each with its answer.
    pub branches: Vec<Branch>,
    /// What is taken for granted.
    pub assumptions: Vec<String>,
}

/// Follows a connection from a pod of a workload to a URL: the DNS, the name, the Service, its endpoints, egress, ingress,
/// the container's port. Stops at the step that breaks. `reach` is that of the cluster, which is as before afterwards.
pub fn trace(cluster: &mut Cluster, reach: &Reach, traced: Traced<'_>) -> Trace {
    let mut walk = Walk { reach, traced, client: Client::of(cluster, traced.source), trace: Trace::begun() };
    let whole = walk.walk(cluster).is_some();
    walk.trace.finished(whole)
}

impl Trace {
    /// No step yet.
    pub(super) fn begun() -> Trace {
        Trace {
            verdict: Verdict::Unknown,
            steps: Vec::new(),
            resolution: None,
            branches: Vec::new(),
            assumptions: Vec::new(),
        }
    }

    /// Adds a step; `None` if it breaks the way.
    pub(super) fn add(&mut self, step: Step) -> Option<()> {
        let holds = step.verdict != Verdict::Deny;
        self.steps.push(step);
        holds.then_some(())
    }

    pub(super) fn assume(&mut self, assumption: String) {
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }

    /// A way that no step broke and that could not be followed to its end is not known.
    pub(super) fn finished(mut self, whole: bool) -> Trace {
        let steps = self.steps.iter().map(|step| step.verdict);
        let ends = (!self.branches.is_empty()).then(|| together(self.branches.iter().map(Branch::verdict)));
        let lost = (!whole).then_some(Verdict::Unknown);
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Deny => 0,
            Verdict::Unknown => 1,
            Verdict::ImplementationDefined => 2,
            Verdict::Allow => 3,
        };
        self.verdict = steps.chain(ends).chain(lost).min_by_key(rank).unwrap_or(Verdict::Unknown);
        self
    }
}

/// Where a name leads.
enum Place {
    /// To a Service's virtual address.
    Service(ObjectRef),
    /// To endpoints themselves, of a headless Service.
    Endpoints(ObjectRef, Vec<Backend>),
    /// To an address.
    Address(End),
}

pub(super) struct Walk<'a> {
    pub(super) reach: &'a Reach,
    pub(super) traced: Traced<'a>,
    pub(super) client: Option<Client>,
    pub(super) trace: Trace,
}

impl Walk<'_> {
    fn walk(&mut self, cluster: &mut Cluster) -> Option<()> {
        let source = self.reach.end_of(self.traced.source)?;
        let place = match &self.traced.url.host {
            Host::Name(name) => {
                self.dns(cluster)?;
                self.name(cluster, name)?
            }
            Host::Address(address) => self.address(cluster, *address)?,
        };
        let cluster = &*cluster;
        let branches = match &place {
            Place::Service(id) => self.through_service(cluster, &source, id)?,
            Place::Endpoints(id, backends) => self.past_service(cluster, &source, id, backends)?,
            Place::Address(end) => vec![self.outside(cluster, &source, end)],
        };
        self.pass(cluster, &branches)?;
        if !matches!(place, Place::Address(_)) {
            self.trace.add(container_port(cluster, &branches))?;
        }
        Some(())
    }

    /// To a Service's port and through it, to the containers behind.
    pub(super) fn through(&mut self, cluster: &Cluster, source: &End, id: &ObjectRef) -> Option<()> {
        let branches = self.through_service(cluster, source, id)?;
        self.pass(cluster, &branches)?;
        self.trace.add(container_port(cluster, &branches))
    }

    /// The rules of both ends.
    fn pass(&mut self, cluster: &Cluster, branches: &[Branch]) -> Option<()> {
        self.trace.branches.extend(branches.iter().cloned());
        for direction in [Direction::Egress, Direction::Ingress] {
            let step = passing::step(cluster, self.reach, (self.client.as_ref(), branches), direction);
            self.trace.add(step)?;
        }
        Some(())
    }

    /// A pod that asks another server than the cluster's is not held against the cluster's.
    fn dns(&mut self, cluster: &mut Cluster) -> Option<()> {
        let conf = self.client.as_ref().map(|client| crate::dns::ResolvConf::of(client, self.traced.dns));
        if conf.is_some_and(|conf| conf.servers != Servers::Cluster) {
            return Some(());
        }
        let (step, assumption) = name_server::step(cluster, self.reach, self.traced.reach, self.traced.source);
        if step.verdict != Verdict::Deny {
            assumption.into_iter().for_each(|assumption| self.trace.assume(assumption));
        }
        self.trace.add(step)
    }

    fn name(&mut self, cluster: &Cluster, name: &str) -> Option<Place> {
        let client = self.client.clone()?;
        let found = resolve(cluster, &client, name, RecordType::Address, self.traced.dns);
        let step = name_step(cluster, &client, name, &found);
        let unknown = step.verdict == Verdict::Unknown;
        found.assumptions.iter().for_each(|assumption| self.trace.assume(assumption.clone()));
        let place = match (&found.service, found.backends.is_empty()) {
            (Some(id), true) => Some(Place::Service(id.clone())),
            (Some(id), false) => Some(Place::Endpoints(id.clone(), found.backends.clone())),
            (None, _) => found.records().iter().find_map(|record| match record.data {
                crate::dns::Data::Address(address) => Some(Place::Address(one(address))),
                _ => None,
            }),
        };
        self.trace.resolution = Some(found);
        self.trace.add(step)?;
        place.filter(|_| !unknown)
    }

    /// A virtual address is its Service's; any other is taken as outside of the cluster, unless an endpoint has it.
    fn address(&mut self, cluster: &Cluster, address: std::net::IpAddr) -> Option<Place> {
        for namespace in cluster.every_namespace() {
            for item in cluster.objects_of(("", "Service"), namespace) {
                let Some(Body::Service(service)) = item.whole().map(|object| &object.body) else { continue };
                let id = cluster.reference(item);
                if service.cluster_ips.contains(&address) {
                    return Some(Place::Service(id));
                }
                let backends = Backends::of(cluster, &id, service).list;
                let own: Vec<Backend> =
                    backends.into_iter().filter(|found| found.addresses.contains(&address)).collect();
                if !own.is_empty() {
                    return Some(Place::Endpoints(id, own));
                }
            }
        }
        self.trace.assume(format!("{address} is outside of the cluster, for nothing in the input has it"));
        Some(Place::Address(one(address)))
    }

    fn outside(&self, cluster: &Cluster, source: &End, end: &End) -> Branch {
        let port = self.traced.url.port;
        let nobody = Backend {
            pods: PodsOf::Endpoint { listed_in: self.traced.source.clone() },
            hostname: crate::dns::Hostname::OfAddress,
            addresses: Vec::new(),
            ready: true,
            readiness_known: false,
            ports: Vec::new(),
        };
        let explanation = Some(self.reach.explain(cluster, source, end, Some(port)));
        Branch { backend: nobody, port, end: Some(end.clone()), explanation }
    }

    pub(super) fn through_service(&mut self, cluster: &Cluster, source: &End, id: &ObjectRef) -> Option<Vec<Branch>> {
        let service = typed(cluster, id)?;
        let asked = self.traced.url.port;
        let offered = service.ports.iter().enumerate().find(|(_, port)| is(port, asked));
        let Some((at, port)) = offered else {
            let step =
                Step::new(Stage::Service, Verdict::Deny, format!("Service {} does not offer {asked}", named(id)));
            self.trace.add(step.citing(id, "/spec/ports").with_help(offers(service)))?;
            return None;
        };
        let target = match &port.target {
            TargetPort::Number(number) => number.to_string(),
            TargetPort::Name(name) => format!("`{name}`"),
        };
        let message = format!("Service {} takes {asked} to port {target} of its pods", named(id));
        self.trace.add(Step::new(Stage::Service, Verdict::Allow, message).citing(id, &format!("/spec/ports/{at}")))?;
        let backends = Backends::of(cluster, id, service);
        let pairs: Vec<(Backend, u16)> = backends
            .ready()
            .filter_map(|backend| Some((backend.clone(), backend.port_for(&port.name, &port.protocol)?)))
            .collect();
        self.trace.add(endpoints_step((id, service), &backends, Some(port), &pairs))?;
        if pairs.is_empty() {
            return None;
        }
        if service.internal_local {
            self.trace.assume(format!(
                "an endpoint of Service {} runs on the pod's node, for `internalTrafficPolicy` is `Local`",
                named(id)
            ));
        }
        Some(self.branches(cluster, source, pairs))
    }

    /// A headless Service translates nothing: the port is the pods'.
    fn past_service(
        &mut self,
        cluster: &Cluster,
        source: &End,
        id: &ObjectRef,
        list: &[Backend],
    ) -> Option<Vec<Branch>> {
        let service = typed(cluster, id)?;
        let pairs: Vec<(Backend, u16)> =
            list.iter().map(|backend| (backend.clone(), self.traced.url.port.port)).collect();
        let names: Vec<String> = list.iter().map(|backend| pods(&backend.pods)).collect();
        let why = if service.headless { "is headless" } else { "is not in between" };
        let message = format!("Service {} {why}, so {} is the pods' own port", named(id), self.traced.url.port);
        self.trace.add(Step::new(Stage::Service, Verdict::Allow, message).citing(id, "/spec/clusterIP"))?;
        self.trace.add(Step::new(
            Stage::Endpoints,
            Verdict::Allow,
            format!("the name is that of {}", names.join(", ")),
        ))?;
        Some(self.branches(cluster, source, pairs))
    }

    fn branches(&self, cluster: &Cluster, source: &End, pairs: Vec<(Backend, u16)>) -> Vec<Branch> {
        let protocol = self.traced.url.port.protocol;
        let branch = |(backend, port): (Backend, u16)| {
            Branch::of(cluster, self.reach, source, &backend, PortAsk { protocol, port })
        };
        pairs.into_iter().map(branch).collect()
    }
}

fn typed<'a>(cluster: &'a Cluster, id: &ObjectRef) -> Option<&'a Service> {
    match &cluster.get(id)?.body {
        Body::Service(service) => Some(service),
        _ => None,
    }
}

fn one(address: std::net::IpAddr) -> End {
    let prefix = if address.is_ipv4() { 32 } else { 128 };
    End::Addresses(std::sync::Arc::new(AddressSet::of(Cidr { address, prefix })))
}

fn is(port: &ServicePort, asked: PortAsk) -> bool {
    port.port == asked.port && port.protocol == asked.protocol.as_str()
}
