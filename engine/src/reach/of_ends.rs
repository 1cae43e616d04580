//! What may pass between two classes, and the connections of a few workloads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::meet::to_itself;
use super::sides::Sides;
use super::value::{Book, Value};
use super::{Connection, End, Passage, Reach, WorkloadId};
use crate::net::AddressSet;

/// What the two ends of a connection let pass.
pub(super) type Both = (Value, Value);

/// Passages of pairs of values, each worked out once.
pub(super) struct Passages<'a> {
    book: &'a Book,
    known: BTreeMap<Both, Arc<Passage>>,
    nothing: Arc<Passage>,
}

impl<'a> Passages<'a> {
    pub(super) fn of(book: &'a Book) -> Passages<'a> {
        Passages { book, known: BTreeMap::new(), nothing: Arc::default() }
    }

    /// What passes where one end lets one value pass and the other the other.
    pub(super) fn of_both(&mut self, (one, other): Both) -> Arc<Passage> {
        if one == Value::NONE || other == Value::NONE {
            return Arc::clone(&self.nothing);
        }
        let both = (one.min(other), one.max(other));
        Arc::clone(self.known.entry(both).or_insert_with(|| Arc::new(self.book.passage(one, other))))
    }

    /// The same between a pod and itself.
    pub(super) fn of_itself(&self, (one, other): Both) -> Arc<Passage> {
        let both = self.book.spans(one).and(&self.book.spans(other));
        Arc::new(to_itself(&both).passage())
    }

    /// The addresses outside to or from which something may pass, sorted.
    pub(super) fn outside(&mut self, parts: &[(Value, AddressSet)]) -> Vec<(AddressSet, Arc<Passage>)> {
        let mut by_passage: BTreeMap<Arc<Passage>, AddressSet> = BTreeMap::new();
        for (value, set) in parts {
            let passage = self.of_both((*value, Value::ALL));
            if !passage.is_denied() {
                let known = by_passage.entry(passage).or_default();
                *known = known.union(set);
            }
        }
        let mut outside: Vec<_> = by_passage.into_iter().map(|(passage, set)| (set, passage)).collect();
        outside.sort();
        outside
    }
}

impl Reach {
    /// What both ends let pass from one class to another.
    pub(super) fn values_between(&self, source: usize, destination: usize) -> Both {
        let out = self.value_of(&self.egress, source, destination);
        // Most of what is not sent needs no second look.
        let into = if out == Value::NONE { out } else { self.value_of(&self.ingress, destination, source) };
        (out, into)
    }

    /// What one class lets pass to or from addresses outside.
    pub(super) fn addresses_of<'a>(&self, sides: &'a Sides, class: usize) -> &'a [(Value, AddressSet)] {
        self.row(sides, class).map(|row| row.addresses.listed()).unwrap_or_default()
    }
}

/// See [`Reach::connections_of`].
pub(super) fn connections_of(reach: &Reach, ends: &BTreeSet<WorkloadId>) -> Vec<Connection> {
    let mut passages = Passages::of(&reach.book);
    let all: Vec<WorkloadId> = reach.workload_ids().collect();
    let few: Vec<WorkloadId> = ends.iter().copied().collect();
    let mut found = Vec::new();
    for source in &all {
        let is_end = ends.contains(source);
        let Some(class) = reach.model.class_of(*source) else { continue };
        for destination in if is_end { &all } else { &few } {
            let Some(other) = reach.model.class_of(*destination) else { continue };
            let both = reach.values_between(class, other);
            let itself = source == destination && reach.workload(*source).is_some_and(|end| end.bare_pod);
            let passage = if itself {
                passages.of_itself((both.0, reach.value_of(&reach.ingress, class, class)))
            } else {
                passages.of_both(both)
            };
            if !passage.is_denied() {
                let (source, destination) = (End::Workload(*source), End::Workload(*destination));
                found.push(Connection { source, destination, passage });
            }
        }
        if is_end {
            for (set, passage) in passages.outside(reach.addresses_of(&reach.egress, class)) {
                let (source, destination) = (End::Workload(*source), End::Addresses(Arc::new(set)));
                found.push(Connection { source, destination, passage });
            }
        }
    }
    let mut outside = Vec::new();
    for id in few {
        let Some(class) = reach.model.class_of(id) else { continue };
        let parts = passages.outside(reach.addresses_of(&reach.ingress, class));
        outside.extend(parts.into_iter().map(|(set, passage)| (set, id, passage)));
    }
    outside.sort();
    found.extend(outside.into_iter().map(|(set, id, passage)| Connection {
        source: End::Addresses(Arc::new(set)),
        destination: End::Workload(id),
        passage,
    }));
    found
}
