//! What changes as JSON, version 1. The published schema is `docs/schema/diff.v1.json`.
//!
//! Every field is always there; what is absent is `null`.

use engine::cluster::Direction;
use engine::reach::{Change, DiffEnd, Which};
use serde_json::{Value, json};

use super::because::{Asker, Because};
use super::rows::Workloads;
use super::{Compared, of_ends};
use crate::command::diff::{Kind, Move, moves};
use crate::render::json::{list, object_ref, place};
use crate::render::reach::json::{blocks, input, passage, ports};

/// The address of the schema, which is also its `$id`.
pub(crate) const SCHEMA: &str = "https://hedgerow.dev/schema/diff.v1.json";

/// What changes as JSON, with a line break at its end.
pub(crate) fn render(compared: &Compared<'_>) -> String {
    let Compared { old, new, diff, strange, exit } = compared;
    let workloads = Workloads::of(compared);
    let mut asker = Asker::of(compared);
    let [opened, cut, changed, unsettled] = Kind::ALL.map(|kind| compared.count(kind));
    let changes: Vec<Value> =
        diff.changed.iter().map(|found| change(found, &workloads, &asker.because(found))).collect();
    let report = json!({
        "$schema": SCHEMA,
        "version": 1,
        "exitCode": exit.number(),
        "summary": {
            "opened": opened,
            "cut": cut,
            "changed": changed,
            "unsettled": unsettled,
            "appeared": diff.appeared.len(),
            "gone": diff.gone.len(),
        },
        "changes": changes,
        "appeared": list(&diff.appeared, object_ref),
        "gone": list(&diff.gone, object_ref),
        "notModelledChanged": list(strange, object_ref),
        "old": input(old),
        "new": input(new),
    });
    format!("{report:#}\n")
}

fn change(change: &Change, workloads: &Workloads<'_>, because: &[Because]) -> Value {
    json!({
        "source": end(&change.source, workloads),
        "destination": end(&change.destination, workloads),
        "change": Kind::of(change).as_str(),
        "ends": of_ends(change.ends),
        "before": passage(&change.before),
        "after": passage(&change.after),
        "moves": list(&moves(change), moved),
        "because": list(because, reason),
    })
}

fn moved(moved: &Move) -> Value {
    let Move { from, to, ports: which } = moved;
    json!({ "from": from.as_str(), "to": to.as_str(), "ports": ports(which) })
}

fn end(end: &DiffEnd, workloads: &Workloads<'_>) -> Value {
    match end {
        DiffEnd::Workload(object) => {
            json!({ "workload": workloads.name(end), "object": object_ref(object), "addresses": null })
        }
        DiffEnd::Addresses(set) => json!({ "workload": null, "object": null, "addresses": blocks(set) }),
    }
}

fn reason(because: &Because) -> Value {
    let Because { message, opens, direction, which, policy, field, place: at } = because;
    json!({
        "message": message,
        "effect": opens.map(|opens| if opens { "opens" } else { "cuts" }),
        "direction": direction.map(|direction| match direction {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }),
        "in": which.map(|which| match which {
            Which::Old => "old",
            Which::New => "new",
        }),
        "policy": policy.as_ref().map(object_ref),
        "field": field,
        "place": at.as_ref().map(place),
    })
}
