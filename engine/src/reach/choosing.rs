//! Selectors of peers and subjects → classes.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::model::{Model, Policy, WidePeer};
use super::select::{Chosen, LabelIndex, Labelled};
use crate::net::Selector;

/// The classes that are looked at: all of them, or some.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) pod_labels: LabelIndex,
    /// Classes on the node's network, for all that is known.
    pub(super) on_node: Bits,
    /// Those of them of which it is not known.
    pub(super) node_in_doubt: Bits,
    /// Their namespaces, if not all.
    namespaces: Option<Vec<usize>>,
}

impl View {
    /// All classes, after some changed.
    pub(super) fn after(&self, changed: &Bits, model: &Model) -> View {
        let kept = |known: &Bits| known.difference(changed);
        let some = View::some(changed, model);
        View {
            pod_labels: self.pod_labels.after(changed, |class| model.labelled(class)),
            on_node: kept(&self.on_node).union(&some.on_node),
            node_in_doubt: kept(&self.node_in_doubt).union(&some.node_in_doubt),
            namespaces: None,
        }
    }

    /// Some classes.
    pub(super) fn some(classes: &Bits, model: &Model) -> View {
        let each = || classes.iter().filter_map(|number| Some((number, model.class(number)?)));
        let mut namespaces: Vec<usize> = each().map(|(_, class)| class.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        View {
            pod_labels: LabelIndex::of(classes.iter().filter_map(|class| model.labelled(class)), None),
            on_node: Bits::of(each().filter(|(_, class)| class.may_be_on_node()).map(|(number, _)| number)),
            node_in_doubt: Bits::of(each().filter(|(_, class)| class.doubts.host_network).map(|(number, _)| number)),
            namespaces: Some(namespaces),
        }
    }

    pub(super) fn all(&self) -> &Bits {
        self.pod_labels.all()
    }

    /// Whether some of them are of a namespace.
    pub(super) fn is_in(&self, namespace: usize) -> bool {
        self.namespaces.as_ref().is_none_or(|known| known.binary_search(&namespace).is_ok())
    }

    /// Those of a namespace.
    pub(super) fn of_namespace(&self, namespace: usize, model: &Model) -> Bits {
        let classes = model.classes_of(namespace);
        if self.namespaces.is_some() { classes.intersection(self.all()) } else { classes.clone() }
    }
}

/// Looks classes up, and remembers what it has found.
pub(super) struct Choosing<'a> {
    model: &'a Model,
    pub(super) view: &'a View,
    namespaces: BTreeMap<&'a Selector, Chosen>,
    wide: Vec<Option<Chosen>>,
}

impl<'a> Choosing<'a> {
    pub(super) fn of(model: &'a Model, view: &'a View) -> Choosing<'a> {
        Choosing { model, view, namespaces: BTreeMap::new(), wide: Vec::new() }
    }

    /// Absent `namespaceSelector`: the policy's namespace. Absent `podSelector`: all its pods.
    pub(super) fn in_own(&self, policy: &Policy, pods: Option<&Selector>) -> Chosen {
        self.with_labels(Chosen::sure(self.view.of_namespace(policy.namespace, self.model)), pods)
    }

    /// What a peer picks that has a `namespaceSelector`. Absent `podSelector`: all pods of the namespaces.
    pub(super) fn wide(&mut self, peer: u32) -> Chosen {
        let at = peer as usize;
        if let Some(known) = self.wide.get(at).cloned().flatten() {
            return known;
        }
        let Some(WidePeer { namespaces, pods }) = self.model.wide_peer(peer) else { return Chosen::default() };
        let inside = self.in_namespaces(namespaces);
        let chosen = self.with_labels(inside, pods.as_ref());
        self.wide.resize(self.wide.len().max(at + 1), None);
        self.wide.get_mut(at).into_iter().for_each(|known| *known = Some(chosen.clone()));
        chosen
    }

    /// Whether a peer picks every pod, whether anybody has heard of it or not.
    pub(super) fn is_every_pod(&self, peer: u32) -> bool {
        let every =
            |peer: &WidePeer| peer.namespaces.selects_all() && peer.pods.as_ref().is_none_or(Selector::selects_all);
        self.model.wide_peer(peer).is_some_and(every)
    }

    pub(super) fn with_labels(&self, inside: Chosen, pods: Option<&Selector>) -> Chosen {
        match pods.filter(|pods| !pods.selects_all() && !inside.maybe.is_empty()) {
            None => inside,
            Some(pods) => inside.intersection(&self.view.pod_labels.chosen_by(pods, &self.model.names)),
        }
    }

    /// The classes of the namespaces that a selector picks.
    pub(super) fn in_namespaces(&mut self, selector: &'a Selector) -> Chosen {
        if selector.selects_all() {
            return Chosen::sure(self.view.all().clone());
        }
        if let Some(known) = self.namespaces.get(selector) {
            return known.clone();
        }
        let chosen = self.model.namespace_labels.chosen_by(selector, &self.model.names);
        let classes = |picked: &Bits| {
            let of = |namespace: usize| self.view.of_namespace(namespace, self.model);
            match &self.view.namespaces {
                None => picked.iter().fold(Bits::NONE, |all, namespace| all.union(&of(namespace))),
                Some(some) => {
                    let some = some.iter().filter(|namespace| picked.has(**namespace));
                    some.fold(Bits::NONE, |all, namespace| all.union(&of(*namespace)))
                }
            }
        };
        let chosen = Chosen { yes: classes(&chosen.yes), maybe: classes(&chosen.maybe) };
        self.namespaces.insert(selector, chosen.clone());
        chosen
    }
}

impl Model {
    /// What a class is looked up by.
    fn labelled(&self, number: usize) -> Option<Labelled<'_>> {
        let class = self.class(number)?;
        Some(Labelled { number, labels: &class.labels, doubtful: class.doubts.labels })
    }
}
