//! The endpoints behind a Service.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::cluster::{Cluster, Item, Knowledge, WORKLOADS, selects_by_labels};
use crate::finding::ObjectRef;
use crate::net::{Family, Selector};
use crate::object::{Body, ContainerPort, EndpointGroup, EndpointPort, Object, Service, TargetPort, Workload};

const SLICES: (&str, &str) = ("discovery.k8s.io", "EndpointSlice");

/// The endpoints behind a Service: those of its EndpointSlices if some are given (or of its Endpoints), else those that the
/// control plane would make of its selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backends {
    /// The endpoints, ready or not, sorted by pods.
    pub list: Vec<Backend>,
    /// Who says so.
    pub supplier: Supplier,
    /// Whether there may be more.
    pub knowledge: Knowledge,
}

/// Where endpoints come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Supplier {
    /// EndpointSlices or Endpoints of the input.
    Given,
    /// The Service's selector.
    Selector,
    /// Nobody: the Service has no selector, and no endpoints are given.
    Nobody,
}

/// One endpoint, or several that differ in nothing but their pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backend {
    /// The pods.
    pub pods: PodsOf,
    /// How DNS calls them below the Service's name.
    pub hostname: Hostname,
    /// Their addresses, sorted; none if the input does not hold them.
    pub addresses: Vec<IpAddr>,
    /// Whether they take traffic. Pods of which the input does not say are taken as ready.
    pub ready: bool,
    /// Whether the input says that they are ready or not.
    pub readiness_known: bool,
    /// Their ports, one for each port of the Service that leads to one.
    pub ports: Vec<EndpointPort>,
}

/// Pods, by what makes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodsOf {
    /// One pod.
    Pod {
        /// The pod's name.
        name: String,
        /// What makes it: the workload that controls it, or the Pod itself.
        workload: ObjectRef,
    },
    /// Pods of a StatefulSet, by their numbers.
    Ordinals {
        /// The StatefulSet.
        workload: ObjectRef,
        /// The first number.
        first: u32,
        /// How many; at least 1.
        count: u32,
    },
    /// Every pod of a workload.
    Workload(ObjectRef),
    /// An endpoint that says of no pod in the input.
    Endpoint {
        /// The EndpointSlice or Endpoints that has it.
        listed_in: ObjectRef,
    },
}

/// How DNS calls an endpoint below the Service's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hostname {
    /// By a name that the server makes of the address.
    OfAddress,
    /// By this label; all of several pods by the same.
    Label(String),
    /// By the pod's name.
    OfPod,
    /// By the number of a Job's pod, if the Job numbers them.
    OfIndex,
}

impl PodsOf {
    /// The object that makes the pods, if it is known.
    pub fn workload(&self) -> Option<&ObjectRef> {
        match self {
            PodsOf::Pod { workload, .. } | PodsOf::Ordinals { workload, .. } | PodsOf::Workload(workload) => {
                Some(workload)
            }
            PodsOf::Endpoint { .. } => None,
        }
    }
}

impl Backend {
    /// The endpoint of one pod, if the label below the Service's name is its. `None` if it is not.
    pub(super) fn called(&self, label: &str) -> Option<Backend> {
        match (&self.hostname, &self.pods) {
            (Hostname::Label(own), _) => own.eq_ignore_ascii_case(label).then(|| self.clone()),
            (Hostname::OfPod, PodsOf::Ordinals { workload, first, count }) => {
                let number = label.strip_prefix(workload.name.as_str())?.strip_prefix('-')?;
                let number: u32 = number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number)?;
                let inside = number.checked_sub(*first).is_some_and(|offset| offset < *count);
                let pods = PodsOf::Pod { name: label.to_owned(), workload: workload.clone() };
                inside.then(|| Backend { pods, hostname: Hostname::Label(label.to_owned()), ..self.clone() })
            }
            (Hostname::OfAddress, _) => {
                let addresses: Vec<_> =
                    self.addresses.iter().copied().filter(|address| dashed(*address) == label).collect();
                (!addresses.is_empty()).then(|| Backend { addresses, ..self.clone() })
            }
            (Hostname::OfPod | Hostname::OfIndex, _) => None,
        }
    }

    /// Its port that stands for a port of the Service.
    pub fn port_for(&self, name: &str, protocol: &str) -> Option<u16> {
        let found = self.ports.iter().find(|port| port.name == name && port.protocol == protocol)?;
        found.number
    }
}

/// An address as a label of DNS, as CoreDNS writes it.
pub(super) fn dashed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string().replace('.', "-"),
        IpAddr::V6(address) => {
            let label = address.to_string().replace(':', "-");
            if label.ends_with('-') { label + "0" } else { label }
        }
    }
}

impl Backends {
    /// The endpoints of a Service of the cluster. Cost: the pods that the selector picks, or the endpoints given.
    pub fn of(cluster: &Cluster, id: &ObjectRef, service: &Service) -> Backends {
        let given = cluster.endpoints_of(&id.namespace, &id.name);
        let items: Vec<&Item> = given.into_iter().map(|(item, _)| item).collect();
        let is_slice = |item: &&Item| cluster.reference(item).kind == SLICES.1;
        let (slices, endpoints): (Vec<_>, Vec<_>) = items.into_iter().partition(is_slice);
        let given = if slices.is_empty() { endpoints } else { slices };
        match (given.is_empty(), selects_by_labels(service)) {
            (false, _) => of_given(cluster, id, &given),
            (true, true) => of_selector(cluster, id, service),
            (true, false) => {
                let knowledge = cluster.knowledge(SLICES.0, SLICES.1, &id.namespace);
                Backends { list: Vec::new(), supplier: Supplier::Nobody, knowledge }
            }
        }
    }

    /// Those that take traffic.
    pub fn ready(&self) -> impl Iterator<Item = &Backend> {
        self.list.iter().filter(|backend| backend.ready)
    }
}

fn of_given(cluster: &Cluster, id: &ObjectRef, given: &[&Item]) -> Backends {
    let mut knowledge = cluster.knowledge(SLICES.0, SLICES.1, &id.namespace);
    let mut by_pods: BTreeMap<(PodsOf, Option<IpAddr>), Backend> = BTreeMap::new();
    for item in given {
        let reference = cluster.reference(item);
        let groups: &[EndpointGroup] = match item.whole().map(|object| &object.body) {
            Some(Body::EndpointSlice(slice)) => std::slice::from_ref(&slice.group),
            Some(Body::Endpoints(endpoints)) => &endpoints.groups,
            _ => {
                knowledge = knowledge.max(not_kept(&reference));
                &[]
            }
        };
        for (group, endpoint) in groups.iter().flat_map(|group| group.endpoints.iter().map(move |each| (group, each))) {
            let pods = match &endpoint.pod {
                Some(pod) => pod_of(cluster, &id.namespace, pod),
                None => PodsOf::Endpoint { listed_in: reference.clone() },
            };
            // Pods are told apart by name, other endpoints by address.
            let address = endpoint.addresses.first().copied().filter(|_| endpoint.pod.is_none());
            let backend = by_pods.entry((pods.clone(), address)).or_insert_with(|| Backend {
                pods,
                hostname: endpoint.hostname.clone().map_or(Hostname::OfAddress, Hostname::Label),
                addresses: Vec::new(),
                ready: endpoint.ready,
                readiness_known: true,
                ports: Vec::new(),
            });
            backend.addresses.extend(&endpoint.addresses);
            backend.addresses.sort();
            backend.addresses.dedup();
            backend.ports.extend(group.ports.iter().cloned());
            backend.ports.dedup();
        }
    }
    Backends { list: by_pods.into_values().collect(), supplier: Supplier::Given, knowledge }
}

/// A pod that is named, by what makes it.
fn pod_of(cluster: &Cluster, namespace: &str, name: &str) -> PodsOf {
    let pod = cluster.item(("", "Pod"), namespace, name);
    let workload = match pod {
        Some(item) => maker_of(cluster, item),
        None => ObjectRef {
            namespace: namespace.to_owned(),
            kind: "Pod".to_owned(),
            name: name.to_owned(),
            group: String::new(),
            version: "v1".to_owned(),
        },
    };
    PodsOf::Pod { name: name.to_owned(), workload }
}

/// The workload that makes a pod: the last of its controllers that is in the cluster, or the one that is not.
pub(crate) fn maker_of(cluster: &Cluster, pod: &Item) -> ObjectRef {
    let mut item = pod;
    // A pod, its ReplicaSet and its Deployment, or its Job and its CronJob: no chain is longer.
    for _ in 0..3 {
        let Some((kind, name)) = item.controller() else { break };
        let (kind, name) = (cluster.text(kind), cluster.text(name));
        let group = WORKLOADS.iter().find(|(_, known)| *known == kind).map_or("", |(group, _)| group);
        let namespace = cluster.namespace_of(pod);
        match cluster.item((group, kind), namespace, name) {
            Some(found) => item = found,
            None => {
                return ObjectRef {
                    namespace: namespace.to_owned(),
                    kind: kind.to_owned(),
                    name: name.to_owned(),
                    group: group.to_owned(),
                    version: "v1".to_owned(),
                };
            }
        }
    }
    cluster.reference(item)
}

fn of_selector(cluster: &Cluster, id: &ObjectRef, service: &Service) -> Backends {
    let mut knowledge = cluster.knowledge_of_all(WORKLOADS, &id.namespace);
    let mut list = Vec::new();
    for item in cluster.workloads_selected_by(&id.namespace, &Selector::from_labels(&service.selector)) {
        match item.whole() {
            Some(Object { body: Body::Workload(workload), .. }) => {
                list.extend(of_workload(cluster, item, workload, (id, service)));
            }
            _ => knowledge = knowledge.max(not_kept(&cluster.reference(item))),
        }
    }
    list.sort();
    Backends { list, supplier: Supplier::Selector, knowledge }
}

/// The endpoint of a workload's pods; `None` if it has none. Source: `k8s.io/endpointslice.Reconciler`.
fn of_workload(
    cluster: &Cluster,
    item: &Item,
    workload: &Workload,
    (id, service): (&ObjectRef, &Service),
) -> Option<Backend> {
    let reference = cluster.reference(item);
    let (addresses, ready) = match &workload.status {
        Some(status) if status.addresses.is_empty() => return None,
        Some(status) => (addresses_for(service, &status.addresses), status.ready || service.publish_not_ready),
        None => (Vec::new(), true),
    };
    let pods = match (reference.kind.as_str(), workload.replicas) {
        ("Pod", _) => PodsOf::Pod { name: reference.name.clone(), workload: maker_of(cluster, item) },
        (_, Some(0)) => return None,
        ("StatefulSet", Some(count)) => {
            PodsOf::Ordinals { workload: reference.clone(), first: workload.first_ordinal, count }
        }
        _ => PodsOf::Workload(reference.clone()),
    };
    let hostname = hostname_of(&reference, workload, &id.name);
    let ports = service.ports.iter().filter_map(|port| {
        let number = match &port.target {
            TargetPort::Number(number) => *number,
            TargetPort::Name(name) => number_of(&workload.template.ports, name, &port.protocol)?,
        };
        Some(EndpointPort { name: port.name.clone(), protocol: port.protocol.clone(), number: Some(number) })
    });
    let ports = ports.collect();
    Some(Backend { pods, hostname, addresses, ready, readiness_known: workload.status.is_some(), ports })
}

/// The first port of that name and protocol, containers before sidecars. Source: `k8s.io/kubernetes/pkg/api/v1/pod.FindPort`.
fn number_of(ports: &[ContainerPort], name: &str, protocol: &str) -> Option<u16> {
    ports.iter().find(|port| port.name == name && port.protocol == protocol).map(|port| port.number)
}

/// A pod has a name of its own below the Service that its `subdomain` names. A StatefulSet gives its pods both.
fn hostname_of(reference: &ObjectRef, workload: &Workload, service: &str) -> Hostname {
    let template = &workload.template;
    let governed = template.subdomain.as_deref() == Some(service);
    match (reference.kind.as_str(), &template.hostname) {
        ("StatefulSet", _) if workload.service_name.as_deref() == Some(service) => Hostname::OfPod,
        ("StatefulSet", _) => Hostname::OfAddress,
        (_, Some(label)) if governed => Hostname::Label(label.clone()),
        ("Job" | "CronJob", None) if governed => Hostname::OfIndex,
        _ => Hostname::OfAddress,
    }
}

/// The pod's addresses of the Service's families.
fn addresses_for(service: &Service, addresses: &[IpAddr]) -> Vec<IpAddr> {
    let of_service = |address: &IpAddr| service.families.is_empty() || service.families.contains(&Family::of(*address));
    let mut kept: Vec<IpAddr> = match service.families.is_empty() && !service.dual_stack {
        // The pod's first address is of the cluster's own family.
        true => addresses.first().copied().into_iter().collect(),
        false => addresses.iter().copied().filter(of_service).collect(),
    };
    kept.sort();
    kept
}

fn not_kept(object: &ObjectRef) -> Knowledge {
    Knowledge::Failed(format!("of `{}` only what policies read is kept", object.display()))
}
