//! The pieces of NetworkPolicies that changes are made of.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, Direction, NAME_LABEL};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports, Protocol};
use crate::reach::{End, PortAsk, Reach};
use crate::text::{Value, resolve};

/// Where the labels of pods stand, by kind: of the workload kinds first, then of CronJobs and Pods.
const LABELS: [&str; 3] = ["/spec/template/metadata", "/spec/jobTemplate/spec/template/metadata", "/metadata"];

/// The pods of a workload, as selectors can name them.
#[derive(Clone, Debug)]
pub(super) struct Pods {
    pub(super) object: ObjectRef,
    /// Pointer of the metadata that holds their labels.
    pub(super) metadata: &'static str,
    /// All labels, and those of the workload's own selector (all, if it has none).
    pub(super) labels: [BTreeMap<String, String>; 2],
}

impl Pods {
    /// `None` if the workload is not in the cluster with its text.
    pub(super) fn of(cluster: &Cluster, reach: &Reach, end: &End) -> Option<Pods> {
        let End::Workload(id) = end else { return None };
        let object = reach.workload(*id)?.object.clone();
        let raw = cluster.get(&object)?.raw.as_deref()?;
        let pod = object.kind == "Pod";
        let metadata = LABELS.into_iter().find(|at| if pod { *at == "/metadata" } else { resolve(raw, at).exact })?;
        let all = texts_at(raw, &format!("{metadata}/labels"));
        let own = texts_at(raw, "/spec/selector/matchLabels");
        let own = if pod || own.is_empty() { all.clone() } else { own };
        Some(Pods { object, metadata, labels: [all, own] })
    }

    /// Ways of picking them by labels: the shorter first.
    pub(super) fn selectors(&self) -> Vec<Value> {
        let [all, own] = &self.labels;
        let mut selectors = vec![labels_selector(own)];
        if all != own {
            selectors.push(labels_selector(all));
        }
        selectors
    }
}

/// The texts of a mapping.
pub(super) fn texts_at(raw: &Value, pointer: &str) -> BTreeMap<String, String> {
    let found = resolve(raw, pointer);
    let map = found.value.as_map().filter(|_| found.exact);
    let entries = map.into_iter().flat_map(|map| map.iter());
    entries.filter_map(|entry| Some((entry.key.to_string(), entry.value.as_str()?.to_owned()))).collect()
}

fn labels_selector(labels: &BTreeMap<String, String>) -> Value {
    if labels.is_empty() {
        return Value::of_entries([]);
    }
    let labels = labels.iter().map(|(key, value)| (key.as_str(), Value::of_text(value)));
    Value::of_entries([("matchLabels", Value::of_entries(labels))])
}

/// The ways of writing an end as peers of a policy in `namespace`; each is a list of peers.
pub(super) fn peers(cluster: &Cluster, reach: &Reach, end: &End, namespace: &str) -> Vec<Vec<Value>> {
    if let End::Addresses(set) = end {
        return vec![blocks(set)];
    }
    let Some(pods) = Pods::of(cluster, reach, end) else { return Vec::new() };
    let elsewhere = (pods.object.namespace != namespace).then(|| in_namespace(&pods.object.namespace));
    let peer = |selector: Value| {
        let namespace = elsewhere.clone().map(|selector| ("namespaceSelector", selector));
        vec![Value::of_entries(namespace.into_iter().chain([("podSelector", selector)]))]
    };
    pods.selectors().into_iter().map(peer).collect()
}

/// A selector of the namespace of that name.
fn in_namespace(name: &str) -> Value {
    Value::of_entries([("matchLabels", Value::of_entries([(NAME_LABEL, Value::of_text(name))]))])
}

/// A selector of labels whose value at `key` is not `value`.
fn not_in(key: &str, value: &str) -> Value {
    let requirement = Value::of_entries([
        ("key", Value::of_text(key)),
        ("operator", Value::of_text("NotIn")),
        ("values", Value::of_list(vec![Value::of_text(value)])),
    ]);
    Value::of_entries([("matchExpressions", Value::of_list(vec![requirement]))])
}

fn blocks(set: &AddressSet) -> Vec<Value> {
    let block = |block: &crate::net::Block| {
        let cidr = ("cidr", Value::of_text(&block.cidr.to_string()));
        let except: Vec<Value> = block.except.iter().map(|hole| Value::of_text(&hole.to_string())).collect();
        let except = (!except.is_empty()).then(|| ("except", Value::of_list(except)));
        Value::of_entries([("ipBlock", Value::of_entries([cidr].into_iter().chain(except)))])
    };
    set.blocks().iter().map(block).collect()
}

/// Peers that take in everyone but an end; each way is a list. Of a workload, the addresses outside are not among them: a
/// block of addresses might take in its pods.
pub(super) fn everyone_but(cluster: &Cluster, reach: &Reach, end: &End) -> Vec<Vec<Value>> {
    let pods = match end {
        End::Addresses(set) => {
            let every_pod = Value::of_entries([("namespaceSelector", Value::of_entries([]))]);
            return vec![[every_pod].into_iter().chain(blocks(&set.complement())).collect()];
        }
        End::Workload(_) => Pods::of(cluster, reach, end),
    };
    let Some(Pods { object, labels: [all, own], .. }) = pods else { return Vec::new() };
    let others = Value::of_entries([("namespaceSelector", not_in(NAME_LABEL, &object.namespace))]);
    let but = |(key, value): (&String, &String)| {
        let rest = Value::of_entries([
            ("namespaceSelector", in_namespace(&object.namespace)),
            ("podSelector", not_in(key, value)),
        ]);
        vec![others.clone(), rest]
    };
    let mut keys: Vec<_> = own.iter().chain(all.iter().filter(|(key, _)| !own.contains_key(*key))).collect();
    keys.truncate(3);
    keys.into_iter().map(but).collect()
}

/// The `ports` of a rule for one port.
pub(super) fn port(ask: PortAsk) -> Value {
    Value::of_entries([("port", Value::of_int(ask.port.into())), ("protocol", Value::of_text(ask.protocol.as_str()))])
}

/// The `ports` of a rule for every port but one.
pub(super) fn ports_but(ask: PortAsk) -> Vec<Value> {
    let rest = Ports::all().difference(&ask.ports());
    let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
    let ranges = protocols
        .flat_map(|protocol| rest.of_protocol(protocol).as_slice().iter().map(move |range| (protocol, *range)));
    ranges
        .map(|(protocol, (first, last))| {
            let name = ("protocol", Value::of_text(protocol.as_str()));
            let (first, last) = (first.max(1), last);
            let end = (first != last).then(|| ("endPort", Value::of_int(last.into())));
            Value::of_entries([("port", Value::of_int(first.into()))].into_iter().chain(end).chain([name]))
        })
        .collect()
}

/// `ingress` and `from`, or `egress` and `to`.
pub(super) fn words(direction: Direction) -> [&'static str; 2] {
    match direction {
        Direction::Ingress => ["ingress", "from"],
        Direction::Egress => ["egress", "to"],
    }
}

/// A rule; without peers it is for everyone, without ports for all of them.
pub(super) fn rule(direction: Direction, peers: Vec<Value>, ports: Vec<Value>) -> Value {
    let [_, at] = words(direction);
    let part = |key, list: Vec<Value>| (!list.is_empty()).then(|| (key, Value::of_list(list)));
    Value::of_entries(part(at, peers).into_iter().chain(part("ports", ports)))
}

/// A NetworkPolicy of one direction.
pub(super) fn network_policy(
    (namespace, name): (&str, &str),
    selector: Value,
    direction: Direction,
    rules: Vec<Value>,
) -> Value {
    let [field, _] = words(direction);
    let types = match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    };
    let rules = (!rules.is_empty()).then(|| (field, Value::of_list(rules)));
    let spec = [("podSelector", selector), ("policyTypes", Value::of_list(vec![Value::of_text(types)]))];
    let metadata = [("name", Value::of_text(name)), ("namespace", Value::of_text(namespace))];
    Value::of_entries([
        ("apiVersion", Value::of_text("networking.k8s.io/v1")),
        ("kind", Value::of_text("NetworkPolicy")),
        ("metadata", Value::of_entries(metadata)),
        ("spec", Value::of_entries(spec.into_iter().chain(rules))),
    ])
}
