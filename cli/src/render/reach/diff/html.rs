//! What changes, as a page: one file that a browser opens without a network.

use std::collections::BTreeMap;

use engine::reach::{Change, DiffEnd, Verdict};
use serde_json::{Value, json};

use super::because::{Asker, Because};
use super::rows::Workloads;
use super::{Compared, text};
use crate::command::diff::{Move, moves};
use crate::render::Style;
use crate::render::reach::html;

/// What changes, as a page.
pub(crate) fn render(compared: &Compared<'_>) -> String {
    html::page("What changes", &data(compared))
}

/// The ends of changes, each by itself, and a connection for each change.
fn data(compared: &Compared<'_>) -> Value {
    let workloads = Workloads::of(compared);
    let Compared { diff, .. } = compared;
    let ends = diff.changed.iter().flat_map(|change| [&change.source, &change.destination]);
    let alone = diff.appeared.iter().chain(&diff.gone).cloned().map(DiffEnd::Workload);
    let mut inside: BTreeMap<DiffEnd, usize> = BTreeMap::new();
    let mut far: BTreeMap<DiffEnd, usize> = BTreeMap::new();
    for end in ends.cloned().chain(alone) {
        match end {
            DiffEnd::Workload(_) => drop(inside.insert(end, 0)),
            DiffEnd::Addresses(_) => drop(far.insert(end, 0)),
        }
    }
    inside.values_mut().chain(far.values_mut()).enumerate().for_each(|(number, value)| *value = number);
    let number = |end: &DiffEnd| inside.get(end).or_else(|| far.get(end)).copied();
    let workload = |end: &DiffEnd| {
        let name = workloads.name(end);
        let short = name.split_once('/').map_or(name.clone(), |(_, short)| short.to_owned());
        json!({ "name": name, "short": short })
    };
    let group = |(end, member): (&DiffEnd, &usize)| match end {
        DiffEnd::Workload(object) => json!({ "namespace": object.namespace, "members": [member] }),
        DiffEnd::Addresses(_) => Value::Null,
    };
    let mut asker = Asker::of(compared);
    let edges = diff.changed.iter().map(|change| edge(change, &mut asker, &number)).collect::<Vec<_>>();
    let head = super::headline(compared);
    let closing = text::closing(compared, Style::PLAIN);
    let notes: Vec<&str> =
        std::iter::once(head.as_str()).chain(closing.lines().filter(|line| !line.is_empty())).collect();
    json!({
        "workloads": inside.keys().map(workload).collect::<Vec<_>>(),
        "groups": inside.iter().map(group).collect::<Vec<_>>(),
        "far": far.keys().map(|end| workloads.name(end)).collect::<Vec<_>>(),
        "edges": edges,
        "rules": [],
        "notes": notes,
    })
}

fn edge(change: &Change, asker: &mut Asker<'_>, number: &impl Fn(&DiffEnd) -> Option<usize>) -> Value {
    let moved = |Move { from, to, ports }: Move| {
        let (look, word) = match (from, to) {
            (Verdict::Deny, Verdict::Allow) => ("opened", "opens ".to_owned()),
            (Verdict::Allow, Verdict::Deny) => ("cut", "cuts ".to_owned()),
            _ => ("doubtful", format!("{} before, {} now: ", from.as_str(), to.as_str())),
        };
        json!([ports.to_string(), look, word])
    };
    json!({
        "from": number(&change.source),
        "to": number(&change.destination),
        "moves": moves(change).into_iter().map(moved).collect::<Vec<_>>(),
        "because": asker.because(change).iter().map(Because::text).collect::<Vec<_>>(),
    })
}
