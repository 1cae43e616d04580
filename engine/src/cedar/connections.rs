//! Connections as requests: which policies hold for which ports between two ends.
//!
//! Ends that no policy can tell apart are one class, and a policy is evaluated once for each pair of its classes and each
//! set of ports between the numbers that it compares with. What remains for each pair of ends is a look-up.

mod answer;
mod asked;
#[cfg(test)]
mod tests;
mod through;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::Truth;
pub use super::end::ConnectionEnd;
use super::end::{End, Reads};
use super::{Coverage, Policies};
use crate::cluster::Cluster;
use crate::net::{AddressSet, Ports, Protocol};
use crate::reach::WorkloadEnd;
use crate::way::Through;
pub use answer::{Held, HeldPorts, Intent, Spoken, Told};
use asked::{Asked, At, Scene};
use through::{Services, ThroughClass};

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Source,
    Destination,
}

/// Something for each end.
#[derive(Clone, Copy, Debug, Default)]
struct ByRole<T> {
    source: T,
    destination: T,
}

impl<T> ByRole<T> {
    fn of(&self, role: Role) -> &T {
        match role {
            Role::Source => &self.source,
            Role::Destination => &self.destination,
        }
    }

    fn of_mut(&mut self, role: Role) -> &mut T {
        match role {
            Role::Source => &mut self.source,
            Role::Destination => &mut self.destination,
        }
    }
}

/// A class of ends of [`Intents`]: no policy can tell its members apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndClass(usize);

struct Group {
    end: End,
    /// Its class in each role, policy by policy.
    classes: ByRole<Vec<u32>>,
    /// The number of those classes together.
    joint: ByRole<usize>,
}

/// The policies on one action, ready to be asked about the connections of one cluster.
pub struct Intents<'p> {
    policies: &'p Policies,
    cluster: &'p Cluster,
    asked: Vec<Asked<'p>>,
    /// What all of them read of an end.
    reads: Reads,
    /// Disjoint sets of addresses, together all: each policy has one answer for each.
    parts: Vec<AddressSet>,
    groups: Vec<Group>,
    by_marks: BTreeMap<Vec<String>, usize>,
    joint: ByRole<BTreeMap<Vec<u32>, usize>>,
    /// By joint class of source and destination.
    matrix: Vec<Vec<Option<OutcomeId>>>,
    /// What is gone through.
    services: Services,
    /// INVARIANT: the first is that no policy has anything to say.
    outcomes: Vec<Outcome>,
    /// Evaluations that may still be made.
    budget: u64,
}

/// Policies that have something to say, by their place in [`Policies::infos`].
type Outcome = Vec<(usize, Arc<Held>)>;

/// What the policies of [`Intents`] say of two classes, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeId(u32);

impl OutcomeId {
    /// No policy has anything to say.
    pub const NOTHING: OutcomeId = OutcomeId(0);
}

impl Policies {
    /// Whether some policy is about connections in this way.
    pub fn asks(&self, intent: Intent) -> bool {
        self.about(intent).next().is_some()
    }

    fn about(&self, intent: Intent) -> impl Iterator<Item = usize> {
        let about = move |at: &usize| {
            self.policies.get(*at).is_some_and(|(_, policy)| policy.scope.intents.contains(&intent.as_str()))
        };
        self.connections.iter().copied().filter(about)
    }

    /// The policies on one action, to be asked about connections between workloads of a cluster. At most `budget`
    /// evaluations are made; after that nothing is told, and [`Intents::is_exhausted`].
    pub fn intents<'p>(&'p self, intent: Intent, cluster: &'p Cluster, budget: u64) -> Intents<'p> {
        let mut asked = Vec::new();
        for at in self.about(intent) {
            let Some((pack, policy)) = self.policies.get(at) else { continue };
            let Some(values) = self.packs.get(*pack) else { continue };
            asked.push(Asked::of(at, *pack, policy, &values.params, intent));
        }
        let mut reads = Reads::default();
        for policy in &asked {
            [Role::Source, Role::Destination].into_iter().for_each(|role| policy.reads(role, &mut reads));
        }
        let services = Services::of(&asked);
        let parts = parts(asked.iter().flat_map(|asked| &asked.policy.cuts.addresses));
        Intents {
            policies: self,
            cluster,
            asked,
            reads,
            parts,
            groups: Vec::new(),
            by_marks: BTreeMap::new(),
            joint: ByRole::default(),
            matrix: Vec::new(),
            services,
            outcomes: vec![Outcome::new()],
            budget,
        }
    }

    /// Ports that policies on an action name one by one.
    pub fn ports_named(&self, intent: Intent) -> Ports {
        let named = self.about(intent).filter_map(|at| self.policies.get(at));
        let numbers = named.flat_map(|(_, policy)| policy.cuts.named.iter().copied());
        numbers.fold(Ports::NONE, |all, number| {
            Protocol::ALL.into_iter().fold(all, |all, protocol| all.union(&Ports::range(protocol, number, number)))
        })
    }
}

/// All addresses, cut at the edges of these sets.
fn parts<'a>(sets: impl Iterator<Item = &'a AddressSet>) -> Vec<AddressSet> {
    let mut parts = vec![AddressSet::all()];
    for set in sets {
        let cut = |part: &AddressSet| [part.intersection(set), part.difference(set)];
        parts = parts.iter().flat_map(cut).filter(|part| !part.is_empty()).collect();
    }
    parts
}

impl Intents<'_> {
    /// The class of a workload; the parts of an address set, of each of which all addresses are of one class. Cost: a few
    /// evaluations for each policy, once for ends in which policies read the same.
    pub fn classes_of(&mut self, end: &ConnectionEnd<'_>) -> Vec<(Option<AddressSet>, EndClass)> {
        match end {
            ConnectionEnd::Workload(workload) => {
                let end = End::of_workload(workload, self.cluster, self.policies.settings());
                vec![(None, self.class_of(end))]
            }
            ConnectionEnd::Addresses(all) => {
                let parts = self.parts.iter().map(|part| part.intersection(all)).filter(|part| !part.is_empty());
                let mut found: Vec<(Option<AddressSet>, EndClass)> = Vec::new();
                for part in parts.collect::<Vec<_>>() {
                    let class = self.class_of(End::of_addresses(all, &part));
                    match found.iter_mut().find(|(_, known)| self.same(*known, class)) {
                        Some((Some(set), _)) => *set = set.union(&part),
                        _ => found.push((Some(part), class)),
                    }
                }
                found
            }
        }
    }

    /// Everything that policies read of a workload: it is the same to them as long as this is the same.
    pub fn marks_of(&self, workload: &WorkloadEnd) -> Vec<String> {
        End::of_workload(workload, self.cluster, self.policies.settings()).marks(&self.reads)
    }

    fn same(&self, one: EndClass, other: EndClass) -> bool {
        let joint = |class: EndClass| {
            let joint = self.groups.get(class.0)?.joint;
            Some((joint.source, joint.destination))
        };
        joint(one) == joint(other)
    }

    fn class_of(&mut self, end: End) -> EndClass {
        let marks = end.marks(&self.reads);
        if let Some(known) = self.by_marks.get(&marks) {
            return EndClass(*known);
        }
        let mut classes: ByRole<Vec<u32>> = ByRole::default();
        let mut joint = ByRole::default();
        let scene = Scene::of(&end, &end);
        for role in [Role::Source, Role::Destination] {
            let own = classes.of_mut(role);
            own.extend(self.asked.iter_mut().map(|asked| asked.class_of(&end, scene.as_ref(), role)));
            let known = self.joint.of_mut(role);
            let next = known.len();
            *joint.of_mut(role) = *known.entry(own.clone()).or_insert(next);
        }
        let number = self.groups.len();
        self.groups.push(Group { end, classes, joint });
        self.by_marks.insert(marks, number);
        EndClass(number)
    }

    /// What policies say of connections between two classes; nothing is [`OutcomeId::NOTHING`]. Cost: a look-up, but for
    /// the first time.
    pub fn outcome(&mut self, source: EndClass, destination: EndClass) -> OutcomeId {
        let joint = |class: EndClass, role| self.groups.get(class.0).map(|group| *group.joint.of(role));
        let (Some(from), Some(to)) = (joint(source, Role::Source), joint(destination, Role::Destination)) else {
            return OutcomeId::NOTHING;
        };
        if let Some(known) = self.matrix.get(from).and_then(|row| row.get(to)).copied().flatten() {
            return known;
        }
        let outcome = self.work_out(source, destination, None);
        let id = self.enter(outcome);
        if self.matrix.len() <= from {
            self.matrix.resize(from + 1, Vec::new());
        }
        if let Some(row) = self.matrix.get_mut(from) {
            row.resize(row.len().max(to + 1), None);
            row.get_mut(to).into_iter().for_each(|entry| *entry = Some(id));
        }
        id
    }

    fn enter(&mut self, outcome: Outcome) -> OutcomeId {
        let id = OutcomeId(if outcome.is_empty() { 0 } else { u32::try_from(self.outcomes.len()).unwrap_or(0) });
        if id != OutcomeId::NOTHING {
            self.outcomes.push(outcome);
        }
        id
    }

    /// The policies that have something to say, with what they say.
    pub fn told(&self, id: OutcomeId) -> &[(usize, Arc<Held>)] {
        self.outcomes.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    fn work_out(
        &mut self,
        source: EndClass,
        destination: EndClass,
        through: Option<(ThroughClass, &Through)>,
    ) -> Outcome {
        let (Some(from), Some(to)) = (self.groups.get(source.0), self.groups.get(destination.0)) else {
            return Outcome::new();
        };
        let mut held = Vec::new();
        for (at, asked) in self.asked.iter_mut().enumerate() {
            let classes = from.classes.source.get(at).copied().zip(to.classes.destination.get(at).copied());
            let steps = asked.steps();
            if self.budget < steps {
                self.budget = 0;
                return Outcome::new();
            }
            self.budget -= steps;
            let ends = (&from.end, &to.end);
            held.push(classes.map(|classes| asked.held(classes, ends, through)).unwrap_or_default());
        }
        self.told_of(&held)
    }

    /// What is told: forbids that hold, what packs that deny by default do not permit, what has to work.
    fn told_of(&self, held: &[Arc<Held>]) -> Outcome {
        let mut outcome = Outcome::new();
        for (asked, own) in self.asked.iter().zip(held) {
            let own = match (asked.policy.default_deny, asked.makes_findings()) {
                (true, _) => Arc::new(self.not_permitted(asked.pack, held)),
                (false, true) => Arc::clone(own),
                (false, false) => continue,
            };
            if !own.is_empty() {
                outcome.push((asked.at, own));
            }
        }
        outcome
    }

    fn not_permitted(&self, pack: usize, held: &[Arc<Held>]) -> Held {
        let permits = self.asked.iter().zip(held).filter(|(asked, _)| asked.pack == pack && asked.policy.permit);
        let mut all = Held::default();
        for (_, held) in permits {
            for (all, held) in [(&mut all.sure, &held.sure), (&mut all.unsure, &held.unsure)] {
                all.holds = all.holds.union(&held.holds);
                all.unknown = all.unknown.union(&held.unknown);
            }
        }
        let turned = |permitted: HeldPorts| HeldPorts {
            holds: permitted.holds.union(&permitted.unknown).complement(),
            unknown: permitted.unknown.difference(&permitted.holds),
        };
        Held { sure: turned(all.sure), unsure: turned(all.unsure) }
    }

    /// True if the evaluations that may be made were used up; what was told is not all then.
    pub fn is_exhausted(&self) -> bool {
        self.budget == 0
    }

    /// What a policy says of some ports of one connection, in words. Of addresses, the first part speaks for all.
    pub fn tell(&self, policy: usize, spoken: &Spoken<'_>, mut coverage: Option<&mut Coverage>) -> Option<Told> {
        let asked = self.asked.iter().find(|asked| asked.at == policy)?;
        let (source, destination) = (self.end(&spoken.source), self.end(&spoken.destination));
        let at = At { port: 1, protocol: Protocol::Tcp, settled: spoken.settled, through: spoken.through };
        let leaves = asked.policy.condition.leaves.len();
        let seen = coverage.as_deref_mut().map(|coverage| coverage.of(asked.at, leaves));
        let mut told = asked.told(&source, &destination, spoken.ports, &at, seen);
        if asked.policy.default_deny {
            let permits = self.asked.iter().filter(|other| other.pack == asked.pack && other.policy.permit);
            let permits: Vec<Told> =
                permits.filter_map(|permit| self.tell(permit.at, spoken, coverage.as_deref_mut())).collect();
            told.truth = match (permits.iter().any(Told::holds), permits.iter().any(Told::is_unknown)) {
                (true, _) => Truth::False,
                (_, true) => Truth::Unknown,
                (false, false) => Truth::True,
            };
            told.causes = permits.into_iter().flat_map(|permit| permit.causes).collect();
            if let Some(coverage) = coverage {
                coverage.of(asked.at, leaves).ended(told.truth);
            }
        }
        Some(told)
    }

    /// Policies that make findings, by their place in [`Policies::infos`].
    pub fn telling(&self) -> Vec<usize> {
        self.asked.iter().filter(|asked| asked.makes_findings()).map(|asked| asked.at).collect()
    }

    fn end(&self, end: &ConnectionEnd<'_>) -> End {
        match end {
            ConnectionEnd::Workload(workload) => End::of_workload(workload, self.cluster, self.policies.settings()),
            ConnectionEnd::Addresses(set) => {
                let part = self.parts.iter().map(|part| part.intersection(set)).find(|part| !part.is_empty());
                End::of_addresses(set, &part.unwrap_or_default())
            }
        }
    }
}
