//! What a change opens and cuts, for people.

use super::through::Ways;
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

/// A line for each way through a Service that is opened or cut for somebody: `opens Service NAMESPACE/NAME:PORT → DESTINATION on
/// PORTS for 3 workloads and outside`. What only rules of the network open or cut is told between ends.
pub(super) fn announced_ways(old: &Ways<'_>, new: &Ways<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (verb, these, those) in [("opens", new, old), ("cuts", old, new)] {
        for way in these.list {
            let like = those.like(way);
            if like
                .is_some_and(|like| like.ports == way.ports && like.entry == way.entry && like.through == way.through)
            {
                continue;
            }
            let known = like.is_some_and(|like| like.ports == way.ports);
            let (workloads, outside) = these.users(way, those, like);
            let workloads = if known { 0 } else { workloads };
            let mut users = Vec::new();
            match workloads {
                0 => {}
                1 => users.push("1 workload".to_owned()),
                more => users.push(format!("{more} workloads")),
            }
            users.extend(outside.then(|| "outside".to_owned()));
            if !users.is_empty() {
                let ports = if way.ports.is_all() { "every port".to_owned() } else { way.ports.to_string() };
                let (to, users) = (name(&way.to), users.join(" and "));
                lines.push(format!("{verb} {} → {to} on {ports} for {users}", way.through));
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
