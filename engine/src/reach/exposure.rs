//! What the input does not hold: which pods that are not there could reach a workload, or be reached from it.
//!
//! Nothing is known of such a pod, so the answer is a set of conditions on its labels, those of its namespace, and its
//! address: of a pod that is not in the input, a port passes if one of the conditions that it meets has the port. What the
//! pod's own side lets pass is not known, and taken to be everything. Conditions that only pods of closed namespaces can meet
//! are left out, because all of those are in the input.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Condition;
use super::evidence::unasked;
use super::model::{Class, Namespace, Policy};
use super::rules::{BlockAndPods, block_and_pods, fixed_port, name_of, rules_of};
use super::side::{Elsewhere, Isolation};
use super::sides::Sides;
use super::spans::{Spans, Truth};
use super::tier_exposure::{Asked, Cell, Outcome};
use super::tier_policy::Application;
use super::{End, Passage, Reach, WorkloadId};
use crate::cluster::{Direction, NAME_LABEL};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Operator, Ports, Protocol, Requirement, Selector};
use crate::object::{NetworkPolicyPort, Peer, Rule, Tier};

/// One condition on a pod that is not in the input. Sorted from all to few.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unseen {
    /// None: any pod in any namespace.
    Any,
    /// On labels. No requirement on either: any pod in any namespace.
    Pods {
        /// What the labels of its namespace are to be.
        namespace: Selector,
        /// What its own labels are to be.
        pod: Selector,
    },
    /// That it has one of these addresses; whether blocks take in pods is the network plugin's choice.
    Addresses(AddressSet),
}

/// What may pass of the pods that meet a condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposed {
    /// The condition.
    pub who: Unseen,
    /// What passes, as far as the workload's side goes.
    pub passage: Passage,
    /// Ports by name, which only the pod that is not there could say the numbers of; of egress alone.
    pub named: BTreeSet<(Protocol, String)>,
    /// The rules that say so: policy and JSON pointer. None where nothing isolates the workload.
    pub rules: BTreeSet<(ObjectRef, String)>,
    /// Why something of it is not known.
    pub causes: BTreeSet<String>,
}

/// Collects conditions.
struct Collector<'a> {
    reach: &'a Reach,
    class: &'a Class,
    direction: Direction,
    /// What the Admin tier leaves to NetworkPolicies.
    cells: Vec<Cell>,
    found: BTreeMap<Unseen, (Spans, Exposed)>,
}

impl Reach {
    /// What could reach a workload, or be reached from it, of all pods that are not in the input; sorted. Cost: the rules that
    /// isolate the workload.
    pub fn exposure(&self, workload: WorkloadId, direction: Direction) -> Vec<Exposed> {
        let class = self.model.class_of(workload);
        let sides: &Sides = match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        let found = class.and_then(|number| Some((self.model.class(number)?, sides.isolations.get(number)?)));
        let Some((class, isolations)) = found else { return Vec::new() };
        let number = self.model.class_of(workload).unwrap_or_default();
        let applications = sides.applications.get(&number).map(|known| &**known).unwrap_or_default();
        let elsewhere = sides.elsewhere.get(number).copied().unwrap_or_default();
        let mut collector = Collector { reach: self, class, direction, cells: Vec::new(), found: BTreeMap::new() };
        collector.collect(isolations, applications, elsewhere);
        collector.finish()
    }
}

impl Reach {
    /// Whether some pod, in the input or not, may be let in by a workload on one of these ports, as far as its own side goes. False
    /// only if that is ruled out; whether there is such a pod is not looked at. Cost: the rules that isolate the workload.
    pub(crate) fn may_admit_pods(&self, end: &End, ports: &Ports) -> bool {
        let End::Workload(workload) = end else { return false };
        let Some(number) = self.model.class_of(*workload) else { return false };
        let (Some(class), Some(isolations)) = (self.model.class(number), self.ingress.isolations.get(number)) else {
            return false;
        };
        if ports.is_empty() {
            return false;
        }
        let namespace = self.model.namespace_of(class);
        let in_doubt = namespace.is_some_and(|it| it.policies_unknown.is_some() || !it.strangers.is_empty());
        let isolated = isolations.iter().any(|isolation| isolation.sure) && !class.may_be_on_node();
        if !isolated || in_doubt || !self.model.tiers.is_empty() || self.model.tiers_unknown.is_some() {
            return true;
        }
        let collector =
            Collector { reach: self, class, direction: Direction::Ingress, cells: Vec::new(), found: BTreeMap::new() };
        let policies = isolations.iter().filter_map(|isolation| self.model.policy(isolation.policy));
        policies.into_iter().any(|policy| {
            let lets_pods_in = |rule: &Rule| {
                let pods = rule.peers.is_empty() || rule.peers.iter().any(|peer| !matches!(peer, Peer::Block(_)));
                pods && collector.ports(rule).0.passage().some().overlaps(ports)
            };
            policy.doubts.rules || rules_of(policy, Direction::Ingress).iter().any(lets_pods_in)
        })
    }
}

impl Collector<'_> {
    fn collect(&mut self, isolations: &[Isolation], applications: &[Application], elsewhere: Elsewhere) {
        let reach = self.reach;
        if let Some(cause) = &reach.model.tiers_unknown {
            return self.unknown(cause.message.clone());
        }
        let mut asked = Asked::of(&reach.model, self.class, self.direction, applications);
        self.cells = asked.tier(Tier::Admin, vec![Cell::all()]);
        for outcome in std::mem::take(&mut asked.outcomes) {
            self.outcome(outcome, &Spans::default());
        }
        self.network_policies(isolations);
        if isolations.is_empty() {
            let left = asked.tier(Tier::Baseline, self.cells.clone());
            let unasked = if applications.is_empty() { Spans::default() } else { unasked(elsewhere) };
            for outcome in std::mem::take(&mut asked.outcomes) {
                self.outcome(outcome, &unasked);
            }
            for cell in left {
                self.entry(Unseen::of(cell.who), &Spans::settled(&cell.ports));
            }
        }
        if asked.too_many {
            self.unknown("the cluster-wide policies tell too many pods apart".to_owned());
        }
        self.doubts();
    }

    /// What a cluster-wide rule decides. `unasked`: what passes because the rule is not asked.
    fn outcome(&mut self, outcome: Outcome, unasked: &Spans) {
        let Outcome { who, passes, named, rule, cause, denied } = outcome;
        let passes = if denied { passes.and(unasked) } else { passes };
        let entry = self.entry(Unseen::of(who), &passes);
        if !denied || !passes.passage().is_denied() {
            entry.named.extend(named);
            entry.rules.insert(rule);
            entry.causes.extend(cause);
        }
    }

    fn network_policies(&mut self, isolations: &[Isolation]) {
        let any_sure = isolations.iter().any(|isolation| isolation.sure);
        if !isolations.is_empty() && !any_sure {
            self.unknown_of_left("whether a NetworkPolicy isolates it is not known".to_owned());
        }
        for isolation in isolations {
            if let Some(policy) = self.reach.model.policy(isolation.policy) {
                self.policy(policy, isolation.sure);
            }
        }
        if self.class.host_network && !isolations.is_empty() {
            for cell in self.cells.clone() {
                self.entry(Unseen::of(cell.who), &Spans::when(Truth::Plugin, &cell.ports));
            }
        }
        let namespace = self.reach.model.namespace_of(self.class);
        if let Some(cause) = namespace.and_then(|namespace| namespace.policies_unknown.as_ref()) {
            self.unknown_of_left(cause.message.clone());
        }
    }

    fn doubts(&mut self) {
        if self.class.doubts.host_network {
            self.unknown("whether its pods are on their nodes' network is not known".to_owned());
        }
        let Some(namespace) = self.reach.model.namespace_of(self.class) else { return };
        for number in &namespace.strangers {
            let stranger = self.reach.model.strangers.get(*number);
            if let Some(stranger) = stranger.filter(|stranger| stranger.concerns(self.direction)) {
                self.unknown(format!("{} is of a kind that is not modelled", stranger.object.display()));
            }
        }
    }

    fn policy(&mut self, policy: &Policy, sure: bool) {
        let reference = self.reach.model.reference(policy);
        if policy.doubts.rules {
            return self.unknown_of_left(format!("the rules of {} cannot be read", reference.display()));
        }
        let at = match self.direction {
            Direction::Ingress => "/spec/ingress",
            Direction::Egress => "/spec/egress",
        };
        for (index, rule) in rules_of(policy, self.direction).iter().enumerate() {
            let (ports, named) = self.ports(rule);
            let ports = if sure { ports } else { ports.and(&Spans::when(Truth::Unknown, &Ports::all())) };
            let source = (reference.clone(), format!("{at}/{index}"));
            for (who, truth) in self.peers(policy, rule) {
                for (who, left) in self.left_of(&who) {
                    let entry = self.entry(who, &ports.and(&Spans::when(truth, &Ports::all())).and(&left));
                    entry.named.extend(named.iter().cloned());
                    entry.rules.insert(source.clone());
                }
            }
        }
    }

    /// What of a condition the Admin tier leaves to NetworkPolicies.
    fn left_of(&self, who: &Unseen) -> Vec<(Unseen, Spans)> {
        let each = self.cells.iter().filter_map(|cell| {
            let ports = Spans::settled(&cell.ports);
            let of = |who: Option<Condition>| Some((Unseen::of(who?.and(&cell.who)?), ports.clone()));
            match who {
                Unseen::Any => of(Some(Condition::default())),
                Unseen::Pods { namespace, pod } => of(Condition::of(namespace, Some(pod))),
                // Which labels a pod with these addresses has, nobody knows.
                Unseen::Addresses(_) if !cell.who.is_any() => {
                    Some((who.clone(), Spans::when(Truth::UnknownPlugin, &cell.ports)))
                }
                Unseen::Addresses(_) => Some((who.clone(), ports)),
            }
        });
        each.filter(|(who, _)| self.can_be_unseen(who)).collect()
    }

    /// Whom a rule is about, of pods that are not in the input.
    fn peers(&self, policy: &Policy, rule: &Rule) -> Vec<(Unseen, Truth)> {
        if rule.peers.is_empty() {
            return vec![(Unseen::Any, Truth::Yes)];
        }
        let mut peers = Vec::new();
        for peer in &rule.peers {
            match peer {
                Peer::Unreadable => peers.push((Unseen::Any, Truth::Unknown)),
                Peer::Block(block) => {
                    let set = AddressSet::of_block(block.cidr, &block.except);
                    if block_and_pods(&set, &self.reach.model.pod_addresses) == BlockAndPods::Any {
                        let set = set.intersection(&self.reach.model.pod_addresses);
                        peers.push((Unseen::Addresses(set), Truth::Plugin));
                    }
                }
                Peer::Pods { pods, namespaces } => {
                    let own = self.reach.model.namespaces.get(policy.namespace).map_or("", |it| it.name.as_str());
                    let namespace = match namespaces {
                        Some(selector) => selector.clone(),
                        None => Selector::new(vec![Requirement::equals(NAME_LABEL, own)]),
                    };
                    let pod = pods.clone().unwrap_or_default();
                    let who = match namespace.selects_all() && pod.selects_all() {
                        true => Unseen::Any,
                        false => Unseen::Pods { namespace, pod },
                    };
                    peers.push((who, Truth::Yes));
                }
            }
        }
        peers.retain(|(who, _)| self.can_be_unseen(who));
        peers
    }

    /// False if only pods of closed namespaces can meet the condition.
    fn can_be_unseen(&self, who: &Unseen) -> bool {
        let Unseen::Pods { namespace, .. } = who else { return true };
        let by_name = namespace.requirements.iter().filter(|it| it.key == NAME_LABEL && it.operator == Operator::In);
        let closed = |name: &String| {
            let known = |it: &Namespace| it.name == *name && it.policies_unknown.is_none();
            self.reach.model.every_namespace().any(known)
        };
        !by_name.into_iter().any(|requirement| requirement.values.iter().all(closed))
    }

    /// The ports of a rule: of ingress they are the workload's own, of egress names stay names.
    fn ports(&self, rule: &Rule) -> (Spans, BTreeSet<(Protocol, String)>) {
        let mut named = BTreeSet::new();
        if rule.ports.is_empty() {
            return (Spans::settled(&Ports::all()), named);
        }
        let mut ports = Spans::default();
        for port in &rule.ports {
            match (port, self.direction) {
                (NetworkPolicyPort::Named { protocol, name }, Direction::Egress) => {
                    named.extend(Protocol::parse(protocol).map(|protocol| (protocol, name.clone())));
                }
                (NetworkPolicyPort::Named { .. }, Direction::Ingress) => {
                    let table = self.reach.model.tables.get(self.class.ports);
                    let found = name_of(port, &self.reach.model).zip(table);
                    ports = found.map_or(ports.clone(), |((name, protocol), table)| {
                        ports.or(&table.ports_named(name, protocol))
                    });
                }
                _ => ports = ports.or(&fixed_port(port)),
            }
        }
        (ports, named)
    }

    /// As [`Collector::unknown`], of what the Admin tier leaves to NetworkPolicies.
    fn unknown_of_left(&mut self, cause: String) {
        for cell in self.cells.clone() {
            let unknown = Spans::when(Truth::Unknown, &cell.ports);
            self.entry(Unseen::of(cell.who), &unknown).causes.insert(cause.clone());
        }
    }

    fn unknown(&mut self, cause: String) {
        self.entry(Unseen::Any, &Spans::when(Truth::Unknown, &Ports::all())).causes.insert(cause);
    }

    fn entry(&mut self, who: Unseen, spans: &Spans) -> &mut Exposed {
        let (known, exposed) = self.found.entry(who.clone()).or_insert_with(|| {
            let empty = Exposed {
                who,
                passage: Passage::default(),
                named: BTreeSet::new(),
                rules: BTreeSet::new(),
                causes: BTreeSet::new(),
            };
            (Spans::default(), empty)
        });
        *known = known.or(spans);
        exposed
    }

    fn finish(self) -> Vec<Exposed> {
        let found: Vec<_> = self.found.keys().filter(|who| self.can_be_unseen(who)).cloned().collect();
        let each = self.found.into_iter().filter(|(who, _)| found.binary_search(who).is_ok());
        let each = each.map(|(_, (spans, exposed))| Exposed { passage: spans.passage(), ..exposed });
        each.filter(|exposed| !exposed.passage.is_denied() || !exposed.named.is_empty()).collect()
    }
}

impl Unseen {
    fn of(condition: Condition) -> Unseen {
        if condition.is_any() {
            return Unseen::Any;
        }
        Unseen::Pods { namespace: condition.namespace, pod: condition.pod }
    }
}

#[cfg(test)]
mod tests;
