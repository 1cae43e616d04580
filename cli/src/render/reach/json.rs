//! The list as JSON, version 1. The published schema is `docs/schema/reach.v1.json`.
//!
//! Every field is always there; what is absent is `null`.

use engine::finding::ObjectRef;
use engine::net::{AddressSet, Block, Ports};
use engine::reach::{Cause, CauseKind, Connection, End, Passage, Reason, WorkloadEnd};
use engine::review::Report;
use serde_json::{Map, Value, json};

use super::{Known, Listed, Why, exposure, offered, parts, words};
use crate::engines::Net;
use crate::exit::Exit;
use crate::render::json::{finding, left_out, list, object_ref};

/// The address of the schema, which is also its `$id`.
pub(crate) const SCHEMA: &str = "https://hedgerow.dev/schema/reach.v1.json";

/// The list as JSON, with a line break at its end.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    let reach = listed.known.reach;
    let report = document(&listed.known, listed.exit, |fields| {
        fields.insert("workloads".to_owned(), list(reach.workloads(), workload).into());
        let connections: Vec<Value> = listed.connections().map(|found| connection(listed, &found)).collect();
        fields.insert("connections".to_owned(), connections.into());
        let exposure = if listed.exposure { exposure::json(listed) } else { Value::Null };
        fields.insert("exposure".to_owned(), exposure);
        let services = offered::services_json(&listed.known, &listed.offers.services);
        fields.insert("services".to_owned(), services);
        fields.insert("waysIn".to_owned(), offered::ways_json(&listed.known, &listed.offers.entrances));
    });
    format!("{report:#}\n")
}

/// What lists and answers have in common, around what they do not.
pub(super) fn document(known: &Known<'_>, exit: Exit, fill: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut fields = Map::new();
    fields.insert("$schema".to_owned(), SCHEMA.into());
    fields.insert("version".to_owned(), 1.into());
    fields.insert("exitCode".to_owned(), exit.number().into());
    fill(&mut fields);
    fields.extend(of_input(known));
    Value::Object(fields)
}

/// What was read.
pub(super) fn input(known: &Known<'_>) -> Value {
    Value::Object(of_input(known).into_iter().collect())
}

fn of_input(known: &Known<'_>) -> [(String, Value); 7] {
    let Report { findings, objects, skipped, closed, open, unusable, digests, .. } = known.report;
    let fields = [
        ("objects", list(objects, |(kind, number)| json!({ "kind": kind, "count": number })).into()),
        ("namespaces", json!({ "closed": closed, "open": open })),
        ("notModelled", list(known.reach.unmodelled(), object_ref).into()),
        ("findings", list(findings, finding).into()),
        ("skipped", list(skipped, left_out).into()),
        ("unusable", json!(unusable)),
        ("digest", json!(digests.cluster)),
    ];
    fields.map(|(name, value): (&str, Value)| (name.to_owned(), value))
}

/// One end.
pub(super) fn end(reach: &Net, end: &End) -> Value {
    match end {
        End::Workload(_) => json!({ "workload": reach.name(end), "addresses": null }),
        End::Addresses(set) => json!({ "workload": null, "addresses": blocks(set) }),
    }
}

/// An address set.
pub(super) fn blocks(set: &AddressSet) -> Value {
    let block = |Block { cidr, except }: &Block| {
        let except: Vec<String> = except.iter().map(ToString::to_string).collect();
        json!({ "cidr": cidr.to_string(), "except": except })
    };
    list(&set.blocks(), block).into()
}

/// What passes.
pub(super) fn passage(passage: &Passage) -> Value {
    let Passage { allow, implementation_defined, unknown } = passage;
    json!({
        "allow": ports(allow),
        "implementationDefined": ports(implementation_defined),
        "unknown": ports(unknown),
    })
}

/// Ranges of ports.
pub(super) fn ports(ports: &Ports) -> Value {
    let range = |(protocol, first, last): (engine::net::Protocol, u16, u16)| json!({ "protocol": protocol.as_str(), "first": first, "last": last });
    parts::ranges(ports).map(range).collect::<Vec<_>>().into()
}

/// Why the plugin has a say.
pub(super) fn reason(reason: &Reason) -> Value {
    json!({ "kind": words::reason_kind(reason), "message": words::reason(reason) })
}

/// What is not known.
pub(super) fn cause(cause: &Cause) -> Value {
    let Cause { kind, message, object } = cause;
    let kind = match kind {
        CauseKind::NotAsked => "not-asked",
        CauseKind::Failed => "failed",
    };
    json!({ "kind": kind, "message": message, "object": object.as_ref().map(object_ref) })
}

fn connection(listed: &Listed<'_>, connection: &Connection) -> Value {
    let reach = listed.known.reach;
    let Connection { source, destination, passage: passes } = connection;
    let settled = parts::is_settled(passes);
    let Why { reasons, causes } = if settled { Why::default() } else { listed.why(source, destination) };
    json!({
        "source": end(reach, source),
        "destination": end(reach, destination),
        "passage": passage(passes),
        "reasons": list(&reasons, reason),
        "causes": list(&causes, cause),
    })
}

fn workload(end: &WorkloadEnd) -> Value {
    let WorkloadEnd { name, object, host_network, replicas, bare_pod: _ } = end;
    let object: &ObjectRef = object;
    json!({ "name": name, "object": object_ref(object), "hostNetwork": host_network, "replicas": replicas })
}
