//! Services as ways: which port of which Service leads to which pods, and who comes in by it.
//!
//! Unlike [`super::to_service`], which answers for a moment, this looks neither at readiness nor at numbers of replicas: what a
//! policy says of a connection holds whether its pods are up or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::{Cluster, Item, OfferedPort, OfferedTarget, ServiceBody, ServiceEntry};
use crate::dns::{Backend, Backends, maker_of, service_of};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Cidr, Ports, Protocol, Selector};
use crate::object::{Body, Service};
use crate::reach::{DiffEnd, End, Part, Passage, PortAsk, Reach, WorkloadId};

/// Longest chain of ExternalNames that is followed.
const LONGEST: usize = 10;

/// A Service with one of its ports, gone through. Sorted in lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Through {
    /// The Service by whose name it goes: of a chain of ExternalNames the first.
    pub service: ObjectRef,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// The port that is offered; `None` for an alias of a name outside, which translates none.
    pub port: Option<PortAsk>,
}

impl std::fmt::Display for Through {
    /// `Service shop/db:5432`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ObjectRef { namespace, name, .. } = &self.service;
        write!(f, "Service {namespace}/{name}")?;
        self.port.map_or(Ok(()), |ask| write!(f, ":{}", ask.port))
    }
}

/// A port of a Service and one kind of pods behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What is gone through.
    pub through: Arc<Through>,
    /// JSON pointer of what in the Service leads pods there, and clients outside.
    pub fields: [String; 2],
    /// Where it leads.
    pub to: DiffEnd,
    /// The ports of the destination that it leads to.
    pub ports: Ports,
    /// Who comes in from outside.
    pub entry: Entry,
    /// Not all of the Service could be read.
    pub doubtful: bool,
}

/// Who comes in from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nobody.
    Closed,
    /// These clients, as themselves.
    AsItself(AddressSet),
    /// These clients, perhaps as a node, whose address may be any.
    Replaced(AddressSet),
}

/// Services that are asked about.
#[derive(Clone, Copy, Debug)]
pub enum Services<'a> {
    /// Every one.
    All,
    /// Those of namespaces, and aliases of them.
    In(&'a BTreeSet<String>),
    /// One, and aliases of it.
    Named(&'a ObjectRef),
}

impl Services<'_> {
    fn has(&self, namespace: &str, name: &str) -> bool {
        match self {
            Services::All => true,
            Services::In(namespaces) => namespaces.contains(namespace),
            Services::Named(id) => id.namespace == namespace && id.name == name,
        }
    }
}

/// The workloads of a network by their objects.
pub struct ByObject<'a>(BTreeMap<[&'a str; 4], WorkloadId>);

impl<'a> ByObject<'a> {
    /// Those of a network.
    pub fn of(reach: &'a Reach) -> ByObject<'a> {
        let named = reach.workload_ids().filter_map(|id| Some((key(&reach.workload(id)?.object), id)));
        ByObject(named.collect())
    }

    /// The workload that an object is.
    pub fn get(&self, object: &ObjectRef) -> Option<WorkloadId> {
        self.0.get(&key(object)).copied()
    }

    /// The end that is meant.
    pub fn end(&self, end: &DiffEnd) -> Option<End> {
        match end {
            DiffEnd::Workload(object) => self.get(object).map(End::Workload),
            DiffEnd::Addresses(set) => Some(End::Addresses(set.clone().into())),
        }
    }
}

fn key(object: &ObjectRef) -> [&str; 4] {
    [&object.namespace, &object.group, &object.kind, &object.name]
}

/// The ways through Services, one for each port and end, sorted by Service and then in the order of its ports. A headless Service is none: its name leads to
/// the pods' own addresses and ports. Cost: a look at every Service, and for those that are asked about the pods that they pick.
pub fn ways(cluster: &Cluster, asked: Services<'_>) -> Vec<Way> {
    let mut found = Vec::new();
    for namespace in cluster.every_namespace() {
        for item in cluster.objects_of(("", "Service"), namespace) {
            let Some((last, Lead { space, name })) = led(cluster, namespace, item) else { continue };
            if !asked.has(namespace, item.name()) && !last.is_some_and(|_| asked.has(space, name)) {
                continue;
            }
            match last.and_then(|last| Some((last, last.service()?))) {
                Some((last, body)) => found.extend(of_service(cluster, (namespace, item), (space, last), body)),
                None => found.push(alias(cluster, item)),
            }
        }
    }
    found
}

/// The namespace and name at which a chain of aliases ends.
struct Lead<'a> {
    space: &'a str,
    name: &'a str,
}

/// The last Service of a chain of aliases; none if that is a name outside. `None` if it leads nowhere.
fn led<'a>(cluster: &'a Cluster, namespace: &'a str, item: &'a Item) -> Option<(Option<&'a Item>, Lead<'a>)> {
    let mut at = (item, Lead { space: namespace, name: item.name() });
    for _ in 0..LONGEST {
        let Some(alias) = at.0.service()?.external_name else { return Some((Some(at.0), at.1)) };
        match service_of(cluster.text(alias), "cluster.local") {
            Some((space, name)) => at = (cluster.service(space, name)?, Lead { space, name }),
            None => return Some((None, at.1)),
        }
    }
    None
}

/// An alias of a name outside: what has that name is not in the manifests.
fn alias(cluster: &Cluster, item: &Item) -> Way {
    let through = Through { service: cluster.reference(item), kind: "ExternalName".to_owned(), port: None };
    Way {
        through: through.into(),
        fields: ["/spec/externalName".to_owned(), String::new()],
        to: DiffEnd::Addresses(AddressSet::all()),
        ports: Ports::all(),
        entry: Entry::Closed,
        doubtful: item.is_unreadable(),
    }
}

fn of_service(
    cluster: &Cluster,
    (home, first): (&str, &Item),
    (namespace, item): (&str, &Item),
    body: &ServiceBody,
) -> Vec<Way> {
    if body.headless {
        return Vec::new();
    }
    let is_alias = (home, first.name()) != (namespace, item.name());
    let service = cluster.reference(first);
    let kind = if is_alias { "ExternalName" } else { cluster.text(body.entry.kind) };
    let behind = Behind::of(cluster, namespace, item, body);
    let mut found = Vec::new();
    for (at, offered) in body.ports.iter().enumerate() {
        let Some(protocol) = Protocol::parse(cluster.text(offered.protocol)).filter(|_| offered.port > 0) else {
            continue;
        };
        let port = Some(PortAsk { protocol, port: offered.port });
        let through = Arc::new(Through { service: service.clone(), kind: kind.to_owned(), port });
        let of_pods = if is_alias { "/spec/externalName".to_owned() } else { format!("/spec/ports/{at}") };
        let of_clients = if matches!(kind, "NodePort" | "LoadBalancer") { "/spec/type" } else { "/spec/externalIPs" };
        found.extend(behind.at(cluster, offered).into_iter().map(|(to, numbers)| Way {
            through: Arc::clone(&through),
            fields: [of_pods.clone(), of_clients.to_owned()],
            to,
            ports: numbers.iter().fold(Ports::NONE, |all, at| all.union(&Ports::range(protocol, *at, *at))),
            entry: if is_alias { Entry::Closed } else { entry(cluster, &body.entry) },
            doubtful: first.is_unreadable() || item.is_unreadable(),
        }));
    }
    found
}

/// Who comes in; see [`super::to_service`].
fn entry(cluster: &Cluster, of: &ServiceEntry) -> Entry {
    let ServiceEntry { kind, external_ips, external_local, source_ranges } = of;
    let kind = cluster.text(*kind);
    let open = *external_ips || kind == "NodePort";
    if !open && kind != "LoadBalancer" {
        return Entry::Closed;
    }
    let ranges = source_ranges.iter().map(|range| AddressSet::of(range.masked()));
    let clients = match open {
        true => AddressSet::all(),
        false => ranges.reduce(|all, more| all.union(&more)).unwrap_or_else(AddressSet::all),
    };
    if *external_local { Entry::AsItself(clients) } else { Entry::Replaced(clients) }
}

/// What is behind a Service.
enum Behind<'a> {
    /// The pods that its selector picks.
    Picked(Vec<&'a Item>),
    /// The endpoints that somebody wrote for it.
    Given(Vec<Backend>),
}

impl<'a> Behind<'a> {
    fn of(cluster: &'a Cluster, namespace: &str, item: &'a Item, body: &ServiceBody) -> Behind<'a> {
        if !body.selector.is_empty() {
            let text = |sym| cluster.text(sym).to_owned();
            let labels: Vec<_> = body.selector.iter().map(|label| (text(label.key), text(label.value))).collect();
            return Behind::Picked(cluster.workloads_selected_by(namespace, &Selector::from_labels(&labels)).collect());
        }
        let service: Option<&Service> = item.whole().and_then(|object| match &object.body {
            Body::Service(service) => Some(&**service),
            _ => None,
        });
        let given = service.map(|service| Backends::of(cluster, &cluster.reference(item), service).list);
        Behind::Given(given.unwrap_or_default())
    }

    /// Where one port leads: ends, each with the numbers there.
    fn at(&self, cluster: &Cluster, offered: &OfferedPort) -> BTreeMap<DiffEnd, BTreeSet<u16>> {
        let found: BTreeSet<(DiffEnd, u16)> = match self {
            Behind::Picked(items) => {
                let each = items.iter().filter_map(|item| {
                    let number = match offered.target {
                        OfferedTarget::Number(number) => number,
                        OfferedTarget::Name(name) => {
                            let ports = &item.workload()?.template.ports;
                            ports.iter().find(|port| port.name == name && port.protocol == offered.protocol)?.number
                        }
                    };
                    Some((DiffEnd::Workload(maker_of(cluster, item)), number))
                });
                each.filter(|(_, number)| *number > 0).collect()
            }
            Behind::Given(backends) => {
                let [name, protocol] = [offered.name, offered.protocol].map(|sym| cluster.text(sym));
                let each = backends.iter().filter_map(|backend| {
                    let number = backend.port_for(name, protocol)?;
                    Some((end_of(backend)?, number))
                });
                each.collect()
            }
        };
        let mut by_end: BTreeMap<DiffEnd, BTreeSet<u16>> = BTreeMap::new();
        for (end, number) in found {
            by_end.entry(end).or_default().insert(number);
        }
        by_end
    }
}

fn end_of(backend: &Backend) -> Option<DiffEnd> {
    if let Some(workload) = backend.pods.workload() {
        return Some(DiffEnd::Workload(workload.clone()));
    }
    let prefix = |address: &std::net::IpAddr| if address.is_ipv4() { 32 } else { 128 };
    let each =
        backend.addresses.iter().map(|address| AddressSet::of(Cidr { address: *address, prefix: prefix(address) }));
    each.reduce(|all, more| all.union(&more)).map(DiffEnd::Addresses)
}

impl Way {
    /// JSON pointer of what leads this source there.
    pub fn field_for(&self, source: &End) -> &str {
        let [of_pods, of_clients] = &self.fields;
        if matches!(source, End::Workload(_)) { of_pods } else { of_clients }
    }

    /// What may pass through it from a workload, or from outside if that is `None`; `to` is where it leads in that network.
    /// Where the client's address may be replaced, what hangs on it is left to the plugin; what hangs on the address behind a
    /// name outside is not known. The parts are the whole of who comes in, also where nothing passes.
    pub(crate) fn parts(&self, reach: &Reach, source: Option<WorkloadId>, to: &End) -> Vec<Part> {
        let (source, replaced) = match (source, &self.entry) {
            (Some(id), _) => (End::Workload(id), false),
            (None, Entry::AsItself(clients)) => (End::Addresses(clients.clone().into()), false),
            (None, Entry::Replaced(clients)) => (End::Addresses(clients.clone().into()), true),
            (None, Entry::Closed) => return Vec::new(),
        };
        if matches!((&source, to), (End::Addresses(_), End::Addresses(_))) {
            return Vec::new();
        }
        let seen_as = if replaced { &End::outside() } else { &source };
        let parts = reach.parts(seen_as, to, None);
        let parts = match (replaced, self.through.port) {
            (false, Some(_)) => parts,
            (_, port) => {
                let passage = one_of(&parts, port.is_some());
                vec![Part { source, destination: to.clone(), passage }]
            }
        };
        let with_doubt = |passage: Passage| match self.doubtful {
            true => Passage { unknown: passage.some(), ..Passage::default() },
            false => passage,
        };
        parts.into_iter().map(|part| Part { passage: with_doubt(part.passage.of(&self.ports)), ..part }).collect()
    }
}

/// What passes of a connection that is one of these parts, nobody knows which: what all let pass; of the rest, by the plugin's
/// choice or not known.
fn one_of(parts: &[Part], plugin: bool) -> Passage {
    let passages = || parts.iter().map(|part| &part.passage);
    let allow = passages().map(|it| it.allow.clone()).reduce(|all, more| all.intersection(&more)).unwrap_or_default();
    let some = passages().fold(Ports::NONE, |all, it| all.union(&it.some()));
    let mixed = some.difference(&allow);
    if !plugin {
        return Passage { allow, unknown: mixed, ..Passage::default() };
    }
    let unknown = passages().fold(Ports::NONE, |all, it| all.union(&it.unknown));
    Passage { implementation_defined: mixed.difference(&unknown), allow, unknown }
}

/// The ports that pass whichever of these parts it is: for sure, and in some way.
pub(crate) fn of_every(parts: &[Part]) -> [Ports; 2] {
    let all = |of: fn(&Passage) -> Ports| {
        let each = parts.iter().map(|part| of(&part.passage));
        each.reduce(|all, more| all.intersection(&more)).unwrap_or_default()
    };
    [all(|passage| passage.allow.clone()), all(Passage::some)]
}
