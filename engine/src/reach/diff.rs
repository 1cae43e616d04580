//! What changes between two networks.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::connections::{Outgoing, Sources};
use super::{Passage, Reach, WorkloadId, kin};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports};

/// What changed from one network to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Connections between ends of which something changed, sorted as [`Reach::connections`] has them. Workloads that are
    /// only in one of the networks have all their connections here.
    pub changed: Vec<Change>,
    /// Workloads that are only in the new network, sorted.
    pub appeared: Vec<ObjectRef>,
    /// Workloads that are only in the old network, sorted.
    pub gone: Vec<ObjectRef>,
}

/// One connection that is not the same. Its identity is that of the objects which make the pods, never of single pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it comes from.
    pub source: DiffEnd,
    /// Where it goes.
    pub destination: DiffEnd,
    /// What passed before; nothing if an end appeared.
    pub before: Arc<Passage>,
    /// What passes now; nothing if an end is gone.
    pub after: Arc<Passage>,
    /// Whether an end is only in one of the networks.
    pub ends: EndsChange,
}

/// An end of a connection in either network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiffEnd {
    /// A workload, by the object that makes its pods.
    Workload(ObjectRef),
    /// Addresses outside.
    Addresses(AddressSet),
}

/// Whether both ends of a connection are in both networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndsChange {
    /// They are.
    Stay,
    /// An end is only in the new one.
    Appeared,
    /// An end is only in the old one: nothing depends on what is gone.
    Gone,
}

impl Change {
    /// Ports that pass for sure now and did not before.
    pub fn opened(&self) -> Ports {
        self.after.allow.difference(&self.before.allow)
    }

    /// Ports that passed for sure before and do not now.
    pub fn cut(&self) -> Ports {
        self.before.allow.difference(&self.after.allow)
    }

    /// Ports that may pass now and could not before: what a rule against new connections has to ask about.
    pub fn may_open(&self) -> Ports {
        self.after.some().difference(&self.before.some())
    }

    /// Ports that could pass before and cannot now.
    pub fn shut(&self) -> Ports {
        self.before.some().difference(&self.after.some())
    }
}

impl Diff {
    /// True if nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.appeared.is_empty() && self.gone.is_empty()
    }

    /// What changed from `old` to `new`. Cost: if the one was made of the other by [`Reach::after`], the rows that are not the
    /// same, and all classes for each workload that came, went or is like others now; else that of listing the connections of
    /// both.
    pub fn between(old: &Reach, new: &Reach) -> Diff {
        kin::between(old, new).unwrap_or_else(|| Diff::of_strangers(old, new))
    }

    fn of_strangers(old: &Reach, new: &Reach) -> Diff {
        let mut sides = [Side::of(old, 0), Side::of(new, 1)];
        let mut diff = Diff::default();
        let mut objects: BTreeMap<&ObjectRef, [Option<WorkloadId>; 2]> = BTreeMap::new();
        for (side, reach) in [old, new].into_iter().enumerate() {
            for (number, workload) in (0..).zip(reach.workloads()) {
                let known = objects.entry(&workload.object).or_default();
                if let Some(known) = known.get_mut(side) {
                    *known = Some(WorkloadId(number));
                }
            }
        }
        for (object, ids) in &objects {
            match ids {
                [None, Some(_)] => diff.appeared.push((*object).clone()),
                [Some(_), None] => diff.gone.push((*object).clone()),
                _ => {}
            }
        }
        let place = |object: &ObjectRef| objects.get(object).copied().unwrap_or_default();
        for (object, ids) in &objects {
            let [before, after] = sides.each_mut().map(|side| side.rows(ids));
            let source = DiffEnd::Workload((*object).clone());
            diff.compare(&source, before.workloads, after.workloads, *ids, &place);
            diff.compare_addresses(&before.addresses, &after.addresses, *ids, |set| {
                (source.clone(), DiffEnd::Addresses(set))
            });
        }
        let [before, after] = sides.each_mut().map(Side::outside);
        let nothing = Vec::new();
        for (object, ids) in &objects {
            let [before, after] = [&before, &after].map(|of| of.get(*object).unwrap_or(&nothing));
            diff.compare_addresses(before, after, *ids, |set| {
                (DiffEnd::Addresses(set), DiffEnd::Workload((*object).clone()))
            });
        }
        diff
    }

    fn compare(
        &mut self,
        source: &DiffEnd,
        before: Vec<(ObjectRef, Arc<Passage>)>,
        after: Vec<(ObjectRef, Arc<Passage>)>,
        source_ids: [Option<WorkloadId>; 2],
        place: &impl Fn(&ObjectRef) -> [Option<WorkloadId>; 2],
    ) {
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        loop {
            let order = match (before.peek(), after.peek()) {
                (Some(one), Some(other)) => one.0.cmp(&other.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let one = if order == Ordering::Greater { None } else { before.next() };
            let other = if order == Ordering::Less { None } else { after.next() };
            let Some(object) = one.as_ref().or(other.as_ref()).map(|(object, _)| object.clone()) else { return };
            let [one, other] = [one, other].map(|found| found.map_or_else(Arc::default, |(_, passage)| passage));
            if one != other {
                let ends = ends_change(source_ids).max(ends_change(place(&object)));
                self.changed.push(Change {
                    source: source.clone(),
                    destination: DiffEnd::Workload(object),
                    before: one,
                    after: other,
                    ends,
                });
            }
        }
    }

    fn compare_addresses(
        &mut self,
        before: &[(AddressSet, Arc<Passage>)],
        after: &[(AddressSet, Arc<Passage>)],
        ids: [Option<WorkloadId>; 2],
        ends: impl Fn(AddressSet) -> (DiffEnd, DiffEnd),
    ) {
        self.changed.extend(address_changes(before, after).into_iter().map(|(set, before, after)| {
            let (source, destination) = ends(set);
            Change { source, destination, before, after, ends: ends_change(ids) }
        }));
    }
}

/// Address sets are cut where either network changes its answer, and put together where both changes are the same. Sorted.
pub(super) fn address_changes(
    before: &[(AddressSet, Arc<Passage>)],
    after: &[(AddressSet, Arc<Passage>)],
) -> Vec<(AddressSet, Arc<Passage>, Arc<Passage>)> {
    if before == after {
        return Vec::new();
    }
    let mut changes: BTreeMap<(Arc<Passage>, Arc<Passage>), AddressSet> = BTreeMap::new();
    let with_rest = |parts: &[(AddressSet, Arc<Passage>)]| {
        let held = parts.iter().fold(AddressSet::NONE, |all, (set, _)| all.union(set));
        let mut parts = parts.to_vec();
        parts.push((held.complement(), Arc::default()));
        parts
    };
    for (one, old) in &with_rest(before) {
        for (other, new) in &with_rest(after) {
            let both = one.intersection(other);
            if old != new && !both.is_empty() {
                let known = changes.entry((Arc::clone(old), Arc::clone(new))).or_default();
                *known = known.union(&both);
            }
        }
    }
    let mut changes: Vec<_> = changes.into_iter().map(|((old, new), set)| (set, old, new)).collect();
    changes.sort();
    changes
}

fn ends_change(ids: [Option<WorkloadId>; 2]) -> EndsChange {
    match ids {
        [None, _] => EndsChange::Appeared,
        [Some(_), None] => EndsChange::Gone,
        [Some(_), Some(_)] => EndsChange::Stay,
    }
}

/// One of the two networks.
struct Side<'a> {
    reach: &'a Reach,
    sources: Sources<'a>,
    /// Which of two ids is this network's.
    which: usize,
}

#[derive(Default)]
struct Rows {
    workloads: Vec<(ObjectRef, Arc<Passage>)>,
    addresses: Vec<(AddressSet, Arc<Passage>)>,
}

impl<'a> Side<'a> {
    fn of(reach: &'a Reach, which: usize) -> Side<'a> {
        Side { reach, sources: Sources::of(reach), which }
    }

    fn object(&self, id: WorkloadId) -> Option<&'a ObjectRef> {
        self.reach.workload(id).map(|workload| &workload.object)
    }

    fn rows(&mut self, ids: &[Option<WorkloadId>; 2]) -> Rows {
        let Some(id) = ids.get(self.which).copied().flatten() else { return Rows::default() };
        let Outgoing { workloads, addresses } = self.sources.from(id);
        let named = workloads.into_iter().filter_map(|(id, passage)| Some((self.object(id)?.clone(), passage)));
        let mut workloads: Vec<_> = named.map(|(object, passage)| (object, self.sources.passage(passage))).collect();
        workloads.sort();
        let addresses = addresses.into_iter().map(|(set, passage)| (set, self.sources.passage(passage))).collect();
        Rows { workloads, addresses }
    }

    fn outside(&mut self) -> BTreeMap<&'a ObjectRef, Vec<(AddressSet, Arc<Passage>)>> {
        let mut by_object: BTreeMap<&ObjectRef, Vec<_>> = BTreeMap::new();
        for (set, id, passage) in self.sources.outside() {
            if let Some(object) = self.object(id) {
                by_object.entry(object).or_default().push((set, self.sources.passage(passage)));
            }
        }
        by_object
    }
}
