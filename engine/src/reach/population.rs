//! The workloads of a namespace.

use std::collections::BTreeMap;

use super::WorkloadEnd;
use super::extent::StandIn;
use super::names::{Name, Names, Translation};
use super::port_names::{NamedPort, PortTable};
use crate::cluster::{Cluster, Item, TemplateDoubts, WORKLOADS, WorkloadBody};
use crate::finding::ObjectRef;
use crate::net::Protocol;

/// Everything by which policies can tell the workloads of a namespace apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Traits {
    /// Sorted.
    pub(super) labels: Vec<(Name, Name)>,
    pub(super) ports: PortTable,
    pub(super) host_network: bool,
    pub(super) doubts: TemplateDoubts,
}

/// A workload.
#[derive(Debug)]
pub(super) struct Resident {
    pub(super) end: WorkloadEnd,
    pub(super) traits: Traits,
}

/// The workloads of a namespace by the name of what makes the pods.
pub(super) struct Population;

impl Population {
    /// Every workload in force, sorted by name. Pods whose owner is not in the cluster are the owner's if they are equal.
    pub(super) fn of(
        cluster: &Cluster,
        namespace: &str,
        translation: &mut Translation<'_>,
        names: &mut Names,
    ) -> Vec<Resident> {
        let mut residents = Vec::new();
        let mut owned: BTreeMap<(&str, &str), BTreeMap<Traits, ObjectRef>> = BTreeMap::new();
        for item in cluster.workloads(namespace) {
            let Some(body) = item.workload() else { continue };
            let (object, traits) = (cluster.reference(item), traits(body, translation, names));
            match item.controller() {
                Some((kind, owner)) => {
                    let alike = owned.entry((cluster.text(kind), cluster.text(owner))).or_default();
                    let first = alike.entry(traits).or_insert_with(|| object.clone());
                    *first = object.min(first.clone());
                }
                None => residents.push(resident(body.replicas, object, traits)),
            }
        }
        for ((kind, owner), alike) in owned {
            let apart = alike.len() > 1;
            for (traits, first) in alike {
                let object = if apart { first } else { owner_of(&first, kind, owner) };
                let name = format!("{}/{}", object.namespace, object.name);
                let end =
                    WorkloadEnd { name, host_network: traits.host_network, replicas: None, bare_pod: false, object };
                residents.push(Resident { end, traits });
            }
        }
        sorted(residents)
    }

    /// These workloads, each by itself, and pods that are taken to be there; sorted by name.
    pub(super) fn of_these(
        items: &[&Item],
        stand_in: Option<&StandIn>,
        translation: &mut Translation<'_>,
        names: &mut Names,
    ) -> Vec<Resident> {
        let mut residents: Vec<Resident> = stand_in.map(|pods| invented(pods, names)).into_iter().collect();
        for item in items {
            let Some(body) = item.workload() else { continue };
            let object = translation.cluster.reference(item);
            residents.push(resident(body.replicas, object, traits(body, translation, names)));
        }
        sorted(residents)
    }
}

fn sorted(mut residents: Vec<Resident>) -> Vec<Resident> {
    residents.sort_by(|one, two| one.end.object.cmp(&two.end.object));
    tell_apart(&mut residents);
    residents.sort_by(|one, two| one.end.name.cmp(&two.end.name));
    residents
}

fn invented(pods: &StandIn, names: &mut Names) -> Resident {
    let (key, value) = pods.label;
    let mut ports: Vec<NamedPort> = Vec::new();
    for (name, protocol, number) in pods.ports {
        ports.push(NamedPort { name: names.number(name), protocol: *protocol, sidecar: false, number: *number });
    }
    ports.sort_unstable();
    let traits = Traits {
        labels: vec![(names.number(key), names.number(value))],
        ports: PortTable { ports, doubtful: false },
        host_network: false,
        doubts: TemplateDoubts::default(),
    };
    let object = pods.reference();
    let name = format!("{}/{}", object.namespace, object.name);
    Resident { end: WorkloadEnd { name, host_network: false, replicas: None, bare_pod: false, object }, traits }
}

fn resident(replicas: Option<u32>, object: ObjectRef, traits: Traits) -> Resident {
    let name = format!("{}/{}", object.namespace, object.name);
    let bare_pod = object.kind == "Pod";
    Resident { end: WorkloadEnd { name, host_network: traits.host_network, replicas, bare_pod, object }, traits }
}

fn owner_of(pod: &ObjectRef, kind: &str, name: &str) -> ObjectRef {
    let group = WORKLOADS.iter().find(|(_, known)| *known == kind).map_or("", |(group, _)| group);
    ObjectRef {
        namespace: pod.namespace.clone(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        group: group.to_owned(),
        version: "v1".to_owned(),
    }
}

/// Adds the kind to names that several have.
fn tell_apart(residents: &mut [Resident]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for Resident { end, .. } in residents.iter() {
        *counts.entry(end.name.clone()).or_default() += 1;
    }
    for Resident { end, .. } in residents {
        if counts.get(&end.name).is_some_and(|count| *count > 1) {
            end.name = format!("{}[{}]", end.name, end.object.kind);
        }
    }
}

fn traits(body: &WorkloadBody, translation: &mut Translation<'_>, names: &mut Names) -> Traits {
    let cluster = translation.cluster;
    let template = &body.template;
    let label = |label: &crate::cluster::Label| (label.key, label.value);
    let mut labels = Vec::with_capacity(template.labels.len());
    for (key, value) in template.labels.iter().map(label) {
        labels.push((translation.name(key, names), translation.name(value, names)));
    }
    labels.sort_unstable();
    let mut ports = Vec::new();
    for port in &template.ports {
        // A protocol that the API server would refuse makes the ports doubtful.
        let Some(protocol) = Protocol::parse(cluster.text(port.protocol)) else { continue };
        if !cluster.text(port.name).is_empty() {
            let sidecar = cluster.text(port.field).contains("/initContainers/");
            ports.push(NamedPort { name: translation.name(port.name, names), protocol, sidecar, number: port.number });
        }
    }
    ports.sort_unstable();
    ports.dedup();
    let ports = PortTable { ports, doubtful: body.doubts.ports };
    Traits { labels, ports, host_network: template.host_network, doubts: body.doubts }
}
