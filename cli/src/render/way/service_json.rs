//! The answer about a Service as JSON, version 1. The published schema is `docs/schema/service.v1.json`.
//!
//! Every field is always there; what is absent is `null`.

use engine::reach::{End, Part, PortAsk};
use engine::way::{Branch, PortWay};
use serde_json::{Value, json};

use super::{Served, parts};
use crate::engines::Net;
use crate::render::json::{list, object_ref};

const SCHEMA: &str = "https://hedgerow.dev/schema/service.v1.json";

/// The answer as JSON, with a line break at its end.
pub(crate) fn render(served: &Served<'_>) -> String {
    let Served { heard, source, destination, port: asked, found, exit } = served;
    let reach = heard.reach;
    parts::document(heard, SCHEMA, *exit, |fields| {
        let question = json!({
            "source": reach.name(source), "destination": destination, "port": asked.as_ref().map(port),
        });
        let rest = [
            ("question", question),
            ("verdict", found.verdict.as_str().into()),
            (
                "service",
                json!({ "object": object_ref(&found.service), "type": found.kind, "headless": found.headless }),
            ),
            ("ports", list(&found.ports, |found| way(reach, found)).into()),
            ("because", json!(found.because)),
            ("assumptions", json!(found.assumptions)),
        ];
        fields.extend(rest.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    })
}

fn port(port: &PortAsk) -> Value {
    json!({ "protocol": port.protocol.as_str(), "port": port.port })
}

fn way(reach: &Net, way: &PortWay) -> Value {
    let PortWay { port: own, name, verdict, branches, because } = way;
    json!({
        "name": name,
        "port": port(own),
        "verdict": verdict.as_str(),
        "endpoints": list(branches, |found| branch(reach, found)),
        "because": because,
    })
}

fn branch(reach: &Net, branch: &Branch) -> Value {
    let parts_of = branch.explanation.as_ref().map(|found| found.answer.parts.as_slice()).unwrap_or_default();
    let name = |end: &End| reach.name(end);
    let part = |part: &Part| {
        json!({
            "source": name(&part.source),
            "destination": name(&part.destination),
            "verdict": part.passage.verdict(Some(branch.port)).as_str(),
        })
    };
    json!({
        "endpoint": parts::backend(&branch.backend),
        "port": port(&branch.port),
        "verdict": branch.verdict().as_str(),
        "parts": list(parts_of, part),
    })
}
