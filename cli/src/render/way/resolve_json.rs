//! A resolution as JSON, version 1. The published schema is `docs/schema/resolve.v1.json`.
//!
//! Every field is always there; what is absent is `null`.

use engine::dns::{Behind, Domain, RecordType, ResolvConf, Servers};
use engine::object::{ServicePort, TargetPort};
use serde_json::{Value, json};

use super::{Resolved, parts};
use crate::render::json::{list, object_ref};

const SCHEMA: &str = "https://hedgerow.dev/schema/resolve.v1.json";

/// The resolution as JSON, with a line break at its end.
pub(crate) fn render(resolved: &Resolved<'_>) -> String {
    let Resolved { heard, pod, workload, name, kind, found, near, exit } = resolved;
    let verdict = match (found.resolves(), found.is_nothing()) {
        (true, _) => "resolves",
        (_, true) => "does-not-resolve",
        _ => "unknown",
    };
    let kind = match kind {
        RecordType::Address => Value::Null,
        RecordType::A => "A".into(),
        RecordType::Aaaa => "AAAA".into(),
        RecordType::Srv => "SRV".into(),
        RecordType::Ptr => "PTR".into(),
        RecordType::Cname => "CNAME".into(),
    };
    parts::document(heard, SCHEMA, *exit, |fields| {
        let rest = [
            ("question", json!({ "pod": pod, "workload": object_ref(workload), "name": name, "type": kind })),
            ("verdict", verdict.into()),
            ("resolver", resolver(&found.conf)),
            ("queries", list(&found.queries, parts::query).into()),
            ("hit", json!(found.hit)),
            (
                "service",
                found
                    .service
                    .as_ref()
                    .zip(found.behind.as_ref())
                    .map(|(id, behind)| service(object_ref(id), behind))
                    .into(),
            ),
            ("endpoints", list(&found.backends, parts::backend).into()),
            ("nearest", json!(near)),
            ("causes", list(&found.causes, parts::cause).into()),
            ("assumptions", json!(found.assumptions)),
        ];
        fields.extend(rest.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    })
}

fn resolver(conf: &ResolvConf) -> Value {
    let ResolvConf { servers, search, ndots, policy } = conf;
    let (asks, named) = match servers {
        Servers::Cluster => ("cluster", &[][..]),
        Servers::Node => ("node", &[][..]),
        Servers::Named(names) => ("named", names.as_slice()),
    };
    let domain = |domain: &Domain| match domain {
        Domain::Name(name) => json!({ "domain": name, "ofNode": false }),
        Domain::OfNode => json!({ "domain": null, "ofNode": true }),
    };
    json!({ "policy": policy, "asks": asks, "servers": named, "search": list(search, domain), "ndots": ndots })
}

fn service(object: Value, behind: &Behind) -> Value {
    let Behind { kind, headless, ports, backends } = behind;
    let port = |ServicePort { name, protocol, port, target, node_port }: &ServicePort| {
        let (number, named) = match target {
            TargetPort::Number(number) => (Some(number), None),
            TargetPort::Name(name) => (None, Some(name)),
        };
        json!({
            "name": name, "protocol": protocol, "port": port, "targetPort": number, "targetPortName": named,
            "nodePort": node_port,
        })
    };
    json!({
        "object": object,
        "type": kind,
        "headless": headless,
        "ports": list(ports, port),
        "endpoints": list(&backends.list, parts::backend),
        "more": parts::cause(&backends.knowledge),
    })
}
