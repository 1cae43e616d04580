//! What each class lets in and out, kept up with what changes.
//!
//! A row is a function of what selects a class and of the ends that there are. Where what selects it has changed, its row is
//! made anew; where only ends have, the row is made of those ends alone, and laid over what the row said of the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bits::Bits;
use super::choosing::{Choosing, View};
use super::interner::Interner;
use super::model::{Model, Policy};
use super::row::Row;
use super::rules::RuleRows;
use super::settle::Moved;
use super::side::{Elsewhere, Isolation, Signature, isolates, row, selected_by};
use super::tier_policy::Application;
use super::tier_rows::{TierRows, applications};
use super::value::Book;
use crate::cluster::Direction;

/// What each class lets pass one way, by its number.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    direction: Direction,
    /// The row of each class.
    pub(super) rows: Vec<Arc<Row>>,
    /// The NetworkPolicies that isolate each class, in their order.
    pub(super) isolations: Vec<Arc<[Isolation]>>,
    /// The cluster-wide policies that are about classes, in their order; none of most.
    pub(super) applications: Arc<BTreeMap<usize, Vec<Application>>>,
    /// Whether NetworkPolicies select each class the other way only. Known only where cluster-wide policies are.
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// The network that a changed one comes of.
#[derive(Clone, Copy)]
pub(super) struct Old<'a> {
    pub(super) model: &'a Model,
    pub(super) sides: &'a Sides,
}

/// A network in the making.
pub(super) struct Making<'a> {
    pub(super) model: &'a Model,
    pub(super) moved: &'a Moved,
    /// The classes that moved and are there.
    pub(super) some: &'a View,
    pub(super) book: &'a mut Book,
}

impl Sides {
    pub(super) fn none(direction: Direction) -> Sides {
        Sides {
            direction,
            rows: Vec::new(),
            isolations: Vec::new(),
            applications: Arc::default(),
            elsewhere: Vec::new(),
        }
    }

    /// The cluster-wide policies that are about a class.
    pub(super) fn applications_of(&self, class: usize) -> &[Application] {
        self.applications.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn elsewhere_of(&self, class: usize) -> Elsewhere {
        self.elsewhere.get(class).copied().unwrap_or_default()
    }

    /// Follows what moved. Cost: the rows of classes that are selected otherwise than before, the ends that moved for each other
    /// class whose policies name them, and for each class a copied number.
    pub(super) fn follow(&mut self, old: Option<Old<'_>>, making: &mut Making<'_>) {
        let count = making.model.classes.len();
        self.rows.resize(count, Arc::default());
        self.isolations.resize(count, Arc::default());
        self.isolate(making);
        self.apply_tiers(making);
        let affected = Affected::of(self.direction, old, making);
        let (mut anew, mut patched) = (Vec::new(), Vec::new());
        for class in making.model.view.all().iter() {
            let before = old.filter(|old| old.model.class(class).is_some());
            let touched = making.moved.classes.has(class)
                || making.moved.doubted.has(class)
                || before.is_none_or(|old| !same(self.isolations.get(class), old.sides.isolations.get(class)));
            let Some(before) = before.filter(|_| touched) else {
                if touched {
                    anew.push(class);
                } else if affected.has(self.isolations.get(class), || self.applications.contains_key(&class)) {
                    patched.push(class);
                }
                continue;
            };
            let [was, is] = [(before.model, before.sides), (making.model, &*self)]
                .map(|(model, sides)| Signature::of(class, self.direction, model, sides));
            if was != is || making.moved.doubted.has(class) {
                anew.push(class);
            } else if is.is_some_and(|is| affected.has(Some(&is.isolations), || is.has_applications())) {
                patched.push(class);
            }
        }
        self.make(&anew, making);
        self.patch(&patched, making);
    }

    /// The policies that isolate each class, and whether others select it.
    fn isolate(&mut self, making: &Making<'_>) {
        let Making { model, moved, some, .. } = making;
        let mut found: BTreeMap<usize, Vec<Isolation>> =
            moved.classes.iter().map(|class| (class, Vec::new())).collect();
        let mut note = |number: usize, view: &View, only: Option<&Bits>| {
            let Some(policy) = model.policy(number) else { return };
            let Some(certain) = isolates(policy, self.direction) else { return };
            let selected = selected_by(model, view, policy);
            for class in selected.maybe.iter().filter(|class| only.is_none_or(|moved| !moved.has(*class))) {
                let known = self.isolations.get(class).map(|known| known.to_vec());
                let list = found.entry(class).or_insert_with(|| known.unwrap_or_default());
                list.push(Isolation { policy: number, sure: certain && selected.yes.has(class) });
            }
        };
        let mut namespaces: Vec<usize> = Vec::new();
        for class in some.all().iter().filter_map(|class| model.class(class)) {
            if namespaces.last() != Some(&class.namespace) {
                namespaces.push(class.namespace);
            }
        }
        namespaces.sort_unstable();
        namespaces.dedup();
        for namespace in namespaces.iter().filter_map(|number| model.namespaces.get(*number)) {
            namespace.policies.iter().for_each(|policy| note(*policy, some, None));
        }
        if some.all() != model.view.all() {
            moved.came.iter().for_each(|policy| note(*policy, &model.view, Some(&moved.classes)));
        }
        let gone: Vec<usize> = if moved.went.is_empty() { Vec::new() } else { self.holding(&moved.went) };
        for class in gone {
            let known = self.isolations.get(class).map(|known| known.to_vec());
            found.entry(class).or_insert_with(|| known.unwrap_or_default());
        }
        let name_of = |isolation: &Isolation| model.policy(isolation.policy).map(|policy| &policy.name);
        for (class, mut list) in found {
            list.retain(|isolation| name_of(isolation).is_some());
            list.sort_by(|one, other| name_of(one).cmp(&name_of(other)));
            self.isolations.get_mut(class).into_iter().for_each(|known| *known = Arc::from(list.as_slice()));
        }
    }

    /// The classes that some of these policies isolate.
    fn holding(&self, policies: &[usize]) -> Vec<usize> {
        let holds = |known: &[Isolation]| known.iter().any(|isolation| policies.contains(&isolation.policy));
        let numbered = self.isolations.iter().enumerate();
        numbered.filter(|(_, known)| holds(known)).map(|(class, _)| class).collect()
    }

    /// The cluster-wide policies that are about each class; and since the Baseline tier asks for it, whether NetworkPolicies
    /// select the class the other way only.
    fn apply_tiers(&mut self, making: &mut Making<'_>) {
        let Making { model, moved, some, book, .. } = making;
        if model.tiers.is_empty() {
            return;
        }
        let mut rules = RuleRows::new(model, some, book);
        let found = applications(self.direction, &mut rules);
        let mut known = BTreeMap::clone(&self.applications);
        known.retain(|class, _| !moved.classes.has(*class));
        known.extend(found);
        self.applications = Arc::new(known);
        self.elsewhere = vec![Elsewhere::No; model.classes.len()];
        for policy in model.policies.iter().flatten() {
            let selected = selected_by(model, &model.view, policy);
            for class in selected.maybe.iter() {
                let found = if selected.yes.has(class) { Elsewhere::Yes } else { Elsewhere::Maybe };
                self.elsewhere.get_mut(class).into_iter().for_each(|elsewhere| *elsewhere = (*elsewhere).max(found));
            }
        }
    }

    /// Rows from nothing.
    fn make(&mut self, classes: &[usize], making: &mut Making<'_>) {
        let Making { model, book, .. } = making;
        let mut known: BTreeMap<Signature, u32> = BTreeMap::new();
        let mut rows: Interner<Row> = Interner::default();
        let mut rules = RuleRows::new(model, &model.view, book);
        let mut tiers = TierRows::default();
        for class in classes {
            let Some(signature) = Signature::of(*class, self.direction, model, self) else { continue };
            let number = *known.entry(signature).or_insert_with_key(|signature| {
                rows.number_shared(&row(signature, self.direction, &mut rules, &mut tiers))
            });
            if let Some((own, row)) = self.rows.get_mut(*class).zip(rows.get(number)) {
                *own = Arc::clone(row);
            }
        }
    }

    /// Rows that say something else only of the ends that moved.
    fn patch(&mut self, classes: &[usize], making: &mut Making<'_>) {
        let Making { model, moved, some, book } = making;
        let mut known: BTreeMap<(*const Row, Signature), Arc<Row>> = BTreeMap::new();
        let mut rules = RuleRows::new(model, some, book);
        let mut tiers = TierRows::default();
        for class in classes {
            let signature = Signature::of(*class, self.direction, model, self);
            let Some((signature, own)) = signature.zip(self.rows.get_mut(*class)) else { continue };
            let made = known.entry((Arc::as_ptr(own), signature)).or_insert_with_key(|(_, signature)| {
                let said = row(signature, self.direction, &mut rules, &mut tiers);
                patched(own, &moved.classes, &said)
            });
            *own = Arc::clone(made);
        }
    }
}

/// The row with what is said of some classes.
fn patched(old: &Arc<Row>, classes: &Bits, said: &Row) -> Arc<Row> {
    let new = old.classes.with(classes, &said.classes);
    if new == old.classes { Arc::clone(old) } else { Arc::new(Row { classes: new, addresses: old.addresses.clone() }) }
}

fn same(one: Option<&Arc<[Isolation]>>, other: Option<&Arc<[Isolation]>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
        _ => false,
    }
}

/// Policies whose rules may say something else of the classes that moved.
struct Affected {
    /// All may.
    all: bool,
    /// Cluster-wide policies may.
    tiers: bool,
    /// By number.
    policies: Vec<bool>,
}

impl Affected {
    fn of(direction: Direction, old: Option<Old<'_>>, making: &Making<'_>) -> Affected {
        let Making { model, moved, some, .. } = making;
        let mut affected = Affected { all: false, tiers: false, policies: Vec::new() };
        let Some(Old { model: old, .. }) = old.filter(|_| !moved.classes.is_empty()) else { return affected };
        let some_old = View::some(&moved.classes, old);
        affected.tiers = !model.tiers.is_empty();
        // Whoever is on the node's network is another peer, and another source to all.
        affected.all = !some.on_node.is_empty() || !some_old.on_node.is_empty();
        let mut choosing = [Choosing::of(old, &some_old), Choosing::of(model, some)];
        let mut known: Vec<Option<bool>> = Vec::new();
        let mut names = |peer: u32| {
            let at = peer as usize;
            known.resize(known.len().max(at + 1), None);
            let Some(known) = known.get_mut(at) else { return true };
            *known.get_or_insert_with(|| {
                choosing.iter_mut().any(|one| !one.is_every_pod(peer) && !one.wide(peer).maybe.is_empty())
            })
        };
        let touches = |namespace: usize| [&some_old, some].iter().any(|view| view.is_in(namespace));
        let mut is_affected = |policy: &Policy| {
            let peers = policy.peers(direction);
            let own = peers.own && touches(policy.namespace);
            own || peers.names_everywhere || peers.wide.iter().any(|peer| names(*peer))
        };
        affected.policies =
            model.policies.iter().map(|policy| policy.as_ref().is_some_and(|policy| is_affected(policy))).collect();
        affected
    }

    fn has(&self, isolations: Option<&Arc<[Isolation]>>, has_tiers: impl Fn() -> bool) -> bool {
        let is = |isolation: &Isolation| self.policies.get(isolation.policy).copied().unwrap_or_default();
        self.all || (self.tiers && has_tiers()) || isolations.is_some_and(|known| known.iter().any(is))
    }
}
