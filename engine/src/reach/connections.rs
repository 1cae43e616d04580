//! Everything that may pass, source by source.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bits::Bits;
use super::incoming::Incoming;
use super::meet::{Meetings, PassageId};
use super::row::{FEW, Row};
use super::value::Value;
use super::{Connection, End, Reach, WorkloadId};
use crate::net::AddressSet;

/// Makes the rows of one source after the other.
pub(super) struct Sources<'a> {
    reach: &'a Reach,
    incoming: Incoming<'a>,
    meetings: Meetings<'a>,
    /// By class, what the source in hand sends to few; all none between rows.
    sent: Vec<Option<Value>>,
    /// By class, what passes to it from the source in hand; all nothing between rows.
    passing: Vec<PassageId>,
}

/// What may pass from one source: destinations with the number of the passage, sorted.
#[derive(Default)]
pub(super) struct Outgoing {
    pub(super) workloads: Vec<(WorkloadId, PassageId)>,
    pub(super) addresses: Vec<(AddressSet, PassageId)>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(reach: &'a Reach) -> Sources<'a> {
        let classes = reach.model.classes.len();
        Sources {
            reach,
            incoming: Incoming::of(&reach.ingress, reach.model.view.all()),
            meetings: Meetings::of(&reach.book),
            sent: vec![None; classes],
            passing: vec![PassageId::NONE; classes],
        }
    }

    pub(super) fn passage(&self, id: PassageId) -> Arc<super::Passage> {
        self.meetings.get(id)
    }

    /// What may pass from a workload. Cost: the classes that its row names, what gets in from its class, and the result.
    pub(super) fn from(&mut self, source: WorkloadId) -> Outgoing {
        let reach = self.reach;
        let Some(class) = reach.model.class_of(source) else { return Outgoing::default() };
        let Some(row) = reach.row(&reach.egress, class) else { return Outgoing::default() };
        let classes = self.classes_reached(class, row);
        let mut workloads = self.workloads_of(&classes);
        if reach.workload(source).is_some_and(|workload| workload.bare_pod) {
            self.correct_itself(source, class, &mut workloads);
        }
        let parts = row.addresses.listed().iter();
        let parts = parts.map(|(value, set)| (set, self.meetings.of_both(*value, Value::ALL)));
        Outgoing { workloads, addresses: merged(parts) }
    }

    fn classes_reached(&mut self, class: usize, row: &Row) -> Vec<(usize, PassageId)> {
        let mut reached = Vec::new();
        let parts = row.classes.listed();
        let (narrow, wide): (Vec<_>, Vec<_>) = parts.iter().partition(|(_, classes)| classes.count() <= FEW);
        fill(&mut self.sent, &narrow, Some);
        let mut excepted = Vec::new();
        for (receivers, incoming) in self.incoming.exceptions(class) {
            for class in receivers {
                let sent = self.sent.get(*class).copied().flatten().unwrap_or_else(|| {
                    let part = wide.iter().find(|(_, classes)| classes.has(*class));
                    part.map_or(row.classes.rest(), |part| part.0)
                });
                reached.push((*class, self.meetings.of_both(sent, incoming)));
                excepted.push(*class);
            }
        }
        fill(&mut self.sent, &narrow, |_| None);
        let met = Bits::of(excepted);
        for (sent, classes) in narrow {
            for class in classes.iter().filter(|class| !met.has(*class)) {
                reached.push((class, self.meetings.of_both(*sent, self.incoming.rest(class))));
            }
        }
        let rest = match row.classes.rest() {
            Value::NONE => None,
            rest => {
                let listed = parts.iter().fold(met.clone(), |all, (_, classes)| all.union(classes));
                let others = self.reach.model.view.all().difference(&listed);
                Some((rest, others))
            }
        };
        for (sent, classes) in wide.into_iter().chain(&rest) {
            for (incoming, receivers) in self.incoming.by_rest() {
                let passage = self.meetings.of_both(*sent, *incoming);
                if passage != PassageId::NONE {
                    let both = classes.intersection(receivers).difference(&met);
                    reached.extend(both.iter().map(|class| (class, passage)));
                }
            }
        }
        reached.retain(|(_, passage)| *passage != PassageId::NONE);
        reached
    }

    /// The workloads of these classes, sorted.
    fn workloads_of(&mut self, classes: &[(usize, PassageId)]) -> Vec<(WorkloadId, PassageId)> {
        for (class, passage) in classes {
            if let Some(entry) = self.passing.get_mut(*class) {
                *entry = *passage;
            }
        }
        let roster = &self.reach.model.roster;
        let workload = |number: usize| WorkloadId(u32::try_from(number).unwrap_or(u32::MAX));
        // Few destinations are looked up and sorted; many are found by going through all workloads in order.
        let mut found: Vec<(WorkloadId, PassageId)> = if classes.len() * 16 < roster.class_of.len() {
            let members = classes.iter().flat_map(|(class, passage)| {
                roster.members_of(*class).iter().map(move |member| (workload(*member), *passage))
            });
            members.collect()
        } else {
            let all = roster.class_of.iter().enumerate();
            let passing = all.filter_map(|(number, class)| Some((workload(number), *self.passing.get(*class)?)));
            passing.filter(|(_, passage)| *passage != PassageId::NONE).collect()
        };
        found.sort_unstable();
        for (class, _) in classes {
            if let Some(entry) = self.passing.get_mut(*class) {
                *entry = PassageId::NONE;
            }
        }
        found
    }

    fn correct_itself(&mut self, pod: WorkloadId, class: usize, workloads: &mut Vec<(WorkloadId, PassageId)>) {
        let [out, into] =
            [&self.reach.egress, &self.reach.ingress].map(|sides| self.reach.value_of(sides, class, class));
        let at = workloads.binary_search_by_key(&pod, |(workload, _)| *workload);
        let passage = self.meetings.of_itself(out, into);
        match at.map(|at| workloads.get_mut(at)) {
            Ok(entry) => entry.into_iter().for_each(|entry| entry.1 = passage),
            Err(at) => workloads.insert(at, (pod, passage)),
        }
    }

    /// What may pass from addresses outside, sorted.
    pub(super) fn outside(&mut self) -> Vec<(AddressSet, WorkloadId, PassageId)> {
        let mut of_class: BTreeMap<usize, Vec<(AddressSet, PassageId)>> = BTreeMap::new();
        let mut found = Vec::new();
        for (number, class) in (0..).zip(&self.reach.model.roster.class_of) {
            let parts = of_class.entry(*class).or_insert_with(|| {
                let row = self.reach.row(&self.reach.ingress, *class);
                let parts = row.map(|row| row.addresses.listed()).unwrap_or_default().iter();
                merged(parts.map(|(value, set)| (set, self.meetings.of_both(*value, Value::ALL))))
            });
            found.extend(parts.iter().map(|(set, passage)| (set.clone(), WorkloadId(number), *passage)));
        }
        found.sort();
        found
    }
}

fn fill(table: &mut [Option<Value>], parts: &[&(Value, Bits)], with: impl Fn(Value) -> Option<Value>) {
    for (value, classes) in parts {
        for class in classes.iter() {
            if let Some(entry) = table.get_mut(class) {
                *entry = with(*value);
            }
        }
    }
}

/// Sets that pass the same, as one; sorted.
fn merged<'s>(parts: impl Iterator<Item = (&'s AddressSet, PassageId)>) -> Vec<(AddressSet, PassageId)> {
    let mut by_passage: BTreeMap<PassageId, AddressSet> = BTreeMap::new();
    for (set, passage) in parts.filter(|(_, passage)| *passage != PassageId::NONE) {
        let known = by_passage.entry(passage).or_default();
        *known = known.union(set);
    }
    let mut merged: Vec<_> = by_passage.into_iter().map(|(passage, set)| (set, passage)).collect();
    merged.sort();
    merged
}

/// Every connection in order.
pub(super) fn connections(reach: &Reach) -> impl Iterator<Item = Connection> {
    let mut sources = Sources::of(reach);
    let mut receivers = Sources::of(reach);
    let workloads = 0..u32::try_from(reach.workloads().len()).unwrap_or(u32::MAX);
    let from_workloads = workloads.flat_map(move |number| {
        let source = WorkloadId(number);
        let Outgoing { workloads, addresses } = sources.from(source);
        let connection = |destination: End, passage: PassageId| Connection {
            source: End::Workload(source),
            destination,
            passage: sources.passage(passage),
        };
        let inside = workloads.into_iter().map(|(workload, passage)| connection(End::Workload(workload), passage));
        let mut found: Vec<Connection> = inside.collect();
        found.extend(addresses.into_iter().map(|(set, passage)| connection(End::Addresses(Arc::new(set)), passage)));
        found
    });
    let outside = std::iter::once_with(move || {
        let found = receivers.outside();
        let connection = |(set, workload, passage): (AddressSet, WorkloadId, PassageId)| Connection {
            source: End::Addresses(Arc::new(set)),
            destination: End::Workload(workload),
            passage: receivers.passage(passage),
        };
        found.into_iter().map(connection).collect::<Vec<_>>()
    });
    from_workloads.chain(outside.flatten())
}
