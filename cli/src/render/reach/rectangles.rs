//! Many pairs → few rows, exactly: what is alike is said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::net::AddressSet;
use engine::reach::End;

use crate::engines::Net;

/// A workload that rows may speak of. Lists of them are sorted by namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resident<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

/// One end: a workload by its place in a list, or addresses outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Workload(usize),
    Addresses(Arc<AddressSet>),
}

impl From<&End> for Spot {
    fn from(end: &End) -> Spot {
        match end {
            End::Workload(id) => Spot::Workload(id.index()),
            End::Addresses(set) => Spot::Addresses(Arc::clone(set)),
        }
    }
}

/// Every workload of a network, in its order.
pub(super) fn residents(reach: &Net) -> Vec<Resident<'_>> {
    let each = reach.workloads().iter();
    each.map(|end| Resident { namespace: &end.object.namespace, name: &end.name }).collect()
}

/// Ends under one name. Sorted as lists print them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Term {
    /// Every workload, and every address outside.
    Everything,
    /// Every workload.
    EveryWorkload,
    /// A workload, or with the name `NAMESPACE/*` all of a namespace.
    Named(String),
    /// Addresses outside.
    Addresses(AddressSet),
    /// Each source itself.
    Itself,
}

/// A set of ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    workloads: Vec<usize>,
    addresses: AddressSet,
}

/// Pairs that are alike, by source and by destination. INVARIANT: they are added in order.
#[derive(Default)]
pub(super) struct Pairs {
    by_source: BTreeMap<Spot, Side>,
    by_destination: BTreeMap<Spot, Side>,
}

/// Sources that all reach the same destinations.
pub(super) type Rectangle = (Side, Side);

impl Pairs {
    pub(super) fn add(&mut self, source: &Spot, destination: &Spot) {
        self.by_destination.entry(destination.clone()).or_default().add(source);
        self.by_source.entry(source.clone()).or_default().add(destination);
    }

    /// Rectangles by equal sources or by equal destinations, whichever makes fewer rows.
    pub(super) fn rectangles(self, all: &[Resident<'_>]) -> Vec<Rectangle> {
        let rows = equal(self.by_source);
        let columns = equal(self.by_destination).into_iter().map(|(others, ends)| (ends, others));
        let columns: Vec<Rectangle> = columns.collect();
        let written = |rectangles: &[Rectangle]| -> usize {
            rectangles.iter().map(|(one, other)| one.terms(all).len() * other.terms(all).len()).sum()
        };
        if written(&columns) < written(&rows) { columns } else { rows }
    }
}

/// Ends with equal others, together.
fn equal(others: BTreeMap<Spot, Side>) -> Vec<Rectangle> {
    let mut alike: BTreeMap<Side, Side> = BTreeMap::new();
    for (end, others) in others {
        alike.entry(others).or_default().add(&end);
    }
    alike.into_iter().map(|(others, ends)| (ends, others)).collect()
}

impl Side {
    pub(super) fn add(&mut self, end: &Spot) {
        match end {
            Spot::Workload(number) => self.workloads.push(*number),
            Spot::Addresses(set) => self.addresses = self.addresses.union(set),
        }
    }

    pub(super) fn terms(&self, all: &[Resident<'_>]) -> Vec<Term> {
        let every = self.workloads.len() == all.len() && all.len() > 1;
        if every && self.addresses.is_all() {
            return vec![Term::Everything];
        }
        let mut terms = Vec::new();
        if every {
            terms.push(Term::EveryWorkload);
        } else {
            terms.extend(self.named(all));
        }
        if !self.addresses.is_empty() {
            terms.push(Term::Addresses(self.addresses.clone()));
        }
        terms
    }

    /// Whole namespaces, and single workloads of the others. Workloads of a namespace are neighbours in their list.
    fn named(&self, all: &[Resident<'_>]) -> Vec<Term> {
        let namespace = |index: &usize| all.get(*index).map_or("", |end| end.namespace);
        let mut terms = Vec::new();
        for group in self.workloads.chunk_by(|one, other| namespace(one) == namespace(other)) {
            let name = group.first().map_or("", namespace);
            let from = all.partition_point(|end| end.namespace < name);
            let members = all.partition_point(|end| end.namespace <= name) - from;
            if group.len() == members && members > 1 {
                terms.push(Term::Named(format!("{name}/*")));
            } else {
                terms.extend(group.iter().filter_map(|index| Some(Term::Named(all.get(*index)?.name.to_owned()))));
            }
        }
        terms
    }
}

impl Term {
    /// How it is printed.
    pub(super) fn text(&self) -> String {
        match self {
            Term::Everything => "everything".to_owned(),
            Term::EveryWorkload => "every workload".to_owned(),
            Term::Named(name) => name.clone(),
            Term::Addresses(set) if set.is_all() => "outside".to_owned(),
            Term::Addresses(set) => set.to_string(),
            Term::Itself => "itself".to_owned(),
        }
    }
}
