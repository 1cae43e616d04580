//! A way as JSON, version 1. The published schema is `docs/schema/trace.v1.json`.
//!
//! Every field is always there; what is absent is `null`.

use engine::way::{Branch, Citation, Step};
use serde_json::{Value, json};

use super::{Walked, parts};
use crate::render::json::{list, object_ref, place};
use crate::render::reach::turn;

const SCHEMA: &str = "https://hedgerow.dev/schema/trace.v1.json";

/// The way as JSON, with a line break at its end.
pub(crate) fn render(walked: &Walked<'_>) -> String {
    let Walked { heard, pod, workload, url, found, known, turn, exit } = walked;
    parts::document(heard, SCHEMA, *exit, |fields| {
        let port = json!({ "protocol": url.port.protocol.as_str(), "port": url.port.port });
        let question = json!({
            "pod": pod, "workload": workload.map(object_ref), "url": url.to_string(), "host": url.host.to_string(), "port": port,
        });
        let queries = found.resolution.as_ref().map(|found| found.queries.as_slice()).unwrap_or_default();
        let rest = [
            ("question", question),
            ("verdict", found.verdict.as_str().into()),
            ("steps", list(&found.steps, |found| step(walked, found)).into()),
            ("queries", list(queries, parts::query).into()),
            ("endpoints", list(&found.branches, branch).into()),
            ("assumptions", json!(found.assumptions)),
            ("turn", turn.map(|found| turn::json(known, found)).into()),
        ];
        fields.extend(rest.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    })
}

fn step(walked: &Walked<'_>, step: &Step) -> Value {
    let Step { stage, verdict, message, cites, because, help } = step;
    let cite = |Citation { object, field }: &Citation| {
        let at = walked.heard.places.value(object, if field.is_empty() { "/metadata/name" } else { field });
        json!({ "object": object_ref(object), "field": field, "place": at.as_ref().map(place) })
    };
    json!({
        "stage": stage.as_str(),
        "verdict": verdict.as_str(),
        "message": message,
        "cites": list(cites, cite),
        "because": because,
        "help": help,
    })
}

fn branch(branch: &Branch) -> Value {
    json!({
        "endpoint": parts::backend(&branch.backend),
        "port": { "protocol": branch.port.protocol.as_str(), "port": branch.port.port },
        "verdict": branch.verdict().as_str(),
    })
}
