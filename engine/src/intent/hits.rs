//! Connections that a policy has something to say of, before it is put into words.

use std::collections::BTreeMap;

use super::Certainty;
use crate::cedar::HeldPorts;
use crate::net::Ports;
use crate::reach::{End, Passage};

/// Connections of one policy that are told one by one.
const MOST: usize = 1_000;

/// One connection and one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Index into [`crate::Policies::infos`].
    pub(super) policy: usize,
    pub(super) certainty: Certainty,
    pub(super) destination: End,
    pub(super) source: End,
    pub(super) ports: Ports,
}

/// Everything that was hit.
#[derive(Default)]
pub(super) struct Hits {
    pub(super) list: Vec<Hit>,
    counts: BTreeMap<usize, usize>,
}

impl Hits {
    /// Notes a connection of which a policy may hold, if there are such ports.
    pub(super) fn note(&mut self, policy: usize, source: &End, destination: &End, by_certainty: [Ports; 3]) {
        let certainties = [Certainty::Sure, Certainty::Plugin, Certainty::Unknown];
        for (certainty, ports) in certainties.into_iter().zip(by_certainty).filter(|(_, ports)| !ports.is_empty()) {
            self.enter(policy, certainty, source, destination, ports);
        }
    }

    fn enter(&mut self, policy: usize, certainty: Certainty, source: &End, destination: &End, ports: Ports) {
        let count = self.counts.entry(policy).or_default();
        *count += 1;
        if *count <= MOST {
            let (source, destination) = (source.clone(), destination.clone());
            self.list.push(Hit { policy, certainty, destination, source, ports });
        }
    }

    /// Adds what was noted of the parts of one connection: addresses of which a policy says the same are one set again.
    pub(super) fn add_parts(&mut self, parts: Hits) {
        let mut whole: Vec<Hit> = Vec::new();
        for part in parts.list {
            let same = whole.iter_mut().find(|known| {
                (known.policy, known.certainty, &known.ports) == (part.policy, part.certainty, &part.ports)
            });
            match same {
                Some(known) => {
                    unite(&mut known.source, &part.source);
                    unite(&mut known.destination, &part.destination);
                }
                None => whole.push(part),
            }
        }
        for Hit { policy, certainty, destination, source, ports } in whole {
            self.enter(policy, certainty, &source, &destination, ports);
        }
    }

    /// How many connections of a policy are not in the list.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (usize, usize)> {
        self.counts
            .iter()
            .filter_map(|(policy, count)| Some((*policy, count.checked_sub(MOST).filter(|more| *more > 0)?)))
    }
}

fn unite(end: &mut End, other: &End) {
    if let (End::Addresses(all), End::Addresses(more)) = (&*end, other) {
        *end = End::Addresses(all.union(more).into());
    }
}

/// Of ports that may pass, those for which a `connect` policy holds: for sure, by the plugin's choice, perhaps.
pub(super) fn opened(passage: &Passage, sure: &HeldPorts, unsure: &HeldPorts) -> [Ports; 3] {
    let Passage { allow, implementation_defined, unknown } = passage;
    let perhaps = allow.intersection(&sure.unknown);
    let perhaps = perhaps.union(&implementation_defined.intersection(&unsure.unknown));
    let perhaps = perhaps.union(&unknown.intersection(&unsure.holds.union(&unsure.unknown)));
    [allow.intersection(&sure.holds), implementation_defined.intersection(&unsure.holds), perhaps]
}

/// Of ports that are asked for, those that a `depend` policy requires and that do not pass: for sure, by the plugin's
/// choice, perhaps.
pub(super) fn missing(asked: &Ports, passage: &Passage, required: &HeldPorts) -> [Ports; 3] {
    let required_here = asked.intersection(&required.holds);
    let perhaps_required = asked.intersection(&required.unknown).difference(&passage.allow);
    [
        required_here.intersection(&passage.deny()),
        required_here.intersection(&passage.implementation_defined),
        required_here.intersection(&passage.unknown).union(&perhaps_required),
    ]
}
