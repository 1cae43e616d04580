//! What a change opens and cuts, asked.
//!
//! A connection is asked about if the change opens or cuts it, and also if an end of it is no longer the same to policies
//! (its namespace got another environment). What a policy said of it before is not said again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Certainty;
use super::announce::announced_ways;
use super::hits::{Hit, Hits, missing};
use super::scan::{Classes, ask_connection, declared, note, require};
use super::through::{Asking, Ways, namespaces_of};
use super::told::{Said, say};
use crate::cedar::{EndClass, Intent, Intents, OutcomeId, Policies};
use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports};
use crate::reach::{Change, Diff, DiffEnd, End, EndsChange, Part, Reach, WorkloadId};
use crate::way::{Services, Through, Way, ways};

/// Workloads that a change can make others to policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// None: it is about rules.
    Nobody,
    /// Those of a namespace.
    Namespace(String),
    /// One, by the object that makes its pods.
    Workload(ObjectRef),
    /// None, for the network is the same: it is about the ways through this Service.
    Service(ObjectRef),
}

impl Touched {
    /// Some workloads can be.
    fn is_somebody(&self) -> bool {
        matches!(self, Touched::Namespace(_) | Touched::Workload(_))
    }

    /// The ways through Services that can be others than before.
    fn ways(&self, cluster: &Cluster) -> Vec<Way> {
        match self {
            Touched::Nobody | Touched::Namespace(_) => Vec::new(),
            Touched::Workload(id) => ways(cluster, Services::In(&BTreeSet::from([id.namespace.clone()]))),
            Touched::Service(id) => ways(cluster, Services::Named(id)),
        }
    }

    fn ends(&self, reach: &Reach) -> BTreeSet<WorkloadId> {
        match self {
            Touched::Nobody | Touched::Service(_) => BTreeSet::new(),
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
    /// Ways through Services that the change can make others.
    ways: Vec<Way>,
    connect: Known,
    depend: Known,
}

/// What policies on one action knew.
#[derive(Debug, Default)]
struct Known {
    /// What they read of each workload that can be touched.
    marks: BTreeMap<ObjectRef, Vec<String>>,
    /// What they said of its connections.
    said: BTreeMap<Of, Vec<(Certainty, Ports)>>,
}

/// A policy, a Service that is gone through, a source and a destination.
type Of = (usize, Option<Arc<Through>>, DiffEnd, DiffEnd);

fn of_hit(reach: &Reach, hit: &Hit) -> Of {
    let through = hit.via.as_ref().map(|via| Arc::clone(&via.through));
    (hit.policy, through, diff_end(reach, &hit.source), diff_end(reach, &hit.destination))
}

/// What a change does.
#[derive(Debug, Default)]
pub struct Changed {
    /// What policies say of what it opens and cuts.
    pub said: Said,
    /// What it opens and cuts between ends.
    pub diff: Diff,
    /// What it opens and cuts of ways through Services, a line each; only if policies are asked to announce.
    pub ways: Vec<String>,
}

impl Before {
    /// What is there before the change; `reach` is the network of `cluster`. Cost: where workloads can be touched, that of
    /// listing their connections.
    pub fn of(policies: &Policies, cluster: &Cluster, reach: Arc<Reach>, touched: Touched, budget: u64) -> Before {
        let known = |intent| {
            let mut known = Known::default();
            if touched.is_somebody() && policies.asks(intent) {
                let mut intents = policies.intents(intent, cluster, budget);
                let ends = touched.ends(&reach);
                for end in ends.iter().filter_map(|id| reach.workload(*id)) {
                    known.marks.insert(end.object.clone(), intents.marks_of(end));
                }
                let hits = of_ends(policies, &mut intents, intent, (cluster, &reach), &ends);
                for hit in hits.list {
                    let known = known.said.entry(of_hit(&reach, &hit)).or_default();
                    known.push((hit.certainty, hit.ports));
                }
            }
            known
        };
        let (connect, depend) = (known(Intent::Connect), known(Intent::Depend));
        Before { ways: touched.ways(cluster), touched, connect, depend, reach }
    }
}

/// What policies say of the connections that a change opens and cuts, and what it opens and cuts. `cluster` is that after the
/// change, and differs from that before in `object` alone; of the rules that open or cut a connection, those of `object` are named
/// first.
pub fn of_change(policies: &Policies, before: &Before, cluster: &Cluster, object: &ObjectRef, budget: u64) -> Changed {
    let (reach, diff) = match before.touched {
        Touched::Service(_) => (Arc::clone(&before.reach), Diff::default()),
        _ => {
            let reach = before.reach.after(cluster, std::slice::from_ref(object));
            let diff = Diff::between(&before.reach, &reach);
            (Arc::new(reach), diff)
        }
    };
    let [old, new] = before.ways_by(cluster, &diff);
    let (old, new) = (Ways::of(&before.reach, &old), Ways::of(&reach, &new));
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
        let mut asking = Asking { policies, intents: &mut intents, intent, classes: &mut classes, cluster };
        asking.ask(&new, Some(&old), None, &mut hits);
        let of_others = of_ends(policies, &mut intents, intent, (cluster, &reach), &others);
        hits.list.extend(of_others.list.into_iter().filter_map(|hit| after.unsaid(hit, known)));
        hits.list.sort();
        hits.list.dedup();
        say(&intents, intent, (cluster, &reach), hits, Some(object), &mut said);
    }
    let ways = if policies.announces() { announced_ways(&old, &new) } else { Vec::new() };
    Changed { said, diff, ways }
}

impl Before {
    /// The ways before and after that a change can make others, or of which something else passes. Services elsewhere are the
    /// same before and after.
    fn ways_by(&self, cluster: &Cluster, diff: &Diff) -> [Vec<Way>; 2] {
        let mut namespaces = namespaces_of(diff.changed.iter().map(|change| &change.destination));
        if let Touched::Workload(id) = &self.touched {
            namespaces.remove(&id.namespace);
        }
        let same = ways(cluster, Services::In(&namespaces));
        let known = |way: &&Way| !self.ways.iter().any(|known| known.through == way.through && known.to == way.to);
        let same: Vec<Way> = same.iter().filter(known).cloned().collect();
        let mut old = self.ways.clone();
        let mut new = self.touched.ways(cluster);
        old.extend(same.iter().cloned());
        new.extend(same);
        [old, new]
    }
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
    if policies.minds_services(intent) {
        let list = ways(cluster, Services::All);
        let mut asking = Asking { policies, intents, intent, classes: &mut classes, cluster };
        asking.ask(&Ways::of(reach, &list), None, Some(ends), &mut hits);
    }
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
        let before = known.said.get(&of_hit(self.reach, &hit)).into_iter().flatten();
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
