//! Changes that let something pass on one side.

use super::Side;
use super::parts::{Pods, network_policy, peers, port, rule, texts_at, words};
use super::splice::Change;
use crate::finding::ObjectRef;
use crate::reach::{End, Match, PeerEvidence, PolicyEvidence, PortEvidence, RuleEvidence, Why};
use crate::text::{Value, resolve};

/// Changes, and what they are as an order.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) title: String,
    pub(super) changes: Vec<Change>,
}

impl Candidate {
    pub(super) fn of(title: String, changes: Vec<Change>) -> Candidate {
        Candidate { title, changes }
    }
}

/// Ways to let pass what a side does not, shorter ones first.
pub(super) fn candidates(side: &Side<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for policy in side.network_policies() {
        for rule in &policy.rules {
            found.extend(ports_of_rule(side, policy, rule));
            found.extend(peers_of_rule(side, policy, rule));
            found.extend(labels_for_rule(side, policy, rule));
        }
    }
    found.extend(new_policy(side));
    found.extend(side.network_policies().flat_map(|policy| rule_of_policy(side, policy)));
    found
}

pub(super) fn is_match(found: &Match) -> bool {
    matches!(found, Match::Yes | Match::Part(_))
}

fn peers_match(rule: &RuleEvidence) -> bool {
    rule.peers.is_empty() || rule.peers.iter().any(|PeerEvidence { matches, .. }| is_match(matches))
}

fn ports_match(rule: &RuleEvidence) -> bool {
    rule.ports.is_empty() || rule.ports.iter().any(|PortEvidence { matches, .. }| is_match(matches))
}

/// The rule is about the other end and not about the port.
fn ports_of_rule(side: &Side<'_>, policy: &PolicyEvidence, rule: &RuleEvidence) -> Option<Candidate> {
    let ask = side.port?;
    let wanted = peers_match(rule) && !ports_match(rule);
    let title = format!("let {ask} pass in a rule of {}", policy.policy.display());
    let list = format!("{}/ports", rule.field);
    let change = Change::Push { object: policy.policy.clone(), list, element: port(ask) };
    wanted.then(|| Candidate::of(title, vec![change]))
}

/// The rule is about the port and not about the other end.
fn peers_of_rule(side: &Side<'_>, policy: &PolicyEvidence, rule: &RuleEvidence) -> Vec<Candidate> {
    if peers_match(rule) || !ports_match(rule) {
        return Vec::new();
    }
    let [_, at] = words(side.direction);
    let title = format!("add {} to a rule of {}", side.name(side.other), policy.policy.display());
    let push = |element| Change::Push { object: policy.policy.clone(), list: format!("{}/{at}", rule.field), element };
    let ways = peers(side.cluster, side.reach, side.other, &policy.policy.namespace).into_iter();
    ways.map(|peers| Candidate::of(title.clone(), peers.into_iter().map(push).collect())).collect()
}

/// A peer of the rule would take in the other end if its pods, or its namespace, had a label more.
fn labels_for_rule(side: &Side<'_>, policy: &PolicyEvidence, rule: &RuleEvidence) -> Vec<Candidate> {
    let wanted = ports_match(rule) && !peers_match(rule);
    let peers = rule.peers.iter().filter(|_| wanted);
    peers.filter_map(|peer| labels_for_peer(side, policy, peer)).collect()
}

fn labels_for_peer(side: &Side<'_>, policy: &PolicyEvidence, peer: &PeerEvidence) -> Option<Candidate> {
    let rules = side.cluster.get(&policy.policy)?.raw.as_deref()?;
    let pods = Pods::of(side.cluster, side.reach, side.other)?;
    let (selector, object, metadata) = match &peer.matches {
        Match::No(Why::PodLabel { found: None, .. }) => ("podSelector", pods.object.clone(), pods.metadata),
        Match::No(Why::NamespaceLabel { found: None, .. }) => {
            ("namespaceSelector", namespace(&pods.object.namespace), "/metadata")
        }
        _ => return None,
    };
    let pointer = format!("{}/{selector}", peer.field);
    if resolve(rules, &format!("{pointer}/matchExpressions")).exact {
        return None;
    }
    let has = texts_at(side.cluster.get(&object)?.raw.as_deref()?, &format!("{metadata}/labels"));
    let wanted = texts_at(rules, &format!("{pointer}/matchLabels"));
    let missing: Vec<_> = wanted.into_iter().filter(|(key, value)| has.get(key) != Some(value)).collect();
    if missing.iter().any(|(key, _)| has.contains_key(key)) {
        return None;
    }
    let named: Vec<String> = missing.iter().map(|(key, value)| format!("`{key}={value}`")).collect();
    let title = format!("give {} the label {}", object.display(), named.join(" and "));
    let set = |(key, value): (String, String)| Change::Set {
        object: object.clone(),
        map: format!("{metadata}/labels"),
        key,
        value: Value::of_text(&value),
    };
    Some(Candidate::of(title, missing.into_iter().map(set).collect()))
}

fn namespace(name: &str) -> ObjectRef {
    ObjectRef {
        group: String::new(),
        version: "v1".to_owned(),
        kind: "Namespace".to_owned(),
        namespace: String::new(),
        name: name.to_owned(),
    }
}

fn rule_of_policy(side: &Side<'_>, policy: &PolicyEvidence) -> Vec<Candidate> {
    let [field, _] = words(side.direction);
    let title = format!("add a rule to {}", policy.policy.display());
    let ways = peers(side.cluster, side.reach, side.other, &policy.policy.namespace).into_iter();
    let push = |peers| {
        let element = rule(side.direction, peers, side.port.map(port).into_iter().collect());
        Change::Push { object: policy.policy.clone(), list: format!("/spec/{field}"), element }
    };
    ways.map(|peers| Candidate::of(title.clone(), vec![push(peers)])).collect()
}

fn new_policy(side: &Side<'_>) -> Vec<Candidate> {
    let Some(pods) = Pods::of(side.cluster, side.reach, side.subject) else { return Vec::new() };
    let ways = peers(side.cluster, side.reach, side.other, &pods.object.namespace).into_iter();
    let rules = ways.map(|peers| vec![rule(side.direction, peers, side.port.map(port).into_iter().collect())]);
    rules.flat_map(|rules| policies_for(side, &pods, "allow", &rules)).collect()
}

/// New NetworkPolicies for the pods of a side, one for each way to select them.
pub(super) fn policies_for(side: &Side<'_>, pods: &Pods, word: &str, rules: &[Value]) -> Vec<Candidate> {
    let name = side.new_name(pods, word);
    let namespace = pods.object.namespace.as_str();
    let title = format!("add NetworkPolicy {namespace}/{name}");
    let Some(source) = side.cluster.get(&pods.object).map(|object| object.source as usize) else { return Vec::new() };
    let append = |selector| {
        let object = network_policy((namespace, &name), selector, side.direction, rules.to_vec());
        Candidate::of(title.clone(), vec![Change::Append { source, object }])
    };
    pods.selectors().into_iter().map(append).collect()
}

/// A name of an object: lower case, at most 63 characters, no other than letters, digits and `-`. Source: RFC 1123.
pub(super) fn object_name(text: &str) -> String {
    let fit = |each: char| if each.is_ascii_alphanumeric() { each.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(fit).take(63).collect();
    name.trim_matches('-').to_owned()
}

/// The way that an end is named in a new policy's name.
pub(super) fn word_of(side: &Side<'_>, end: &End) -> String {
    match end {
        End::Workload(id) => side.reach.workload(*id).map(|workload| workload.object.name.clone()).unwrap_or_default(),
        End::Addresses(_) => "addresses".to_owned(),
    }
}
