//! The ways in of Routes through the listeners of their Gateways. Source: `sigs.k8s.io/gateway-api/apis/v1`.

use std::collections::BTreeMap;

use super::{Listens, PathMatch, Receiver, WayBackend, WayIn, list, port, specs, text};
use crate::cluster::{Cluster, Knowledge, NAME_LABEL};
use crate::finding::ObjectRef;
use crate::object::{TargetPort, selector};
use crate::text::Value;

/// The API group.
pub(super) const GROUP: &str = "gateway.networking.k8s.io";
/// Kinds of Routes.
pub(super) const ROUTES: [&str; 4] = ["GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute"];

/// One for each match of each rule, host and Gateway.
pub(super) fn ways(cluster: &Cluster, route: &ObjectRef, spec: &Value) -> Vec<WayIn> {
    let of = Route { cluster, route, spec };
    let mut ways = Vec::new();
    for parent in list(spec, "parentRefs") {
        let kind = text(parent, "kind");
        // A Service as parent is about traffic between pods.
        if !kind.is_empty() && kind != "Gateway" {
            continue;
        }
        for entrance in of.entrances(parent) {
            for (at, rule) in list(spec, "rules").iter().enumerate() {
                ways.extend(of.rule(&entrance, rule, &format!("/spec/rules/{at}")));
            }
        }
    }
    ways
}

struct Route<'a> {
    cluster: &'a Cluster,
    route: &'a ObjectRef,
    spec: &'a Value,
}

/// What of a Gateway a Route comes in by.
struct Entrance {
    gateway: ObjectRef,
    host: String,
    listens: Vec<Listens>,
    refused: Option<String>,
    doubts: Vec<String>,
}

/// Whether a listener takes a Route.
enum Takes {
    Yes,
    No,
    Unknown(String),
}

impl Route<'_> {
    /// By host, for listeners that take the Route.
    fn entrances(&self, parent: &Value) -> Vec<Entrance> {
        let namespace = text(parent, "namespace");
        let namespace = if namespace.is_empty() { &self.route.namespace } else { namespace };
        let name = text(parent, "name");
        let gateway = ObjectRef {
            namespace: namespace.to_owned(),
            kind: "Gateway".to_owned(),
            name: name.to_owned(),
            group: GROUP.to_owned(),
            version: "v1".to_owned(),
        };
        let hosts: Vec<String> =
            list(self.spec, "hostnames").iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect();
        let hosts = if hosts.is_empty() { vec![String::new()] } else { hosts };
        let alone = |refused: Option<String>, doubts: Vec<String>| {
            let host = |host: &String| Entrance {
                gateway: gateway.clone(),
                host: host.clone(),
                listens: Vec::new(),
                refused: refused.clone(),
                doubts: doubts.clone(),
            };
            hosts.iter().map(host).collect()
        };
        let found = specs(self.cluster, (GROUP, "Gateway"), namespace).find(|(id, _)| id.name == name);
        let Some((gateway_id, spec)) = found else {
            return alone(None, vec![format!("Gateway {namespace}/{name} is not in the input")]);
        };
        let mut by_host: BTreeMap<String, (Vec<Listens>, Vec<String>)> = BTreeMap::new();
        for listener in list(spec, "listeners") {
            let doubt = match self.takes(&gateway_id, listener, parent) {
                Takes::Yes => None,
                Takes::No => continue,
                Takes::Unknown(why) => Some(why),
            };
            let Some(port) = port(listener, "port") else { continue };
            let tls = matches!(text(listener, "protocol"), "HTTPS" | "TLS");
            for host in hosts.iter().filter_map(|host| narrower(&text(listener, "hostname").to_ascii_lowercase(), host))
            {
                let (listens, doubts) = by_host.entry(host).or_default();
                listens.push(Listens { port, tls });
                doubts.extend(doubt.clone());
            }
        }
        if by_host.is_empty() {
            return alone(Some(format!("no listener of Gateway {namespace}/{name} takes it")), Vec::new());
        }
        let entrance = |(host, (mut listens, doubts)): (String, (Vec<Listens>, Vec<String>))| {
            listens.sort_unstable();
            listens.dedup();
            Entrance { gateway: gateway_id.clone(), host, listens, refused: None, doubts }
        };
        by_host.into_iter().map(entrance).collect()
    }

    fn takes(&self, gateway: &ObjectRef, listener: &Value, parent: &Value) -> Takes {
        let section = text(parent, "sectionName");
        if !section.is_empty() && section != text(listener, "name") {
            return Takes::No;
        }
        if port(parent, "port").is_some_and(|wanted| port(listener, "port") != Some(wanted)) {
            return Takes::No;
        }
        let allowed = listener.get("allowedRoutes").unwrap_or(&Value::NULL);
        let kinds = list(allowed, "kinds");
        let kind = self.route.kind.as_str();
        let by_protocol = match text(listener, "protocol") {
            "HTTP" | "HTTPS" => matches!(kind, "HTTPRoute" | "GRPCRoute"),
            "TLS" => matches!(kind, "TLSRoute" | "TCPRoute"),
            "TCP" => kind == "TCPRoute",
            _ => false,
        };
        if !by_protocol || !kinds.is_empty() && !kinds.iter().any(|known| text(known, "kind") == kind) {
            return Takes::No;
        }
        let namespaces = allowed.get("namespaces").unwrap_or(&Value::NULL);
        match text(namespaces, "from") {
            "All" => Takes::Yes,
            "" | "Same" if gateway.namespace == self.route.namespace => Takes::Yes,
            "Selector" => self.is_selected(namespaces.get("selector").unwrap_or(&Value::NULL)),
            _ => Takes::No,
        }
    }

    fn is_selected(&self, wanted: &Value) -> Takes {
        let namespace = &self.route.namespace;
        let Some(wanted) = selector(wanted) else {
            return Takes::Unknown("the selector of a listener cannot be read".to_owned());
        };
        let labels = self.cluster.namespace_labels(namespace);
        let only_name = wanted.requirements.iter().all(|requirement| requirement.key == NAME_LABEL);
        if labels.is_none() && !only_name {
            return Takes::Unknown(format!("the labels of namespace `{namespace}` are not in the input"));
        }
        let labels = labels.unwrap_or_default();
        let value = |key: &str| match key {
            NAME_LABEL => Some(namespace.as_str()),
            _ => labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value),
        };
        if wanted.matches(value) { Takes::Yes } else { Takes::No }
    }

    fn rule(&self, entrance: &Entrance, rule: &Value, field: &str) -> Vec<WayIn> {
        let refs = list(rule, "backendRefs").iter().enumerate();
        // A weight of 0 takes no request.
        let refs = refs.filter(|(_, backend)| backend.get("weight").and_then(Value::as_int) != Some(0));
        let backends: Vec<WayBackend> =
            refs.map(|(at, backend)| self.backend(backend, format!("{field}/backendRefs/{at}"))).collect();
        let none = backends.is_empty().then(|| "it sends its requests to no Service".to_owned());
        let way = |field: String, path: PathMatch, conditions: bool| WayIn {
            object: self.route.clone(),
            field,
            host: entrance.host.clone(),
            path,
            conditions,
            listens: entrance.listens.clone(),
            receiver: Receiver::Gateway(entrance.gateway.clone()),
            backends: backends.clone(),
            refused: entrance.refused.clone().or_else(|| none.clone()),
            doubts: entrance.doubts.clone(),
        };
        let matches = list(rule, "matches");
        if matches.is_empty() {
            return vec![way(field.to_owned(), PathMatch::Every, false)];
        }
        let one = |(at, found): (usize, &Value)| {
            let conditions = ["headers", "queryParams", "method"].iter().any(|key| found.get(key).is_some());
            way(format!("{field}/matches/{at}"), path_match(found.get("path")), conditions)
        };
        matches.iter().enumerate().map(one).collect()
    }

    fn backend(&self, backend: &Value, field: String) -> WayBackend {
        let kind = text(backend, "kind");
        let own = &self.route.namespace;
        let namespace = match text(backend, "namespace") {
            "" => own.as_str(),
            other => other,
        };
        let name = text(backend, "name").to_owned();
        let (mut refused, mut doubt) = (None, None);
        if !matches!(kind, "" | "Service") || !text(backend, "group").is_empty() {
            refused = Some("its backend is no Service".to_owned());
        } else if namespace != own && !self.is_granted(namespace, &name) {
            let none = format!(
                "no ReferenceGrant in namespace `{namespace}` lets a {} of `{own}` send to Service `{name}`",
                self.route.kind
            );
            match self.cluster.presence(GROUP, "ReferenceGrant", namespace) {
                Knowledge::Complete => refused = Some(none),
                Knowledge::NotGiven(_) | Knowledge::Failed(_) => doubt = Some(format!("{none} in the input")),
            }
        }
        let port = port(backend, "port").map(TargetPort::Number);
        WayBackend { field, namespace: namespace.to_owned(), name, port, refused, doubt }
    }

    /// Source: `ReferenceGrantSpec`: one of `from` and one of `to` have to match.
    fn is_granted(&self, namespace: &str, service: &str) -> bool {
        specs(self.cluster, (GROUP, "ReferenceGrant"), namespace).any(|(_, spec)| {
            let from = list(spec, "from").iter().any(|from| {
                text(from, "group") == GROUP
                    && text(from, "kind") == self.route.kind
                    && text(from, "namespace") == self.route.namespace
            });
            let to = list(spec, "to").iter().any(|to| {
                text(to, "group").is_empty()
                    && text(to, "kind") == "Service"
                    && matches!(text(to, "name"), named if named.is_empty() || named == service)
            });
            from && to
        })
    }
}

/// The hosts that both have; empty stands for every host. `None` if there is none.
fn narrower(listener: &str, route: &str) -> Option<String> {
    let below = |wide: &str, narrow: &str| {
        wide.strip_prefix('*').is_some_and(|suffix| narrow.len() > suffix.len() && narrow.ends_with(suffix))
    };
    match (listener, route) {
        ("", host) | (host, "") => Some(host.to_owned()),
        (one, other) if one == other || below(one, other) => Some(other.to_owned()),
        (one, other) if below(other, one) => Some(one.to_owned()),
        _ => None,
    }
}

fn path_match(path: Option<&Value>) -> PathMatch {
    let Some(path) = path else { return PathMatch::Every };
    let value = match text(path, "value") {
        "" => "/".to_owned(),
        value => value.to_owned(),
    };
    match text(path, "type") {
        "Exact" => PathMatch::Exact(value),
        "" | "PathPrefix" if value == "/" => PathMatch::Every,
        "" | "PathPrefix" => PathMatch::Prefix(value),
        _ => PathMatch::Own(value),
    }
}

#[cfg(test)]
mod tests {
    use super::narrower;

    #[test]
    fn hosts_meet_where_one_holds_the_other() {
        for (listener, route, both) in [
            ("", "a.b", Some("a.b")),
            ("a.b", "", Some("a.b")),
            ("a.b", "a.b", Some("a.b")),
            ("*.b", "a.b", Some("a.b")),
            ("*.b", "x.a.b", Some("x.a.b")),
            ("a.b", "*.b", Some("a.b")),
            ("*.b", "*.a.b", Some("*.a.b")),
            ("*.b", "b", None),
            ("a.b", "c.b", None),
            ("*.a.b", "c.b", None),
        ] {
            assert_eq!(narrower(listener, route).as_deref(), both, "{listener} {route}");
        }
    }
}
