//! Ways in from outside: which requests Ingresses and Routes lead to which Services.
//!
//! Nothing is made up: a Gateway, a namespace's labels or a ReferenceGrant that the input does not hold makes a way unknown,
//! and who receives the requests is told only where the API says so (the pods of a Gateway) or the user does.

mod gateway;
mod ingress;
mod request;

use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::Selector;
use crate::object::TargetPort;
use crate::text::Value;

pub(super) use request::{Fit, best};

/// Label of the pods that serve a Gateway, with its name. Source: GEP-1762, "In Cluster Gateway Deployments".
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// Group and kind of what leads in from outside, and of what it hangs on.
pub const WAYS_IN: &[(&str, &str)] = &[
    ("networking.k8s.io", "Ingress"),
    (gateway::GROUP, "GRPCRoute"),
    (gateway::GROUP, "Gateway"),
    (gateway::GROUP, "HTTPRoute"),
    (gateway::GROUP, "ReferenceGrant"),
    (gateway::GROUP, "TCPRoute"),
    (gateway::GROUP, "TLSRoute"),
];

/// One way in: what an Ingress or a Route does with some requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WayIn {
    /// The Ingress or the Route.
    pub object: ObjectRef,
    /// JSON pointer of the rule or path in it.
    pub field: String,
    /// The host of the requests; `*.` in front for those below it, empty for every host.
    pub host: String,
    /// Their path.
    pub path: PathMatch,
    /// They have to have certain headers, methods or parameters besides.
    pub conditions: bool,
    /// Where they come in.
    pub listens: Vec<Listens>,
    /// Who takes them in.
    pub receiver: Receiver,
    /// Where they go; of several, the receiver picks one.
    pub backends: Vec<WayBackend>,
    /// Why none comes this way, if none does.
    pub refused: Option<String>,
    /// Why it is not known whether they do. Sorted.
    pub doubts: Vec<String>,
}

/// How a path is matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathMatch {
    /// Every path; and what is no HTTP.
    Every,
    /// This path alone.
    Exact(String),
    /// This path and those below it, element by element.
    Prefix(String),
    /// As the receiver reads it: `ImplementationSpecific`, or a regular expression.
    Own(String),
}

/// A port of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listens {
    /// TCP.
    pub port: u16,
    /// By TLS.
    pub tls: bool,
}

/// Who takes requests in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receiver {
    /// The controller of an IngressClass; of the default class if none is named. Which pods that are, the API does not say.
    Class(Option<String>),
    /// A Gateway.
    Gateway(ObjectRef),
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WayBackend {
    /// JSON pointer of it.
    pub field: String,
    /// Namespace of the Service.
    pub namespace: String,
    /// Name of the Service.
    pub name: String,
    /// Which of its ports.
    pub port: Option<TargetPort>,
    /// Why nothing goes there, if nothing does.
    pub refused: Option<String>,
    /// Why that is not known.
    pub doubt: Option<String>,
}

/// Every way in, sorted by object and field. Cost: linear in Ingresses and Routes, times the listeners of their Gateways.
pub fn ways_in(cluster: &Cluster) -> Vec<WayIn> {
    let mut ways = Vec::new();
    for namespace in cluster.every_namespace() {
        for (object, spec) in specs(cluster, ("networking.k8s.io", "Ingress"), namespace) {
            ways.extend(ingress::ways(&object, spec));
        }
        for kind in gateway::ROUTES {
            for (object, spec) in specs(cluster, (gateway::GROUP, kind), namespace) {
                ways.extend(gateway::ways(cluster, &object, spec));
            }
        }
    }
    ways.sort();
    ways
}

/// The workloads that take the requests of a way in; none if the input does not say. `named` are those that the user named for
/// Ingresses.
pub fn receivers(cluster: &Cluster, way: &WayIn, named: &[ObjectRef]) -> Vec<ObjectRef> {
    match &way.receiver {
        Receiver::Class(_) => named.to_vec(),
        Receiver::Gateway(gateway) => {
            let selector = Selector::from_labels(&[(GATEWAY_NAME.to_owned(), gateway.name.clone())]);
            let found = cluster.workloads_selected_by(&gateway.namespace, &selector);
            let mut found: Vec<ObjectRef> = found.map(|item| cluster.reference(item)).collect();
            found.sort();
            found
        }
    }
}

impl Receiver {
    /// How it is called in a line.
    pub fn display(&self) -> String {
        match self {
            Receiver::Class(Some(class)) => format!("the controller of class `{class}`"),
            Receiver::Class(None) => "the controller of the default class".to_owned(),
            Receiver::Gateway(gateway) => format!("Gateway {}/{}", gateway.namespace, gateway.name),
        }
    }
}

impl std::fmt::Display for PathMatch {
    /// `/api` for the path alone, `/api/…` with those below it, empty for every path.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PathMatch::Every => Ok(()),
            PathMatch::Exact(path) => f.write_str(path),
            PathMatch::Prefix(path) => write!(f, "{}/…", path.trim_end_matches('/')),
            PathMatch::Own(path) => write!(f, "{path} (as the controller reads it)"),
        }
    }
}

impl WayIn {
    /// What it is for: `shop.example/api/…`, `*` for every host.
    pub fn display(&self) -> String {
        let host = if self.host.is_empty() { "*" } else { &self.host };
        format!("{host}{}", self.path)
    }
}

/// The objects of a kind in a namespace with their `spec`, sorted by name.
fn specs<'a>(
    cluster: &'a Cluster,
    kind: (&str, &str),
    namespace: &str,
) -> impl Iterator<Item = (ObjectRef, &'a Value)> {
    let found = cluster.objects_of(kind, namespace);
    found.filter_map(|item| Some((cluster.reference(item), item.whole()?.raw.as_deref()?.get("spec")?)))
}

/// The elements of a list, none if it is absent.
fn list<'a>(parent: &'a Value, key: &str) -> &'a [Value] {
    parent.get(key).and_then(Value::as_list).unwrap_or_default()
}

/// A text, empty if it is absent.
fn text<'a>(parent: &'a Value, key: &str) -> &'a str {
    parent.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A port's number.
fn port(parent: &Value, key: &str) -> Option<u16> {
    parent.get(key).and_then(Value::as_int).and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0)
}
