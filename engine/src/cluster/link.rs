//! Items → indexes, and back by the same steps.

use super::Cluster;
use super::item::{Item, ItemBody, KindName};
use super::items::Items;
use super::keep::Keeper;
use super::knowledge::WORKLOADS;
use super::namespace_index::NamespaceIndex;
use super::postings::{Change, ItemId};
use super::symbols::Sym;

impl Cluster {
    /// Enters an item into every index. Cost: logarithmic, for each label, port and path of the object, and for each
    /// workload that it controls.
    pub(super) fn link(&mut self, item: Item) -> ItemId {
        let id = self.items.place(item);
        self.index(Change::Enter, id);
        id
    }

    /// Takes an item out of every index.
    pub(super) fn unlink(&mut self, id: ItemId) -> Option<Item> {
        self.index(Change::Leave, id);
        self.items.take(id)
    }

    fn index(&mut self, change: Change, id: ItemId) {
        let Some(item) = self.items.get(id) else { return };
        let namespace = item.namespace;
        let own = self.namespaces.entry(namespace).or_default();
        own.change_object(change, item, id);
        if item.unreadable {
            self.unreadable.change(change, id);
            own.unreadable.change(change, id);
        }
        let mut named = None;
        match &item.body {
            ItemBody::Namespace(body) => {
                body.labels.iter().for_each(|label| self.namespaces_by_label.change(change, label, id));
                named = self.keeper.symbols.find(&item.name);
            }
            ItemBody::Workload(_) => index_workload(change, (item, id), own, &self.items, &self.keeper),
            ItemBody::Service(body) => {
                own.change_service(change, body, id);
                let asked = body.ports.iter().filter_map(|port| Some((port.node_port?, port.protocol)));
                asked.for_each(|key| self.node_ports.change(change, &key, id));
            }
            ItemBody::NetworkPolicy(body) => own.change_policy(change, body, id),
            ItemBody::Ingress(places) => places.iter().for_each(|place| self.ingresses.change(change, place, id)),
            ItemBody::Endpoints(body) => body.service.iter().for_each(|name| own.endpoints.change(change, name, id)),
            ItemBody::TierPolicy(_) | ItemBody::Other => {}
        }
        if own.objects.is_empty() {
            self.namespaces.remove(&namespace);
        }
        self.note_implied(namespace);
        named.into_iter().for_each(|name| self.note_implied(name));
    }

    /// Keeps the set of namespaces that hold objects and have no Namespace object.
    fn note_implied(&mut self, namespace: Sym) {
        let name = self.keeper.symbols.text(namespace);
        if !name.is_empty() && self.namespaces.contains_key(&namespace) && self.namespace_object(name).is_none() {
            self.implied.insert(namespace);
        } else {
            self.implied.remove(&namespace);
        }
    }
}

/// A workload is in force, that is, counts as one by itself, unless it has ended or is controlled by another workload that
/// is here, such as the ReplicaSet of a Deployment.
fn index_workload(
    change: Change,
    (item, id): (&Item, ItemId),
    index: &mut NamespaceIndex,
    items: &Items,
    keeper: &Keeper,
) {
    let Some(body) = item.workload() else { return };
    if let Some(controller) = &item.controller {
        index.controlled.change(change, controller, id);
    }
    if let Some(service) = &body.service_name {
        index.governed.change(change, service, id);
    }
    let in_force = |index: &NamespaceIndex, item: &Item| {
        !item.workload().is_some_and(|body| body.ended) && !is_controlled(item, index, items, keeper)
    };
    if change == Change::Leave || in_force(index, item) {
        index.change_workload(change, body, id);
    }
    let Some(name) = keeper.symbols.find(&item.name) else { return };
    for child in index.controlled.get(&(item.kind.kind, name)).to_vec() {
        let Some(item) = items.get(child) else { continue };
        let Some(body) = item.workload() else { continue };
        match change {
            Change::Enter => index.change_workload(Change::Leave, body, child),
            Change::Leave if in_force(index, item) => index.change_workload(Change::Enter, body, child),
            Change::Leave => {}
        }
    }
}

fn is_controlled(item: &Item, index: &NamespaceIndex, items: &Items, keeper: &Keeper) -> bool {
    let controller = item.controller.and_then(|(kind, name)| {
        let text = keeper.symbols.text(kind);
        let (group, _) = WORKLOADS.iter().find(|(_, known)| *known == text)?;
        let kind = KindName { group: keeper.symbols.find(group)?, kind };
        items.get(index.get(kind, keeper.symbols.text(name))?)
    });
    controller.is_some_and(|controller| controller.workload().is_some())
}
