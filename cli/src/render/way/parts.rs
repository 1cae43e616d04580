//! What the JSON of names and of ways has in common.

use engine::cluster::Knowledge;
use engine::dns::{Backend, Data, Hostname, Outcome, PodsOf, Query, Record, Target};
use engine::object::EndpointPort;
use engine::review::Report;
use serde_json::{Map, Value, json};

use super::Heard;
use crate::exit::Exit;
use crate::render::json::{finding, left_out, list, object_ref};

/// A report around what it is about.
pub(super) fn document(
    heard: &Heard<'_>,
    schema: &str,
    exit: Exit,
    fill: impl FnOnce(&mut Map<String, Value>),
) -> String {
    let Report { findings, objects, skipped, closed, open, unusable, .. } = heard.report;
    let mut fields = Map::new();
    fields.insert("$schema".to_owned(), schema.into());
    fields.insert("version".to_owned(), 1.into());
    fields.insert("exitCode".to_owned(), exit.number().into());
    fill(&mut fields);
    let rest = [
        ("objects", list(objects, |(kind, number)| json!({ "kind": kind, "count": number })).into()),
        ("namespaces", json!({ "closed": closed, "open": open })),
        ("findings", list(findings, finding).into()),
        ("skipped", list(skipped, left_out).into()),
        ("unusable", json!(unusable)),
    ];
    fields.extend(rest.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    format!("{:#}\n", Value::Object(fields))
}

/// Why something is not known; `null` if it is.
pub(super) fn cause(knowledge: &Knowledge) -> Value {
    match knowledge {
        Knowledge::Complete => Value::Null,
        Knowledge::NotGiven(message) => json!({ "kind": "not-asked", "message": message }),
        Knowledge::Failed(message) => json!({ "kind": "failed", "message": message }),
    }
}

/// Pods, by what makes them.
pub(super) fn pods(pods: &PodsOf) -> Value {
    let (kind, object, name, first, count) = match pods {
        PodsOf::Pod { name, workload } => ("pod", workload, Some(name), None, None),
        PodsOf::Ordinals { workload, first, count } => ("ordinals", workload, None, Some(first), Some(count)),
        PodsOf::Workload(workload) => ("workload", workload, None, None, None),
        PodsOf::Endpoint { listed_in } => ("endpoint", listed_in, None, None, None),
    };
    json!({ "kind": kind, "object": object_ref(object), "name": name, "first": first, "count": count })
}

/// An endpoint.
pub(super) fn backend(backend: &Backend) -> Value {
    let Backend { pods: of, hostname, addresses, ready, readiness_known, ports } = backend;
    let hostname = match hostname {
        Hostname::Label(label) => json!({ "of": "label", "label": label }),
        Hostname::OfPod => json!({ "of": "pod", "label": null }),
        Hostname::OfAddress => json!({ "of": "address", "label": null }),
        Hostname::OfIndex => json!({ "of": "index", "label": null }),
    };
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let port = |EndpointPort { name, protocol, number }: &EndpointPort| json!({ "name": name, "protocol": protocol, "port": number });
    json!({
        "pods": pods(of),
        "hostname": hostname,
        "addresses": addresses,
        "ready": ready,
        "readinessKnown": readiness_known,
        "ports": list(ports, port),
    })
}

/// A query and what it came to.
pub(super) fn query(query: &Query) -> Value {
    let Query { name, of_node, outcome } = query;
    let (open, records) = match outcome {
        Some(Outcome::Records { records, open }) => (open.as_ref(), records.as_slice()),
        Some(Outcome::Unknown(why)) => (Some(why), &[][..]),
        _ => (None, &[][..]),
    };
    json!({
        "name": name,
        "belowNodeSearch": of_node,
        "outcome": outcome.as_ref().map_or("not-asked", Outcome::as_str),
        "records": list(records, record),
        "cause": open.map_or(Value::Null, cause),
    })
}

/// A record. What the input does not hold is told by whose it is, in `of`.
fn record(record: &Record) -> Value {
    let Record { name, data } = record;
    let mut fields = json!({
        "name": name, "type": data.type_name(), "address": null, "target": null, "port": null, "of": null,
    });
    let mut set = |field: &str, value: Value| fields[field] = value;
    match data {
        Data::Alias(target) | Data::Pointer(target) => set("target", json!(target)),
        Data::Address(address) => set("address", json!(address.to_string())),
        Data::ServiceAddress { service, family: _ } => {
            set("of", json!({ "service": object_ref(service), "pods": null }));
        }
        Data::PodAddresses { pods: of, family: _ } => set("of", json!({ "service": null, "pods": pods(of) })),
        Data::Server { target, port } => {
            set("port", json!(port));
            match target {
                Target::Name(target) => set("target", json!(target)),
                Target::OfPods { pods: of, below: _ } => set("of", json!({ "service": null, "pods": pods(of) })),
            }
        }
    }
    fields
}
