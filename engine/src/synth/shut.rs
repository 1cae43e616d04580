//! Changes that keep something from passing on one side.

use super::Side;
use super::open::{Candidate, is_match, policies_for};
use super::parts::{Pods, everyone_but, ports_but, rule, words};
use super::splice::Change;
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::reach::{PolicyEvidence, RuleEvidence};
use crate::text::{Value, resolve};

/// Ways to shut what a side lets pass, shorter ones first.
pub(super) fn candidates(side: &Side<'_>) -> Vec<Candidate> {
    let passing: Vec<_> = side.network_policies().map(|policy| (policy, matching(policy))).collect();
    if side.network_policies().next().is_none() {
        return isolate(side);
    }
    let ways: [Way; 4] = [Way::Peers, Way::Ports, Way::OtherPeers, Way::OtherPorts];
    let mut found: Vec<Candidate> = ways.iter().filter_map(|way| shut(side, &passing, Some(*way))).collect();
    found.extend(shut(side, &passing, None));
    found
}

/// How rules that let pass are narrowed.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Peers that match are taken out.
    Peers,
    /// Ports that match are taken out.
    Ports,
    /// A rule for everyone becomes one for everyone else.
    OtherPeers,
    /// A rule for every port becomes one for the other ports.
    OtherPorts,
}

/// The numbers and the evidence of rules that let something of the question pass.
fn matching(policy: &PolicyEvidence) -> Vec<(usize, &RuleEvidence)> {
    policy.rules.iter().enumerate().filter(|(_, rule)| !rule.passage.is_denied()).collect()
}

type Passing<'a> = [(&'a PolicyEvidence, Vec<(usize, &'a RuleEvidence)>)];

/// Every rule that lets pass is narrowed that way, or taken out where it cannot be.
fn shut(side: &Side<'_>, passing: &Passing<'_>, way: Option<Way>) -> Option<Candidate> {
    let (mut changes, mut titles, mut narrowed) = (Vec::new(), Vec::new(), false);
    for (policy, rules) in passing.iter().filter(|(_, rules)| !rules.is_empty()) {
        let mut whole = Vec::new();
        for (index, rule) in rules {
            match way.and_then(|way| narrow(side, &policy.policy, rule, way)) {
                Some((title, found)) => {
                    narrowed = true;
                    titles.push(title);
                    changes.extend(found);
                }
                None => whole.push(*index),
            }
        }
        if !whole.is_empty() {
            titles.push(format!("take a rule out of {}", policy.policy.display()));
            changes.extend(without(side, policy, &whole));
        }
    }
    titles.dedup();
    let wanted = !changes.is_empty() && (narrowed || way.is_none());
    wanted.then(|| Candidate::of(titles.join(", and "), changes))
}

fn narrow(side: &Side<'_>, policy: &ObjectRef, rule: &RuleEvidence, way: Way) -> Option<(String, Vec<Change>)> {
    let [_, at] = words(side.direction);
    let of = policy.display();
    let lists = [format!("{}/{at}", rule.field), format!("{}/ports", rule.field)];
    let [peers_at, ports_at] = &lists;
    match way {
        Way::Peers => {
            let matched: Vec<bool> = rule.peers.iter().map(|peer| is_match(&peer.matches)).collect();
            let changes = dropped(policy, peers_at, &matched)?;
            Some((format!("take {} out of a rule of {of}", side.name(side.other)), changes))
        }
        Way::Ports => {
            let matched: Vec<bool> = rule.ports.iter().map(|port| is_match(&port.matches)).collect();
            Some((format!("take the port out of a rule of {of}"), dropped(policy, ports_at, &matched)?))
        }
        Way::OtherPeers => {
            let all = rule.peers.is_empty().then(|| everyone_but(side.cluster, side.reach, side.other))?;
            let title = format!("leave {} out of a rule of {of}", side.name(side.other));
            Some((title, fill(side, policy, peers_at, all.into_iter().next()?)?))
        }
        Way::OtherPorts => {
            let rest = rule.ports.is_empty().then(|| side.port.map(ports_but)).flatten()?;
            Some((format!("leave the port out of a rule of {of}"), fill(side, policy, ports_at, rest)?))
        }
    }
}

/// The elements that match are taken out, if others stay.
fn dropped(policy: &ObjectRef, list: &str, matched: &[bool]) -> Option<Vec<Change>> {
    let some = matched.iter().any(|found| *found) && matched.iter().any(|found| !*found);
    let drop = |index| Change::Drop { object: policy.clone(), list: list.to_owned(), index };
    let matching = matched.iter().enumerate().filter(|(_, found)| **found);
    some.then(|| matching.map(|(index, _)| drop(index)).collect())
}

/// A list that is absent or empty is given these elements.
fn fill(side: &Side<'_>, policy: &ObjectRef, pointer: &str, elements: Vec<Value>) -> Option<Vec<Change>> {
    let raw = side.cluster.get(policy)?.raw.as_deref()?;
    let (map, key) = pointer.rsplit_once('/')?;
    // An empty list is one already, and takes a single element only.
    let absent = !resolve(raw, pointer).exact;
    let value = Value::of_list(elements);
    absent.then(|| vec![Change::Set { object: policy.clone(), map: map.to_owned(), key: key.to_owned(), value }])
}

/// The policy without these rules; it goes on isolating.
fn without(side: &Side<'_>, policy: &PolicyEvidence, rules: &[usize]) -> Vec<Change> {
    let [field, _] = words(side.direction);
    let (object, list) = (policy.policy.clone(), format!("/spec/{field}"));
    if rules.len() < policy.rules.len() {
        let drop = |index: &usize| Change::Drop { object: object.clone(), list: list.clone(), index: *index };
        return rules.iter().map(drop).collect();
    }
    let raw = side.cluster.get(&object).and_then(|object| object.raw.as_deref());
    let typed = raw.is_some_and(|raw| resolve(raw, "/spec/policyTypes").exact);
    let mut changes = vec![Change::Empty { object: object.clone(), list }];
    if side.direction == Direction::Egress && !typed {
        let types = ["Ingress", "Egress"].map(Value::of_text).into();
        let key = "policyTypes".to_owned();
        changes.push(Change::Set { object, map: "/spec".to_owned(), key, value: Value::of_list(types) });
    }
    changes
}

/// A new NetworkPolicy where none is: for everyone else, and for the other ports.
fn isolate(side: &Side<'_>) -> Vec<Candidate> {
    let Some(pods) = Pods::of(side.cluster, side.reach, side.subject) else { return Vec::new() };
    let others = everyone_but(side.cluster, side.reach, side.other).into_iter();
    let ports: Vec<Value> = side.port.map(ports_but).unwrap_or_default();
    let for_all = (!ports.is_empty()).then(|| rule(side.direction, Vec::new(), ports.clone()));
    let mut ways: Vec<Vec<Value>> = others
        .map(|peers| for_all.clone().into_iter().chain([rule(side.direction, peers, Vec::new())]).collect())
        .collect();
    ways.extend(for_all.map(|rule| vec![rule]));
    ways.push(Vec::new());
    ways.iter().flat_map(|rules| policies_for(side, &pods, "deny", rules)).collect()
}
