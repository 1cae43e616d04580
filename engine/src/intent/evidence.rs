//! Which rule opens a connection, and which cuts it.

use crate::cluster::{Cluster, Direction};
use crate::finding::ObjectRef;
use crate::net::Ports;
use crate::reach::{End, Explanation, Match, PolicyEvidence, PortAsk, Reach, RuleEvidence, SideEvidence};

/// A place that decides about a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The object.
    pub object: ObjectRef,
    /// JSON pointer inside it; empty for all of it.
    pub field: String,
    /// What it does, for people: "NetworkPolicy shop/db lets it in".
    pub words: String,
}

/// What decides about a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// The rules, the one that says most first.
    pub(super) rules: Vec<Rule>,
    /// What is not known of the network, for people; sorted.
    pub(super) causes: Vec<crate::reach::Cause>,
}

impl Evidence {
    /// Puts the rules that are in an object first.
    pub(super) fn preferring(mut self, object: Option<&ObjectRef>) -> Evidence {
        self.rules.sort_by_key(|rule| Some(&rule.object) != object);
        self
    }
}

/// The first port of a set, which stands for all of it.
pub(super) fn first_port(ports: &Ports) -> Option<PortAsk> {
    let mut first = crate::net::Protocol::ALL.into_iter().filter_map(|protocol| {
        let port = ports.of_protocol(protocol).as_slice().first()?.0;
        Some(PortAsk { protocol, port })
    });
    first.next()
}

/// Why some ports of a connection may pass: rules of NetworkPolicies, and ends that nothing isolates.
pub(super) fn opened((cluster, reach): (&Cluster, &Reach), source: &End, destination: &End, ports: &Ports) -> Evidence {
    let Explanation { answer, egress, ingress } = reach.explain(cluster, source, destination, first_port(ports));
    let mut rules = Vec::new();
    let mut open = Vec::new();
    for side in ingress.iter().chain(&egress) {
        let end = if side.direction == Direction::Ingress { destination } else { source };
        let verb = if side.direction == Direction::Ingress { "lets it in" } else { "lets it out" };
        for policy in &side.policies {
            rules.extend(policy.rules.iter().filter(|rule| !rule.passage.is_denied()).map(|rule| Rule {
                object: policy.policy.clone(),
                field: place_of(rule),
                words: format!("{} {verb}", policy.policy.display()),
            }));
        }
        if let (Match::No(_), End::Workload(id)) = (&side.isolated, end)
            && let Some(workload) = reach.workload(*id)
        {
            let words = format!("no NetworkPolicy isolates {} for {}", workload.name, word(side.direction));
            open.push(Rule { object: workload.object.clone(), field: String::new(), words });
        }
    }
    rules.extend(open);
    Evidence { rules, causes: answer.causes }
}

/// Why some ports of a connection do not pass for sure: NetworkPolicies that isolate an end and let no such port through.
pub(super) fn cut((cluster, reach): (&Cluster, &Reach), source: &End, destination: &End, ports: &Ports) -> Evidence {
    let port = first_port(ports);
    let Explanation { answer, egress, ingress } = reach.explain(cluster, source, destination, port);
    let mut rules = Vec::new();
    let passes = |side: &SideEvidence| port.is_some_and(|ask| side.passage.allow.has(ask.protocol, ask.port));
    for side in ingress.iter().chain(&egress).filter(|side| !passes(side)) {
        let mut policies: Vec<&PolicyEvidence> = side.policies.iter().collect();
        policies.sort_by_key(|policy| policy.rules.is_empty());
        rules.extend(policies.into_iter().map(|policy| {
            let (object, direction) = (policy.policy.clone(), word(side.direction));
            let isolates = format!("{} isolates {} for {direction}", object.display(), side.workload);
            match policy.rules.first() {
                Some(rule) => Rule {
                    field: rule.field.rsplit_once('/').map(|(list, _)| list.to_owned()).unwrap_or_default(),
                    words: format!("{isolates} and no rule of it lets it pass"),
                    object,
                },
                None => Rule {
                    field: "/spec/podSelector".to_owned(),
                    words: format!("{isolates} and has no rule for {direction}"),
                    object,
                },
            }
        }));
    }
    Evidence { rules, causes: answer.causes }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    }
}

/// The peer by which a rule lets it pass, if the rule has several; else the rule.
fn place_of(rule: &RuleEvidence) -> String {
    let matching = rule.peers.iter().find(|peer| !matches!(peer.matches, Match::No(_)));
    match matching {
        Some(peer) if rule.peers.len() > 1 => peer.field.clone(),
        _ => rule.field.clone(),
    }
}
