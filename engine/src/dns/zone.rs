//! One full name, answered as the cluster's DNS answers it.

use super::DnsSettings;
use super::backends::{Backend, Backends, Hostname, PodsOf};
use super::chain;
use super::record::{Data, Outcome, Record, RecordType, Target};
use super::reverse;
use crate::cluster::{Cluster, Knowledge};
use crate::finding::ObjectRef;
use crate::net::{Family, parse_address};
use crate::object::{Body, Service, ServicePort};

/// Most pods of a StatefulSet that SRV records name one by one.
const MOST_TARGETS: u32 = 100;

/// The DNS of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Zone<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) settings: &'a DnsSettings,
}

/// The answer to one query, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneAnswer {
    /// What comes back.
    pub outcome: Outcome,
    /// The Service that the name is of, if it is one's; the last of a chain of aliases.
    pub service: Option<ObjectRef>,
    /// The endpoints that the name stands for: those of a headless Service, or the one that is named. A Service with a virtual
    /// address has none here: its name is not theirs.
    pub backends: Vec<Backend>,
    /// The namespace of which it hangs, if the input holds nothing of that namespace.
    pub absent_namespace: Option<String>,
    /// What the answer takes for granted.
    pub assumptions: Vec<String>,
}

impl From<Outcome> for ZoneAnswer {
    fn from(outcome: Outcome) -> ZoneAnswer {
        ZoneAnswer { outcome, service: None, backends: Vec::new(), absent_namespace: None, assumptions: Vec::new() }
    }
}

/// What stands before the Service's name: nothing, an endpoint's label, or a port and a protocol.
#[derive(Clone, Copy)]
enum Below<'n> {
    Nothing,
    Endpoint(&'n str),
    Port { name: &'n str, protocol: &'n str },
}

impl<'a> Zone<'a> {
    /// The DNS of a cluster.
    pub fn of(cluster: &'a Cluster, settings: &'a DnsSettings) -> Zone<'a> {
        Zone { cluster, settings }
    }

    /// What the cluster's DNS answers to one full name, without search. Cost: look-ups; of the name of an address, linear in
    /// the Services and endpoints of the cluster.
    pub fn answer(&self, name: &str, kind: RecordType) -> ZoneAnswer {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.follow(&name, kind, Vec::new())
    }

    /// The same behind a chain of aliases.
    pub(super) fn follow(&self, name: &str, kind: RecordType, aliases: Vec<Record>) -> ZoneAnswer {
        if let Some(address) = reverse::address_of(name) {
            return reverse::answer(self, name, address, kind);
        }
        let domain = self.domain();
        let inside = match name.strip_suffix(domain.as_str()) {
            Some("") => return Outcome::NoData.into(),
            Some(inside) => inside.strip_suffix('.'),
            None => None,
        };
        let Some(inside) = inside else { return Outcome::Forwarded.into() };
        let labels: Vec<&str> = inside.split('.').collect();
        match labels.as_slice() {
            ["svc" | "pod"] => Outcome::NoData.into(),
            [namespace, "svc" | "pod"] => self.of_namespace(namespace),
            [pod, namespace, "pod"] => self.of_pod(name, (pod, namespace), kind),
            [service, namespace, "svc"] => self.of_service(name, (service, namespace), Below::Nothing, kind, aliases),
            [label, service, namespace, "svc"] => {
                self.of_service(name, (service, namespace), Below::Endpoint(label), kind, aliases)
            }
            [port, protocol, service, namespace, "svc"] => {
                let plain = |label: &&'_ str| label.strip_prefix('_').unwrap_or(label).len();
                let cut = |label: &'_ str| label.len() - plain(&label);
                let below = Below::Port {
                    name: port.get(cut(port)..).unwrap_or_default(),
                    protocol: protocol.get(cut(protocol)..).unwrap_or_default(),
                };
                self.of_service(name, (service, namespace), below, kind, aliases)
            }
            _ => Outcome::NxDomain.into(),
        }
    }

    pub(super) fn domain(&self) -> String {
        self.settings.cluster_domain.trim_matches('.').to_ascii_lowercase()
    }

    /// `Some` if the namespace is not there, or may not be.
    fn without_namespace(&self, namespace: &str) -> Option<ZoneAnswer> {
        if self.cluster.has_namespace(namespace) {
            return None;
        }
        let outcome = match self.cluster.presence("", "Namespace", "") {
            Knowledge::Complete => Outcome::NxDomain,
            Knowledge::NotGiven(_) => Outcome::Unknown(Knowledge::NotGiven(format!(
                "the input holds nothing of namespace `{namespace}`; add its manifests, or take the world as closed"
            ))),
            failed => Outcome::Unknown(failed),
        };
        Some(ZoneAnswer { absent_namespace: Some(namespace.to_owned()), ..outcome.into() })
    }

    /// The name of a namespace holds no record, whether it is there or not.
    fn of_namespace(&self, namespace: &str) -> ZoneAnswer {
        match self.without_namespace(namespace) {
            None => Outcome::NoData.into(),
            Some(ZoneAnswer { outcome: Outcome::Unknown(_), .. }) => Outcome::Nothing.into(),
            Some(absent) => absent,
        }
    }

    /// `ADDRESS-WITH-DASHES.NAMESPACE.pod.DOMAIN`.
    fn of_pod(&self, name: &str, (pod, namespace): (&str, &str), kind: RecordType) -> ZoneAnswer {
        if let Some(absent) = self.without_namespace(namespace) {
            return absent;
        }
        let is_v4 = pod.matches('-').count() == 3 && !pod.contains("--");
        let address = parse_address(&pod.replace('-', if is_v4 { "." } else { ":" }));
        let Some(address) = address else { return Outcome::NxDomain.into() };
        let data = match kind {
            // The specification has no such record; CoreDNS makes one, without a port.
            RecordType::Srv => Data::Server { target: Target::Name(name.to_owned()), port: 0 },
            _ if kind.takes(Family::of(address)) => Data::Address(address),
            _ => return Outcome::NoData.into(),
        };
        let record = Record { name: name.to_owned(), data };
        let assumed = "names of pods by their addresses are answered without a look at the pods, as CoreDNS does with \
                       `pods insecure`, which is what kubeadm sets";
        let answer: ZoneAnswer = Outcome::Records { records: vec![record], open: None }.into();
        ZoneAnswer { assumptions: vec![assumed.to_owned()], ..answer }
    }

    fn of_service(
        &self,
        name: &str,
        (service, namespace): (&str, &str),
        below: Below<'_>,
        kind: RecordType,
        aliases: Vec<Record>,
    ) -> ZoneAnswer {
        if let Some(absent) = self.without_namespace(namespace) {
            return absent;
        }
        let Some(item) = self.cluster.service(namespace, service) else {
            return match self.cluster.presence("", "Service", namespace) {
                Knowledge::Complete => Outcome::NxDomain.into(),
                unknown => Outcome::Unknown(unknown).into(),
            };
        };
        let id = self.cluster.reference(item);
        let Some(object) = item.whole() else {
            return Outcome::Unknown(Knowledge::Failed(format!(
                "of `{}` only what policies read is kept",
                id.display()
            )))
            .into();
        };
        let Body::Service(body) = &object.body else { return Outcome::NxDomain.into() };
        const READ: [&str; 6] = [
            "/spec/type",
            "/spec/selector",
            "/spec/ports",
            "/spec/clusterIP",
            "/spec/clusterIPs",
            "/spec/externalName",
        ];
        if let Some(field) = READ.iter().find(|field| !object.is_accepted(field)) {
            let why = Knowledge::Failed(format!(
                "{field} of `{}` cannot be read, or the API server refuses it",
                id.display()
            ));
            return ZoneAnswer { service: Some(id), ..Outcome::Unknown(why).into() };
        }
        if body.kind == "ExternalName" {
            let target = body.external_name.as_deref().filter(|_| matches!(below, Below::Nothing));
            return match target {
                Some(target) => {
                    let answer = chain::alias(self, name, target, kind, aliases);
                    ZoneAnswer { service: answer.service.or(Some(id)), ..answer }
                }
                None => Outcome::NxDomain.into(),
            };
        }
        let named = Named { zone: self, name, id: &id, service: body, kind };
        match below {
            Below::Endpoint(label) => named.endpoint(label),
            below if body.headless => named.headless(below),
            below => named.virtual_address(below),
        }
    }
}

/// The name of a Service that is no ExternalName.
struct Named<'z, 'a> {
    zone: &'z Zone<'a>,
    name: &'z str,
    id: &'z ObjectRef,
    service: &'z Service,
    kind: RecordType,
}

impl Named<'_, '_> {
    fn answer(&self, records: Vec<Record>, open: Option<Knowledge>) -> ZoneAnswer {
        let outcome = if records.is_empty() { Outcome::NoData } else { Outcome::Records { records, open } };
        ZoneAnswer { service: Some(self.id.clone()), ..outcome.into() }
    }

    fn record(&self, data: Data) -> Record {
        Record { name: self.name.to_owned(), data }
    }

    /// The families in which the Service has addresses: those that are written, else what the API server would set.
    fn families(&self) -> Vec<Family> {
        let of_cluster = &self.zone.settings.families;
        let mut families = self.service.families.clone();
        let wanted = if self.service.dual_stack { of_cluster.len() } else { 1 };
        for family in of_cluster {
            if families.len() < wanted && !families.contains(family) {
                families.push(*family);
            }
        }
        families
    }

    fn virtual_address(&self, below: Below<'_>) -> ZoneAnswer {
        let mut offered = self.service.ports.iter().filter(|port| fits(below, &port.name, &port.protocol)).peekable();
        if offered.peek().is_none() {
            return ZoneAnswer { service: Some(self.id.clone()), ..Outcome::NxDomain.into() };
        }
        let mut records = Vec::new();
        if self.kind == RecordType::Srv {
            let target = format!("{}.{}.svc.{}", self.id.name, self.id.namespace, self.zone.domain());
            let server = |port: &ServicePort| {
                self.record(Data::Server { target: Target::Name(target.clone()), port: port.port })
            };
            records.extend(offered.map(server));
        } else if self.service.cluster_ips.is_empty() {
            for family in self.families().into_iter().filter(|family| self.kind.takes(*family)) {
                records.push(self.record(Data::ServiceAddress { service: self.id.clone(), family }));
            }
        } else {
            let wanted = self.service.cluster_ips.iter().filter(|address| self.kind.takes(Family::of(**address)));
            records.extend(wanted.map(|address| self.record(Data::Address(*address))));
        }
        records.sort();
        records.dedup();
        self.answer(records, None)
    }

    fn headless(&self, below: Below<'_>) -> ZoneAnswer {
        let Backends { list, knowledge, .. } = Backends::of(self.zone.cluster, self.id, self.service);
        let ready = list.into_iter().filter(|backend| backend.ready);
        let portless = self.service.ports.is_empty() && matches!(below, Below::Nothing);
        let found = ready.filter(|backend| {
            let mut ports = backend.ports.iter();
            // CoreDNS lists an endpoint that has no port at all.
            portless
                || backend.ports.is_empty() && matches!(below, Below::Nothing)
                || ports.any(|port| fits(below, &port.name, &port.protocol))
        });
        self.of_backends(found.collect(), below, knowledge)
    }

    fn endpoint(&self, label: &str) -> ZoneAnswer {
        let Backends { list, mut knowledge, .. } = Backends::of(self.zone.cluster, self.id, self.service);
        let ready: Vec<Backend> = list.into_iter().filter(|backend| backend.ready).collect();
        let found: Vec<Backend> = ready.iter().filter_map(|backend| backend.called(label)).collect();
        if found.is_empty() {
            knowledge = ready.iter().map(|backend| doubt(backend, label)).fold(knowledge, Knowledge::max);
        }
        self.of_backends(found, Below::Nothing, knowledge)
    }

    fn of_backends(&self, found: Vec<Backend>, below: Below<'_>, knowledge: Knowledge) -> ZoneAnswer {
        let open = Some(knowledge).filter(|knowledge| *knowledge != Knowledge::Complete);
        if found.is_empty() {
            let outcome = open.map_or(Outcome::NxDomain, Outcome::Unknown);
            return ZoneAnswer { service: Some(self.id.clone()), ..outcome.into() };
        }
        let mut records: Vec<Record> = found.iter().flat_map(|backend| self.records_of(backend, below)).collect();
        records.sort();
        records.dedup();
        let assumed = found.iter().any(|backend| !backend.readiness_known);
        let assumed = assumed.then(|| "pods that the input does not show running are taken as ready".to_owned());
        ZoneAnswer { backends: found, assumptions: assumed.into_iter().collect(), ..self.answer(records, None) }
            .with_more(open)
    }

    fn records_of(&self, backend: &Backend, below: Below<'_>) -> Vec<Record> {
        if self.kind == RecordType::Srv {
            let ports = backend.ports.iter().filter(|port| fits(below, &port.name, &port.protocol));
            let ports: Vec<u16> = ports.filter_map(|port| port.number).collect();
            let targets = self.targets(backend);
            let server = |target: &Target| {
                let target = target.clone();
                ports.iter().map(move |port| Data::Server { target: target.clone(), port: *port }).collect::<Vec<_>>()
            };
            return targets.iter().flat_map(server).map(|data| self.record(data)).collect();
        }
        if backend.addresses.is_empty() {
            let families = self.families().into_iter().filter(|family| self.kind.takes(*family));
            let of_pods = |family| Data::PodAddresses { pods: backend.pods.clone(), family };
            return families.map(|family| self.record(of_pods(family))).collect();
        }
        let wanted = backend.addresses.iter().filter(|address| self.kind.takes(Family::of(**address)));
        wanted.map(|address| self.record(Data::Address(*address))).collect()
    }

    /// The names that SRV records give an endpoint.
    fn targets(&self, backend: &Backend) -> Vec<Target> {
        let below = format!("{}.{}.svc.{}", self.id.name, self.id.namespace, self.zone.domain());
        match (&backend.hostname, &backend.pods) {
            (Hostname::Label(label), _) => vec![Target::Name(format!("{label}.{below}"))],
            (Hostname::OfAddress, _) if !backend.addresses.is_empty() => {
                let name = |address| Target::Name(format!("{}.{below}", super::backends::dashed(address)));
                backend.addresses.iter().copied().map(name).collect()
            }
            (Hostname::OfPod, PodsOf::Ordinals { workload, first, count }) if *count <= MOST_TARGETS => {
                let numbers = (0..*count).map(|offset| u64::from(*first) + u64::from(offset));
                numbers.map(|number| Target::Name(format!("{}-{number}.{below}", workload.name))).collect()
            }
            (_, pods) => vec![Target::OfPods { pods: pods.clone(), below }],
        }
    }
}

impl ZoneAnswer {
    /// The answer to a list that may not be whole.
    fn with_more(mut self, more: Option<Knowledge>) -> ZoneAnswer {
        if let (Outcome::Records { .. }, Some(Knowledge::NotGiven(why) | Knowledge::Failed(why))) =
            (&self.outcome, more)
        {
            self.assumptions.push(format!("there are no other endpoints: {why}"));
        }
        self
    }
}

fn fits(below: Below<'_>, port: &str, protocol: &str) -> bool {
    match below {
        Below::Port { name, protocol: wanted } => {
            name.eq_ignore_ascii_case(port) && wanted.eq_ignore_ascii_case(protocol)
        }
        Below::Nothing | Below::Endpoint(_) => true,
    }
}

/// Whether an endpoint that is not called so may be, for all that is known.
fn doubt(backend: &Backend, label: &str) -> Knowledge {
    let pods = match &backend.pods {
        PodsOf::Endpoint { .. } => return Knowledge::Complete,
        pods => pods.workload().map_or_else(String::new, ObjectRef::display),
    };
    let is_address = parse_address(&label.replace('-', ".")).or(parse_address(&label.replace('-', ":"))).is_some();
    match backend.hostname {
        Hostname::OfAddress if backend.addresses.is_empty() && is_address => {
            Knowledge::NotGiven(format!("the input does not say which addresses the pods of `{pods}` have"))
        }
        Hostname::OfIndex => Knowledge::NotGiven(format!(
            "the pods of `{pods}` have names if the Job numbers them, of which nothing is read"
        )),
        _ => Knowledge::Complete,
    }
}
