//! The ways in of an Ingress. Source: `k8s.io/api/networking/v1.IngressSpec`.

use super::{Listens, PathMatch, Receiver, WayBackend, WayIn, list, port, text};
use crate::finding::ObjectRef;
use crate::object::TargetPort;
use crate::text::Value;

const HTTP: Listens = Listens { port: 80, tls: false };
const HTTPS: Listens = Listens { port: 443, tls: true };

/// One for each path of each rule, and one for the default backend.
pub(super) fn ways(object: &ObjectRef, spec: &Value) -> Vec<WayIn> {
    let of = Ingress { object, spec };
    let mut ways = Vec::new();
    for (at, rule) in list(spec, "rules").iter().enumerate() {
        let host = text(rule, "host").to_ascii_lowercase();
        let Some(http) = rule.get("http") else {
            // A rule without paths sends everything to the default backend.
            ways.extend(of.default_backend(format!("/spec/rules/{at}"), &host));
            continue;
        };
        for (number, path) in list(http, "paths").iter().enumerate() {
            let field = format!("/spec/rules/{at}/http/paths/{number}");
            let backend = path.get("backend").unwrap_or(&Value::NULL);
            let backend = of.backend(backend, format!("{field}/backend"));
            ways.push(of.way(field, &host, path_match(path), backend));
        }
    }
    ways.extend(of.default_backend("/spec/defaultBackend".to_owned(), ""));
    ways
}

struct Ingress<'a> {
    object: &'a ObjectRef,
    spec: &'a Value,
}

impl Ingress<'_> {
    fn way(&self, field: String, host: &str, path: PathMatch, backend: WayBackend) -> WayIn {
        let class = self.spec.get("ingressClassName").and_then(Value::as_str).map(str::to_owned);
        let listens = if self.has_tls(host) { vec![HTTP, HTTPS] } else { vec![HTTP] };
        WayIn {
            object: self.object.clone(),
            field,
            host: host.to_owned(),
            path,
            conditions: false,
            listens,
            receiver: Receiver::Class(class),
            backends: vec![backend],
            refused: None,
            doubts: Vec::new(),
        }
    }

    fn default_backend(&self, field: String, host: &str) -> Option<WayIn> {
        let backend = self.backend(self.spec.get("defaultBackend")?, "/spec/defaultBackend".to_owned());
        Some(self.way(field, host, PathMatch::Every, backend))
    }

    /// An entry without hosts is for every host.
    fn has_tls(&self, host: &str) -> bool {
        list(self.spec, "tls").iter().any(|entry| {
            let hosts = list(entry, "hosts");
            hosts.is_empty() || hosts.iter().any(|named| named.as_str().is_some_and(|it| it.eq_ignore_ascii_case(host)))
        })
    }

    fn backend(&self, backend: &Value, field: String) -> WayBackend {
        let service = backend.get("service");
        let name = service.map(|service| text(service, "name")).unwrap_or_default();
        let given = service.and_then(|service| service.get("port")).unwrap_or(&Value::NULL);
        let number = port(given, "number").map(TargetPort::Number);
        let named = || given.get("name").and_then(Value::as_str).map(|name| TargetPort::Name(name.to_owned()));
        WayBackend {
            field,
            namespace: self.object.namespace.clone(),
            name: name.to_owned(),
            port: number.or_else(named),
            refused: name.is_empty().then(|| "its backend is no Service".to_owned()),
            doubt: None,
        }
    }
}

fn path_match(path: &Value) -> PathMatch {
    let written = text(path, "path").to_owned();
    match text(path, "pathType") {
        "Exact" => PathMatch::Exact(written),
        "Prefix" => PathMatch::Prefix(written),
        // Every controller takes these for everything.
        _ if matches!(written.as_str(), "" | "/") => PathMatch::Every,
        _ => PathMatch::Own(written),
    }
}
