//! What the input does not hold: which pods that are not there could reach a workload, or be reached from it.
//!
//! Nothing is known of such a pod, so the answer is a set of conditions on its labels, those of its namespace, and its
//! address: of a pod that is not in the input, a port passes if one of the conditions that it meets has the port. What the
//! pod's own side lets pass is not known, and taken to be everything. Conditions that only pods of closed namespaces can meet
//! are left out, because all of those are in the input.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Class, Namespace, Policy};
use super::rules::{BlockAndPods, block_and_pods, fixed_port, name_of, rules_of};
use super::side::Isolation;
use super::sides::Sides;
use super::spans::{Spans, Truth};
use super::{End, Passage, Reach, WorkloadId};
use crate::cluster::{Direction, NAME_LABEL};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Operator, Ports, Protocol, Requirement, Selector};
use crate::object::{NetworkPolicyPort, Peer, Rule};

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
        let mut collector = Collector { reach: self, class, direction, found: BTreeMap::new() };
        collector.collect(isolations);
        collector.finish()
    }
}

impl Reach {
    /// Whether some pod, in the input or not, may be let in by a workload on one of these ports, as far as its own side goes. False
    /// only if that is ruled out; whether there is such a pod is not looked at. Cost: the rules that isolate the workload.
    pub(crate) fn may_admit_pods(&self, end: &End, ports: &Ports) -> bool {
        let End::Workload(workload) = end else { return false };
        let Some(number) = self.model.class_of(*workload) else { return false };
        let (Some(class), Some(isolations)) = (self.model.class(number), self.ingress.isolations.get(number))
        else {
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
        let collector = Collector { reach: self, class, direction: Direction::Ingress, found: BTreeMap::new() };
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
    fn collect(&mut self, isolations: &[Isolation]) {
        if self.has_tiers() {
            return;
        }
        let everything = Spans::settled(&Ports::all());
        if isolations.is_empty() {
            self.entry(Unseen::Any, &everything);
        } else if !isolations.iter().any(|isolation| isolation.sure) {
            self.unknown("whether a NetworkPolicy isolates it is not known".to_owned());
        }
        for isolation in isolations {
            if let Some(policy) = self.reach.model.policy(isolation.policy) {
                self.policy(policy, isolation.sure);
            }
        }
        if self.class.host_network && !isolations.is_empty() {
            self.entry(Unseen::Any, &Spans::when(Truth::Plugin, &Ports::all()));
        }
        if self.class.doubts.host_network {
            self.unknown("whether its pods are on their nodes' network is not known".to_owned());
        }
        let Some(namespace) = self.reach.model.namespace_of(self.class) else { return };
        if let Some(cause) = &namespace.policies_unknown {
            self.unknown(cause.message.clone());
        }
        for number in &namespace.strangers {
            let stranger = self.reach.model.strangers.get(*number);
            if let Some(stranger) = stranger.filter(|stranger| stranger.concerns(self.direction)) {
                self.unknown(format!("{} is of a kind that is not modelled", stranger.object.display()));
            }
        }
    }

    /// Cluster-wide policies are not followed here: they can change every condition, so that nothing is known.
    fn has_tiers(&mut self) -> bool {
        let model = &self.reach.model;
        let there = (!model.tiers.is_empty()).then(|| "cluster-wide policies are not followed here".to_owned());
        let cause = there.or_else(|| model.tiers_unknown.as_ref().map(|cause| cause.message.clone()));
        let found = cause.is_some();
        cause.into_iter().for_each(|cause| self.unknown(cause));
        found
    }

    fn policy(&mut self, policy: &Policy, sure: bool) {
        let reference = self.reach.model.reference(policy);
        if policy.doubts.rules {
            return self.unknown(format!("the rules of {} cannot be read", reference.display()));
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
                let entry = self.entry(who, &ports.and(&Spans::when(truth, &Ports::all())));
                entry.named.extend(named.iter().cloned());
                entry.rules.insert(source.clone());
            }
        }
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
        let each = self.found.into_values().map(|(spans, exposed)| Exposed { passage: spans.passage(), ..exposed });
        each.filter(|exposed| !exposed.passage.is_denied() || !exposed.named.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::testing::reach;

    /// The exposure of a/web, each condition in a line.
    fn exposure(policy: &str, direction: Direction) -> Vec<String> {
        let text = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{namespace: a, name: web, labels: {{app: web}}}}, spec: {{containers: [{{name: c, \
             ports: [{{name: http, containerPort: 8080}}]}}]}}}}\n---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, \
             metadata: {{namespace: a, name: p}}, spec: {policy}}}\n"
        );
        let reach = reach(&text);
        let line = |exposed: &Exposed| {
            let Exposed { who, passage, named, rules, .. } = exposed;
            let who = match who {
                Unseen::Any => "any".to_owned(),
                Unseen::Pods { namespace, pod } => {
                    let words = |selector: &Selector| {
                        selector.requirements.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
                    };
                    format!("[{}] [{}]", words(namespace), words(pod))
                }
                Unseen::Addresses(set) => set.to_string(),
            };
            let named: String = named.iter().map(|(protocol, name)| format!(" {}:{name}", protocol.as_str())).collect();
            let Passage { allow, implementation_defined: plugin, unknown } = passage;
            format!("{who}: {allow}/{plugin}/{unknown}{named} by {}", rules.len())
        };
        reach.exposure(WorkloadId(0), direction).iter().map(line).collect()
    }

    #[test]
    fn what_nothing_isolates_is_open_to_any_pod() {
        let other = "{podSelector: {matchLabels: {app: other}}}";
        assert_eq!(exposure(other, Direction::Ingress), ["any: all/none/none by 0"]);
        assert_eq!(exposure("{podSelector: {}}", Direction::Ingress), Vec::<String>::new());
        assert_eq!(exposure("{podSelector: {}}", Direction::Egress), ["any: all/none/none by 0"]);
    }

    #[test]
    fn each_condition_has_its_ports_and_its_rules() {
        let found = exposure(
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}}], ports: [{port: http}]}, \
             {from: [{namespaceSelector: {matchLabels: {team: x}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}], \
             ports: [{port: 9}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}",
            Direction::Ingress,
        );
        let wanted = [
            "[] [app=db]: TCP 9/none/none by 1",
            "[team=x] []: TCP 9,8080/none/none by 2",
            "10.0.0.0/8: none/all/none by 1",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn closed_namespaces_hold_nothing_unseen() {
        let rule =
            |peer: &str| exposure(&format!("{{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"), Direction::Ingress);
        assert!(rule("{podSelector: {}}").is_empty());
        assert!(rule("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}}").is_empty());
        let other = rule(
            "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}, podSelector: {matchLabels: {x: z}}}",
        );
        assert_eq!(other, ["[kubernetes.io/metadata.name=b] [x=z]: all/none/none by 1"]);
    }

    #[test]
    fn names_of_ports_that_are_not_there_stay_names() {
        let found = exposure(
            "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: dns, protocol: UDP}]}]}",
            Direction::Egress,
        );
        assert_eq!(found, ["any: none/none/none UDP:dns by 1"]);
    }

    #[test]
    fn what_cannot_be_read_leaves_any_pod_unknown() {
        let found = exposure(
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 300.0.0.0/8}}], ports: [{port: 1}]}]}",
            Direction::Ingress,
        );
        assert_eq!(found, ["any: none/none/TCP 1 by 1"]);
    }

    #[test]
    fn with_policies_of_the_whole_cluster_nothing_is_known() {
        let tier = "{podSelector: {}}}\n---\n{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, \
                    metadata: {name: c}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, \
                    ingress: [{action: Accept, from: [{namespaces: {}}]}]}";
        assert_eq!(exposure(tier, Direction::Ingress), ["any: none/none/all by 0"]);
    }
}
