//! A whole cluster, asked.

use std::collections::BTreeMap;

use super::hits::{Hits, missing, opened};
use super::through::{Asking, Ways};
use super::told::{Said, say};
use crate::cedar::{ConnectionEnd, EndClass, Intent, Intents, OutcomeId, Policies};
use crate::cluster::Cluster;
use crate::net::{AddressSet, Ports, Protocol};
use crate::reach::{End, Reach, WorkloadId};
use crate::way::{Services, ways};

/// The classes of ends, each worked out once.
pub(super) struct Classes<'a> {
    reach: &'a Reach,
    workloads: Vec<Option<EndClass>>,
    addresses: BTreeMap<AddressSet, Vec<(AddressSet, EndClass)>>,
}

impl<'a> Classes<'a> {
    pub(super) fn of(reach: &'a Reach) -> Classes<'a> {
        Classes { reach, workloads: vec![None; reach.workloads().len()], addresses: BTreeMap::new() }
    }

    /// The parts of an end, with the class of each.
    pub(super) fn parts(&mut self, end: &End, intents: &mut Intents<'_>) -> Vec<(End, EndClass)> {
        match end {
            End::Workload(id) => self.workload(*id, intents).map(|class| (end.clone(), class)).into_iter().collect(),
            End::Addresses(set) => {
                let known = self.addresses.entry((**set).clone()).or_insert_with(|| {
                    let parts = intents.classes_of(&ConnectionEnd::Addresses(set));
                    parts.into_iter().filter_map(|(part, class)| Some((part?, class))).collect()
                });
                known.iter().map(|(part, class)| (End::Addresses(part.clone().into()), *class)).collect()
            }
        }
    }

    /// The class of a workload.
    pub(super) fn workload(&mut self, id: WorkloadId, intents: &mut Intents<'_>) -> Option<EndClass> {
        let known = self.workloads.get_mut(id.index())?;
        if known.is_none() {
            let end = self.reach.workload(id)?;
            *known = intents.classes_of(&ConnectionEnd::Workload(end)).first().map(|(_, class)| *class);
        }
        *known
    }
}

/// Everything that policies say of the connections of a cluster: `connect` of all that may pass, `depend` of all that has to.
/// At most `budget` evaluations are made. Cost: that of listing the connections, and of evaluating each policy for each pair of
/// classes of ends that it can tell apart.
pub fn of_cluster(policies: &Policies, cluster: &Cluster, reach: &Reach, budget: u64) -> Said {
    let mut said = Said::default();
    let list = ways(cluster, Services::All);
    for intent in [Intent::Connect, Intent::Depend] {
        if !policies.asks(intent) {
            continue;
        }
        let mut intents = policies.intents(intent, cluster, budget);
        let mut classes = Classes::of(reach);
        let mut hits = Hits::default();
        match intent {
            Intent::Connect => forbidden(&mut intents, &mut classes, reach, &mut hits),
            Intent::Depend => {
                let named = policies.ports_named(intent);
                not_working(&mut intents, &mut classes, (cluster, reach), &named, &mut hits);
            }
        }
        let mut asking = Asking { policies, intents: &mut intents, intent, classes: &mut classes, cluster };
        asking.ask(&Ways::of(reach, &list), None, None, &mut hits);
        say(&intents, intent, (cluster, reach), hits, None, &mut said);
    }
    said
}

fn forbidden(intents: &mut Intents<'_>, classes: &mut Classes<'_>, reach: &Reach, hits: &mut Hits) {
    for connection in reach.connections() {
        ask_connection(intents, classes, &connection.source, &connection.destination, &connection.passage, hits);
    }
}

/// Asks `connect` of what may pass between two ends.
pub(super) fn ask_connection(
    intents: &mut Intents<'_>,
    classes: &mut Classes<'_>,
    source: &End,
    destination: &End,
    passage: &crate::reach::Passage,
    hits: &mut Hits,
) {
    if let (End::Workload(from), End::Workload(to)) = (source, destination) {
        let (from, to) = (classes.workload(*from, intents), classes.workload(*to, intents));
        let Some((from, to)) = from.zip(to) else { return };
        return note(intents, (from, to), source, destination, passage, hits);
    }
    let mut parts = Hits::default();
    for (source, from) in classes.parts(source, intents) {
        for (destination, to) in classes.parts(destination, intents) {
            note(intents, (from, to), &source, &destination, passage, &mut parts);
        }
    }
    hits.add_parts(parts);
}

/// Notes what `connect` policies say of what may pass between two ends.
pub(super) fn note(
    intents: &mut Intents<'_>,
    (from, to): (EndClass, EndClass),
    source: &End,
    destination: &End,
    passage: &crate::reach::Passage,
    hits: &mut Hits,
) {
    let outcome = intents.outcome(from, to);
    if outcome == OutcomeId::NOTHING {
        return;
    }
    for (policy, held) in intents.told(outcome) {
        hits.note(*policy, source, destination, opened(passage, &held.sure, &held.unsure));
    }
}

fn not_working(
    intents: &mut Intents<'_>,
    classes: &mut Classes<'_>,
    (cluster, reach): (&Cluster, &Reach),
    named: &Ports,
    hits: &mut Hits,
) {
    let ids: Vec<WorkloadId> = reach.workload_ids().collect();
    let outside = End::outside();
    for id in &ids {
        let own = End::Workload(*id);
        let declared = declared(cluster, reach, *id).union(named);
        for source in &ids {
            let source = End::Workload(*source);
            require(intents, classes, (&source, &own), (reach, &declared), hits);
        }
        require(intents, classes, (&outside, &own), (reach, &declared), hits);
        require(intents, classes, (&own, &outside), (reach, named), hits);
    }
}

/// Asks `depend` of these ports between two ends.
pub(super) fn require(
    intents: &mut Intents<'_>,
    classes: &mut Classes<'_>,
    (source, destination): (&End, &End),
    (reach, asked): (&Reach, &Ports),
    hits: &mut Hits,
) {
    for (from, from_class) in classes.parts(source, intents) {
        for (to, to_class) in classes.parts(destination, intents) {
            let outcome = intents.outcome(from_class, to_class);
            if outcome == OutcomeId::NOTHING {
                continue;
            }
            for part in reach.ask(&from, &to, None).parts {
                for (policy, held) in intents.told(outcome) {
                    let missing = missing(asked, &part.passage, &held.sure);
                    hits.note(*policy, &part.source, &part.destination, missing);
                }
            }
        }
    }
}

/// The ports that the pods of a workload say they listen on.
pub(super) fn declared(cluster: &Cluster, reach: &Reach, id: WorkloadId) -> Ports {
    let body = reach.workload(id).and_then(|workload| cluster.pods_of(&workload.object));
    let ports = body.map(|body| &body.template.ports[..]).unwrap_or_default();
    ports.iter().fold(Ports::NONE, |all, port| match Protocol::parse(cluster.text(port.protocol)) {
        Some(protocol) => all.union(&Ports::range(protocol, port.number, port.number)),
        None => all,
    })
}
