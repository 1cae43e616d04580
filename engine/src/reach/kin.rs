//! What changes from a network to one that was made of it.
//!
//! Rows that are the same ones need no look, and of others only the classes of which they say something else; workloads that
//! have come, gone or changed their class are compared with everyone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bits::Bits;
use super::diff::{Change, Diff, DiffEnd, EndsChange, address_changes};
use super::of_ends::{Both, Passages};
use super::sides::Sides;
use super::value::Value;
use super::{Passage, Reach};
use crate::finding::ObjectRef;
use crate::net::AddressSet;

/// A workload that is not where it was: its class in either network.
struct Mover<'a> {
    object: &'a ObjectRef,
    classes: [Option<usize>; 2],
    /// A bare Pod, in either network.
    bare: [bool; 2],
}

/// Addresses outside and what passes to or from them, before and after.
type Outside = [Vec<(AddressSet, Arc<Passage>)>; 2];

struct Kin<'a> {
    old: &'a Reach,
    new: &'a Reach,
    movers: Vec<Mover<'a>>,
    /// Those that are in the new network.
    moved: BTreeSet<usize>,
    passages: Passages<'a>,
    changed: Vec<Change>,
}

/// What changed; nothing if the new network was not made of the old one in one step.
pub(super) fn between(old: &Reach, new: &Reach) -> Option<Diff> {
    if new.lineage.is_of(&old.lineage) {
        return Some(Diff::default());
    }
    if !new.lineage.is_after(&old.lineage) {
        return None;
    }
    let mut kin = Kin {
        old,
        new,
        movers: Vec::new(),
        moved: BTreeSet::new(),
        // The new book has all sets of the old one, under the same numbers.
        passages: Passages::of(&new.book),
        changed: Vec::new(),
    };
    kin.find_movers();
    kin.compare_classes();
    kin.compare_movers();
    Some(kin.finish())
}

impl<'a> Kin<'a> {
    /// Namespaces in which nothing changed are the same ones.
    fn find_movers(&mut self) {
        let models = [&self.old.model, &self.new.model];
        let count = models.map(|model| model.namespaces.len()).into_iter().max().unwrap_or_default();
        for number in 0..count {
            let [old, new] = models.map(|model| model.namespaces.get(number));
            if old.zip(new).is_some_and(|(old, new)| Arc::ptr_eq(old, new)) {
                continue;
            }
            let mut found: BTreeMap<&ObjectRef, Mover<'_>> = BTreeMap::new();
            for (which, namespace) in [old, new].into_iter().enumerate() {
                let Some(roster) = models.get(which).map(|model| &model.roster) else { continue };
                let seats = namespace.map(|namespace| namespace.seats.as_slice()).unwrap_or_default();
                for (end, seat) in roster.of_namespace(number).iter().zip(seats) {
                    let mover = found.entry(&end.object).or_insert_with(|| Mover {
                        object: &end.object,
                        classes: [None, None],
                        bare: [false, false],
                    });
                    mover.classes.get_mut(which).into_iter().for_each(|known| *known = Some(*seat));
                    mover.bare.get_mut(which).into_iter().for_each(|known| *known = end.bare_pod);
                }
            }
            let differs = |mover: &Mover<'_>| mover.classes[0] != mover.classes[1] || mover.bare[0] != mover.bare[1];
            let movers: Vec<Mover<'_>> = found.into_values().filter(differs).collect();
            let place = self.new.model.roster.place(number);
            let ends = place.clone().zip(self.new.model.roster.of_namespace(number));
            let is_mover = |object: &ObjectRef| movers.iter().any(|mover| mover.object == object);
            self.moved.extend(ends.filter(|(_, end)| is_mover(&end.object)).map(|(id, _)| id));
            self.movers.extend(movers);
        }
    }

    /// Classes that are in both networks.
    fn lasting(&self) -> Bits {
        self.old.model.view.all().intersection(self.new.model.view.all())
    }

    /// The workloads of a class that are no movers, and so are its workloads in both networks.
    fn stayers(&self, class: usize) -> impl Iterator<Item = &'a ObjectRef> + '_ {
        let workloads = self.new.workloads();
        let members = self.new.model.roster.members_of(class).iter().filter(|id| !self.moved.contains(id));
        members.filter_map(|id| workloads.get(*id)).map(|end| &end.object)
    }

    fn compare_classes(&mut self) {
        let lasting = self.lasting();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (class, changed) in changed_rows(&self.old.egress, &self.new.egress, &lasting) {
            pairs.extend(changed.iter().map(|other| (class, other)));
        }
        for (class, changed) in changed_rows(&self.old.ingress, &self.new.ingress, &lasting) {
            pairs.extend(changed.iter().map(|other| (other, class)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        for (source, destination) in pairs {
            self.compare_pair(source, destination);
        }
        for class in lasting.iter() {
            let classes = [Some(class), Some(class)];
            let [out, into] = self.addresses(classes);
            if out[0] != out[1] || into[0] != into[1] {
                for object in self.stayers(class).collect::<Vec<_>>() {
                    self.note_addresses(object, (&out, &into), EndsChange::Stay);
                }
            }
        }
    }

    fn compare_pair(&mut self, source: usize, destination: usize) {
        let [before, after] = [self.old, self.new].map(|reach| both(reach, Some(source), Some(destination)));
        let passages = [before, after].map(|both| self.passages.of_both(both));
        let itself = (source == destination).then(|| [before, after].map(|both| self.passages.of_itself(both)));
        if passages[0] == passages[1] && itself.as_ref().is_none_or(|itself| itself[0] == itself[1]) {
            return;
        }
        let bare = |object: &ObjectRef| {
            self.new.workload_id(object).and_then(|id| self.new.workload(id)).is_some_and(|end| end.bare_pod)
        };
        let mut found = Vec::new();
        for from in self.stayers(source) {
            for to in self.stayers(destination) {
                let passages = match &itself {
                    Some(itself) if from == to && bare(from) => itself,
                    _ => &passages,
                };
                found.push((from, to, passages.clone()));
            }
        }
        found.into_iter().for_each(|(from, to, passages)| self.note(from, to, passages, EndsChange::Stay));
    }

    fn compare_movers(&mut self) {
        let lasting = self.lasting();
        for at in 0..self.movers.len() {
            let Some((object, classes)) = self.movers.get(at).map(|mover| (mover.object, mover.classes)) else {
                continue;
            };
            for other in lasting.iter() {
                for outwards in [true, false] {
                    let passages = self.passages_of_mover(classes, [Some(other); 2], outwards);
                    if passages[0] == passages[1] {
                        continue;
                    }
                    for stayer in self.stayers(other).collect::<Vec<_>>() {
                        let (from, to) = if outwards { (object, stayer) } else { (stayer, object) };
                        self.note(from, to, passages.clone(), ends_change(classes));
                    }
                }
            }
            self.compare_with_movers(at, object, classes);
            let [out, into] = self.addresses(classes);
            self.note_addresses(object, (&out, &into), ends_change(classes));
        }
    }

    fn compare_with_movers(&mut self, at: usize, object: &'a ObjectRef, classes: [Option<usize>; 2]) {
        let others: Vec<_> = self.movers.iter().map(|mover| (mover.object, mover.classes, mover.bare)).collect();
        for (number, (other, other_classes, bare)) in others.into_iter().enumerate() {
            let mut passages = self.passages_of_mover(classes, other_classes, true);
            if number == at {
                let sides = [self.old, self.new].into_iter().zip(classes).zip(bare);
                for (passage, ((reach, class), _)) in passages.iter_mut().zip(sides).filter(|(_, (_, bare))| *bare) {
                    *passage = class.map_or_else(Arc::default, |_| self.passages.of_itself(both(reach, class, class)));
                }
            }
            self.note(object, other, passages, ends_change(classes).max(ends_change(other_classes)));
        }
    }

    /// What passes from the one to the other (or back, if not outwards), before and after.
    fn passages_of_mover(
        &mut self,
        own: [Option<usize>; 2],
        others: [Option<usize>; 2],
        outwards: bool,
    ) -> [Arc<Passage>; 2] {
        let networks = [(self.old, own[0], others[0]), (self.new, own[1], others[1])];
        let values = networks.map(
            |(reach, own, other)| {
                if outwards { both(reach, own, other) } else { both(reach, other, own) }
            },
        );
        values.map(|both| self.passages.of_both(both))
    }

    /// The addresses outside of both networks, to which and from which something passes.
    fn addresses(&mut self, classes: [Option<usize>; 2]) -> [Outside; 2] {
        let (old, new) = (self.old, self.new);
        let [out, into] = [[&old.egress, &new.egress], [&old.ingress, &new.ingress]].map(|sides| {
            [(old, sides[0], classes[0]), (new, sides[1], classes[1])]
                .map(|(reach, sides, class)| class.map_or(&[][..], |class| reach.addresses_of(sides, class)))
        });
        [out, into].map(|[before, after]| match before == after {
            true => [Vec::new(), Vec::new()],
            false => [before, after].map(|parts| self.passages.outside(parts)),
        })
    }

    fn note_addresses(&mut self, object: &ObjectRef, (out, into): (&Outside, &Outside), ends: EndsChange) {
        for (set, before, after) in address_changes(&out[0], &out[1]) {
            let (source, destination) = (DiffEnd::Workload(object.clone()), DiffEnd::Addresses(set));
            self.changed.push(Change { source, destination, before, after, ends });
        }
        for (set, before, after) in address_changes(&into[0], &into[1]) {
            let (source, destination) = (DiffEnd::Addresses(set), DiffEnd::Workload(object.clone()));
            self.changed.push(Change { source, destination, before, after, ends });
        }
    }

    fn note(&mut self, from: &ObjectRef, to: &ObjectRef, [before, after]: [Arc<Passage>; 2], ends: EndsChange) {
        if before != after {
            let (source, destination) = (DiffEnd::Workload(from.clone()), DiffEnd::Workload(to.clone()));
            self.changed.push(Change { source, destination, before, after, ends });
        }
    }

    fn finish(self) -> Diff {
        let mut diff = Diff { changed: self.changed, ..Diff::default() };
        for mover in &self.movers {
            match mover.classes {
                [None, Some(_)] => diff.appeared.push(mover.object.clone()),
                [Some(_), None] => diff.gone.push(mover.object.clone()),
                _ => {}
            }
        }
        diff.appeared.sort();
        diff.gone.sort();
        // From workloads by both ends, then from outside by the destination.
        diff.changed.sort_by(|one, other| match (&one.source, &other.source) {
            (DiffEnd::Addresses(set), DiffEnd::Addresses(other_set)) => {
                (&one.destination, set).cmp(&(&other.destination, other_set))
            }
            _ => (&one.source, &one.destination).cmp(&(&other.source, &other.destination)),
        });
        diff
    }
}

/// What both ends let pass in one network; nothing if one is not in it.
fn both(reach: &Reach, source: Option<usize>, destination: Option<usize>) -> Both {
    let ends = source.zip(destination);
    ends.map_or((Value::NONE, Value::NONE), |(source, destination)| reach.values_between(source, destination))
}

fn ends_change(classes: [Option<usize>; 2]) -> EndsChange {
    match classes {
        [None, _] => EndsChange::Appeared,
        [Some(_), None] => EndsChange::Gone,
        [Some(_), Some(_)] => EndsChange::Stay,
    }
}

/// Classes with another row, and the classes of which that says something else.
fn changed_rows<'s>(old: &'s Sides, new: &'s Sides, lasting: &'s Bits) -> impl Iterator<Item = (usize, Bits)> + 's {
    lasting.iter().filter_map(move |class| {
        let (old, new) = (old.rows.get(class)?, new.rows.get(class)?);
        let same = Arc::ptr_eq(old, new);
        (!same).then(|| (class, old.classes.differing(&new.classes, lasting)))
    })
}
