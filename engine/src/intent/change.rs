//! What a change opens and cuts, asked.
//!
//! A connection is asked about if the change opens or cuts it, and also if an end of it is no longer the same to policies
//! (its namespace got another environment). What a policy said of it before is not said again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Certainty;
use super::hits::{Hit, Hits, missing};
use super::scan::{Classes, ask_connection, declared, note, require};
use super::told::{Said, say};
use crate::cedar::{EndClass, Intent, Intents, OutcomeId, Policies};
use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports};
use crate::reach::{Change, Diff, DiffEnd, End, EndsChange, Part, Reach, WorkloadId};

/// Workloads that a change can make others to policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// None: it is about rules.
    Nobody,
    /// Those of a namespace.
    Namespace(String),
    /// One, by the object that makes its pods.
    Workload(ObjectRef),
}

impl Touched {
    fn ends(&self, reach: &Reach) -> BTreeSet<WorkloadId> {
        match self {
            Touched::Nobody => BTreeSet::new(),
            Touched::Namespace(name) => reach.workload_ids_in(name).collect(),
            Touched::Workload(id) => reach.workload_id(id).into_iter().collect(),
        }
    }
}

/// The network before a change, and what policies said of what the change can touch.
#[derive(Debug)]
pub struct Before {
    reach: Arc<Reach>,
    touched: Touched,
    connect: Known,
    depend: Known,
}

/// What policies on one action knew.
#[derive(Debug, Default)]
struct Known {
    /// What they read of each workload that can be touched.
    marks: BTreeMap<ObjectRef, Vec<String>>,
    /// What they said of its connections.
    said: BTreeMap<(usize, DiffEnd, DiffEnd), Vec<(Certainty, Ports)>>,
}

impl Before {
    /// What is there before the change; `reach` is the network of `cluster`. Cost: where workloads can be touched, that of
    /// listing their connections.
    pub fn of(policies: &Policies, cluster: &Cluster, reach: Arc<Reach>, touched: Touched, budget: u64) -> Before {
        let known = |intent| {
            let mut known = Known::default();
            if touched != Touched::Nobody && policies.asks(intent) {
                let mut intents = policies.intents(intent, cluster, budget);
                let ends = touched.ends(&reach);
                for end in ends.iter().filter_map(|id| reach.workload(*id)) {
                    known.marks.insert(end.object.clone(), intents.marks_of(end));
                }
                let hits = of_ends(policies, &mut intents, intent, (cluster, &reach), &ends);
                for Hit { policy, certainty, destination, source, ports } in hits.list {
                    let key = (policy, diff_end(&reach, &source), diff_end(&reach, &destination));
                    known.said.entry(key).or_default().push((certainty, ports));
                }
            }
            known
        };
        let (connect, depend) = (known(Intent::Connect), known(Intent::Depend));
        Before { touched, connect, depend, reach }
    }
}

/// What policies say of the connections that a change opens and cuts, and what it opens and cuts. `cluster` is that after the
/// change, and differs from that before in `object` alone; of the rules that open or cut a connection, those of `object` are named first.
pub fn of_change(
    policies: &Policies,
    before: &Before,
    cluster: &Cluster,
    object: &ObjectRef,
    budget: u64,
) -> (Said, Diff) {
    let reach = before.reach.after(cluster, std::slice::from_ref(object));
    let diff = Diff::between(&before.reach, &reach);
    let after = After { policies, cluster, reach: &reach };
    let mut said = Said::default();
    for (intent, known) in [(Intent::Connect, &before.connect), (Intent::Depend, &before.depend)] {
        if !policies.asks(intent) {
            continue;
        }
        let mut intents = policies.intents(intent, cluster, budget);
        let mut hits = Hits::default();
        let mut classes = Classes::of(&reach);
        let changed = diff.changed.iter().filter(|change| match intent {
            Intent::Connect => change.ends != EndsChange::Gone,
            Intent::Depend => change.ends == EndsChange::Stay,
        });
        changed.for_each(|change| after.ask(&mut intents, intent, &mut classes, change, &mut hits));
        let others = after.others(&intents, known, &before.touched);
        let of_others = of_ends(policies, &mut intents, intent, (cluster, &reach), &others);
        hits.list.extend(of_others.list.into_iter().filter_map(|hit| after.unsaid(hit, known)));
        hits.list.sort();
        hits.list.dedup();
        say(&intents, intent, (cluster, &reach), hits, Some(object), &mut said);
    }
    (said, diff)
}

/// What policies say of all connections of these workloads.
fn of_ends(
    policies: &Policies,
    intents: &mut Intents<'_>,
    intent: Intent,
    (cluster, reach): (&Cluster, &Reach),
    ends: &BTreeSet<WorkloadId>,
) -> Hits {
    let mut hits = Hits::default();
    if ends.is_empty() {
        return hits;
    }
    let mut classes = Classes::of(reach);
    match intent {
        Intent::Connect => {
            for one in reach.connections_of(ends) {
                ask_connection(intents, &mut classes, &one.source, &one.destination, &one.passage, &mut hits);
            }
        }
        Intent::Depend => {
            let named = policies.ports_named(Intent::Depend);
            let outside = End::outside();
            for id in reach.workload_ids() {
                let own = End::Workload(id);
                let asked = declared(cluster, reach, id).union(&named);
                let sources: &mut dyn Iterator<Item = WorkloadId> =
                    if ends.contains(&id) { &mut reach.workload_ids() } else { &mut ends.iter().copied() };
                for source in sources {
                    require(intents, &mut classes, (&End::Workload(source), &own), (reach, &asked), &mut hits);
                }
                if ends.contains(&id) {
                    require(intents, &mut classes, (&outside, &own), (reach, &asked), &mut hits);
                    require(intents, &mut classes, (&own, &outside), (reach, &named), &mut hits);
                }
            }
        }
    }
    hits
}

fn diff_end(reach: &Reach, end: &End) -> DiffEnd {
    match end {
        End::Addresses(set) => DiffEnd::Addresses((**set).clone()),
        End::Workload(id) => match reach.workload(*id) {
            Some(workload) => DiffEnd::Workload(workload.object.clone()),
            None => DiffEnd::Addresses(AddressSet::NONE),
        },
    }
}

/// The network after a change.
struct After<'a> {
    policies: &'a Policies,
    cluster: &'a Cluster,
    reach: &'a Reach,
}

impl After<'_> {
    /// Workloads that policies no longer take for the same.
    fn others(&self, intents: &Intents<'_>, known: &Known, touched: &Touched) -> BTreeSet<WorkloadId> {
        let other = |id: &WorkloadId| {
            let end = self.reach.workload(*id);
            end.is_some_and(|end| known.marks.get(&end.object).is_some_and(|before| *before != intents.marks_of(end)))
        };
        touched.ends(self.reach).into_iter().filter(other).collect()
    }

    /// The part of a hit that policies did not say before.
    fn unsaid(&self, hit: Hit, known: &Known) -> Option<Hit> {
        let key = (hit.policy, diff_end(self.reach, &hit.source), diff_end(self.reach, &hit.destination));
        let before = known.said.get(&key).into_iter().flatten();
        let said = before.filter(|(certainty, _)| *certainty <= hit.certainty);
        let ports = said.fold(hit.ports.clone(), |ports, (_, said)| ports.difference(said));
        (!ports.is_empty()).then_some(Hit { ports, ..hit })
    }

    fn ask(
        &self,
        intents: &mut Intents<'_>,
        intent: Intent,
        classes: &mut Classes<'_>,
        change: &Change,
        hits: &mut Hits,
    ) {
        let ports = match intent {
            Intent::Connect => change.opened().union(&change.may_open()),
            Intent::Depend => change.before.allow.difference(&change.after.allow),
        };
        if ports.is_empty() {
            return;
        }
        let (Some(source), Some(destination)) = (self.end(&change.source), self.end(&change.destination)) else {
            return;
        };
        let mut found = Hits::default();
        let ask = |end: &End| {
            let outside = End::outside();
            let (from, to) = if *end == source { (&outside, &destination) } else { (&source, &outside) };
            self.reach.ask(from, to, None).parts
        };
        for (source_part, from) in parts(intents, classes, intent, &source, ask) {
            for (destination_part, to) in parts(intents, classes, intent, &destination, ask) {
                match intent {
                    Intent::Connect => {
                        let passage = change.after.of(&ports);
                        note(intents, (from, to), &source_part, &destination_part, &passage, &mut found);
                    }
                    Intent::Depend => {
                        let outcome = intents.outcome(from, to);
                        if outcome == OutcomeId::NOTHING {
                            continue;
                        }
                        let asked = ports.intersection(&self.asked(&destination_part));
                        for (policy, held) in intents.told(outcome) {
                            let missing = missing(&asked, &change.after, &held.sure);
                            found.note(*policy, &source_part, &destination_part, missing);
                        }
                    }
                }
            }
        }
        hits.add_parts(found);
    }

    /// The ports that a workload, or what is outside, is asked about.
    fn asked(&self, destination: &End) -> Ports {
        let named = self.policies.ports_named(Intent::Depend);
        match destination {
            End::Workload(id) => declared(self.cluster, self.reach, *id).union(&named),
            End::Addresses(_) => named,
        }
    }

    fn end(&self, end: &DiffEnd) -> Option<End> {
        match end {
            DiffEnd::Workload(object) => self.reach.workload_id(object).map(End::Workload),
            DiffEnd::Addresses(set) => Some(End::Addresses(set.clone().into())),
        }
    }
}

/// The parts of an end with their classes. Changed addresses are a part of all that may pass alike now, which is what
/// policies are asked about (`passing`: what passes from or to all addresses); what has to work is asked of all addresses.
fn parts(
    intents: &mut Intents<'_>,
    classes: &mut Classes<'_>,
    intent: Intent,
    end: &End,
    passing: impl Fn(&End) -> Vec<Part>,
) -> Vec<(End, EndClass)> {
    let End::Addresses(changed) = end else { return classes.parts(end, intents) };
    let wholes: Vec<End> = match intent {
        Intent::Depend => vec![End::outside()],
        Intent::Connect => {
            let passes = passing(end).into_iter().filter(|part| !part.passage.is_denied());
            passes.flat_map(|part| [part.source, part.destination]).collect()
        }
    };
    let mut parts = Vec::new();
    for whole in wholes.iter().filter(|whole| matches!(whole, End::Addresses(_))) {
        for (part, class) in classes.parts(whole, intents) {
            if let End::Addresses(part) = part {
                let part = part.intersection(changed);
                parts.extend((!part.is_empty()).then(|| (End::Addresses(part.into()), class)));
            }
        }
    }
    parts
}
