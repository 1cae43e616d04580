//! Connections that a policy has something to say of, before it is put into words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Certainty;
use crate::cedar::HeldPorts;
use crate::net::Ports;
use crate::reach::{End, Passage};
use crate::way::Through;

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
    /// The Service that it goes through.
    pub(super) via: Option<Arc<Via>>,
}

/// A Service that a connection goes through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Via {
    pub(super) through: Arc<Through>,
    /// JSON pointer of what in it leads there; empty for all of it.
    pub(super) field: String,
    /// It leads there; false if it did and does no longer.
    pub(super) leads: bool,
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
        self.note_via(policy, (source, destination), by_certainty, None);
    }

    /// As [`Hits::note`], of a connection through a Service.
    pub(super) fn note_via(
        &mut self,
        policy: usize,
        (source, destination): (&End, &End),
        by_certainty: [Ports; 3],
        via: Option<&Arc<Via>>,
    ) {
        let certainties = [Certainty::Sure, Certainty::Plugin, Certainty::Unknown];
        for (certainty, ports) in certainties.into_iter().zip(by_certainty).filter(|(_, ports)| !ports.is_empty()) {
            let (source, destination) = (source.clone(), destination.clone());
            self.enter(Hit { policy, certainty, destination, source, ports, via: via.cloned() });
        }
    }

    fn enter(&mut self, hit: Hit) {
        let count = self.counts.entry(hit.policy).or_default();
        *count += 1;
        if *count <= MOST {
            self.list.push(hit);
        }
    }

    /// As [`Hits::add_parts`], of a connection to one of the addresses, nobody knows which: what does not hold for all is not
    /// known.
    pub(super) fn add_unless_all(&mut self, parts: Hits) {
        let mut whole = Hits::default();
        whole.add_parts(parts);
        for hit in whole.list {
            let part = matches!(&hit.destination, End::Addresses(set) if !set.is_all());
            self.enter(Hit { certainty: if part { Certainty::Unknown } else { hit.certainty }, ..hit });
        }
    }

    /// Adds what was noted of the parts of one connection: addresses of which a policy says the same are one set again.
    pub(super) fn add_parts(&mut self, parts: Hits) {
        let mut whole: Vec<Hit> = Vec::new();
        for part in parts.list {
            let same = whole.iter_mut().find(|known| {
                (known.policy, known.certainty, &known.ports, &known.via)
                    == (part.policy, part.certainty, &part.ports, &part.via)
            });
            match same {
                Some(known) => {
                    unite(&mut known.source, &part.source);
                    unite(&mut known.destination, &part.destination);
                }
                None => whole.push(part),
            }
        }
        whole.into_iter().for_each(|hit| self.enter(hit));
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
