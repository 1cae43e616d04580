//! What becomes of a model when something in its namespaces changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bits::Bits;
use super::extent::Extent;
use super::model::{Class, Model, Namespace, Peers, Policy, WidePeer, cause};
use super::names::{Name, Names, Translation};
use super::population::Resident;
use super::select::{LabelIndex, Labelled};
use super::{Cause, WorkloadEnd};
use crate::cluster::{Cluster, Direction, NAME_LABEL, NetworkPolicyBody};
use crate::object::{NetworkPolicyPort, Peer, Rule};

/// What of a namespace has to be looked at again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) workloads: bool,
    pub(super) policies: bool,
}

/// What is not as it was.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Classes that are new, or gone, or have other traits.
    traits: Bits,
    /// Those, and the classes of namespaces that have other labels.
    pub(super) classes: Bits,
    /// Classes of namespaces of which something else is known, or not known, than before.
    pub(super) doubted: Bits,
    /// NetworkPolicies that are new. One that changed is new, and the one it was is gone.
    pub(super) came: Vec<usize>,
    /// NetworkPolicies that are gone.
    pub(super) went: Vec<usize>,
    /// Namespaces with other workloads than before: by number, those that they have now.
    fresh: BTreeMap<usize, Vec<WorkloadEnd>>,
    /// Some namespace is new or has other labels.
    relabelled: bool,
    /// Some workload is of another class than before.
    reseated: bool,
}

impl Moved {
    /// Whether everything is as it was.
    pub(super) fn is_nothing(&self) -> bool {
        let Moved { traits: _, classes, doubted, came, went, fresh, relabelled, reseated } = self;
        let same_classes = classes.is_empty() && doubted.is_empty() && !relabelled && !reseated;
        same_classes && came.is_empty() && went.is_empty() && fresh.is_empty()
    }

    fn moves(&mut self, class: usize) {
        self.traits = self.traits.union(&Bits::one(class));
    }
}

impl Model {
    /// Everything, as if nothing had been there.
    pub(super) fn settle_all(&mut self, cluster: &Cluster, extent: &Extent<'_>, namespaces: Vec<&str>) -> Moved {
        let all = Look { workloads: true, policies: true };
        self.settle((cluster, extent), namespaces.into_iter().map(|name| (name, all)))
    }

    /// What has changed in these namespaces.
    pub(super) fn settle<'n>(
        &mut self,
        (cluster, extent): (&Cluster, &Extent<'_>),
        namespaces: impl Iterator<Item = (&'n str, Look)>,
    ) -> Moved {
        let mut moved = Moved::default();
        let mut translation = Translation::of(cluster);
        let mut traits = Vec::new();
        for (name, look) in namespaces {
            self.settle_one((cluster, extent, &mut translation), name, look, &mut moved);
            traits.extend(std::mem::take(&mut moved.traits).iter());
        }
        moved.traits = Bits::of(traits);
        moved.classes = moved.classes.union(&moved.traits);
        if moved.relabelled {
            let all = self.namespaces.iter().enumerate().map(|(number, namespace)| Labelled {
                number,
                labels: &namespace.labels,
                doubtful: namespace.labels_unknown.is_some(),
            });
            self.namespace_labels = LabelIndex::of(all, self.names.find(NAME_LABEL));
        }
        if moved.reseated || !moved.fresh.is_empty() {
            moved.reseated = true;
            let fresh = std::mem::take(&mut moved.fresh);
            let roster = self.roster.after((&self.namespaces, &self.order), fresh, self.classes.len());
            self.roster = Arc::new(roster);
        }
        self.view = self.view.after(&moved.traits, self);
        moved
    }

    fn settle_one(
        &mut self,
        (cluster, extent, translation): (&Cluster, &Extent<'_>, &mut Translation<'_>),
        name: &str,
        look: Look,
        moved: &mut Moved,
    ) {
        let there = extent.holds(cluster, name);
        let (number, look) = match self.number_of(name) {
            Ok(at) if there => (self.order.get(at).copied().unwrap_or_default(), look),
            Ok(at) => (self.order.remove(at), Look { workloads: true, policies: true }),
            Err(_) if !there => return,
            Err(at) => {
                self.order.insert(at, self.namespaces.len());
                let strangers = self.concerning(name);
                let new = Namespace { name: name.to_owned(), strangers, ..Namespace::default() };
                self.namespaces.push(Arc::new(new));
                moved.relabelled = true;
                (self.namespaces.len() - 1, Look { workloads: true, policies: true })
            }
        };
        let Some(old) = self.namespaces.get(number).map(Arc::clone) else { return };
        let mut new = Namespace::clone(&old);
        (new.labels, new.labels_unknown) = namespace_labels(cluster, name, &mut self.names);
        new.policies_unknown = extent.policies_unknown(cluster, name);
        if look.policies {
            new.policies = self.settle_policies((cluster, extent), &old, number, moved);
        }
        if look.workloads {
            let residents = extent.residents(cluster, name, translation, &mut self.names);
            self.seat(residents, (&old, &mut new), number, moved);
        }
        if (&new.labels, &new.labels_unknown) != (&old.labels, &old.labels_unknown) {
            moved.relabelled = true;
            moved.classes = moved.classes.union(&old.classes).union(&new.classes);
        }
        if new.policies_unknown != old.policies_unknown {
            moved.doubted = moved.doubted.union(&new.classes);
        }
        self.namespaces.get_mut(number).into_iter().for_each(|known| *known = Arc::new(new.clone()));
    }

    /// Its place in the order of names, or where that would be.
    fn number_of(&self, name: &str) -> Result<usize, usize> {
        self.order.binary_search_by(|number| self.namespaces.get(*number).map_or("", |known| &known.name).cmp(name))
    }

    /// What concerns the pods of a namespace.
    fn concerning(&self, namespace: &str) -> Vec<usize> {
        let numbered = self.strangers.iter().enumerate();
        let concerns = numbered.filter(|(_, one)| one.everywhere || one.object.namespace == namespace);
        concerns.map(|(number, _)| number).collect()
    }

    fn settle_policies(
        &mut self,
        (cluster, extent): (&Cluster, &Extent<'_>),
        old: &Namespace,
        number: usize,
        moved: &mut Moved,
    ) -> Vec<usize> {
        let mut known = old.policies.iter().copied().peekable();
        let mut policies = Vec::with_capacity(old.policies.len());
        for (item, body) in extent.policies(cluster, &old.name) {
            let name_of = |number: &usize| self.policy(*number).map_or("", |policy| &policy.name);
            while let Some(gone) = known.next_if(|number| name_of(number) < item.name()) {
                moved.went.push(gone);
            }
            if let Some(same) = known.next_if(|number| name_of(number) == item.name()) {
                if self.policy(same).is_some_and(|policy| is_same(policy, body)) {
                    policies.push(same);
                    continue;
                }
                moved.went.push(same);
            }
            let policy = self.policy_of(item.name(), body, number);
            moved.came.push(self.policies.len());
            policies.push(self.policies.len());
            self.policies.push(Some(Arc::new(policy)));
        }
        moved.went.extend(known);
        for gone in &moved.went {
            self.policies.get_mut(*gone).into_iter().for_each(|policy| *policy = None);
        }
        policies
    }

    fn policy_of(&mut self, name: &str, body: &NetworkPolicyBody, namespace: usize) -> Policy {
        let [ingress_peers, egress_peers] = [Direction::Ingress, Direction::Egress].map(|direction| {
            let rules = match direction {
                Direction::Ingress => &body.rules.ingress,
                Direction::Egress => &body.rules.egress,
            };
            self.peers_of(rules, direction)
        });
        Policy {
            name: name.into(),
            namespace,
            selector: body.selector.clone(),
            isolates_ingress: body.isolates_ingress,
            isolates_egress: body.isolates_egress,
            rules: Arc::clone(&body.rules),
            doubts: body.doubts,
            ingress_peers,
            egress_peers,
        }
    }

    /// The peers of rules. Every name of a port gets a number, whether a pod knows it or not.
    fn peers_of(&mut self, rules: &[Rule], direction: Direction) -> Peers {
        let mut wide = Vec::new();
        let mut peers = Peers::default();
        for rule in rules {
            let mut named = false;
            for port in &rule.ports {
                if let NetworkPolicyPort::Named { name, .. } = port {
                    self.names.number(name);
                    named = direction == Direction::Egress;
                }
            }
            peers.names_everywhere |= named && rule.peers.is_empty();
            for peer in &rule.peers {
                match peer {
                    Peer::Pods { namespaces: None, .. } => peers.own = true,
                    Peer::Pods { pods, namespaces: Some(namespaces) } => {
                        let peer = WidePeer { namespaces: namespaces.clone(), pods: pods.clone() };
                        peers.names_everywhere |= named && namespaces.selects_all();
                        wide.push(self.wide_peers.number(peer));
                    }
                    Peer::Block(_) | Peer::Unreadable => peers.names_everywhere |= named,
                }
            }
        }
        Peers { wide: wide.into(), ..peers }
    }

    /// Finds the class of each workload. A class stays as long as some workload has its traits; a workload that is alone in
    /// its class keeps it when its traits change.
    fn seat(
        &mut self,
        residents: Vec<Resident>,
        (old, new): (&Namespace, &mut Namespace),
        number: usize,
        moved: &mut Moved,
    ) {
        let mut known: BTreeMap<Arc<Class>, usize> = BTreeMap::new();
        for class in old.classes.iter() {
            known.extend(self.classes.get(class).cloned().flatten().map(|traits| (traits, class)));
        }
        let wanted: Vec<Arc<Class>> = residents.iter().map(|one| Arc::new(self.class_with(one, number))).collect();
        let mut used: BTreeSet<usize> = wanted.iter().filter_map(|class| known.get(class).copied()).collect();
        let ends: Vec<WorkloadEnd> = residents.into_iter().map(|resident| resident.end).collect();
        let before = Arc::clone(&self.roster);
        let before = before.of_namespace(number);
        let alone = |end: &WorkloadEnd| {
            let at = before.iter().position(|known| known.object == end.object)?;
            let class = old.seats.get(at).copied()?;
            (old.seats.iter().filter(|seat| **seat == class).count() == 1).then_some(class)
        };
        let mut seats = Vec::with_capacity(ends.len());
        for (end, class) in ends.iter().zip(wanted) {
            let seat = match known.get(&class) {
                Some(seat) => *seat,
                None => {
                    let free = alone(end).filter(|seat| !used.contains(seat));
                    let seat = free.unwrap_or(self.classes.len());
                    self.classes.resize(self.classes.len().max(seat + 1), None);
                    self.classes.get_mut(seat).into_iter().for_each(|known| *known = Some(Arc::clone(&class)));
                    moved.moves(seat);
                    used.insert(seat);
                    known.insert(class, seat);
                    seat
                }
            };
            seats.push(seat);
        }
        let classes = Bits::of(used);
        for gone in old.classes.difference(&classes).iter() {
            self.classes.get_mut(gone).into_iter().for_each(|known| *known = None);
            moved.moves(gone);
        }
        moved.reseated |= seats != old.seats;
        if ends.as_slice() != before {
            moved.fresh.insert(number, ends);
        }
        (new.classes, new.seats) = (classes, seats);
    }

    fn class_with(&mut self, resident: &Resident, namespace: usize) -> Class {
        let traits = &resident.traits;
        let ports = match self.tables.number(&traits.ports) {
            Some(known) => known,
            None => Arc::make_mut(&mut self.tables).enter(&traits.ports),
        };
        Class {
            namespace,
            labels: traits.labels.clone(),
            ports,
            host_network: traits.host_network,
            doubts: traits.doubts,
        }
    }
}

fn is_same(policy: &Policy, body: &NetworkPolicyBody) -> bool {
    let isolates = (policy.isolates_ingress, policy.isolates_egress) == (body.isolates_ingress, body.isolates_egress);
    let rules = Arc::ptr_eq(&policy.rules, &body.rules) || policy.rules == body.rules;
    isolates && rules && policy.doubts == body.doubts && policy.selector == body.selector
}

fn namespace_labels(cluster: &Cluster, name: &str, names: &mut Names) -> (Vec<(Name, Name)>, Option<Cause>) {
    let given = cluster.namespace_labels(name);
    let knowledge = match given {
        Some(_) => cluster.namespace_knowledge(name),
        None => cluster.absent_namespace(name),
    };
    let labels = given.unwrap_or_else(|| vec![(NAME_LABEL, name)]);
    let mut labels: Vec<_> = labels.into_iter().map(|(key, value)| (names.number(key), names.number(value))).collect();
    labels.sort_unstable();
    (labels, cause(knowledge))
}
