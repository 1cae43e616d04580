//! What the page draws: workloads in groups of those that are alike, what passes between groups, and why.

use std::collections::BTreeMap;

use engine::net::Ports;
use engine::reach::{Connection, End, Passage, SideEvidence, Verdict, WorkloadEnd};
use serde_json::{Value, json};

use crate::engines::Net;
use crate::render::Style;
use crate::render::reach::rectangles::Spot;
use crate::render::reach::{Listed, Why, closing, evidence, parts};

/// How many connections between groups have their rules with them.
const EXPLAINED: usize = 20_000;

/// Everything that the page needs.
pub(super) fn of(listed: &Listed<'_>) -> Value {
    let reach = listed.known.reach;
    let connections: Vec<Connection> = listed.connections().collect();
    let groups = Groups::of(reach, &connections);
    let mut rules = Rules::default();
    let mut edges: Vec<Value> = Vec::new();
    for connection in &connections {
        if let (Some(from), Some(to)) = (groups.number(&connection.source), groups.number(&connection.destination)) {
            let rules = (edges.len() < EXPLAINED).then_some(&mut rules);
            edges.push(edge(listed, connection, [from, to], rules));
        }
    }
    let workload = |WorkloadEnd { name, object, .. }: &WorkloadEnd| {
        let short = name.split_once('/').map_or(name.as_str(), |(_, short)| short);
        json!({ "name": name, "short": short, "kind": object.kind })
    };
    let group = |members: &Vec<usize>| {
        let namespace =
            members.first().and_then(|first| reach.workloads().get(*first)).map(|end| &end.object.namespace);
        json!({ "namespace": namespace, "members": members })
    };
    let closing = closing::lines(&listed.known, Style::PLAIN);
    json!({
        "workloads": reach.workloads().iter().map(workload).collect::<Vec<_>>(),
        "groups": groups.members.iter().map(group).collect::<Vec<_>>(),
        "far": groups.far.keys().map(|end| reach.name(end)).collect::<Vec<_>>(),
        "edges": edges,
        "rules": rules.all,
        "notes": closing.lines().collect::<Vec<_>>(),
    })
}

/// Workloads of a namespace that reach the same and are reached by the same.
struct Groups {
    /// Sorted by their first members.
    members: Vec<Vec<usize>>,
    /// The group of each first member.
    of_first: BTreeMap<usize, usize>,
    /// Addresses outside, with their numbers among themselves.
    far: BTreeMap<End, usize>,
}

/// Where a workload is an end of something: the other end, with the number of what passes.
type Links = Vec<(Spot, usize)>;

impl Groups {
    fn of(reach: &Net, connections: &[Connection]) -> Groups {
        let mut passages: BTreeMap<&Passage, usize> = BTreeMap::new();
        let mut links: Vec<[Links; 2]> = vec![Default::default(); reach.workloads().len()];
        let mut far: BTreeMap<End, usize> = BTreeMap::new();
        for Connection { source, destination, passage } in connections {
            let next = passages.len();
            let passage = *passages.entry(passage).or_insert(next);
            for (end, other, side) in [(source, destination, 0), (destination, source, 1)] {
                match end {
                    End::Workload(id) => links[id.index()][side].push((other.into(), passage)),
                    End::Addresses(_) => drop(far.insert(end.clone(), 0)),
                }
            }
        }
        far.values_mut().enumerate().for_each(|(number, value)| *value = number);
        let mut alike: BTreeMap<(&str, [Links; 2]), Vec<usize>> = BTreeMap::new();
        for ((number, mut links), end) in links.into_iter().enumerate().zip(reach.workloads()) {
            links.iter_mut().for_each(|links| links.sort());
            alike.entry((&end.object.namespace, links)).or_default().push(number);
        }
        let mut members: Vec<Vec<usize>> = alike.into_values().collect();
        members.sort();
        let firsts = members.iter().enumerate().filter_map(|(number, members)| Some((*members.first()?, number)));
        Groups { of_first: firsts.collect(), members, far }
    }

    /// The number of an end that stands for its group; the numbers of addresses follow those of groups.
    fn number(&self, end: &End) -> Option<usize> {
        match end {
            End::Workload(id) => self.of_first.get(&id.index()).copied(),
            End::Addresses(_) => self.far.get(end).map(|number| self.members.len() + number),
        }
    }
}

/// Rules that let something pass, each once.
#[derive(Default)]
struct Rules {
    all: Vec<Value>,
    known: BTreeMap<(String, String), usize>,
}

fn edge(listed: &Listed<'_>, connection: &Connection, [from, to]: [usize; 2], rules: Option<&mut Rules>) -> Value {
    let Connection { source, destination, passage } = connection;
    let because = if parts::is_settled(passage) {
        Vec::new()
    } else {
        let Why { reasons, causes } = listed.why(source, destination);
        parts::because(&Why { reasons, causes }, Verdict::Unknown)
    };
    let [egress, ingress] = match rules {
        Some(rules) => {
            let found = listed.known.reach.explain(source, destination, None);
            let passing = passage.some();
            [(found.egress, source), (found.ingress, destination)]
                .map(|(side, end)| of_side(listed, side, (end, &passing), rules))
        }
        None => [0, 1].map(|_| {
            json!("there are too many connections to have the rules of all: `hedgerow reach SRC DST` gives them")
        }),
    };
    let ports = |ports: &Ports| if ports.is_empty() { String::new() } else { ports.to_string() };
    json!({
        "from": from,
        "to": to,
        "allow": ports(&passage.allow),
        "plugin": ports(&passage.implementation_defined),
        "unknown": ports(&passage.unknown),
        "because": because,
        "egress": egress,
        "ingress": ingress,
    })
}

/// The numbers of the rules that let some of these ports pass, or in words why there are none.
fn of_side(
    listed: &Listed<'_>,
    side: Option<SideEvidence>,
    (end, passing): (&End, &Ports),
    rules: &mut Rules,
) -> Value {
    let Some(side) = side else {
        let name = listed.known.reach.name(end);
        return json!(format!("{name}: no NetworkPolicy decides outside of the cluster"));
    };
    if side.policies.is_empty() {
        return json!("no NetworkPolicy isolates it this way, so everything passes");
    }
    let mut numbers = Vec::new();
    for policy in &side.policies {
        for rule in policy.rules.iter().filter(|rule| rule.passage.some().overlaps(passing)) {
            let key = (policy.policy.display(), rule.field.clone());
            let next = rules.all.len();
            let number = *rules.known.entry(key).or_insert(next);
            if number == next {
                let place = listed.known.places.value(&policy.policy, &rule.field);
                rules.all.push(json!({
                    "name": format!("rule {} of {}", rule.field, policy.policy.display()),
                    "at": place.as_ref().map(|place| format!("{}:{}", place.source, place.line)),
                    "text": place.as_ref().map(|place| evidence::excerpt(&listed.known, place, "")),
                }));
            }
            numbers.push(number);
        }
    }
    if numbers.is_empty() {
        json!("no rule of a NetworkPolicy lets it pass for sure; see the reasons above")
    } else {
        json!(numbers)
    }
}
