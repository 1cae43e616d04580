//! The column `needs`: exactly the kinds without which a fact is unknown.

use std::collections::BTreeSet;

use crate::cluster::{Cluster, KindState};
use crate::fact::testing::{deployment, object, objects, ports};
use crate::fact::{About, CauseKind, FACTS, Fact, FactSpec, Memo, Settings, compute, evidence};
use crate::object::{KINDS, Object};

/// A cluster in which every fact applies to the object that it is asked about.
fn given() -> Vec<Object> {
    let np = object(
        "NetworkPolicy",
        "np",
        "spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]}",
    );
    let deny = object("NetworkPolicy", "deny", "spec: {policyTypes: [Ingress, Egress]}");
    let path = "{path: /, backend: {service: {name: web, port: {number: 80}}}}";
    let text = [
        object("Namespace", "shop", "  labels: {env: prod}"),
        object(
            "Service",
            "web",
            "spec: {selector: {app: web}, clusterIP: None, ports: [{port: 80, targetPort: http, nodePort: 30080}]}",
        ),
        object("Service", "lb", "spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}"),
        object("Service", "alias", "spec: {type: ExternalName, externalName: web.shop.svc}"),
        deployment("web", &ports("{name: http, containerPort: 80}")),
        object("StatefulSet", "db", "spec: {serviceName: web}"),
        np,
        deny,
        object("Ingress", "i", &format!("spec: {{rules: [{{host: a.example, http: {{paths: [{path}]}}}}]}}")),
        object("EndpointSlice", "web-1", "  labels: {kubernetes.io/service-name: web}\naddressType: IPv4"),
    ];
    objects(&text.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Where a fact is asked: entity, name of the object, index.
fn subject(spec: &FactSpec) -> (&'static str, &'static str, &'static [usize]) {
    let entity = spec.on[0];
    let name = match (entity, spec.name) {
        (_, "environment") => return ("core::v1::Service", "web", &[]),
        ("core::v1::Service", "loadBalancersInNamespace" | "widestSourceRange" | "internalLoadBalancer") => "lb",
        ("core::v1::Service", "manualEndpoints" | "dangerousEndpoints") => "lb",
        ("core::v1::Service", name) if name.starts_with("externalName") => "alias",
        ("core::v1::Service" | "core::v1::ServicePort" | "core::v1::PodTemplate", _) => "web",
        ("core::v1::Namespace", _) => "shop",
        ("networking::v1::NetworkPolicy", "onlyDefaultDenyIngress" | "onlyDefaultDenyEgress") => "deny",
        ("apps::v1::StatefulSet", _) => "db",
        ("networking::v1::IngressPath", _) => return (entity, "i", &[0, 0]),
        ("networking::v1::IngressHost", _) => "i",
        (_, "serviceSelects") => return ("discovery::v1::EndpointSlice", "web-1", &[]),
        (_, "dangerousAddresses") => return ("discovery::v1::EndpointSlice", "web-1", &[]),
        ("networking::v1::EgressPeer", _) => return ("networking::v1::IngressPeer", "np", &[0, 0]),
        ("networking::v1::EgressRule", _) => return ("networking::v1::IngressRule", "np", &[0]),
        _ => "np",
    };
    (entity, name, &[0])
}

fn synced() -> Cluster {
    let mut cluster = Cluster::watched();
    for object in given() {
        cluster.insert(object);
    }
    for kind in KINDS {
        cluster.set_kind(kind.group, kind.kind, KindState::Synced { resource_version: "1".into() });
    }
    cluster
}

fn ask(spec: &'static FactSpec, cluster: &Cluster) -> Fact {
    let (entity, name, index) = subject(spec);
    let kind = match entity {
        "core::v1::ServicePort" => "Service",
        "core::v1::PodTemplate" => "Deployment",
        "networking::v1::IngressPath" | "networking::v1::IngressHost" => "Ingress",
        "networking::v1::IngressPeer" | "networking::v1::IngressRule" => "NetworkPolicy",
        other => other.rsplit("::").next().unwrap(),
    };
    let objects = given();
    let object = objects.iter().find(|object| object.id.kind == kind && object.id.name == name).unwrap();
    let settings = Settings::default();
    let about = About { cluster, object, entity, index, settings: &settings, memo: &Memo::default() };
    let _ = evidence(spec, about);
    compute(spec, about)
}

fn failed(fact: &Fact) -> bool {
    matches!(fact, Fact::Unknown(cause) if cause.kind == CauseKind::Failed)
}

#[test]
fn a_fact_needs_the_kinds_of_its_row_and_no_other() {
    for spec in FACTS {
        assert!(!matches!(ask(spec, &synced()), Fact::Unknown(_)), "{} is known when all is", spec.name);
        let needed: BTreeSet<_> = KINDS
            .iter()
            .map(|kind| (kind.group, kind.kind))
            .filter(|(group, kind)| {
                let mut cluster = synced();
                cluster.set_kind(group, kind, KindState::Unknown { reason: "forbidden".into() });
                failed(&ask(spec, &cluster))
            })
            .collect();
        assert_eq!(needed, spec.needs.iter().copied().collect(), "{} on {:?}", spec.name, spec.on);
    }
}

#[test]
fn nothing_is_known_of_what_a_host_has_not_spoken_of() {
    for spec in FACTS.iter().filter(|spec| !spec.needs.is_empty()) {
        assert!(failed(&ask(spec, &Cluster::watched())), "{}", spec.name);
    }
}

#[test]
fn a_host_that_does_not_look_leaves_facts_not_asked() {
    for spec in FACTS.iter().filter(|spec| !spec.needs.is_empty() && spec.name != "environment") {
        let mut cluster = Cluster::watched();
        for kind in KINDS {
            cluster.set_kind(kind.group, kind.kind, KindState::NotAsked { reason: "--no-watch".into() });
        }
        let fact = ask(spec, &cluster);
        assert!(matches!(&fact, Fact::Unknown(cause) if cause.kind == CauseKind::NotAsked), "{}: {fact:?}", spec.name);
    }
}

#[test]
fn a_kind_that_the_server_does_not_have_is_known_to_be_empty() {
    let spec = FACTS.iter().find(|spec| spec.name == "manualEndpoints").unwrap();
    let mut cluster = synced();
    cluster.set_kind("discovery.k8s.io", "EndpointSlice", KindState::NotServed);
    assert_eq!(ask(spec, &cluster), Fact::Known(false.into()));
}

#[test]
fn each_row_has_one_name_on_each_type_and_says_when_it_is_unknown() {
    let mut seen = BTreeSet::new();
    for spec in FACTS {
        for entity in spec.on {
            assert!(seen.insert((entity, spec.name)), "{} stands twice on {entity}", spec.name);
        }
        // What hangs on the object alone is known, but for what hangs on a name that it does not have yet.
        let unnamed = spec.needs.is_empty() && spec.unknown.contains("`generateName`");
        assert_eq!(spec.unknown.is_empty(), spec.needs.is_empty() && !unnamed, "{}", spec.name);
    }
}
