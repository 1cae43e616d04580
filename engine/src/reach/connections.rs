//! Everything that may pass, source by source.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::incoming::Incoming;
use super::meet::{Meetings, PassageId};
use super::value::Values;
use super::{Connection, End, Reach, WorkloadId};
use crate::net::AddressSet;

/// Makes the rows of one source after the other.
pub(super) struct Sources<'a> {
    reach: &'a Reach,
    incoming: Incoming<'a>,
    meetings: Meetings<'a>,
    /// By class, for the row that is being made; all none between rows.
    table: Vec<Option<PassageId>>,
}

/// What may pass from one source: destinations with the number of the passage, sorted.
pub(super) struct Outgoing {
    pub(super) workloads: Vec<(WorkloadId, PassageId)>,
    pub(super) addresses: Vec<(AddressSet, PassageId)>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(reach: &'a Reach) -> Sources<'a> {
        Sources {
            reach,
            incoming: Incoming::of(&reach.rows, &reach.ingress),
            meetings: Meetings::of(&reach.values),
            table: vec![None; reach.model.classes.len()],
        }
    }

    pub(super) fn passage(&self, id: PassageId) -> Arc<super::Passage> {
        self.meetings.get(id)
    }

    /// What may pass from a workload.
    pub(super) fn from(&mut self, source: WorkloadId) -> Outgoing {
        let model = &self.reach.model;
        let Some(class) = model.class_of.get(source.index()).copied() else {
            return Outgoing { workloads: Vec::new(), addresses: Vec::new() };
        };
        let Some(row) = self.reach.row(&self.reach.egress, class) else {
            return Outgoing { workloads: Vec::new(), addresses: Vec::new() };
        };
        let mut classes = Vec::new();
        for (receivers, incoming) in self.incoming.from(class) {
            for (outgoing, allowed) in row.classes.as_slice() {
                let both = allowed.intersection(receivers);
                if both.is_empty() {
                    continue;
                }
                if let Some(passage) = self.meetings.of_both(*outgoing, incoming) {
                    classes.extend(both.iter().map(|class| (class, passage)));
                }
            }
        }
        let mut workloads = self.workloads_of(&classes);
        if self.reach.workload(source).is_some_and(|workload| workload.bare_pod) {
            self.correct_itself(source, class, &mut workloads);
        }
        let parts = row.addresses.as_slice().iter();
        let parts = parts.filter_map(|(value, set)| Some((set, self.meetings.of_both(*value, Values::ALL)?)));
        Outgoing { workloads, addresses: merged(parts) }
    }

    /// The workloads of these classes, sorted.
    fn workloads_of(&mut self, classes: &[(usize, PassageId)]) -> Vec<(WorkloadId, PassageId)> {
        for (class, passage) in classes {
            if let Some(entry) = self.table.get_mut(*class) {
                *entry = Some(*passage);
            }
        }
        let model = &self.reach.model;
        let workload = |number: usize| WorkloadId(u32::try_from(number).unwrap_or(u32::MAX));
        // Few destinations are looked up and sorted; many are found by going through all workloads in order.
        let mut found: Vec<(WorkloadId, PassageId)> = if classes.len() * 16 < model.class_of.len() {
            let members = classes.iter().flat_map(|(class, passage)| {
                model.members_of(*class).iter().map(move |member| (workload(*member), *passage))
            });
            members.collect()
        } else {
            let all = model.class_of.iter().enumerate();
            all.filter_map(|(number, class)| Some((workload(number), (*self.table.get(*class)?)?))).collect()
        };
        found.sort_unstable();
        for (class, _) in classes {
            if let Some(entry) = self.table.get_mut(*class) {
                *entry = None;
            }
        }
        found
    }

    fn correct_itself(&mut self, pod: WorkloadId, class: usize, workloads: &mut Vec<(WorkloadId, PassageId)>) {
        let [out, into] =
            [&self.reach.egress, &self.reach.ingress].map(|sides| self.reach.value_of(sides, class, class));
        let at = workloads.binary_search_by_key(&pod, |(workload, _)| *workload);
        match (self.meetings.of_itself(out, into), at) {
            (Some(passage), Ok(at)) => {
                if let Some(entry) = workloads.get_mut(at) {
                    entry.1 = passage;
                }
            }
            (Some(passage), Err(at)) => workloads.insert(at, (pod, passage)),
            (None, _) => {}
        }
    }

    /// What may pass from addresses outside, sorted.
    pub(super) fn from_outside(&mut self) -> Vec<(AddressSet, WorkloadId, PassageId)> {
        let mut of_class: BTreeMap<usize, Vec<(AddressSet, PassageId)>> = BTreeMap::new();
        let mut found = Vec::new();
        for (number, class) in (0..).zip(&self.reach.model.class_of) {
            let parts = of_class.entry(*class).or_insert_with(|| {
                let row = self.reach.row(&self.reach.ingress, *class);
                let parts = row.map(|row| row.addresses.as_slice()).unwrap_or_default().iter();
                merged(parts.filter_map(|(value, set)| Some((set, self.meetings.of_both(*value, Values::ALL)?))))
            });
            found.extend(parts.iter().map(|(set, passage)| (set.clone(), WorkloadId(number), *passage)));
        }
        found.sort();
        found
    }
}

/// Sets that pass the same, as one; sorted.
fn merged<'s>(parts: impl Iterator<Item = (&'s AddressSet, PassageId)>) -> Vec<(AddressSet, PassageId)> {
    let mut by_passage: BTreeMap<PassageId, AddressSet> = BTreeMap::new();
    for (set, passage) in parts {
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
    let mut outside = Sources::of(reach);
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
    let from_outside = std::iter::once_with(move || {
        let found = outside.from_outside();
        let connection = |(set, workload, passage): (AddressSet, WorkloadId, PassageId)| Connection {
            source: End::Addresses(Arc::new(set)),
            destination: End::Workload(workload),
            passage: outside.passage(passage),
        };
        found.into_iter().map(connection).collect::<Vec<_>>()
    });
    from_workloads.chain(from_outside.flatten())
}
