//! What a change opens and cuts, for people.

use crate::net::Ports;
use crate::reach::{Change, Diff, DiffEnd};

/// The ports of a change that one word is about.
type PortsOf = fn(&Change) -> Ports;

/// A line for each connection that is opened, cut, or may be: `opens SOURCE → DESTINATION on PORTS`. What is opened stands first, and
/// what a workload that is gone had is left out.
pub fn announced(diff: &Diff) -> Vec<String> {
    let mut lines = Vec::new();
    let kinds: [(&str, PortsOf); 4] = [
        ("opens", Change::opened),
        ("may open", |change| change.may_open().difference(&change.opened())),
        ("cuts", Change::cut),
        ("no longer lets pass, if it did,", |change| change.shut().difference(&change.cut())),
    ];
    for (verb, ports) in kinds {
        for change in diff.changed.iter().filter(|change| change.ends != crate::reach::EndsChange::Gone) {
            let ports = ports(change);
            if !ports.is_empty() {
                let ports = if ports.is_all() { "every port".to_owned() } else { ports.to_string() };
                lines.push(format!("{verb} {} → {} on {ports}", name(&change.source), name(&change.destination)));
            }
        }
    }
    lines
}

fn name(end: &DiffEnd) -> String {
    match end {
        DiffEnd::Workload(object) => format!("{}/{}", object.namespace, object.name),
        DiffEnd::Addresses(set) if set.is_all() => "outside".to_owned(),
        DiffEnd::Addresses(set) => set.to_string(),
    }
}
