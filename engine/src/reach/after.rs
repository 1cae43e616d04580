//! A network after its cluster changed, made of the one before.
//!
//! Rows say what they say of classes that nobody has heard of yet, so a new class changes only those that name it. A row stays
//! the same one as long as it says the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::choosing::View;
use super::extent::Extent;
use super::model::Model;
use super::settle::Look;
use super::sides::{Making, Old, Sides};
use super::unmodelled::UNMODELLED;
use super::value::Book;
use super::{Reach, ReachSettings};
use crate::cluster::{Cluster, Direction, WORKLOADS};
use crate::finding::ObjectRef;

/// Which network this is, and of which it was made.
#[derive(Debug)]
pub(super) struct Lineage {
    own: Arc<Born>,
    parent: Option<Arc<Born>>,
}

/// One for each network that is unlike its parent.
#[derive(Debug)]
struct Born {
    /// So that no two are at one place.
    _place: u8,
}

impl Lineage {
    fn new(parent: Option<&Lineage>) -> Lineage {
        Lineage { own: Arc::new(Born { _place: 0 }), parent: parent.map(|parent| Arc::clone(&parent.own)) }
    }

    /// Whether the network is another one's, or was made of it.
    pub(super) fn is_after(&self, other: &Lineage) -> bool {
        let own = |known: &Arc<Born>| Arc::ptr_eq(known, &other.own);
        own(&self.own) || self.parent.as_ref().is_some_and(own)
    }

    /// Whether the network is another one's.
    pub(super) fn is_of(&self, other: &Lineage) -> bool {
        Arc::ptr_eq(&self.own, &other.own)
    }

    fn same(&self) -> Lineage {
        Lineage { own: Arc::clone(&self.own), parent: self.parent.clone() }
    }
}

/// The network of a cluster.
pub(super) fn from_nothing(cluster: &Cluster, extent: &Extent<'_>, settings: &ReachSettings) -> Reach {
    let (model, moved) = Model::of(cluster, extent, settings);
    let mut book = Book::new();
    let [mut egress, mut ingress] = [Direction::Egress, Direction::Ingress].map(Sides::none);
    let mut making = Making { model: &model, moved: &moved, some: &model.view, book: &mut book };
    egress.follow(None, &mut making);
    ingress.follow(None, &mut making);
    book.freeze();
    let unmodelled = model.strangers.iter().map(|stranger| stranger.object.clone()).collect();
    Reach { model, book, egress, ingress, unmodelled, lineage: Lineage::new(None) }
}

impl Reach {
    /// The network of a cluster as it is now, with what is laid over it, and the default settings. The cluster keeps it, and
    /// makes the next one of it. Cost: that of [`Reach::after`] for what has changed since the last call.
    pub fn current(cluster: &Cluster) -> Arc<Reach> {
        cluster.kept_up(|cluster, known| match known {
            Some((reach, changed)) => Reach::after(reach, cluster, changed),
            None => Reach::of(cluster),
        })
    }

    /// The network after some objects of its cluster came, changed or went; `cluster` is the one that they are or were in, and
    /// nothing else of it has changed. Equal to [`Reach::with`] of that cluster and the same settings in everything that can be
    /// asked. Cost: the objects of their namespaces, the classes that policies select otherwise than before, and what rules say
    /// of the workloads that changed; and a little for each workload that there is. Cluster-wide policies that change, and
    /// kinds that are not modelled, cost as much as a network from nothing.
    #[must_use]
    pub fn after(&self, cluster: &Cluster, changed: &[ObjectRef]) -> Reach {
        let settings = || ReachSettings { pod_addresses: self.model.pod_addresses.clone() };
        if self.is_worn() || changed.iter().any(concerns_everyone) {
            return from_nothing(cluster, &Extent::Whole, &settings());
        }
        let mut model = self.model.clone();
        let moved = model.settle((cluster, &Extent::Whole), looks(changed).into_iter());
        if moved.is_nothing() {
            return Reach { lineage: self.lineage.same(), ..self.with_model(model) };
        }
        let some = View::some(&moved.classes, &model);
        let mut book = self.book.again();
        let (mut egress, mut ingress) = (self.egress.clone(), self.ingress.clone());
        let mut making = Making { model: &model, moved: &moved, some: &some, book: &mut book };
        egress.follow(Some(Old { model: &self.model, sides: &self.egress }), &mut making);
        ingress.follow(Some(Old { model: &self.model, sides: &self.ingress }), &mut making);
        Reach { book, egress, ingress, ..self.with_model(model) }
    }

    fn with_model(&self, model: Model) -> Reach {
        Reach {
            model,
            book: self.book.again(),
            egress: self.egress.clone(),
            ingress: self.ingress.clone(),
            unmodelled: Arc::clone(&self.unmodelled),
            lineage: Lineage::new(Some(&self.lineage)),
        }
    }

    /// Whether so much has come and gone that a network from nothing is better than another copy.
    fn is_worn(&self) -> bool {
        let Model { names, namespaces, order, classes, policies, wide_peers, view, .. } = &self.model;
        let mostly_gone = |all: usize, there: usize| all > 2 * there + 256;
        let added = [names.added(), wide_peers.added(), self.book.added()];
        added.iter().any(|added| *added > 4096)
            || mostly_gone(namespaces.len(), order.len())
            || mostly_gone(classes.len(), view.all().count())
            || mostly_gone(policies.len(), policies.iter().flatten().count())
    }
}

/// Whether an object can change what passes to and from pods of any namespace.
fn concerns_everyone(object: &ObjectRef) -> bool {
    UNMODELLED.contains(&(object.group.as_str(), object.kind.as_str()))
}

/// What is to be looked at, by namespace.
fn looks(changed: &[ObjectRef]) -> BTreeMap<&str, Look> {
    let mut looks: BTreeMap<&str, Look> = BTreeMap::new();
    for ObjectRef { namespace, kind, name, group, version: _ } in changed {
        let kind = (group.as_str(), kind.as_str());
        let namespace = if kind == ("", "Namespace") { name } else { namespace };
        if !namespace.is_empty() {
            let look = looks.entry(namespace).or_default();
            look.policies |= kind == ("networking.k8s.io", "NetworkPolicy");
            look.workloads |= WORKLOADS.contains(&kind);
        }
    }
    looks
}

#[cfg(test)]
mod tests;
