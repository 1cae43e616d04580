//! Services with what is behind them, and ways in from outside.

use std::collections::BTreeMap;

use engine::finding::ObjectRef;
use engine::object::TargetPort;
use engine::reach::PortAsk;
use engine::way::{Entrance, Lead, Listens, Offered, OfferedPort, PathMatch, Reached, Receiver, WayBackend};
use serde_json::{Value, json};

use super::{Known, Offers, table};
use crate::render::json::{list, object_ref, place};

/// The names of workloads, by what makes their pods.
struct Names<'a>(BTreeMap<&'a ObjectRef, &'a str>);

impl<'a> Names<'a> {
    fn of(known: &Known<'a>) -> Names<'a> {
        Names(known.reach.workloads().iter().map(|workload| (&workload.object, workload.name.as_str())).collect())
    }

    fn name(&self, workload: &ObjectRef) -> String {
        let full = || format!("{}/{}", workload.namespace, workload.name);
        self.0.get(workload).map_or_else(full, |name| (*name).to_owned())
    }
}

/// Both sections of the list; empty if there is nothing.
pub(super) fn text(known: &Known<'_>, offers: &Offers) -> String {
    let names = Names::of(known);
    let mut text = String::new();
    if !offers.services.is_empty() {
        text.push_str("\nservices\n");
        let rows: Vec<[String; 3]> = offers.services.iter().flat_map(|offered| service_rows(&names, offered)).collect();
        table::aligned(&rows, ["  ", "  "]).lines().for_each(|line| text.push_str(&format!("  {}\n", line.trim_end())));
    }
    text.push_str(&ways_text(known, &offers.entrances));
    text
}

/// One row for each port; one for an alias and for a Service without ports.
fn service_rows(names: &Names<'_>, offered: &Offered) -> Vec<[String; 3]> {
    let Offered { service, kind, headless, alias, ports } = offered;
    let name = format!("{}/{}", service.namespace, service.name);
    let kind = if *headless { "headless".to_owned() } else { kind.clone() };
    if let Some(alias) = alias {
        return vec![[name, kind, format!("→ {alias}")]];
    }
    if ports.is_empty() {
        return vec![[name, kind, "no port".to_owned()]];
    }
    let row = |OfferedPort { port, name: _, node_port, to }: &OfferedPort| {
        let node = node_port.map(|port| format!(", node port {port}")).unwrap_or_default();
        let to: Vec<String> = to.iter().map(|(workload, port)| format!("{} {port}", names.name(workload))).collect();
        let to = if to.is_empty() { "no endpoint".to_owned() } else { to.join(", ") };
        [name.clone(), kind.clone(), format!("{}{node} → {to}", of_port(*port))]
    };
    ports.iter().map(row).collect()
}

/// The ways in; empty if there is none.
pub(super) fn ways_text(known: &Known<'_>, entrances: &[Entrance]) -> String {
    let names = Names::of(known);
    let mut text = if entrances.is_empty() { String::new() } else { "\nways in from outside\n".to_owned() };
    for entrance in entrances {
        let way = &entrance.way;
        let at = known.places.value(&way.object, &way.field);
        let at = at.map(|place| format!(" ({}:{})", place.source, place.line)).unwrap_or_default();
        let object = format!("{} {}/{}", way.object.kind, way.object.namespace, way.object.name);
        text.push_str(&format!("  {}: {object}{at}\n", way.display()));
        if let Some(why) = &way.refused {
            text.push_str(&format!("    deny: {why}\n"));
            continue;
        }
        way.doubts.iter().for_each(|why| text.push_str(&format!("    unknown: {why}\n")));
        let by: Vec<String> = entrance.receivers.iter().map(|receiver| names.name(receiver)).collect();
        let by = match by.as_slice() {
            [] => format!("{}, whose pods the input does not hold", way.receiver.display()),
            by => format!("{} ({})", way.receiver.display(), by.join(", ")),
        };
        entrance.leads.iter().for_each(|lead| text.push_str(&lead_text(&names, lead, &by)));
    }
    text
}

fn lead_text(names: &Names<'_>, lead: &Lead, by: &str) -> String {
    let Lead { backend, port, to } = lead;
    if let Some(why) = &backend.refused {
        return format!("    deny: {why}\n");
    }
    let doubt = backend.doubt.as_ref().map(|why| format!("    unknown: {why}\n")).unwrap_or_default();
    let service = format!("svc/{}/{}", backend.namespace, backend.name);
    let Some(port) = port else { return format!("{doubt}    → {service}: the input has no such Service or port\n") };
    if to.is_empty() {
        return format!("{doubt}    → {service} {}: no endpoint\n", of_port(*port));
    }
    let each = to.iter().map(|Reached { workload, port: own, verdict }| {
        let verdict = verdict.as_str();
        format!("    → {service} {} → {} {own}: {verdict} from {by}\n", of_port(*port), names.name(workload))
    });
    doubt + &each.collect::<String>()
}

fn of_port(PortAsk { protocol, port }: PortAsk) -> String {
    format!("{} {port}", protocol.as_str())
}

/// The Services of the list.
pub(super) fn services_json(known: &Known<'_>, services: &[Offered]) -> Value {
    let names = Names::of(known);
    let endpoint = |(workload, port): &(ObjectRef, u16)| json!({ "workload": names.name(workload), "port": port });
    let port = |OfferedPort { port, name, node_port, to }: &OfferedPort| {
        json!({
            "name": if name.is_empty() { Value::Null } else { name.as_str().into() },
            "protocol": port.protocol.as_str(),
            "port": port.port,
            "nodePort": node_port,
            "endpoints": list(to, endpoint),
        })
    };
    let service = |Offered { service, kind, headless, alias, ports }: &Offered| {
        json!({
            "service": object_ref(service),
            "type": kind,
            "headless": headless,
            "externalName": alias,
            "ports": list(ports, port),
        })
    };
    list(services, service).into()
}

/// Ways in.
pub(super) fn ways_json(known: &Known<'_>, entrances: &[Entrance]) -> Value {
    let names = Names::of(known);
    let way = |Entrance { way, receivers, leads }: &Entrance| {
        let (kind, path) = match &way.path {
            PathMatch::Every => ("every", None),
            PathMatch::Exact(path) => ("exact", Some(path)),
            PathMatch::Prefix(path) => ("prefix", Some(path)),
            PathMatch::Own(path) => ("own", Some(path)),
        };
        let (class, gateway) = match &way.receiver {
            Receiver::Class(class) => (class.as_deref(), None),
            Receiver::Gateway(gateway) => (None, Some(object_ref(gateway))),
        };
        let receivers: Vec<String> = receivers.iter().map(|receiver| names.name(receiver)).collect();
        let at = known.places.value(&way.object, &way.field);
        json!({
            "object": object_ref(&way.object),
            "field": way.field,
            "place": at.as_ref().map(place),
            "host": if way.host.is_empty() { Value::Null } else { way.host.as_str().into() },
            "path": { "match": kind, "value": path },
            "conditions": way.conditions,
            "listens": list(&way.listens, |Listens { port, tls }| json!({ "port": port, "tls": tls })),
            "receiver": { "class": class, "gateway": gateway, "workloads": receivers },
            "refused": way.refused,
            "doubts": way.doubts,
            "backends": list(leads, |lead| backend(&names, lead)),
        })
    };
    list(entrances, way).into()
}

fn backend(names: &Names<'_>, Lead { backend, port, to }: &Lead) -> Value {
    let WayBackend { field, namespace, name, port: wanted, refused, doubt } = backend;
    let wanted = wanted.as_ref().map(|wanted| match wanted {
        TargetPort::Number(number) => json!(number),
        TargetPort::Name(name) => json!(name),
    });
    let reached = |Reached { workload, port, verdict }: &Reached| {
        json!({
            "workload": names.name(workload),
            "protocol": port.protocol.as_str(),
            "port": port.port,
            "verdict": verdict.as_str(),
        })
    };
    json!({
        "field": field,
        "namespace": namespace,
        "service": name,
        "wanted": wanted,
        "port": port.map(|port| port.port),
        "refused": refused,
        "doubt": doubt,
        "endpoints": list(to, reached),
    })
}
