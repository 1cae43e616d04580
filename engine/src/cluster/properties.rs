//! Random edits: whatever the order, indexes and digest are those of a cluster built from scratch.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::*;
use crate::net::{Operator, Requirement, Selector};
use crate::object::{
    Body, ContainerPort, EndpointGroup, EndpointSlice, Ingress, IngressPath, Meta, Namespace, NetworkPolicy,
    NetworkPolicyPort, Peer, PodTemplate, Rule, Service, ServicePort, TargetPort, Workload,
};

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
        self.chance().then(|| make(self))
    }

    fn name(&mut self) -> String {
        self.pick(&["a", "b", "c"]).to_owned()
    }

    fn labels(&mut self) -> Vec<(String, String)> {
        let keys: Vec<_> = ["app", "tier", "x"].into_iter().filter(|_| self.chance()).collect();
        keys.into_iter().map(|key| (key.to_owned(), self.name())).collect()
    }

    fn selector(&mut self) -> Selector {
        let operators = [Operator::In, Operator::NotIn, Operator::Exists, Operator::DoesNotExist];
        let requirements = (0..self.below(3)).map(|_| {
            let operator = self.pick(&operators);
            let listed = matches!(operator, Operator::In | Operator::NotIn);
            let values = if listed { vec![self.name(), self.name()] } else { Vec::new() };
            Requirement { key: self.pick(&["app", "tier"]).to_owned(), operator, values }
        });
        Selector::new(requirements.collect())
    }

    fn template(&mut self) -> PodTemplate {
        let port = |random: &mut Random| ContainerPort {
            name: random.name(),
            number: 80,
            protocol: "TCP".into(),
            field: "/spec/containers/0/ports/0".into(),
        };
        PodTemplate {
            labels: self.labels(),
            ports: self.maybe(port).into_iter().collect(),
            host_network: self.chance(),
            ..PodTemplate::default()
        }
    }

    fn service(&mut self) -> Service {
        let port = ServicePort {
            name: "http".into(),
            protocol: "TCP".into(),
            port: 80,
            target: TargetPort::Number(80),
            node_port: self.maybe(|random| 30000 + random.below(2) as u16),
        };
        Service {
            kind: self.pick(&["ClusterIP", "LoadBalancer", "ExternalName"]).into(),
            selector: self.labels(),
            ports: vec![port],
            headless: self.chance(),
            external_name: self.maybe(Random::name),
            ..Service::default()
        }
    }

    fn rule(&mut self) -> Rule {
        let named = |random: &mut Random| NetworkPolicyPort::Named { protocol: "TCP".into(), name: random.name() };
        let pods = |random: &mut Random| Peer::Pods { pods: Some(random.selector()), namespaces: None };
        Rule { peers: self.maybe(pods).into_iter().collect(), ports: self.maybe(named).into_iter().collect() }
    }

    fn body(&mut self) -> (&'static str, &'static str, Body) {
        let (group, kind) = self.pick(&[
            ("", "Namespace"),
            ("", "Pod"),
            ("apps", "ReplicaSet"),
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("", "Service"),
            ("networking.k8s.io", "NetworkPolicy"),
            ("networking.k8s.io", "Ingress"),
            ("discovery.k8s.io", "EndpointSlice"),
            ("example.org", "Thing"),
        ]);
        let body = match kind {
            "Namespace" => Body::Namespace(Namespace { terminating: self.chance() }),
            "Service" => Body::Service(Box::new(self.service())),
            "NetworkPolicy" => Body::NetworkPolicy(Box::new(NetworkPolicy {
                pod_selector: self.selector(),
                isolates_ingress: self.chance(),
                isolates_egress: self.chance(),
                ingress: self.maybe(|_| Rule::default()).into_iter().collect(),
                egress: self.maybe(|random| random.rule()).into_iter().collect(),
            })),
            "Ingress" => {
                let path = IngressPath { path: "/".into(), backend: None };
                let rules = vec![(self.name(), vec![path.clone(), path])];
                Body::Ingress(Box::new(Ingress { tls_hosts: Vec::new(), rules }))
            }
            "EndpointSlice" => Body::EndpointSlice(Box::new(EndpointSlice {
                service: self.maybe(Random::name),
                addresses: vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 1])],
                managed_by: None,
                group: EndpointGroup::default(),
            })),
            "Thing" => Body::Other,
            _ => Body::Workload(Box::new(Workload {
                template: self.template(),
                replicas: self.maybe(|random| random.below(3) as u32),
                first_ordinal: self.below(2) as u32,
                service_name: self.maybe(Random::name),
                ended: self.below(4) == 0,
                status: None,
            })),
        };
        (group, kind, body)
    }

    fn object(&mut self) -> Object {
        let (group, kind, body) = self.body();
        let namespace = if kind == "Namespace" { String::new() } else { self.name() };
        let controllers = ["Pod", "ReplicaSet", "Deployment", "Thing"];
        let meta = Meta {
            name: self.name(),
            namespace: namespace.clone(),
            labels: self.labels(),
            controller: self.maybe(|random| (random.pick(&controllers).to_owned(), random.name())),
            ..Meta::default()
        };
        let (group, version) = (group.to_owned(), "v1".to_owned());
        let id = ObjectRef { namespace, kind: kind.to_owned(), name: meta.name.clone(), group, version };
        let unreadable = self.maybe(|_| "/spec".to_owned()).filter(|_| self.below(8) == 0).into_iter().collect();
        Object { id, kind: None, meta, body, raw: None, source: 0, unreadable, refused: Vec::new() }
    }
}

/// Every index in words.
fn dump(cluster: &Cluster) -> Vec<String> {
    let mut lines = Vec::new();
    let names = |ids: &[ItemId]| {
        let mut names: Vec<_> = cluster.resolve(ids).map(|item| cluster.reference(item).display()).collect();
        assert_eq!(names.len(), ids.len(), "an index holds an object that is gone");
        names.sort();
        names.join(" ")
    };
    let label = |label: &Label| format!("{}={}", cluster.text(label.key), cluster.text(label.value));
    for (namespace, index) in &cluster.namespaces {
        let namespace = cluster.text(*namespace);
        let ids: Vec<_> = index.objects.values().flat_map(|of_kind| of_kind.values().copied()).collect();
        assert!(!ids.is_empty(), "an empty namespace stays");
        let sets = [
            ("objects", ids.as_slice()),
            ("unreadable", index.unreadable.as_slice()),
            ("workloads", index.workloads.as_slice()),
            ("load balancers", index.load_balancers.as_slice()),
            ("deny in", index.default_deny_ingress.as_slice()),
            ("deny out", index.default_deny_egress.as_slice()),
        ];
        lines.extend(sets.map(|(name, ids)| format!("{namespace} {name}: {}", names(ids))));
        let mut line = |index: &str, key: String, ids: &[ItemId]| {
            lines.push(format!("{namespace} {index} {key}: {}", names(ids)));
        };
        index.workloads_by_label.iter().for_each(|(key, ids)| line("labels", label(key), ids));
        index.services_by_label.iter().for_each(|(_, ids)| {
            // Which label is the first depends on the order of arrival; that each Service stands under one does not.
            ids.iter().for_each(|id| line("anchored", String::new(), &[*id]));
        });
        for (key, ids) in index.services_by_selector.iter() {
            let mut labels: Vec<_> = key.iter().map(label).collect();
            labels.sort();
            line("selector", labels.join(","), ids);
        }
        let pair = |(kind, name): &(Sym, Sym)| format!("{}/{}", cluster.text(*kind), cluster.text(*name));
        index.controlled.iter().for_each(|(key, ids)| line("controlled", pair(key), ids));
        index.governed.iter().for_each(|(key, ids)| line("governed", cluster.text(*key).into(), ids));
        index.endpoints.iter().for_each(|(key, ids)| line("endpoints", cluster.text(*key).into(), ids));
        for (key, ids) in index.policies.iter() {
            let key = match key {
                item::Anchor::Anything => "*".to_owned(),
                item::Anchor::Key(key) => cluster.text(*key).to_owned(),
                item::Anchor::Label(key) => label(key),
            };
            line("policies", key, ids);
        }
    }
    lines.extend(cluster.implied.iter().map(|namespace| format!("implied {}", cluster.text(*namespace))));
    lines.push(format!("unreadable {}", names(cluster.unreadable.as_slice())));
    let ports = cluster.node_ports.iter();
    lines.extend(ports.map(|((port, protocol), ids)| format!("{port}/{} {}", cluster.text(*protocol), names(ids))));
    let hosts = cluster.ingresses.iter();
    lines.extend(hosts.map(|(at, ids)| format!("{}{} {}", cluster.text(at.host), cluster.text(at.path), names(ids))));
    lines.extend(cluster.namespaces_by_label.iter().map(|(key, ids)| format!("{} {}", label(key), names(ids))));
    lines.extend(cluster.keeper.symbols.dump().iter().map(|(text, uses)| format!("{text:?} {uses}")));
    lines.push(format!(
        "{} objects, {} templates, {} rules",
        cluster.len(),
        cluster.keeper.templates.len(),
        cluster.keeper.rules.len()
    ));
    lines.push(cluster.digest());
    lines.sort();
    lines
}

fn edited(random: &mut Random, steps: u64) -> (Cluster, BTreeMap<ObjectRef, Object>) {
    let (mut cluster, mut model) = (Cluster::of_files(World::Auto), BTreeMap::new());
    for _ in 0..steps {
        let object = random.object();
        if random.below(3) == 0 {
            assert_eq!(cluster.remove(&object.id), model.remove(&object.id).is_some());
        } else {
            assert_eq!(cluster.insert(object.clone()), model.insert(object.id.clone(), object).is_some());
        }
    }
    (cluster, model)
}

fn shuffled(random: &mut Random, model: &BTreeMap<ObjectRef, Object>) -> Vec<Object> {
    let mut objects: Vec<_> = model.values().cloned().collect();
    for end in (1..objects.len()).rev() {
        objects.swap(end, random.below(end as u64 + 1) as usize);
    }
    objects
}

#[test]
fn edits_leave_the_indexes_of_a_cluster_built_from_scratch() {
    for seed in 1..200 {
        let mut random = Random(seed);
        let (cluster, model) = edited(&mut random, 60);
        let mut fresh = Cluster::of_files(World::Auto);
        for object in shuffled(&mut random, &model) {
            fresh.insert(object);
        }
        assert_eq!(dump(&cluster), dump(&fresh), "seed {seed}");
    }
}

#[test]
fn revert_restores_what_overlay_changed() {
    for seed in 1..50 {
        let mut random = Random(seed);
        let (mut cluster, _) = edited(&mut random, 40);
        let before = dump(&cluster);
        for _ in 0..20 {
            let object = random.object();
            let undo = cluster.overlay(&object);
            assert!(cluster.contains(&object.id));
            cluster.revert(undo);
            assert_eq!(dump(&cluster), before, "seed {seed}: {}", object.id.display());
        }
    }
}

#[test]
fn an_overlay_indexes_like_an_insert() {
    for seed in 1..200 {
        let mut random = Random(seed);
        let (mut cluster, mut model) = edited(&mut random, 40);
        let object = random.object();
        let digest = cluster.digest();
        let _undo = cluster.overlay(&object);
        assert_eq!(cluster.digest(), digest, "the digest is that of the cluster beneath");
        model.insert(object.id.clone(), object);
        let mut fresh = Cluster::of_files(World::Auto);
        shuffled(&mut random, &model).into_iter().for_each(|object| assert!(!fresh.insert(object)));
        let replaced = |lines: Vec<String>| -> Vec<String> {
            // What was replaced waits for the revert, and so do its strings.
            lines
                .into_iter()
                .filter(|line| !line.starts_with('"') && !line.contains("sha256:") && !line.contains("templates"))
                .collect()
        };
        assert_eq!(replaced(dump(&cluster)), replaced(dump(&fresh)), "seed {seed}");
    }
}

#[test]
fn removing_everything_leaves_nothing() {
    for seed in 1..50 {
        let mut random = Random(seed);
        let (mut cluster, model) = edited(&mut random, 60);
        for object in shuffled(&mut random, &model) {
            assert!(cluster.remove(&object.id));
        }
        assert_eq!(dump(&cluster), dump(&Cluster::of_files(World::Auto)), "seed {seed}");
    }
}

#[test]
fn the_digest_is_blind_to_order_and_follows_every_change() {
    for seed in 1..100 {
        let mut random = Random(seed);
        let (mut cluster, model) = edited(&mut random, 40);
        let before = cluster.digest();
        let Some(object) = model.values().next() else { continue };
        cluster.remove(&object.id);
        assert_ne!(cluster.digest(), before, "seed {seed}");
        cluster.insert(object.clone());
        assert_eq!(cluster.digest(), before, "seed {seed}");
    }
}

#[test]
fn the_digest_does_not_see_resource_versions_of_kinds() {
    let digest = |state: KindState| {
        let mut cluster = Cluster::watched();
        cluster.set_kind("", "Service", state);
        cluster.digest()
    };
    let synced = |version: &str| KindState::Synced { resource_version: version.into() };
    assert_eq!(digest(synced("1")), digest(synced("2")));
    assert_ne!(digest(synced("1")), digest(KindState::NotServed));
}

#[test]
fn objects_without_a_name_do_not_replace_each_other_in_any_order() {
    let job = |spec: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{generateName: import-, namespace: shop}}, spec: {spec}}}"
        )
    };
    let (first, second) = (job("{}"), job("{template: {metadata: {labels: {app: x}}, spec: {}}}"));
    let given = |texts: [&str; 2]| {
        let mut cluster = Cluster::of_files(World::Auto);
        let bytes = texts.join("\n---\n").into_bytes();
        let found = cluster.apply(&Source { name: "given".into(), format: crate::text::Format::Yaml, bytes });
        assert!(found.is_empty(), "{found:?}");
        cluster
    };
    let cluster = given([&first, &second]);
    assert_eq!(cluster.len(), 2);
    assert_eq!(cluster.digest(), given([&second, &first]).digest());
    let names: Vec<_> =
        cluster.workloads_selected_by("shop", &Selector::default()).map(|item| item.name().to_owned()).collect();
    assert_eq!(names, ["import-*", "import-*#2"]);
}
