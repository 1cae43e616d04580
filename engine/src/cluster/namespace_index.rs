//! The indexes of one namespace.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::item::{Anchor, Item, KindName, NetworkPolicyBody, ServiceBody, WorkloadBody};
use super::postings::{Change, ItemId, ItemSet, Postings};
use super::symbols::{Label, Sym};

/// Everything in one namespace, by what facts ask for.
#[derive(Debug, Default)]
pub(super) struct NamespaceIndex {
    /// By kind, then by name.
    pub(super) objects: BTreeMap<KindName, BTreeMap<Arc<str>, ItemId>>,
    /// Objects that could not be read whole.
    pub(super) unreadable: ItemSet,
    /// Workloads in force: neither ended nor controlled by another workload that is here.
    pub(super) workloads: ItemSet,
    /// Workloads in force by label of their pods.
    pub(super) workloads_by_label: Postings<Label>,
    /// Workloads by kind and name of their controller, in force or not.
    pub(super) controlled: Postings<(Sym, Sym)>,
    /// StatefulSets by `serviceName`.
    pub(super) governed: Postings<Sym>,
    /// Services by the first label of their selector.
    pub(super) services_by_label: Postings<Label>,
    /// Services by their whole selector.
    pub(super) services_by_selector: Postings<Box<[Label]>>,
    /// Services of type LoadBalancer.
    pub(super) load_balancers: ItemSet,
    /// NetworkPolicies by a requirement of their selector.
    pub(super) policies: Postings<Anchor>,
    /// NetworkPolicies that are a default deny for ingress.
    pub(super) default_deny_ingress: ItemSet,
    /// NetworkPolicies that are a default deny for egress.
    pub(super) default_deny_egress: ItemSet,
    /// EndpointSlices and Endpoints by the Service that they belong to.
    pub(super) endpoints: Postings<Sym>,
}

impl NamespaceIndex {
    pub(super) fn get(&self, kind: KindName, name: &str) -> Option<ItemId> {
        self.objects.get(&kind)?.get(name).copied()
    }

    /// Enters an object by kind and name, or removes it.
    pub(super) fn change_object(&mut self, change: Change, item: &Item, id: ItemId) {
        let of_kind = self.objects.entry(item.kind).or_default();
        match change {
            Change::Enter => of_kind.insert(Arc::clone(&item.name), id),
            Change::Leave => of_kind.remove(&item.name),
        };
        if of_kind.is_empty() {
            self.objects.remove(&item.kind);
        }
    }

    /// Puts a workload in force, or takes it out.
    pub(super) fn change_workload(&mut self, change: Change, body: &WorkloadBody, id: ItemId) {
        self.workloads.change(change, id);
        for label in &body.template.labels {
            self.workloads_by_label.change(change, label, id);
        }
    }

    /// Enters what a Service is looked up by, or removes it.
    pub(super) fn change_service(&mut self, change: Change, body: &ServiceBody, id: ItemId) {
        if let Some(first) = body.selector.first() {
            self.services_by_label.change(change, first, id);
            self.services_by_selector.change(change, &body.selector, id);
        }
        if body.load_balancer {
            self.load_balancers.change(change, id);
        }
    }

    /// Enters what a NetworkPolicy is looked up by, or removes it.
    pub(super) fn change_policy(&mut self, change: Change, body: &NetworkPolicyBody, id: ItemId) {
        for anchor in &body.anchors {
            self.policies.change(change, anchor, id);
        }
        if body.default_deny_ingress {
            self.default_deny_ingress.change(change, id);
        }
        if body.default_deny_egress {
            self.default_deny_egress.change(change, id);
        }
    }
}
